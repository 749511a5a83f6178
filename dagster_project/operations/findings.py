"""What was found wrong with portals, kept in the home: what Dagster's checks say and what alerts tell are the same.

Whoever judges portals records it here, be it the command line or a run of Dagster; the alert sensors read it without
asking the warehouse, which may be in use. Not here: judging (`warehouse.tables`), and how a crawl went, which the
archive's reports say (`warehouse.archive.index.reports`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.durable import replacing
from warehouse.home import Home

VERDICT, EXTRACTION, SILENCE = "verdict", "extraction", "silence"


class SpoiltFindingsError(Exception):
    """A file of findings that cannot be read; the message names it and says what to do.

    Attributes:
        at: when the file was written.
    """

    def __init__(self, file: Path, problem: object) -> None:
        """Name the file and what is wrong with it."""
        super().__init__(
            f"{file}: cannot be read as findings: {problem}. Delete it: the next build or crawl writes it again."
        )
        self.at = datetime.fromtimestamp(file.stat().st_mtime, UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """How a portal was found to be, in one respect.

    Attributes:
        reason: what is wrong; None where all is well.
        at: when that was found, with a time zone.
    """

    reason: str | None
    at: datetime


def record(home: Home, check: str, reasons: Mapping[str, str | None], at: datetime) -> None:
    """Keep what was found of portals, by slug, in the place of all that the check found before."""
    _write(_file(home, check), reasons, at)


def recorded(home: Home, check: str) -> Mapping[str, Finding]:
    """Return what a check found last, by slug.

    Raises:
        SpoiltFindingsError: the file cannot be read.
    """
    return _read(_file(home, check))


def record_failure(home: Home, slug: str, reason: str, at: datetime) -> None:
    """Keep that a crawl of a portal left no report, and why; the next report that the archive gets is newer."""
    _write(_failure_file(home, slug), {slug: reason}, at)


def recorded_failure(home: Home, slug: str) -> Finding | None:
    """Return the last crawl of a portal that left no report; None where each left one."""
    file = _failure_file(home, slug)
    try:
        return _read(file).get(slug)
    except SpoiltFindingsError as error:
        return Finding(str(error), error.at)


def _file(home: Home, check: str) -> Path:
    return home.root / "findings" / f"{check}.json"


def _failure_file(home: Home, slug: str) -> Path:
    # One a portal: several crawls may end at once.
    return home.root / "findings" / "crawls_without_report" / f"{slug}.json"


def _write(file: Path, reasons: Mapping[str, str | None], at: datetime) -> None:
    with replacing(file) as temporary:
        text = json.dumps({"at": at.isoformat(), "reasons": dict(reasons)}, ensure_ascii=False, indent=1)
        temporary.write_text(text, encoding="utf-8")


def _read(file: Path) -> Mapping[str, Finding]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        at = datetime.fromisoformat(found["at"]).astimezone(UTC)
        return {slug: Finding(reason, at) for slug, reason in found["reasons"].items()}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpoiltFindingsError(file, error) from error
