"""The archive looked at byte by byte: what is damaged, which captures that costs, and what could be mended.

Here: every record of every WARC file, the index and the reports beside them, the records that revisits refer to, and
files that were left behind. What is derived from a WARC file is made again from it where it is wrong; WARC files are
never touched. Not here: keeping what is whole of a damaged file (`warehouse.archive.upkeep.recover`).
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
from warehouse.archive.warc.recovery import whole_members
from warehouse.archive.warc.revisits import Revisits, UnresolvedRevisitError
from warehouse.datasets import CAPTURES
from warehouse.home import INDEX_FOLDER, WARC_FOLDER, Home
from warehouse.records import Capture
from warehouse.storage import StoredFile, is_key

Kind: TypeAlias = Literal[
    "warc", "warc_missing", "revisit", "index", "observations", "report", "unfinished", "set_aside", "left_over"
]

KINDS: dict[Kind, str] = {
    "warc": "bytes of a WARC file that are no whole record",
    "warc_missing": "a WARC file that the index knows and that is gone",
    "revisit": "a revisit whose body is not in the archive, or not whole",
    "index": "an index that was missing or did not agree with its WARC file; it was made again",
    "observations": "what a crawl saw besides, where that was missing or did not agree with its WARC file; made again",
    "report": "a crawl's report that was missing or did not agree with its WARC file; it was made again",
    "unfinished": "the file of a crawl that was killed; the next crawl or build makes a whole file of it",
    "set_aside": "a damaged file that a recovery set aside; delete it when nothing in it is missed",
    "left_over": "a temporary file of a process that was killed; delete it",
}
_DAMAGE: frozenset[Kind] = frozenset({"warc", "warc_missing", "revisit"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        kind: a key of `KINDS`.
        file: where, relative to the home.
        begin: the first byte concerned; None where it is the file as a whole.
        end: the byte behind the last one concerned; None likewise.
        problem: what is wrong, in words.
        urls: captures that are lost by it, as far as the index still knows them.
    """

    kind: Kind
    file: str
    problem: str
    begin: int | None = None
    end: int | None = None
    urls: tuple[str, ...] = ()

    @property
    def is_damage(self) -> bool:
        """Tell whether something is lost; what was mended or is merely in the way is not."""
        return self.kind in _DAMAGE


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the archive found: how much was read, and everything that is not as it should be."""

    files: int
    captures: int
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is lost."""
        return not any(finding.is_damage for finding in self.findings)


def verify_archive(
    home: Home, portals: Collection[str] | None = None, on_file: Callable[[str], None] | None = None
) -> Verified:
    """Read the archive from end to end; make indexes and reports again that do not agree with it.

    Memory: one record's body and one file's index at a time.

    Args:
        home: whose archive.
        portals: only these; every portal's where None.
        on_file: called with each WARC file's name before it is read.

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
    # Where a crawl was killed before its first WARC file was whole, its folder alone tells of it.
    known |= {path.name for path in home.warc.glob("[!.]*") if path.is_dir() and is_key(path.name)}
    return sorted(known if portals is None else known & set(portals))


def _verify_file(home: Home, warc: StoredFile, revisits: Revisits) -> tuple[int, list[Finding]]:
    """Return how many captures a WARC file holds, and what is wrong with it, its index and its report."""
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
    gaps = list(_gaps(warc))
    if gaps:  # the records read well, yet bytes stand between them or do not fit their checksum
        return len(captures), [*_damage(home, warc, None), *unresolved]
    return len(captures), [*unresolved, *_mend_derived(home, warc, captures)]


def _damage(home: Home, warc: StoredFile, first: DamagedWarcError | None) -> list[Finding]:
    """Return every damaged stretch of a WARC file, with the captures that the index knows to begin in it."""
    known = _indexed(home, warc)
    ranges = list(_damaged_ranges(warc))
    if not ranges:  # every record is whole: what is wrong is that one is missing, such as the report at the end
        size = warc.size_bytes
        problem = first.problem if first else "it is not what a crawl writes"
        return [Finding("warc", warc.key, problem, first.offset if first else 0, size)]
    findings = []
    for begin, end, problem in ranges:
        urls = tuple(url for offset, url in known if begin <= offset < end)
        findings.append(Finding("warc", warc.key, problem, begin, end, urls))
    return findings


def _damaged_ranges(warc: StoredFile) -> Iterator[tuple[int, int, str]]:
    """Yield begin, end and problem of each stretch of a WARC file that is no whole record of ours."""
    position = 0
    for begin, end in _members(warc):
        if begin > position:
            yield position, begin, "these bytes are no whole record"
        if begin > 0 and (problem := _problem_at(warc, begin)):
            yield begin, end, problem
        position = end
    if position < (size := warc.size_bytes):
        yield position, size, "these bytes are no whole record"


def _problem_at(warc: StoredFile, begin: int) -> str | None:
    try:
        read_capture(warc, begin)
    except DamagedWarcError as error:
        # A report at the end, or a first record that is lost, says nothing against the record itself.
        return error.problem if error.offset == begin and "no capture" not in error.problem else None
    return None


def _gaps(warc: StoredFile) -> Iterator[tuple[int, int]]:
    """Yield each stretch of a WARC file that is no gzip member with a right checksum."""
    position = 0
    for begin, end in _members(warc):
        if begin > position:
            yield position, begin
        position = end
    if position < (size := warc.size_bytes):
        yield position, size


def _members(warc: StoredFile) -> Iterator[tuple[int, int]]:
    if warc.size_bytes == 0:
        return
    with warc.local() as path, path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield from whole_members(data)


def _indexed(home: Home, warc: StoredFile) -> list[tuple[int, str]]:
    """Return offset and address of each capture in a file's index; none where it is unreadable."""
    try:
        with index_file(home, warc).open() as file:
            table = pq.ParquetFile(file).read(columns=["warc_offset", "url"])
    except (pa.ArrowException, OSError):
        return []
    return [(row["warc_offset"], row["url"]) for row in table.to_pylist()]


def _mend_derived(home: Home, warc: StoredFile, captures: list[Capture]) -> list[Finding]:
    """Hold a whole file's index and report against it, and make both again where either is wrong."""
    wrong: list[Finding] = []
    if problem := _index_problem(index_file(home, warc), captures):
        wrong.append(Finding("index", index_file(home, warc).key, f"it {problem}; made again"))
    if problem := _observations_problem(observations_file(home, warc), warc):
        wrong.append(Finding("observations", observations_file(home, warc).key, f"it {problem}; made again"))
    if problem := _report_problem(report_file(home, warc), warc):
        wrong.append(Finding("report", report_file(home, warc).key, f"it {problem}; made again"))
    if wrong:
        index_warc(home, warc)
    return wrong


def _index_problem(index: StoredFile, captures: list[Capture]) -> str | None:
    if not index.exists():
        return "was missing"
    try:
        with index.open() as file:
            found = pq.ParquetFile(file).read()
    except (pa.ArrowException, OSError):
        return "was spoilt"
    if not found.schema.equals(CAPTURES.schema):
        return "was of another version"
    return None if found.equals(CAPTURES.table(captures)) else "did not agree with the WARC file"


def _observations_problem(observations: StoredFile, warc: StoredFile) -> str | None:
    if not observations.exists():
        return "was missing"
    is_right = observations.read() == to_json(read_observations(warc)).encode()
    return None if is_right else "did not agree with the WARC file"


def _report_problem(stored: StoredFile, warc: StoredFile) -> str | None:
    if not stored.exists():
        return "was missing"
    report = read_report(warc)
    try:
        found = json.loads(stored.read())
    except ValueError:
        return "was spoilt"
    return None if report and found == json.loads(report_json(report)) else "did not agree with the WARC file"


def _missing(home: Home, folder: str) -> Iterator[Finding]:
    """Yield the indexes whose WARC file is gone: they are the last to know what it held."""
    for index in home.storage.list(f"{INDEX_FOLDER}/{folder}", ".parquet"):
        warc = warc_file(home, folder, index.name.removesuffix(".parquet"))
        if not warc.exists():
            urls = tuple(url for _, url in _indexed(home, warc))
            problem = f"it is gone, and with it {len(urls)} captures; restore it from the backup before the next build"
            yield Finding("warc_missing", warc.key, problem, urls=urls)


def _leftovers(home: Home, folder: str) -> Iterator[Finding]:
    """Yield what no crawl and no reader needs, unless a crawl of the portal is running."""
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
