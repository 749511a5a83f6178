"""One Scrapy process for any number of portals: captures out, a report file at the end.

Run it by hand as `python -m spiders.crawl --report FILE PORTAL…`, or let the pipeline start it. It is a process of its
own because Twisted's reactor cannot start twice in one. What a crawl of a portal came to stands in the report file and
in the last record of the portal's WARC file; the exit status says only whether the process did its work.
Not here: what is followed (`spiders.crawl.spider`), the Scrapy settings (`spiders.crawl.settings`), and what is made of
the captures (everything after the archive).
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from spiders.crawl.follow_policy import Frontier
from spiders.crawl.plan import Bounds, CrawlPlan, plan_backfill, plan_crawl
from spiders.crawl.settings import (
    budget_settings,
    contact_complaint,
    crawl_settings,
    portal_settings,
    user_agent,
)
from spiders.crawl.spider import PortalSpider
from spiders.crawl.verdict import CrawlStatistics, judge
from spiders.portal import Portal, PortalError, find_portal, load_portals
from warehouse.archive.index.build import index_warc, update_index
from warehouse.archive.index.locks import PortalBusyError, portal_lock
from warehouse.archive.index.pages import stored_pages
from warehouse.archive.observations import Observations
from warehouse.archive.state.questions import CrawlState, open_state
from warehouse.archive.upkeep.space import check_space
from warehouse.archive.warc.format import CrawlInfo, DamagedWarcError
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import HANOI_TIME, Clock
from warehouse.durable import replacing
from warehouse.home import Home
from warehouse.records import CrawlReport, Verdict
from warehouse.settings import Settings as OperatorSettings
from warehouse.settings import SettingsError, load_settings

_PROGRESS_EVERY_SECONDS = 2.0
# A build that recovers what a killed crawl left holds the portal for a moment.
_BUSY_TIMEOUT_SECONDS = 2.0


class NothingToDoError(Exception):
    """A crawl that has no reason to ask the portal for anything; the message is the reason it has not."""


class _PatientProcess(AsyncCrawlerProcess):
    """Ends in good order however often it is told to: a service manager tells every process, and then its parent does.

    Whoever cannot wait for open requests and whole WARC files kills it, as `dagster_project.children` does at last.
    """

    def _signal_kill(self, signum: int, _: Any) -> None:
        """Let what the first signal began go on, where Scrapy would drop it."""


@dataclass
class CrawlRun:
    """The crawls of one process: opens a WARC file for each portal, and closes it with a report.

    Attributes:
        run_id: the run that the reports name.
        settings: the operator's.
        clock: what time it is.
        bounds: of a backfill; None where the portals are looked at as they are today.
        wait_seconds: how long to wait for a portal that another process is crawling.
        reports: what has ended, by portal.
        failures: portals whose report could not be made, with the reason.
        skipped: portals of which nothing was to be asked, with the reason.
    """

    home: Home
    run_id: str
    settings: OperatorSettings
    clock: Clock
    bounds: Bounds | None
    wait_seconds: float = _BUSY_TIMEOUT_SECONDS
    reports: dict[str, CrawlReport] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    _last_progress: dict[str, float] = field(default_factory=dict)

    def add(self, process: AsyncCrawlerProcess, portal: Portal, state: CrawlState, settings: Mapping[str, Any]) -> None:
        """Give the process one more portal to crawl; its state stays open until the process ends.

        Raises:
            NothingToDoError: it is quiet hours, or the backfill has come to its end.
        """
        started_at = self.clock.now()
        if until := self.settings.quiet_until(started_at):
            raise NothingToDoError(f"quiet hours last until {until.astimezone(HANOI_TIME):%H:%M} in Hanoi")
        plan = self._plan(portal, state, started_at)
        crawl_id = f"{portal.slug}-{started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
        info = CrawlInfo(
            crawl_id=crawl_id,
            portal=portal.slug,
            run_id=self.run_id,
            started_at=started_at,
            user_agent=user_agent(),
            portal_definition=portal.model_dump(mode="json"),
            kind=plan.kind,
        )
        archive = WarcWriter(self.home, info)
        budget = budget_settings(
            portal,
            self.settings.requests_per_host_per_day,
            state.requests_since(_midnight(started_at)),
            is_backfill=self.bounds is not None,
        )
        crawler = Crawler(PortalSpider, Settings({**settings, **portal_settings(portal), **budget}))
        stored = stored_pages(self.home, portal.slug, plan.resumes)
        process.crawl(
            crawler,
            portal=portal,
            home=self.home,
            clock=self.clock,
            archive=archive,
            frontier=Frontier(plan, state, stored),
            stored_pages=stored,
            on_progress=self._tell_progress,
            on_closed=self._finish,
        )

    def _plan(self, portal: Portal, state: CrawlState, now: datetime) -> CrawlPlan:
        if self.bounds is None:
            return plan_crawl(state, portal, self.settings, now)
        plan = plan_backfill(state, portal, self.bounds, now)
        if plan is None:
            raise NothingToDoError("this backfill has come to its end")
        return plan

    def _finish(self, spider: PortalSpider) -> None:
        """Judge the crawl and complete its WARC file.

        What cannot be written is told, not lost: the file keeps its temporary name, and the next run recovers it.
        """
        info = spider.archive.info
        plan = spider.frontier.plan
        statistics = spider.statistics()
        verdict, reason = judge(statistics, spider.portal.expectations, spider.frontier.state.history())
        observations = spider.frontier.sightings.observations(plan)
        report = CrawlReport(
            crawl_id=info.crawl_id,
            portal=info.portal,
            run_id=info.run_id,
            started_at=info.started_at,
            ended_at=self.clock.now(),
            verdict=verdict,
            verdict_reason=reason,
            requests=statistics.requests,
            captures=spider.archive.captures,
            list_rows_seen=statistics.list_rows_seen,
            articles_found=statistics.articles_found,
            articles_new=statistics.articles_new,
            errors=dict(statistics.errors),
            warc_file=spider.archive.name,
            kind=plan.kind,
            is_complete=_is_complete(statistics, verdict, observations),
            resumes=plan.resumes[-1] if plan.resumes else None,
            requests_for=dict(spider.tally.requests_for),
            articles_captured=len(spider.tally.articles_captured),
            articles_recognised=len(spider.tally.articles_recognised),
            articles_missing=len(spider.missing),
            not_modified=statistics.not_modified,
        )
        try:
            index_warc(self.home, spider.archive.close(report, observations))
        except (OSError, DamagedWarcError) as error:
            self.failures[info.portal] = f"{reason}; its archive could not be completed: {error}"
            return
        self.reports[info.portal] = report
        _say(f"{info.portal}: {verdict}: {reason}; {report.captures} captures")

    def _tell_progress(self, spider: PortalSpider) -> None:
        now = time.monotonic()
        slug = spider.portal.slug
        if now - self._last_progress.setdefault(slug, now) >= _PROGRESS_EVERY_SECONDS:
            self._last_progress[slug] = now
            _say(f"{slug}: {spider.archive.captures} captures, {len(spider.tally.articles)} articles found")


def crawl(
    run: CrawlRun, portals: Sequence[Portal], settings: Mapping[str, Any] | None = None, *, serves_mirror: bool = False
) -> CrawlRun:
    """Crawl the portals side by side, in this process; return the run with their reports. A process can do this once.

    Args:
        run: where to, and what for; it has no reports yet.
        portals: what to crawl.
        settings: Scrapy settings that replace the crawl's own, for benchmarks and tests.
        serves_mirror: whether all that is crawled is played on this machine, so that private addresses may be asked.

    Raises:
        PortalBusyError: other processes are crawling every one of the portals; nothing was requested.
        OSError: the archive's folder cannot be written, or the disk is almost full.
    """
    check_space(run.home.root, run.settings.free_space_min_bytes)
    # What killed crawls left is recovered before their portals are crawled again.
    update_index(run.home, {portal.slug for portal in portals})
    log = log_path(run.home, run.run_id)
    log.parent.mkdir(parents=True, exist_ok=True)
    all_settings = {**crawl_settings(run.settings, run.clock, log, serves_mirror=serves_mirror), **(settings or {})}
    process = _PatientProcess(Settings(all_settings))
    with ExitStack() as held:
        for portal in portals:
            try:
                held.enter_context(portal_lock(run.home, portal.slug, run.wait_seconds))
                state = held.enter_context(open_state(run.home, portal.slug))
                run.add(process, portal, state, all_settings)
            except (PortalBusyError, DamagedWarcError) as error:
                run.failures[portal.slug] = str(error)
            except NothingToDoError as error:
                run.skipped[portal.slug] = str(error)
        if len(run.failures) == len(portals):
            raise PortalBusyError("\n".join(run.failures.values()))
        if len(run.failures) + len(run.skipped) < len(portals):
            process.start()
    for portal in portals:
        if portal.slug not in run.reports and portal.slug not in run.skipped:
            run.failures.setdefault(portal.slug, "the crawl ended without a report; its log has the reason")
    return run


def log_path(home: Home, run_id: str) -> Path:
    """Return where a crawl run's Scrapy log stands."""
    return home.root / "logs" / f"crawl-{run_id}.log"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the crawl from the command line; return 0 where every portal has a report, 1 otherwise, 2 on bad input."""
    parser = argparse.ArgumentParser(prog="python -m spiders.crawl", description="Crawl portals into the archive.")
    parser.add_argument("portals", nargs="+", metavar="PORTAL", help="slugs of portal definitions")
    parser.add_argument("--definitions", action="append", type=Path, required=True, help="folder of portal files")
    parser.add_argument("--home", type=Path, default=Home.from_environment().root, help="where data lives")
    parser.add_argument("--run-id", default=f"manual-{secrets.token_hex(4)}")
    parser.add_argument("--report", type=Path, help="JSON file to write the reports to")
    parser.add_argument("--stop-with-parent", action="store_true", help="end in good order when standard input closes")
    clocks = parser.add_mutually_exclusive_group()
    clocks.add_argument("--now", type=datetime.fromisoformat, help="when the crawl's clock begins")
    # Two crawls of one home are to have one clock, however long each takes to start.
    clocks.add_argument("--clock-ahead-seconds", type=float, default=0.0, help="how far ahead of the world's it is")
    parser.add_argument(
        "--wait", type=float, default=_BUSY_TIMEOUT_SECONDS, help="seconds, for a portal that is being crawled"
    )
    backfill = parser.add_argument_group("backfill", "read a portal's history instead of its news")
    backfill.add_argument("--backfill", action="store_true")
    backfill.add_argument("--from-date", type=date.fromisoformat, help="nothing that was published before")
    backfill.add_argument("--until-date", type=date.fromisoformat, help="nothing that was published after")
    backfill.add_argument("--depth", type=int, help="pages of each list, at the most")
    backfill.add_argument("--requests-max", type=int, help="end after so many, and go on there the next time")
    parser.add_argument("--serves-mirror", action="store_true", help="all portals are played on this machine")
    options = parser.parse_args(arguments)
    if not options.serves_mirror and (problem := contact_complaint()):
        print(problem, file=sys.stderr)
        return 2
    home = Home(options.home.absolute())
    bounds = None
    if options.backfill:
        bounds = Bounds(options.from_date, options.until_date, options.depth, options.requests_max)
    clock = Clock.at(options.now) if options.now else Clock(timedelta(seconds=options.clock_ahead_seconds))
    try:
        known = load_portals(options.definitions)
        portals = [find_portal(known, slug) for slug in dict.fromkeys(options.portals)]
        run = CrawlRun(home, options.run_id, load_settings(home), clock, bounds, options.wait)
        if options.stop_with_parent:
            threading.Thread(target=_stop_when_input_closes, daemon=True).start()
        crawl(run, portals, serves_mirror=options.serves_mirror)
    except (PortalError, SettingsError, PortalBusyError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.report:
        with replacing(options.report) as temporary:
            temporary.write_text(_as_json(run), encoding="utf-8")
    for slug, reason in run.failures.items():
        print(f"{slug}: {reason}", file=sys.stderr)
    return 1 if run.failures else 0


def _stop_when_input_closes() -> None:
    """A parent that is killed cannot tell anybody, but its end of the pipe closes."""
    # Not sys.stdin: a thread that waits in its buffer would abort the interpreter's shutdown.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGINT)


def _as_json(run: CrawlRun) -> str:
    reports = {slug: asdict(report) for slug, report in run.reports.items()}
    return json.dumps(
        {"reports": reports, "failures": run.failures, "skipped": run.skipped},
        default=datetime.isoformat,
        ensure_ascii=False,
        indent=1,
    )


def _is_complete(statistics: CrawlStatistics, verdict: Verdict, observations: Observations) -> bool:
    """Tell whether the crawl came to the end of what it meant to look at.

    Single pages that failed do not count: they are unknown still, and asked for again where lists show them.
    """
    return not statistics.cut_short and not observations.frontier and verdict in ("ok", "no_news", "partial")


def _midnight(at: datetime) -> datetime:
    """Return when the day began in Hanoi."""
    return at.astimezone(HANOI_TIME).replace(hour=0, minute=0, second=0, microsecond=0)


def _say(line: str) -> None:
    print(line, flush=True)
