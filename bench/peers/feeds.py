"""Feeds of feedparser, and sitemaps and robots files of crawler-commons.

Belongs here: what the corpora expect, and comparing our readers with it, and with feedparser itself. Sources:
<https://github.com/kurtmckee/feedparser> (BSD), <https://github.com/crawler-commons/crawler-commons> (Apache).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import feedparser
from protego import Protego

from bench.peers.outcome import PEERS, Outcome, files_in, outcomes
from spiders.pages.syndication.bodies import NotXmlError
from spiders.pages.syndication.feeds import read_feed
from spiders.pages.syndication.sitemaps import read_sitemap

_BASE: Final = "http://example.com/"
# feedparser's tests state in a comment what a feed should give, as a Python expression, and the headers it came with.
_LINK: Final = re.compile(rb"entries\[(\d+)\]\['link'\]\s*==\s*u?(['\"])(.*?)\2")
_HEADER: Final = re.compile(rb"^\s*Header:\s*([\w-]+):\s*(.*?)\s*$", re.MULTILINE)
# The server of feedparser's tests, whose address is no part of a feed.
_TEST_SERVER: Final = "http://127.0.0.1:8097/"
_ADDRESS: Final = re.compile(r"https?://.")


def feed_outcomes() -> Iterator[Outcome]:
    """Yield the outcome of each of feedparser's feeds.

    Every link must be found that its test names or that feedparser finds.
    """
    folder = PEERS / "feedparser"
    yield from outcomes(
        "feedparser", files_in(folder, ".xml") if folder.is_dir() else (), _missed_links, (NotXmlError,)
    )


def _missed_links(path: Path) -> str:
    body = path.read_bytes()
    headers = {match[1].decode().lower(): match[2].decode() for match in _HEADER.finditer(body)}
    found = read_feed(
        body,
        _BASE,
        content_type=headers.get("content-type"),
        content_location=headers.get("content-location"),
    ).pages
    named = [match[3].decode("utf-8", "replace").replace(_TEST_SERVER, _BASE) for match in _LINK.finditer(body)]
    theirs = dict(_links_of_feedparser(body, headers))
    missed = [link for link in dict.fromkeys((*named, *theirs)) if link not in found]
    if not missed:
        return ""
    why = "; it is an identifier, resolved as a link" if all(map(theirs.get, missed)) else ""
    return f"not found: {', '.join(missed)}{why}; found: {', '.join(found[:3]) or 'none'}"


def _links_of_feedparser(body: bytes, headers: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    """Yield the addresses that feedparser finds, without files; and whether each is an identifier."""
    parsed = feedparser.parse(body, response_headers={"content-location": _BASE, **headers})
    for entry in parsed.entries:
        link = str(entry.get("link", ""))
        enclosures = {enclosure.get("href") for enclosure in entry.get("enclosures", ())}
        if _ADDRESS.match(link) and link not in enclosures:
            yield link, bool(entry.get("guidislink")) and f">{link}<".encode() not in body


def sitemap_outcomes() -> Iterator[Outcome]:
    """Yield the outcome of each of crawler-commons's sitemaps and feeds.

    Every `<loc>` or line must be found.
    """
    folder = PEERS / "crawler-commons/src/test/resources"
    files = [*files_in(folder / "sitemaps"), *files_in(folder / "rss")] if folder.is_dir() else []
    yield from outcomes("crawler-commons, sitemaps", files, _missed_locations, (NotXmlError,))


def _missed_locations(path: Path) -> str:
    body = path.read_bytes()
    sitemap = read_sitemap(body, _BASE)
    stated = len(re.findall(rb"<(?:\w+:)?loc>\s*[^\s<]", body))
    found = len(sitemap.pages) + len(sitemap.sitemaps)
    # Extensions have locations of their own, such as `image:loc`.
    return f"{found} of {stated} locations" if found == 0 or (found < stated and b":loc>" not in body) else ""


def robots_outcomes() -> Iterator[Outcome]:
    """Yield the outcome of each of crawler-commons's robots files, read as the crawl reads them."""
    folder = PEERS / "crawler-commons/src/test/resources/robots"
    yield from outcomes("crawler-commons, robots", files_in(folder) if folder.is_dir() else (), _robots, ())


def _robots(path: Path) -> str:
    body = path.read_bytes()
    rules = Protego.parse(body.decode("utf-8", "replace"))
    rules.can_fetch(_BASE, "hanoi-corpus")
    stated = len({line.split(b":", 1)[1].strip() for line in body.splitlines() if line.lower().startswith(b"sitemap:")})
    found = len(set(rules.sitemaps))
    return f"{found} of {stated} sitemaps" if found < stated else ""
