"""The steps of a build, in order, as functions for the command line and the Dagster assets.

Belongs here: the order, and running each stage with the right folders, versions and locks. Each function takes a
`dagster_project.corpus.Corpus`.
Does not belong here: the stages' work (`spiders`, `warehouse`, `dbt_models`), crawl and dbt processes
(`dagster_project.crawls`, `dagster_project.dbt`), output (`dagster_project.cli.main`), and orchestration
(`dagster_project.defs`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from dagster_project.corpus import Corpus
from dagster_project.dbt.project import build_models
from dagster_project.derivation import StagesOf, corpus_stages
from dagster_project.operations import findings, health
from dagster_project.operations.health import HealthPage, PortalRow
from dagster_project.portal_rows import portal_rows
from dagster_project.stage import Log, StageError
from dagster_project.warehouse_access import using_warehouse
from spiders.extract.version import EXTRACTOR_VERSION
from warehouse.archive.files import warc_files
from warehouse.archive.index.build import IndexedArchive, update_index
from warehouse.corpus.release import Release
from warehouse.executors import LocalProcesses
from warehouse.stages import DamagedInputError, Stage, StageReport, UnitResult, bring_up_to_date
from warehouse.tables import store
from warehouse.tables.counts import Counts, counts_of
from warehouse.tables.health import portals_health
from warehouse.tables.judgement import Judgement, judgements
from warehouse.tables.load import TableLoad, load
from warehouse.tables.publish import publish
from warehouse.tables.staleness import Staleness, staleness_of


@dataclass(frozen=True, slots=True)
class BuildOutcome:
    """The results of a build, step by step."""

    index: IndexedArchive
    stages: tuple[StageReport, ...]
    tables: Mapping[str, TableLoad]
    judgements: Mapping[str, Judgement]
    release: Release

    @property
    def damaged(self) -> tuple[DamagedInputError, ...]:
        """Files that could not be read to the end; some of their content may be missing from the corpus."""
        return damaged_files(self.index, self.stages)

    @property
    def unloaded(self) -> tuple[str, ...]:
        """Messages of files that could not be loaded; the corpus has the rows of their last good version."""
        return tuple(message for table in self.tables.values() for message in table.damaged)

    @property
    def broken(self) -> tuple[Judgement, ...]:
        """The judgements of portals with fields that are extracted less often than usual."""
        return tuple(judgement for judgement in self.judgements.values() if judgement.breakages)


def index_archive(corpus: Corpus) -> IndexedArchive:
    """Update the archive's index."""
    return update_index(corpus.home, now=corpus.clock.now())


def log_invalid_portals(corpus: Corpus, log: Log) -> None:
    """Log what is wrong with portal files, and with which definition those portals' articles are read."""
    for slug, complaint in corpus.invalid_portals.items():
        log(complaint)
        if slug in corpus.stand_ins:
            log(f"{slug}: its articles are read with the newest definition in the archive until the file is right")
    for problem in corpus.files.problems:
        log(problem)


def derive(corpus: Corpus, stage: Stage, log: Log) -> StageReport:
    """Update the outputs of a stage.

    Raises:
        warehouse.stages.DamagedFileError: a derived file cannot be read.
    """

    def on_unit(result: UnitResult) -> None:
        # Extracting a crawl takes seconds. Later stages are fast, so they log no line per file.
        if not stage.inputs:
            made = " and ".join(f"{rows} {name.replace('_', ' ')}" for name, rows in result.rows.items())
            log(f"{stage.name}: {made} of {result.unit.name}")
        for note in result.notes:
            log(note)

    return bring_up_to_date(stage, corpus.home.storage, LocalProcesses(), on_unit)


def load_raw(corpus: Corpus, stages: Sequence[Stage], log: Log) -> dict[str, TableLoad]:
    """Load new and changed files into the raw tables, and drop the rows of files that are gone.

    A damaged warehouse is made again from all files. A damaged file is named, and its rows stay as they were.
    """
    with using_warehouse(corpus.home, "load", log):
        try:
            store.verify(corpus.home)
            return load(corpus.home, stages, portal_rows(corpus))
        except store.DamagedStoreError as error:
            log(str(error))
            store.discard(corpus.home)
            return load(corpus.home, stages, portal_rows(corpus))


def build_marts(corpus: Corpus, log: Log) -> None:
    """Run and test every dbt model.

    Raises:
        StageError: a model or a test failed; the message quotes dbt.
    """
    with using_warehouse(corpus.home, "dbt build", log):
        build_models(corpus.home, log)


def judge_extraction(corpus: Corpus, log: Log) -> Mapping[str, Judgement]:
    """Compare the extraction of each portal's newest crawl with its baseline, and record the findings.

    The marts must be built.
    """
    with using_warehouse(corpus.home, "judgement", log):
        found = judgements(corpus.home)
        bad = {slug: str(judgement) if judgement.breakages else None for slug, judgement in found.items()}
        findings.record(corpus.home, findings.EXTRACTION, bad, corpus.clock.now())
    return found


def judge_silence(corpus: Corpus, log: Log) -> Mapping[str, Staleness]:
    """Return the silence of each active portal that was ever crawled, and record the findings.

    The marts must be built.
    """
    active = (portal for portal in corpus.definitions.values() if portal.is_active(corpus.today))
    days_max = {portal.slug: portal.expectations.silence_days_max for portal in active}
    with using_warehouse(corpus.home, "judgement", log):
        now = corpus.clock.now()
        found = staleness_of(corpus.home, days_max, now)
        bad = {slug: str(silence) if silence.is_too_long else None for slug, silence in found.items()}
        findings.record(corpus.home, findings.SILENCE, bad, now)
    return found


def compare_counts(corpus: Corpus, log: Log) -> Mapping[str, Counts]:
    """Compare the articles that each portal's newest crawl counted with those that the corpus read of it.

    The marts must be built.
    """
    with using_warehouse(corpus.home, "judgement", log):
        return counts_of(corpus.home)


def write_portal_health(corpus: Corpus, log: Log) -> HealthPage:
    """Write the health page of all portals, and record the findings on silence; the marts must be built."""
    now = corpus.clock.now()
    with using_warehouse(corpus.home, "portal health", log):
        found, silent = portals_health(corpus.home, now), judge_silence(corpus, log)
    rows = [PortalRow(one, silent.get(one.slug), corpus.invalid_portals.get(one.slug)) for one in found]
    return health.write_page(corpus.home, rows, corpus.files.complaints, now)


def publish_corpus(corpus: Corpus, run_id: str, log: Log, allow: frozenset[str] = frozenset()) -> Release:
    """Publish the marts as the analysts' file.

    Raises:
        warehouse.tables.publish.GuardError: the marts fall short of the last release, which stays published.
    """
    with using_warehouse(corpus.home, "publish", log):
        return publish(
            corpus.home,
            run_id=run_id,
            code_version=version("hanoi-corpus"),
            extractor_version=EXTRACTOR_VERSION,
            allow=allow,
        )


def build(
    corpus: Corpus, run_id: str, log: Log, allow: frozenset[str] = frozenset(), stages_of: StagesOf = corpus_stages
) -> BuildOutcome:
    """Run everything after the archive: index, stages, raw tables, marts, published file.

    The figures named in `allow`, by the guard's names, may be below those of the last release.

    Raises:
        StageError: the archive is empty, or a stage failed. Each step documents its other errors.
    """
    log("indexing the archive")
    index = index_archive(corpus)
    if not warc_files(corpus.home):
        raise StageError(f"{corpus.home.warc}: there is no crawl to build from: run `hanoi-corpus crawl` first.")
    for warc in index.recovered:
        log(f"recovered the captures of a killed crawl: {warc}")
    for aside in index.set_aside:
        log(str(aside))
    log_invalid_portals(corpus, log)
    stages = stages_of(corpus.definitions)
    reports = []
    for stage in stages:
        log(stage.name)
        reports.append(derive(corpus, stage, log))
    for error in damaged_files(index, reports):
        log(str(error))
    log("loading raw tables")
    tables = load_raw(corpus, stages, log)
    log("building and testing marts")
    build_marts(corpus, log)
    # Judge before the guard refuses to publish: its error, for the same reason, names no example pages.
    judged = judge_extraction(corpus, log)
    for judgement in judged.values():
        if judgement.breakages:
            log(str(judgement))
    write_portal_health(corpus, log)
    log("publishing")
    release = publish_corpus(corpus, run_id, log, allow)
    return BuildOutcome(index, tuple(reports), tables, judged, release)


def damaged_files(index: IndexedArchive, stages: Iterable[StageReport]) -> tuple[DamagedInputError, ...]:
    """Return one error per damaged file, even if several steps reported it."""
    errors = (*index.damaged, *(error for stage in stages for error in stage.damaged))
    return tuple({error.file: error for error in errors}.values())
