"""The stages in order, as plain functions: what the command line and the Dagster assets both call.

Here: which portals there are, and how each stage is started with the right folders, versions and locks. Not here:
what a stage does (`spiders`, `warehouse`, `dbt_models`), what is printed (`dagster_project.cli.main`), and
orchestration (`dagster_project.defs`).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dagster_project.children import run_child
from dagster_project.instance import program
from dagster_project.operations import health
from spiders.crawl.plan import Bounds
from spiders.crawl.process import contact_complaint, log_path
from spiders.extract.stage import Extraction, archived_portal, extract_archive
from spiders.extract.version import EXTRACTOR_VERSION
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.days import moment_of
from spiders.mirror.server import serve
from spiders.portal import SHIPPED_PORTALS, Portal, find_portal, load_portals
from warehouse.archive.index.build import IndexedArchive, PortalBusyError, update_index, warc_files
from warehouse.archive.warc.files import DamagedWarcError
from warehouse.clock import HANOI_TIME, Clock
from warehouse.derive.identity import Identification, identify_articles
from warehouse.durable import replacing
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.settings import load_settings
from warehouse.tables import store
from warehouse.tables.health import portals_health
from warehouse.tables.judgement import Judgement, judgements
from warehouse.tables.load import TableLoad, load
from warehouse.tables.lock import LockedError, hold
from warehouse.tables.publish import Release, publish
from warehouse.tables.staleness import Silence, silences

PORTALS_VARIABLE = "HANOI_CORPUS_PORTALS"
WAREHOUSE_VARIABLE = "HANOI_CORPUS_WAREHOUSE"
DBT_PROJECT = Path(__file__).resolve().parent.parent / "dbt_models"

# A build takes minutes at most; who waits longer should be told who holds the warehouse.
LOCK_TIMEOUT_SECONDS = 600.0
# How long a build waits for the warehouse before it says whom it waits for.
_QUIET_SECONDS = 1.0
_POLL_SECONDS = 0.25

# A demo day lasts until the next one is begun, or until shortly before the next would be.
_DEMO_DAY_MAX = timedelta(hours=20)

Tell = Callable[[str], None]


class StageError(Exception):
    """A stage that could not do its work; the message says which, why and the way out."""


@dataclass(frozen=True, slots=True)
class CrawlOutcome:
    """What one crawl process reported.

    Attributes:
        reports: by portal.
        failures: portals without a report, with the reason.
        skipped: portals of which nothing was to be asked, with the reason.
    """

    reports: Mapping[str, CrawlReport]
    failures: Mapping[str, str]
    skipped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BuildOutcome:
    """What a build did, stage by stage."""

    index: IndexedArchive
    extraction: Extraction
    identification: Identification
    tables: Mapping[str, TableLoad]
    judgements: Mapping[str, Judgement]
    release: Release

    @property
    def damaged(self) -> tuple[DamagedWarcError, ...]:
        """WARC files that could not be read whole; what they hold may be missing from the corpus."""
        return tuple({error.path: error for error in (*self.index.damaged, *self.extraction.damaged)}.values())

    @property
    def broken(self) -> tuple[Judgement, ...]:
        """Judgements of the portals whose pages are read worse than usual."""
        return tuple(judgement for judgement in self.judgements.values() if judgement.breakages)


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


def code_version() -> str:
    """Return the version of the installed project."""
    return version("hanoi-corpus")


def portals(home: Home) -> dict[str, Portal]:
    """Return the portals of a home: shipped and the user's own; in a demo home the mirror's and no others.

    Raises:
        spiders.portal.PortalError: a portal file is wrong, or a folder named by `HANOI_CORPUS_PORTALS` is missing.
    """
    return load_portals(portal_folders(home))


def portal_folders(home: Home) -> list[Path]:
    """Return the folders whose files define the portals of a home."""
    if demo_day(home) is not None:
        return [MIRROR_PORTALS]
    return [SHIPPED_PORTALS, *own_portal_folders()]


def own_portal_folders() -> list[Path]:
    """Return the user's own folders of portal files, as `HANOI_CORPUS_PORTALS` names them."""
    return [Path(folder) for folder in os.environ.get(PORTALS_VARIABLE, "").split(os.pathsep) if folder]


def demo_day(home: Home) -> int | None:
    """Return the day that the mirror plays in a demo home; None where the home is no demo."""
    try:
        return int(json.loads(_demo_marker(home).read_text(encoding="utf-8"))["day"])
    except FileNotFoundError:
        return None


def clock(home: Home) -> Clock:
    """Return the clock that a home goes by: the world's; in a demo home that of the day which the mirror plays."""
    day = demo_day(home)
    if day is None:
        return Clock()
    begun_at = datetime.fromtimestamp(_demo_marker(home).stat().st_mtime, UTC)
    return Clock.at(moment_of(day) + min(Clock().now() - begun_at, _DEMO_DAY_MAX))


def set_demo_day(home: Home, day: int) -> None:
    """Make a home a demo home, or let the next day begin in it."""
    with replacing(_demo_marker(home)) as temporary:
        temporary.write_text(json.dumps({"day": day}), encoding="utf-8")


@contextmanager
def reachable(home: Home) -> Iterator[dict[str, str]]:
    """Yield the environment in which a crawl reaches its portals: in a demo home the mirror, else the world."""
    day = demo_day(home)
    if day is None:
        yield {}
        return
    with serve(day) as played:
        yield played.environment()


def crawl(
    home: Home,
    slugs: Sequence[str],
    run_id: str,
    tell: Tell,
    bounds: Bounds | None = None,
    wait_seconds: float | None = None,
) -> CrawlOutcome:
    """Crawl portals side by side in a process of their own, and return what it reported.

    In a demo home the mirror is served meanwhile, and is all that the crawl can reach.

    Args:
        home: where the archive stands.
        slugs: which portals.
        run_id: the run that the reports name.
        tell: called with each line of progress.
        bounds: of a backfill, of which this crawl is the next chunk; None to look at the portals as they are today.
        wait_seconds: how long to wait for a portal that another process is crawling; None for a moment.

    Raises:
        spiders.portal.PortalError: a portal is unknown, or a portal file is wrong.
        warehouse.settings.SettingsError: the home's settings file is wrong.
        PortalBusyError: another process is crawling one of the portals; nothing was requested.
        StageError: nobody is named whom the portals' administrators could write to; nothing was requested.
    """
    if not slugs:
        return CrawlOutcome({}, {})
    known = portals(home)
    for slug in slugs:
        find_portal(known, slug)
    load_settings(home)
    options = _bounds_options(bounds)
    if wait_seconds is not None:
        options += ["--wait", str(wait_seconds)]
    if demo_day(home) is not None:
        options += ["--serves-mirror", f"--clock-ahead-seconds={clock(home).ahead.total_seconds()}"]
        tell(f"{home.root} is a demo home: only the bundled test portals are reached")
    elif complaint := contact_complaint():
        raise StageError(complaint)
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-") as folder, reachable(home) as environment:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "spiders.crawl", "--stop-with-parent", *options]
        command += ["--home", str(home.root), "--run-id", run_id, "--report", str(report)]
        command += [f"--definitions={folder}" for folder in portal_folders(home)]
        status, complaint = run_child([*command, *slugs], environment, tell)
        if report.exists():
            return _read_outcome(report)
    if status == 2:  # portals and settings are known and right, so what it refuses is a second crawl of one of them
        raise PortalBusyError(complaint)
    reason = f"the crawl process ended with status {status} and no report; see {log_path(home, run_id)}"
    return CrawlOutcome({}, dict.fromkeys(slugs, f"{reason}. {complaint}".strip()))


def _bounds_options(bounds: Bounds | None) -> list[str]:
    if bounds is None:
        return []
    values = {
        "--from-date": bounds.from_date,
        "--until-date": bounds.until_date,
        "--depth": bounds.depth,
        "--requests-max": bounds.requests_max,
    }
    given = [text for name, value in values.items() if value is not None for text in (name, str(value))]
    return ["--backfill", *given]


def index_archive(home: Home) -> IndexedArchive:
    """Bring the archive's index up to date."""
    return update_index(home)


def extract(home: Home, tell: Tell) -> Extraction:
    """Extract the articles of every WARC file that lacks them.

    Raises:
        spiders.portal.PortalError: a portal file is wrong.
        StageError: a process that extracts was killed.
    """
    try:
        return extract_archive(
            home, portals(home), on_file=lambda warc, count: tell(f"extracted {count} articles of {warc.name}")
        )
    except BrokenProcessPool as error:
        raise StageError(
            "extraction: one of its processes was killed, perhaps for want of memory. What it had extracted is kept: "
            "run `hanoi-corpus build` again."
        ) from error


def identify(home: Home) -> Identification:
    """Hash the extracted articles."""
    return identify_articles(home, EXTRACTOR_VERSION)


@contextmanager
def using_warehouse(home: Home, purpose: str, tell: Tell) -> Iterator[None]:
    """Hold the warehouse for one stage; say whom it waits for, and wait for `LOCK_TIMEOUT_SECONDS` at most.

    It waits for whoever holds the lock, and then for a process that has the file open without holding it. That is
    most often the dbt of a run that was killed: it outlives the run, and ends by itself.

    Raises:
        LockedError: the warehouse was in use all the while.
    """
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    with ExitStack() as stack:
        try:
            stack.enter_context(hold(home, purpose, min(_QUIET_SECONDS, LOCK_TIMEOUT_SECONDS)))
        except LockedError as error:
            tell(f"waiting for {_spelled_holder(error)}")
            stack.enter_context(hold(home, purpose, LOCK_TIMEOUT_SECONDS))
        _wait_until_closed(home, deadline, tell)
        yield


def load_raw(home: Home, tell: Tell) -> dict[str, TableLoad]:
    """Load what is new into the raw tables."""
    with using_warehouse(home, "load", tell):
        return load(home, extractor_version=EXTRACTOR_VERSION, portals=portal_rows(home))


def build_marts(home: Home, tell: Tell) -> None:
    """Run and test every dbt model.

    Raises:
        StageError: a model or a test failed; the message holds dbt's own words.
    """
    with using_warehouse(home, "dbt build", tell):
        command = [program("dbt"), "--quiet", *dbt_arguments(home)]
        status, complaint = run_child(command, dbt_environment(home), tell)
    if status != 0:
        raise StageError(f"dbt build failed, so nothing was published.\n{complaint}".strip())


def judge_extraction(home: Home, tell: Tell) -> Mapping[str, Judgement]:
    """Return, by portal, how its newest crawl is read beside what is usual there; the marts are built."""
    with using_warehouse(home, "judgement", tell):
        return judgements(home)


def judge_silence(home: Home, tell: Tell) -> Mapping[str, Silence]:
    """Return, by portal that still publishes and was ever crawled, how long it is silent; the marts are built."""
    now = clock(home).now()
    with using_warehouse(home, "judgement", tell):
        return silences(home, _silence_days_max(home, now), now)


def write_portal_health(home: Home, tell: Tell) -> HealthPage:
    """Write the page of all portals' health; the marts are built."""
    now = clock(home).now()
    with using_warehouse(home, "portal health", tell):
        found = portals_health(home, now)
        silent = silences(home, _silence_days_max(home, now), now)
    rows = health.rows_of(found, silent)
    with replacing(home.portal_health_file) as temporary:
        temporary.write_text(health.as_html(rows, now), encoding="utf-8")
    return HealthPage(home.portal_health_file, len(rows), health.as_markdown(rows))


def publish_corpus(home: Home, run_id: str, tell: Tell, allow: frozenset[str] = frozenset()) -> Release:
    """Publish the marts as the analysts' file.

    Raises:
        warehouse.tables.publish.GuardError: the marts fall short of the last release; that one stays.
    """
    with using_warehouse(home, "publish", tell):
        return publish(
            home, run_id=run_id, code_version=code_version(), extractor_version=EXTRACTOR_VERSION, allow=allow
        )


def build(home: Home, run_id: str, tell: Tell, allow: frozenset[str] = frozenset()) -> BuildOutcome:
    """Do everything after the archive: index, articles, identities, raw tables, marts, published file.

    Raises:
        StageError: the archive is empty, or a stage could not do its work; each stage names its further errors.
    """
    tell("indexing the archive")
    index = index_archive(home)
    if not warc_files(home):
        raise StageError(f"{home.warc}: there is no crawl to build from: run `hanoi-corpus crawl` first.")
    for warc in index.recovered:
        tell(f"recovered what a killed crawl had stored: {warc}")
    tell("extracting articles")
    extraction = extract(home, tell)
    for error in {error.path: error for error in (*index.damaged, *extraction.damaged)}.values():
        tell(str(error))
    tell("hashing articles")
    identification = identify(home)
    tell("loading raw tables")
    tables = load_raw(home, tell)
    tell("building and testing marts")
    build_marts(home, tell)
    # Before the guard, which may refuse for the same reason and knows no examples.
    judged = judge_extraction(home, tell)
    for judgement in judged.values():
        if judgement.breakages:
            tell(str(judgement))
    write_portal_health(home, tell)
    tell("publishing")
    release = publish_corpus(home, run_id, tell, allow)
    return BuildOutcome(index, extraction, identification, tables, judged, release)


def portal_rows(home: Home) -> list[dict[str, Any]]:
    """Return the rows of `raw.portals`: every defined portal, and those that only the archive still knows."""
    known = portals(home)
    for warc in reversed(warc_files(home)):  # the newest crawl's definition counts
        if warc.parent.name not in known:
            # A file that cannot be read is named by the stages before; an older one may say the same.
            with suppress(DamagedWarcError):
                known[warc.parent.name] = archived_portal(warc)
    return [
        {
            "slug": portal.slug,
            "name": portal.name,
            "owner": portal.owner.office,
            "administrative_unit": portal.owner.administrative_unit,
            "platform": portal.platform,
            "base_url": portal.base_url,
            "active_from": portal.active_from,
            "active_until": portal.active_until,
            "verified_on": portal.verified_on,
        }
        for portal in known.values()
    ]


def _silence_days_max(home: Home, now: datetime) -> dict[str, int]:
    """Return the longest usual silence of every portal that still publishes."""
    today = now.astimezone(HANOI_TIME).date()
    return {
        slug: portal.expectations.silence_days_max for slug, portal in portals(home).items() if portal.is_active(today)
    }


def dbt_arguments(home: Home) -> list[str]:
    """Return the arguments of `dbt build` on a home's warehouse."""
    project = str(DBT_PROJECT)
    return [
        "build",
        *("--project-dir", project, "--profiles-dir", project),
        *("--target-path", str(dbt_target(home)), "--log-path", str(home.root / "logs")),
    ]


def dbt_target(home: Home) -> Path:
    """Return the folder for what dbt compiles; whoever uses it holds the warehouse."""
    return home.root / "dbt"


def dbt_environment(home: Home) -> dict[str, str]:
    """Return what dbt must find in its environment: the warehouse, and that it reports to nobody."""
    return {WAREHOUSE_VARIABLE: str(home.warehouse_file), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}


def _wait_until_closed(home: Home, deadline: float, tell: Tell) -> None:
    """Return when nobody has the warehouse file open; the caller holds the lock.

    Raises:
        LockedError: somebody still has at `deadline`, a time of `time.monotonic`.
    """
    is_told = False
    while True:
        try:
            store.connect(home).close()
            return
        except LockedError as error:
            if time.monotonic() >= deadline:
                raise
            if not is_told:
                tell(f"waiting: {error}")
                is_told = True
            time.sleep(_POLL_SECONDS)


def _spelled_holder(error: LockedError) -> str:
    if error.holder is None:
        return "another process that uses the warehouse"
    return f"{error.holder.purpose!r} of process {error.holder.pid} on {error.holder.host}"


def _demo_marker(home: Home) -> Path:
    return home.root / "demo.json"


def _read_outcome(report: Path) -> CrawlOutcome:
    found = json.loads(report.read_text(encoding="utf-8"))
    reports = {slug: _report(values) for slug, values in found["reports"].items()}
    return CrawlOutcome(reports, found["failures"], found["skipped"])


def _report(values: dict[str, Any]) -> CrawlReport:
    times = {name: datetime.fromisoformat(values[name]) for name in ("started_at", "ended_at")}
    return CrawlReport(**{**values, **times})
