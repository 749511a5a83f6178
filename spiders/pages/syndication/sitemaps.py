"""Sitemaps and sitemap indexes: the addresses in them, with their dates.

Belongs here: the formats of the sitemaps protocol (sitemaps.org): XML, a feed, and text with one address a line.
Does not belong here: XML (see `spiders.pages.syndication.xml`), and which sitemaps of an index are requested (see
`spiders.crawl.follow_policy`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from lxml import etree

from spiders.pages.syndication.dates import CHANGED, PUBLISHED, credible_dates
from spiders.pages.syndication.feeds import FEED, add_date, date_of, feed_in, stated
from spiders.pages.syndication.repair import Vocabulary
from spiders.pages.syndication.xml import Document, open_document, read_entries, resolved, texts
from warehouse.clock import HANOI_TIME

SITEMAP: Final = Vocabulary(
    roots=("urlset", "sitemapindex"),
    containers={"urlset": 0, "sitemapindex": 0, "url": 1, "sitemap": 1, "news": 2},
    leaves=frozenset(("loc", *PUBLISHED, *CHANGED)),
    ignored=frozenset({"image", "video"}),
    entries=("url", "sitemap"),
)
"""The elements of sitemaps."""

_FEED_ROOTS: Final = frozenset(root.lower() for root in FEED.roots)
# Programs that know no date write 1970. Later than any year is a list that has never changed.
_YEAR_MIN, _YEAR_MAX = 1990, 2199
_DATE_ONLY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_LINE: Final = re.compile(r"https?://\S+", re.IGNORECASE)
# A page of text may have a few lines that are addresses.
_LINES_SHARE_MIN: Final = 0.5


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The URLs in a sitemap or sitemap index.

    Attributes:
        pages: absolute http(s) URLs of pages, each once.
        dates: like those of a feed: `publication_date` of a news sitemap, else `lastmod`.
        sitemaps: URL of each sitemap in an index, with its `lastmod`; None if that is missing or invalid.
        entry_count: number of entries, with or without a URL.
    """

    pages: tuple[str, ...]
    dates: Mapping[str, str]
    sitemaps: Mapping[str, datetime | None]
    entry_count: int

    def newest_first(self) -> list[tuple[str, datetime | None]]:
        """Return the sitemaps in the order of their `lastmod`, so that a limit leaves out the oldest ones.

        Those without come first, because they may be the newest.
        """
        undated = datetime.max.replace(tzinfo=UTC)
        return sorted(self.sitemaps.items(), key=lambda item: item[1] or undated, reverse=True)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What an entry of a sitemap states."""

    location: str
    date: str | None
    changed_at: datetime | None
    is_sitemap: bool


def read_sitemap(
    body: bytes, url: str, *, content_type: str | None = None, content_location: str | None = None
) -> Sitemap:
    """Return the URLs in a sitemap, sitemap index, feed or list of addresses; the body may be a gzip file.

    Args:
        body: the bytes of the sitemap.
        url: its URL, which relative links are resolved against.
        content_type: the header, for its charset.
        content_location: the header, for a feed's relative links.

    Raises:
        NotXmlError: the bytes are not a sitemap, or a gzip file that is broken or larger than 50 MB uncompressed.
    """
    document = open_document(body, content_type)
    if document.root in _FEED_ROOTS:
        feed = feed_in(document, url, content_location=content_location)
        return Sitemap(feed.pages, feed.dates, {}, feed.entry_count)
    if not document.root and (listed := _lines(document)):
        pages = resolved(listed, url)
        return Sitemap(pages, {}, {}, len(listed))
    _, entries = read_entries(document, SITEMAP, _read)
    found: dict[str, str | None] = {}
    sitemaps: dict[str, datetime | None] = {}
    for entry in entries:
        for page in resolved([entry.location], url):
            if entry.is_sitemap:
                sitemaps[page] = entry.changed_at
            else:
                add_date(found, page, entry.date)
    return Sitemap(tuple(found), credible_dates(stated(found)), sitemaps, len(entries))


def _read(entry: etree._Element) -> _Entry:
    children = list(texts(entry))
    location = next((child.text for name, child in children if name == "loc" and (child.text or "").strip()), None)
    return _Entry(
        # Some programs leave out `loc`.
        location or entry.text or "",
        date_of([*(part for name, child in children if name == "news" for part in texts(child)), *children]),
        _last_change(next((child.text or "" for name, child in children if name == "lastmod"), "")),
        is_sitemap=str(entry.tag).rpartition("}")[2] == "sitemap",  # not QName: its namespace may be no URI
    )


def _lines(document: Document) -> list[str]:
    """Return the lines of a text that are addresses; empty if the text is no list of addresses."""
    lines = [line for line in map(str.strip, document.text.decode("utf-8", "replace").splitlines()) if line]
    found = [line for line in lines if _LINE.fullmatch(line)]
    return found if len(found) > _LINES_SHARE_MIN * len(lines) else []


def _last_change(lastmod: str) -> datetime | None:
    """Return the `lastmod`; None if it is missing or is not an ISO 8601 date.

    A date without a time becomes the end of that day: the change may have been as late as that.
    """
    lastmod = lastmod.strip()
    try:
        changed_at = datetime.fromisoformat(lastmod)
    except ValueError:
        return None
    # At the ends of the calendar, arithmetic with dates overflows.
    if not _YEAR_MIN <= changed_at.year <= _YEAR_MAX:
        return None
    if _DATE_ONLY.fullmatch(lastmod):
        changed_at += timedelta(days=1)
    return changed_at if changed_at.tzinfo else changed_at.replace(tzinfo=HANOI_TIME)
