"""Verifies the archive byte by byte: reports damage and lost captures, and rebuilds wrong indexes.

Belongs here: checking every WARC record, the index, observations and reports, the responses of revisits, and leftover
files. WARC files are never changed; wrong files derived from them are rebuilt.
Does not belong here: recovering a damaged file (`warehouse.archive.upkeep.recover`).
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.archive.files import (
    PART_SUFFIX,
    SUFFIX,
    index_file,
    observations_file,
    report_file,
    warc_file,
    warc_files,
)
from warehouse.archive.index.build import index_warc
from warehouse.archive.index.locks import PortalBusyError, portal_lock
from warehouse.archive.index.reports import report_json
from warehouse.archive.observations import to_json
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.archive.warc.reader import read_capture, read_captures, read_observations, read_report
from warehouse.archive.warc.recovery import intact_members
from warehouse.archive.warc.revisits import Revisits, UnresolvedRevisitError
from warehouse.datasets import CAPTURES
from warehouse.home import INDEX_FOLDER, WARC_FOLDER, Home
from warehouse.records import Capture
from warehouse.storage import StoredFile, is_key

Kind: TypeAlias = Literal[
    "warc", "warc_missing", "revisit", "index", "observations", "report", "unfinished", "set_aside", "left_over"
]

KINDS: dict[Kind, str] = {
    "warc": "bytes of a WARC file that are not an intact record",
    "warc_missing": "a WARC file that is gone, but whose index still exists",
    "revisit": "a revisit whose response is missing or damaged in the archive",
    "index": "an index that was missing or differed from its WARC file; it was rebuilt",
    "observations": "a crawl's observations that were missing or differed from the WARC file; they were rebuilt",
    "report": "a crawl report that was missing or differed from the WARC file; it was rebuilt",
    "unfinished": "the unfinished file of a killed crawl; the next crawl or build recovers it",
    "set_aside": "the damaged file that a recovery kept; delete it if you do not need its content",
    "left_over": "a temporary file of a killed process; delete it",
}
_DAMAGE: frozenset[Kind] = frozenset({"warc", "warc_missing", "revisit"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem in the archive.

    Attributes:
        kind: a key of `KINDS`.
        file: the file, relative to the home.
        problem: a description of the problem.
        begin: the first affected byte; None if the whole file is affected.
        end: the byte after the last affected one; None if unknown (`revisit`) or if the whole file is affected.
        urls: the URLs of the lost captures, as far as the index has them.
    """

    kind: Kind
    file: str
    problem: str
    begin: int | None = None
    end: int | None = None
    urls: tuple[str, ...] = ()

    @property
    def is_damage(self) -> bool:
        """Tell whether data is lost; False for rebuilt files and leftovers."""
        return self.kind in _DAMAGE


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of a verification: how many files and captures were read, and all findings."""

    files: int
    captures: int
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        """Tell whether no data is lost."""
        return not any(finding.is_damage for finding in self.findings)


def verify_archive(
    home: Home, portals: Collection[str] | None = None, on_file: Callable[[str], None] | None = None
) -> Verified:
    """Read the whole archive; rebuild indexes, observations and reports that differ from the WARC files.

    Memory holds one record's body and one file's index at a time. `portals` None means all portals. `on_file` is called
    with each WARC file's name before the file is read.

    Raises:
        OSError: a file cannot be opened, or an index cannot be written.
    """
    findings: list[Finding] = []
    files = captures = 0
    revisits = Revisits(home.storage)
    for folder in _folders(home, portals):
        for warc in warc_files(home, folder):
            if on_file:
                on_file(f"{folder}/{warc.name}")
            files += 1
            count, found = _verify_file(home, warc, revisits)
            captures += count
            findings += found
        findings += _missing(home, folder)
        findings += _leftovers(home, folder)
    return Verified(files, captures, tuple(findings))


def _folders(home: Home, portals: Collection[str] | None) -> list[str]:
    known = {stored.key.split("/")[2] for root in (WARC_FOLDER, INDEX_FOLDER) for stored in home.storage.list(root)}
    # If a portal's first crawl was killed, the portal has only a local folder.
    known |= {path.name for path in home.warc.glob("[!.]*") if path.is_dir() and is_key(path.name)}
    return sorted(known if portals is None else known & set(portals))


def _verify_file(home: Home, warc: StoredFile, revisits: Revisits) -> tuple[int, list[Finding]]:
    """Return a WARC file's number of captures, and the findings about it and the files derived from it."""
    captures: list[Capture] = []
    unresolved: list[Finding] = []
    try:
        for stored in read_captures(warc):
            captures.append(stored.capture)
            if stored.capture.is_revisit:
                try:
                    revisits.resolve(stored)
                except UnresolvedRevisitError as error:
                    begin = stored.capture.warc_offset
                    unresolved.append(Finding("revisit", warc.key, error.problem, begin, urls=(stored.capture.url,)))
    except DamagedWarcError as error:
        return len(captures), [*_damage(home, warc, error), *unresolved]
    if not all(is_member for _, _, is_member in _byte_ranges(warc)):  # the reader skips bytes between intact records
        return len(captures), [*_damage(home, warc, None), *unresolved]
    return len(captures), [*unresolved, *_rebuild_derived(home, warc, captures)]


def _damage(home: Home, warc: StoredFile, first: DamagedWarcError | None) -> list[Finding]:
    """Return a finding for each damaged range of a WARC file, with the captures that the index has there."""
    known = _indexed(home, warc)
    ranges = list(_damaged_ranges(warc))
    if not ranges:  # every record is intact, but one is missing, such as the crawl report
        size = warc.size_bytes
        problem = first.problem if first else "it is not the WARC file of a crawl"
        return [Finding("warc", warc.key, problem, first.offset if first else 0, size)]
    findings = []
    for begin, end, problem in ranges:
        urls = tuple(url for offset, url in known if begin <= offset < end)
        findings.append(Finding("warc", warc.key, problem, begin, end, urls))
    return findings


def _damaged_ranges(warc: StoredFile) -> Iterator[tuple[int, int, str]]:
    """Yield begin, end and problem of each range of a WARC file that is not an intact record."""
    for begin, end, is_member in _byte_ranges(warc):
        if not is_member:
            yield begin, end, "these bytes are not an intact record"
        elif begin > 0 and (problem := _problem_at(warc, begin)):
            yield begin, end, problem


def _problem_at(warc: StoredFile, begin: int) -> str | None:
    try:
        read_capture(warc, begin)
    except DamagedWarcError as error:
        # Other errors do not concern this record: it is metadata, or the file's first record is damaged.
        return error.problem if error.offset == begin and "no capture" not in error.problem else None
    return None


def _byte_ranges(warc: StoredFile) -> Iterator[tuple[int, int, bool]]:
    """Yield begin and end of each range of a WARC file, and whether it is an intact record's gzip member."""
    if (size := warc.size_bytes) == 0:
        return
    position = 0
    with warc.local() as path, path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for begin, end in intact_members(data):
            if begin > position:
                yield position, begin, False
            yield begin, end, True
            position = end
    if position < size:
        yield position, size, False


def _indexed(home: Home, warc: StoredFile) -> list[tuple[int, str]]:
    """Return offset and URL of each capture in a file's index; empty if the index is unreadable."""
    try:
        with index_file(home, warc).open() as file:
            table = pq.ParquetFile(file).read(columns=["warc_offset", "url"])
    except (pa.ArrowException, OSError):
        return []
    return [(row["warc_offset"], row["url"]) for row in table.to_pylist()]


def _rebuild_derived(home: Home, warc: StoredFile, captures: list[Capture]) -> list[Finding]:
    """Compare an intact file's index, observations and report with it; rebuild all three if any is wrong."""
    checks: list[tuple[Kind, StoredFile, Callable[[StoredFile], str | None]]] = [
        ("index", index_file(home, warc), lambda index: _index_problem(index, captures)),
        ("observations", observations_file(home, warc), lambda stored: _observations_problem(stored, warc)),
        ("report", report_file(home, warc), lambda stored: _report_problem(stored, warc)),
    ]
    checked = [(kind, file, find(file) if file.exists() else "was missing") for kind, file, find in checks]
    wrong = [Finding(kind, file.key, f"it {problem}; rebuilt") for kind, file, problem in checked if problem]
    if wrong:
        index_warc(home, warc)
    return wrong


def _index_problem(index: StoredFile, captures: list[Capture]) -> str | None:
    try:
        with index.open() as file:
            found = pq.ParquetFile(file).read()
    except (pa.ArrowException, OSError):
        return "was damaged"
    if not found.schema.equals(CAPTURES.schema):
        return "was of another version"
    return None if found.equals(CAPTURES.table(captures)) else "differed from the WARC file"


def _observations_problem(observations: StoredFile, warc: StoredFile) -> str | None:
    is_right = observations.read() == to_json(read_observations(warc)).encode()
    return None if is_right else "differed from the WARC file"


def _report_problem(stored: StoredFile, warc: StoredFile) -> str | None:
    report = read_report(warc)
    try:
        found = json.loads(stored.read())
    except ValueError:
        return "was damaged"
    return None if report and found == json.loads(report_json(report)) else "differed from the WARC file"


def _missing(home: Home, folder: str) -> Iterator[Finding]:
    """Yield a finding for each index whose WARC file is gone, with the URLs of the lost captures."""
    for index in home.storage.list(f"{INDEX_FOLDER}/{folder}", ".parquet"):
        warc = warc_file(home, folder, index.name.removesuffix(".parquet"))
        if not warc.exists():
            urls = tuple(url for _, url in _indexed(home, warc))
            problem = f"the file is missing, with {len(urls)} captures; restore it from a backup before the next build"
            yield Finding("warc_missing", warc.key, problem, urls=urls)


def _leftovers(home: Home, folder: str) -> Iterator[Finding]:
    """Yield a finding for each local file that is not a WARC file, unless the portal is being crawled."""
    files = [path for path in sorted((home.warc / folder).glob("*")) if path.is_file() and path.name != ".lock"]
    odd = [path for path in files if not (path.name.endswith(SUFFIX) and not path.name.startswith("."))]
    with suppress(PortalBusyError):
        if odd:
            with portal_lock(home, folder):
                for path in (path for path in odd if path.exists()):
                    kind = _kind_of(path)
                    yield Finding(kind, path.relative_to(home.root).as_posix(), KINDS[kind])


def _kind_of(path: Path) -> Kind:
    if path.name.endswith(SUFFIX + PART_SUFFIX):
        return "unfinished"
    return "set_aside" if path.name.endswith(f"{SUFFIX}.damaged") else "left_over"
