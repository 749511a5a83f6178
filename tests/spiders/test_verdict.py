"""Verdicts, both ways: for each, the crawl that must get it and its nearest neighbour that must not."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from spiders.portal import Expectations
from spiders.verdict import CrawlStatistics, judge
from warehouse.records import Verdict

EXPECTATIONS = Expectations(list_rows_min=20)
HEALTHY = CrawlStatistics(
    requests=66,
    pages=64,
    list_rows_seen=60,
    articles_found=60,
    articles_new=5,
    articles_captured=60,
    start_failures=0,
    cut_short=None,
    errors={},
)
NOTHING = replace(HEALTHY, requests=9, pages=0, list_rows_seen=0, articles_found=0, articles_new=0, start_failures=3)

# Kinds that a healthy portal shows; each alone would otherwise be too many of 66 requests.
HARMLESS = ("http_404", "http_410", "robots_denied", "out_of_scope", "too_large")

# Verdict, part of the reason, the crawl that gets it, and one that differs in the point alone and does not.
CASES: dict[str, tuple[Verdict, str, CrawlStatistics, CrawlStatistics]] = {
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
    "no article came": (
        "broken",
        "none of 60 articles came",
        replace(HEALTHY, articles_captured=0, errors={"http_404": 60}),
        replace(HEALTHY, articles_captured=1, errors={"http_404": 59}),
    ),
    "nothing new": ("no_news", "none of them new", replace(HEALTHY, articles_new=0), HEALTHY),
    "only challenges": (
        "blocked",
        "challenge: 3",
        replace(NOTHING, errors={"challenge": 3}),
        replace(HEALTHY, errors={"challenge": 3}),
    ),
    "only refusals": (
        "blocked",
        "http_403: 3",
        replace(NOTHING, errors={"http_403": 3}),
        replace(NOTHING, errors={"http_404": 3}),
    ),
    "no list got past the challenge": (
        "blocked",
        "no list row came through",
        replace(HEALTHY, pages=2, list_rows_seen=0, articles_found=0, errors={"challenge": 4}),
        replace(HEALTHY, pages=2, list_rows_seen=0, articles_found=0, errors={"timeout": 4}),
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
    "nothing was even tried": ("unreachable", "no error was reported", NOTHING, replace(NOTHING, pages=1)),
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
    "rows that lead nowhere": (
        "broken",
        "none led to an article",
        replace(HEALTHY, articles_found=0, articles_new=0),
        replace(HEALTHY, articles_found=1, articles_new=1),
    ),
    "pages that make the crawler fail": (
        "broken",
        "1 pages made the crawler fail",
        replace(HEALTHY, errors={"callback_error": 1}),
        HEALTHY,
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
    "a start address without a page": (
        "partial",
        "1 start addresses gave no page; http_404: 1",
        replace(HEALTHY, start_failures=1, errors={"http_404": 1}),
        replace(HEALTHY, start_failures=0, errors={"http_404": 1}),
    ),
    "a tenth of the requests failed": (
        "partial",
        "7 of 66 requests failed; timeout: 7",
        replace(HEALTHY, errors={"timeout": 7}),
        replace(HEALTHY, errors={"timeout": 6}),
    ),
}


@pytest.mark.parametrize(("verdict", "reason", "crawl", "_other"), CASES.values(), ids=CASES)
def test_gives(verdict: Verdict, reason: str, crawl: CrawlStatistics, _other: CrawlStatistics) -> None:
    judged, why = judge(crawl, EXPECTATIONS)

    assert judged == verdict
    assert reason in why


@pytest.mark.parametrize(("verdict", "reason", "_crawl", "other"), CASES.values(), ids=CASES)
def test_does_not_give(verdict: Verdict, reason: str, _crawl: CrawlStatistics, other: CrawlStatistics) -> None:
    judged, why = judge(other, EXPECTATIONS)

    assert judged != verdict or reason not in why


def test_every_verdict_has_a_case() -> None:
    assert {verdict for verdict, *_ in CASES.values()} == set(get_args(Verdict))


def test_the_reason_names_the_most_frequent_error_first() -> None:
    _, why = judge(replace(NOTHING, errors={"dns": 1, "timeout": 5}), EXPECTATIONS)

    assert why == "no page came; timeout: 5, dns: 1"
