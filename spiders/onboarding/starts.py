"""The addresses at which a crawl of a portal can start: sections, feeds and sitemaps.

Belongs here: finding them on the home page and in robots.txt, reading one, and why one is left out.
Does not belong here: which of their URLs are articles (see `spiders.onboarding.patterns`), and the whole survey (see
`spiders.onboarding.survey`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Final, Literal, TypeAlias
from urllib.parse import urljoin, urlsplit

from spiders.onboarding.captures import CapturedPage, Captures, FetchError
from spiders.pages.syndication.bodies import NotXmlError
from spiders.platforms import PLATFORMS
from spiders.platforms.keys import page_key
from spiders.platforms.parts.urls import absolute, is_file
from spiders.portal import Portal
from warehouse.http_policy import HTTP_POLICY
from warehouse.text.normal import clean, count_words

# A survey fetches few pages; a later crawl finds the rest.
_FEEDS_TRIED_MAX: Final = 6
_FEEDS_KEPT_MAX: Final = 4
_SITEMAPS_TRIED_MAX: Final = 4
# More addresses than this are summed up: a robots.txt may name thousands of sitemaps.
_LEFT_OUT_MAX: Final = 20
# A label of a menu is short: a longer text in a menu is the title of an article.
_LABEL_WORDS_MAX: Final = 8

_FEED_PATHS: Final = ("/rss", "/feed", "/rss.xml", "/rss/home.rss")
_SITEMAP_PATH: Final = "/sitemap.xml"
_FEED_URL: Final = re.compile(r"/(?:rss|feeds?)(?:[/.?]|$)|\.rss(?:\?|$)", re.IGNORECASE)
# WordPress, its feed of one post's comments, Blogger, Drupal, Joomla's extensions.
_COMMENTS_URL: Final = re.compile(
    r"/comments?[/_.-]|/comments?(?:\?|$)|[=/-]comments?-|(?:rss|feed|atom)[_.-]?comments?|/crss(?:[/?]|$)|"
    r"[?&]feed=[^&]*&(?:.*&)?p=\d|[?&]p=\d+&(?:.*&)?feed=|option=com_(?:jcomments|komento)|/jcomments/",
    re.IGNORECASE,
)
_COMMENT_LINK: Final = re.compile(r"#(?:comment|respond|c\d)|[?&]showComment=|/comment/\d+", re.IGNORECASE)
_COMMENTS_TITLE: Final = re.compile(
    rb"<title[^>]{0,100}>\s*(?:<!\[CDATA\[\s*)?(?:comments?\s+(?:on|for|to)\b|"
    + "(?:Bình luận|Phản hồi|Nhận xét)(?: cho| về| trên)".encode()
    + rb")",
    re.IGNORECASE,
)
_HEAD_BYTES: Final = 5000
# Sitemaps of an index that list posts are read first, those of other pages last.
_POSTS_SITEMAP: Final = re.compile(r"post|article|news|node|blog|content|tin|bai", re.IGNORECASE)
_OTHER_SITEMAP: Final = re.compile(
    r"(?:^|[_.-])(?:pages?|category|categories|tags?|taxonom\w*|authors?|users?|images?|videos?|products?|menus?|"
    r"danh-muc|chuyen-muc|trang)(?:[_.-]|$)",
    re.IGNORECASE,
)
_PAGINATION: Final = re.compile(r"[?&/_](?:page|trang|paged|pageindex|cur|p)[=/-]?\d+", re.IGNORECASE)
_NOT_A_LIST: Final = re.compile(
    r"/(?:en|english)(?:[/?]|$)|(?:dang-nhap|login|log-in|dang-ky|register|account|tim-kiem|search|seek)|"
    r"/(?:rss|feeds?|print|in-an|users?)(?:[/?.]|$)",
    re.IGNORECASE,
)
# Words in section URLs: sections that probably list news are fetched first.
_NEWS_WORDS: Final = re.compile(
    r"tin-|/tin(?:$|/)|news|su-kien|hoat-dong|thong-bao|chuyen-muc|chuyen-trang|kinh-te|van-hoa|xa-hoi|giao-duc|the-thao|"
    r"chinh-tri|thoi-su|chi-dao|dieu-hanh|cai-cach|dang-doan|doi-song|an-ninh"
)
_NOT_NEWS: Final = re.compile(r"gioi-thieu|lien-he|video|hinh-anh|album|so-do|hoi-dap|thu-tuc|dich-vu|lich-|tra-cuu")

_DECLARED_FEEDS: Final = "link[href][rel*=alternate][type*=rss], link[href][rel*=alternate][type*=atom]"
_MENU_PARTS: Final = (
    "nav",
    "header",
    *(f"[class*={name}]" for name in ("menu", "nav", "breadcrumb", "pagin", "pager")),
)
_MENU_LINKS: Final = ", ".join(f"{part} a[href]" for part in _MENU_PARTS)
# Fewer parts than those that may link to sections: a box whose class has `nav` in it may list articles.
_LABEL_PARTS: Final = (
    *("nav", "header", "footer", "[class~=nav]"),
    *(f"[class*={name}]" for name in ("menu", "navbar", "breadcrumb", "pagin", "pager")),
)
_LABELS: Final = ", ".join(
    (*(f"{part} a[href]" for part in _LABEL_PARTS), *(f"a[href][rel~={rel}]" for rel in ("tag", "author", "next")))
)

StartKind: TypeAlias = Literal["seed_urls", "feeds", "sitemaps"]


@dataclass(frozen=True, slots=True)
class SeenList:
    """A list page, feed or sitemap that was fetched.

    Attributes:
        rows: number of list rows, feed entries or article URLs of a sitemap; for an index, of its first sitemaps.
        articles: URLs of articles, in page order.
        dates: publication times in the list rows.
        links: URLs on a list page that look like articles, rows or not.
        kind: the key of a portal file that it belongs to.
    """

    url: str
    rows: int
    articles: tuple[str, ...]
    dates: tuple[datetime, ...]
    page: CapturedPage
    links: tuple[str, ...] = ()
    kind: StartKind = "seed_urls"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A start URL that the portal offers and the draft does not have, and why."""

    kind: StartKind
    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class SitemapPart:
    """One sitemap that was read, of an index or by itself; `of` is the start URL that led to it."""

    of: CapturedPage
    urls: tuple[str, ...]
    lists_other_pages: bool


def see_list(page: CapturedPage, portal: Portal) -> SeenList:
    """Return a page read as a list; `rows` is 0 if the page is not a list."""
    links, rows = page.links(portal)
    is_article_url = PLATFORMS[portal.platform].is_article_url
    linked_articles = tuple(url for url in links.articles if is_article_url(url, portal))
    articles = tuple(dict.fromkeys(row.url for row in rows)) or linked_articles
    dates = tuple(row.published_at for row in rows if row.published_at)
    return SeenList(page.url, links.row_count, articles, dates, page, linked_articles)


def see_feed(page: CapturedPage) -> SeenList:
    """Return a page read as a feed.

    Raises:
        NotXmlError: the page is not a feed.
    """
    entries = page.feed.pages
    return SeenList(page.requested_url, len(entries), entries, (), page, kind="feeds")


def see_sitemap(captures: Captures, page: CapturedPage, portal: Portal) -> SeenList:
    """Return a page read as a sitemap; of a sitemap index, the first sitemaps count too.

    Raises:
        NotXmlError: the page is not a sitemap.
        NotFetchedError: the sitemaps of an index must be fetched first.
    """
    return sitemap_of(page, sitemap_parts(captures, page, portal), portal)


def sitemap_of(page: CapturedPage, parts: Iterable[SitemapPart], portal: Portal) -> SeenList:
    """Return a sitemap with those of its URLs that are articles of the portal."""
    found = (_articles_among(part.urls, portal) for part in parts if part.of is page)
    articles = tuple(dict.fromkeys(chain.from_iterable(found)))
    return SeenList(page.requested_url, len(articles), articles, (), page, kind="sitemaps")


# A survey is repeated for each article that it fetches, and a sitemap may have 50,000 URLs.
@lru_cache(maxsize=32)
def _articles_among(urls: tuple[str, ...], portal: Portal) -> tuple[str, ...]:
    platform = PLATFORMS[portal.platform]
    return tuple(url for url in urls if platform.is_article_url(url, portal))


def sitemap_parts(captures: Captures, page: CapturedPage, portal: Portal) -> list[SitemapPart]:
    """Return a page read as a sitemap, and of an index the first sitemaps, those of posts first.

    Raises:
        NotXmlError: the page is not a sitemap.
        NotFetchedError: the sitemaps of an index must be fetched first.
    """
    found = page.sitemap
    parts = [SitemapPart(page, found.pages, _lists_other_pages(page.url))] if found.pages else []
    named = sorted(filter(portal.scope.covers, found.sitemaps), key=_sitemap_rank)[:_SITEMAPS_TRIED_MAX]
    for sitemap in captures.fetched(named, portal):
        with suppress(NotXmlError):  # skip it: the other sitemaps may be valid
            parts.append(SitemapPart(page, sitemap.sitemap.pages, _lists_other_pages(sitemap.url)))
    return parts


def sections(home: CapturedPage, portal: Portal) -> list[str]:
    """Return the URLs of sections that the home page links to and that may list news, likely ones first."""
    if home.page is None:
        return []
    platform = PLATFORMS[portal.platform]
    links = [*home.links(portal)[0].lists, *linked(home, _MENU_LINKS)]
    found: dict[str, str] = {}
    for url in links:
        if not (
            _NOT_A_LIST.search(url) or _PAGINATION.search(url) or is_file(url) or platform.is_article_url(url, portal)
        ):
            found.setdefault(page_key(url, portal), url)
    found.pop(page_key(home.url, portal), None)
    return sorted(filter(portal.scope.covers, found.values()), key=_unlikeliness)


def labelled(page: CapturedPage) -> list[str]:
    """Return the URLs of lists and static pages: menus, footer and tags link to them by a short text."""
    if page.page is None:
        return []
    return linked(page, _LABELS, words_max=_LABEL_WORDS_MAX)


def feed_urls(home: CapturedPage, portal: Portal) -> tuple[list[str], list[LeftOut]]:
    """Return the URLs of feeds that the home page declares, else that it links to, else the usual URLs.

    Also returns those that are not tried.
    """
    is_html = home.page is not None
    found = linked(home, _DECLARED_FEEDS) if is_html else []
    found = found or (_feed_links(home) if is_html else []) or [urljoin(home.url, path) for path in _FEED_PATHS]
    wanted: list[str] = []
    left: list[LeftOut] = []
    for url in found:
        if reason := _not_tried(url, portal, len(wanted), _FEEDS_TRIED_MAX):
            left.append(LeftOut("feeds", url, reason))
        else:
            wanted.append(url)
    return wanted, left


def read_feeds(captures: Captures, urls: Sequence[str], portal: Portal) -> tuple[list[SeenList], list[LeftOut]]:
    """Return the feeds at the URLs, and those that are left out.

    If a URL shows an HTML page, the feeds that the page links to are read in its place.
    """
    queue = list(urls)
    kept: list[SeenList] = []
    left: list[LeftOut] = []
    tried: set[str] = set()
    while queue and len(tried) < _FEEDS_TRIED_MAX:
        url = queue.pop(0)
        if url in tried:
            continue
        tried.add(url)
        for page in captures.fetched([url], portal):
            try:
                feed = see_feed(page)
            except NotXmlError:
                queue += _feed_links(page) if page.page else []
                continue
            if reason := _feed_flaw(feed, kept):
                left.append(LeftOut("feeds", feed.url, reason))
            else:
                kept.append(feed)
    left += [LeftOut("feeds", url, f"no more than {_FEEDS_TRIED_MAX} are tried") for url in queue if url not in tried]
    return kept, left


def sitemap_urls(named: Sequence[str], home: CapturedPage, portal: Portal) -> tuple[list[str], list[LeftOut]]:
    """Return the sitemap URLs that robots.txt names, else the usual URL; and those that are not tried."""
    wanted: list[str] = []
    left: list[LeftOut] = []
    for url in named or (urljoin(home.url, _SITEMAP_PATH),):
        if reason := _not_tried(url, portal, len(wanted), _SITEMAPS_TRIED_MAX):
            left.append(LeftOut("sitemaps", url, reason))
        else:
            wanted.append(url)
    return wanted, left


def read_sitemaps(
    captures: Captures, urls: Sequence[str], portal: Portal, *, named: bool
) -> tuple[list[SitemapPart], list[LeftOut]]:
    """Return the sitemaps at the URLs, and those that are left out.

    Only those that the portal names, with `named`, can be missed.
    """
    parts: list[SitemapPart] = []
    left: list[LeftOut] = []
    captures.require([url for url in urls if portal.scope.covers(url)], portal)
    for url in urls:
        try:
            found = sitemap_parts(captures, captures.get(url, portal), portal)
            reason = "" if any(part.urls for part in found) else "it lists no pages"
            parts += found if not reason else []
        except FetchError as error:
            reason = error.kind
        except NotXmlError:
            reason = "not a sitemap"
        if reason and named:
            left.append(LeftOut("sitemaps", url, reason))
    return parts, left


def summed_up(left: Sequence[LeftOut]) -> tuple[LeftOut, ...]:
    """Return the first of what was left out, each once; the last one says how many follow."""
    found = tuple(dict.fromkeys(left))
    if len(found) <= _LEFT_OUT_MAX:
        return found
    last = found[_LEFT_OUT_MAX - 1]
    return (*found[: _LEFT_OUT_MAX - 1], replace(last, reason=f"{last.reason}; and {len(found) - _LEFT_OUT_MAX} more"))


def linked(page: CapturedPage, selector: str, words_max: int | None = None) -> list[str]:
    """Return the distinct absolute URLs of the elements that a CSS selector finds, in page order.

    With `words_max`, elements with a longer text do not count.
    """
    stated = page.soup.select_one("base[href]")
    base = (absolute(page.url, str(stated["href"])) if stated else None) or page.url
    found = (
        absolute(base, str(element["href"]))
        for element in page.soup.select(selector)
        if words_max is None or count_words(clean(element.get_text(" "))) <= words_max
    )
    return list(dict.fromkeys(filter(None, found)))


def _not_tried(url: str, portal: Portal, count: int, count_max: int) -> str:
    """Return why a feed or sitemap is not fetched; empty if it is."""
    if not portal.scope.covers(url):
        return "on another host"
    if _COMMENTS_URL.search(url[: HTTP_POLICY.url_characters_max]):
        return "comments"
    return f"no more than {count_max} are tried" if count >= count_max else ""


def _feed_flaw(feed: SeenList, kept: Sequence[SeenList]) -> str:
    """Return why a feed is left out; empty if it is not."""
    if not feed.rows:
        return "no entries"
    comments = sum(bool(_COMMENT_LINK.search(url)) for url in feed.articles)
    if 2 * comments >= feed.rows or _COMMENTS_TITLE.search(feed.page.body[:_HEAD_BYTES]):
        return "comments"
    if same := next((one.url for one in kept if set(one.articles) == set(feed.articles)), None):
        return f"the same entries as {same}"
    return f"no more than {_FEEDS_KEPT_MAX} are kept" if len(kept) >= _FEEDS_KEPT_MAX else ""


def _feed_links(page: CapturedPage) -> list[str]:
    return [url for url in linked(page, "a[href]") if _FEED_URL.search(url)]


def _lists_other_pages(url: str) -> bool:
    return bool(_OTHER_SITEMAP.search(urlsplit(url).path.rpartition("/")[2]))


def _sitemap_rank(url: str) -> int:
    name = urlsplit(url).path.rpartition("/")[2]
    return 2 if _OTHER_SITEMAP.search(name) else 0 if _POSTS_SITEMAP.search(name) else 1


def _unlikeliness(url: str) -> int:
    path = urlsplit(url).path.lower()
    return bool(_NOT_NEWS.search(path)) - bool(_NEWS_WORDS.search(path))
