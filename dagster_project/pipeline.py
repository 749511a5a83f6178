"""The stages in order, as plain functions: what the command line and the Dagster assets both call.

Here: the order, and how each stage is started with the right folders, versions and locks. Each is a function of a
`dagster_project.corpus.Corpus`. Not here: what a stage does (`spiders`, `warehouse`, `dbt_models`), crawl and dbt
processes (`dagster_project.crawls`, `dagster_project.dbt`), what is printed (`dagster_project.cli.main`), and
orchestration (`dagster_project.defs`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.metadata import version

from dagster_project.corpus import Corpus
from dagster_project.crawls import process
from dagster_project.crawls.process import CrawlOutcome
from dagster_project.dbt.project import build_models
from dagster_project.derivation import StagesOf, corpus_stages
from dagster_project.operations import findings, health
from dagster_project.operations.health import HealthPage
from dagster_project.portal_rows import portal_rows
from dagster_project.stage import StageError, Tell
from dagster_project.warehouse_access import using_warehouse
from spiders.extract.version import EXTRACTOR_VERSION
from warehouse.archive.files import warc_files
from warehouse.archive.index.build import IndexedArchive, update_index
from warehouse.corpus.release import Release
from warehouse.executors import LocalProcesses
from warehouse.stages import DamagedInputError, Stage, StageReport, UnitResult, bring_up_to_date
from warehouse.tables.health import portals_health
from warehouse.tables.judgement import Judgement, judgements
from warehouse.tables.load import TableLoad, load
from warehouse.tables.publish import publish
from warehouse.tables.staleness import Silence, silences


@dataclass(frozen=True, slots=True)
class BuildOutcome:
    """What a build did, step by step."""

    index: IndexedArchive
    stages: tuple[StageReport, ...]
    tables: Mapping[str, TableLoad]
    judgements: Mapping[str, Judgement]
    release: Release

    @property
    def damaged(self) -> tuple[DamagedInputError, ...]:
        """Errors of files that could not be read whole; what they hold may be missing from the corpus."""
        return _once((*self.index.damaged, *(error for stage in self.stages for error in stage.damaged)))

    @property
    def broken(self) -> tuple[Judgement, ...]:
        """Judgements of the portals whose pages are read worse than usual."""
        return tuple(judgement for judgement in self.judgements.values() if judgement.breakages)


def crawl(corpus: Corpus, slugs: Sequence[str], run_id: str, tell: Tell) -> CrawlOutcome:
    """Crawl portals side by side, as they are today; `dagster_project.crawls.process.crawl` names its errors."""
    return process.crawl(corpus, slugs, run_id, tell)


def index_archive(corpus: Corpus) -> IndexedArchive:
    """Bring the archive's index up to date."""
    return update_index(corpus.home)


def derive(corpus: Corpus, stage: Stage, tell: Tell) -> StageReport:
    """Bring what a stage makes up to date.

    Raises:
        StageError: a process that worked on it was killed.
        warehouse.stages.DamagedFileError: a derived file cannot be read.
    """

    def on_unit(result: UnitResult) -> None:
        # A crawl's pages take seconds; what is derived from them takes none worth a line.
        if not stage.inputs:
            made = " and ".join(f"{rows} {name.replace('_', ' ')}" for name, rows in result.rows.items())
            tell(f"{stage.name}: {made} of {result.unit.name}")

    try:
        return bring_up_to_date(stage, corpus.home.storage, LocalProcesses(), on_unit)
    except BrokenProcessPool as error:
        raise StageError(
            f"{stage.name}: one of its processes was killed, perhaps for want of memory. What it had made is kept: "
            "run `hanoi-corpus build` again."
        ) from error


def load_raw(corpus: Corpus, stages: Sequence[Stage], tell: Tell) -> dict[str, TableLoad]:
    """Load what is new into the raw tables."""
    with using_warehouse(corpus.home, "load", tell):
        return load(corpus.home, stages, portal_rows(corpus))


def build_marts(corpus: Corpus, tell: Tell) -> None:
    """Run and test every dbt model.

    Raises:
        StageError: a model or a test failed; the message holds dbt's own words.
    """
    with using_warehouse(corpus.home, "dbt build", tell):
        build_models(corpus.home, tell)


def judge_extraction(corpus: Corpus, tell: Tell) -> Mapping[str, Judgement]:
    """Return, by portal, how its newest crawl is read beside what is usual there, and record it.

    The marts are built.
    """
    with using_warehouse(corpus.home, "judgement", tell):
        found = judgements(corpus.home)
        bad = {slug: str(judgement) if judgement.breakages else None for slug, judgement in found.items()}
        findings.record(corpus.home, findings.EXTRACTION, bad, corpus.clock.now())
    return found


def judge_silence(corpus: Corpus, tell: Tell) -> Mapping[str, Silence]:
    """Return how long each portal is silent that still publishes and was ever crawled, and record it.

    The marts are built.
    """
    days_max = {slug: portal.expectations.silence_days_max for slug, portal in corpus.active_portals().items()}
    with using_warehouse(corpus.home, "judgement", tell):
        now = corpus.clock.now()
        found = silences(corpus.home, days_max, now)
        bad = {slug: str(silence) if silence.is_too_long else None for slug, silence in found.items()}
        findings.record(corpus.home, findings.SILENCE, bad, now)
    return found


def write_portal_health(corpus: Corpus, tell: Tell) -> HealthPage:
    """Write the page of all portals' health; the marts are built."""
    now = corpus.clock.now()
    with using_warehouse(corpus.home, "portal health", tell):
        found, silent = portals_health(corpus.home, now), judge_silence(corpus, tell)
    return health.write_page(corpus.home, health.rows_of(found, silent), now)


def publish_corpus(corpus: Corpus, run_id: str, tell: Tell, allow: frozenset[str] = frozenset()) -> Release:
    """Publish the marts as the analysts' file.

    Raises:
        warehouse.tables.publish.GuardError: the marts fall short of the last release; that one stays.
    """
    with using_warehouse(corpus.home, "publish", tell):
        return publish(
            corpus.home,
            run_id=run_id,
            code_version=version("hanoi-corpus"),
            extractor_version=EXTRACTOR_VERSION,
            allow=allow,
        )


def build(
    corpus: Corpus,
    run_id: str,
    tell: Tell,
    allow: frozenset[str] = frozenset(),
    stages_of: StagesOf = corpus_stages,
) -> BuildOutcome:
    """Do everything after the archive: index, stages, raw tables, marts, published file.

    Args:
        corpus: what is built.
        run_id: the run that publishes.
        tell: called with each line of progress.
        allow: figures that may fall against the last release, by the guard's names.
        stages_of: the stages between archive and raw tables.

    Raises:
        StageError: the archive is empty, or a stage could not do its work; each step names its further errors.
    """
    tell("indexing the archive")
    index = index_archive(corpus)
    if not warc_files(corpus.home):
        raise StageError(f"{corpus.home.warc}: there is no crawl to build from: run `hanoi-corpus crawl` first.")
    for warc in index.recovered:
        tell(f"recovered what a killed crawl had stored: {warc}")
    stages = stages_of(corpus.portals)
    reports = []
    for stage in stages:
        tell(stage.name)
        reports.append(derive(corpus, stage, tell))
    for error in _once((*index.damaged, *(error for report in reports for error in report.damaged))):
        tell(str(error))
    tell("loading raw tables")
    tables = load_raw(corpus, stages, tell)
    tell("building and testing marts")
    build_marts(corpus, tell)
    # Before the guard, which may refuse for the same reason and knows no examples.
    judged = judge_extraction(corpus, tell)
    for judgement in judged.values():
        if judgement.breakages:
            tell(str(judgement))
    write_portal_health(corpus, tell)
    tell("publishing")
    release = publish_corpus(corpus, run_id, tell, allow)
    return BuildOutcome(index, tuple(reports), tables, judged, release)


def _once(errors: Iterable[DamagedInputError]) -> tuple[DamagedInputError, ...]:
    """Return one error a file: several steps read the same."""
    return tuple({error.file: error for error in errors}.values())
