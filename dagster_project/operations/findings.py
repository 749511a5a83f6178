"""The last results of the portals' checks, stored as files in the home, from which alerts are made.

Belongs here: writing findings, from the command line or a Dagster run, and reading them for the alert sensors. The
sensors cannot read the warehouse, which may be in use.
Does not belong here: judging (`warehouse.tables`), and crawl reports (`warehouse.archive.index.reports`).
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


class UnreadableFindingsError(Exception):
    """A file of findings cannot be read; the message names the file and says what to do.

    Attributes:
        at: when the file was written.
    """

    def __init__(self, file: Path, problem: object) -> None:
        """Build the message from the file and the problem."""
        super().__init__(
            f"{file}: cannot be read as findings: {problem}. Delete it; the next build or crawl writes it again."
        )
        self.at = datetime.fromtimestamp(file.stat().st_mtime, UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """The last result of one check for one portal.

    Attributes:
        reason: the problem; None if there is none.
        at: when the check ran, with a time zone.
    """

    reason: str | None
    at: datetime


def record(home: Home, check: str, reasons: Mapping[str, str | None], at: datetime) -> None:
    """Store the findings of a check: the reason by slug; all earlier findings of the check are replaced."""
    _write(_file(home, check), reasons, at)


def recorded(home: Home, check: str) -> Mapping[str, Finding]:
    """Return the last findings of a check, by slug; none if the check never ran.

    Raises:
        UnreadableFindingsError: the file cannot be read.
    """
    return _read(_file(home, check))


def record_failure(home: Home, slug: str, reason: str, at: datetime) -> None:
    """Record that a crawl of a portal left no report, and why; a later crawl report takes precedence."""
    _write(_failure_file(home, slug), {slug: reason}, at)


def forget_failure(home: Home, slug: str) -> None:
    """Delete what `record_failure` recorded, once a crawl left a report: clocks may have been wrong."""
    _failure_file(home, slug).unlink(missing_ok=True)


def recorded_failure(home: Home, slug: str) -> Finding | None:
    """Return the finding of the portal's last crawl without a report; None if there is none."""
    file = _failure_file(home, slug)
    try:
        return _read(file).get(slug)
    except UnreadableFindingsError as error:
        return Finding(str(error), error.at)


def _file(home: Home, check: str) -> Path:
    return home.root / "findings" / f"{check}.json"


def _failure_file(home: Home, slug: str) -> Path:
    # One file per portal, since several crawls may end at the same time.
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
        raise UnreadableFindingsError(file, error) from error
