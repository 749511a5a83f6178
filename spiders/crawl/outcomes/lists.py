"""The lists of one crawl: their rows, other pages that are no articles, and what is left to read.

Belongs here: list rows and their marks, requested pages, and the frontier of a backfill. Does not belong here: what
became of the articles (see `spiders.crawl.outcomes.articles`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from scrapy import Request

from warehouse.archive.observations import AskedPage, ListedArticle
from warehouse.archive.state.queries import CrawlState
from warehouse.clock import HANOI_TIME, is_publishable
from warehouse.records import ListRow
from warehouse.text.normal import clean

# More titles than one article has in a list.
_TITLES_OF_ONE_ARTICLE: Final = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list, and the article that it links to."""

    article_key: str
    url: str
    shown: ListRow

    @property
    def mark(self) -> str:
        """Digest of the row's title and day of publication; if it changes, the article was edited.

        The time of publication is left out: NukeViet shows it on the newest rows only.
        """
        published_at = self.shown.published_at
        words = f"{clean(self.shown.title)}\n{published_at.astimezone(HANOI_TIME).date() if published_at else ''}"
        return hashlib.sha256(words.encode()).hexdigest()[:16]

    def published_at(self, now: datetime) -> datetime | None:
        """Return when the row says that the article was published; None if it says nothing that is possible."""
        at = self.shown.published_at
        return at if at and is_publishable(at, now) else None


def first_of_each(rows: Iterable[Row]) -> list[Row]:
    """Return the first row of each article, in the order of the rows."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.article_key, row)
    return list(first.values())


def share_an_address(rows: Iterable[Row]) -> bool:
    """Return whether rows that must be different articles have one key: their titles and addresses differ.

    Two titles of one article are usual: a picture's and the headline, or one that is cut.
    """
    shown: dict[str, dict[str, str]] = {}
    for row in rows:
        shown.setdefault(row.article_key, {}).setdefault(clean(row.shown.title).casefold(), row.shown.url)
    return any(len(set(urls.values())) >= _TITLES_OF_ONE_ARTICLE for urls in shown.values())


class ListOutcomes:
    """Rows and pages of one crawl.

    Attributes:
        unchanged: requests for lists, feeds and sitemaps that got a 304 response, by URL.
    """

    def __init__(self, state: CrawlState) -> None:
        """Start without rows and pages."""
        self.unchanged: dict[str, Request] = {}
        self._state = state
        self._rows: dict[tuple[str, str], ListedArticle] = {}
        # Earlier marks of changed rows: if this crawl does not fetch the article, the next one must.
        self._old_marks: dict[tuple[str, str], str] = {}
        self._pages: dict[str, AskedPage] = {}
        # Wanted, but without a response so far; each article with the URL of the list that showed it.
        self._pending: dict[str, None] = {}
        self._pending_articles: dict[str, str] = {}

    def want(self, url: str) -> None:
        """Record that the crawl wants a list, feed or sitemap."""
        self._pending[url] = None

    def want_article(self, key: str, list_url: str) -> None:
        """Record that the crawl wants an article that a list shows."""
        self._pending_articles.setdefault(key, list_url)

    def settle(self, url: str) -> None:
        """Record that the list at this URL need not be requested again."""
        self._pending.pop(url, None)

    def settle_article(self, key: str) -> None:
        """Record that the article need not be requested again by the next chunk of a backfill."""
        self._pending_articles.pop(key, None)

    def record_redirects(self, pages: Iterable[AskedPage]) -> None:
        """Record pages that redirected to another one."""
        for page in pages:
            self._pages.setdefault(page.page_key, page)

    def record_page(self, page: AskedPage) -> None:
        """Record a page that is not an article."""
        self._pages[page.page_key] = page

    def record_rows(self, list_key: str, rows: Iterable[Row], at: datetime) -> None:
        """Record the rows of a list page; if several pages of the list repeat a row, the first one counts."""
        for row in rows:
            if (place := (list_key, row.article_key)) in self._rows:
                continue
            before = self._state.row(*place)
            if before is not None and before.mark != row.mark:
                self._old_marks[place] = before.mark
            self._rows[place] = ListedArticle(row.article_key, list_key, row.mark, at, row.published_at(at), row.url)

    def has_listed(self, list_key: str, article_key: str) -> bool:
        """Return whether a page of the list has shown the article in this crawl."""
        return (list_key, article_key) in self._rows

    def articles_by_mark(self) -> Mapping[str, Collection[str]]:
        """Return the keys of this crawl's rows by the rows' marks."""
        found: dict[str, dict[str, None]] = {}
        for row in self._rows.values():
            found.setdefault(row.mark, {})[row.article_key] = None
        return found

    def rows(self, settled: Collection[str]) -> tuple[ListedArticle, ...]:
        """Return the rows, each with its earlier mark if the next crawl must still fetch the edited article.

        `settled` holds the keys of the articles that were captured or are missing.
        """
        return tuple(
            replace(row, mark=self._old_marks[place])
            if place in self._old_marks and row.article_key not in settled
            else row
            for place, row in self._rows.items()
        )

    def lists(self) -> tuple[str, ...]:
        """Return the keys of the pages that list articles."""
        return tuple(page.page_key for page in self._pages.values() if page.is_list)

    def forget_lists(self, page_keys: Iterable[str]) -> None:
        """Record that later crawls need not read these lists, since they show what others show."""
        for key in page_keys:
            self._pages[key] = replace(self._pages[key], is_list=False)

    def pages(self) -> tuple[AskedPage, ...]:
        """Return the pages that are no articles."""
        return tuple(self._pages.values())

    def frontier(self) -> tuple[str, ...]:
        """Return the lists that the next chunk of a backfill starts with."""
        return tuple(dict.fromkeys((*self._pending, *self._pending_articles.values())))
