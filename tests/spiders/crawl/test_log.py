"""The crawl log: what each outcome adds to the stats and the observations."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response

from spiders.crawl.log import CrawlLog
from spiders.crawl.plan import Bounds, CrawlPlan
from spiders.crawl.responses import isolated
from spiders.crawl.verdict import CrawlStats
from spiders.fetch.errors import OutOfScopeError
from spiders.fetch.target import Target
from spiders.portal import portal_of_platform
from warehouse.archive.observations import HostAnswers
from warehouse.archive.state.queries import CrawlState, open_state
from warehouse.clock import Clock
from warehouse.home import Home

NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)
LIST = "https://portal.test/tin"
ARTICLE = "https://portal.test/tin/-/view_content/1-tin"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[CrawlState]:
    with open_state(Home(tmp_path), "portal") as state:
        yield state


def log_of(state: CrawlState, bounds: Bounds | None = None) -> CrawlLog:
    plan = CrawlPlan("backfill" if bounds else "full", NOW, NOW, bounds=bounds)
    return CrawlLog(portal_of_platform("liferay_point", LIST), plan, state, Clock())


def answer(url: str, target: Target, status: int = 200, body: bytes = b"<p>Tin</p>") -> Response:
    return Response(url, status=status, body=body, request=target.attach_to(Request(url)))


def stats(log: CrawlLog) -> CrawlStats:
    return log.stats({"downloader/request_count": 3, "requests_for/list": 2, "spider_exceptions/count": 1})


def test_a_404_marks_the_article_missing(state: CrawlState) -> None:
    log = log_of(state)
    assert not log.record_response(answer(ARTICLE, Target("new_article", "1"), 404))
    assert stats(log).articles_gone == 1
    assert log.observations(stats(log)).missing.keys() == {"1"}


def test_a_challenge_blocks_the_article_and_leaves_it_failed(state: CrawlState) -> None:
    log = log_of(state)
    script = b"<script>document.cookie='D1N=0123abcd; path=/';location.reload()</script>"
    assert not log.record_response(answer(ARTICLE, Target("new_article", "1"), body=script))
    observations = log.observations(stats(log))
    assert observations.blocked == ("1",)
    assert [(one.article_key, one.url) for one in observations.failed] == [("1", ARTICLE)]


def test_a_304_counts_for_its_host_and_marks_the_list_unchanged(state: CrawlState) -> None:
    log = log_of(state)
    assert not log.record_response(answer(LIST, Target("list", is_conditional=True), 304))
    assert (stats(log).not_modified, stats(log).lists_not_modified) == (1, 1)
    assert log.observations(stats(log)).hosts == {"portal.test": HostAnswers(1, 1, 0)}
    assert log.lists.unchanged.keys() == {LIST}


def test_a_304_to_an_unconditional_request_is_a_failure(state: CrawlState) -> None:
    log = log_of(state)
    assert not log.record_response(answer(LIST, Target("list", is_start=True), 304))
    assert (stats(log).errors, stats(log).start_failures) == ({"http_304": 1, "callback_error": 1}, 1)


def test_the_crawl_gives_up_after_ten_consecutive_failures_of_the_portal(state: CrawlState) -> None:
    log = log_of(state)
    request = Target("new_article", "1").attach_to(Request(ARTICLE))
    for _ in range(9):
        log.record_error(request, DownloadTimeoutError())
    log.record_error(request, OutOfScopeError())
    assert log.reason_to_give_up is None
    for _ in range(10):
        log.record_error(request, DownloadTimeoutError())
    assert log.reason_to_give_up == "10 requests in a row failed, the last with timeout"
    assert stats(log).is_given_up


def test_the_frontier_of_a_backfill_is_what_has_not_been_answered(state: CrawlState) -> None:
    log = log_of(state, Bounds(depth=2))
    for url in (LIST, f"{LIST}-2"):
        log.lists.want(url)
    log.record_response(answer(LIST, Target("list")))
    log.lists.want_article("1", LIST)
    assert log.observations(stats(log)).frontier == (f"{LIST}-2", LIST)
    log.record_response(answer(ARTICLE, Target("new_article", "1"), 500))
    assert log.observations(stats(log)).frontier == (f"{LIST}-2",)


def test_requests_are_counted_by_scrapys_stats(state: CrawlState) -> None:
    assert stats(log_of(state)).requests_for == {"list": 2}


class Reading:
    """What `isolated` needs of a spider, with a reader that fails on some pages."""

    def __init__(self, log: CrawlLog) -> None:
        self.crawl_log = log

    @isolated
    def follow(self, response: Response) -> Generator[Request, None, bool]:
        yield Request(f"{response.url}/1")
        if b"fail" in response.body:
            raise RecursionError
        yield Request(f"{response.url}/2")
        return True


def followed(reading: Reading, response: Response) -> tuple[list[str], bool | None]:
    results: list[bool | None] = []

    def all_of() -> Iterator[Request]:
        results.append((yield from reading.follow(response)))

    return [request.url for request in all_of()], results[0]


def test_a_page_on_which_a_reader_fails_is_counted_and_the_crawl_goes_on(
    state: CrawlState, caplog: pytest.LogCaptureFixture
) -> None:
    log = log_of(state)
    reading = Reading(log)
    assert followed(reading, answer(LIST, Target("list", is_start=True), body=b"fail")) == ([f"{LIST}/1"], None)
    assert followed(reading, answer(ARTICLE, Target("new_article", "1"), body=b"fail")) == ([f"{ARTICLE}/1"], None)
    assert followed(reading, answer(LIST, Target("list"))) == ([f"{LIST}/1", f"{LIST}/2"], True)
    assert stats(log).errors == {"reader_error": 2, "callback_error": 1}
    assert (stats(log).start_failures, stats(log).articles_captured, stats(log).articles_gone) == (1, 1, 0)
    assert f"{LIST} made a reader fail" in caplog.text
    assert "RecursionError" in caplog.text
