"""Dagster metadata of a crawl and of a portal's present state.

The figures of a crawl are numbers that Dagster plots over time, few and telling. The present state is in the result of
the check `verdict` alone: Dagster's pages show a materialization's metadata as the asset's own, and it is that of the
last healthy crawl, long after the portal turned red.
Does not belong here: the assets (`dagster_project.defs.captures`), and the state (`dagster_project.operations.states`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import dagster as dg

from dagster_project.corpus import Corpus
from dagster_project.defs.vocabulary import captures_key
from dagster_project.operations import links, markdown
from dagster_project.operations.baselines import COUNTS, usual_ranges
from dagster_project.operations.findings import VERDICT
from dagster_project.operations.plain_text import hanoi_minute
from dagster_project.operations.preview import newest_table
from dagster_project.operations.states import PORTAL_FILE, PortalState, Problem
from spiders.extract.newest import newest_articles
from warehouse.archive.index.reports import crawl_reports
from warehouse.home import Home
from warehouse.records import HEALTHY_VERDICTS, CrawlReport

Metadata = Mapping[str, dg.MetadataValue]

_NEWEST = 10
# Characters of a reason in a table: one of a failed process quotes its last lines of output.
_REASON_MAX = 1_000
# The problems that keep a portal from being crawled well: the check `verdict` shows all problems, and fails for these.
_FAILS_VERDICT = (PORTAL_FILE, VERDICT)


def crawl_figures(report: CrawlReport) -> Metadata:
    """Return the figures of a crawl that Dagster plots; `share_read` only if articles were captured."""
    figures: dict[str, dg.MetadataValue] = {
        "articles_new": dg.MetadataValue.int(report.articles_new),
        "list_rows": dg.MetadataValue.int(report.list_rows_seen),
        "requests": dg.MetadataValue.int(report.requests),
    }
    if report.articles_captured:
        figures["share_read"] = dg.MetadataValue.float(report.articles_recognised / report.articles_captured)
    return figures


def crawl_metadata(home: Home, report: CrawlReport) -> Metadata:
    """Return the metadata of one crawl: its figures, and the rest as one table."""
    usual = usual_ranges(report, crawl_reports(home, report.portal))
    counts = {**{count: getattr(report, count) for count in COUNTS}, "refetches": report.requests_for.get("refetch", 0)}
    rows: list[tuple[str, object, str]] = [("ended", report.ended_at, ""), ("kind", report.kind, "")]
    rows += [(name, count, _as_range(usual.get(name))) for name, count in counts.items()]
    rows += [
        ("errors", [f"{kind} {count}" for kind, count in report.errors.items()], ""),
        ("duration", f"{(report.ended_at - report.started_at).total_seconds():.0f} s", ""),
        ("WARC file", str(home.warc / report.warc_file), ""),
    ]
    return {
        **crawl_figures(report),
        "crawl": dg.MetadataValue.md(markdown.table(("of this crawl", "", "usual"), rows, _REASON_MAX)),
    }


def outcome_metadata(report: CrawlReport) -> dict[str, dg.MetadataValue]:
    """Return what a chunk of a backfill shows of its crawl: verdict, reason, errors, duration."""
    return {
        "verdict": dg.MetadataValue.text(report.verdict),
        "reason": dg.MetadataValue.text(report.verdict_reason),
        "errors": dg.MetadataValue.json(dict(report.errors)),
        "duration_seconds": dg.MetadataValue.float((report.ended_at - report.started_at).total_seconds()),
    }


def crawls_metadata(reports: Sequence[CrawlReport]) -> dict[str, dg.MetadataValue]:
    """Return the metadata of all crawls of one run."""
    rows = [(r.portal, r.verdict, r.captures, r.articles_new, r.verdict_reason) for r in reports]
    return {
        "portals": dg.MetadataValue.int(len(reports)),
        "captures": dg.MetadataValue.int(sum(report.captures for report in reports)),
        "articles_new": dg.MetadataValue.int(sum(report.articles_new for report in reports)),
        "verdicts": dg.MetadataValue.md(markdown.table(("portal", "verdict", "captures", "new", "reason"), rows)),
    }


def bad_reason(state: PortalState) -> str | None:
    """Return why the portal's last crawl was not well, or could not be; None if it was or none was.

    A portal that is no longer active is not red for it: nobody can mend it.
    """
    if problem := _problem(state):
        return problem.reason
    if state.last is None or state.last.verdict in HEALTHY_VERDICTS:
        return None
    return f"{state.last.verdict}: {state.last.verdict_reason}"


def _problem(state: PortalState) -> Problem | None:
    return next((problem for problem in state.problems if problem.check in _FAILS_VERDICT), None)


def verdict_evaluation(corpus: Corpus, state: PortalState) -> dg.AssetCheckEvaluation:
    """Return the result of a portal's check `verdict`: its present state, and what to do.

    A portal that was never crawled cannot be judged: it warns, as does one that is no longer active.
    """
    problem = _problem(state)
    return dg.AssetCheckEvaluation(
        asset_key=captures_key(state.slug),
        check_name=VERDICT,
        passed=bad_reason(state) is None and state.last is not None,
        severity=dg.AssetCheckSeverity.ERROR if problem else dg.AssetCheckSeverity.WARN,
        description=_in_words(state, problem),
        metadata=_state_metadata(corpus, state, problem),
    )


def _in_words(state: PortalState, problem: Problem | None) -> str:
    healthy = f"last healthy crawl {_at(state.last_healthy.ended_at)}" if state.last_healthy else "never well"
    if problem is not None:
        since = f"Since {_at(problem.since)}, {healthy}." if problem.since else f"{healthy.capitalize()}."
        return f"{problem.reason.rstrip('.')}. {since} What to do: {links.runbook_url(problem.section)}"
    if state.last is None:
        return "not judged: the portal was not crawled yet"
    return f"{state.last.verdict}: {state.last.verdict_reason.rstrip('.')}. Crawled {_at(state.last.ended_at)}."


def _at(moment: datetime) -> str:
    return f"{hanoi_minute(moment)} in Hanoi"


def _state_metadata(corpus: Corpus, state: PortalState, problem: Problem | None) -> Metadata:
    rows: list[tuple[str, object]] = [("state", state.standing.replace("_", " ")), ("verdict", state.verdict)]
    for found in state.problems:
        rows.append((found.check, found.reason))
        rows.append(("since", found.since or "not known"))
        rows.append(("what to do", markdown.Link(found.section, links.runbook_url(found.section))))
    rows += [
        ("last crawl", state.last.ended_at if state.last else "none"),
        ("last healthy crawl", state.last_healthy.ended_at if state.last_healthy else "none"),
    ]
    metadata: dict[str, dg.MetadataValue] = {
        "present_state": dg.MetadataValue.md(markdown.table(("portal", markdown.cell(state.slug)), rows, _REASON_MAX)),
        "page": dg.MetadataValue.url(links.portal_url(state.slug)),
    }
    if problem is not None:
        metadata["what_to_do"] = dg.MetadataValue.url(links.runbook_url(problem.section))
    if state.definition is not None:
        newest = newest_articles(corpus.home, state.definition, _NEWEST)
        metadata["newest_articles"] = dg.MetadataValue.md(newest_table(newest))
        metadata["site"] = dg.MetadataValue.url(state.definition.base_url)
    return metadata


def _as_range(usual: tuple[float, float] | None) -> str:
    return f"{usual[0]:g} to {usual[1]:g}" if usual else ""
