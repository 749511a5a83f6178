"""What it costs to look again at portals that have nothing new: few requests, and no article or revision."""

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
from warehouse.archive.state.questions import open_state
from warehouse.home import Home
from warehouse.settings import Settings

ARTICLES = 300
# Whose pages carry tokens and counters: Liferay's, and NukeViet's with its session fields.
HOSTS = {"my-duc-thu-nghiem": "myduc.hanoi.test", "xa-dong-anh-thu-nghiem": "xadonganh.hanoi.test"}
# Of the first crawl's requests, besides the refetches that were due.
SHARE_MAX = 0.05

ALL = 10_000


@dataclass(frozen=True)
class Look:
    """One crawl of all portals.

    Attributes:
        due: refetches that were due when it began, by portal.
        reports: by portal.
    """

    due: dict[str, int]
    reports: dict[str, dict[str, Any]]

    def beside_what_was_due(self, portal: str) -> int:
        purposes: dict[str, int] = self.reports[portal]["requests_for"]
        return sum(count for purpose, count in purposes.items() if purpose != "refetch")


@dataclass(frozen=True)
class Looks:
    """Three crawls of the same pages, and the corpus made of them."""

    home: Home
    first: Look
    two_hours_later: Look
    a_day_later: Look


def look(home: Home, mirror: Mirror, at: datetime) -> Look:
    due = {}
    for portal in HOSTS:
        with open_state(home, portal) as state:
            due[portal] = len(state.due(at, Settings().refetch.daily, ALL))
    report = home.root / "report.json"
    command = [*crawl_command(home, MIRROR_PORTALS, *HOSTS), "--now", at.isoformat(), "--report", str(report)]
    environment = {**os.environ, **mirror.environment()}
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=CRAWL_TIMEOUT_SECONDS)
    return Look(due, json.loads(report.read_text("utf-8"))["reports"])


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Looks:
    home = Home(tmp_path_factory.mktemp("second-crawl"))
    DemoCorpus.begin_day(home, 1)
    sites = all_sites(VariedContent(load_content(), ARTICLES))
    with serve(1, delays=False, extra={host: sites[host] for host in HOSTS.values()}) as mirror:
        after = (timedelta(), timedelta(hours=2), timedelta(hours=26))
        found = Looks(home, *(look(home, mirror, moment_of(1) + passed) for passed in after))
    pipeline.build(Corpus.open(home), "test", lambda _line: None)
    return found


@pytest.mark.parametrize("portal", HOSTS)
def test_the_first_look_sees_everything(looks: Looks, portal: str) -> None:
    report = looks.first.reports[portal]
    assert (report["kind"], report["verdict"], report["articles_new"]) == ("full", "ok", ARTICLES)


@pytest.mark.parametrize("portal", HOSTS)
def test_a_second_look_without_news_costs_next_to_nothing(looks: Looks, portal: str) -> None:
    report = looks.two_hours_later.reports[portal]
    assert (report["kind"], report["verdict"], report["articles_new"]) == ("incremental", "no_news", 0)
    assert looks.two_hours_later.due[portal] == 0
    assert report["requests_for"].get("refetch", 0) == 0
    spent = looks.two_hours_later.beside_what_was_due(portal)
    assert 0 < spent <= SHARE_MAX * looks.first.reports[portal]["requests"], report["requests_for"]


@pytest.mark.parametrize("portal", HOSTS)
def test_a_day_later_only_the_refetches_that_are_due_come_on_top(looks: Looks, portal: str) -> None:
    report = looks.a_day_later.reports[portal]
    assert (report["kind"], report["verdict"], report["articles_new"]) == ("incremental", "no_news", 0)
    assert report["requests_for"]["refetch"] == looks.a_day_later.due[portal] == ARTICLES
    spent = looks.a_day_later.beside_what_was_due(portal)
    assert 0 < spent <= SHARE_MAX * looks.first.reports[portal]["requests"], report["requests_for"]


@pytest.mark.parametrize("portal", HOSTS)
def test_tokens_and_counters_make_no_revision(looks: Looks, portal: str) -> None:
    with duckdb.connect(str(looks.home.corpus_file), read_only=True) as corpus:
        found = corpus.execute(
            "select count(*), max(revision_count), min(last_captured_at - first_captured_at) > interval 20 hours"
            " from fct_articles where portal = ?",
            [portal],
        ).fetchone()
        revisions = corpus.execute(
            "select count(*) from fct_article_revisions join fct_articles using (article_id) where portal = ?", [portal]
        ).fetchone()
    # Every article was seen again, on a page of other bytes.
    assert found == (ARTICLES, 1, True)
    assert revisions == (ARTICLES,)
