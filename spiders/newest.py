"""The articles of a portal that came last, read from the archive itself: for someone who looks at a crawl just made.

Not here: the articles of every capture, which follow later and are kept (`spiders.extraction`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from spiders.extract import article_or_reason
from spiders.portal import Portal
from warehouse.archive.newest import FirstCapture, first_captures
from warehouse.archive.warc import DamagedWarcError, StoredCapture, UndecodableBodyError, read_captures
from warehouse.home import Home
from warehouse.records import Article


def newest_articles(home: Home, portal: Portal, count: int) -> list[Article]:
    """Return the portal's articles that came last, as their first captures say.

    Those whose page cannot be read as an article are left out, and those of a WARC file that is damaged.
    """
    wanted = first_captures(home, portal.slug, count)
    read = {place: _read(stored, portal) for place, stored in _stored(wanted).items()}
    return [article for place in wanted if isinstance(article := read.get(place), Article)]


def _stored(wanted: Sequence[FirstCapture]) -> dict[FirstCapture, StoredCapture]:
    found: dict[FirstCapture, StoredCapture] = {}
    for warc in {place.warc for place in wanted}:
        with suppress(DamagedWarcError, FileNotFoundError):  # the next build names it
            found |= _stored_in(warc, {place.offset for place in wanted if place.warc == warc})
    return found


def _stored_in(warc: Path, offsets: set[int]) -> dict[FirstCapture, StoredCapture]:
    found: dict[FirstCapture, StoredCapture] = {}
    for stored in read_captures(warc):
        if stored.capture.warc_offset in offsets:
            found[FirstCapture(warc, stored.capture.warc_offset)] = stored
        if len(found) == len(offsets):
            break
    return found


def _read(stored: StoredCapture, portal: Portal) -> Article | str:
    try:
        return article_or_reason(stored.capture, stored.body(), portal)
    except UndecodableBodyError:
        return "undecodable"
