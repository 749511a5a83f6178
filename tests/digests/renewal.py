"""Update the files of digests; raise the extractor's version number if output changed.

Belongs here: the next number, and which files change. Does not belong here: the command line
(`tests.digests.__main__`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from spiders.extract import version
from tests.digests.readings import Digests
from tests.digests.record import Record, as_text, difference, libraries_now, read_record

VERSION_FILE: Final = Path(version.__file__)

_NUMBER: Final = re.compile(r'(?<=^_NUMBER: Final = ")(\d{4})\.(\d{2})\.(\d+)(?="$)', re.MULTILINE)


def number_in(file: Path) -> str:
    """Return the version number in the file.

    Raises:
        ValueError: the file has no number of the form `YYYY.MM.N`.
    """
    found = _NUMBER.search(file.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{file.name}: _NUMBER is not of the form YYYY.MM.N")
    return found[0]


def next_number(number: str, today: date) -> str:
    """Return the next number: the count increases within a month and restarts in the next month.

    If the clock is behind the number's month, the month stays, so that no number is used twice.
    """
    year, month, count = map(int, number.split("."))
    if (today.year, today.month) <= (year, month):
        return f"{year}.{month:02}.{count + 1}"
    return f"{today.year}.{today.month:02}.1"


def renew(
    readings: Mapping[Path, Mapping[str, Digests] | None], today: date, version_file: Path = VERSION_FILE
) -> Iterator[str]:
    """Update files of digests and the version number; yield a message for each step.

    The number is raised if an unchanged page has other output, unless it was raised since the file was written.

    Args:
        readings: current digests by file; None if the file's pages are not available.
        today: the date in Hanoi.
        version_file: the module that holds the number.
    """
    before = number = number_in(version_file)
    records = {file: read_record(file) for file in readings}
    for file, now in readings.items():
        if now is not None and records[file].number == before and difference(records[file].pages, now).changed:
            number = next_number(before, today)
    if number != before:
        text = version_file.read_text(encoding="utf-8")
        version_file.write_text(_NUMBER.sub(number, text), encoding="utf-8")
        yield f"version raised from {before} to {number}: say in CHANGELOG.md what output changed, and why"
    for file, now in readings.items():
        yield _renewed(file, records[file], now, number)


def _renewed(file: Path, record: Record, now: Mapping[str, Digests] | None, number: str) -> str:
    """Rewrite a file if it is out of date; return a message."""
    if now is None:
        stale = (
            "" if record.number == number else f" It stays at {record.number}, and its test fails where `shared` is."
        )
        return f"{file.name}: NOT updated, since the folder `shared` is not beside the repository.{stale}"
    text = as_text(Record(number, libraries_now(), now))
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return f"{file.name}: nothing changed"
    file.write_text(text, encoding="utf-8")
    found = difference(record.pages, now)
    counts = {
        "read otherwise": len(found.changed),
        "added": len(found.added),
        "rewritten": len(found.rewritten),
        "gone": len(found.gone),
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{file.name}: renewed; {told or 'version and libraries in its first line'}"
