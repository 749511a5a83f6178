"""The register of candidates, walked: each address visited, what answers defined, the register brought up to date.

A former district's address may lead to a ward's portal. What stands there is the ward's, even where both bear one name:
the district is not defined by it, and the ward's row learns the address.

Here: reading and writing the register, and what becomes of one row. Not here: what a portal shows
(`spiders.onboarding.survey`), and how its file reads (`spiders.onboarding.draft`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from spiders.onboarding.draft import Identity, office_of_site, office_of_unit, propose, unit_named, write_new
from spiders.onboarding.probe import judge
from spiders.onboarding.survey import Survey, bare_host, site_name, survey
from spiders.onboarding.visit import VisitError, Visitor
from spiders.platforms.parts.addresses import origin
from spiders.portal import SHIPPED_PORTALS, PortalError
from warehouse.durable import replacing
from warehouse.text.normal import unaccented

REGISTER: Final = SHIPPED_PORTALS / "candidates.csv"
COLUMNS: Final = (
    *("slug", "name", "kind", "administrative_unit", "valid_from", "valid_until"),
    *("address", "evidence", "status", "definition"),
)
_PROBED: Final = re.compile(r"; probed on \d{4}-\d{2}-\d{2}.*$", re.DOTALL)
_UNKNOWN: Final = re.compile(r"; no portal address known$")
_UNIT_KINDS: Final = frozenset({"district", "ward", "commune"})

Row = dict[str, str]


class RegisterError(Exception):
    """A register that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What became of one row of the register.

    Attributes:
        led_to: where its address led; empty where it did not answer.
        platform: the platform that reads it; empty where it did not answer.
        rows: rows and entries of its lists, feeds and sitemaps.
        off: what is off, in a few words; empty where all fits.
        is_defined: whether its portal file was written.
    """

    slug: str
    address: str
    led_to: str
    platform: str
    rows: int
    off: str
    is_defined: bool


def walk(
    visitor: Visitor, register: Path, folder: Path, today: date, delay_seconds: float, *, write: bool
) -> Iterator[Candidate]:
    """Visit every candidate that has an address, one after the other; yield what became of each.

    With `write`, what fits is defined at once and its row updated, so that a walk that was interrupted goes on where it
    was: rows that are `defined` are passed over.

    Args:
        visitor: fetches.
        register: the CSV file.
        folder: where portal files go.
        today: the day, for `verified_on` and the evidence.
        delay_seconds: what the crawls of the portals should keep to.
        write: whether to write portal files and the register.

    Raises:
        RegisterError: the register cannot be read.
    """
    rows = read_register(register)
    for row in rows:
        if row["status"] != "candidate" or not row["address"]:
            continue
        try:
            seen = survey(visitor, row["address"])
        except VisitError as error:
            led_to = error.url if bare_host(error.url) != bare_host(row["address"]) else ""
            yield Candidate(row["slug"], row["address"], led_to, "", 0, error.kind, is_defined=False)
            continue
        owner = _owner(row, rows, seen)
        off = _off(row, owner, seen)
        if write:
            off += [] if off else _define(row, seen, folder, today, delay_seconds)
            row["evidence"] = _PROBED.sub("", row["evidence"]) + f"; probed on {today}: {_found(seen, off)}"
            if owner is not None and owner is not row and not owner["address"]:
                owner["address"] = origin(seen.home.url)
                owner["evidence"] = _UNKNOWN.sub("", owner["evidence"]) + f"; {row['address']} led there on {today}"
            write_register(register, rows)
        count = sum(one.rows for one in (*seen.lists, *seen.feeds, *seen.sitemaps))
        is_defined = row["status"] == "defined"
        yield Candidate(
            row["slug"], row["address"], seen.home.url, seen.platform, count, "; ".join(off), is_defined=is_defined
        )


def read_register(path: Path) -> list[Row]:
    """Return the rows of the register.

    Raises:
        RegisterError: the file cannot be read, or has not the register's columns.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(reader)
    except (OSError, ValueError, csv.Error) as error:
        raise RegisterError(f"{path}: cannot be read: {error}") from error
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise RegisterError(f"{path}: its columns must be {', '.join(COLUMNS)}")
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise RegisterError(f"{path}: row {number} has too many or too few columns")
        try:
            for column in ("valid_from", "valid_until"):
                _day(row[column])
        except ValueError as error:
            raise RegisterError(f"{path}: row {number}: {error}") from error
    return rows


def write_register(path: Path, rows: Sequence[Row]) -> None:
    """Put the rows in the register's place; a reader meets the old register or the new one."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with replacing(path) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8", newline="")


def _owner(row: Row, rows: Sequence[Row], seen: Survey) -> Row | None:
    """Return the row whose portal it is that the address led to; None where that cannot be told."""
    if not seen.is_moved:
        return row
    host, name = bare_host(seen.home.url), site_name(seen.home) or ""
    if there := next((one for one in rows if one is not row and bare_host(one["address"]) == host), None):
        return there
    if unit := unit_named(name):
        return next((one for one in rows if _folded(one["administrative_unit"]) == _folded(unit)), None)
    return row if _folded(_own_name(row)) in _folded(name) else None


def _own_name(row: Row) -> str:
    """Return what a site must call itself to be this row's."""
    return row["administrative_unit"] if row["kind"] in _UNIT_KINDS else office_of_site(row["name"])


def _off(row: Row, owner: Row | None, seen: Survey) -> list[str]:
    """Return why what answered should not be defined under this row."""
    off = []
    if owner is None:
        off.append(f"led to a site that does not name {_own_name(row)}")
    elif owner is not row:
        off.append(f"led to the portal of {owner['slug']}")
    if not (seen.lists or seen.feeds or seen.sitemaps):
        off.append("no list, feed or sitemap was found")
    return [*off, *judge(seen.articles, seen.failures)]


def _folded(text: str) -> str:
    return " ".join(unaccented(text).split())


def _define(row: Row, seen: Survey, folder: Path, today: date, delay_seconds: float) -> list[str]:
    """Write the portal file and mark the row; return why not, where it could not be done."""
    unit = row["administrative_unit"]
    identity = Identity(
        name=row["name"],
        office=office_of_unit(unit) if row["kind"] in _UNIT_KINDS else office_of_site(row["name"]),
        administrative_unit=unit,
        active_from=_day(row["valid_from"]),
        active_until=_day(row["valid_until"]),
    )
    try:
        proposal = propose(seen, row["slug"], identity, today, delay_seconds, verified=True)
        write_new(proposal, folder)
    except PortalError as error:
        return [str(error)]
    row["status"], row["definition"] = "defined", row["slug"]
    return []


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _found(seen: Survey, off: Sequence[str]) -> str:
    led = f"led to {seen.home.url}, " if seen.home.url.rstrip("/") != seen.home.asked.rstrip("/") else ""
    return f"{led}read by {seen.platform}" + (f"; {'; '.join(off)}" if off else "")
