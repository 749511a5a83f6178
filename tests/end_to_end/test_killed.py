"""Crawls and builds killed at random moments, or terminated, lose nothing; the next one resumes.

The moments come from a seed that a failure prints; `HANOI_CORPUS_TEST_SEED` sets it.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.corpus import DemoCorpus
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.days import moment_of
from spiders.mirror.server import Mirror, serve
from tests.crawling import CRAWL_TIMEOUT_SECONDS, crawl_command
from tests.demonstration import differences, hanoi_corpus, started, wait_for_line
from warehouse.archive.files import PART_SUFFIX, warc_files
from warehouse.archive.index.build import update_index
from warehouse.archive.warc.reader import read_captures, read_report
from warehouse.home import Home
from warehouse.records import CrawlReport

pytestmark = [pytest.mark.process, pytest.mark.slow]

SEED = int(os.environ.get("HANOI_CORPUS_TEST_SEED", time.time_ns() % 1_000_000))
PORTALS = ("my-duc-thu-nghiem", "so-van-hoa-thu-nghiem")
KILLS_A_PORTAL = 10
# Number of requests left to the last, undisturbed crawl.
RESERVE = 20
# A crawl has one connection per host: one request in flight, and one response that may not be stored yet.
IN_FLIGHT_MAX = 2
# By the line at the end of a build stage: how often the build is killed in the next, and within how many seconds.
BUILD_KILLS = {
    "index: ": (4, 1.5),
    "extraction: ": (3, 0.3),
    "identification: ": (3, 0.3),
    "signing: ": (3, 0.3),
    "fingerprinting: ": (3, 0.3),
    "crediting: ": (3, 0.3),
    "term_finding: ": (3, 0.3),
    "load: ": (4, 4.0),
    "marts: ": (2, 0.3),
}

_PLACES = ("warc_file", "warc_offset", "revisit_warc_file", "revisit_warc_offset")
# Columns that may differ between two crawls of the same pages: times, provenance, and counters.
OF_ONE_CRAWL = {
    "dim_portals": ("verified_on", "base_url"),
    "fct_articles": (
        *("first_captured_at", "last_captured_at", "view_count"),
        *("capture_id", *_PLACES, "crawl_id", "run_id"),
    ),
    "fct_article_revisions": ("valid_from", "capture_id", *_PLACES),
    "fct_article_events": ("event_id", "seen_at", "capture_id", "crawl_id"),
    "fct_unread_pages": ("capture_id", "crawl_id", "captured_at", "bytes", *_PLACES),
    "fct_captures": (
        *("capture_id", "crawl_id", "captured_at", "payload_digest", "bytes", "warc_file", "warc_offset"),
        *("is_revisit", "body_warc_file", "body_warc_offset"),
    ),
}
# `articles_new` counts an article in the crawl that first captured it: its sum over the killed crawls is the same.
LAST_CRAWLS = """
select portal, sum(articles_new), arg_max((verdict, is_complete, kind, list_rows_seen, articles_found), started_at)
from {corpus}.fct_crawls group by portal
"""


@dataclass
class Crawling:
    """Crawls of the mirror's first day into one home, one minute apart."""

    home: Home
    mirror: Mirror
    runs: int = 0

    def begin(self, *portals: str) -> subprocess.Popen[bytes]:
        """Start a crawl in its own process group."""
        at = moment_of(1) + timedelta(minutes=self.runs)
        self.runs += 1
        return subprocess.Popen(
            [*crawl_command(self.home, MIRROR_PORTALS, *portals), "--now", at.isoformat()],
            env={**os.environ, **self.mirror.environment()},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def finish(self, *portals: str) -> None:
        """Crawl without interruption."""
        _, complaints = (crawl := self.begin(*portals)).communicate(timeout=CRAWL_TIMEOUT_SECONDS)
        assert crawl.returncode == 0, complaints.decode()

    def requested(self, since: int = 0) -> Counter[str]:
        """Return the number of requests by URL, without robots.txt, which each crawl requests first."""
        return Counter(one.url for one in self.mirror.requests[since:] if not one.url.endswith("/robots.txt"))

    def stored(self) -> set[str]:
        """Return the URLs captured in complete WARC files."""
        return {capture.capture.url for warc in warc_files(self.home) for capture in read_captures(warc)}

    def wait_for(self, requests: int, crawl: subprocess.Popen[bytes]) -> None:
        """Wait until the mirror has answered that many requests, without robots.txt."""
        deadline = time.monotonic() + CRAWL_TIMEOUT_SECONDS
        while self.requested().total() < requests:
            assert crawl.poll() is None, f"seed {SEED}: the crawl ended by itself"
            assert time.monotonic() < deadline
            time.sleep(0.003)


def new_home(folder: Path) -> Home:
    home = Home(folder)
    home.root.mkdir()
    DemoCorpus.begin_day(home, 1)
    return home


def kill_group(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)


def build(home: Home) -> None:
    """Build. A crawl that was killed may hold few articles, and be judged by them, with exit code 3."""
    done = hanoi_corpus(home, "build")
    judged = done.returncode == 3 and "is read worse than usual" in done.stderr
    assert done.returncode == 0 or judged, done.stderr


@dataclass(frozen=True)
class Undisturbed:
    """Crawls and a build without interruption.

    Attributes:
        requested: number of requests by portal.
    """

    home: Home
    requested: dict[str, int]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    home = new_home(tmp_path_factory.mktemp("undisturbed") / "home")
    requested = {}
    with serve(1, delays=False) as mirror:
        for portal in PORTALS:
            before = len(mirror.requests)
            (crawling := Crawling(home, mirror)).finish(portal)
            requested[portal] = crawling.requested(before).total()
    build(home)
    return Undisturbed(home, requested)


def crawl_and_kill(crawling: Crawling, portal: str, wanted: int, moments: random.Random) -> None:
    """Kill crawls one after the other; check that each fetches nothing that is stored already."""
    already = crawling.requested().total()
    stored = crawling.stored()
    for kills_left in range(KILLS_A_PORTAL, 0, -1):
        before = len(crawling.mirror.requests)
        remaining = wanted - RESERVE - (crawling.requested().total() - already)
        further = moments.randrange(max(1, 1 + 2 * remaining // kills_left))
        crawl = crawling.begin(portal)
        if further:
            crawling.wait_for(crawling.requested().total() + min(further, max(remaining, 1)), crawl)
            time.sleep(moments.uniform(0, 0.03))
        else:
            time.sleep(moments.uniform(0, 0.6))
        kill_group(crawl)
        assert crawl.returncode == -signal.SIGKILL
        time.sleep(0.1)  # let the mirror log its last response
        update_index(crawling.home)
        assert list(crawling.home.warc.glob(f"*/*{PART_SUFFIX}")) == []
        requested = crawling.requested(before)
        assert requested.keys() & stored == set(), f"seed {SEED}: fetched though it was stored"
        stored = crawling.stored()
        assert len(requested.keys() - stored) <= IN_FLIGHT_MAX, f"seed {SEED}: lost {requested.keys() - stored}"
    before = len(crawling.mirror.requests)
    crawling.finish(portal)
    assert crawling.requested(before).keys() & stored == set(), f"seed {SEED}: fetched though it was stored"


def different(corpus: Path, reference: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return up to three differing rows of each table that differs between two corpora of the same pages."""
    found = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{corpus}' as one (read_only)")
        connection.execute(f"attach '{reference}' as other (read_only)")
        queries = {
            table: f"select columns(c -> c not in {columns}) from {{corpus}}.{table}"  # noqa: S608 - constants
            for table, columns in OF_ONE_CRAWL.items()
        }
        queries["fct_captures"] += " where url not like '%/robots.txt'"
        queries["last crawls"] = LAST_CRAWLS
        for table, query in queries.items():
            one, other = (f"({query.format(corpus=name)})" for name in ("one", "other"))
            rows = connection.execute(
                f"select * from (({one} except all {other}) union all ({other} except all {one})) limit 3"  # noqa: S608 - constants
            ).fetchall()
            if rows:
                found[table] = rows
        assert connection.execute("select count(*) > 60 from one.fct_articles").fetchone() == (True,)
    return found


def test_crawls_killed_at_random_moments_give_the_same_rows(undisturbed: Undisturbed, tmp_path: Path) -> None:
    moments = random.Random(SEED)  # noqa: S311 - no secret
    home = new_home(tmp_path / "home")
    with serve(1, delays=False) as mirror:
        crawling = Crawling(home, mirror)
        for portal in PORTALS:
            crawl_and_kill(crawling, portal, undisturbed.requested[portal], moments)
    build(home)
    assert different(home.corpus_file, undisturbed.home.corpus_file) == {}, f"seed {SEED}"


def test_builds_killed_at_random_moments_give_the_same_rows(undisturbed: Undisturbed, tmp_path: Path) -> None:
    moments = random.Random(SEED)  # noqa: S311 - no secret
    home = new_home(tmp_path / "home")
    shutil.copytree(undisturbed.home.warc, home.warc)
    kills = [(stage, limit) for stage, (times, limit) in BUILD_KILLS.items() for _ in range(times)]
    moments.shuffle(kills)
    for stage, limit in kills:
        with started(home, "build") as process:
            wait_for_line(process, stage)
            time.sleep(moments.uniform(0, limit))
            kill_tree(process.pid)
    build(home)
    assert differences(home.corpus_file, undisturbed.home.corpus_file) == {}, f"seed {SEED}"
    assert [path for path in home.releases.iterdir() if path.name.startswith(".")] == []


def kill_tree(root: int) -> None:
    """Kill a process and all its descendants, in any process group, as a power cut would."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # the process has ended
            continue
        children.setdefault(int(fields[1]), []).append(int(folder.name))
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def test_sigterm_ends_a_crawl_cleanly_and_the_next_resumes(undisturbed: Undisturbed, tmp_path: Path) -> None:
    portal = PORTALS[0]
    home = new_home(tmp_path / "home")
    with serve(1, delays=False) as mirror:
        crawling = Crawling(home, mirror)
        crawl = crawling.begin(portal)
        crawling.wait_for(undisturbed.requested[portal] // 2, crawl)
        crawl.terminate()
        _, complaints = crawl.communicate(timeout=CRAWL_TIMEOUT_SECONDS)
        assert crawl.returncode == 0, complaints.decode()
        assert list(home.warc.glob(f"*/*{PART_SUFFIX}")) == []
        (first,) = reports(home)
        assert (first.verdict, first.is_complete) == ("partial", False)
        assert "told to stop" in first.verdict_reason
        before, stored = len(mirror.requests), crawling.stored()
        assert crawling.requested().keys() == {url for url in stored if not url.endswith("/robots.txt")}
        crawling.finish(portal)
        assert crawling.requested(before).keys() & stored == set()
    _, last = reports(home)
    assert (last.verdict, last.is_complete, last.resumes) == ("ok", True, first.crawl_id)
    assert crawling.requested().total() == undisturbed.requested[portal]


def reports(home: Home) -> list[CrawlReport]:
    """Return the report of every crawl, oldest first."""
    found = [report for warc in warc_files(home) if (report := read_report(warc))]
    return sorted(found, key=lambda report: report.started_at)
