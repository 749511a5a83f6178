"""The articles of a portal that came last, read from the archive itself: for someone who looks at a crawl just made.

Not here: the articles of every capture, which follow later and are kept (`spiders.extract.stage`).
"""

from __future__ import annotations

from spiders.extract.article import article_or_reason
from spiders.portal import Portal
from warehouse.archive.index.newest import FirstCapture, first_captures
from warehouse.archive.warc.encoding import UndecodableBodyError
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.archive.warc.reader import read_capture
from warehouse.home import Home
from warehouse.records import Article


def newest_articles(home: Home, portal: Portal, count: int) -> list[Article]:
    """Return the portal's articles that came last, as their first captures say.

    Those whose page cannot be read as an article are left out, and those of a WARC file that is damaged.
    """
    found = (_read(place, portal) for place in first_captures(home, portal.slug, count))
    return [article for article in found if isinstance(article, Article)]


def _read(place: FirstCapture, portal: Portal) -> Article | str | None:
    try:
        stored = read_capture(place.warc, place.offset)
        return article_or_reason(stored.capture, stored.body(), portal)
    except (DamagedWarcError, FileNotFoundError, UndecodableBodyError):
        return None  # the next build names it
