"""The steps of a build, in order, as functions for the command line and the Dagster assets.

Belongs here: the order, and running each stage with the right folders, versions and locks. Each function takes a
`dagster_project.corpus.Corpus`.
Does not belong here: the stages' work (`spiders`, `warehouse`, `dbt_models`), crawl and dbt processes
(`dagster_project.crawls`, `dagster_project.dbt`), output (`dagster_project.cli.main`), and orchestration
(`dagster_project.defs`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from importlib.metadata import version
from time import monotonic
from typing import Concatenate, ParamSpec, TypeVar

from dagster_project.corpus import Corpus
from dagster_project.dbt.code import code_digest
from dagster_project.dbt.project import build_models
from dagster_project.dbt.results import Outcome
from dagster_project.derivation import StagesOf, corpus_stages
from dagster_project.operations import findings, health
from dagster_project.operations.health import Duration, Figures
from dagster_project.portal_rows import portal_rows
from dagster_project.stage import Log, StageError, progress_of
from dagster_project.warehouse_access import using_warehouse
from spiders.extract.version import EXTRACTOR_VERSION
from warehouse.archive.files import warc_files
from warehouse.archive.index.build import IndexedArchive, damaged_index_files, update_index
from warehouse.archive.upkeep.space import check_space_of
from warehouse.executors import LocalProcesses
from warehouse.settings import SettingsError, load_settings
from warehouse.stages import DamagedInputError, Stage, StageReport, UnitResult, bring_up_to_date, damaged_outputs
from warehouse.tables import inputs, store
from warehouse.tables.counts import Counts, counts_of
from warehouse.tables.health import portals_health
from warehouse.tables.inputs import BuildMode
from warehouse.tables.judgement import Judgement, judgements
from warehouse.tables.load import TableLoad, load
from warehouse.tables.overview.excerpts import Excerpt, excerpts_of
from warehouse.tables.overview.shares import ShareJudgement, shares_of
from warehouse.tables.publish import Publication, damage_of_published, publish
from warehouse.tables.retention import delete_old_releases
from warehouse.tables.staleness import Staleness, staleness_of


@dataclass(frozen=True, slots=True)
class BuildOutcome:
    """The results of a build, step by step."""

    index: IndexedArchive
    stages: tuple[StageReport, ...]
    tables: Mapping[str, TableLoad]
    judgements: Mapping[str, Judgement]
    publication: Publication

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


@dataclass(frozen=True, slots=True)
class BuiltMarts:
    """What a build made of the marts, and the outcomes of the models and tests that were run."""

    mode: BuildMode
    outcomes: Sequence[Outcome]


Given = ParamSpec("Given")
Made = TypeVar("Made")


def _timed(step: Callable[Concatenate[Corpus, Given], Made]) -> Callable[Concatenate[Corpus, Given], Made]:
    """Return a step that keeps how long it took, under the name of its stage, or else its own."""

    @wraps(step)
    def timed(corpus: Corpus, /, *args: Given.args, **options: Given.kwargs) -> Made:
        began = monotonic()
        made = step(corpus, *args, **options)
        name = next((given.name for given in args if isinstance(given, Stage)), step.__name__)
        record_duration(corpus, name, monotonic() - began)
        return made

    return timed


def record_duration(corpus: Corpus, step: str, seconds: float) -> None:
    """Keep how long a step of a build took; `step` is its name in code."""
    health.record_duration(corpus.home, step, Duration(corpus.clock.now(), seconds))


@_timed
def index_archive(corpus: Corpus, log: Log) -> IndexedArchive:
    """Update the archive's index.

    Raises:
        warehouse.archive.upkeep.space.DiskAlmostFullError: as for every step that writes much, too little is free.
    """
    check_space_of(corpus.home)
    with progress_of(log).stage("index", "WARC files") as steps:
        return update_index(corpus.home, now=corpus.clock.now(), on_progress=steps.reach)


def log_invalid_portals(corpus: Corpus, log: Log) -> None:
    """Log what is wrong with portal files, and with which definition those portals' articles are read."""
    for slug, complaint in corpus.invalid_portals.items():
        log(complaint)
        if slug in corpus.stand_ins:
            log(f"{slug}: its articles are read with the newest definition in the archive until the file is right")
    for problem in corpus.files.problems:
        log(problem)


@_timed
def derive(corpus: Corpus, stage: Stage, log: Log) -> StageReport:
    """Update the outputs of a stage.

    Raises:
        warehouse.archive.upkeep.space.DiskAlmostFullError: too little disk space is free to begin.
        warehouse.stages.DamagedFileError: a derived file cannot be read.
    """
    check_space_of(corpus.home)
    rows: Counter[str] = Counter()
    with progress_of(log).stage(stage.name, "files made") as steps:

        def on_unit(result: UnitResult) -> None:
            rows.update(result.rows)
            steps.say(", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in rows.items()))
            steps.advance()
            for note in result.notes:
                log(note)

        return bring_up_to_date(stage, corpus.home.storage, LocalProcesses(), on_unit, on_todo=steps.expect)


@_timed
def load_raw(corpus: Corpus, stages: Sequence[Stage], log: Log) -> dict[str, TableLoad]:
    """Load new and changed files into the raw tables, and drop the rows of files that are gone.

    A damaged warehouse is made again from all files. A damaged file is named, and its rows stay as they were.

    Raises:
        warehouse.archive.upkeep.space.DiskAlmostFullError: too little disk space is free to begin.
    """
    check_space_of(corpus.home)
    with using_warehouse(corpus.home, "load", log) as access, progress_of(log).stage("load", "files read") as steps:
        try:
            if not access.is_sound:
                store.verify(corpus.home)
                access.is_sound = True
            return load(corpus.home, stages, portal_rows(corpus), steps.advance)
        except store.DamagedStoreError as error:
            log(str(error))
            store.discard(corpus.home)
            access.is_sound = True
            return load(corpus.home, stages, portal_rows(corpus), steps.advance)


@_timed
def build_marts(corpus: Corpus, log: Log, *, full: bool = False, names: Sequence[str] = ()) -> BuiltMarts:
    """Make and test the dbt models, as much of them as the inputs changed, or all if `full` is true.

    `names` are the models and tests to which the build is limited, which are made whole; empty for all.

    Raises:
        DbtError: a model or a test failed; the message quotes dbt.
        warehouse.archive.upkeep.space.DiskAlmostFullError: too little disk space is free to begin.
    """
    check_space_of(corpus.home)
    code = code_digest()
    with using_warehouse(corpus.home, "dbt build", log):
        digest = inputs.inputs_digest(corpus.home, code)
        mode = inputs.begin(corpus.home, digest, code, full=full)
        if mode is BuildMode.UNCHANGED and not names:
            log("marts: nothing has changed since they were made")
            return BuiltMarts(mode, [])
        if mode is BuildMode.FULL and not names:
            store.discard_marts(corpus.home)  # in a new file they take no more room than they need
        # Selected models are made whole; what changed stays noted for the others.
        share = inputs.changed_share(corpus.home)
        outcomes = build_models(corpus.home, log, BuildMode.FULL if names else mode, names, changed_share=share)
        if not names:
            inputs.record(corpus.home, digest, code)
    return BuiltMarts(mode, outcomes)


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


def judge_shares(corpus: Corpus, log: Log) -> Mapping[str, ShareJudgement]:
    """Compare shares of the newest day's articles with the days before, and record the findings.

    The marts must be built.
    """
    with using_warehouse(corpus.home, "judgement", log):
        found = shares_of(corpus.home)
        bad = {share: None if judgement.is_usual else str(judgement) for share, judgement in found.items()}
        findings.record(corpus.home, findings.SHARES, bad, corpus.clock.now())
    return found


def read_excerpts(corpus: Corpus, marts: Collection[str], log: Log) -> Mapping[str, Excerpt]:
    """Return counts and examples of the rows of those marts of which they are shown."""
    with using_warehouse(corpus.home, "excerpts", log):
        return excerpts_of(corpus.home, marts)


@_timed
def write_portal_health(corpus: Corpus, log: Log) -> Figures:
    """Keep the figures of all portals for the pages of operators, and record the findings on silence.

    The marts must be built.
    """
    now = corpus.clock.now()
    with using_warehouse(corpus.home, "portal health", log):
        found, silent = portals_health(corpus.home, now), judge_silence(corpus, log)
    return health.write_figures(corpus.home, found, silent, now)


@_timed
def publish_corpus(corpus: Corpus, run_id: str, log: Log, allow: frozenset[str] = frozenset()) -> Publication:
    """Publish the marts unless the analysts' file has them already; delete releases that are too old.

    Raises:
        warehouse.tables.publish.GuardError: the marts fall short of the last release, which stays published.
        warehouse.archive.upkeep.space.DiskAlmostFullError: too little disk space is free to begin.
    """
    check_space_of(corpus.home)
    with using_warehouse(corpus.home, "publish", log):
        with progress_of(log).stage("publish", "tables written") as steps:
            done = publish(
                corpus.home,
                run_id=run_id,
                code_version=version("hanoi-corpus"),
                extractor_version=EXTRACTOR_VERSION,
                allow=allow,
                on_progress=steps.reach,
            )
        _delete_old_releases(corpus, done.release.release_id, log)
    return done


def _delete_old_releases(corpus: Corpus, published_id: str, log: Log) -> None:
    try:
        keep = load_settings(corpus.home).releases
    except SettingsError as error:  # a build needs no setting
        log(f"{error}. Until the file is right, no old release is deleted.")
        return
    # The names of releases have the time of this machine, also in a demo home.
    for old in delete_old_releases(corpus.home, published_id, keep, datetime.now(UTC)):
        log(f"{old}: deleted, as `releases` in the settings says")


def build(
    corpus: Corpus,
    run_id: str,
    log: Log,
    allow: frozenset[str] = frozenset(),
    full: bool = False,
    stages_of: StagesOf = corpus_stages,
) -> BuildOutcome:
    """Run everything after the archive: index, stages, raw tables, marts, published file.

    The figures named in `allow`, by the guard's names, may be below those of the last release. If `full` is true, all
    rows of the marts are made anew.

    Raises:
        StageError: the archive is empty, or a stage failed. Each step documents its other errors.
    """
    index = index_archive(corpus, log)
    if not warc_files(corpus.home):
        raise StageError(f"{corpus.home.warc}: there is no crawl to build from: run `hanoi-corpus crawl` first.")
    for warc in index.recovered:
        log(f"recovered the captures of a killed crawl: {warc}")
    for aside in index.set_aside:
        log(str(aside))
    log_invalid_portals(corpus, log)
    stages = stages_of(corpus.definitions)
    reports = [derive(corpus, stage, log) for stage in stages]
    for error in damaged_files(index, reports):
        log(str(error))
    tables = load_raw(corpus, stages, log)
    build_marts(corpus, log, full=full)
    # Judge before the guard refuses to publish: its error, for the same reason, names no example pages.
    judged = judge_extraction(corpus, log)
    for judgement in judged.values():
        if judgement.breakages:
            log(str(judgement))
    for share in judge_shares(corpus, log).values():
        if not share.is_usual:
            log(str(share))
    write_portal_health(corpus, log)
    publication = publish_corpus(corpus, run_id, log, allow)
    return BuildOutcome(index, tuple(reports), tables, judged, publication)


@_timed
def check_everything(corpus: Corpus, log: Log, stages_of: StagesOf = corpus_stages) -> tuple[str, ...]:
    """Read all that builds trust because it is as they left it; return a message for each damaged file.

    That is what is derived from the archive, both files of the warehouse, and the published file: what decays on a disk
    is written by nobody, and no build looks at it. The next build makes again what is damaged. The WARC files are left
    to `hanoi-corpus archive verify`.

    Raises:
        warehouse.tables.lock.LockedError: the warehouse was in use for too long.
    """
    damaged = damaged_index_files(corpus.home)
    for stage in stages_of(corpus.definitions):
        damaged += damaged_outputs(stage, corpus.home.storage)
    try:
        with using_warehouse(corpus.home, "check", log) as access:
            store.verify(corpus.home)
            access.is_sound = True
            if problem := damage_of_published(corpus.home):
                damaged.append(problem)
    except store.DamagedStoreError as error:
        damaged.append(str(error))
    return tuple(damaged)


def damaged_files(index: IndexedArchive, stages: Iterable[StageReport]) -> tuple[DamagedInputError, ...]:
    """Return one error per damaged file, even if several steps reported it."""
    errors = (*index.damaged, *(error for stage in stages for error in stage.damaged))
    return tuple({error.file: error for error in errors}.values())
