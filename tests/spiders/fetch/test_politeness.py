"""Politeness limits: Retry-After, delays in robots.txt, contacts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from protego import Protego

from spiders.fetch.politeness import contact_problem, retry_after_seconds, robots_delay_seconds

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


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
        ("Wed, 25 Nov 99999999999999999999 12:00:00 GMT", None),
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
def test_delays_are_read_from_robots_txt(rules: str, seconds: float) -> None:
    assert robots_delay_seconds(Protego.parse(f"User-agent: *\n{rules}\n"), "hanoi-corpus/1 (+a@b.vn)") == seconds


@pytest.mark.parametrize("contact", ["https://example.org/crawler", "mailto:ai-do@example.org", "ai-do@example.org"])
def test_valid_contacts_are_accepted(contact: str) -> None:
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
def test_invalid_contacts_are_rejected(contact: str | None) -> None:
    assert contact_problem(contact)
