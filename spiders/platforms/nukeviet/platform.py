"""The platform NukeViet 3 and 4, used by most communes, schools and departments.

Belongs here: the platform interface, and which links to follow. Does not belong here: article pages
(`spiders.platforms.nukeviet.articles`), lists (`spiders.platforms.nukeviet.lists`) and URLs
(`spiders.platforms.nukeviet.urls`).

Of the dates in feeds only the day is true: they have the month in place of the minutes.
"""

from __future__ import annotations

from typing import Final

from spiders.pages.page import Links, Page
from spiders.pages.signatures import signature
from spiders.platforms.nukeviet.articles import TEMPLATES, attachments, shows_article
from spiders.platforms.nukeviet.lists import list_rows, row_count
from spiders.platforms.nukeviet.urls import article_key, canonical_url, looks_like_article, looks_like_list
from spiders.platforms.parts.selectors import select, with_class
from spiders.platforms.parts.urls import base_of, links_in, links_of, page_link
from spiders.portal import Portal

__all__ = (
    "DENY", "FEED_PRECISION", "NAME", "SIGNATURES", "TEMPLATES", "article_key", "canonical_url", "is_article_url",
    "is_list", "links", "list_rows", "page_key",
)  # fmt: skip

NAME: Final = "nukeviet"

SIGNATURES: Final = (
    signature(3, "NukeViet as generator", r"name=[\"']generator[\"']\s+content=[\"']NukeViet"),
    signature(3, "NukeViet's script variables", r"\bnv_base_siteurl\b|\bnv_lang_data\b|\bnv_name_variable\b"),
    signature(2, "id news-bodyhtml", r"id=[\"']news-bodyhtml[\"']"),
    signature(1, "NukeViet's assets", r"/assets/js/language/vi|/themes/[\w.-]{1,40}/(?:css|js|images)/"),
)
DENY: Final = (r"(?i)/(?:savefile|sendmail|users|seek|comment)(?:[/?]|$)",)
FEED_PRECISION: Final = "day"  # 10:41 in October is written 10:10

_CANONICAL: Final = select("/html/head/link[@rel='canonical' and @href]")
_COMMENTS: Final = select("//div[@id='idcomment' and @data-module='news' and @data-id]")
_MENUS: Final = select(
    "//nav",
    "//header",
    "//" + with_class("ul", "pagination", "menu", "temp-breadcrumbs", "breadcrumbs", "breadcrumb"),
    "//" + with_class("div", "panel-heading", "metismenu", "breadcrumbs", "generate_page", "header"),
)


def page_key(page: Page) -> str | None:
    """Return the key of the page's canonical URL, or else the article number of its comment form."""
    base = base_of(page)
    for link in _CANONICAL(page.tree):
        if (url := page_link(base, link.get("href"))) and (key := article_key(url)):
            return key
    return next((number for element in _COMMENTS(page.tree) if (number := element.get("data-id", "")).isdigit()), None)


def is_article_url(url: str, portal: Portal) -> bool:
    """Tell whether the URL is an article's, and not that of its print view or an attachment."""
    return looks_like_article(url)


def is_list(page: Page) -> bool:
    """Tell whether the page shows rows of articles."""
    return row_count(page) > 0


def links(page: Page, portal: Portal) -> Links:
    """Return the page's links, without print views, searches, tags, accounts and other modules."""
    base = base_of(page)
    return Links(
        articles=tuple(dict.fromkeys(url for url in links_of(page) if looks_like_article(url))),
        lists=tuple(dict.fromkeys(url for url in links_in(_MENUS(page.tree), base) if looks_like_list(url))),
        attachments=attachments(page),
        row_count=0 if shows_article(page) else row_count(page),
    )
