"""Feeds: the addresses of their entries, with their dates.

Belongs here: RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0: which element of an entry states its address, and what a
relative one is resolved against. Does not belong here: XML (see `spiders.pages.syndication.xml`), and the dates as
text (see `spiders.pages.syndication.dates`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urldefrag, urlsplit

from lxml import etree

from spiders.pages.syndication.dates import CHANGED, PUBLISHED, credible_dates, written_date
from spiders.pages.syndication.repair import Vocabulary
from spiders.pages.syndication.xml import Document, bases_of, joined, open_document, read_entries, resolved, texts

_DATED: Final = frozenset((*PUBLISHED, *CHANGED))
_DATED_OF_FEED: Final = frozenset((*_DATED, "lastbuilddate"))
FEED: Final = Vocabulary(
    roots=("rss", "RDF", "feed"),
    containers={"rss": 0, "rdf": 0, "feed": 0, "channel": 1, "item": 2, "entry": 2},
    leaves=_DATED_OF_FEED - {"pubdate", "lastbuilddate"}
    | {"link", "guid", "id", "origLink", "pubDate", "lastBuildDate"},
    ignored=frozenset({"image", "textinput", "source"}),
    entries=("item", "entry"),
)
"""The elements of feeds."""

# IANA's registry of link relations, from RFC 4287, 4.2.7.2.
_ALTERNATE: Final = frozenset({"alternate", "http://www.iana.org/assignments/relation/alternate"})
_HTML: Final = frozenset({"", "text/html", "application/xhtml+xml"})
_ADDRESS: Final = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_RDF_ABOUT: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
# Servers behind a proxy state their internal name, such as http://localhost/ or http://10.0.0.5/.
_PUBLIC_HOST: Final = re.compile(r"(?=.*[a-z])[^.:\[\]]+(?:\.[^.:\[\]]+)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Feed:
    """The entries of an RSS or Atom feed.

    Attributes:
        pages: absolute http(s) URLs of the entries, in feed order, each once.
        dates: the dates of entries that state a credible one, by URL, as `written_date` returns them.
        entry_count: number of entries, with or without a URL.
    """

    pages: tuple[str, ...]
    dates: Mapping[str, str]
    entry_count: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """What an entry states: its links, best first, what relative ones are resolved against, and its date."""

    links: tuple[str, ...]
    bases: tuple[str, ...]
    date: str | None


def read_feed(
    body: bytes,
    url: str,
    seen_at: datetime | None = None,
    *,
    content_type: str | None = None,
    content_location: str | None = None,
) -> Feed:
    """Return the entries of an RSS or Atom feed.

    An entry's address is the first of these that is an http(s) URL: the original link behind FeedBurner's, the link
    to the page (`rel="alternate"` or none), RSS's `guid` unless it says `isPermaLink="false"`, RDF's `about`, Atom's
    `id`. Relative links are resolved against `xml:base`, then `Content-Location`, then the link of an RSS channel,
    then the URL.

    Args:
        body: the bytes of the feed; they may be a gzip file.
        url: its URL.
        seen_at: when it was received; None if unknown.
        content_type: the header, for its charset.
        content_location: the header (RFC 9110, 8.7).

    Raises:
        NotXmlError: the bytes are not a feed, such as an HTML page that a portal returns for a removed feed.
    """
    return feed_in(open_document(body, content_type), url, seen_at, content_location)


def feed_in(document: Document, url: str, seen_at: datetime | None = None, content_location: str | None = None) -> Feed:
    """Return the entries of a feed whose text is decoded; else like `read_feed`."""
    root, entries = read_entries(document, FEED, _read)
    heads = [root, *(child for name, child in texts(root) if name == "channel")]
    base = _base(url, content_location, heads)
    found: dict[str, str | None] = {}
    for entry in entries:
        page = next(iter(resolved(entry.links, joined(base, entry.bases))), None)
        if page:
            add_date(found, page, entry.date)
    of_feed = (child.text for head in heads for name, child in texts(head) if name.lower() in _DATED_OF_FEED)
    return Feed(tuple(found), credible_dates(stated(found), filter(None, of_feed), seen_at), len(entries))


def add_date(found: dict[str, str | None], page: str, date: str | None) -> None:
    """Add an entry to the dates of pages: None if its page has none, or entries state different ones.

    An entry with a fragment is a part of a page, such as a comment: its date is not the page's.
    """
    date = None if urldefrag(page).fragment else date
    found[page] = date if found.get(page, date) == date else None


def stated(dates: Mapping[str, str | None]) -> dict[str, str]:
    """Return the dates of the pages that have one."""
    return {page: date for page, date in dates.items() if date}


def date_of(children: Iterable[tuple[str, etree._Element]]) -> str | None:
    """Return the date of publication that an entry of a feed or sitemap states, else of its last change.

    Args:
        children: elements that may be dates, with their local names; the first of each name counts.
    """
    found: dict[str, str] = {}
    for name, child in children:
        # A `date` of another vocabulary than Dublin Core may be that of an event.
        tag = str(child.tag)
        is_other = name.lower() == "date" and "/dc/" not in tag and not tag.startswith("dc:")
        if name.lower() in _DATED and not is_other and (date := written_date(name, child.text or "")):
            found.setdefault(name.lower(), date)
    return next((found[name] for name in (*PUBLISHED, *CHANGED) if name in found), None)


def _read(entry: etree._Element) -> _Entry:
    children = list(texts(entry))
    links = tuple(filter(None, (link.strip() for link in _links(entry, children))))
    # A link has a base of its own in few feeds, and then all links of an entry have the same.
    of_link = next((child for name, child in children if name == "link"), entry)
    return _Entry(links, bases_of(of_link), date_of(children))


def _links(entry: etree._Element, children: list[tuple[str, etree._Element]]) -> Iterator[str]:
    """Yield the addresses that an entry states for its page, best first."""
    yield from (child.text or "" for name, child in children if name == "origLink")
    alternates = [child for name, child in children if name == "link" and _is_alternate(child)]
    # Links of other vocabularies in RSS lead elsewhere, such as those of Media RSS; Atom's may be the only ones.
    own = _vocabulary(entry)
    alternates.sort(
        key=lambda link: (
            _vocabulary(link) != own,
            link.get("type", "").partition(";")[0].strip().lower() not in _HTML,
        )
    )
    for link in alternates:
        yield (link.text or "").strip() or link.get("href", "") or _only_address(link.tail)
    for name, child in children:
        if name == "guid" and child.get("isPermaLink", "true").strip().lower() != "false":
            yield _only_address(child.text)
    yield _only_address(entry.get(_RDF_ABOUT))
    yield from (_only_address(child.text) for name, child in children if name == "id")


def _vocabulary(element: etree._Element) -> str:
    """Return the namespace of an element, or its prefix if that is not declared; empty if it has neither."""
    tag = str(element.tag)
    return tag.rpartition("}")[0] or tag.rpartition(":")[0]


def _is_alternate(link: etree._Element) -> bool:
    return link.get("rel", "alternate").strip().lower() in _ALTERNATE


def _only_address(text: str | None) -> str:
    """Return the text if it is an http(s) URL, else an empty one: an identifier is no address."""
    text = (text or "").strip()
    return text if _ADDRESS.match(text) else ""


def _base(url: str, content_location: str | None, heads: list[etree._Element]) -> str:
    """Return what relative links are resolved against where no `xml:base` says so."""
    links = [content_location or ""]
    # RFC 3986 decides for Atom. In RSS, which says nothing of relative links, they are those of the site.
    links += [child.text or "" for head in heads[1:] for name, child in texts(head) if name == "link"]
    for link in resolved(links, url):
        host = urlsplit(link).hostname or ""
        if host == urlsplit(url).hostname or _PUBLIC_HOST.fullmatch(host):
            return link
    return url
