"""The exact texts: one alert when something turns bad, one when it recovers, and a daily digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from dagster_project.operations.alerting.alerts import AlertState, Condition, alert, digest
from warehouse.records import CrawlReport, Verdict

NOW = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)  # 08:15 in Hanoi
SEVEN = time(7)
BAD = Condition(("verdict: it answered 403 to\n7 of 7 requests\x1b[2J",), NOW)
WELL = Condition((), NOW)
NOTHING = AlertState(digest_on=date(2026, 9, 14))


def report(portal: str, verdict: Verdict, articles_new: int, hours_ago: int) -> CrawlReport:
    ended = NOW - timedelta(hours=hours_ago)
    return CrawlReport(
        f"{portal}-{hours_ago}", portal, "run", ended, ended, verdict, "because", 1, 1, 1, 1, articles_new, {}, "w"
    )


def test_each_problem_and_each_recovery_is_reported_once() -> None:
    message, state = alert(NOTHING, {"portal ba-vi": BAD, "portal my-duc": WELL})
    assert message is not None
    assert message.subject == "hanoi-corpus: 1 turned bad"
    assert message.lines == (
        "bad: portal ba-vi, since 2026-09-14 08:15",
        "  verdict: it answered 403 to 7 of 7 requests [2J",
        "what to do: http://127.0.0.1:3001/",
    )
    reason = "verdict: it answered 403 to 7 of 7 requests [2J"
    assert message.fields == {
        "turned_bad": [{"name": "portal ba-vi", "since": "2026-09-14T01:15:00+00:00", "reasons": [reason]}],
        "recovered": [],
    }
    later = Condition(("silence: silent for 15 days",), NOW + timedelta(days=1))
    assert alert(state, {"portal ba-vi": later}) == (None, state), "a new reason for a bad portal is no new alert"

    message, state = alert(state, {"portal ba-vi": WELL, "job collect_daily": BAD})
    assert message is not None
    assert message.subject == "hanoi-corpus: 1 turned bad, 1 recovered"
    assert message.lines[0] == "bad: job collect_daily, since 2026-09-14 08:15"
    assert message.lines[-2] == "recovered: portal ba-vi, bad since 2026-09-14 08:15"
    assert alert(state, {"portal ba-vi": WELL, "job collect_daily": BAD}) == (None, state)


def test_an_undelivered_alert_is_repeated_unchanged() -> None:
    first, _ = alert(NOTHING, {"portal ba-vi": BAD})
    again, _ = alert(NOTHING, {"portal ba-vi": BAD})
    assert first is not None
    assert again is not None
    assert (first, first.id) == (again, again.id)


def test_a_removed_portal_is_dropped() -> None:
    _, state = alert(NOTHING, {"portal ba-vi": BAD})
    assert alert(state, {}) == (None, NOTHING)


def test_the_cursor_round_trips() -> None:
    _, state = alert(NOTHING, {"portal ba-vi": BAD})
    assert AlertState.model_validate_json(state.model_dump_json()) == state


def test_the_digest_summarises_the_day() -> None:
    _, state = alert(AlertState(digest_on=date(2026, 9, 13)), {"portal ba-vi": BAD})
    reports = [
        report("ba-vi", "blocked", 0, 1),
        report("ba-vi", "ok", 2, 5),
        report("my-duc", "ok", 12, 2),
        report("soc-son", "no_news", 0, 2),
    ]
    message, after = digest(state, {"portal ba-vi": BAD}, reports, NOW, SEVEN)
    assert message is not None
    assert message.subject == "hanoi-corpus, digest of 2026-09-14: 2 of 3 portals well, 14 new articles, 1 red"
    assert message.lines == (
        "verdicts: blocked 1, no_news 1, ok 1",
        "new articles: ba-vi 2, my-duc 12",
        "bad: portal ba-vi, since 2026-09-14 08:15",
        "  verdict: it answered 403 to 7 of 7 requests [2J",
    )
    assert message.fields["verdicts"] == {"blocked": 1, "no_news": 1, "ok": 1}
    assert message.fields["articles_new"] == {"ba-vi": 2, "my-duc": 12, "soc-son": 0}
    assert after.digest_on == date(2026, 9, 14)
    assert digest(after, {"portal ba-vi": BAD}, reports, NOW + timedelta(hours=3), SEVEN) == (None, after)


def test_a_digest_of_a_future_day_keeps_back_none_of_todays() -> None:
    message, after = digest(AlertState(digest_on=date(2027, 9, 13)), {}, [], NOW, SEVEN)
    assert message is not None
    assert after.digest_on == date(2026, 9, 14)


def test_a_backfill_adds_articles_to_the_digest_but_no_verdict() -> None:
    reports = [replace(report("my-duc", "partial", 40, 1), kind="backfill"), report("my-duc", "ok", 2, 5)]
    message, _ = digest(AlertState(digest_on=date(2026, 9, 13)), {}, reports, NOW, SEVEN)
    assert message is not None
    assert message.fields["verdicts"] == {"ok": 1}
    assert message.fields["articles_new"] == {"my-duc": 42}


def test_the_digest_of_a_day_without_crawls() -> None:
    message, _ = digest(AlertState(digest_on=date(2026, 9, 13)), {}, [], NOW, SEVEN)
    assert message is not None
    assert message.lines == ("verdicts: no portal was crawled", "new articles: none")


@pytest.mark.parametrize(("hour", "is_due"), [(6, False), (7, True), (23, True)])
def test_the_digest_is_due_from_digest_at_in_hanoi(hour: int, is_due: bool) -> None:
    now = datetime(2026, 9, 14, hour, 0, tzinfo=UTC) - timedelta(hours=7)
    assert (digest(AlertState(digest_on=date(2026, 9, 13)), {}, [], now, SEVEN)[0] is not None) == is_due


@pytest.mark.parametrize(("hour", "digest_on"), [(6, date(2026, 9, 13)), (8, date(2026, 9, 14))])
def test_the_first_digest_is_due_at_the_next_digest_at(hour: int, digest_on: date) -> None:
    now = datetime(2026, 9, 14, hour, 0, tzinfo=UTC) - timedelta(hours=7)
    assert AlertState.initial(now, SEVEN).digest_on == digest_on
