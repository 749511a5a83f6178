"""The stage from WARC files to articles and unread pages; it needs no network.

What a page says is a matter of `spiders.extract.article`; how files are made, named and kept up to date, of
`warehouse.stages`. Here: which captures are read, what becomes of those that cannot be, and whose portal they are of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pyarrow as pa
from pydantic import ValidationError

from spiders.extract.article import article_or_reason
from spiders.extract.version import EXTRACTOR_VERSION
from spiders.portal import Portal, PortalError
from warehouse.archive.warc.encoding import UndecodableBodyError
from warehouse.archive.warc.format import StoredCapture
from warehouse.archive.warc.reader import read_captures, read_info
from warehouse.archive.warc.revisits import Revisits, UnresolvedRevisitError
from warehouse.datasets import ARTICLES, UNREAD_PAGES
from warehouse.records import Article, Capture, UnreadPage
from warehouse.stages import Stage, Unit, noted
from warehouse.storage import StoredFile

_UNDECODABLE = "undecodable"
_UNRESOLVED = "revisit_unresolved"


def extraction(portals: Mapping[str, Portal]) -> Stage:
    """Return the stage that reads every WARC file by this extractor.

    Args:
        portals: definitions by slug; the one stored in the WARC file serves for a portal that is not among them.
    """
    extract = _Extract(dict(portals))
    return Stage("extraction", EXTRACTOR_VERSION, (), (ARTICLES, UNREAD_PAGES), extract, extract.definition_digest)


@dataclass(frozen=True)
class _Extract:
    """Reads one WARC file; a value, so that it can be sent to another process."""

    portals: Mapping[str, Portal]

    def __call__(self, unit: Unit) -> Mapping[str, pa.Table]:
        """Return the articles of a WARC file, and the pages of it of which no article can be made.

        Raises:
            DamagedWarcError: the file cannot be read whole.
        """
        portal = self.portal(unit)
        articles: list[Article] = []
        unread_pages: list[UnreadPage] = []
        undecodable = 0
        is_resolved = True
        revisits = Revisits(unit.storage)
        for stored in read_captures(unit.warc):
            if not _is_a_look(stored.capture):
                continue
            found = _read(stored, portal, unit.warc, revisits)
            is_resolved &= found != _UNRESOLVED
            undecodable += found == _UNDECODABLE
            if isinstance(found, Article):
                articles.append(found)
            elif stored.capture.article_key is not None:
                unread_pages.append(_unread_page(stored.capture, found))
        # Bodies that could not be decoded are counted, of articles or not: most are no article's, and have no row.
        # The file that a revisit refers to may come back, so what lacks it is not done: the next build tries again.
        return {
            ARTICLES.name: noted(ARTICLES.table(articles), is_final=is_resolved, undecodable=undecodable),
            UNREAD_PAGES.name: UNREAD_PAGES.table(unread_pages),
        }

    def portal(self, unit: Unit) -> Portal:
        """Return the definition by which a unit is read.

        Raises:
            DamagedWarcError: the WARC file is to say, and cannot be read.
            PortalError: the portal has no definition any more, and the archive's is of a form no longer known.
        """
        return self.portals.get(unit.portal) or archived_portal(unit.warc)

    def definition_digest(self, unit: Unit) -> str:
        """Return a digest of what extraction reads of the definition."""
        return _fingerprint(self.portal(unit))


def archived_portal(warc: StoredFile) -> Portal:
    """Return the portal's definition as it was when the WARC file was written.

    Raises:
        DamagedWarcError: the file cannot be read.
        PortalError: the definition is of a form that is no longer known.
    """
    try:
        return Portal.model_validate_json(json.dumps(read_info(warc).portal_definition))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
        raise PortalError(
            f"{warc}: the definition of portal {warc.folder} in this file is of a form that is no longer known "
            f"({problems}). Give the portal a file of its own again, {warc.folder}.yml."
        ) from error


def _is_a_look(capture: Capture) -> bool:
    """Tell whether a page was seen: 304 says that it still is what it was."""
    return capture.status == 200 or (capture.status == 304 and capture.is_revisit)


def _read(stored: StoredCapture, portal: Portal, warc: StoredFile, revisits: Revisits) -> Article | str:
    """Return the article that a look at a page shows, or why it shows none."""
    try:
        if stored.refers_to is None:
            return article_or_reason(stored.capture, stored.body(), portal)
        return _read_revisit(stored, revisits.resolve(stored), portal)
    except UnresolvedRevisitError:
        return _UNRESOLVED
    except UndecodableBodyError:
        # Bytes that no browser could show either; the capture itself stays in the archive and in fct_captures.
        return _UNDECODABLE
    except Exception as error:
        # Whatever it is, whoever mends it must know which page it was.
        error.add_note(f"while reading {stored.capture.url} at byte {stored.capture.warc_offset} of {warc}")
        raise


def _read_revisit(revisit: StoredCapture, response: StoredCapture, portal: Portal) -> Article | str:
    """Read the response that a revisit refers to, as what the page said when the revisit was made.

    Whatever the page says relative to its own time ("hôm qua") it said when its bytes were made.
    """
    as_read = replace(
        revisit.capture,
        status=200,
        captured_at=response.capture.captured_at,
        content_type=response.capture.content_type,
    )
    found = article_or_reason(as_read, response.body(), portal)
    return replace(found, captured_at=revisit.capture.captured_at) if isinstance(found, Article) else found


def _unread_page(capture: Capture, reason: str) -> UnreadPage:
    return UnreadPage(capture.capture_id, capture.crawl_id, capture.portal, capture.url, reason)


def _fingerprint(portal: Portal) -> str:
    """Return a digest of what extraction reads of a definition."""
    names = {"slug", "platform", "scope", "article_patterns", "templates", "active_from"}
    relevant = portal.model_dump(mode="json", include=names)
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()
