"""The commands that make the corpus: `crawl`, `build` and `run`.

Does not belong here: the stages' work (`dagster_project.pipeline`), and crawls (`dagster_project.crawls`).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dagster_project.cli.input.portals import ActiveByDefault
from dagster_project.cli.output.console import (
    EXIT_BAD_INPUT,
    EXIT_INCOMPLETE,
    AllowPrivate,
    AsJson,
    fail,
    json_default,
    new_run_id,
    print_json,
    progress,
)
from dagster_project.cli.output.stopping import stoppable
from dagster_project.cli.output.tables import print_table
from dagster_project.corpus import Corpus
from spiders.portal import PortalError
from warehouse.corpus.release import ReleaseError, read_release
from warehouse.home import Home
from warehouse.records import HEALTHY_VERDICTS
from warehouse.tables.guard import NAMES

# The pipeline and crawls import Scrapy, the extractor and dbt, which takes seconds. Functions import them when they
# begin such work; help, completion and refusals come at once.
if TYPE_CHECKING:
    from dagster_project.crawls.process import CrawlOutcome
    from dagster_project.pipeline import BuildOutcome

Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow", help="publish although this figure fell since the last release; name as in the guard's message"
    ),
]

Full = Annotated[
    bool, typer.Option("--full", help="make all rows of all tables anew, not only those that can have changed")
]

_PAGES_KEPT: Final = "Every page that was received is stored; the next crawl continues from there."


def crawl(portals: ActiveByDefault = None, allow_private: AllowPrivate = False, as_json: AsJson = False) -> None:
    """Crawl portals into the archive."""
    if allow_private and not portals:
        fail("--allow-private needs the names of the portals that are servers of your own", EXIT_BAD_INPUT)
    corpus = _corpus().allowing_private() if allow_private else _corpus()
    with stoppable("the crawl", lambda: _PAGES_KEPT):
        outcome = _crawl(corpus, portals or [], new_run_id())
    _print_crawl(outcome, as_json)
    raise typer.Exit(_crawl_status(outcome) or (0 if portals else _files_status(corpus)))


def build(allow: Allow = None, full: Full = False, as_json: AsJson = False) -> None:
    """Build all from the archive, offline: articles, raw tables, marts, the published file."""
    from dagster_project import pipeline

    corpus, allowed = _corpus(), _allowed(allow)
    with stoppable("the build", lambda: _corpus_kept(corpus)):
        outcome = pipeline.build(corpus, new_run_id(), progress, allowed, full)
    _print_build(outcome, as_json)
    raise typer.Exit(_build_status(outcome) or _files_status(corpus))


def run(portals: ActiveByDefault = None, allow: Allow = None) -> None:
    """Crawl, then build; if a portal fails, the articles of the others are still published."""
    from dagster_project import pipeline

    corpus, run_id, allowed = _corpus(), new_run_id(), _allowed(allow)
    with stoppable("the crawl, before the build", lambda: f"{_PAGES_KEPT} {_corpus_kept(corpus)}"):
        crawled = _crawl(corpus, portals or [], run_id)
    _print_crawl(crawled, as_json=False)
    with stoppable("the build, after the crawl", lambda: _corpus_kept(corpus)):
        built = pipeline.build(corpus, run_id, progress, allowed)
    _print_build(built, as_json=False)
    raise typer.Exit(_build_status(built) or _crawl_status(crawled) or _files_status(corpus))


def _corpus_kept(corpus: Corpus) -> str:
    file = corpus.home.corpus_file
    try:
        state = f"{file} is release {read_release(file).release_id}"
    except ReleaseError:
        state = f"{file} does not exist yet" if not file.exists() else f"{file} stays as it was"
    return f"{state}. Stages that were done are kept; `hanoi-corpus build` does the others."


def _allowed(names: list[str] | None) -> frozenset[str]:
    """Return the figures of `--allow`; fail at once if a name is unknown, before minutes of work."""
    if unknown := set(names or ()) - NAMES:
        known = ", ".join(sorted(NAMES))
        fail(f"--allow: no guard is named {', '.join(sorted(unknown))}; there are {known}", EXIT_BAD_INPUT)
    return frozenset(names or ())


def _corpus() -> Corpus:
    return Corpus.open(Home.from_environment())


def _crawl(corpus: Corpus, slugs: list[str], run_id: str) -> CrawlOutcome:
    """Crawl the named portals, or all active ones; one that cannot be crawled takes out only itself."""
    if not slugs:
        for problem in corpus.files.problems:
            progress(problem)
    chosen = list(dict.fromkeys(slugs)) or sorted({*corpus.active_portals(), *corpus.invalid_portals})
    if not chosen:
        fail("no portal is active today; name the portals to crawl", EXIT_BAD_INPUT)
    if refused := _refused(corpus, chosen):
        fail("\n".join(f"not crawled: {reason}" for reason in refused), EXIT_BAD_INPUT)
    from dagster_project.crawls import process

    return process.crawl(corpus, chosen, run_id, progress)


def _refused(corpus: Corpus, chosen: list[str]) -> list[str]:
    """Return why no portal can be crawled; nothing if one can, since the crawl then names the others."""
    reasons = []
    for slug in chosen:
        try:
            corpus.portal(slug)
        except PortalError as error:
            reasons.append(str(error))
        else:
            return []
    return reasons


def _crawl_status(outcome: CrawlOutcome) -> int:
    is_healthy = all(report.verdict in HEALTHY_VERDICTS for report in outcome.reports.values())
    return 0 if is_healthy and not outcome.failures and not outcome.skipped else EXIT_INCOMPLETE


def _files_status(corpus: Corpus) -> int:
    return EXIT_INCOMPLETE if corpus.files.complaints else 0


def _build_status(outcome: BuildOutcome) -> int:
    return EXIT_INCOMPLETE if outcome.damaged or outcome.unloaded or outcome.broken else 0


def _print_crawl(outcome: CrawlOutcome, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(outcome), default=json_default))
        return
    rows = [
        [slug, r.verdict, str(r.captures), str(r.articles_found), str(r.articles_new), r.verdict_reason]
        for slug, r in sorted(outcome.reports.items())
    ]
    rows += [[slug, "none", "", "", "", reason] for slug, reason in sorted(outcome.failures.items())]
    rows += [[slug, "skipped", "", "", "", reason] for slug, reason in sorted(outcome.skipped.items())]
    print_table(["portal", "verdict", "captures", "articles", "new", "reason"], rows)


def _print_build(outcome: BuildOutcome, as_json: bool) -> None:
    release, is_new = outcome.publication.release, outcome.publication.is_new
    if as_json:
        print_json(json_default(release) | {"is_new": is_new, "broken": outcome.broken})
    elif is_new:
        print(f"published {release.path} (release {release.release_id})")
    else:
        print(f"unchanged since release {release.release_id} ({release.path})")
