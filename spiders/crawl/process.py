"""The crawl process: crawls any number of portals concurrently, then writes a report file.

The pipeline starts it. To run it by hand: `python -m spiders.crawl --definitions FOLDER --report FILE PORTAL…`. Each
run needs a new process because Twisted's reactor cannot start twice in one. The verdict on each portal is in the report
file and in the last record of the portal's WARC file; the exit status only shows whether a portal failed. Does not
belong here: following links (see `spiders.crawl.spider`), and the Scrapy settings (see `spiders.crawl.settings`).
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
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

from spiders.crawl.follow_policy import FollowPolicy
from spiders.crawl.log import CrawlLog
from spiders.crawl.outcomes.progress import CrawlProgress
from spiders.crawl.plan import Bounds, plan_backfill, plan_crawl
from spiders.crawl.reactor import GracefulProcess
from spiders.crawl.settings import (
    budget_settings,
    contact_error,
    crawl_settings,
    portal_settings,
    user_agent,
)
from spiders.crawl.spider import PortalSpider
from spiders.crawl.verdict import judge
from spiders.fetch.connection.proxies import proxy_error
from spiders.fetch.middleware import require_started
from spiders.platforms.keys import key_rule
from spiders.portal import Portal, PortalError, load_portals
from warehouse.archive.index.build import index_warc, update_index
from warehouse.archive.index.locks import PortalBusyError, portal_lock
from warehouse.archive.index.pages import stored_pages
from warehouse.archive.state.file import StateError
from warehouse.archive.state.queries import CrawlState, PastCrawl, open_state
from warehouse.archive.upkeep.space import check_space
from warehouse.archive.warc.format import CrawlInfo, DamagedWarcError
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import HANOI_TIME, Clock, WrongClockError
from warehouse.durable import replacing
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.settings import Settings as OperatorSettings
from warehouse.settings import SettingsError, load_settings

_PROGRESS_EVERY_SECONDS = 2.0
# Time servers correct a clock by seconds.
_CLOCK_MOVE_MIN = timedelta(minutes=5)
# A pipeline run briefly holds a portal's lock while it recovers the files of a killed crawl.
_BUSY_TIMEOUT_SECONDS = 2.0
_OBJECTS_PER_COLLECTION = 50_000


class NothingToDoError(Exception):
    """A portal is not to be crawled now; the message gives the reason."""


@dataclass
class CrawlRun:
    """The crawls of one process: opens a WARC file for each portal, and closes it with a report.

    Attributes:
        home: the home folder of the archive.
        run_id: the run ID for the reports.
        settings: the operator's settings.
        clock: the clock of the crawls.
        bounds: bounds of a backfill; None for scheduled crawls.
        wait_seconds: how long to wait for a portal that another process is crawling.
        reports: reports of the finished crawls, by portal.
        failures: reasons why a crawl could not start or complete, by portal.
        skipped: reasons why a portal was not to be crawled now, by portal.
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
        """Add a portal to the process; its state must stay open until the process has ended.

        Raises:
            NothingToDoError: quiet hours are on, or the backfill is finished.
        """
        started_at = self.clock.now()
        if until := self.settings.quiet_until(started_at):
            raise NothingToDoError(f"quiet hours last until {until.astimezone(HANOI_TIME):%H:%M} in Hanoi")
        plan = (
            plan_crawl(state, portal, self.settings, started_at)
            if self.bounds is None
            else plan_backfill(state, portal, self.bounds, started_at)
        )
        if plan is None:
            raise NothingToDoError("this backfill is complete")
        crawl_id = f"{portal.slug}-{started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
        info = CrawlInfo(
            crawl_id=crawl_id,
            portal=portal.slug,
            run_id=self.run_id,
            started_at=started_at,
            user_agent=user_agent(),
            portal_definition=portal.model_dump(mode="json"),
            kind=plan.kind,
            clock_ahead_seconds=round(self.clock.ahead.total_seconds()),
        )
        archive = WarcWriter(self.home, info)
        midnight = started_at.astimezone(HANOI_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
        budget = budget_settings(
            portal,
            self.settings.requests_per_host_per_day,
            state.requests_since(midnight),
            is_backfill=bool(self.bounds),
        )
        crawler = Crawler(PortalSpider, Settings({**settings, **portal_settings(portal), **budget}))
        log = CrawlLog(portal, plan, state, self.clock)
        process.crawl(
            crawler,
            portal=portal,
            home=self.home,
            clock=self.clock,
            archive=archive,
            policy=FollowPolicy(plan, state, stored_pages(self.home, portal.slug, plan.resumes), log),
            crawl_log=log,
            on_progress=self._print_progress,
            on_closed=self._finish,
        )

    def _finish(self, spider: PortalSpider) -> None:
        """Judge the crawl and complete its WARC file.

        If the file cannot be completed, it keeps its temporary name, and the next run recovers it.
        """
        info = spider.archive.info
        log = spider.crawl_log
        stats = log.stats(require_started(spider.crawler.stats).get_stats())
        verdict, reason = judge(stats, spider.portal.expectations, log.state.history())
        reason += told_of_clock(self.clock, info.started_at, log.state.history(1))
        report = log.report(stats, verdict, reason, spider.archive, self.clock.now())
        try:
            index_warc(self.home, spider.archive.close(report, log.observations(stats)))
        except (OSError, DamagedWarcError) as error:
            self.failures[info.portal] = f"{reason}; its archive could not be completed: {error}"
            return
        self.reports[info.portal] = report
        _print_counts(spider)
        print(f"{info.portal}: {verdict}: {reason}; {report.captures} captures", flush=True)

    def _print_progress(self, spider: PortalSpider) -> None:
        now = time.monotonic()
        slug = spider.portal.slug
        if now - self._last_progress.setdefault(slug, now) >= _PROGRESS_EVERY_SECONDS:
            self._last_progress[slug] = now
            _print_counts(spider)


def _print_counts(spider: PortalSpider) -> None:
    stats = require_started(spider.crawler.stats)
    found = CrawlProgress(
        spider.portal.slug,
        requests=stats.get_value("scheduler/dequeued", 0),
        planned=stats.get_value("scheduler/enqueued", 0),
        captures=spider.archive.captures,
        articles=len(spider.crawl_log.articles.found),
    )
    print(found, flush=True)


def crawl(
    run: CrawlRun,
    portals: Sequence[Portal],
    settings: Mapping[str, Any] | None = None,
    *,
    serves_mirror: bool = False,
    allows_private: bool = False,
) -> CrawlRun:
    """Crawl the portals concurrently, and return the run with their reports; once per process.

    Args:
        run: the run, without reports yet.
        portals: the portals to crawl.
        settings: Scrapy settings that override the crawl's own, for benchmarks and tests.
        serves_mirror: whether a mirror on this machine serves all portals, so that private IP addresses are allowed.
        allows_private: whether the operator allows private networks and this machine, for a server of their own.

    Raises:
        PortalBusyError: each portal is being crawled by another process; nothing was requested.
        OSError: the archive's folder cannot be written, or the disk is almost full.
        WrongClockError: this machine's clock cannot be right; nothing was requested.
    """
    check_space(run.home.root, run.settings.free_space_min_bytes)
    # Recover the files of killed crawls before crawling their portals again.
    indexed = update_index(run.home, {portal.slug for portal in portals}, now=run.clock.now())
    for aside in indexed.set_aside:
        print(aside, flush=True)
    log = log_path(run.home, run.run_id)
    log.parent.mkdir(parents=True, exist_ok=True)
    common = crawl_settings(run.settings, run.clock, log, serves_mirror=serves_mirror, allows_private=allows_private)
    all_settings = {**common, **(settings or {})}
    process = GracefulProcess(Settings(all_settings))
    busy: set[str] = set()
    with ExitStack() as held:
        for portal in portals:
            try:
                held.enter_context(portal_lock(run.home, portal.slug, run.wait_seconds))
                state = held.enter_context(open_state(run.home, portal.slug, key_rule(portal)))
                run.add(process, portal, state, all_settings)
            except PortalBusyError as error:
                busy.add(portal.slug)
                run.failures[portal.slug] = str(error)
            except (DamagedWarcError, StateError, OSError) as error:
                # A file of this portal is damaged or cannot be written: the others are crawled.
                run.failures[portal.slug] = str(error)
            except NothingToDoError as error:
                run.skipped[portal.slug] = str(error)
        if len(busy) == len(portals):
            raise PortalBusyError("\n".join(run.failures.values()))
        if len(run.failures) + len(run.skipped) < len(portals):
            # Next to nothing that a crawl leaves behind has cycles. With the usual threshold of 700 objects, and all
            # that is loaded by now to look through, the collector takes a tenth of a crawl's time.
            gc.freeze()
            gc.set_threshold(_OBJECTS_PER_COLLECTION)
            # Scrapy's loggers have no level: they would make a record of every request for handlers that drop it.
            logging.getLogger("scrapy").setLevel(all_settings["LOG_LEVEL"])
            process.start()
    for portal in portals:
        if portal.slug not in run.reports and portal.slug not in run.skipped:
            run.failures.setdefault(portal.slug, "the crawl ended without a report; its log has the reason")
    return run


def told_of_clock(clock: Clock, started_at: datetime, last: Sequence[PastCrawl]) -> str:
    """Return what the reason of a verdict says of a clock that was moved; empty if it was not.

    Args:
        clock: the clock of the crawl.
        started_at: the start of the crawl.
        last: the crawls before it, in chronological order.
    """
    told = ""
    if abs(clock.moved) >= _CLOCK_MOVE_MIN:
        minutes = clock.moved.total_seconds() / 60
        told += (
            f"; this machine's clock was moved by {minutes:+.0f} minutes meanwhile, and the crawl's times are without"
        )
    if last and last[-1].started_at > started_at:
        told += (
            f"; the crawl before it is dated later, {last[-1].started_at:%Y-%m-%d %H:%M} UTC: the clock was wrong then"
        )
    return told


def log_path(home: Home, run_id: str) -> Path:
    """Return the path of a run's Scrapy log."""
    return home.root / "logs" / f"crawl-{run_id}.log"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("the time needs a time zone, such as 2026-01-31T07:00+07:00")
    return moment


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 if a portal failed, 2 if no crawl could be started, otherwise 0."""
    parser = argparse.ArgumentParser(prog="python -m spiders.crawl", description="Crawl portals into the archive.")
    parser.add_argument("portals", nargs="+", metavar="PORTAL", help="slugs of portal definitions")
    parser.add_argument("--definitions", action="append", type=Path, required=True, help="folder of portal files")
    parser.add_argument("--home", type=Path, required=True, help="where data lives")
    parser.add_argument("--run-id", default=f"manual-{secrets.token_hex(4)}")
    parser.add_argument("--report", type=Path, help="JSON file to write the reports to")
    parser.add_argument("--stop-with-parent", action="store_true", help="stop gracefully when standard input closes")
    clocks = parser.add_mutually_exclusive_group()
    clocks.add_argument("--now", type=_moment, help="start time of the crawl's clock, with a time zone")
    # An offset keeps the clocks of two crawls equal, however long each takes to start.
    clocks.add_argument(
        "--clock-ahead-seconds", type=float, default=0.0, help="how far the crawl's clock is ahead of real time"
    )
    parser.add_argument(
        "--wait", type=float, default=_BUSY_TIMEOUT_SECONDS, help="seconds to wait for a portal that is being crawled"
    )
    backfill = parser.add_argument_group("backfill", "crawl a portal's history instead of its news")
    backfill.add_argument("--backfill", action="store_true")
    backfill.add_argument("--from-date", type=date.fromisoformat, help="skip articles published before this day")
    backfill.add_argument("--until-date", type=date.fromisoformat, help="skip articles published after this day")
    backfill.add_argument("--depth", type=int, help="maximum pages of each list")
    backfill.add_argument("--requests-max", type=int, help="maximum pages of this run, at least 10; the next continues")
    parser.add_argument("--serves-mirror", action="store_true", help="a mirror on this machine serves all portals")
    parser.add_argument("--allow-private", action="store_true", help="allow servers on this machine and its network")
    options = parser.parse_args(arguments)
    if problem := proxy_error() or (None if options.serves_mirror else contact_error()):
        print(problem, file=sys.stderr)
        return 2
    home = Home(options.home.absolute())
    bounds = None
    if options.backfill:
        bounds = Bounds(options.from_date, options.until_date, options.depth, options.requests_max)
    clock = Clock.at(options.now) if options.now else Clock(timedelta(seconds=options.clock_ahead_seconds))
    try:
        known = load_portals(options.definitions)
        run = CrawlRun(home, options.run_id, load_settings(home), clock.steady(), bounds, options.wait)
        portals, unusable = [], dict[str, str]()
        for slug in dict.fromkeys(options.portals):
            try:
                portals.append(known.find(slug))
            except PortalError as error:
                unusable[slug] = str(error)
        if options.stop_with_parent:
            threading.Thread(target=stop_when_input_closes, daemon=True).start()
        if not portals:
            raise PortalError("\n".join(unusable.values()))
        crawl(run, portals, serves_mirror=options.serves_mirror, allows_private=options.allow_private)
        run.failures.update(unusable)
    except (PortalError, SettingsError, PortalBusyError, WrongClockError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:  # the disk is full, or the home cannot be written
        print(error, file=sys.stderr)
        return 1
    if options.report:
        with replacing(options.report) as temporary:
            temporary.write_text(_as_json(run), encoding="utf-8")
    for slug, reason in run.failures.items():
        print(f"{slug}: {reason}", file=sys.stderr)
    return 1 if run.failures else 0


def stop_when_input_closes() -> None:
    """Stop when the parent exits: a killed parent sends no signal, but its end of the pipe closes."""
    # Not sys.stdin: at shutdown, the interpreter aborts if a thread holds the lock of its buffer.
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
