"""Decides which links a crawl follows, from its plan, the crawl state, and the pages seen so far.

Belongs here: decisions on one URL or one list page. Does not belong here: requests and responses (see
`spiders.crawl.spider`), and what the whole crawl covers (see `spiders.crawl.plan`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from spiders.crawl.log import CrawlLog
from spiders.crawl.outcomes.lists import Row
from spiders.crawl.plan import CrawlPlan
from spiders.crawl.validators import netloc_of, validator_headers
from spiders.fetch.target import Target
from spiders.pages.pagination import ListPosition, position_in_list
from spiders.platforms.parts.further_pages import is_further_page
from warehouse.archive.index.pages import Place
from warehouse.archive.state.queries import CrawlState, KnownPage, KnownRow
from warehouse.clock import HANOI_TIME
from warehouse.records import Purpose

# Some rows change in every crawl, for example a title with a counter. So the article of a changed row is refetched only
# after a wait: a quarter of the time between its first and last captures, within these bounds.
_REFETCH_WAIT_MIN: Final = timedelta(hours=1)
_REFETCH_WAIT_MAX: Final = timedelta(days=7)
# A `lastmod` without a zone may be in another one, and a server's clock may be wrong.
_LASTMOD_ERROR_MAX: Final = timedelta(hours=12)
# A stem such as `/tin?id=1` may begin many other URLs.
_PAGES_WITH_STEM_MAX: Final = 100


class FollowPolicy:
    """Decides for one crawl which links are followed, and which requests are conditional."""

    def __init__(self, plan: CrawlPlan, state: CrawlState, stored_pages: dict[str, Place], log: CrawlLog) -> None:
        """Create the policy of one crawl.

        Args:
            plan: what the crawl covers.
            state: the portal's crawl state; it must stay open until the crawl has ended.
            stored_pages: pages that interrupted crawls stored, by URL; they are replayed, not sent.
            log: the log of this crawl.
        """
        self.plan = plan
        self.state = state
        self.stored_pages = stored_pages
        self._log = log
        self._follows_everything = plan.kind == "full"
        self._pages_without_news: Counter[str] = Counter()
        self._unchanged_by_index: set[str] = set()

    def wants_article(self, article_key: str, url: str) -> bool:
        """Return whether to request a linked article; the plan lists the known articles to refetch."""
        known = self.state.article(article_key)
        if known is None or url in self.stored_pages:
            return True
        if known.missing_since and known.missing_at and known.first_captured_at:
            # A list shows it again. Many lists never drop a removed article, so it is asked at growing intervals.
            wait = (known.missing_at - known.missing_since) / 4
            return self.plan.now - known.missing_at >= min(max(wait, _REFETCH_WAIT_MIN), _REFETCH_WAIT_MAX)
        # Its URL never gave a conclusive response: robots.txt may allow it now, or a failed request may succeed.
        return known.first_asked_at is None and (self._follows_everything or self.plan.bounds is not None)

    def wants_list(self, page_key: str, page_before: ListPosition | None = None) -> bool:
        """Return whether to request a link that may lead to a list.

        `page_before` is the position of the page with the link; None if the next page of its list is not wanted.
        """
        if self._is_article(page_key):
            return False
        if self._follows_everything:
            return True
        position = position_in_list(page_key)
        if page_before is not None and page_before.is_before(position):
            return True
        if not position.is_first:
            return False
        asked_at = self.state.asked_at(page_key)
        return asked_at is None or asked_at >= self.plan.known_before

    def wants_sitemap(self, url: str, changed_at: datetime | None) -> bool:
        """Return whether to request a sitemap of an index; `changed_at` is its `lastmod` there.

        A sitemap that did not change is not requested, except in a crawl with margin pages and where a host's dates
        were false before.
        """
        bounds = self.plan.bounds
        if bounds and bounds.from_date and changed_at is not None:
            return changed_at.astimezone(HANOI_TIME).date() >= bounds.from_date
        known = self.state.page(url)
        if known is None or changed_at is None or not self.state.is_of_complete_crawl(known):
            return True
        if changed_at + _LASTMOD_ERROR_MAX >= known.captured_at:
            return True
        if self._list_to_trust(url) and not self.state.host(netloc_of(url)).false_lastmods:
            self._log.record_unchanged_sitemap()
            return False
        self._unchanged_by_index.add(url)
        return True

    def is_unchanged_by_index(self, url: str) -> bool:
        """Return whether a sitemap is requested although its index says that it did not change."""
        return url in self._unchanged_by_index

    def wants_attachment(self, url: str) -> bool:
        """Return whether to request a linked file: once, as a changed file usually gets a new URL."""
        return url in self.stored_pages or self.state.page(url) is None

    def wants_row(self, row: Row) -> bool:
        """Return whether a row's date is within the dates of a backfill; True if there are none."""
        published_at = row.published_at(self.plan.now)
        day = published_at and published_at.astimezone(HANOI_TIME).date()
        bounds = self.plan.bounds
        if bounds is None or day is None:
            return True
        return (bounds.from_date is None or day >= bounds.from_date) and (
            bounds.until_date is None or day <= bounds.until_date
        )

    def wants_page_after(self, position: ListPosition, rows: Sequence[Row], articles: Iterable[str]) -> bool:
        """Return whether to request the page after a list page, given the rows of the list page.

        If the rows could not be read, `articles` decides: the keys of all articles that the list page links to.
        """
        if self.plan.bounds:
            return self._is_within_bounds(position, rows)
        if self._follows_everything:
            return True
        if rows:
            has_news = any(self._is_news(position.list_url, row) for row in rows)
        else:
            has_news = any(not self.is_known(key) for key in articles)
        return self._is_within_margin(position, has_news=has_news)

    def rows_to_refetch(self, list_key: str, rows: Iterable[Row]) -> list[Row]:
        """Return the changed rows whose articles were captured long enough ago to be refetched."""
        return [row for row in rows if self._has_changed(list_key, row, self.state.row(list_key, row.article_key))]

    def refetch_purpose(self, article_key: str) -> Purpose:
        """Return `refetch`, or `new_article` if the article's URL has never given a conclusive response."""
        known = self.state.article(article_key)
        return "refetch" if known and known.first_asked_at else "new_article"

    def is_known(self, article_key: str) -> bool:
        """Return whether the article was known before this crawl and the incomplete crawls directly before it."""
        known = self.state.article(article_key)
        if known is None:
            return False
        # An article without a conclusive response counts as known: such a response may never come.
        return known.first_asked_at is None or known.first_asked_at < self.plan.known_before

    def is_missing(self, article_key: str) -> bool:
        """Return whether earlier crawls found the article gone."""
        known = self.state.article(article_key)
        return known is not None and known.missing_since is not None

    def was_captured(self, article_key: str) -> bool:
        """Return whether an earlier crawl captured the article."""
        known = self.state.article(article_key)
        return known is not None and known.first_captured_at is not None

    def known_url(self, article_key: str) -> str | None:
        """Return the URL of an article that is not missing; None if there is none."""
        known = self.state.article(article_key)
        return known.url if known and known.first_captured_at and known.missing_since is None else None

    def _is_article(self, page_key: str) -> bool:
        """Return whether a page that looks like a list is a known article: the plan tells when to refetch it."""
        key = self.state.article_at(page_key)
        return key is not None and not self.is_missing(key) and not self.state.is_list(page_key)

    def conditional_headers(self, url: str, target: Target) -> dict[str, str]:
        """Return the headers that make a request conditional; empty if the request must be unconditional."""
        page = self._page_to_trust(url, target)
        return validator_headers(page, self.state.host(netloc_of(page.url)), self.plan.now) if page else {}

    def _page_to_trust(self, url: str, target: Target) -> KnownPage | None:
        """Return the known page at a URL if its request may be conditional, else None.

        A 304 response has no links. The crawl does not need the links of trusted lists, nor those of articles, because
        lists show the same links.
        """
        if target.is_doubted or url in self.stored_pages:
            return None
        if target.purpose == "list":
            return self._list_to_trust(url)
        if target.purpose == "refetch" and target.article_key:
            # If the article is missing, the known page at its URL may be another page.
            known = self.state.article(target.article_key)
            is_there = known is not None and known.missing_since is None
            return self.state.page(url) if is_there and not self._has_further_pages(url) else None
        return None

    def _has_further_pages(self, url: str) -> bool:
        """Return whether an earlier crawl followed the article's pager: only a 200 response shows it again."""
        stem = url.removesuffix("/").removesuffix(".html").removesuffix(".htm")
        return any(is_further_page(known, url) for known in self.state.pages_from(stem, _PAGES_WITH_STEM_MAX))

    def _list_to_trust(self, url: str) -> KnownPage | None:
        """Return a known list or sitemap if a 304 response means that nothing below it is new, else None.

        A complete scheduled crawl must have received it: an interrupted crawl, a backfill or an import may not have
        followed its links. A crawl with margin pages always needs the links.
        """
        if self.plan.kind != "incremental" or self.plan.margin_pages:
            return None
        page = self.state.page(url)
        return page if page is not None and self.state.is_of_complete_crawl(page) else None

    def _is_news(self, list_key: str, row: Row) -> bool:
        """Return whether the row is new in this list since the last complete crawl, or has changed.

        An article known from another list can be new in this one. If an article is never received, because robots.txt
        forbids it or its page fails, its row is news only once.
        """
        before = self.state.row(list_key, row.article_key)
        if before is None or before.crawled_at is None or before.crawled_at >= self.plan.known_before:
            return True
        return self._has_changed(list_key, row, before)

    def _has_changed(self, list_key: str, row: Row, before: KnownRow | None) -> bool:
        # The next page of a list may repeat a row in shortened form, so only the first one in a crawl counts.
        if before is None or before.mark == row.mark or self._log.lists.has_listed(list_key, row.article_key):
            return False
        known = self.state.article(row.article_key)
        if known is None or known.first_captured_at is None or known.last_captured_at is None:
            return False
        wait = (known.last_captured_at - known.first_captured_at) / 4
        wait = min(max(wait, _REFETCH_WAIT_MIN), _REFETCH_WAIT_MAX)
        return self.plan.now - known.last_captured_at >= wait

    def _is_within_margin(self, position: ListPosition, *, has_news: bool) -> bool:
        """Count consecutive pages without news in a list; return whether they are within the plan's margin."""
        count = 0 if has_news else self._pages_without_news[position.list_url] + 1
        self._pages_without_news[position.list_url] = count
        return count <= self.plan.margin_pages

    def _is_within_bounds(self, position: ListPosition, rows: Sequence[Row]) -> bool:
        bounds = self.plan.bounds
        if bounds is None:
            return False
        if bounds.depth is not None and position.number >= bounds.depth and not position.is_offset:
            return False
        days = [at.astimezone(HANOI_TIME).date() for row in rows if (at := row.published_at(self.plan.now))]
        # Pinned rows may be old: a page is too old only if all its dates are. A list ends after several such pages.
        is_past = bool(bounds.from_date and days and max(days) < bounds.from_date)
        return self._is_within_margin(position, has_news=not is_past)
