"""What the corpus must hold after the demo, derived from the test portals' content and nothing else.

Here: content → expected values, of a corpus that crawled every portal on each day up to the last and looked each time
at every article that it knew. Not here: reading the corpus.

A day on which something befell a portal as a whole is no look at it: what changed meanwhile is seen on the next day on
which nothing did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import yaml

from spiders.mirror.content import (
    SHIPPED_CONTENT,
    WITHOUT_PAGE,
    Condition,
    Content,
    Heading,
    Image,
    ShownArticle,
    load_content,
)
from spiders.mirror.days import DAYS
from spiders.mirror.faults import with_text_faults
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import PublishingSite
from warehouse.text.identity import content_hash
from warehouse.text.normal import clean

ArticleKey: TypeAlias = tuple[str, int]
"""Portal and the id that the portal gives the article."""

DEMO_DAY: Final = 2
"""The last day that the demo plays."""

CHALLENGED: Final = "xa-soc-son-thu-nghiem"
"""The portal that answers with a challenge on every day, and has no content."""

WITHOUT_ID: Final = "dang-bo-ha-dong-thu-nghiem"
"""The portal whose addresses hold no id."""

_LOOKS_UNTIL_REMOVED: Final = 2


class Event(NamedTuple):
    """What a corpus has seen of an article on one day.

    An article that is gone is `removed` on the second look that finds it gone; one that is back before is no event.
    """

    portal: str
    id: int
    event: Literal["published", "edited", "removed", "restored"]
    day: int


@cache
def content() -> Content:
    """Return the shipped content."""
    return load_content()


@cache
def conditions(day: int) -> Mapping[str, Condition]:
    """Return what befalls portals as a whole on that day; the others are well."""
    found: dict[str, Condition] = {CHALLENGED: "challenge"}
    for portal in content().portals:
        if condition := content().state(portal, day).condition:
            found[portal] = condition
    return found


def looks(portal: str, last_day: int = DEMO_DAY) -> list[int]:
    """Return the days up to the last on which the portal could be seen as it is."""
    return [day for day in DAYS if day <= last_day and portal not in conditions(day)]


@cache
def _with_page(portal: str, day: int) -> Mapping[int, ShownArticle]:
    shown = content().state(portal, day).articles
    return {article.id: article for article in shown if not article.faults & WITHOUT_PAGE}


@cache
def articles(last_day: int = DEMO_DAY) -> Mapping[ArticleKey, ShownArticle]:
    """Return every article whose page was seen, as it was seen last."""
    found = {}
    for portal in content().portals:
        for day in looks(portal, last_day):
            for number, article in _with_page(portal, day).items():
                found[portal, number] = article
    return found


@cache
def copies(last_day: int = DEMO_DAY) -> Mapping[ArticleKey, ArticleKey]:
    """Return the original of each copy, as the content files name it."""
    found = {}
    for portal in content().portals:
        for entry in yaml.safe_load((SHIPPED_CONTENT / f"{portal}.yml").read_text(encoding="utf-8"))["articles"]:
            if (original := entry.get("copy_of")) and (portal, entry["id"]) in articles(last_day):
                found[portal, entry["id"]] = (original["portal"], original["id"])
    return found


@cache
def events(until_day: int) -> tuple[Event, ...]:
    """Return everything that a corpus must have seen happen until the end of that day, article by article."""
    found = [event for portal in content().portals for event in _events_of(portal, until_day)]
    return tuple(sorted(found, key=lambda event: (event.portal, event.id, event.day)))


def _events_of(portal: str, until_day: int) -> Iterator[Event]:
    last_read: dict[int, tuple[object, ...]] = {}
    gone_for: dict[int, int] = {}  # how many looks have found the article gone, one after the other
    for day in looks(portal, until_day):
        shown = _with_page(portal, day)
        for number, article in shown.items():
            if number not in last_read:
                yield Event(portal, number, "published", day)
            elif _reading(article) != last_read[number]:
                yield Event(portal, number, "edited", day)
            if gone_for.pop(number, 0) >= _LOOKS_UNTIL_REMOVED:
                yield Event(portal, number, "restored", day)
            last_read[number] = _reading(article)
        for number in last_read.keys() - shown.keys():
            gone_for[number] = gone_for.get(number, 0) + 1
            if gone_for[number] == _LOOKS_UNTIL_REMOVED:
                yield Event(portal, number, "removed", day)


def _reading(article: ShownArticle) -> tuple[object, ...]:
    """Return what makes a revision of the article."""
    return article.title, article.lead, article.body, article.attachments


def _keys(event: str, last_day: int) -> set[ArticleKey]:
    return {(one.portal, one.id) for one in events(last_day) if one.event == event}


def edited(last_day: int = DEMO_DAY) -> set[ArticleKey]:
    """Return the articles that once read otherwise than on the look before."""
    return _keys("edited", last_day)


def restored(last_day: int = DEMO_DAY) -> set[ArticleKey]:
    """Return the articles that were removed and are back."""
    return _keys("restored", last_day)


def removed(last_day: int = DEMO_DAY) -> set[ArticleKey]:
    """Return the articles that the last look at their portal found gone, whether or not that was the first to do so."""
    return {key for key in articles(last_day) if key[1] not in _with_page(key[0], looks(key[0], last_day)[-1])}


def new_on(day: int) -> set[ArticleKey]:
    """Return the articles that were seen first on that day."""
    return {(one.portal, one.id) for one in events(day) if (one.event, one.day) == ("published", day)}


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
    return {
        address(article): key for key, article in articles(DAYS[-1]).items() if key[0] == "dang-bo-ha-dong-thu-nghiem"
    }


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
