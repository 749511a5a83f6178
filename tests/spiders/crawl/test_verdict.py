"""Verdicts: for each, a crawl that must get it, and a slightly different one that must not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import get_args

import pytest

from spiders.crawl.verdict import CrawlStats, judge
from spiders.fetch.errors import DOWN_KINDS
from spiders.pages.challenge import CHALLENGE_KINDS
from spiders.portal import Expectations
from warehouse.archive.state.queries import PastCrawl
from warehouse.records import Verdict

EXPECTATIONS = Expectations(list_rows_min=20)
HEALTHY = CrawlStats(
    requests=66,
    pages=64,
    list_rows_seen=60,
    articles_found=60,
    articles_new=5,
    articles_captured=60,
    articles_asked=60,
    start_failures=0,
    cut_short=None,
    errors={},
)
NOTHING = replace(
    HEALTHY, requests=9, pages=0, list_rows_seen=0, articles_found=0, articles_asked=0, articles_new=0, start_failures=3
)

# Kinds that a healthy portal shows too; otherwise each alone would be too many of 66 requests.
HARMLESS = ("http_404", "http_410", "robots_denied", "out_of_scope", "too_large", "decompression_ratio", "url_too_long")
INCREMENTAL = replace(
    HEALTHY,
    kind="incremental",
    pages=4,
    list_rows_seen=10,
    articles_asked=5,
    articles_captured=5,
    articles_recognised=5,
)
# Every list and every due article answers 304.
UNCHANGED = replace(
    INCREMENTAL,
    pages=0,
    list_rows_seen=0,
    articles_found=0,
    articles_asked=3,
    articles_new=0,
    articles_captured=0,
    articles_recognised=0,
    not_modified=5,
    lists_not_modified=2,
)

# Two articles were due, and both are gone; nothing else was requested.
GONE = replace(
    INCREMENTAL,
    articles_new=0,
    articles_asked=2,
    articles_captured=0,
    articles_recognised=0,
    articles_gone=2,
    errors={"http_404": 1},
)

# Verdict, part of the reason, the crawl that gets it, and one that differs only in the point and does not.
CASES: dict[str, tuple[Verdict, str, CrawlStats, CrawlStats]] = {
    "new articles": ("ok", "5 of them new", HEALTHY, replace(HEALTHY, articles_new=0)),
    "harmless errors": (
        "ok",
        "5 of them new",
        replace(HEALTHY, errors=dict.fromkeys(HARMLESS, 20)),
        replace(HEALTHY, errors={"http_500": 39}),
    ),
    "one slow page": (
        "ok",
        "60 articles",
        replace(HEALTHY, errors={"timeout": 1}),
        replace(HEALTHY, errors={"timeout": 7}),
    ),
    "no article was received": (
        "broken",
        "none of 60 articles came",
        replace(HEALTHY, articles_captured=0, errors={"http_404": 60}),
        replace(HEALTHY, articles_captured=1, errors={"http_404": 59}),
    ),
    "a list came in place of each article": (
        "broken",
        "none of 60 articles came; 60 answered with status 200 and a list or another page in their place",
        replace(HEALTHY, articles_captured=0, articles_gone=60, articles_replaced=60),
        replace(HEALTHY, articles_captured=1, articles_gone=59, articles_replaced=59),
    ),
    "a list came in place of some, the others are gone": (
        "broken",
        "none of 60 articles came; 20 answered with status 200 and a list or another page in their place; http_404: 40",
        replace(HEALTHY, articles_captured=0, articles_gone=60, articles_replaced=20, errors={"http_404": 40}),
        replace(HEALTHY, articles_captured=1, articles_gone=59, articles_replaced=20, errors={"http_404": 39}),
    ),
    "a script draws each article": (
        "broken",
        "none of 60 articles came; its pages have no text until a script runs in a browser, and the crawl runs no "
        "scripts; drawn_by_scripts: 60",
        replace(HEALTHY, articles_captured=0, errors={"drawn_by_scripts": 60}),
        replace(HEALTHY, articles_captured=58, errors={"drawn_by_scripts": 2}),
    ),
    "each article is an error message": (
        "broken",
        "none of 60 articles came; it answers with an error message, but with status 200; error_page: 60",
        replace(HEALTHY, articles_captured=0, errors={"error_page": 60}),
        replace(HEALTHY, articles_captured=58, errors={"error_page": 2}),
    ),
    "a script draws the lists": (
        "broken",
        "at least 20 were expected; its pages have no text until a script runs in a browser, and the crawl runs no "
        "scripts; drawn_by_scripts: 3",
        replace(HEALTHY, list_rows_seen=0, start_failures=3, errors={"drawn_by_scripts": 3}),
        replace(HEALTHY, list_rows_seen=20),
    ),
    "all due articles are gone": ("no_news", "none of them new", GONE, replace(GONE, kind="full")),
    "one of two is gone, the other failed": (
        "broken",
        "none of 2 articles came",
        replace(GONE, articles_gone=1, errors={"http_404": 1, "http_500": 1}),
        GONE,
    ),
    "too many articles are gone at once": (
        "broken",
        "none of 3 articles came; http_404: 3",
        replace(GONE, articles_asked=3, articles_gone=3, errors={"http_404": 3}),
        replace(GONE, articles_asked=3, articles_gone=3, articles_gone_before=1, errors={"http_404": 3}),
    ),
    "nothing new": ("no_news", "none of them new", replace(HEALTHY, articles_new=0), HEALTHY),
    "only challenges": (
        "blocked",
        "sets the cookie D1N in place of the page; challenge_d1n: 3",
        replace(NOTHING, errors={"challenge_d1n": 3}),
        replace(HEALTHY, errors={"challenge_d1n": 3}),
    ),
    "only refusals": (
        "blocked",
        "http_403: 3",
        replace(NOTHING, errors={"http_403": 3}),
        replace(NOTHING, errors={"http_404": 3}),
    ),
    "only challenges instead of lists": (
        "blocked",
        "no list row came through",
        replace(HEALTHY, pages=2, list_rows_seen=0, articles_found=0, articles_asked=0, errors={"challenge_d1n": 4}),
        replace(HEALTHY, pages=2, list_rows_seen=0, articles_found=0, articles_asked=0, errors={"timeout": 4}),
    ),
    "robots.txt forbids everything": (
        "blocked",
        "robots.txt forbids every start address",
        replace(NOTHING, errors={"robots_denied": 3}),
        replace(NOTHING, errors={"robots_denied": 1, "http_500": 2}),
    ),
    "every request fails": (
        "unreachable",
        "dns: 3",
        replace(NOTHING, errors={"dns": 3}),
        replace(NOTHING, errors={"dns": 2, "http_502": 1}),
    ),
    "nothing came and nothing failed": ("unreachable", "see the log of the crawl", NOTHING, replace(NOTHING, pages=1)),
    "answers without a page": (
        "broken",
        "the portal answers, but with no page",
        replace(NOTHING, errors={"http_404": 2, "http_500": 1}),
        replace(NOTHING, errors={"timeout": 3}),
    ),
    "redirected away": (
        "broken",
        "lead out of the portal's scope",
        replace(NOTHING, errors={"out_of_scope": 3}),
        replace(HEALTHY, errors={"out_of_scope": 3}),
    ),
    "too few list rows": (
        "broken",
        "at least 20 were expected",
        replace(HEALTHY, list_rows_seen=19),
        replace(HEALTHY, list_rows_seen=20),
    ),
    "rows without links to articles": (
        "broken",
        "none led to an article",
        replace(HEALTHY, articles_found=0, articles_asked=0, articles_new=0),
        replace(HEALTHY, articles_found=1, articles_new=1),
    ),
    "pages that make the crawler fail": (
        "broken",
        "1 pages made the crawler fail",
        replace(HEALTHY, errors={"callback_error": 1}),
        HEALTHY,
    ),
    "many pages that make a reader fail": (
        "partial",
        "requests failed; reader_error: ",
        replace(HEALTHY, errors={"reader_error": HEALTHY.requests}),
        replace(HEALTHY, errors={"reader_error": 1}),
    ),
    "captchas": (
        "blocked",
        "a captcha in place of the page; captcha: 3",
        replace(NOTHING, errors={"captcha": 3}),
        replace(HEALTHY, errors={"captcha": 3}),
    ),
    "too many requests": (
        "blocked",
        "the host wants no request for 3600 seconds",
        replace(NOTHING, errors={"http_429": 1}, cut_short="the host wants no request for 3600 seconds"),
        replace(NOTHING, errors={"http_503": 1}, cut_short="the host wants no request for 3600 seconds"),
    ),
    "every article refused": (
        "blocked",
        "none of 60 articles came: it forbids the crawl",
        replace(HEALTHY, articles_captured=0, errors={"http_403": 30, "http_404": 30}),
        replace(HEALTHY, articles_captured=0, errors={"http_403": 29, "http_404": 31}),
    ),
    "half of all refused": (
        "blocked",
        "33 of 66 requests were refused: it says that it is asked too much",
        replace(HEALTHY, errors={"http_429": 33}),
        replace(HEALTHY, errors={"http_429": 32}),
    ),
    "no article fits a template": (
        "broken",
        "0 of 5 article pages fit a template",
        replace(INCREMENTAL, articles_recognised=0),
        replace(INCREMENTAL, articles_captured=4, articles_recognised=0),
    ),
    "a platform without templates": (
        "ok",
        "5 of them new",
        replace(INCREMENTAL, articles_recognised=None),
        replace(INCREMENTAL, articles_recognised=0),
    ),
    "everything unchanged": (
        "no_news",
        "2 lists as they were, none of them new",
        UNCHANGED,
        replace(UNCHANGED, not_modified=0, lists_not_modified=0),
    ),
    "sitemaps unchanged by their index": (
        "no_news",
        "0 list rows, 0 articles, 3 sitemaps as they were, none of them new",
        replace(UNCHANGED, pages=1, not_modified=0, lists_not_modified=0, sitemaps_unchanged=3, articles_asked=0),
        replace(UNCHANGED, pages=1, not_modified=0, lists_not_modified=0, articles_asked=0),
    ),
    "a feed without addresses beside lists that work": (
        "ok",
        "5 of them new; a feed has entries, but no address",
        replace(HEALTHY, errors={"feed_without_addresses": 1}),
        replace(HEALTHY, errors={"feed_without_addresses": 7}),
    ),
    "a feed without addresses alone": (
        "broken",
        "only 0 list rows could be read; at least 20 were expected; a feed has entries, but no address",
        replace(HEALTHY, list_rows_seen=0, errors={"feed_without_addresses": 1}, start_failures=1),
        replace(HEALTHY, errors={"feed_without_addresses": 1}, start_failures=1),
    ),
    "unchanged articles, lists without rows": (
        "broken",
        "only 0 list rows could be read",
        replace(UNCHANGED, pages=2, lists_not_modified=0, not_modified=3),
        replace(UNCHANGED, pages=2),
    ),
    "nothing was due": (
        "no_news",
        "none of them new",
        replace(INCREMENTAL, articles_asked=0, articles_new=0, articles_captured=0, articles_recognised=0),
        replace(INCREMENTAL, articles_asked=5, articles_new=0, articles_captured=0, articles_recognised=0),
    ),
    "few rows in a crawl of few pages": (
        "ok",
        "10 list rows",
        INCREMENTAL,
        replace(INCREMENTAL, kind="full"),
    ),
    "down from the start": (
        "unreachable",
        "ended early: 10 requests in a row failed",
        replace(NOTHING, errors={"dns": 10}, cut_short="10 requests in a row failed", is_given_up=True),
        replace(NOTHING, errors={"dns": 10}, cut_short="10 requests in a row failed"),
    ),
    "ended early": (
        "partial",
        "ended early: it was told to stop",
        replace(HEALTHY, cut_short="it was told to stop"),
        HEALTHY,
    ),
    "ended before any page": (
        "partial",
        "ended before any page came: it was told to stop",
        replace(NOTHING, cut_short="it was told to stop", errors={"dns": 1}),
        replace(NOTHING, errors={"dns": 1}),
    ),
    "a start URL without a page": (
        "partial",
        "1 start addresses gave no page; http_404: 1",
        replace(HEALTHY, start_failures=1, errors={"http_404": 1}),
        replace(HEALTHY, start_failures=0, errors={"http_404": 1}),
    ),
    "most of the known articles that were asked are gone": (
        "broken",
        "3 of 5 known articles are gone at once, of 1000 in all; http_404: 3. None of them is taken for removed",
        replace(INCREMENTAL, articles_vanished=3, articles_known_asked=5, articles_known=1000, errors={"http_404": 3}),
        replace(INCREMENTAL, articles_vanished=2, articles_known_asked=3, articles_known=1000, errors={"http_404": 2}),
    ),
    "more than a tenth of all known articles are gone": (
        "broken",
        "5 of 20 known articles are gone at once, of 40 in all; 5 answered with status 200 and a list or another page",
        replace(INCREMENTAL, articles_vanished=5, articles_known_asked=20, articles_known=40, articles_replaced=5),
        replace(INCREMENTAL, articles_vanished=4, articles_known_asked=20, articles_known=40, articles_replaced=4),
    ),
    "files came in place of each article": (
        "broken",
        "none of 60 articles came; 60 answered with a file that is no page",
        replace(HEALTHY, articles_captured=0, articles_as_files=60),
        replace(HEALTHY, articles_captured=1, articles_as_files=59),
    ),
    "articles came only in answer to requests for lists": (
        "broken",
        "none of 60 articles came; http_404: 60",
        replace(HEALTHY, articles_captured=2, articles_from_lists=2, errors={"http_404": 60}),
        replace(HEALTHY, articles_captured=2, articles_from_lists=1, errors={"http_404": 59}),
    ),
    "a tenth of the requests failed": (
        "partial",
        "7 of 66 requests failed; timeout: 7",
        replace(HEALTHY, errors={"timeout": 7}),
        replace(HEALTHY, errors={"timeout": 6}),
    ),
}


@pytest.mark.parametrize(("verdict", "reason", "crawl", "_other"), CASES.values(), ids=CASES)
def test_a_crawl_gets_the_verdict(verdict: Verdict, reason: str, crawl: CrawlStats, _other: CrawlStats) -> None:
    judged, why = judge(crawl, EXPECTATIONS)

    assert judged == verdict
    assert reason in why


@pytest.mark.parametrize(("verdict", "reason", "_crawl", "other"), CASES.values(), ids=CASES)
def test_a_slightly_different_crawl_does_not_get_the_verdict(
    verdict: Verdict, reason: str, _crawl: CrawlStats, other: CrawlStats
) -> None:
    judged, why = judge(other, EXPECTATIONS)

    assert judged != verdict or reason not in why


def test_no_failed_crawl_says_that_no_error_was_reported() -> None:
    _, why = judge(replace(HEALTHY, articles_captured=0), EXPECTATIONS)

    assert why == "none of 60 articles came; the crawl's log has the response to each of their requests"


def test_articles_that_moved_are_said_and_are_no_news() -> None:
    judged, why = judge(replace(HEALTHY, articles_new=0, articles_moved=50), EXPECTATIONS)

    assert judged == "no_news"
    assert "50 moved to another address" in why


def test_every_verdict_has_a_case() -> None:
    assert {verdict for verdict, *_ in CASES.values()} == set(get_args(Verdict))


def test_the_reason_names_the_most_frequent_error_first() -> None:
    _, why = judge(replace(NOTHING, errors={"dns": 1, "timeout": 5}), EXPECTATIONS)

    assert why.startswith("no page came: it does not answer in time")
    assert why.endswith("timeout: 5, dns: 1")


@pytest.mark.parametrize("kind", sorted(DOWN_KINDS | CHALLENGE_KINDS | {"http_401", "http_403", "http_429"}))
def test_every_kind_of_failure_is_explained(kind: str) -> None:
    _, why = judge(replace(NOTHING, errors={kind: 3}), EXPECTATIONS)

    assert (
        why.removeprefix("no page came: ").removesuffix(f"; {kind}: 3").startswith(("its ", "it ", "DNS ", "connect"))
    )


def past(**fields: object) -> PastCrawl:
    crawl = PastCrawl(
        crawl_id="portal-1",
        verdict="ok",
        kind="full",
        is_complete=True,
        started_at=datetime(2026, 11, 20, tzinfo=UTC),
        ended_at=datetime(2026, 11, 20, 1, tzinfo=UTC),
        list_rows_seen=600,
        articles_found=300,
        articles_captured=20,
        articles_recognised=20,
        articles_new=2,
    )
    return replace(crawl, **fields)  # type: ignore[arg-type]  # a test that misspells one fails


FEWER = replace(HEALTHY, list_rows_seen=199)
STRANGE = replace(HEALTHY, list_rows_seen=600, articles_captured=3, articles_recognised=0)
USUAL = [past()] * 3
ROWS_GONE, LAYOUT_GONE = "where 600 are usual", "fit a template of the platform; 100% are usual"


@pytest.mark.parametrize(
    ("crawl", "history", "reason"),
    [
        pytest.param(FEWER, USUAL, ROWS_GONE, id="rows collapse"),
        pytest.param(replace(FEWER, list_rows_seen=200), USUAL, None, id="a third of the rows is left"),
        pytest.param(FEWER, USUAL[:2], None, id="two crawls show nothing usual"),
        pytest.param(FEWER, [past(kind="incremental")] * 9, None, id="kinds are not compared"),
        pytest.param(replace(FEWER, kind="incremental"), USUAL, None, id="nor the other way round"),
        pytest.param(FEWER, [past(verdict="partial")] * 9, None, id="bad crawls show nothing usual"),
        pytest.param(FEWER, [*USUAL, *[past(list_rows_seen=200)] * 10], None, id="what is long ago is not usual"),
        pytest.param(
            FEWER, [*USUAL, *[past(verdict="broken", list_rows_seen=200)] * 10], ROWS_GONE, id="nor is damage"
        ),
        pytest.param(replace(FEWER, lists_not_modified=1, not_modified=1), USUAL, None, id="lists as they were"),
        pytest.param(STRANGE, USUAL, LAYOUT_GONE, id="strangers where articles were known"),
        pytest.param(replace(STRANGE, articles_recognised=1), USUAL, None, id="one of three is known"),
        pytest.param(replace(STRANGE, articles_captured=2), USUAL, None, id="two strangers"),
        pytest.param(STRANGE, [past(articles_captured=9, articles_recognised=9)], None, id="too little was known"),
        pytest.param(STRANGE, [past(kind="incremental")], LAYOUT_GONE, id="coverage is compared over kinds"),
        pytest.param(
            replace(STRANGE, articles_captured=6, articles_recognised=3), USUAL, LAYOUT_GONE, id="half is lost"
        ),
        pytest.param(replace(STRANGE, articles_captured=7, articles_recognised=4), USUAL, None, id="less than half"),
        pytest.param(
            replace(STRANGE, articles_captured=6, articles_recognised=1),
            [past(articles_recognised=12)] * 3,
            None,
            id="it was never much",
        ),
    ],
)
def test_the_history_reveals_broken_portals(
    crawl: CrawlStats, history: Sequence[PastCrawl], reason: str | None
) -> None:
    judged, why = judge(crawl, EXPECTATIONS, history)

    assert judged == ("broken" if reason else "ok")
    assert reason is None or reason in why


def test_a_portal_that_has_shrunk_is_compared_with_later_crawls_only() -> None:
    since = EXPECTATIONS.model_copy(update={"comparable_from": date(2026, 11, 21)})

    assert judge(FEWER, since, USUAL)[0] == "ok"
    # At 17:00 UTC the 21st begins in Hanoi.
    assert judge(FEWER, since, [past(started_at=datetime(2026, 11, 20, 17, tzinfo=UTC))] * 3)[0] == "broken"
    assert judge(FEWER, since, [past(started_at=datetime(2026, 11, 20, 16, tzinfo=UTC))] * 3)[0] == "ok"
