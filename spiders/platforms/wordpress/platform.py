"""The platform WordPress, used by many wards, schools, associations and health stations.

Belongs here: the platform interface, and which links to follow. Does not belong here: single posts
(`spiders.platforms.wordpress.articles`), lists (`spiders.platforms.wordpress.lists`), URLs
(`spiders.platforms.wordpress.urls`) and class names (`spiders.platforms.wordpress.marks`).

Pages of a running WordPress 6.1 were seen, with themes of its own. The markup of other themes is from their code and
from what they are known to write.
"""

from __future__ import annotations

from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import Links, Page
from spiders.pages.signatures import signature
from spiders.platforms.parts.metadata.page_type import PageType, page_type, post_id
from spiders.platforms.parts.selectors import outermost, select, with_class
from spiders.platforms.parts.urls import base_of, fits_pattern, links_in, links_of, page_link
from spiders.platforms.wordpress.articles import TEMPLATES, attachments, neighbours, shows_article
from spiders.platforms.wordpress.lists import list_rows, row_count
from spiders.platforms.wordpress.urls import article_key, canonical_url, looks_like_article, may_be_page
from spiders.portal import Portal

__all__ = (
    "DENY", "FEED_PRECISION", "NAME", "SIGNATURES", "TEMPLATES", "article_key", "canonical_url", "is_article_url",
    "is_list", "links", "list_rows", "page_key",
)  # fmt: skip

NAME: Final = "wordpress"

SIGNATURES: Final = (
    signature(3, "WordPress as generator", r"name=[\"']generator[\"']\s+content=[\"']WordPress\b"),
    signature(2, "WordPress's folders", r"[\"'(/]wp-(?:content/(?:themes|plugins|uploads)|includes)/"),
    signature(2, "WordPress's interface", r"/wp-json/|rel=[\"']https://api\.w\.org/[\"']"),
    signature(
        2,
        "the classes of a post's page",
        r"<body[^<>]{0,300}\bclass=[\"'][^\"'<>]{0,600}\b(?:postid-\d|page-id-\d|single-post\b|wp-custom-logo\b)",
    ),
)
FEED_PRECISION: Final = "second"
DENY: Final = (
    r"/wp-(?:admin|login|json|includes|cron|signup|comments-post)",
    r"/xmlrpc\.php",
    r"[?&](?:s|replytocom|share|like_comment|author|rest_route|add-to-cart)=",
    r"/(?:embed|trackback|comment-page-\d+)(?:/|$)",
    r"/author/",
    # Sitemaps of lists and users, by WordPress and by the plugins Yoast SEO and Rank Math: none has an article.
    r"/wp-sitemap-(?:taxonomies|users)-|/(?:category|post_tag|author)-sitemap\d*\.xml$",
)

_SHORT_LINK: Final = select("/html/head/link[@rel='shortlink' and @href]")
_NAVIGATION: Final = (
    "breadcrumb", "breadcrumbs", "rank-math-breadcrumb", "yoast-breadcrumb", "wp-block-navigation", "pagination",
    "nav-links", "page-numbers", "wp-pagenavi", "wp-block-query-pagination", "page-nav", "pages-nav", "jeg_navigation",
    "elementor-pagination", "elementor-nav-menu", "paging-navigation", "posts-navigation", "nav-previous", "nav-next",
)  # fmt: skip
_MENUS: Final = select(
    "//nav",
    "//header",
    "//" + with_class("ul", "menu", "nav-menu", "header-nav", "nav", "main-menu"),
    "//" + with_class("*", *_NAVIGATION),
)
_NEXT: Final = select("//link[@rel='next' and @href]", "//a[@rel='next' and @href]")


def page_key(page: Page) -> str | None:
    """Return the post's number, from the classes of `<body>` or the short link; None on other pages."""
    if page_type(page) is not PageType.ARTICLE:
        return None
    if number := post_id(page):
        return number
    base = base_of(page)
    urls = (page_link(base, link.get("href")) for link in _SHORT_LINK(page.tree))
    return next((key for url in urls if url and (key := article_key(url))), None)


def is_article_url(url: str, portal: Portal) -> bool:
    """Tell by the forms that only articles have, or by the portal's article patterns."""
    if looks_like_article(url):
        return True
    return may_be_page(url) and any(fits_pattern(pattern, url) for pattern in portal.article_patterns)


def is_list(page: Page) -> bool:
    """Tell whether the page shows rows of posts."""
    return row_count(page) > 0


def links(page: Page, portal: Portal) -> Links:
    """Return the page's links, without answer forms, feeds, searches and the system's own pages."""
    base = base_of(page)
    rows = list_rows(page)
    known = [*(row.url for row in rows), *_urls(neighbours(page), base)]
    every = links_of(page)
    articles = dict.fromkeys(url for url in every if url in known or is_article_url(url, portal))
    menus = [*links_in(outermost(_MENUS(page.tree)), base), *_urls(_NEXT(page.tree), base)]
    lists = (url for url in menus if url not in articles and may_be_page(url) and portal.scope.covers(url))
    return Links(
        articles=tuple(articles),
        lists=tuple(dict.fromkeys(lists)),
        attachments=attachments(page),
        row_count=0 if shows_article(page) else len(rows),
    )


def _urls(elements: list[HtmlElement], base: str) -> list[str]:
    return [url for element in elements if (url := page_link(base, element.get("href")))]
