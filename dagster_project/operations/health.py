"""The health page of the portals: one self-contained HTML file, and its table for the Dagster UI.

Belongs here: rendering and writing the page. Names, reasons and URLs are untrusted: Jinja2 escapes them in HTML,
`dagster_project.operations.markdown` in Markdown.
Does not belong here: the figures (`warehouse.tables.health`, `warehouse.tables.staleness`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from dagster_project.operations import markdown
from dagster_project.operations.plain_text import hanoi_minute
from warehouse.durable import replacing
from warehouse.home import Home
from warehouse.records import HEALTHY_VERDICTS
from warehouse.tables.health import PortalHealth
from warehouse.tables.staleness import Staleness

# Letters for Markdown, and for people who cannot distinguish the colours.
LETTERS = {
    "ok": "O",
    "no_news": "N",
    "partial": "P",
    "blocked": "B",
    "broken": "X",
    "unreachable": "U",
    "not_looked": "·",
}
_ENVIRONMENT = Environment(
    loader=PackageLoader("dagster_project"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True, slots=True)
class PortalRow:
    """One portal on the page.

    Attributes:
        invalid: why the portal's file cannot be used, so that it is not crawled; None if it can.
    """

    health: PortalHealth
    silence: Staleness | None
    invalid: str | None = None

    @property
    def strip(self) -> str:
        """The verdicts of the days, one letter per day, oldest first."""
        return "".join(LETTERS[day.verdict] for day in self.health.days)

    @property
    def articles_new(self) -> int:
        """Articles that were first captured in the days shown."""
        return sum(day.articles_new for day in self.health.days)

    @property
    def articles_max(self) -> int:
        """The largest number of new articles on one day; at least 1."""
        return max(1, *(day.articles_new for day in self.health.days))

    @property
    def url(self) -> str | None:
        """The portal's URL, if it is safe to link to."""
        return self.health.base_url if self.health.base_url.startswith(("http://", "https://")) else None

    @property
    def problem(self) -> str | None:
        """Why the last day's crawl was not healthy; None if it was healthy or there was no crawl."""
        is_bad = self.health.days[-1].verdict not in (*HEALTHY_VERDICTS, "not_looked")
        return self.health.verdict_reason if is_bad else None

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
class HealthPage:
    """The written health page: its HTML file, the number of portals, and its table as Markdown."""

    path: Path
    portals: int
    markdown: str


def write_page(home: Home, rows: Sequence[PortalRow], complaints: Sequence[str], now: datetime) -> HealthPage:
    """Write the page atomically, replacing the earlier one; `complaints` are the problems of portal files."""
    with replacing(home.portal_health_file) as temporary:
        temporary.write_text(as_html(rows, complaints, now), encoding="utf-8")
    return HealthPage(home.portal_health_file, len(rows), as_markdown(rows, complaints))


def as_html(rows: Sequence[PortalRow], complaints: Sequence[str], now: datetime) -> str:
    """Return the page as HTML without external resources."""
    page = _ENVIRONMENT.get_template("portal_health.html.j2")
    return page.render(
        rows=rows, complaints=complaints, letters=LETTERS, now=hanoi_minute(now), hanoi_minute=hanoi_minute
    )


def as_markdown(rows: Sequence[PortalRow], complaints: Sequence[str]) -> str:
    """Return the page's problems and table as Markdown, for the Dagster UI."""
    names = ("portal", "30 days", "articles", "title/date/body", "last healthy crawl", "silent days")
    legend = ", ".join(f"{letter} {verdict}" for verdict, letter in LETTERS.items())
    cells = [
        (
            markdown.Link(row.health.slug, row.health.base_url),
            row.strip,
            row.articles_new,
            row.coverage,
            row.health.last_healthy_at,
            row.silent_days,
        )
        for row in rows
    ]
    problems = "".join(f"{markdown.cell(f'invalid: {complaint}')}\n\n" for complaint in complaints)
    return f"{problems}{markdown.table(names, cells)}\n\n{markdown.cell(legend)}"
