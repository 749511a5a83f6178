"""NukeViet 3 and 4, as most communes, schools and departments run it.

Here: which links of its pages lead on, and what a platform must offer, from the modules beside this one. Not here:
article pages (`spiders.platforms.nukeviet.articles`), lists (`spiders.platforms.nukeviet.lists`) and addresses
(`spiders.platforms.nukeviet.addresses`).

Its feeds are read for their addresses alone: the dates in them have the month where the minutes belong.
"""

from __future__ import annotations

from typing import Final

from spiders.pages.page import Links, Page
from spiders.pages.signatures import signature
from spiders.platforms.nukeviet.addresses import article_key, canonical_url, is_article_address, is_list_address
from spiders.platforms.nukeviet.articles import TEMPLATES, attachments, shows_article
from spiders.platforms.nukeviet.lists import list_rows, row_count
from spiders.platforms.parts.addresses import absolute, base_of, links_in
from spiders.platforms.parts.selectors import select, with_class
from spiders.portal import Portal

__all__ = (
    "DENY",
    "NAME",
    "SIGNATURES",
    "TEMPLATES",
    "article_key",
    "canonical_url",
    "is_article_url",
    "is_list",
    "links",
    "list_rows",
    "page_key",
)

NAME: Final = "nukeviet"

SIGNATURES: Final = (
    signature(3, "NukeViet as generator", r"name=[\"']generator[\"']\s+content=[\"']NukeViet"),
    signature(3, "NukeViet's script variables", r"\bnv_base_siteurl\b|\bnv_lang_data\b|\bnv_name_variable\b"),
    signature(2, "id news-bodyhtml", r"id=[\"']news-bodyhtml[\"']"),
    signature(1, "NukeViet's assets", r"/assets/js/language/vi|/themes/[\w.-]{1,40}/(?:css|js|images)/"),
)
DENY: Final = (r"(?i)/(?:savefile|sendmail|users|seek|comment)(?:[/?]|$)",)

_CANONICAL: Final = select("/html/head/link[@rel='canonical' and @href]")
_COMMENTS: Final = select("//div[@id='idcomment' and @data-module='news' and @data-id]")
_MENUS: Final = select(
    "//nav",
    "//header",
    "//" + with_class("ul", "pagination", "menu", "temp-breadcrumbs", "breadcrumbs", "breadcrumb"),
    "//" + with_class("div", "panel-heading", "metismenu", "breadcrumbs", "generate_page", "header"),
)


def page_key(page: Page) -> str | None:
    """Return the key of the address that the page names as its own, or the number that its comments are filed under."""
    base = base_of(page)
    for link in _CANONICAL(page.tree):
        if (url := absolute(base, link.get("href"))) and (key := article_key(url)):
            return key
    return next((number for element in _COMMENTS(page.tree) if (number := element.get("data-id", "")).isdigit()), None)


def is_article_url(url: str, portal: Portal) -> bool:
    """Tell whether an article stands at the address; its print view and its attachments are not it."""
    return is_article_address(url)


def is_list(page: Page) -> bool:
    """Tell whether the page shows rows of articles."""
    return row_count(page) > 0


def links(page: Page, portal: Portal) -> Links:
    """Return where the page leads: no print views, searches, tags, accounts, or other modules."""
    base = base_of(page)
    return Links(
        articles=tuple(dict.fromkeys(url for url in links_in([page.tree], base) if is_article_address(url))),
        lists=tuple(dict.fromkeys(url for url in links_in(_MENUS(page.tree), base) if is_list_address(url))),
        attachments=attachments(page),
        row_count=0 if shows_article(page) else row_count(page),
    )
