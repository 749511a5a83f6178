"""Usual ranges: only from healthy crawls of the same kind, and from enough of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dagster_project.operations.baselines import COUNTS, usual_ranges
from warehouse.records import CrawlKind, CrawlReport, Verdict

NOW = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)


def report(days_ago: int, articles_new: int, verdict: Verdict = "ok", kind: CrawlKind = "full") -> CrawlReport:
    at = NOW - timedelta(days=days_ago)
    return CrawlReport("c", "ba-vi", "r", at, at, verdict, "", 1, 1, 1, 1, articles_new, {}, "w", kind)


TODAY = report(0, 7)


def test_the_range_holds_eight_of_ten_crawls() -> None:
    ranges = usual_ranges(TODAY, [report(day, day) for day in range(1, 12)])
    assert ranges["articles_new"] == (2.0, 10.0)
    assert ranges["captures"] == (1.0, 1.0)
    assert list(ranges) == list(COUNTS)


def test_failed_crawls_other_kinds_and_the_crawl_itself_do_not_count() -> None:
    usual = [report(day, 5) for day in range(1, 6)]
    odd = [report(1, 900, "partial"), report(1, 900, kind="incremental"), report(0, 900), report(-1, 900)]
    assert usual_ranges(TODAY, [*odd, *usual])["articles_new"] == (5.0, 5.0)


def test_too_few_crawls_give_no_range() -> None:
    assert usual_ranges(TODAY, [report(day, 5) for day in range(1, 5)]) == {}


def test_only_the_last_thirty_count() -> None:
    earlier = [report(day, 5 if day <= 30 else 900) for day in range(1, 60)]
    assert usual_ranges(TODAY, earlier)["articles_new"] == (5.0, 5.0)
