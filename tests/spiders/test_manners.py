"""Good manners in figures: quiet hours, Retry-After, delays of a robots.txt, contacts."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from protego import Protego

from spiders.manners import (
    QuietHours,
    contact_problem,
    parse_quiet_hours,
    quiet_until,
    retry_after_seconds,
    robots_delay_seconds,
)
from warehouse.clock import HANOI_TIME

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def hanoi(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=HANOI_TIME)


@pytest.mark.parametrize(
    ("now", "hours", "until"),
    [
        pytest.param(hanoi(25, 12), ["11:30-13:30"], hanoi(25, 13, 30), id="inside"),
        pytest.param(hanoi(25, 11, 30), ["11:30-13:30"], hanoi(25, 13, 30), id="at the beginning"),
        pytest.param(hanoi(25, 13, 30), ["11:30-13:30"], None, id="at the end"),
        pytest.param(hanoi(25, 11, 29), ["11:30-13:30"], None, id="before"),
        pytest.param(hanoi(25, 23), ["22:00-05:30"], hanoi(26, 5, 30), id="before midnight"),
        pytest.param(hanoi(25, 5), ["22:00-05:30"], hanoi(25, 5, 30), id="after midnight"),
        pytest.param(hanoi(25, 6), ["22:00-05:30"], None, id="between two nights"),
        pytest.param(hanoi(25, 23), ["22:00-00:00"], hanoi(26, 0), id="until midnight"),
        pytest.param(hanoi(30, 23), ["22:00-05:30"], datetime(2026, 12, 1, 5, 30, tzinfo=HANOI_TIME), id="month's end"),
        pytest.param(hanoi(25, 23), ["00:00-06:00", "22:00-00:00"], hanoi(26, 6), id="hours that meet"),
        pytest.param(hanoi(25, 12), ["11:00-13:00", "12:30-14:00"], hanoi(25, 14), id="hours that overlap"),
        pytest.param(datetime(2026, 11, 25, 16, tzinfo=UTC), ["22:00-05:30"], hanoi(26, 5, 30), id="in UTC"),
        pytest.param(hanoi(25, 12), [], None, id="none"),
    ],
)
def test_quiet_hours_end(now: datetime, hours: list[str], until: datetime | None) -> None:
    assert quiet_until(now, [parse_quiet_hours(text) for text in hours]) == until


def test_hours_around_the_whole_day_still_end() -> None:
    hours = [parse_quiet_hours("00:00-12:00"), parse_quiet_hours("12:00-00:00")]
    until = quiet_until(hanoi(25, 1), hours)
    assert until is not None
    assert until > hanoi(25, 12)


def test_quiet_hours_are_read() -> None:
    assert parse_quiet_hours(" 22:00 – 05:30 ") == QuietHours(time(22), time(5, 30))


@pytest.mark.parametrize("text", ["", "22-5", "24:00-05:00", "22:00", "22:00-22:00", "22:60-05:00", "10pm-5am"])
def test_what_is_no_part_of_a_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"22:00-05:30|begins when it ends"):
        parse_quiet_hours(text)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *(
            ("120", 120.0),
            (" 0 ", 0.0),
            ("Wed, 25 Nov 2026 12:01:30 GMT", 90.0),
            ("Wed, 25 Nov 2026 11:00:00 GMT", 0.0),
        ),
        *((text, None) for text in ("", "soon", "-5", "1.5", "99999999999", "Wed, 99 Nov 2026 12:00:00 GMT")),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOON) == seconds


@pytest.mark.parametrize(
    ("rules", "seconds"),
    [
        *(("Crawl-delay: 5", 5.0), ("Request-rate: 1/10s", 10.0), ("Request-rate: 30/1m", 2.0), ("Disallow: /a", 0.0)),
        *(("Crawl-delay: 5\nRequest-rate: 1/10s", 10.0), ("Crawl-delay: slow", 0.0), ("Request-rate: 0/10s", 0.0)),
    ],
)
def test_a_robots_txt_asks_for_a_delay(rules: str, seconds: float) -> None:
    assert robots_delay_seconds(Protego.parse(f"User-agent: *\n{rules}\n"), "hanoi-corpus/1 (+a@b.vn)") == seconds


@pytest.mark.parametrize("contact", ["https://example.org/crawler", "mailto:ai-do@example.org", "ai-do@example.org"])
def test_contacts_that_can_be_written_to(contact: str) -> None:
    assert contact_problem(contact) is None


@pytest.mark.parametrize(
    "contact",
    [
        None,
        "",
        "me",
        "ftp://example.org",
        "https://localhost",
        "a@b",
        "a@b.vn\r\nX: y",
        "a b@c.vn",
        "địa@chỉ.vn",
        "https://[/",
    ],
)
def test_and_those_that_cannot(contact: str | None) -> None:
    assert contact_problem(contact)
