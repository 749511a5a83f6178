"""Verifies the archive byte by byte: reports damage and lost captures, and rebuilds wrong indexes.

Belongs here: checking every WARC record, the index, observations, reports and crawl state, the responses of revisits,
and other files. WARC files are never changed; wrong files derived from them are rebuilt.
Does not belong here: recovering a damaged file (`warehouse.archive.upkeep.recover`).
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from warehouse.archive.files import (
    PART_SUFFIX,
    SUFFIX,
    all_warc_files,
    archived_portals,
    index_file,
    note_file,
    observations_file,
    report_file,
    warc_file,
)
from warehouse.archive.index.build import index_warc
from warehouse.archive.index.leftovers import delete_leftovers
from warehouse.archive.index.locks import PortalBusyError, portal_lock
from warehouse.archive.index.offsets import known_offsets
from warehouse.archive.index.reports import report_json
from warehouse.archive.observations import to_json
from warehouse.archive.sealed import sealed
from warehouse.archive.state.file import damage_of, delete_state
from warehouse.archive.state.queries import state_path
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.archive.warc.reader import read_captures, read_observations, read_report
from warehouse.archive.warc.recovery import Part, parts_of
from warehouse.archive.warc.revisits import Revisits, UnresolvedRevisitError
from warehouse.datasets import CAPTURES
from warehouse.home import INDEX_FOLDER, Home
from warehouse.parquet import DamagedTableError, read_table
from warehouse.records import Capture, CrawlReport
from warehouse.storage import MissingObjectError, StorageError, StoredFile

Kind: TypeAlias = Literal[
    "warc",
    "warc_missing",
    "revisit",
    "index",
    "observations",
    "report",
    "state",
    "unfinished",
    "set_aside",
    "left_over",
    "foreign",
]

KINDS: dict[Kind, str] = {
    "warc": "bytes of a WARC file that are not an intact record",
    "warc_missing": "a WARC file that is gone, but whose index still exists",
    "revisit": "a revisit whose response is missing or damaged in the archive",
    "index": "an index that was missing or differed from its WARC file; it was rebuilt",
    "observations": "a crawl's observations that were missing or differed from the WARC file; they were rebuilt",
    "report": "a crawl report that was missing or differed from the WARC file; it was rebuilt",
    "state": "a portal's crawl state that was damaged; it was deleted, and the next crawl rebuilds it",
    "unfinished": "the unfinished file of a killed crawl; the next crawl or build recovers it",
    "set_aside": "the damaged file that a recovery kept; delete it if you do not need its content",
    "left_over": "a temporary file of a killed process; it was deleted",
    "foreign": "no file of the archive, or not a plain file; no command reads it: move it away",
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
        is_open: whether something that should have been rebuilt could not be, for example because the disk is full.
    """

    kind: Kind
    file: str
    problem: str
    begin: int | None = None
    end: int | None = None
    urls: tuple[str, ...] = ()
    is_open: bool = False

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

    @property
    def is_done(self) -> bool:
        """Tell whether everything that was wrong could be rebuilt."""
        return not any(finding.is_open for finding in self.findings)


def verify_archive(
    home: Home, portals: Collection[str] | None = None, on_file: Callable[[str], None] | None = None
) -> Verified:
    """Read the whole archive; rebuild indexes, observations and reports that differ from the WARC files.

    Temporary files of killed processes are deleted.

    Memory holds one record's body and one file's index at a time. `portals` None means all portals. `on_file` is called
    with each WARC file's name before the file is read.

    Raises:
        OSError: a file cannot be opened.
    """
    findings = [Finding("left_over", name, KINDS["left_over"]) for name in delete_leftovers(home)]
    files = captures = 0
    revisits = Revisits(home.storage)
    for folder in archived_portals(home):
        if portals is not None and folder not in portals:
            continue
        for warc in all_warc_files(home, folder):
            if on_file:
                on_file(f"{folder}/{warc.name}")
            files += 1
            count, found = _verify_file(home, warc, revisits)
            captures += count
            findings += found
        findings += _missing(home, folder)
        findings += _state(home, folder)
        findings += _others(home, folder)
    return Verified(files, captures, tuple(findings))


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
    # A file that is set aside has nothing that is derived from it.
    if note_file(home, warc).exists():
        return len(captures), unresolved
    try:
        return len(captures), [*unresolved, *_rebuild_derived(home, warc, captures)]
    except DamagedWarcError as error:
        return len(captures), [*_damage(home, warc, error), *unresolved]


def _damage(home: Home, warc: StoredFile, first: DamagedWarcError) -> list[Finding]:
    """Return a finding for each damaged range of a WARC file, with the captures that the index has there."""
    known = _indexed(home, warc)
    parts = _damaged_parts(home, warc)
    if not parts:  # every record is intact, but one is missing, such as the crawl report
        return [Finding("warc", warc.key, first.problem, first.offset, warc.size_bytes)]
    findings = []
    for part in parts:
        urls = tuple(url for offset, url in known if part.begin <= offset < part.end)
        findings.append(Finding("warc", warc.key, part.problem, part.begin, part.end, urls))
    return findings


def _damaged_parts(home: Home, warc: StoredFile) -> list[Part]:
    """Return the parts of a WARC file that are not an intact record."""
    try:
        with warc.local() as path, path.open("rb") as file:
            return [part for part in parts_of(file, known_offsets(home, warc)) if part.problem]
    except StorageError:
        raise
    except OSError:  # it was reported where reading failed first
        return []


def _indexed(home: Home, warc: StoredFile) -> list[tuple[int, str]]:
    """Return offset and URL of each capture in a file's index; empty if the index is unreadable."""
    try:
        table = read_table(index_file(home, warc), ["warc_offset", "url"])
    except (DamagedTableError, MissingObjectError):
        return []
    return [(row["warc_offset"], row["url"]) for row in table.to_pylist()]


def _rebuild_derived(home: Home, warc: StoredFile, captures: list[Capture]) -> list[Finding]:
    """Compare an intact file's index, observations and report with it; rebuild all three if any is wrong."""
    checks: list[tuple[Kind, StoredFile, Callable[[StoredFile], str | None]]] = [
        ("index", index_file(home, warc), lambda index: _index_problem(index, captures)),
        (
            "observations",
            observations_file(home, warc),
            lambda stored: _text_problem(stored, sealed(to_json(read_observations(warc)))),
        ),
        ("report", report_file(home, warc), lambda stored: _text_problem(stored, report_json(_report_of(warc)))),
    ]
    checked = [(kind, file, find(file) if file.exists() else "was missing") for kind, file, find in checks]
    wrong = [(kind, file.key, problem) for kind, file, problem in checked if problem]
    if not wrong:
        return []
    try:
        index_warc(home, warc)
    except OSError as error:
        return [Finding(kind, key, f"it {problem}; not rebuilt: {error}", is_open=True) for kind, key, problem in wrong]
    return [Finding(kind, key, f"it {problem}; rebuilt") for kind, key, problem in wrong]


def _index_problem(index: StoredFile, captures: list[Capture]) -> str | None:
    try:
        found = read_table(index)
    except DamagedTableError as error:
        return f"was damaged: {error.problem}"
    if not found.schema.equals(CAPTURES.schema):
        return "was of another version"
    return None if found.equals(CAPTURES.table(captures)) else "differed from the WARC file"


def _report_of(warc: StoredFile) -> CrawlReport:
    report = read_report(warc)
    if report is None:
        raise DamagedWarcError(warc, warc.size_bytes, "the file does not end with a crawl report")
    return report


def _text_problem(stored: StoredFile, expected: str) -> str | None:
    try:
        found = stored.read()
    except OSError as error:
        return f"could not be read: {error}"
    return None if found == expected.encode() else "differed from the WARC file"


def _missing(home: Home, folder: str) -> Iterator[Finding]:
    """Yield a finding for each index whose WARC file is gone, with the URLs of the lost captures."""
    for index in home.storage.list(f"{INDEX_FOLDER}/{folder}", ".parquet"):
        warc = warc_file(home, folder, index.name.removesuffix(".parquet"))
        if not warc.exists():
            urls = tuple(url for _, url in _indexed(home, warc))
            problem = f"the file is missing, with {len(urls)} captures; restore it from a backup before the next build"
            yield Finding("warc_missing", warc.key, problem, urls=urls)


def _state(home: Home, folder: str) -> Iterator[Finding]:
    """Yield a finding if a portal's crawl state is damaged, and delete it; a crawl may be using it."""
    path = state_path(home, folder)
    with suppress(PortalBusyError):
        if path.exists():
            with portal_lock(home, folder):
                if problem := damage_of(path):
                    delete_state(path)
                    yield Finding(
                        "state", path.relative_to(home.root).as_posix(), f"{problem}; the next crawl rebuilds it"
                    )


def _others(home: Home, folder: str) -> Iterator[Finding]:
    """Yield a finding for each local file that is not a WARC file, unless the portal is being crawled."""
    top = home.warc / folder
    if top.is_symlink():
        yield Finding("foreign", top.relative_to(home.root).as_posix(), "it is a symbolic link; no backup follows it")
        return
    odd = [path for path in sorted(top.glob("*")) if path.name != ".lock" and not _is_warc(path)]
    with suppress(PortalBusyError):
        if odd:
            with portal_lock(home, folder):
                for path in odd:
                    if kind := _kind_of(path):
                        yield Finding(kind, path.relative_to(home.root).as_posix(), KINDS[kind])


def _is_warc(path: Path) -> bool:
    return path.name.endswith(SUFFIX) and not path.name.startswith(".") and not path.is_symlink() and path.is_file()


def _kind_of(path: Path) -> Kind | None:
    try:
        is_plain = stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return None
    if is_plain and path.name.endswith(SUFFIX + PART_SUFFIX):
        return "unfinished"
    return "set_aside" if is_plain and path.name.endswith(f"{SUFFIX}.damaged") else "foreign"
