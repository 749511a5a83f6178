"""Extracts the URLs in feeds and sitemaps; pure functions of their bytes.

Belongs here: RSS, Atom and the sitemaps protocol (sitemaps.org), parsed tolerantly because portals' XML is often not
well formed. Does not belong here: fetching them, or deciding whether a URL is an article.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin

from lxml import etree

from warehouse.clock import HANOI_TIME

# A sitemap may have 50 MB uncompressed (sitemaps.org).
_UNPACKED_MAX_BYTES = 52_428_800
_DATE_ONLY = re.compile(r"\d{4}-\d\d-\d\d")
# If a feed has `?id=1&page=2` without `&amp;`, the tolerant parser drops `&page`, which gives another URL. The pattern
# matches CDATA sections whole, because an ampersand in them is literal.
_BARE_AMPERSAND = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!(?:#\d+|#x[0-9a-f]+|\w+);)", re.IGNORECASE | re.DOTALL)


class NotXmlError(ValueError):
    """The bytes are not a feed or sitemap: not XML, another root element, broken gzip, or too large."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The URLs in a sitemap or sitemap index.

    Attributes:
        pages: URLs of pages.
        sitemaps: URL of each sitemap in an index, with its `lastmod`; None if that is missing or invalid.
    """

    pages: tuple[str, ...]
    sitemaps: Mapping[str, datetime | None]


def feed_links(body: bytes, url: str) -> tuple[str, ...]:
    """Return the absolute URLs of the entries of an RSS or Atom feed, in feed order, each once.

    Raises:
        NotXmlError: the bytes are not a feed, such as an HTML page that a portal returns for a removed feed.
    """
    root = _parse(body, ("rss", "RDF", "feed"))
    found: list[str] = []
    for entry in root.iter("{*}item", "{*}entry"):
        for link in entry.iterfind("{*}link"):
            href = (link.text or "").strip() or link.get("href", "")
            if href and link.get("rel", "alternate") == "alternate":
                found.append(href)
                break
    return resolved(found, url)


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """Return the URLs in a sitemap or sitemap index; the body may be a gzip file.

    Raises:
        NotXmlError: the bytes are not a sitemap, or a gzip file that is broken or larger than 50 MB uncompressed.
    """
    root = _parse(_unpacked(body), ("urlset", "sitemapindex"))
    return Sitemap(
        pages=resolved((_location(entry) for entry in root.iter("{*}url")), url),
        sitemaps={
            location: _last_change(entry)
            for entry in root.iter("{*}sitemap")
            for location in resolved([_location(entry)], url)
        },
    )


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
