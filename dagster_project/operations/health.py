"""What builds leave in the home for operators: the portals' figures, and how long each step took.

Only the build may open the warehouse, so it leaves the figures for the site, which shows them at any time. A release
could not hold them: they are new also if the guard refuses to publish.
Belongs here: writing and reading these files.
Does not belong here: the figures (`warehouse.tables.health`, `warehouse.tables.staleness`), the present state
(`dagster_project.operations.states`), and showing both (`dagster_project.site`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from pydantic import TypeAdapter

from warehouse.archive.sealed import read_sealed, sealed
from warehouse.durable import replacing
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.tables.health import PortalDay, PortalHealth
from warehouse.tables.staleness import Staleness

LETTERS: Final = {
    "ok": "O",
    "no_news": "N",
    "partial": "P",
    "blocked": "B",
    "broken": "X",
    "unreachable": "U",
    "not_looked": "·",
}
"""Letters of verdicts, for people who cannot distinguish the colours."""

# The page of earlier versions. It would go on to show the state of the last build of that version.
_FORMER_PAGE: Final = "portal_health.html"


class UnreadableFiguresError(WarehouseError):
    """A file of figures or of a duration cannot be read; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class BuiltPortal:
    """The figures of one portal.

    Attributes:
        silence: None if the portal is not judged, because it is inactive or was never crawled.
    """

    health: PortalHealth
    silence: Staleness | None

    @property
    def days(self) -> tuple[PortalDay, ...]:
        """The last days, oldest first."""
        return self.health.days

    @property
    def strip(self) -> str:
        """The verdicts of the days, one letter per day, oldest first."""
        return "".join(LETTERS[day.verdict] for day in self.days)

    @property
    def articles_new(self) -> int:
        """Articles that were first captured in the days shown."""
        return sum(day.articles_new for day in self.days)

    @property
    def coverage(self) -> str:
        """The shares of pages with title, date and body, as percentages; `none` without data."""
        shares = self.health.coverage
        return f"{shares.title:.0%} / {shares.date:.0%} / {shares.body:.0%}" if shares else "none"

    @property
    def is_silent(self) -> bool:
        """Whether the portal has been silent for too long."""
        return self.silence is not None and self.silence.is_too_long

    @property
    def silent_days(self) -> str:
        """The days without an article and the allowed number of days, as text."""
        if self.silence is None:
            return "not judged"
        days = "always" if self.silence.silent_for is None else str(self.silence.silent_for.days)
        return f"{days} of {self.silence.days_max}{', too long' if self.is_silent else ''}"


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of all portals.

    Attributes:
        at: when the build read them, with a time zone.
        portals: by slug, also those that are defined no more.
    """

    at: datetime
    portals: Mapping[str, BuiltPortal]


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a step of a build took when it last succeeded.

    Attributes:
        at: when it ended, with a time zone.
    """

    at: datetime
    seconds: float


_DURATION: Final = TypeAdapter(Duration)
_FIGURES: Final = TypeAdapter(Figures)


def write_figures(home: Home, found: Sequence[PortalHealth], silent: Mapping[str, Staleness], at: datetime) -> Figures:
    """Keep the figures of all portals, atomically; the earlier ones are replaced."""
    figures = Figures(at, {one.slug: BuiltPortal(one, silent.get(one.slug)) for one in found})
    with replacing(home.portal_health_file) as temporary:
        temporary.write_text(sealed(_FIGURES.dump_json(figures).decode()), encoding="utf-8")
    (home.root / _FORMER_PAGE).unlink(missing_ok=True)
    return figures


def read_figures(home: Home) -> Figures | None:
    """Return the figures of the last build; None if there was no build yet.

    Raises:
        UnreadableFiguresError: the file is damaged, or of another version.
    """
    try:
        return _read(home.portal_health_file, _FIGURES)
    except FileNotFoundError:
        return None


def record_duration(home: Home, step: str, duration: Duration) -> None:
    """Keep how long a step took; `step` is its name in code."""
    file = home.build_steps / f"{step}.json"
    with replacing(file) as temporary:
        temporary.write_text(sealed(_DURATION.dump_json(duration).decode()), encoding="utf-8")


def recorded_durations(home: Home) -> Mapping[str, Duration]:
    """Return how long each step last took, by its name.

    Raises:
        UnreadableFiguresError: a file is damaged, or of another version.
    """
    return {file.stem: _read(file, _DURATION) for file in sorted(home.build_steps.glob("[!.]*.json"))}


_Read = TypeVar("_Read")


def _read(file: Path, kind: TypeAdapter[_Read]) -> _Read:
    try:
        return kind.validate_python(read_sealed(file.read_bytes()))
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:  # pydantic's error is a ValueError
        why = str(error).splitlines()[0]
        raise UnreadableFiguresError(f"{file}: cannot be read: {why}. The next build writes it again.") from error
