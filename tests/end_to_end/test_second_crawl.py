"""A second crawl of unchanged portals sends few requests and makes no article or revision."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from dagster_project import pipeline
from dagster_project.corpus import Corpus, DemoCorpus
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.content import load_content
from spiders.mirror.days import moment_of
from spiders.mirror.server import Mirror, serve
from spiders.mirror.sites import all_sites
from spiders.mirror.varied import VariedContent
from tests.crawling import CRAWL_TIMEOUT_SECONDS, crawl_command
from warehouse.archive.state.queries import open_state
from warehouse.home import Home
from warehouse.settings import Settings

pytestmark = [pytest.mark.process, pytest.mark.slow]

ARTICLES = 300
# Portals with tokens and counters in their pages: Liferay, and NukeViet with its session fields.
HOSTS = {"my-duc-thu-nghiem": "myduc.hanoi.test", "xa-dong-anh-thu-nghiem": "xadonganh.hanoi.test"}
# Share of the first crawl's requests, without the refetches that were due.
SHARE_MAX = 0.05

ALL = 10_000


@dataclass(frozen=True)
class Crawl:
    """One crawl of all portals.

    Attributes:
        due: number of refetches due at its start, by portal.
        reports: crawl reports by portal.
    """

    due: dict[str, int]
    reports: dict[str, dict[str, Any]]

    def requests_without_refetches(self, portal: str) -> int:
        purposes: dict[str, int] = self.reports[portal]["requests_for"]
        return sum(count for purpose, count in purposes.items() if purpose != "refetch")


@dataclass(frozen=True)
class Crawls:
    """Three crawls of the same pages, and their corpus."""

    home: Home
    first: Crawl
    two_hours_later: Crawl
    a_day_later: Crawl


def crawl(home: Home, mirror: Mirror, at: datetime) -> Crawl:
    due = {}
    for portal in HOSTS:
        with open_state(home, portal) as state:
            due[portal] = len(state.due(at, Settings().refetch.daily, ALL))
    report = home.root / "report.json"
    command = [*crawl_command(home, MIRROR_PORTALS, *HOSTS), "--now", at.isoformat(), "--report", str(report)]
    environment = {**os.environ, **mirror.environment()}
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=CRAWL_TIMEOUT_SECONDS)
    return Crawl(due, json.loads(report.read_text("utf-8"))["reports"])


@pytest.fixture(scope="module")
def crawls(tmp_path_factory: pytest.TempPathFactory) -> Crawls:
    home = Home(tmp_path_factory.mktemp("second-crawl"))
    DemoCorpus.begin_day(home, 1)
    sites = all_sites(VariedContent(load_content(), ARTICLES))
    with serve(1, delays=False, extra={host: sites[host] for host in HOSTS.values()}) as mirror:
        after = (timedelta(), timedelta(hours=2), timedelta(hours=26))
        found = Crawls(home, *(crawl(home, mirror, moment_of(1) + passed) for passed in after))
    DemoCorpus.begin_day(home, 2)  # the clock of the build is after the last crawl
    pipeline.build(Corpus.open(home), "test", lambda _line: None)
    return found


@pytest.mark.parametrize("portal", HOSTS)
def test_the_first_crawl_is_full_and_finds_every_article(crawls: Crawls, portal: str) -> None:
    report = crawls.first.reports[portal]
    assert (report["kind"], report["verdict"], report["articles_new"]) == ("full", "ok", ARTICLES)


@pytest.mark.parametrize("portal", HOSTS)
def test_a_second_crawl_without_news_sends_few_requests(crawls: Crawls, portal: str) -> None:
    report = crawls.two_hours_later.reports[portal]
    assert (report["kind"], report["verdict"], report["articles_new"]) == ("incremental", "no_news", 0)
    assert crawls.two_hours_later.due[portal] == 0
    assert report["requests_for"].get("refetch", 0) == 0
    spent = crawls.two_hours_later.requests_without_refetches(portal)
    assert 0 < spent <= SHARE_MAX * crawls.first.reports[portal]["requests"], report["requests_for"]


@pytest.mark.parametrize("portal", HOSTS)
def test_a_day_later_only_due_refetches_are_added(crawls: Crawls, portal: str) -> None:
    report = crawls.a_day_later.reports[portal]
    assert (report["kind"], report["verdict"], report["articles_new"]) == ("incremental", "no_news", 0)
    assert report["requests_for"]["refetch"] == crawls.a_day_later.due[portal] == ARTICLES
    spent = crawls.a_day_later.requests_without_refetches(portal)
    assert 0 < spent <= SHARE_MAX * crawls.first.reports[portal]["requests"], report["requests_for"]


@pytest.mark.parametrize("portal", HOSTS)
def test_tokens_and_counters_do_not_make_a_revision(crawls: Crawls, portal: str) -> None:
    with duckdb.connect(str(crawls.home.corpus_file), read_only=True) as corpus:
        found = corpus.execute(
            "select count(*), max(revision_count), min(last_captured_at - first_captured_at) > interval 20 hours"
            " from fct_articles where portal = ?",
            [portal],
        ).fetchone()
        revisions = corpus.execute(
            "select count(*) from fct_article_revisions join fct_articles using (article_id) where portal = ?", [portal]
        ).fetchone()
    # Every article was captured again, with different bytes.
    assert found == (ARTICLES, 1, True)
    assert revisions == (ARTICLES,)
