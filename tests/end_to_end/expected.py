"""Expected contents of the corpus, derived from the content files of the test portals alone.

Belongs here: content → expected values, for a corpus that crawled every portal each day and refetched every known
article each time. Does not belong here: reading the corpus.

A crawl on a day on which a whole portal has a fault is not healthy: changes of that day are seen in the next healthy
crawl.
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
"""Portal and the portal's own article id."""

DEMO_DAY: Final = 2
"""The last day of the demo."""

CHALLENGED: Final = "xa-soc-son-thu-nghiem"
"""The portal that serves a challenge every day, and has no content."""

WITHOUT_ID: Final = "dang-bo-ha-dong-thu-nghiem"
"""The portal whose URLs contain no id."""

_ABSENCES_UNTIL_REMOVED: Final = 2


class Event(NamedTuple):
    """An event of an article on one day.

    An article is `removed` in the second healthy crawl that misses it; if it is back before, there is no event.
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
    """Return the faults of whole portals on that day; portals without a fault are left out."""
    found: dict[str, Condition] = {CHALLENGED: "challenge"}
    for portal in content().portals:
        if condition := content().state(portal, day).condition:
            found[portal] = condition
    return found


def healthy_days(portal: str, last_day: int = DEMO_DAY) -> list[int]:
    """Return the days up to the last on which the portal has no fault."""
    return [day for day in DAYS if day <= last_day and portal not in conditions(day)]


@cache
def _with_page(portal: str, day: int) -> Mapping[int, ShownArticle]:
    shown = content().state(portal, day).articles
    return {article.id: article for article in shown if not article.faults & WITHOUT_PAGE}


@cache
def articles(last_day: int = DEMO_DAY) -> Mapping[ArticleKey, ShownArticle]:
    """Return every captured article in its last captured state."""
    found = {}
    for portal in content().portals:
        for day in healthy_days(portal, last_day):
            for number, article in _with_page(portal, day).items():
                found[portal, number] = article
    return found


@cache
def _stated_copies(last_day: int) -> Mapping[ArticleKey, ArticleKey]:
    found = {}
    for portal in content().portals:
        for entry in yaml.safe_load((SHIPPED_CONTENT / f"{portal}.yml").read_text(encoding="utf-8"))["articles"]:
            if (original := entry.get("copy_of")) and (portal, entry["id"]) in articles(last_day):
                found[portal, entry["id"]] = (original["portal"], original["id"])
    return found


def _has_the_text_of(copy: ArticleKey, original: ArticleKey, last_day: int) -> bool:
    return articles(last_day)[copy].body == articles(last_day)[original].body


@cache
def copies(last_day: int = DEMO_DAY) -> Mapping[ArticleKey, ArticleKey]:
    """Return the original of each copy, as the content files state it; stale copies are left out."""
    stated = _stated_copies(last_day).items()
    return {copy: original for copy, original in stated if _has_the_text_of(copy, original, last_day)}


@cache
def stale_copies(last_day: int = DEMO_DAY) -> Mapping[ArticleKey, ArticleKey]:
    """Return the original of each copy that still has a text which the original no longer has."""
    stated = _stated_copies(last_day).items()
    return {copy: original for copy, original in stated if not _has_the_text_of(copy, original, last_day)}


@cache
def events(until_day: int) -> tuple[Event, ...]:
    """Return all events up to and including that day, sorted by article."""
    found = [event for portal in content().portals for event in _events_of(portal, until_day)]
    return tuple(sorted(found, key=lambda event: (event.portal, event.id, event.day)))


def _events_of(portal: str, until_day: int) -> Iterator[Event]:
    last_state: dict[int, tuple[object, ...]] = {}
    absences: dict[int, int] = {}  # consecutive healthy crawls that missed the article
    for day in healthy_days(portal, until_day):
        shown = _with_page(portal, day)
        for number, article in shown.items():
            if number not in last_state:
                yield Event(portal, number, "published", day)
            elif _revision_state(article) != last_state[number]:
                yield Event(portal, number, "edited", day)
            if absences.pop(number, 0) >= _ABSENCES_UNTIL_REMOVED:
                yield Event(portal, number, "restored", day)
            last_state[number] = _revision_state(article)
        for number in last_state.keys() - shown.keys():
            absences[number] = absences.get(number, 0) + 1
            if absences[number] == _ABSENCES_UNTIL_REMOVED:
                yield Event(portal, number, "removed", day)


def _revision_state(article: ShownArticle) -> tuple[object, ...]:
    """Return the parts of the article that make a revision."""
    return article.title, article.lead, article.body, article.attachments


def _keys(event: str, last_day: int) -> set[ArticleKey]:
    return {(one.portal, one.id) for one in events(last_day) if one.event == event}


def edited(last_day: int = DEMO_DAY) -> set[ArticleKey]:
    """Return the articles that were edited at least once."""
    return _keys("edited", last_day)


def restored(last_day: int = DEMO_DAY) -> set[ArticleKey]:
    """Return the articles that were removed and came back."""
    return _keys("restored", last_day)


def removed(last_day: int = DEMO_DAY) -> set[ArticleKey]:
    """Return the articles that were missing in the last healthy crawl of their portal."""
    return {key for key in articles(last_day) if key[1] not in _with_page(key[0], healthy_days(key[0], last_day)[-1])}


def new_on(day: int) -> set[ArticleKey]:
    """Return the articles first captured on that day."""
    return {(one.portal, one.id) for one in events(day) if (one.event, one.day) == ("published", day)}


def key_of(portal: str, url: str) -> ArticleKey:
    """Return the article with that URL."""
    if url in urls_without_id():
        return urls_without_id()[url]
    match = re.search(r"/view_content/(\d+)|-(?:post)?(\d+)\.html$|/tin-tuc/[^/]+/(\d+)/", url)
    assert match, f"{portal}: {url} is not the URL of an article"
    return portal, int(next(filter(None, match.groups())))


@cache
def urls_without_id() -> Mapping[str, ArticleKey]:
    """Return the articles whose URLs contain no id, by URL."""
    return {url_of(article): key for key, article in articles(DAYS[-1]).items() if key[0] == WITHOUT_ID}


def site_of(article: ShownArticle) -> PublishingSite:
    """Return the test portal of the article."""
    site = next(site for site in all_sites(content()).values() if getattr(site, "portal", None) == article.portal)
    assert isinstance(site, PublishingSite)
    return site


def url_of(article: ShownArticle) -> str:
    """Return the URL of the article's page."""
    site = site_of(article)
    return site.base + site.article_url(article)


def attachments(article: ShownArticle) -> list[str]:
    """Return the URLs of the article's attachments, in page order."""
    site = site_of(article)
    return [site.base + site.attachment_url(article, one.file) for one in article.attachments]


def paragraphs(article: ShownArticle) -> list[str]:
    """Return the body's paragraphs and headings, cleaned, without captions."""
    return [
        clean(item.heading if isinstance(item, Heading) else item)
        for item in article.body
        if not isinstance(item, Image)
    ]


def row(article: ShownArticle) -> dict[str, Any]:
    """Return the expected row of `fct_articles`, with the portal's character faults repaired."""
    shown = with_text_faults(article)
    captions = [clean(item.caption) for item in shown.body if isinstance(item, Image) and item.caption]
    return {
        "portal": article.portal,
        "url": url_of(article),
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
