"""The last results of checks of portals and shares: files in the home, by which alerts are made.

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

VERDICT, EXTRACTION, SILENCE, SHARES = "verdict", "extraction", "silence", "shares"


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
    """The last result of one check for one portal, or for one share.

    Attributes:
        reason: the problem; None if there is none.
        at: when the check ran, with a time zone.
        since: when the check first found a problem, without a good result in between; None if there is none.
        run_id: the Dagster run or command that found it; None if that is not known.
    """

    reason: str | None
    at: datetime
    since: datetime | None = None
    run_id: str | None = None


def record(home: Home, check: str, reasons: Mapping[str, str | None], at: datetime) -> None:
    """Store the findings of a check, the reason by slug or share, in place of all earlier ones.

    What was bad before stays bad since then.
    """
    _write(_file(home, check), reasons, at)


def recorded(home: Home, check: str) -> Mapping[str, Finding]:
    """Return the last findings of a check, by slug or share; none if the check never ran.

    Raises:
        UnreadableFindingsError: the file cannot be read.
    """
    return _read(_file(home, check))


def record_failure(home: Home, slug: str, reason: str, at: datetime, run_id: str) -> None:
    """Record that a crawl of a portal left no report, and why; a later crawl report takes precedence."""
    _write(_failure_file(home, slug), {slug: reason}, at, run_id)


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


def _write(file: Path, reasons: Mapping[str, str | None], at: datetime, run_id: str | None = None) -> None:
    try:
        before = {slug: finding.since for slug, finding in _read(file).items()}
    except UnreadableFindingsError:
        before = {}  # this writes it anew; since when is unknown then
    since = {slug: (before.get(slug) or at).isoformat() for slug, reason in reasons.items() if reason is not None}
    content = {"at": at.isoformat(), "reasons": dict(reasons), "since": since, "run_id": run_id}
    with replacing(file) as temporary:
        temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _read(file: Path) -> Mapping[str, Finding]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        at = datetime.fromisoformat(found["at"]).astimezone(UTC)
        # Files of earlier versions have neither `since` nor `run_id`.
        since = {slug: datetime.fromisoformat(begun).astimezone(UTC) for slug, begun in found.get("since", {}).items()}
        return {
            slug: Finding(reason, at, None if reason is None else since.get(slug, at), found.get("run_id"))
            for slug, reason in found["reasons"].items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableFindingsError(file, error) from error
