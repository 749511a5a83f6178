"""The articles of one crawl: which came, which are gone, which have moved, and which failed.

Belongs here: the outcome of each article, and comparing the gone ones with what is known. Does not belong here: how
many may be gone at once (see `spiders.crawl.verdict`), list rows (see `spiders.crawl.outcomes.lists`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from itertools import islice

from spiders.pages.syndication.dates import better_date
from warehouse.archive.observations import FailedArticle
from warehouse.archive.state.queries import CrawlState, KnownArticle
from warehouse.clock import HANOI_TIME


class ArticleOutcomes:
    """Outcomes of one crawl, by article key.

    Attributes:
        found: articles that pages linked to, and captured articles.
        requested: requested articles, without those that have been failing since an earlier crawl.
        recognised: captured articles that fit a template of the platform.
        missing: when each missing article was asked.
        listed_in_place: missing articles in whose place another page came, with status 200.
        known_elsewhere: keys of links to articles that are known under another address.
        as_files: articles in whose place a file came.
        unasked: URLs of the captures of articles that came in answer to other requests, as in `Observations.articles`.
        refused: articles never received and permanently refused.
        moved: the new key of each missing article that has moved to an address of its own; empty until `settle_moves`.
    """

    def __init__(self, state: CrawlState, known_before: datetime, comparable_from: date | None) -> None:
        """Start without outcomes.

        Args:
            state: the crawl state, built from earlier crawls.
            known_before: as in `spiders.crawl.plan.CrawlPlan`.
            comparable_from: as in `spiders.portal.Expectations`.
        """
        self.found: set[str] = set()
        self.known_elsewhere: set[str] = set()
        self.requested: set[str] = set()
        self.recognised: set[str] = set()
        self.missing: dict[str, datetime] = {}
        self.listed_in_place: set[str] = set()
        self.as_files: set[str] = set()
        self.unasked: dict[str, str] = {}
        self.refused: set[str] = set()
        self.moved: Mapping[str, str] = {}
        self._state = state
        self._known_before = known_before
        self._comparable_from = (
            datetime.combine(comparable_from, time.min, HANOI_TIME) if comparable_from is not None else None
        )
        # The page of each captured article: redirects can lead two keys to one page, which is one article.
        self._pages: dict[str, str] = {}
        self._by_page: dict[str, str] = {}
        self._failed: dict[str, FailedArticle] = {}
        # Gone at one address, and without an answer at another one that a list shows.
        self._unsettled: dict[str, datetime] = {}
        self._shown: dict[str, str] = {}
        self._feed_dates: dict[str, str] = {}

    def record_feed_date(self, key: str, stated: str) -> None:
        """Record the date that an entry of a feed or sitemap states for an article."""
        self._feed_dates[key] = better_date(self._feed_dates.get(key), stated) or stated

    def feed_date(self, key: str) -> str | None:
        """Return the best date of an article in the feeds and sitemaps of this or earlier crawls.

        None if there is none.
        """
        return better_date(self._state.feed_date(key), self._feed_dates.get(key))

    def record_request(self, key: str) -> None:
        """Count a requested article, unless it has been failing since an earlier crawl."""
        known = self._state.article(key)
        if known is None or known.failing_since is None:
            self.requested.add(key)

    def record_shown(self, key: str, url: str, page_key: str) -> None:
        """Remember where a list, feed or sitemap shows a known article, if that is not its known URL.

        An article whose key is its address has no other.
        """
        if key != page_key and (known := self._state.article(key)) and known.page_key != page_key:
            self._shown[key] = url

    def record_captured(self, key: str, page_key: str, *, is_recognised: bool) -> None:
        """Record an article that was received or is unchanged; it is gone at none of its addresses."""
        self.found.add(key)
        self._pages.setdefault(key, page_key)
        self._by_page.setdefault(page_key, key)
        self.missing.pop(key, None)
        self._unsettled.pop(key, None)
        self.listed_in_place.discard(key)
        if is_recognised:
            self.recognised.add(key)

    def record_missing(self, key: str, at: datetime, *, is_page_in_place: bool) -> None:
        """Record an article that is gone: by its status, or since another page came in its place."""
        if key in self._pages:
            return
        self.missing[key] = at
        if is_page_in_place:
            self.listed_in_place.add(key)

    def record_failed(self, key: str, url: str, at: datetime, *, is_refused: bool) -> None:
        """Record that it is unknown whether an article exists; `is_refused`: it is refused for good."""
        if key in self.missing:
            self._unsettled[key] = self.missing.pop(key)
        known = self._state.article(key)
        if is_refused and (known is None or known.first_asked_at is None):
            self.refused.add(key)
        else:
            self._failed[key] = FailedArticle(key, url, at)

    def elsewhere(self) -> Iterator[tuple[str, str]]:
        """Yield the key of each known missing article, and the newest other URL under which lists show it.

        Rows of earlier crawls count only if the article was not missing before: later they are as old as its absence.
        """
        for key in tuple(self.missing):
            known = self._state.article(key)
            if known is None or known.first_captured_at is None:
                continue
            if url := self._shown.get(key):
                yield key, url
            elif known.missing_since is None:
                others = (url for url in self._state.shown_urls(key) if url != known.url)
                yield from ((key, url) for url in islice(others, 1))

    def leave_unsettled(self, at: datetime) -> None:
        """Take back the absence of articles whose other URL was not asked, since the crawl was cut short."""
        for key, url in tuple(self.elsewhere()):
            self.record_failed(key, url, at, is_refused=False)

    def has_page(self, page_key: str) -> bool:
        """Return whether an article came from this page."""
        return page_key in self._by_page

    def is_recognised(self, page_key: str) -> bool:
        """Return whether an article of this page fits a template of the platform."""
        return self._by_page.get(page_key) in self.recognised

    def captured(self) -> Collection[str]:
        """Return the keys of the captured articles."""
        return self._pages.keys()

    def captured_count(self) -> int:
        """Return the number of captured articles, each once even if several keys led to its page."""
        return len(self._by_page)

    def recognised_count(self) -> int:
        """Return the number of captured articles that fit a template of the platform."""
        return len({self._pages[key] for key in self.recognised})

    def from_lists_count(self) -> int:
        """Return the number of articles that came only in answer to requests for lists."""
        return len({self._pages[key] for key in self.unasked if key not in self.requested})

    def found_count(self) -> int:
        """Return the number of found articles, each once even if several keys led to its page."""
        return len({self._pages.get(key, key) for key in self.found})

    def new(self) -> set[str]:
        """Return one key of each captured article that no crawl had captured before the plan's `known_before`."""
        before = {page for key, page in self._pages.items() if self.was_captured(key)}
        moved = set(self.moved.values())
        pages = {page: key for key, page in self._pages.items() if page not in before and key not in moved}
        return set(pages.values())

    def vanished(self) -> list[str]:
        """Return the articles that are missing since this crawl and have not moved.

        Articles that the operator gave up with `expectations.comparable_from` do not count.
        """
        return [key for key in self.missing if self._was_present(key) and key not in self.moved]

    def known_asked(self) -> int:
        """Return how many articles that were present before have answered, whether they came or are gone."""
        return sum(map(self._was_present, {*self._pages, *self.missing}))

    def known(self) -> int:
        """Return how many articles were present before this crawl."""
        return self._state.present(self._comparable_from)

    def gone_before(self) -> int:
        """Return how many missing articles are no news: missing before, given up by the operator, or moved."""
        return sum(
            key in self.moved or self._was_missing(key) or (self.was_captured(key) and not self._was_present(key))
            for key in self.missing
        )

    def settle_moves(self, by_mark: Mapping[str, Collection[str]]) -> None:
        """Find the missing articles that other articles replace, when all answers are there.

        An article has moved if a row with the same title and day leads to a present article that was first captured
        later. Only articles whose key is their address need this. `by_mark` holds the keys of this crawl's rows.
        """
        moved: dict[str, str] = {}
        for key in self.missing:
            known = self._state.article(key)
            if known is None or known.first_captured_at is None or known.missing_since is not None:
                continue
            others = (
                other
                for mark in sorted(self._state.marks(key))
                for other in (*by_mark.get(mark, ()), *self._state.with_mark(mark))
            )
            new = next((other for other in others if self._replaces(other, known, moved.values())), None)
            if new is not None:
                moved[key] = new
        self.moved = moved

    def failed(self, doubted: Iterable[str], at: datetime) -> tuple[FailedArticle, ...]:
        """Return the failed articles, with those whose absence is doubted."""
        known = (self._state.article(key) for key in doubted)
        unsure = {one.article_key: FailedArticle(one.article_key, one.url, at) for one in known if one and one.url}
        return tuple({**unsure, **self._failed}.values())

    def unsettled(self) -> Mapping[str, datetime]:
        """Return when each article was found gone at one address, without an answer at another one."""
        return self._unsettled

    def was_captured(self, key: str) -> bool:
        """Return whether a crawl captured the article before the plan's `known_before`."""
        known = self._state.article(key)
        return bool(known and known.first_captured_at and known.first_captured_at < self._known_before)

    def _replaces(self, key: str, old: KnownArticle, taken: Collection[str]) -> bool:
        if key == old.article_key or key in taken or key in self.missing:
            return False
        known = self._state.article(key)
        if known is None or known.first_captured_at is None:
            return key in self._pages
        is_later = old.first_captured_at is not None and known.first_captured_at > old.first_captured_at
        return is_later and known.missing_since is None

    def _was_present(self, key: str) -> bool:
        known = self._state.article(key)
        if known is None or known.last_captured_at is None or known.missing_since is not None:
            return False
        return self._comparable_from is None or known.last_captured_at >= self._comparable_from

    def _was_missing(self, key: str) -> bool:
        known = self._state.article(key)
        return bool(known and known.missing_since and known.missing_since < self._known_before)
