"""The present state of portals and shares: what is wrong, since when, and where the runbook is.

Belongs here: putting together crawl reports, findings and portal files. All of them are files in the home, so the state
is known while the warehouse is in use, and without Dagster.
Does not belong here: showing states (commands, checks, pages, metrics), and which alert is due
(`dagster_project.operations.alerting.alerts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from dagster_project.corpus import Corpus
from dagster_project.operations import findings
from dagster_project.operations.findings import Finding, UnreadableFindingsError
from spiders.portal import Portal, PortalError
from warehouse.archive.index.reports import crawl_reports
from warehouse.home import Home
from warehouse.records import HEALTHY_VERDICTS, REGULAR_KINDS, CrawlReport

Standing: TypeAlias = Literal["red", "never_crawled", "well", "inactive"]
STANDINGS: Final[tuple[Standing, ...]] = ("red", "never_crawled", "well", "inactive")
"""The standings of portals, in the order in which they are shown."""

WillBeRetried: TypeAlias = Callable[[CrawlReport], bool]
"""Returns whether the run may still retry the reported crawl, so that its verdict is not final."""

PORTAL_FILE: Final = "portal_file"

SECTIONS: Final[Mapping[str, str]] = {
    PORTAL_FILE: "a-portal-file-is-invalid",
    findings.VERDICT: "a-portal-is-red",
    findings.EXTRACTION: "a-portal-is-read-worse-than-usual",
    findings.SILENCE: "a-portal-is-silent",
    findings.SHARES: "a-share-is-not-as-usual",
}
"""The sections of `docs/operate.md` that say what to do, as anchors, by check."""

# Words of a verdict's reason that have a section of their own.
_SECTIONS_BY_WORDS: Final = (
    ("gone at once", "many-articles-are-gone-at-once"),
    ("must stay free", "the-disk-is-full"),
    ("No space left on device", "the-disk-is-full"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a portal, or with a share.

    Attributes:
        check: what found it: `portal_file`, `verdict`, `extraction`, `silence` or `shares`.
        reason: what is wrong; it may quote the portal, so it is untrusted.
        since: when it began, as far as that is known, with a time zone.
        section: anchor of the section of `docs/operate.md` that says what to do.
    """

    check: str
    reason: str
    since: datetime | None
    section: str

    def __str__(self) -> str:
        return f"{self.reason} (docs/operate.md#{self.section})"


@dataclass(frozen=True, slots=True)
class PortalState:
    """The present state of one portal.

    Attributes:
        definition: its definition; if its file is invalid, the newest one in the archive, or None.
        is_active: whether schedules crawl it today.
        last: report of the last regular crawl; None if there is none.
        last_healthy: report of the last regular crawl that was healthy; None if there is none.
        last_run: the Dagster run or command that last crawled it, with or without a report; None if not known.
        problems: what is wrong, the most urgent first. An inactive portal is judged by its file alone: nobody can mend
            a portal that has ended.
    """

    slug: str
    definition: Portal | None
    is_active: bool
    last: CrawlReport | None
    last_healthy: CrawlReport | None
    last_run: str | None
    problems: tuple[Problem, ...]

    @property
    def name(self) -> str:
        """The portal's name in Vietnamese; its slug if no definition is known."""
        return self.definition.name if self.definition else self.slug

    @property
    def standing(self) -> Standing:
        """The state in one word: a portal with a problem is red, also an inactive one with an invalid file."""
        if self.problems:
            return "red"
        if not self.is_active:
            return "inactive"
        return "well" if self.last else "never_crawled"

    @property
    def verdict(self) -> str | None:
        """The verdict of the last regular crawl; None if there is none."""
        return self.last.verdict if self.last else None

    @property
    def bad_crawl(self) -> Problem | None:
        """The problem of the last regular crawl; None if it was healthy, or if there is none."""
        return next((problem for problem in self.problems if problem.check == findings.VERDICT), None)

    @property
    def since(self) -> datetime | None:
        """Since when the portal is red; None if it is not, or if that is not known."""
        return min((problem.since for problem in self.problems if problem.since), default=None)


@dataclass(frozen=True, slots=True)
class CorpusState:
    """The present state of portals, and of shares of the newest day's articles.

    Attributes:
        portals: red ones first, then by slug.
        shares: the last finding on each share that could be judged, by its name.
        unreadable: findings that could not be read, by check.
    """

    portals: tuple[PortalState, ...]
    shares: Mapping[str, Finding]
    unreadable: Mapping[str, UnreadableFindingsError]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with shares; it may quote portals, so it is untrusted."""
        return tuple(
            Problem(findings.SHARES, finding.reason, finding.since, SECTIONS[findings.SHARES])
            for finding in self.shares.values()
            if finding.reason is not None
        )

    def portal(self, slug: str) -> PortalState | None:
        """Return the state of a portal; None if there is no such portal."""
        return next((state for state in self.portals if state.slug == slug), None)


def corpus_state(
    corpus: Corpus, slugs: Iterable[str], will_be_retried: WillBeRetried = lambda _report: False
) -> CorpusState:
    """Return the present state of portals; crawls that will be retried do not count.

    `slugs`: those of the portals; the archive may hold crawls of portals that are defined no more.
    """
    judged: dict[str, Mapping[str, Finding]] = {}
    unreadable: dict[str, UnreadableFindingsError] = {}
    for check in (findings.EXTRACTION, findings.SILENCE, findings.SHARES):
        try:
            judged[check] = findings.recorded(corpus.home, check)
        except UnreadableFindingsError as error:
            unreadable[check] = error
    shares = judged.pop(findings.SHARES, {})
    found = [_portal_state(corpus, slug, judged, will_be_retried) for slug in slugs]
    found.sort(key=lambda state: (STANDINGS.index(state.standing), state.slug))
    return CorpusState(tuple(found), shares, unreadable)


def _portal_state(
    corpus: Corpus, slug: str, judged: Mapping[str, Mapping[str, Finding]], will_be_retried: WillBeRetried
) -> PortalState:
    definition = corpus.definitions.get(slug)
    last, last_healthy, bad_since = _crawls(corpus.home, slug, will_be_retried)
    last_run = last.run_id if last else None
    problems: list[Problem] = []
    try:
        corpus.portal(slug)
    except PortalError as error:  # its file is invalid, or was deleted since the code location was loaded
        problems.append(Problem(PORTAL_FILE, str(error), None, SECTIONS[PORTAL_FILE]))
    is_active = definition is not None and definition.is_active(corpus.today)
    if definition is not None and not is_active:
        return PortalState(slug, definition, is_active, last, last_healthy, last_run, tuple(problems))
    failure = findings.recorded_failure(corpus.home, slug)
    if failure is not None and failure.reason and (last is None or failure.at > last.ended_at):
        last_run = failure.run_id
        since = bad_since or failure.since or failure.at
        problems.append(Problem(findings.VERDICT, failure.reason, since, _section(failure.reason)))
    elif last is not None and last.verdict not in HEALTHY_VERDICTS:
        reason = f"{last.verdict}: {last.verdict_reason}"
        problems.append(Problem(findings.VERDICT, reason, bad_since, _section(reason)))
    for check, by_portal in judged.items():
        finding = by_portal.get(slug)
        if finding is not None and finding.reason is not None:
            problems.append(Problem(check, finding.reason, finding.since, SECTIONS[check]))
    return PortalState(slug, definition, is_active, last, last_healthy, last_run, tuple(problems))


def _crawls(
    home: Home, slug: str, will_be_retried: WillBeRetried
) -> tuple[CrawlReport | None, CrawlReport | None, datetime | None]:
    """Return the last regular crawl, the last healthy one, and since when none was healthy."""
    last, bad_since = None, None
    for report in crawl_reports(home, slug):
        if report.kind not in REGULAR_KINDS or (last is None and will_be_retried(report)):
            continue
        last = last or report
        if report.verdict in HEALTHY_VERDICTS:
            return last, report, bad_since
        bad_since = report.ended_at
    return last, None, bad_since


def _section(reason: str) -> str:
    """Return the section of the runbook for a bad crawl."""
    return next((section for words, section in _SECTIONS_BY_WORDS if words in reason), SECTIONS[findings.VERDICT])
