"""Pages of an unknown CMS that are neither an article nor a list: static pages and search results.

Belongs here: recognising them by address, title and what the CMS says. Does not belong here: the order of the decision
(`spiders.platforms.generic.kinds.page_kind`), error pages (`spiders.pages.no_content`).
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from spiders.pages.page import Page
from spiders.platforms.generic.locate import Found
from spiders.platforms.parts.metadata.page_type import PageType, page_type
from spiders.platforms.parts.selectors import select, text_of
from spiders.platforms.parts.urls import absolute, base_of
from warehouse.text.normal import unaccented

# The page that a CMS keeps apart from its news: Drupal's.
_PAGE_CLASS: Final = re.compile(r"(?:^|\s)(?:(?:page-)?node-type-page|single-page)(?=$|\s)")
_PAGE_PATH: Final = re.compile(r"/(?:pages?|trang|static)/[^/]*[^\d/][^/]*/?$")
_PAGE_QUERIES: Final = frozenset(("page_id", "pageid"))
_PAGE_TYPES: Final = re.compile(r"schema\.org/(?:AboutPage|ContactPage)|\"@type\"\s*:\s*\"(?:AboutPage|ContactPage)\"")
# Names of static pages, unaccented, as title or as last part of the path.
_OFFICE: Final = (
    r"(?: (?:cua )?(?:uy ban nhan dan|ubnd|hdnd|dang uy|phuong|xa|thi tran|quan|huyen|thanh pho|so|truong|trung tam|"
    r"phong|ban|chi cuc|cong an|don vi|co quan|nha truong|thu vien)(?: \w+){0,7})?"
)
_PAGE_NAMES: Final = (
    rf"gioi thieu(?: chung| tong quan| so luoc)?(?: ve .{{1,60}})?{_OFFICE}|tong quan(?: ve)?{_OFFICE}|ve chung toi",
    rf"(?:thong tin |dia chi )?lien he(?: voi chung toi)?{_OFFICE}",
    rf"(?:vi tri,? )?chuc nang,? (?:va )?(?:nhiem vu|quyen han)(?:,? (?:va )?(?:quyen han|nhiem vu))?"
    rf"(?:,? (?:va )?co cau to chuc)?{_OFFICE}",
    rf"nhiem vu,? (?:va )?quyen han{_OFFICE}",
    rf"(?:so do |co cau )(?:co cau )?(?:to chuc|bo may)(?: bo may)?{_OFFICE}",
    rf"bo may to chuc{_OFFICE}|to chuc bo may{_OFFICE}",
    r"so do (?:website|web|trang web|trang|site|cong)(?: thong tin)?|site ?map",
    rf"lich su (?:hinh thanh|phat trien|truyen thong)(?: (?:va )?phat trien)?{_OFFICE}",
    rf"qua trinh (?:hinh thanh|phat trien)(?: va phat trien)?{_OFFICE}",
    rf"(?:dieu kien|vi tri) (?:tu nhien|dia ly)(?: .{{1,20}})?|ban do(?: hanh chinh)?{_OFFICE}",
    r"(?:ban |danh sach )?lanh dao(?: phuong| xa| so| quan| truong| don vi| co quan| qua cac thoi ky)?",
    rf"danh ba{_OFFICE}|huong dan su dung|cau hoi thuong gap|hoi dap",
    r"(?:dieu khoan|chinh sach) (?:su dung|bao mat|dich vu)(?: thong tin)?",
    r"about(?: us)?|contact(?: us)?|privacy policy|terms of (?:use|service)|faqs?|introduction|history",
    r"organi[sz]ation(?:al)? (?:chart|structure)|functions? and (?:duties|tasks|missions?)",
)
_PAGE_NAME: Final = re.compile("|".join(_PAGE_NAMES))
# A portal may answer so in place of an article; only a headline counts, since comment forms have such a line.
_LOGIN_TITLE: Final = re.compile(
    r"dang nhap(?: (?:he thong|tai khoan|thanh vien|quan tri))?|dang ky(?: (?:tai khoan|thanh vien))?|quen mat khau|"
    r"log ?in|sign ?in"
)
_PATH_SUFFIX: Final = re.compile(r"(?:-\d+)?(?:\.\w{2,5})?$")
_MENUS: Final = select(
    "//nav//a[@href]",
    "//header//a[@href]",
    "//*[contains(@class,'menu') or contains(@id,'menu')]//a[@href]",
    "//ul[contains(@class,'nav')]//a[@href]",
)
_TYPED: Final = select("//*[@itemtype]", "//script[contains(@type,'ld+json')]")
_MENU_LINKS_MAX: Final = 600
_NAME_CHARACTERS_MAX: Final = 120

_SEARCH_TITLE: Final = re.compile(
    r"kết quả (?:tìm kiếm|tra cứu)(?:\W*|\W*(?:cho|với|theo|của|từ khóa|từ khoá)\b.*|\s*[:\"'“‘(].*)|"
    r"(?:tìm thấy|có|tổng số)\W{1,20}[\d.,]{1,20}\W{1,20}kết quả\b.*|tìm kiếm(?: nâng cao)?\W*|tìm kiếm\s*[:\"“].*|"
    r"search(?: results?)?(?:\W*| for\b.*|\s*[:\"“].*)",
    re.IGNORECASE,
)
_SEARCH_QUERIES: Final = frozenset(("s", "search", "searchword", "keyword", "keywords", "tukhoa", "tu-khoa", "query"))
_SEARCH_CLASS: Final = re.compile(r"(?:^|\s)search(?:-results?)?(?=$|\s)")


def is_static_page(page: Page, found: Found, *, is_dated: bool, has_article_url: bool) -> bool:
    """Tell whether the page is one that a site keeps beside its news: about, duties, contact, site map.

    WordPress says so; or it has no date, and the CMS says so, or it has the name of such a page, or a menu shows it
    under its title. News without a date has none of these; where the address looks like that of news, a menu is no
    evidence.
    """
    if page_type(page) is PageType.STATIC:
        return True
    if is_dated or found.declared.is_article:
        return False
    if is_kept_apart(page) or _LOGIN_TITLE.fullmatch(unaccented(found.headline.text or "")):
        return True
    first = next((block.text for block in found.blocks if block.text), "")
    if any(map(_is_page_name, (found.headline.text or "", first, _last_of_path(page.url)))):
        return True
    return not has_article_url and _is_in_menu(page, found.headline.text or "")


def _is_page_name(text: str) -> bool:
    """Tell whether a title, or the words of an address, are the name of a static page."""
    if len(text) > _NAME_CHARACTERS_MAX:
        return False
    return _PAGE_NAME.fullmatch(re.sub(r"[\s–—:|/&-]+", " ", unaccented(text)).strip(" .")) is not None


def is_kept_apart(page: Page) -> bool:
    """Tell whether the CMS itself says that this is a page and no news."""
    body = page.tree.find("body")
    names = (body.get("class") or "") if body is not None else ""
    if _PAGE_CLASS.search(names):
        return True
    parts = urlsplit(page.url)
    if _PAGE_PATH.search(parts.path) or any(key in _PAGE_QUERIES for key, _ in parse_qsl(parts.query[:2000])):
        return True
    types = (each.get("itemtype") or each.text or "" for each in islice(_TYPED(page.tree), 20))
    return any(_PAGE_TYPES.search(text[:20_000]) for text in types)


def _last_of_path(url: str) -> str:
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return _PATH_SUFFIX.sub("", last).replace("-", " ").replace("_", " ")


def _is_in_menu(page: Page, title: str) -> bool:
    """Tell whether a menu links to the page under its title."""
    base, here, name = base_of(page), _place(page.url), unaccented(title)
    links = islice(_MENUS(page.tree), _MENU_LINKS_MAX)
    return any(
        unaccented(text_of(link)) == name and (url := absolute(base, link.get("href"))) and _place(url) == here
        for link in links
    )


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return _PATH_SUFFIX.sub("", parts.path.rstrip("/")), parts.query


def is_search_page(page: Page, found: Found) -> bool:
    """Tell whether the page shows the results of a search: by its title, its address or its class."""
    if found.declared.is_article:
        return False
    if _SEARCH_TITLE.fullmatch(found.headline.text or ""):
        return True
    body = page.tree.find("body")
    if body is not None and _SEARCH_CLASS.search(body.get("class") or ""):
        return True
    query = parse_qsl(urlsplit(page.url).query[:2000])
    return any(key.lower() in _SEARCH_QUERIES and len(value) > 1 for key, value in query)
