"""The register of candidates: surveying each portal, defining those that fit, updating the register.

The URL of a former district may redirect to a ward's portal. The content is then the ward's, even if both units have
the same name: the district gets no portal file. If the ward's row has no URL, the ward's URL is entered there.

Belongs here: reading and writing the register, and deciding on one row. Does not belong here: what a portal shows (see
`spiders.onboarding.survey`), and the text of its file (see `spiders.onboarding.draft`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from spiders.onboarding.captures import Captures, FetchError
from spiders.onboarding.draft import Identity, office_of_site, office_of_unit, propose, unit_named, write_new
from spiders.onboarding.probe import judge_survey
from spiders.onboarding.survey import Survey, bare_host, site_name, survey
from spiders.platforms.parts.urls import origin
from spiders.portal import SHIPPED_PORTALS, PortalError
from warehouse.durable import replacing
from warehouse.errors import InputError
from warehouse.text.normal import unaccented

REGISTER: Final = SHIPPED_PORTALS / "candidates.csv"
COLUMNS: Final = (
    *("slug", "name", "kind", "administrative_unit", "valid_from", "valid_until"),
    *("address", "evidence", "status", "definition"),
)
_PROBED: Final = re.compile(r"; probed on \d{4}-\d{2}-\d{2}.*$", re.DOTALL)
_UNKNOWN: Final = re.compile(r"; no portal address known$")
# A carriage return that is written without quotes would end the row.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_UNIT_KINDS: Final = frozenset({"district", "ward", "commune"})

Row = dict[str, str]


class RegisterError(InputError):
    """The register cannot be read; the message names the reason."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The result for one row of the register.

    Attributes:
        led_to: the URL after redirects. If the fetch failed: the failed URL, or empty if it is on the same host.
        platform: the platform that extracts the portal; empty if the fetch failed.
        rows: number of rows and entries of its lists, feeds and sitemaps.
        off: the problems, in a few words; empty if there are none.
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
    fetch: Callable[[str], Captures], register: Path, folder: Path, today: date, delay_seconds: float, *, write: bool
) -> Iterator[Candidate]:
    """Survey every candidate that has a URL, one after the other; yield the result for each.

    `fetch` returns the captures that the survey of a URL needs. With `write`, each survey updates the register at once,
    and a portal without problems gets a portal file in `folder` and the status `defined`. An interrupted walk can be
    repeated: it skips rows with that status. If the fetch fails, the row is unchanged.

    Raises:
        RegisterError: the register cannot be read.
    """
    rows = read_register(register)
    for row in rows:
        if row["status"] != "candidate" or not row["address"]:
            continue
        try:
            seen = survey(fetch(row["address"]), row["address"])
        except FetchError as error:
            led_to = error.url if bare_host(error.url) != bare_host(row["address"]) else ""
            yield Candidate(row["slug"], row["address"], led_to, "", 0, error.kind, False)
            continue
        owner = _owner(row, rows, seen)
        off = _problems(row, owner, seen)
        if write:
            off += [] if off else _define(row, seen, folder, today, delay_seconds)
            row["evidence"] = _PROBED.sub("", row["evidence"]) + f"; probed on {today}: {_evidence(seen, off)}"
            if owner is not None and owner is not row and not owner["address"]:
                owner["address"] = origin(seen.home.url)
                owner["evidence"] = _UNKNOWN.sub("", owner["evidence"]) + f"; {row['address']} led there on {today}"
            write_register(register, rows)
        count, is_defined = sum(one.rows for one in seen.starts), row["status"] == "defined"
        yield Candidate(row["slug"], row["address"], seen.home.url, seen.platform, count, "; ".join(off), is_defined)


def read_register(path: Path) -> list[Row]:
    """Return the rows of the register, after checking columns and dates.

    Raises:
        RegisterError: the file cannot be read, its columns are wrong, or a date is invalid.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = tuple(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, ValueError, csv.Error) as error:
        raise RegisterError(f"{path}: cannot be read: {error}") from error
    if columns != COLUMNS:
        raise RegisterError(f"{path}: its columns must be {', '.join(COLUMNS)}")
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise RegisterError(f"{path}: row {number} has too many or too few columns")
        shown = {**row, "evidence": " ".join(row["evidence"].splitlines())}  # the one text of several lines
        if odd := next((column for column in COLUMNS if _CONTROL.search(shown[column])), None):
            raise RegisterError(f"{path}: row {number}: {odd} has a line break or another control character")
        try:
            for column in ("valid_from", "valid_until"):
                _day(row[column])
        except ValueError as error:
            raise RegisterError(f"{path}: row {number}: {error}") from error
    return rows


def write_register(path: Path, rows: Sequence[Row]) -> None:
    """Replace the register atomically."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _owner(row: Row, rows: Sequence[Row], seen: Survey) -> Row | None:
    """Return the row whose portal the survey reached after redirects; None if it cannot be determined."""
    host, name = bare_host(seen.home.url), site_name(seen.home) or ""
    if host == bare_host(seen.home.requested_url):
        return row
    if there := next((one for one in rows if one is not row and bare_host(one["address"]) == host), None):
        return there
    if unit := unit_named(name):
        return next((one for one in rows if _folded(one["administrative_unit"]) == _folded(unit)), None)
    return row if _folded(_own_name(row)) in _folded(name) else None


def _own_name(row: Row) -> str:
    """Return the name that a site's own name must contain if it is this row's portal."""
    return row["administrative_unit"] if row["kind"] in _UNIT_KINDS else office_of_site(row["name"])


def _problems(row: Row, owner: Row | None, seen: Survey) -> list[str]:
    """Return the reasons not to define the surveyed portal under this row."""
    off = []
    if owner is None:
        off.append(f"led to a site that does not name {_own_name(row)}")
    elif owner is not row:
        off.append(f"led to the portal of {owner['slug']}")
    return [*off, *judge_survey(seen)]


def _folded(text: str) -> str:
    return " ".join(unaccented(text).split())


def _define(row: Row, seen: Survey, folder: Path, today: date, delay_seconds: float) -> list[str]:
    """Write the portal file and set the row to `defined`; return the error if that failed, else nothing."""
    unit = row["administrative_unit"]
    identity = Identity(
        name=row["name"],
        office=office_of_unit(unit) if row["kind"] in _UNIT_KINDS else office_of_site(row["name"]),
        administrative_unit=unit,
        active_from=_day(row["valid_from"]),
        active_until=_day(row["valid_until"]),
    )
    try:
        write_new(propose(seen, row["slug"], identity, today, delay_seconds, verified=True), folder)
    except PortalError as error:
        return [str(error)]
    row["status"], row["definition"] = "defined", row["slug"]
    return []


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _evidence(seen: Survey, off: Sequence[str]) -> str:
    led = f"led to {seen.home.url}, " if seen.home.url.rstrip("/") != seen.home.requested_url.rstrip("/") else ""
    return f"{led}read by {seen.platform}" + (f"; {'; '.join(off)}" if off else "")
