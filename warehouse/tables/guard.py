"""The guard decides whether a new release may replace the last one.

The archive only grows, so if the corpus shrinks, a file was lost, a portal changed its templates, or the extractor no
longer finds a field. An operator who intends the change overrides the limit by its name.
Belongs here: pure functions that compare the figures of two releases, the limits with their reasons, and the error.
Does not belong here: measuring the figures and publishing (`warehouse.tables.publish`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from warehouse.corpus.release import FIELDS, PortalFigures
from warehouse.errors import WarehouseError

ARTICLES_FALL_MAX = 0.01
"""Share of all articles that may be lost: a fix may remove a few lists that were taken for articles, never 1 %."""

PORTAL_ARTICLES_FALL_MAX = 0.10
"""The same for one portal; higher, because index pages of sections can be a large part of a small portal."""

PORTAL_ARTICLES_FALL_FREE = 2
"""Number of articles that a portal of any size may lose: of ten articles, two are 20 %."""

CAPTURES_FALL_MAX = 0.0
"""No capture may be lost: captures are the rows of the archive's index, and the archive never loses records."""

COVERAGE_FALL_MAX = 0.05
"""Largest allowed fall of a field's coverage (0.05: five points), over the portals in the last release. A day of
notices without byline and lead changes a young corpus by two or three points, a template without byline by more."""

PORTAL_COVERAGE_FALL_MAX = 0.20
"""The same for one portal, where one day's articles count for more; finds one broken template among thirty."""

PORTAL_COVERAGE_ARTICLES_MIN = 20
"""Minimum articles of a portal in the last release for comparing its coverage; a share of fewer says nothing."""

REVISIONS_RISE_MAX = 0.10
"""Largest allowed rise in revisions per article. Portals edit less than this between two releases; a view counter or
token that gets into the text makes every new capture a revision."""

REVISIONS_RISE_FREE = 10
"""Number of new revisions that a corpus of any size may have."""

NAMES = frozenset({"articles", "portals", "captures", "revisions", *(f"coverage.{field}" for field in FIELDS)})
"""The names of the limits, for overrides."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One figure that exceeds its limit.

    Attributes:
        name: one of `NAMES`, which an override must give.
        what: a description of the figure.
        old: its value in the last release.
        new: its value in the new release.
        limit: a description of the limit.
    """

    name: str
    what: str
    old: str
    new: str
    limit: str

    def __str__(self) -> str:
        return f"{self.what}: {self.old} before, {self.new} now; {self.limit} (override: {self.name})"


class GuardError(WarehouseError):
    """The new release is not published; the last one is kept.

    Attributes:
        violations: every figure that exceeds its limit and is not overridden.
    """

    def __init__(self, message: str, violations: tuple[Violation, ...]) -> None:
        super().__init__(message)
        self.violations = violations


def violations(
    old_portals: Mapping[str, PortalFigures],
    new_portals: Mapping[str, PortalFigures],
    old_captures: int,
    new_captures: int,
    joined: Mapping[str, int],
) -> tuple[Violation, ...]:
    """Return every figure of the new release that exceeds its limit.

    New portals do not count in coverage and revisions, since their pages differ from those of other portals. `joined`
    is the number of articles of the last release, by portal, that are now one with another article, or are from crawls
    that were set aside since: they are not lost.
    """
    known = {slug: figures for slug, figures in new_portals.items() if slug in old_portals}
    lost = sorted(old_portals.keys() - known.keys())
    found = [
        *_fall(
            "articles",
            "articles",
            _sum(old_portals).articles - sum(joined.values()),
            _sum(new_portals).articles,
            ARTICLES_FALL_MAX,
        ),
        *_fall("captures", "captures", old_captures, new_captures, CAPTURES_FALL_MAX),
        *_revisions_rise(_sum(old_portals), _sum(known)),
        *_coverage("all portals", _sum(old_portals), _sum(known), COVERAGE_FALL_MAX),
    ]
    if lost:
        what = f"portals with articles ({', '.join(lost)} gone)"
        found.append(Violation("portals", what, str(len(old_portals)), str(len(known)), "none may go"))
    for slug, new in known.items():
        old = old_portals[slug]
        before = old.articles - joined.get(slug, 0)
        if before - new.articles > PORTAL_ARTICLES_FALL_FREE:
            found += _fall("articles", f"articles of {slug}", before, new.articles, PORTAL_ARTICLES_FALL_MAX)
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


def _revisions_rise(old: PortalFigures, new: PortalFigures) -> Iterator[Violation]:
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
