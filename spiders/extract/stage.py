"""WARC file → Parquet files: extraction as units of work, one a crawl, none of which needs the network.

A unit's output, the articles and beside them the pages that should have been articles and are none, is named by its
WARC file and the extractor's version, so running it twice gives the same files, and a changed extractor never mixes
with what an older one said. Not here: what a page says (`spiders.extract.article`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from spiders.extract.article import article_or_reason
from spiders.extract.version import EXTRACTOR_VERSION
from spiders.portal import Portal, PortalError
from warehouse.archive.index.build import crawl_id_of, warc_files, warc_path
from warehouse.archive.warc.encoding import UndecodableBodyError
from warehouse.archive.warc.files import DamagedWarcError, StoredCapture, read_captures, read_info
from warehouse.archive.warc.revisits import Revisits, UnresolvedRevisitError
from warehouse.durable import replacing
from warehouse.home import Home
from warehouse.records import ARTICLE_SCHEMA, UNREAD_PAGE_SCHEMA, Article, Capture, UnreadPage, to_table

_PORTAL_KEY = b"hanoi_corpus.portal"
_UNDECODABLE = "undecodable"
_UNRESOLVED = "revisit_unresolved"


class ExtractedWarc(NamedTuple):
    """What one WARC file gave.

    Attributes:
        unread_pages: captures that should have shown an article and do not.
        undecodable: bodies, of articles or not, that do not fit their content encoding or have an unknown one.
    """

    articles: int
    unread_pages: int
    undecodable: int


@dataclass(frozen=True, slots=True)
class Extraction:
    """What bringing the articles up to date did.

    Attributes:
        articles: articles in the files that were written, by Parquet file.
        unread_pages: captures behind those files that should have shown an article and do not.
        undecodable: bodies in those files' captures that could not be decoded, and were not read.
        unchanged: how many WARC files had their articles already.
        damaged: errors of WARC files that could not be read whole; they have no articles of this version.
    """

    articles: Mapping[Path, int]
    unread_pages: int
    undecodable: int
    unchanged: int
    damaged: tuple[DamagedWarcError, ...]


def articles_path(home: Home, warc: Path) -> Path:
    """Return where the articles of a WARC file stand, as this extractor reads them."""
    return home.articles(EXTRACTOR_VERSION) / warc.parent.name / f"{crawl_id_of(warc)}.parquet"


def unread_pages_path(home: Home, warc: Path) -> Path:
    """Return where the pages of a WARC file stand of which this extractor cannot make an article."""
    return home.unread_pages(EXTRACTOR_VERSION) / warc.parent.name / f"{crawl_id_of(warc)}.parquet"


def extract_archive(
    home: Home,
    portals: Mapping[str, Portal],
    *,
    workers: int | None = None,
    on_file: Callable[[Path, int], None] | None = None,
) -> Extraction:
    """Extract every WARC file that has no articles by this extractor and this portal definition yet.

    Args:
        home: where archive and articles stand.
        portals: definitions by slug; the one stored in the WARC file serves for a portal that is not among them.
        workers: processes; as many as there are cores where None.
        on_file: called with a WARC file and its count of articles as each is done.

    Raises:
        PortalError: a portal has no definition any more, and the archive's is of a form that is no longer known.
        OSError: a file cannot be written.
    """
    todo: list[tuple[Path, Portal]] = []
    damaged: list[DamagedWarcError] = []
    unchanged = 0
    for warc in warc_files(home):
        try:
            portal = portals.get(warc.parent.name) or archived_portal(warc)
        except DamagedWarcError as error:
            damaged.append(error)
            continue
        if _is_current(articles_path(home, warc), portal) and _is_current(unread_pages_path(home, warc), portal):
            unchanged += 1
        else:
            todo.append((warc, portal))
    written: dict[Path, int] = {}
    unread_pages = undecodable = 0
    for warc, outcome in _in_processes(home, todo, workers):
        if isinstance(outcome, DamagedWarcError):
            damaged.append(outcome)
            continue
        written[articles_path(home, warc)] = outcome.articles
        unread_pages += outcome.unread_pages
        undecodable += outcome.undecodable
        if on_file:
            on_file(warc, outcome.articles)
    for folder in (home.articles(EXTRACTOR_VERSION), home.unread_pages(EXTRACTOR_VERSION)):
        _remove_other_versions(folder)
        _remove_files_without_warc(home, folder)
    return Extraction(written, unread_pages, undecodable, unchanged, tuple(damaged))


def extract_warc(home: Home, warc: Path, portal: Portal) -> ExtractedWarc:
    """Write the articles of one WARC file to one Parquet file, and its unread pages to another; return how many.

    Raises:
        DamagedWarcError: the WARC file cannot be read whole; both files are as they were.
        OSError: a file cannot be written.
    """
    articles: list[Article] = []
    unread_pages: list[UnreadPage] = []
    undecodable = 0
    is_resolved = True
    revisits = Revisits(home.warc)
    for stored in read_captures(warc):
        if not _is_a_look(stored.capture):
            continue
        found = _read(stored, portal, warc, revisits)
        is_resolved &= found != _UNRESOLVED
        undecodable += found == _UNDECODABLE
        if isinstance(found, Article):
            articles.append(found)
        elif stored.capture.article_key is not None:
            unread_pages.append(_unread_page(stored.capture, found))
    # The file that a revisit refers to may come back, so what lacks it is not done: the next build tries again.
    fingerprint = _fingerprint(portal) if is_resolved else b"unresolved"
    _write(unread_pages_path(home, warc), to_table(unread_pages, UNREAD_PAGE_SCHEMA), fingerprint)
    _write(articles_path(home, warc), to_table(articles, ARTICLE_SCHEMA), fingerprint)
    return ExtractedWarc(len(articles), len(unread_pages), undecodable)


def archived_portal(warc: Path) -> Portal:
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
            f"{warc}: the definition of portal {warc.parent.name} in this file is of a form that is no longer known "
            f"({problems}). Give the portal a file of its own again, {warc.parent.name}.yml."
        ) from error


def _is_a_look(capture: Capture) -> bool:
    """Tell whether a page was seen: 304 says that it still is what it was."""
    return capture.status == 200 or (capture.status == 304 and capture.is_revisit)


def _read(stored: StoredCapture, portal: Portal, warc: Path, revisits: Revisits) -> Article | str:
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


def _write(destination: Path, rows: pa.Table, fingerprint: bytes) -> None:
    table = rows.replace_schema_metadata({_PORTAL_KEY: fingerprint})
    with replacing(destination) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def _extract_one(home: Home, warc: Path, portal: Portal) -> ExtractedWarc | DamagedWarcError:
    try:
        return extract_warc(home, warc, portal)
    except DamagedWarcError as error:
        return error


def _in_processes(
    home: Home, todo: list[tuple[Path, Portal]], workers: int | None
) -> Iterator[tuple[Path, ExtractedWarc | DamagedWarcError]]:
    """Yield each WARC file and what came of it, as soon as it is done."""
    workers = min(workers or os.cpu_count() or 1, len(todo))
    if workers <= 1:
        for warc, portal in todo:
            yield warc, _extract_one(home, warc, portal)
        return
    # Spawned, not forked: the caller may hold threads (Dagster does), which a fork would copy in mid-step.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool:
        # The largest files first, so that no worker is left with one at the end.
        by_size = sorted(todo, key=lambda item: -item[0].stat().st_size)
        futures = {pool.submit(_extract_one, home, warc, portal): warc for warc, portal in by_size}
        for future in as_completed(futures):
            yield futures[future], future.result()


def _end_with_parent() -> None:
    """Let a worker end when its parent is killed: it would wait for work for ever, since it holds the queue itself."""

    def watch() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


def _fingerprint(portal: Portal) -> bytes:
    """Return a digest of what extraction reads of a definition."""
    names = {"slug", "platform", "scope", "article_patterns", "templates", "active_from"}
    relevant = portal.model_dump(mode="json", include=names)
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest().encode()


def _is_current(file: Path, portal: Portal) -> bool:
    if not file.exists():
        return False
    try:
        metadata = pq.read_schema(file).metadata or {}
    except (pa.ArrowException, OSError):
        return False  # spoilt, and made again from the archive
    return metadata.get(_PORTAL_KEY) == _fingerprint(portal)


def _remove_files_without_warc(home: Home, folder: Path) -> None:
    """Articles whose WARC file was taken away could be traced to nothing; that they go is for the guard to tell."""
    for file in folder.glob("*/[!.]*.parquet"):
        if not warc_path(home, file.parent.name, file.stem).exists():
            file.unlink()


def _remove_other_versions(current: Path) -> None:
    """What other extractor versions said can be made again at any time, and would only be in the way."""
    for folder in current.parent.iterdir() if current.parent.exists() else ():
        if folder != current and folder.is_dir():
            shutil.rmtree(folder)
