"""Extracts a portal's newest articles from the archive, for the preview after a crawl.

Does not belong here: extracting all captures and storing their articles (`spiders.extract.stage`).
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
    """Return the portal's newest articles, extracted from their first captures.

    At most `count` articles are tried. Pages that cannot be read, and damaged or missing WARC files, are skipped.
    """
    found = (_read(first, portal) for first in first_captures(home, portal.slug, count))
    return [article for article in found if isinstance(article, Article)]


def _read(first: FirstCapture, portal: Portal) -> Article | str | None:
    try:
        stored = read_capture(first.warc, first.offset)
        body = stored.body()
        return article_or_reason(stored.capture, body.content, portal, body.flags)
    except (DamagedWarcError, FileNotFoundError, UndecodableBodyError):
        return None  # the next build reports it
