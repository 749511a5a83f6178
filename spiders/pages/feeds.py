"""Extracts the URLs in feeds and sitemaps, with their dates; pure functions of their bytes.

Belongs here: RSS, Atom and the sitemaps protocol (sitemaps.org), parsed tolerantly because portals' XML is often not
well formed. Does not belong here: fetching them, parsing the dates of entries (see `spiders.pages.feed_dates`), or
deciding whether a URL is an article.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urldefrag, urljoin

from lxml import etree

from spiders.pages.feed_dates import CHANGED, PUBLISHED, credible_dates, written_date
from warehouse.clock import HANOI_TIME

# A sitemap may have 50 MB uncompressed (sitemaps.org).
_UNPACKED_MAX_BYTES = 52_428_800
# Elements, in lower case, that date an entry, and a whole feed.
_DATED = frozenset((*PUBLISHED, *CHANGED))
_DATED_OF_FEED = frozenset((*_DATED, "lastbuilddate"))
_DATE_ONLY = re.compile(r"\d{4}-\d\d-\d\d")
# If a feed has `?id=1&page=2` without `&amp;`, the tolerant parser drops `&page`, which gives another URL. The pattern
# matches CDATA sections whole, because an ampersand in them is literal.
_BARE_AMPERSAND = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!(?:#\d+|#x[0-9a-f]+|\w+);)", re.IGNORECASE | re.DOTALL)


class NotXmlError(ValueError):
    """The bytes are not a feed or sitemap: not XML, another root element, broken gzip, or too large."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The entries of an RSS or Atom feed.

    Attributes:
        pages: absolute URLs of the entries, in feed order, each once.
        dates: the dates of entries that state a credible one, by URL, as `written_date` returns them.
    """

    pages: tuple[str, ...]
    dates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The URLs in a sitemap or sitemap index.

    Attributes:
        pages: URLs of pages.
        dates: like `Feed.dates`: `publication_date` of a news sitemap, else `lastmod`.
        sitemaps: URL of each sitemap in an index, with its `lastmod`; None if that is missing or invalid.
    """

    pages: tuple[str, ...]
    dates: Mapping[str, str]
    sitemaps: Mapping[str, datetime | None]


def feed_links(body: bytes, url: str) -> tuple[str, ...]:
    """Return the absolute URLs of a feed's entries; like `read_feed`, which also returns their dates."""
    return read_feed(body, url).pages


def read_feed(body: bytes, url: str, seen_at: datetime | None = None) -> Feed:
    """Return the entries of an RSS or Atom feed.

    Args:
        body: the bytes of the feed.
        url: its URL, which relative links are resolved against.
        seen_at: when it was received; None if unknown.

    Raises:
        NotXmlError: the bytes are not a feed, such as an HTML page that a portal returns for a removed feed.
    """
    root = _parse(body, ("rss", "RDF", "feed"))
    found = _dates_by_url(((_link(entry), entry) for entry in root.iter("{*}item", "{*}entry")), url)
    heads = (text for head in (root, *root.iterfind("{*}channel")) for _, text in _texts(head, _DATED_OF_FEED))
    return Feed(tuple(found), credible_dates(_stated(found), heads, seen_at))


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """Return the URLs in a sitemap or sitemap index; the body may be a gzip file.

    Raises:
        NotXmlError: the bytes are not a sitemap, or a gzip file that is broken or larger than 50 MB uncompressed.
    """
    root = _parse(_unpacked(body), ("urlset", "sitemapindex"))
    found = _dates_by_url(((_location(entry), entry) for entry in root.iter("{*}url")), url)
    return Sitemap(
        pages=tuple(found),
        dates=credible_dates(_stated(found)),
        sitemaps={
            location: _last_change(entry)
            for entry in root.iter("{*}sitemap")
            for location in resolved([_location(entry)], url)
        },
    )


def _link(entry: etree._Element) -> str:
    """Return the link of a feed's entry; empty if it has none."""
    for link in entry.iterfind("{*}link"):
        href = (link.text or "").strip() or link.get("href", "")
        if href and link.get("rel", "alternate") == "alternate":
            return href
    return ""


def _dates_by_url(entries: Iterable[tuple[str, etree._Element]], base: str) -> dict[str, str | None]:
    """Return the date of each URL in the order of the entries; None if they state none, or different ones.

    An entry with a fragment is a part of a page, such as a comment: its date is not the page's.
    """
    found: dict[str, str | None] = {}
    for link, entry in entries:
        for page in resolved([link], base):
            date = None if urldefrag(page).fragment else _date(entry)
            found[page] = date if found.get(page, date) == date else None
    return found


def _stated(dates: Mapping[str, str | None]) -> dict[str, str]:
    return {page: date for page, date in dates.items() if date}


def _date(entry: etree._Element) -> str | None:
    """Return the date of publication that an entry of a feed or sitemap states, else of its last change."""
    stated: dict[str, str] = {}
    for element in (*entry.iterfind("{*}news"), entry):
        for name, text in _texts(element, _DATED):
            if date := written_date(name, text):
                stated.setdefault(name.lower(), date)
    return next((stated[name] for name in (*PUBLISHED, *CHANGED) if name in stated), None)


def _texts(element: etree._Element, names: Container[str]) -> Iterator[tuple[str, str]]:
    """Yield name and text of each child that has one of the names, in lower case."""
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""  # a comment's tag is a function
        name = tag.rpartition("}")[2].rpartition(":")[2]  # an undeclared prefix is a part of the name
        # A `date` of another vocabulary than Dublin Core may be that of an event.
        is_other = name.lower() == "date" and "/dc/" not in tag and not tag.startswith("dc:")
        if name.lower() in names and not is_other and child.text:
            yield name, child.text


def _location(entry: etree._Element) -> str:
    return (entry.findtext("{*}loc") or "").strip()


def _last_change(entry: etree._Element) -> datetime | None:
    """Return the `lastmod`; None if it is missing or is not an ISO 8601 date.

    A date without a time becomes the end of that day: the change may have been as late as that.
    """
    lastmod = (entry.findtext("{*}lastmod") or "").strip()
    try:
        changed_at = datetime.fromisoformat(lastmod)
    except ValueError:
        return None
    if _DATE_ONLY.fullmatch(lastmod):
        changed_at += timedelta(days=1)
    return changed_at if changed_at.tzinfo else changed_at.replace(tzinfo=HANOI_TIME)


def resolved(links: Iterable[str], base: str) -> tuple[str, ...]:
    """Return the links resolved against `base`, each once, without empty and invalid ones (`http://[`)."""
    found: dict[str, None] = {}
    for link in links:
        try:
            url = urljoin(base, link.strip())
        except ValueError:
            continue
        if link.strip():
            found[url] = None
    return tuple(found)


def _parse(body: bytes, roots: tuple[str, ...]) -> etree._Element:
    # Do not resolve entities or fetch anything: a feed may be hostile.
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(_with_escaped_ampersands(body.strip()), parser)
    except etree.XMLSyntaxError as error:
        raise NotXmlError(f"not XML: {error}") from error
    if root is None:
        raise NotXmlError("not XML: no element found")
    name = etree.QName(root).localname
    if name not in roots:
        raise NotXmlError(f"its root element is <{name}>, not <{'> or <'.join(roots)}>")
    return root


def _with_escaped_ampersands(body: bytes) -> bytes:
    if b"\0" in body:  # UTF-16, where the pattern does not apply: an ampersand has two bytes
        return body
    return _BARE_AMPERSAND.sub(lambda match: b"&amp;" if match[0] == b"&" else match[0], body)


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(body, _UNPACKED_MAX_BYTES + 1)
    except zlib.error as error:
        raise NotXmlError(f"broken gzip: {error}") from error
    if len(unpacked) > _UNPACKED_MAX_BYTES:
        raise NotXmlError(f"unpacks to more than {_UNPACKED_MAX_BYTES} bytes")
    return unpacked
