"""Conditional requests: asking only for what has changed, of hosts that tell the truth about it.

Here: which validators a request names (RFC 9110, 13.1), and learning from the answers whom not to believe. Not here:
which requests may be conditional (`spiders.fetch.validators`), storing, or what a crawl makes of an answer of status
304.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from spiders.crawl.follow_policy import Sightings
from warehouse.archive.state.questions import CrawlState, KnownPage

# Some caches answer 304 for ever: each page is fetched whole now and then, whatever its host says.
_BELIEVED_FOR: Final = timedelta(days=3)
# A host that was asked so often and never answered 304 does not know how to.
_ASKED_IN_VAIN: Final = 20
# A `Last-Modified` that has moved on by as much as the clock has is no date of a change. NukeViet sends one that is
# always 24 hours ago.
_CLOCK_TOLERANCE: Final = timedelta(minutes=2)
_CLOCK_STEP_MIN: Final = timedelta(minutes=10)


class Validators:
    """The validators of one crawl's requests."""

    def __init__(self, state: CrawlState, sightings: Sightings, now: datetime) -> None:
        """Prepare; what is learnt is noted in `sightings`."""
        self._state = state
        self._sightings = sightings
        self._now = now

    def headers(self, page: KnownPage) -> dict[str, str]:
        """Return the headers that make a request for a known page conditional; none where nothing is to be gone by."""
        if self._now - page.reference.captured_at > _BELIEVED_FOR or not self._is_trusted(page.url):
            return {}
        named = {"If-None-Match": page.etag, "If-Modified-Since": page.last_modified}
        return {name: value for name, value in named.items() if value}

    def note_answer(self, url: str, *, is_not_modified: bool) -> None:
        """Count the answer to a conditional request."""
        self._sightings.note_answer(_host(url), "asked", *(["not_modified"] if is_not_modified else []))

    def note_date(self, url: str, last_modified: str | None, captured_at: datetime) -> None:
        """Look whether a page's `Last-Modified` moves with the clock."""
        page = self._state.page(url)
        if page is None or not page.last_modified or not last_modified:
            return
        try:
            moved = parsedate_to_datetime(last_modified) - parsedate_to_datetime(page.last_modified)
        except (ValueError, TypeError):  # TypeError: one has a time zone, the other none
            return
        passed = captured_at - page.captured_at
        if passed >= _CLOCK_STEP_MIN and abs(moved - passed) <= _CLOCK_TOLERANCE:
            self.note_false(url)

    def note_false(self, url: str) -> None:
        """Remember that a host said of a page that it had not changed, and it had."""
        self._sightings.note_answer(_host(url), "false")

    def _is_trusted(self, url: str) -> bool:
        answers = self._state.host(_host(url))
        return answers.false == 0 and not (answers.asked >= _ASKED_IN_VAIN and answers.not_modified == 0)


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()
