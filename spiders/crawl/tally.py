"""What a crawl of one portal counts, and the statistics that its verdict is made of.

Here: the counts, and when so many failures stand in a row that the portal is down. Not here: requests and responses
(`spiders.crawl.spider`), or judging (`spiders.crawl.verdict`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from spiders.crawl.verdict import CrawlStatistics
from spiders.fetch.errors import PORTAL_IS_DOWN
from warehouse.records import CrawlKind, Purpose

# After so many failures in a row the portal is down; each costs its retries, and all other portals wait for the end.
_GIVE_UP_AFTER: Final = 10


@dataclass
class Tally:
    """The counts of a crawl.

    Attributes:
        requests_for: requests sent, by purpose.
        errors: requests that failed for good, by kind.
        pages: responses of status 200 that were neither a challenge nor robots.txt.
        list_rows_seen: rows of lists, and entries of feeds and sitemaps.
        start_failures: start addresses that gave no page.
        not_modified: answers of status 304 to conditional requests.
        lists_not_modified: of these, the lists, feeds and sitemaps.
        articles: keys of articles that pages led to.
        articles_asked: keys of articles that were requested, and were not known to fail.
        articles_captured: keys of articles whose page came, or was called unchanged.
        articles_recognised: of these, the ones that a template of the platform knows.
        failures_in_a_row: failures of the portal since it last answered.
    """

    requests_for: Counter[Purpose] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    pages: int = 0
    list_rows_seen: int = 0
    start_failures: int = 0
    not_modified: int = 0
    lists_not_modified: int = 0
    articles: set[str] = field(default_factory=set)
    articles_asked: set[str] = field(default_factory=set)
    articles_captured: set[str] = field(default_factory=set)
    articles_recognised: set[str] = field(default_factory=set)
    failures_in_a_row: int = 0

    @property
    def is_portal_down(self) -> bool:
        """Whether so many requests failed in a row that no more are worth their time."""
        return self.failures_in_a_row >= _GIVE_UP_AFTER

    def note_page(self) -> None:
        """Count a page that came."""
        self.pages += 1
        self.failures_in_a_row = 0

    def note_not_modified(self, *, is_list: bool) -> None:
        """Count a page that is as it was."""
        self.not_modified += 1
        self.lists_not_modified += is_list
        self.failures_in_a_row = 0

    def note_article(self, key: str, *, is_recognised: bool) -> None:
        """Count an article whose page came."""
        self.articles.add(key)
        self.articles_captured.add(key)
        if is_recognised:
            self.articles_recognised.add(key)

    def note_failure(self, kind: str, *, is_start: bool) -> None:
        """Count a request that failed for good."""
        self.errors[kind] += 1
        self.start_failures += is_start
        is_the_portals = kind.startswith("http_5") or kind in PORTAL_IS_DOWN
        self.failures_in_a_row = self.failures_in_a_row + 1 if is_the_portals else 0

    def note_callback_errors(self, count: int) -> None:
        """Remember how many pages made the crawler fail, of which only Scrapy knows."""
        if count:
            self.errors["callback_error"] = count

    def statistics(
        self,
        *,
        kind: CrawlKind,
        requests: int,
        articles_new: int,
        articles_gone: int,
        articles_gone_before: int,
        cut_short: str | None,
        is_given_up: bool,
        has_templates: bool,
    ) -> CrawlStatistics:
        """Return the counts as they are judged, with what only the crawl knows: the meaning is `CrawlStatistics`'."""
        return CrawlStatistics(
            requests=requests,
            pages=self.pages,
            list_rows_seen=self.list_rows_seen,
            articles_found=len(self.articles),
            articles_new=articles_new,
            articles_gone=articles_gone,
            articles_gone_before=articles_gone_before,
            articles_captured=len(self.articles_captured),
            start_failures=self.start_failures,
            cut_short=cut_short,
            errors=dict(self.errors),
            kind=kind,
            articles_asked=len(self.articles_asked),
            articles_recognised=len(self.articles_recognised) if has_templates else None,
            not_modified=self.not_modified,
            lists_not_modified=self.lists_not_modified,
            is_given_up=is_given_up,
        )
