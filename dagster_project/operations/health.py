"""The page of all portals' health: one self-contained HTML file, and the same in Markdown for the Dagster UI.

From what was found to text, and the file that holds it. Names, reasons and addresses are hostile: Jinja2 escapes them
in HTML, and `dagster_project.operations.markdown` elsewhere. Not here: what is found (`warehouse.tables.health`,
`warehouse.tables.staleness`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from dagster_project.operations import markdown
from warehouse.clock import HANOI_TIME
from warehouse.durable import replacing
from warehouse.home import Home
from warehouse.tables.health import PortalHealth
from warehouse.tables.staleness import Silence

# A letter beside each colour, for those who do not see the colours apart and for Markdown.
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
    """One portal of the page."""

    health: PortalHealth
    silence: Silence | None

    @property
    def strip(self) -> str:
        """The days' verdicts, one letter each, the oldest first."""
        return "".join(LETTERS[day.verdict] for day in self.health.days)

    @property
    def articles_new(self) -> int:
        """Articles that were first captured in the days shown."""
        return sum(day.articles_new for day in self.health.days)

    @property
    def articles_max(self) -> int:
        """Articles of the day that had most; at least one."""
        return max(1, *(day.articles_new for day in self.health.days))

    @property
    def url(self) -> str | None:
        """The portal's address, where it is one that a browser may be sent to."""
        return self.health.base_url if self.health.base_url.startswith(("http://", "https://")) else None


@dataclass(frozen=True, slots=True)
class HealthPage:
    """The page of all portals' health.

    Attributes:
        path: the HTML file.
        portals: how many are on it.
        markdown: the same as a table.
    """

    path: Path
    portals: int
    markdown: str


def write_page(home: Home, rows: Sequence[PortalRow], now: datetime) -> HealthPage:
    """Write the page, in the place of the one before."""
    with replacing(home.portal_health_file) as temporary:
        temporary.write_text(as_html(rows, now), encoding="utf-8")
    return HealthPage(home.portal_health_file, len(rows), as_markdown(rows))


def rows_of(health: Sequence[PortalHealth], silences: Mapping[str, Silence]) -> list[PortalRow]:
    """Return the page's rows, in the order of `health`."""
    return [PortalRow(portal, silences.get(portal.slug)) for portal in health]


def as_html(rows: Sequence[PortalRow], now: datetime) -> str:
    """Return the page; it needs nothing but itself."""
    page = _ENVIRONMENT.get_template("portal_health.html.j2")
    return page.render(rows=rows, letters=LETTERS, now=_spelled(now), spelled=_spelled)


def as_markdown(rows: Sequence[PortalRow]) -> str:
    """Return the table that the Dagster UI shows."""
    names = ("portal", "30 days", "articles", "title/date/body", "last healthy look", "silent days")
    legend = ", ".join(f"{letter} {verdict}" for verdict, letter in LETTERS.items())
    cells = [
        (
            markdown.Link(row.health.slug, row.health.base_url),
            row.strip,
            row.articles_new,
            _shares(row.health),
            row.health.last_healthy_at,
            _silent(row.silence),
        )
        for row in rows
    ]
    return f"{markdown.table(names, cells)}\n\n{markdown.cell(legend)}"


def _shares(health: PortalHealth) -> str:
    found = health.coverage
    return f"{found.title:.0%} / {found.date:.0%} / {found.body:.0%}" if found else "none"


def _silent(silence: Silence | None) -> str:
    if silence is None:
        return "not judged"
    days = "always" if silence.silent_for is None else str(silence.silent_for.days)
    return f"{days} of {silence.days_max}{', too long' if silence.is_too_long else ''}"


def _spelled(moment: datetime | None) -> str:
    return f"{moment.astimezone(HANOI_TIME):%Y-%m-%d %H:%M}" if moment else "never"
