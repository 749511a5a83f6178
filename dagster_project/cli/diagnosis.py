"""The commands `status`, `doctor` and `check`: how a home, an installation and what is stored are.

Does not belong here: finding it out (`dagster_project.diagnosis`, `dagster_project.operations.states`,
`dagster_project.check`).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from dagster_project.cli.input.portals import check_known, complete_known
from dagster_project.cli.output.console import EXIT_INCOMPLETE, AsJson, print_json, progress
from dagster_project.cli.output.stopping import stoppable
from dagster_project.cli.output.tables import print_table
from dagster_project.corpus import Corpus
from dagster_project.diagnosis.diagnoses import FAIL
from dagster_project.diagnosis.doctor import examine
from dagster_project.diagnosis.status import Status, status_of
from dagster_project.operations.links import runbook_url
from dagster_project.operations.plain_text import hanoi_minute, printable
from dagster_project.operations.states import PortalState
from warehouse.archive.upkeep.space import size_text
from warehouse.home import Home
from warehouse.records import CrawlReport

_WORDS = {"red": "red", "never_crawled": "never crawled", "well": "well", "inactive": "inactive"}


def status(
    portals: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PORTAL]...", help="slugs; default: all defined portals", autocompletion=complete_known
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the home, its releases, what runs, and every portal, red ones first."""
    corpus = Corpus.open(Home.from_environment())
    check_known(corpus, portals or ())
    found = status_of(corpus, list(dict.fromkeys(portals or corpus.slugs)))
    if as_json:
        print_json(_as_json(found))
    else:
        _print_status(found)
    raise typer.Exit(0 if found.is_well else EXIT_INCOMPLETE)


def check(as_json: AsJson = False) -> None:
    """Read every derived file, the warehouse and the release, and test all rows; change nothing."""
    from dagster_project.check import check_everything

    corpus = Corpus.open(Home.from_environment())
    with stoppable("the check", lambda: "Nothing was changed."):
        checked = check_everything(corpus, progress)
    if as_json:
        print_json(asdict(checked))
    else:
        for message in (*checked.damaged, *checked.failed, *checked.warnings):
            print(message)
        print(
            f"{len(checked.damaged)} damaged files, {checked.tests} tests: {len(checked.failed)} failed, "
            f"{len(checked.warnings)} warned"
        )
        if not checked.is_good:
            print(f"{checked.way_out}.")
    raise typer.Exit(0 if checked.is_good else EXIT_INCOMPLETE)


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="connect to no host of a portal")] = False,
    as_json: AsJson = False,
) -> None:
    """Examine installation, home, settings and network; say what is wrong, and what to do."""
    found = []
    for diagnosis in examine(Corpus.open(Home.from_environment()), offline=offline):
        found.append(diagnosis)
        if as_json:
            print_json(diagnosis)
        else:
            print(f"{diagnosis.level:<4}  {diagnosis.topic}: {printable(diagnosis.found)}")
            if diagnosis.way_out:
                print(f"      -> {printable(diagnosis.way_out)}")
    raise typer.Exit(EXIT_INCOMPLETE if any(diagnosis.level == FAIL for diagnosis in found) else 0)


def _print_status(found: Status) -> None:
    demo = "" if found.demo_day is None else f", a demo home on day {found.demo_day} of the test portals"
    print(f"home: {found.home}{demo}")
    must = "" if found.free_bytes_min is None else f", {size_text(found.free_bytes_min)} must stay free"
    print(f"disk: {size_text(found.free_bytes)} free{must}{': NOT ENOUGH' if found.is_space_short else ''}")
    if found.release:
        articles = found.release.counts.get("fct_articles", 0)
        print(f"published: {found.release.release_id}, {hanoi_minute(found.release.built_at)}, {articles} articles")
    else:
        print("published: none")
    print(f"kept releases: {found.kept_releases}, {size_text(found.kept_bytes)}")
    print(f"last build: {hanoi_minute(found.built_at) if found.built_at else 'none'}")
    for line in _running(found):
        print(f"running: {printable(line)}")
    for problem in found.problems:
        print(f"PROBLEM: {printable(problem)}")
    print()
    print_table(
        ["portal", "standing", "verdict", "since", "last healthy", "what is wrong", "what to do"],
        [row for state in found.portals for row in _rows(state)],
    )


def _running(found: Status) -> list[str]:
    running = [f"crawl, import or recovery of {slug}" for slug in found.being_crawled]
    if found.warehouse_holder:
        holder = found.warehouse_holder
        running.append(f"{holder.purpose}, process {holder.pid} on {holder.host}, since {hanoi_minute(holder.since)}")
    if found.dev:
        running.append(f"hanoi-corpus dev, {found.dev}")
    return running


def _rows(state: PortalState) -> list[list[str]]:
    """Return a row for each problem of a portal, or the one of a portal without problems."""
    healthy = hanoi_minute(state.last_healthy.ended_at) if state.last_healthy else "never"
    about = [state.slug, _WORDS[state.standing], state.verdict or ""]
    if not state.problems:
        return [[*about, "", healthy, "", ""]]
    return [
        [
            *about,
            hanoi_minute(problem.since) if problem.since else "",
            healthy,
            problem.reason,
            f"docs/operate.md#{problem.section}",
        ]
        for problem in state.problems
    ]


def _as_json(found: Status) -> dict[str, Any]:
    release, holder = found.release, found.warehouse_holder
    return {
        "is_well": found.is_well,
        "home": str(found.home),
        "demo_day": found.demo_day,
        "free_bytes": found.free_bytes,
        "free_bytes_min": found.free_bytes_min,
        "release": release
        and {"release_id": release.release_id, "built_at": release.built_at, "rows": dict(release.counts)},
        "kept_releases": found.kept_releases,
        "kept_bytes": found.kept_bytes,
        "built_at": found.built_at,
        "warehouse_holder": holder,
        "dev": found.dev,
        "being_crawled": found.being_crawled,
        "problems": found.problems,
        "portals": [_portal_as_json(state) for state in found.portals],
    }


def _portal_as_json(state: PortalState) -> dict[str, Any]:
    return {
        "slug": state.slug,
        "name": state.name,
        "standing": state.standing,
        "is_active": state.is_active,
        "verdict": state.verdict,
        "since": state.since,
        "last_crawl_at": _ended_at(state.last),
        "last_healthy_at": _ended_at(state.last_healthy),
        "problems": [
            {
                "check": problem.check,
                "reason": problem.reason,
                "since": problem.since,
                "section": problem.section,
                "runbook": runbook_url(problem.section),
            }
            for problem in state.problems
        ],
    }


def _ended_at(report: CrawlReport | None) -> Any:
    return report.ended_at if report else None
