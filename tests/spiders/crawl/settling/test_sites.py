"""Crawls of sites without end settle: bounded by what is new, complete, and cheap the second time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from spiders.mirror.server import serve
from tests.crawling import crawl, define_portal
from tests.spiders.crawl.settling.sites import ARTICLES, ENDLESS, LARGE, LAST, LIST, Asked
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_report
from warehouse.home import Home
from warehouse.records import CrawlReport

START = datetime(2026, 11, 1, 6, tzinfo=UTC)
PAGES_MAX = 1000
# Beyond the articles and the pages of their list: what it takes to see that something gives nothing new.
EXTRA_MAX = 60
_SITES = ENDLESS | LARGE
_NAMES = [*_SITES]
_BATCH = 4
_LISTS_AT_FIRST = {"sections": 11}
"""How many lists a site has that each crawl must read; one for all others, and up to two pages that lead to it."""

pytestmark = [pytest.mark.process, pytest.mark.slow]


class Crawled(NamedTuple):
    """A crawl's report, and what it asked for."""

    report: CrawlReport
    asked: list[str]


@pytest.fixture(scope="module")
def crawled_twice(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Crawled, Crawled]]:
    """Return a function that crawls a site twice, together with some others: starting a process takes longest."""
    done: dict[str, tuple[Crawled, Crawled]] = {}

    def crawls_of(name: str) -> tuple[Crawled, Crawled]:
        if name not in done:
            begin = _NAMES.index(name) // _BATCH * _BATCH
            done.update(_crawl_twice(_NAMES[begin : begin + _BATCH], tmp_path_factory))
        return done[name]

    return crawls_of


def _crawl_twice(names: list[str], factory: pytest.TempPathFactory) -> dict[str, tuple[Crawled, Crawled]]:
    folder = factory.mktemp("settling")
    home = Home(folder / "home")
    sites = {name: Asked(_SITES[name]()) for name in names}
    for name in names:
        define_portal(
            folder / "portals",
            name,
            f"{name}.hanoi.test",
            platform="generic",
            seed_urls=[f"http://{name}.hanoi.test{'/' if name == 'refreshed' else LIST}"],
            politeness={"delay_seconds": 0, "retry_delays_seconds": [0.1], "pages_max": PAGES_MAX},
        )
    crawls: list[dict[str, Crawled]] = []
    with serve(1, extra={f"{name}.hanoi.test": site for name, site in sites.items()}) as mirror:
        for at in (START, START + timedelta(minutes=30)):
            process = crawl(mirror, home, folder / "portals", *names, now=at)
            assert process.returncode == 0, process.stderr
            crawls.append({name: Crawled(_last_report(home, name), site.taken()) for name, site in sites.items()})
    return {name: (crawls[0][name], crawls[1][name]) for name in names}


def _last_report(home: Home, portal: str) -> CrawlReport:
    reports = [report for warc in warc_files(home, portal) if (report := read_report(warc))]
    return max(reports, key=lambda report: report.started_at)


@pytest.mark.parametrize("name", _NAMES)
def test_a_site_is_read_whole_and_settles(crawled_twice: Callable[[str], tuple[Crawled, Crawled]], name: str) -> None:
    first, second = crawled_twice(name)
    assert (first.report.kind, first.report.verdict, first.report.is_complete) == ("full", "ok", True)
    articles = {target.rpartition("/")[2].partition("?")[0] for target in first.asked if ".html" in target}
    assert len({each for each in articles if each.startswith("hop-ban")}) == ARTICLES
    assert len(first.asked) <= ARTICLES + LAST + EXTRA_MAX
    assert (second.report.kind, second.report.verdict) == ("incremental", "no_news")
    lists = _LISTS_AT_FIRST.get(name, 1)
    assert len(second.asked) == lists if name in LARGE else len(second.asked) <= max(len(first.asked) // 10, 3)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("calendar", "addresses of kinds such as calendar.hanoi.test/lich/…/… were not followed"),
        ("many-links", "4980 addresses of kinds such as many-links.hanoi.test/…?ma were not followed"),
        ("fake-lists", "such as article fake-lists.hanoi.test/kho/….html were not followed"),
    ],
)
def test_the_verdict_says_what_was_not_followed(
    crawled_twice: Callable[[str], tuple[Crawled, Crawled]], name: str, words: str
) -> None:
    assert words in crawled_twice(name)[0].report.verdict_reason
