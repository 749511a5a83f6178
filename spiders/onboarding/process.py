"""The Scrapy process that fetches a few pages of portals into a scratch archive.

It is a separate process because Twisted's reactor cannot start twice in one process. Settings and middlewares are those
of a crawl: robots.txt, delays, the SSRF guard, TLS, time and size limits.
Belongs here: the process, its input (`FetchJob`) and its output (`read_captures_of`). Does not belong here: which pages
are needed (see `spiders.onboarding.survey` and `spiders.onboarding.probe`).
"""

from __future__ import annotations

import argparse
import json
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from spiders.crawl.process import stop_when_input_closes
from spiders.crawl.reactor import GracefulProcess
from spiders.crawl.settings import crawl_settings, portal_settings, user_agent
from spiders.onboarding.captures import CapturedPage, Captures, FetchError
from spiders.onboarding.probe import probe
from spiders.onboarding.spider import OnboardingSpider
from spiders.onboarding.survey import any_host, survey
from spiders.portal import Portal
from warehouse.archive.files import warc_files
from warehouse.archive.warc.encoding import UndecodableBodyError
from warehouse.archive.warc.format import CrawlInfo
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import Clock
from warehouse.durable import replacing
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.settings import Settings as OperatorSettings

# No retries: the user can repeat the command.
_SETTINGS: Final = {"RETRY_TIMES": 0}


@dataclass(frozen=True, slots=True)
class FetchJob:
    """A portal whose pages are to be fetched.

    Attributes:
        portal: its definition; for a survey a minimal one, whose only seed URL is the home page.
        is_survey: whether to fetch the pages that `survey` needs; otherwise those that `probe` needs.
    """

    portal: Portal
    is_survey: bool = False


def write_jobs(file: Path, jobs: Iterable[FetchJob]) -> None:
    """Write the jobs to the JSON file that the process reads."""
    values = [{"portal": job.portal.model_dump(mode="json"), "is_survey": job.is_survey} for job in jobs]
    file.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")


def read_captures_of(home: Home, slug: str) -> Captures:
    """Return the captures of one portal; without any if the process ended before it wrote them."""
    file = _outcomes_file(home, slug)
    if not file.exists():
        return Captures({})
    stored = {
        found.capture.url: found
        for warc in warc_files(home, slug)
        for found in read_captures(warc)
        if found.capture.status == 200
    }
    outcomes: dict[str, CapturedPage | FetchError] = {}
    for requested, (url, kind) in json.loads(file.read_text(encoding="utf-8")).items():
        if kind:
            outcomes[requested] = FetchError(kind, url)
            continue
        found = stored[url]
        try:
            headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in found.headers)
            outcomes[requested] = CapturedPage(
                requested, url, found.body().content, found.capture.content_type, found.capture.captured_at, headers
            )
        except UndecodableBodyError:
            outcomes[requested] = FetchError("undecodable", url)
    return Captures(outcomes)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fetch pages from the command line."""
    parser = argparse.ArgumentParser(prog="python -m spiders.onboarding", description="Fetch a few pages of portals.")
    parser.add_argument("jobs", type=Path, help="JSON file of the portals to fetch")
    parser.add_argument("--home", type=Path, required=True, help="scratch archive")
    parser.add_argument("--serves-mirror", action="store_true", help="all portals are simulated on this machine")
    parser.add_argument("--allow-private", action="store_true", help="allow servers on this machine and its network")
    parser.add_argument("--clock-ahead-seconds", type=float, default=0.0, help="how many seconds the clock is ahead")
    parser.add_argument("--stop-with-parent", action="store_true", help="stop gracefully when standard input closes")
    options = parser.parse_args(arguments)
    if options.stop_with_parent:
        threading.Thread(target=stop_when_input_closes, daemon=True).start()
    home = Home(options.home.absolute())
    clock = Clock(timedelta(seconds=options.clock_ahead_seconds))
    log = home.root / "scrapy.log"
    settings = crawl_settings(
        OperatorSettings(), clock, log, serves_mirror=options.serves_mirror, allows_private=options.allow_private
    )
    process = GracefulProcess(Settings(settings))
    for values in json.loads(options.jobs.read_text(encoding="utf-8")):
        job = FetchJob(Portal.model_validate(values["portal"]), values["is_survey"])
        _add(process, job, home, clock, settings)
    process.start()


def _add(process: AsyncCrawlerProcess, job: FetchJob, home: Home, clock: Clock, settings: Mapping[str, Any]) -> None:
    portal, started_at = job.portal, clock.now()
    info = CrawlInfo(
        crawl_id=f"{portal.slug}-{started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}",
        portal=portal.slug,
        run_id="onboarding",
        started_at=started_at,
        user_agent=user_agent(),
        portal_definition=portal.model_dump(mode="json"),
    )
    examine: Callable[[Captures], object] = partial(probe, portal=portal)
    if job.is_survey:
        examine = partial(survey, url=portal.seed_urls[0])
    process.crawl(
        Crawler(OnboardingSpider, Settings({**settings, **portal_settings(portal), **_SETTINGS})),
        portal=any_host(portal) if job.is_survey else portal,
        home=home,
        clock=clock,
        archive=WarcWriter(home, info),
        examine=examine,
        on_closed=_finish,
    )


def _finish(spider: OnboardingSpider) -> None:
    """Complete the WARC file, and write the outcome of each request beside it."""
    info, outcomes = spider.archive.info, spider.outcomes
    failures = Counter(one.kind for one in outcomes.values() if isinstance(one, FetchError))
    spider.archive.close(
        CrawlReport(
            crawl_id=info.crawl_id,
            portal=info.portal,
            run_id=info.run_id,
            started_at=info.started_at,
            ended_at=spider.clock.now(),
            verdict="ok" if failures.total() < len(outcomes) else "unreachable",
            verdict_reason="a few pages, for a survey or a probe",
            requests=len(outcomes),
            captures=spider.archive.captures,
            list_rows_seen=0,
            articles_found=0,
            articles_new=0,
            errors=dict(failures),
            warc_file=spider.archive.name,
        )
    )
    values = {url: (one.url, one.kind if isinstance(one, FetchError) else None) for url, one in outcomes.items()}
    with replacing(_outcomes_file(spider.home, info.portal)) as temporary:
        temporary.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
    print(f"{info.portal}: {spider.archive.captures} responses", flush=True)


def _outcomes_file(home: Home, slug: str) -> Path:
    return home.root / f"outcomes-{slug}.json"
