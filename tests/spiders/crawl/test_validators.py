"""Which requests are conditional, and which hosts are not trusted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from spiders.crawl.validators import moves_with_clock, validator_headers
from spiders.mirror.validators import http_date
from warehouse.archive.observations import HostAnswers
from warehouse.archive.state.queries import KnownPage
from warehouse.archive.warc.format import RecordReference

URL = "https://portal.test/tin"
NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1)
YESTERDAY = NOW - DAY
NO_ANSWERS = HostAnswers()


def known(at: datetime = YESTERDAY, etag: str | None = '"v1"', last_modified: str | None = None) -> KnownPage:
    return KnownPage(URL, at, etag, last_modified, RecordReference("id", URL, at, "p/c.warc.gz", 0, "sha256:0"))


def test_a_request_carries_the_validators_of_the_page() -> None:
    page = known(last_modified="Sat, 31 Oct 2026 06:00:00 GMT")
    assert validator_headers(page, NO_ANSWERS, NOW) == {
        "If-None-Match": '"v1"',
        "If-Modified-Since": "Sat, 31 Oct 2026 06:00:00 GMT",
    }
    assert validator_headers(known(etag=None), NO_ANSWERS, NOW) == {}


@pytest.mark.parametrize(
    ("answers", "is_trusted"),
    [
        (HostAnswers(19, 0, 0), True),
        (HostAnswers(20, 0, 0), False),
        (HostAnswers(20, 1, 0), True),
        (HostAnswers(1, 1, 1), False),
    ],
)
def test_hosts_with_false_or_no_304_answers_get_no_conditional_requests(answers: HostAnswers, is_trusted: bool) -> None:
    assert bool(validator_headers(known(), answers, NOW)) is is_trusted


def test_an_old_page_is_fetched_unconditionally() -> None:
    old = known(NOW - 3 * DAY - timedelta(seconds=1))
    assert validator_headers(old, NO_ANSWERS, NOW) == {}


@pytest.mark.parametrize(
    ("moved", "is_false"),
    [
        (DAY, True),  # as NukeViet's, always 24 hours ago
        (DAY + timedelta(seconds=90), True),
        (timedelta(), False),
        (DAY - timedelta(hours=1), False),
    ],
)
def test_a_last_modified_that_moves_with_the_clock_is_false(moved: timedelta, is_false: bool) -> None:
    before = YESTERDAY - DAY
    assert moves_with_clock(known(last_modified=http_date(before)), http_date(before + moved), NOW) is is_false


@pytest.mark.parametrize("date", ["hier", "", "Sat, 31 Oct 2026 06:00:00", f"Sat, 31 Oct {10**20} 06:00:00 GMT"])
def test_an_invalid_last_modified_proves_nothing(date: str) -> None:
    assert not moves_with_clock(known(last_modified="Sat, 31 Oct 2026 06:00:00 GMT"), date, NOW)
