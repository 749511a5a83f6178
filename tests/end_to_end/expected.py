"""What the corpus must hold after the demo, derived from the test portals' content and nothing else.

Here: content → expected values. Not here: reading the corpus.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

import yaml

from spiders.mirror.content import SHIPPED_CONTENT, Content, Fault, Heading, Image, ShownArticle, load_content
from spiders.mirror.faults import with_text_faults
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import PublishingSite
from warehouse.text.identity import content_hash
from warehouse.text.normal import clean

ArticleKey: TypeAlias = tuple[str, int]
"""Portal and the id that the portal gives the article."""

_WITHOUT_PAGE: frozenset[Fault] = frozenset({"missing", "gone_as_list"})


@cache
def content() -> Content:
    """Return the shipped content."""
    return load_content()


@cache
def articles() -> Mapping[ArticleKey, ShownArticle]:
    """Return every article that had a page, as it last stood."""
    found = {}
    for portal in content().portals:
        for day in (1, 2):
            for article in content().state(portal, day).articles:
                if not article.faults & _WITHOUT_PAGE:
                    found[portal, article.id] = article
    return found


@cache
def copies() -> Mapping[ArticleKey, ArticleKey]:
    """Return the original of each copy, as the content files name it."""
    found = {}
    for portal in content().portals:
        for entry in yaml.safe_load((SHIPPED_CONTENT / f"{portal}.yml").read_text(encoding="utf-8"))["articles"]:
            if original := entry.get("copy_of"):
                found[portal, entry["id"]] = (original["portal"], original["id"])
    return found


@cache
def edited() -> set[ArticleKey]:
    """Return the articles that read otherwise on day 2 than on day 1."""
    return {
        (portal, after.id)
        for portal in content().portals
        for after in content().state(portal, 2).articles
        if (before := content().state(portal, 1).article(after.id)) and before != after
    }


@cache
def removed() -> set[ArticleKey]:
    """Return the articles of day 1 that day 2 does not show."""
    return {(portal, gone) for portal in content().portals for gone in content().state(portal, 2).removed_ids}


@cache
def new_on_day_2() -> set[ArticleKey]:
    """Return the articles that day 1 did not show."""
    return {
        key
        for key, article in articles().items()
        if key not in removed() and content().state(key[0], 1).article(article.id) is None
    }


def key_of(portal: str, url: str) -> ArticleKey:
    """Return whose address that is."""
    if url in addresses_without_id():
        return addresses_without_id()[url]
    match = re.search(r"/view_content/(\d+)|-(?:post)?(\d+)\.html$|/tin-tuc/[^/]+/(\d+)/", url)
    assert match, f"{portal}: {url} is no article's address"
    return portal, int(next(filter(None, match.groups())))


@cache
def addresses_without_id() -> Mapping[str, ArticleKey]:
    """Return whose addresses those are that hold no id."""
    return {address(article): key for key, article in articles().items() if key[0] == "dang-bo-ha-dong-thu-nghiem"}


def site_of(article: ShownArticle) -> PublishingSite:
    """Return the test portal that shows the article."""
    site = next(site for site in all_sites(content()).values() if getattr(site, "portal", None) == article.portal)
    assert isinstance(site, PublishingSite)
    return site


def address(article: ShownArticle) -> str:
    """Return the address at which the article's page stands."""
    site = site_of(article)
    return site.base + site.article_url(article)


def attachments(article: ShownArticle) -> list[str]:
    """Return the addresses of the article's files, in the order in which the page shows them."""
    site = site_of(article)
    return [site.base + site.attachment_url(article, one.file) for one in article.attachments]


def paragraphs(article: ShownArticle) -> list[str]:
    """Return the body's paragraphs and headings, cleaned; captions are not among them."""
    return [
        clean(item.heading if isinstance(item, Heading) else item)
        for item in article.body
        if not isinstance(item, Image)
    ]


def row(article: ShownArticle) -> dict[str, Any]:
    """Return what `fct_articles` must say of the article, with the portal's faults in its characters mended."""
    shown = with_text_faults(article)
    captions = [clean(item.caption) for item in shown.body if isinstance(item, Image) and item.caption]
    return {
        "portal": article.portal,
        "url": address(article),
        "title": clean(shown.title),
        "lead": clean(shown.lead) if shown.lead else None,
        "body": "\n\n".join(paragraphs(shown)),
        "captions": list(dict.fromkeys(captions)),
        "byline": clean(shown.byline) if shown.byline else None,
        "credited_source_name": article.source.name if article.source else None,
        "credited_source_url": article.source.url if article.source else None,
        "section": article.section_name,
        "tags": list(article.tags),
        "published_at": article.published.at,
        "published_precision": "minute" if article.published.has_time else "day",
        "content_hash": content_hash(paragraphs(shown)),
    }
