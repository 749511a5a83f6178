"""Which requests are conditional, and whose answers are not believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from spiders.crawl.follow_policy import Sightings
from spiders.crawl.validators import Validators
from spiders.mirror.validators import http_date
from warehouse.archive.observations import HostAnswers
from warehouse.archive.state.questions import CrawlState, KnownPage
from warehouse.archive.warc.format import RecordReference

URL = "https://portal.test/tin"
NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1)
YESTERDAY = NOW - DAY


def known(at: datetime = YESTERDAY, etag: str | None = '"v1"', last_modified: str | None = None) -> KnownPage:
    return KnownPage(URL, at, etag, last_modified, RecordReference("id", URL, at, "p/c.warc.gz", 0, "sha256:0"))


class Known:
    """A state that knows one page and one host."""

    def __init__(self, page: KnownPage, answers: HostAnswers) -> None:
        self._page, self._answers = page, answers

    def page(self, _url: str) -> KnownPage:
        return self._page

    def host(self, host: str) -> HostAnswers:
        assert host == "portal.test"
        return self._answers


def validators(page: KnownPage, answers: HostAnswers = HostAnswers()) -> tuple[Validators, Sightings]:  # noqa: B008 - frozen
    sightings = Sightings()
    return Validators(cast("CrawlState", Known(page, answers)), sightings, NOW), sightings


def test_a_request_names_what_the_page_named() -> None:
    page = known(last_modified="Sat, 31 Oct 2026 06:00:00 GMT")
    assert validators(page)[0].headers(page) == {
        "If-None-Match": '"v1"',
        "If-Modified-Since": "Sat, 31 Oct 2026 06:00:00 GMT",
    }
    assert validators(known(etag=None))[0].headers(known(etag=None)) == {}


@pytest.mark.parametrize(
    ("answers", "is_believed"),
    [
        (HostAnswers(19, 0, 0), True),
        (HostAnswers(20, 0, 0), False),
        (HostAnswers(20, 1, 0), True),
        (HostAnswers(1, 1, 1), False),
    ],
)
def test_hosts_that_lie_or_never_say_304_are_not_asked(answers: HostAnswers, is_believed: bool) -> None:
    assert bool(validators(known(), answers)[0].headers(known())) is is_believed


def test_no_page_is_believed_to_be_unchanged_for_ever() -> None:
    old = known(NOW - 3 * DAY - timedelta(seconds=1))
    assert validators(old)[0].headers(old) == {}


@pytest.mark.parametrize(
    ("moved", "is_false"),
    [
        (DAY, True),  # as NukeViet's, always 24 hours ago
        (DAY + timedelta(seconds=90), True),
        (timedelta(), False),
        (DAY - timedelta(hours=1), False),
    ],
)
def test_a_date_that_moves_with_the_clock_is_no_date_of_a_change(moved: timedelta, is_false: bool) -> None:
    before = YESTERDAY - DAY
    ours, sightings = validators(known(last_modified=http_date(before)))
    ours.note_date(URL, http_date(before + moved), NOW)
    assert (sightings.hosts["portal.test"]["false"] if sightings.hosts else 0) == is_false


@pytest.mark.parametrize("date", ["hier", "", "Sat, 31 Oct 2026 06:00:00"])
def test_a_date_that_is_none_says_nothing(date: str) -> None:
    ours, sightings = validators(known(last_modified="Sat, 31 Oct 2026 06:00:00 GMT"))
    ours.note_date(URL, date, NOW)
    assert sightings.hosts == {}
