"""Feeds of feedparser, and sitemaps and robots files of crawler-commons.

Belongs here: what the corpora expect, and comparing our readers with it. Sources: <https://github.com/kurtmckee/feedparser>
(BSD), <https://github.com/crawler-commons/crawler-commons> (Apache).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from protego import Protego

from bench.peers.outcome import PEERS, Outcome, files_in, outcomes
from spiders.pages.feeds import NotXmlError, feed_links, read_sitemap

_BASE: Final = "http://example.com/"
# feedparser's tests state in a comment what a feed should give, as a Python expression.
_LINK: Final = re.compile(rb"entries\[(\d+)\]\['link'\]\s*==\s*u?(['\"])(.*?)\2")


def feed_outcomes() -> Iterator[Outcome]:
    """Yield the outcome of each of feedparser's feeds: the links that its test names must be found."""
    folder = PEERS / "feedparser"
    yield from outcomes(
        "feedparser", files_in(folder, ".xml") if folder.is_dir() else (), _missed_links, (NotXmlError,)
    )


def _missed_links(path: Path) -> str:
    body = path.read_bytes()
    links = feed_links(body, _BASE)
    stated = [match[3].decode("utf-8", "replace") for match in _LINK.finditer(body)]
    missed = [link for link in stated if link and link not in links]
    return f"not found: {', '.join(missed)}; found: {', '.join(links[:3]) or 'none'}" if missed else ""


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
