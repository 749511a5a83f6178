"""The guard: whether a new release may take the last one's place.

Here: the figures by which two releases are compared, the limits with their reasons, and the error that lists what
fell. Pure functions of figures. Not here: measuring and publishing (`warehouse.tables.publish`).

The archive only grows, so a corpus that shrinks is a sign: of a lost file, of a portal that answered with a new theme,
of an extractor that stopped seeing something. Whoever means it says so by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from warehouse.corpus.release import FIELDS, PortalFigures
from warehouse.errors import WarehouseError

ARTICLES_FALL_MAX = 0.01
"""Share of all articles that may go: a parser fix unmasks a few lists taken for articles, never one in a hundred."""

PORTAL_ARTICLES_FALL_MAX = 0.10
"""The same for one portal, wider: one section's index pages can be much of a small portal."""

PORTAL_ARTICLES_FALL_FREE = 2
"""Articles that a portal may lose whatever its size: with ten articles, two are 20 %."""

CAPTURES_FALL_MAX = 0.0
"""No capture may go: captures are the archive's index, and the archive is never altered."""

COVERAGE_FALL_MAX = 0.05
"""Points that a field's coverage may fall, over the portals that the last release has: a day of notices without
byline and lead moves a young corpus by two or three; a template that lost its byline, by far more."""

PORTAL_COVERAGE_FALL_MAX = 0.20
"""The same for one portal, where one day's articles weigh more; finds the one broken template among thirty."""

PORTAL_COVERAGE_ARTICLES_MIN = 20
"""Portals with fewer articles in the last release are not judged by coverage: a share of so few says nothing."""

REVISIONS_RISE_MAX = 0.10
"""Revisions per article that may come on: portals edit less than that between two releases, and a view counter or
token that leaks into the text makes one of every recapture."""

REVISIONS_RISE_FREE = 10
"""New revisions of old articles that are no leap in a corpus of any size."""

NAMES = frozenset({"articles", "portals", "captures", "revisions", *(f"coverage.{field}" for field in FIELDS)})
"""What an override may name."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One figure that crosses its limit.

    Attributes:
        name: of `NAMES`; what an override must name.
        what: the figure, in words.
        old: its value in the last release.
        new: its value in the new one.
        limit: what would have passed, in words.
    """

    name: str
    what: str
    old: str
    new: str
    limit: str

    def __str__(self) -> str:
        return f"{self.what}: {self.old} before, {self.new} now; {self.limit} (override: {self.name})"


class GuardError(WarehouseError):
    """The new release is not published; the last one stays.

    Attributes:
        violations: every figure that crosses its limit and is not overridden.
    """

    def __init__(self, message: str, violations: tuple[Violation, ...]) -> None:
        super().__init__(message)
        self.violations = violations


def violations(
    old_portals: Mapping[str, PortalFigures],
    new_portals: Mapping[str, PortalFigures],
    old_captures: int,
    new_captures: int,
) -> tuple[Violation, ...]:
    """Return every figure by which the new release falls short of the last one.

    Portals that are new do not count in coverage and revisions: their habits differ, and adding one is no fault.
    """
    known = {slug: figures for slug, figures in new_portals.items() if slug in old_portals}
    lost = sorted(old_portals.keys() - known.keys())
    found = [
        *_fall("articles", "articles", _sum(old_portals).articles, _sum(new_portals).articles, ARTICLES_FALL_MAX),
        *_fall("captures", "captures", old_captures, new_captures, CAPTURES_FALL_MAX),
        *_leap(_sum(old_portals), _sum(known)),
        *_coverage("all portals", _sum(old_portals), _sum(known), COVERAGE_FALL_MAX),
    ]
    if lost:
        what = f"portals with articles ({', '.join(lost)} gone)"
        found.append(Violation("portals", what, str(len(old_portals)), str(len(known)), "none may go"))
    for slug, new in known.items():
        old = old_portals[slug]
        if old.articles - new.articles > PORTAL_ARTICLES_FALL_FREE:
            found += _fall("articles", f"articles of {slug}", old.articles, new.articles, PORTAL_ARTICLES_FALL_MAX)
        if old.articles >= PORTAL_COVERAGE_ARTICLES_MIN:
            found += _coverage(slug, old, new, PORTAL_COVERAGE_FALL_MAX)
    return tuple(found)


def _sum(portals: Mapping[str, PortalFigures]) -> PortalFigures:
    return PortalFigures(
        articles=sum(portal.articles for portal in portals.values()),
        revisions=sum(portal.revisions for portal in portals.values()),
        filled={field: sum(portal.filled[field] for portal in portals.values()) for field in FIELDS},
    )


def _fall(name: str, what: str, old: int, new: int, limit: float) -> Iterator[Violation]:
    if old - new > old * limit:
        yield Violation(name, what, str(old), str(new), f"at most {limit:.0%} may go" if limit else "none may go")


def _leap(old: PortalFigures, new: PortalFigures) -> Iterator[Violation]:
    if not old.articles or not new.articles:
        return
    before, now = old.revisions / old.articles, new.revisions / new.articles
    edits = (new.revisions - new.articles) - (old.revisions - old.articles)
    if now - before > REVISIONS_RISE_MAX and edits > REVISIONS_RISE_FREE:
        limit = f"it may rise by {REVISIONS_RISE_MAX:g} at most"
        yield Violation("revisions", "revisions per article", f"{before:.2f}", f"{now:.2f}", limit)


def _coverage(where: str, old: PortalFigures, new: PortalFigures, limit: float) -> Iterator[Violation]:
    if not old.articles or not new.articles:
        return
    for field in FIELDS:
        before, now = old.filled[field] / old.articles, new.filled[field] / new.articles
        if before - now > limit:
            yield Violation(
                f"coverage.{field}",
                f"articles with {field}, {where}",
                f"{before:.1%}",
                f"{now:.1%}",
                f"at most {limit:.0%} of the articles may lose it",
            )
