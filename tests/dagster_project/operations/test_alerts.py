"""What is told, word for word: once when something turns bad, once when it recovers, and a digest a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from dagster_project.operations.alerts import Condition, Told, alert, digest
from warehouse.records import CrawlReport, Verdict

NOW = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)  # 08:15 in Hanoi
SEVEN = time(7)
BAD = Condition(("verdict: it answered 403 to\n7 of 7 requests\x1b[2J",), NOW)
WELL = Condition((), NOW)
NOTHING = Told(digest_on=date(2026, 9, 14))


def report(portal: str, verdict: Verdict, articles_new: int, hours_ago: int) -> CrawlReport:
    ended = NOW - timedelta(hours=hours_ago)
    return CrawlReport(
        f"{portal}-{hours_ago}", portal, "run", ended, ended, verdict, "because", 1, 1, 1, 1, articles_new, {}, "w"
    )


def test_what_turns_bad_and_what_recovers_are_told_once() -> None:
    message, told = alert(NOTHING, {"portal ba-vi": BAD, "portal my-duc": WELL})
    assert message is not None
    assert message.subject == "hanoi-corpus: 1 turned bad"
    assert message.lines == (
        "bad: portal ba-vi, since 2026-09-14 08:15",
        "  verdict: it answered 403 to 7 of 7 requests [2J",
    )
    assert message.fields == {
        "turned_bad": [
            {
                "name": "portal ba-vi",
                "since": "2026-09-14T01:15:00+00:00",
                "reasons": ["verdict: it answered 403 to 7 of 7 requests [2J"],
            }
        ],
        "recovered": [],
    }
    later = Condition(("silence: silent for 15 days",), NOW + timedelta(days=1))
    assert alert(told, {"portal ba-vi": later}) == (None, told), "bad for another reason is bad all the same"

    message, told = alert(told, {"portal ba-vi": WELL, "job collect_daily": BAD})
    assert message is not None
    assert message.subject == "hanoi-corpus: 1 turned bad, 1 recovered"
    assert message.lines[0] == "bad: job collect_daily, since 2026-09-14 08:15"
    assert message.lines[-1] == "recovered: portal ba-vi, bad since 2026-09-14 08:15"
    assert alert(told, {"portal ba-vi": WELL, "job collect_daily": BAD}) == (None, told)


def test_what_is_not_delivered_is_due_again_and_the_same() -> None:
    first, _ = alert(NOTHING, {"portal ba-vi": BAD})
    again, _ = alert(NOTHING, {"portal ba-vi": BAD})
    assert first is not None
    assert again is not None
    assert (first, first.id) == (again, again.id)


def test_a_portal_that_is_gone_is_forgotten() -> None:
    _, told = alert(NOTHING, {"portal ba-vi": BAD})
    assert alert(told, {}) == (None, NOTHING)


def test_the_cursor_can_be_written_and_read() -> None:
    _, told = alert(NOTHING, {"portal ba-vi": BAD})
    assert Told.model_validate_json(told.model_dump_json()) == told


def test_the_digest_says_how_the_day_was() -> None:
    _, told = alert(Told(digest_on=date(2026, 9, 13)), {"portal ba-vi": BAD})
    reports = [
        report("ba-vi", "blocked", 0, 1),
        report("ba-vi", "ok", 2, 5),
        report("my-duc", "ok", 12, 2),
        report("soc-son", "no_news", 0, 2),
    ]
    message, after = digest(told, {"portal ba-vi": BAD}, reports, NOW, SEVEN)
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


def test_a_backfill_brings_articles_and_says_nothing_of_how_a_portal_is() -> None:
    reports = [replace(report("my-duc", "partial", 40, 1), kind="backfill"), report("my-duc", "ok", 2, 5)]
    message, _ = digest(Told(digest_on=date(2026, 9, 13)), {}, reports, NOW, SEVEN)
    assert message is not None
    assert message.fields["verdicts"] == {"ok": 1}
    assert message.fields["articles_new"] == {"my-duc": 42}


def test_a_day_without_crawls_says_so() -> None:
    message, _ = digest(Told(digest_on=date(2026, 9, 13)), {}, [], NOW, SEVEN)
    assert message is not None
    assert message.lines == ("verdicts: no portal was crawled", "new articles: none")


@pytest.mark.parametrize(("hour", "is_due"), [(6, False), (7, True), (23, True)])
def test_the_digest_is_due_from_its_hour_on_in_hanoi(hour: int, is_due: bool) -> None:
    now = datetime(2026, 9, 14, hour, 0, tzinfo=UTC) - timedelta(hours=7)
    assert (digest(Told(digest_on=date(2026, 9, 13)), {}, [], now, SEVEN)[0] is not None) == is_due


@pytest.mark.parametrize(("hour", "told"), [(6, date(2026, 9, 13)), (8, date(2026, 9, 14))])
def test_the_first_digest_is_the_next_one(hour: int, told: date) -> None:
    now = datetime(2026, 9, 14, hour, 0, tzinfo=UTC) - timedelta(hours=7)
    assert Told.nothing(now, SEVEN).digest_on == told
