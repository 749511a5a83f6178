"""Which of the addresses that pages lead to a crawl asks for, by its plan and by what is known of the portal.

Here: the decisions, one address or one list page at a time, and what the crawl saw, for the next one to decide by. Not
here: requests and responses (`spiders.spider`), or what the crawl as a whole means to look at (`spiders.plan`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from spiders.paging import ListPosition
from spiders.plan import CrawlPlan
from warehouse.archive.index import Place
from warehouse.archive.observations import AskedPage, HostAnswers, ListedArticle, Observations
from warehouse.archive.state import CrawlState
from warehouse.clock import HANOI_TIME
from warehouse.records import ListRow
from warehouse.text.normal import clean

# A row that says something else each time, such as one with a counter in its title, must not cost a request each time.
_REFETCHED_AT_MOST_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list, and the article that it leads to."""

    article_key: str
    url: str
    shown: ListRow

    @property
    def mark(self) -> str:
        """A digest of what the row says: another one means that the article was edited.

        Of its date the day alone: NukeViet gives the newest rows of a page the time as well.
        """
        published_at = self.shown.published_at
        words = f"{clean(self.shown.title)}\n{published_at.astimezone(HANOI_TIME).date() if published_at else ''}"
        return hashlib.sha256(words.encode()).hexdigest()[:16]


@dataclass
class Sightings:
    """What a crawl sees, noted for the next one.

    Attributes:
        listed: rows by list and article.
        pages: other pages by canonical address.
        missing: known articles that are gone, with the time.
        open_lists: lists that were asked for and did not answer yet, in order.
        open_articles: articles that were asked for and did not answer yet, each with the list that showed it.
    """

    listed: dict[tuple[str, str], ListedArticle] = field(default_factory=dict)
    pages: dict[str, AskedPage] = field(default_factory=dict)
    missing: dict[str, datetime] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    hosts: dict[str, Counter[str]] = field(default_factory=dict)
    open_lists: dict[str, None] = field(default_factory=dict)
    open_articles: dict[str, str] = field(default_factory=dict)

    def note_answer(self, host: str, *what: str) -> None:
        """Count what a host's answer to a conditional request was: names of `HostAnswers`' fields."""
        self.hosts.setdefault(host, Counter()).update(what)

    def observations(self, plan: CrawlPlan) -> Observations:
        """Return what the crawl saw, as its archive keeps it."""
        return Observations(
            listed=tuple(self.listed.values()),
            pages=tuple(self.pages.values()),
            missing=dict(self.missing),
            refused=tuple(sorted(self.refused)),
            blocked=tuple(sorted(self.blocked)),
            hosts={
                host: HostAnswers(counts["asked"], counts["not_modified"], counts["false"])
                for host, counts in self.hosts.items()
            },
            margin_pages=plan.margin_pages,
            backfill=plan.bounds.name if plan.bounds else None,
            frontier=tuple(dict.fromkeys((*self.open_lists, *self.open_articles.values()))) if plan.bounds else (),
        )


class Frontier:
    """Decides for one crawl."""

    def __init__(self, plan: CrawlPlan, state: CrawlState, stored_pages: Mapping[str, Place]) -> None:
        """Prepare the decisions of a crawl.

        Args:
            plan: what it means to look at.
            state: what is known; it stays open as long as the crawl lasts.
            stored_pages: what an interrupted crawl stored, by address; it costs nothing to ask for that again.
        """
        self.plan = plan
        self.state = state
        self.stored_pages = stored_pages
        self.sightings = Sightings()
        self._pages_without_news: Counter[str] = Counter()

    @property
    def follows_everything(self) -> bool:
        """Whether every list is followed to its end."""
        return self.plan.kind == "full"

    def asks_for(self, article_key: str, url: str) -> bool:
        """Tell whether an article that a page leads to is asked for; known ones are when the plan says so."""
        known = self.state.article(article_key)
        if known is None or url in self.stored_pages:
            return True
        # What nobody could ask for, as robots.txt had it, may be open by now.
        return known.first_asked_at is None and self.follows_everything

    def is_known(self, article_key: str) -> bool:
        """Tell whether an earlier crawl that came to its end, or one before it, asked for the article."""
        known = self.state.article(article_key)
        if known is None:
            return False
        # Nobody may ask for it, so that it will never be known better.
        return known.first_asked_at is None or known.first_asked_at < self.plan.known_before

    def was_captured(self, article_key: str) -> bool:
        """Tell whether the article's page came before the crawls began that this one goes on with."""
        known = self.state.article(article_key)
        return bool(known and known.first_captured_at and known.first_captured_at < self.plan.known_before)

    def was_missing(self, article_key: str) -> bool:
        """Tell whether the article was gone before the crawls began that this one goes on with."""
        known = self.state.article(article_key)
        return bool(known and known.missing_since and known.missing_since < self.plan.known_before)

    def rows_to_refetch(self, list_url: str, rows: Iterable[Row]) -> list[Row]:
        """Return the rows of known articles that say something else than when the list was last looked at."""
        return [row for row in rows if self._has_changed(list_url, row)]

    def wants_more(self, position: ListPosition, rows: Sequence[Row]) -> bool:
        """Tell whether the page behind one that shows these rows is to be looked at."""
        if self.plan.bounds:
            return self._is_within_bounds(position, rows)
        if self.follows_everything:
            return True
        has_news = any(not self.is_known(row.article_key) or self._has_changed(position.list_url, row) for row in rows)
        if has_news:
            self._pages_without_news[position.list_url] = 0
            return True
        self._pages_without_news[position.list_url] += 1
        return self._pages_without_news[position.list_url] <= self.plan.margin_pages

    def wants_page(self, canonical_url: str) -> bool:
        """Tell whether a first page of a list, or a page that may be one, is to be looked at where it is linked."""
        return self.follows_everything or not self.state.has_asked(canonical_url)

    def wants_row(self, row: Row) -> bool:
        """Tell whether a row's article is one that this crawl reads."""
        day = row.shown.published_at and row.shown.published_at.astimezone(HANOI_TIME).date()
        bounds = self.plan.bounds
        if bounds is None or day is None:
            return True
        return (bounds.from_date is None or day >= bounds.from_date) and (
            bounds.until_date is None or day <= bounds.until_date
        )

    def note_rows(self, list_url: str, rows: Iterable[Row], at: datetime) -> None:
        """Remember what a list showed."""
        for row in rows:
            self.sightings.listed.setdefault(
                (list_url, row.article_key),
                ListedArticle(row.article_key, list_url, row.mark, at, row.shown.published_at),
            )

    def _has_changed(self, list_url: str, row: Row) -> bool:
        if (list_url, row.article_key) in self.sightings.listed:
            # Pages repeat rows of their neighbours, in fewer words; the first one counts, in each crawl.
            return False
        before = self.state.mark(list_url, row.article_key)
        if before is None or before == row.mark:
            return False
        known = self.state.article(row.article_key)
        return bool(
            known
            and known.last_captured_at
            and self.plan.now - known.last_captured_at >= _REFETCHED_AT_MOST_EVERY
            and known.first_captured_at
        )

    def _is_within_bounds(self, position: ListPosition, rows: Sequence[Row]) -> bool:
        bounds = self.plan.bounds
        if bounds is None or (bounds.depth is not None and position.number >= bounds.depth):
            return False
        days = [row.shown.published_at.astimezone(HANOI_TIME).date() for row in rows if row.shown.published_at]
        # A pinned row may be old; a list is behind the bound when all that it dates is.
        return not (bounds.from_date and days and max(days) < bounds.from_date)
