"""Files of digests: a header with the extractor's version and libraries, then one line per page.

Belongs here: the file format, and comparing a file with current digests. Does not belong here: extracting pages
(`tests.digests.readings`), or updating the files (`tests.digests.renewal`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path
from typing import Final

from spiders.extract.version import _LIBRARIES
from tests.digests.readings import Digests

FOLDER: Final = Path(__file__).parent
REPOSITORY_FILE: Final = FOLDER / "repository.txt"
SHARED_FILE: Final = FOLDER / "shared.txt"
COMMAND: Final = "python -m tests.digests"
NAMED_MAX: Final = 10

_HEAD: Final = re.compile(r"# extractor (?P<number>\S+) with (?P<libraries>.+)")
_LEGEND: Final = f"# its own platform's reading, that of generic, the page, its name; written by `{COMMAND}`"


@dataclass(frozen=True, slots=True)
class Record:
    """The contents of one file.

    Attributes:
        number: the extractor's version number; empty if the file does not exist yet.
        libraries: library versions by name.
        pages: digests by page name.
    """

    number: str
    libraries: Mapping[str, str]
    pages: Mapping[str, Digests]


@dataclass(frozen=True, slots=True)
class Difference:
    """Names of pages that differ from the file.

    Attributes:
        changed: same page, different output.
        rewritten: the page or another input of its extraction changed.
        added: the file has no line for the page.
        gone: the file has a line, but there is no page.
    """

    changed: tuple[str, ...]
    rewritten: tuple[str, ...]
    added: tuple[str, ...]
    gone: tuple[str, ...]


def libraries_now() -> dict[str, str]:
    """Return installed versions of the libraries that are part of the extractor's version."""
    return {name: installed(name) for name in _LIBRARIES}


def read_record(file: Path) -> Record:
    """Return the contents of the file; an empty record if it does not exist.

    Raises:
        ValueError: the file does not have the format of `as_text`.
    """
    if not file.exists():
        return Record("", {}, {})
    head, _, *lines = file.read_text(encoding="utf-8").splitlines()
    said = _HEAD.fullmatch(head)
    if said is None:
        raise ValueError(f"{file.name}: the first line does not give version and libraries")
    libraries = dict(one.split(" ") for one in said["libraries"].split(", "))
    pages = {name: Digests(own, generic, page) for own, generic, page, name in (line.split(" ", 3) for line in lines)}
    return Record(said["number"], libraries, pages)


def as_text(record: Record) -> str:
    """Return the file's text."""
    libraries = ", ".join(f"{name} {version}" for name, version in record.libraries.items())
    lines = [" ".join((*digests, name)) for name, digests in sorted(record.pages.items())]
    return "\n".join((f"# extractor {record.number} with {libraries}", _LEGEND, *lines, ""))


def difference(recorded: Mapping[str, Digests], now: Mapping[str, Digests]) -> Difference:
    """Compare recorded digests with current ones."""
    both = [name for name in now if name in recorded]
    same = [name for name in both if now[name].page == recorded[name].page]
    return Difference(
        changed=tuple(name for name in same if now[name] != recorded[name]),
        rewritten=tuple(name for name in both if now[name].page != recorded[name].page),
        added=tuple(name for name in now if name not in recorded),
        gone=tuple(name for name in recorded if name not in now),
    )


def complaint(file: Path, now: Mapping[str, Digests], number: str, *, may_grow: bool = False) -> str:
    """Return what the developer must do, and why; empty if all digests match.

    Args:
        file: the file of digests.
        now: current digests of its pages.
        number: the extractor's version number in the code.
        may_grow: whether pages without a line are allowed, as in a folder that others fill.
    """
    record = read_record(file)
    found = difference(record.pages, now)
    lines: list[str] = []
    if found.changed and record.number == number:
        lines.append(f"output changed: raise the version (`{COMMAND}`) and say why in the changelog")
    elif record.number != number:
        lines.append(f"the digests are of version {record.number or 'none'}, the code is {number}: run `{COMMAND}`")
    lines += _named("read otherwise", found.changed)
    if libraries := _other_libraries(record.libraries):
        lines.append(f"other libraries than those of the digests: {libraries}; run `{COMMAND}`")
    if found.rewritten or found.gone or (found.added and not may_grow):
        lines.append(f"the pages themselves are not those of the digests: run `{COMMAND}`; this needs no new version")
        lines += _named("added", () if may_grow else found.added)
        lines += _named("rewritten", found.rewritten)
        lines += _named("gone", found.gone)
    return "\n".join((f"{file.name}:", *lines)) if lines else ""


def _other_libraries(recorded: Mapping[str, str]) -> str:
    now = libraries_now()
    return ", ".join(
        f"{name} {now.get(name, 'none')} in place of {recorded.get(name, 'none')}"
        for name in sorted({*now, *recorded})
        if now.get(name) != recorded.get(name)
    )


def _named(what: str, names: Collection[str]) -> list[str]:
    shown = list(names)[:NAMED_MAX]
    more = [f"  and {len(names) - len(shown)} more"] if len(names) > len(shown) else []
    return [f"{len(names)} {what}:", *(f"  {name}" for name in shown), *more] if names else []
