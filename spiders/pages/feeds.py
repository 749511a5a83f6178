"""Addresses in feeds and sitemaps, as pure functions of their bytes.

Here: RSS, Atom and the sitemaps protocol (sitemaps.org), read tolerantly, since portals' XML is often not well formed.
Not here: fetching them, or whether an address is an article.
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

# A sitemap may hold 50 MB unpacked (sitemaps.org); anything beyond is no sitemap.
_UNPACKED_MAX_BYTES = 52_428_800
_DAY_ALONE = re.compile(r"\d{4}-\d\d-\d\d")
# `?id=1&page=2` written without `&amp;`: a tolerant parser would drop the `&page` and hand on another address. In a
# CDATA section, which is matched whole, an ampersand means itself.
_BARE_AMPERSAND = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!(?:#\d+|#x[0-9a-f]+|\w+);)", re.IGNORECASE | re.DOTALL)


class NotXmlError(ValueError):
    """Bytes that are no feed or no sitemap: no XML, another page in its place, or too many of them."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap leads to.

    Attributes:
        pages: addresses of pages.
        sitemaps: of an index, the addresses of its sitemaps, each with the time of its last change as the index states
            it; None where it states none.
    """

    pages: tuple[str, ...]
    sitemaps: Mapping[str, datetime | None]


def feed_links(body: bytes, url: str) -> tuple[str, ...]:
    """Return the entries' addresses of an RSS or Atom feed, absolute, in feed order, each once.

    Raises:
        NotXmlError: the bytes are no feed, such as the HTML page that a portal shows where the feed is gone.
    """
    root = _parse(body, ("rss", "RDF", "feed"))
    found: list[str] = []
    for entry in root.iter("{*}item", "{*}entry"):
        for link in entry.iterfind("{*}link"):
            address = (link.text or "").strip() or link.get("href", "")
            if address and link.get("rel", "alternate") == "alternate":
                found.append(address)
                break
    return resolved(found, url)


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """Return what a sitemap or sitemap index leads to; gzip is unpacked.

    Raises:
        NotXmlError: the bytes are no sitemap, or unpack to more than one may hold.
    """
    root = _parse(_unpacked(body), ("urlset", "sitemapindex"))
    return Sitemap(
        pages=resolved((_location(entry) for entry in root.iter("{*}url")), url),
        sitemaps={
            address: _last_change(entry)
            for entry in root.iter("{*}sitemap")
            for address in resolved([_location(entry)], url)
        },
    )


def _location(entry: etree._Element) -> str:
    return (entry.findtext("{*}loc") or "").strip()


def _last_change(entry: etree._Element) -> datetime | None:
    """Return the `lastmod`; None where it is missing or none of W3C's forms with a day, which sitemaps.org asks for.

    Where it is a day alone, the last change may have been at its end.
    """
    stated = (entry.findtext("{*}lastmod") or "").strip()
    try:
        changed_at = datetime.fromisoformat(stated)
    except ValueError:
        return None
    if _DAY_ALONE.fullmatch(stated):
        changed_at += timedelta(days=1)
    return changed_at if changed_at.tzinfo else changed_at.replace(tzinfo=HANOI_TIME)


def resolved(addresses: Iterable[str], base: str) -> tuple[str, ...]:
    """Return the addresses resolved against `base`, each once; those that are none (`http://[`) are left out."""
    found: dict[str, None] = {}
    for address in addresses:
        try:
            resolved = urljoin(base, address.strip())
        except ValueError:
            continue
        if address.strip():
            found[resolved] = None
    return tuple(found)


def _parse(body: bytes, roots: tuple[str, ...]) -> etree._Element:
    # No entity is resolved and nothing is fetched: a feed is as hostile as any page.
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
    if b"\0" in body:  # UTF-16, where an ampersand is two bytes
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
