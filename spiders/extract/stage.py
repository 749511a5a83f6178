"""The stage that extracts articles and unread pages from WARC files, without network access.

Belongs here: which captures are read, how unreadable captures are recorded, and which portal definition applies. Does
not belong here: reading a page (`spiders.extract.article`), writing and refreshing output files (`warehouse.stages`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa
from pydantic import ValidationError

from spiders.extract.addresses import capture_key, onward_key
from spiders.extract.article import article_or_reason
from spiders.extract.joining import join_pages
from spiders.extract.page_errors import EXTRACTOR_ERROR, PageError, PageErrors
from spiders.extract.version import EXTRACTOR_VERSION
from spiders.pages.syndication.dates import better_date
from spiders.platforms.keys import key_rule
from spiders.portal import Portal, PortalError
from warehouse.archive.warc.encoding import UndecodableBodyError
from warehouse.archive.warc.format import StoredCapture
from warehouse.archive.warc.reader import read_captures, read_info
from warehouse.archive.warc.revisits import Revisits, UnresolvedRevisitError
from warehouse.datasets import ARTICLES, CAPTURE_KEYS, UNREAD_PAGES
from warehouse.records import Article, Capture, CaptureKey, UnreadPage
from warehouse.stages import DamagedInputError, Stage, Unit, with_counts
from warehouse.storage import StoredFile


class UnusableDefinitionError(PortalError, DamagedInputError):
    """The portal definition in a WARC file has a format that is no longer supported."""


class _UnstorableValueError(Exception):
    """An article has a value that no table can hold."""


_UNDECODABLE = "undecodable"
_UNRESOLVED = "revisit_unresolved"


def extraction(portals: Mapping[str, Portal]) -> Stage:
    """Return the stage that extracts every WARC file.

    For a portal without a definition in `portals`, the definition stored in the WARC file is used.
    """
    extract = _Extract(dict(portals))
    made = (ARTICLES, UNREAD_PAGES, CAPTURE_KEYS)
    return Stage("extraction", EXTRACTOR_VERSION, (), made, extract, extract.definition_digest)


@dataclass(frozen=True)
class _Extract:
    """Extracts one WARC file; picklable, so that it can be sent to worker processes."""

    portals: Mapping[str, Portal]
    # By slug: a portal has thousands of units.
    digests: dict[str, str] = field(default_factory=dict, compare=False)

    def __call__(self, unit: Unit) -> Mapping[str, pa.Table]:
        """Return a WARC file's articles, its article pages that cannot be read, and its captures' keys.

        Raises:
            DamagedWarcError: the file cannot be read completely.
            UnusableDefinitionError: as for `portal`.
        """
        try:
            return self._made(unit)
        except _UnstorableValueError:
            return self._made(unit, checks_each=True)

    def _made(self, unit: Unit, *, checks_each: bool = False) -> Mapping[str, pa.Table]:
        """Return the unit's tables.

        `checks_each` tells to look for the articles that no table can hold, and to note them as errors of the
        extractor. It takes a tenth of the time of an article, and hardly any file has one.

        Raises:
            _UnstorableValueError: there is one, and `checks_each` is false.
        """
        portal = self.portal(unit)
        pages: list[tuple[Capture, Article]] = []
        unread_pages: list[UnreadPage] = []
        keys: list[CaptureKey] = []
        undecodable = 0
        is_resolved = True
        revisits = Revisits(unit.storage)
        errors = PageErrors(unit.warc)
        for stored in read_captures(unit.warc):
            capture = stored.capture
            if (requested := _key(stored, portal, errors)) is not None:
                keys.append(requested)
            # Status 304 means that the page has not changed.
            if capture.status != 200 and not (capture.status == 304 and capture.is_revisit):
                continue
            try:
                with errors.of_page(capture):
                    found = _read(stored, portal, revisits)
                    if checks_each and isinstance(found, Article):
                        ARTICLES.table([found])  # raises for a value that no table can hold, such as half a surrogate
                    if found == "redirect_page" and requested is not None and stored.refers_to is None:
                        keys[-1] = replace(requested, redirect_key=onward_key(stored, portal))
            except PageError as error:
                # No request asked for a page without a key, and no table has a row for it; the log names it.
                if requested is not None:
                    unread_pages.append(_unread(capture, EXTRACTOR_ERROR, error.name))
                continue
            is_resolved &= found != _UNRESOLVED
            undecodable += found == _UNDECODABLE
            if isinstance(found, Article):
                pages.append((capture, found))
            elif requested is not None:
                unread_pages.append(_unread(capture, found))
        articles, further = join_pages([(capture.url, article) for capture, article in pages])
        try:
            table = ARTICLES.table(articles)
        except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
            if checks_each:
                raise
            raise _UnstorableValueError from error
        dropped = {article.capture_id for article in further}
        unread_pages += [
            _unread(capture, "further_page")
            for capture, article in pages
            if article.capture_id in dropped and capture.article_key is not None
        ]
        # Count undecodable bodies of all pages: most are not article pages, so they have no row.
        # A revisit's response may become readable later. Until then the unit is not final, and each build retries it.
        return {
            ARTICLES.name: with_counts(
                table,
                is_final=is_resolved,
                notes=errors.notes(),
                undecodable=undecodable,
                extractor_errors=errors.count,
            ),
            UNREAD_PAGES.name: UNREAD_PAGES.table(unread_pages),
            CAPTURE_KEYS.name: CAPTURE_KEYS.table(keys),
        }

    def portal(self, unit: Unit) -> Portal:
        """Return the portal definition for a unit.

        Raises:
            DamagedWarcError: the definition must be read from the WARC file, which is damaged.
            UnusableDefinitionError: the portal has no current definition, and the archived one is unusable.
        """
        return self.portals.get(unit.portal) or archived_portal(unit.warc)

    def definition_digest(self, unit: Unit) -> str:
        """Return a digest of the fields of the unit's portal definition that extraction uses."""
        if unit.portal not in self.portals:  # each file has its own
            return _digest_of_used_fields(archived_portal(unit.warc))
        if unit.portal not in self.digests:
            self.digests[unit.portal] = _digest_of_used_fields(self.portals[unit.portal])
        return self.digests[unit.portal]


def archived_portal(warc: StoredFile) -> Portal:
    """Return the portal's definition that is stored in the WARC file.

    Raises:
        DamagedWarcError: the file cannot be read.
        UnusableDefinitionError: the definition has an unsupported format.
    """
    try:
        return Portal.model_validate_json(json.dumps(read_info(warc).portal_definition))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
        unusable = UnusableDefinitionError(
            f"{warc}: the definition of portal {warc.folder} in this file has a format that is no longer supported "
            f"({problems}). Give the portal a file of its own again, {warc.folder}.yml."
        )
        unusable.file = str(warc)
        raise unusable from error


def _key(stored: StoredCapture, portal: Portal, errors: PageErrors) -> CaptureKey | None:
    """Return the capture's keys; if today's rule fails on its addresses, those that were recorded."""
    try:
        with errors.of_page(stored.capture):
            return capture_key(stored, portal)
    except PageError:
        capture = stored.capture
        recorded = capture.article_key or capture.url
        return CaptureKey(capture.capture_id, capture.crawl_id, capture.portal, recorded, capture.url, None)


def _read(stored: StoredCapture, portal: Portal, revisits: Revisits) -> Article | str:
    """Return the capture's article, or the reason why it has none."""
    try:
        if stored.refers_to is None:
            body = stored.body()
            return article_or_reason(stored.capture, body.content, portal, body.flags)
        return _read_revisit(stored, revisits.resolve(stored), portal)
    except UnresolvedRevisitError:
        return _UNRESOLVED
    except UndecodableBodyError:
        # A browser could not show these bytes either. The capture stays in the archive and in fct_captures.
        return _UNDECODABLE


def _read_revisit(revisit: StoredCapture, response: StoredCapture, portal: Portal) -> Article | str:
    """Read a revisit with the body of the response that it refers to.

    Relative dates ("hôm qua") are resolved against the time of that response, when the portal wrote them.
    """
    capture = replace(
        revisit.capture,
        status=200,
        captured_at=response.capture.captured_at,
        content_type=response.capture.content_type,
        feed_date=better_date(response.capture.feed_date, revisit.capture.feed_date),
    )
    body = response.body()
    found = article_or_reason(capture, body.content, portal, body.flags)
    return replace(found, captured_at=revisit.capture.captured_at) if isinstance(found, Article) else found


def _unread(capture: Capture, reason: str, detail: str | None = None) -> UnreadPage:
    return UnreadPage(capture.capture_id, capture.crawl_id, capture.portal, capture.url, reason, detail)


def _digest_of_used_fields(portal: Portal) -> str:
    """Return a digest of the definition's fields that extraction uses, and of the rule for keys."""
    names = {"slug", "platform", "scope", "formerly", "article_patterns", "templates", "active_from"}
    relevant = portal.model_dump(mode="json", include=names)
    rule = key_rule(portal).digest
    return hashlib.sha256(json.dumps([relevant, rule], sort_keys=True).encode()).hexdigest()
