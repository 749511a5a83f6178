"""Which of the addresses that pages lead to a crawl asks for, by its plan and by what is known of the portal.

Here: the decisions, one address or one list page at a time, and what the crawl saw, for the next one to decide by. Not
here: requests and responses (`spiders.crawl.spider`), or what the crawl as a whole means to look at
(`spiders.crawl.plan`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from spiders.crawl.plan import CrawlPlan
from spiders.pages.pagination import ListPosition
from warehouse.archive.index.pages import Place
from warehouse.archive.observations import AskedPage, FailedArticle, HostAnswers, ListedArticle, Observations
from warehouse.archive.state.questions import CrawlState, KnownPage, KnownRow
from warehouse.clock import HANOI_TIME
from warehouse.records import ListRow
from warehouse.text.normal import clean

# A row that says something else each time, such as one with a counter in its title, must not cost a request each time:
# the longer its article has been known, the longer is waited, within these bounds.
_REFETCHED_AT_MOST_EVERY: Final = timedelta(hours=1)
_REFETCHED_AT_LEAST_EVERY: Final = timedelta(days=7)


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
        failed: articles that were asked for in vain, by key.
        came: articles whose page came, or is as it was.
        old_marks: of rows that say something else than before, what they said before, by list and article.
        open_lists: lists, and sitemaps, that were asked for and did not answer yet, in order.
        open_articles: articles that were asked for and did not answer yet, each with the list that showed it.
    """

    listed: dict[tuple[str, str], ListedArticle] = field(default_factory=dict)
    pages: dict[str, AskedPage] = field(default_factory=dict)
    missing: dict[str, datetime] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    failed: dict[str, FailedArticle] = field(default_factory=dict)
    came: set[str] = field(default_factory=set)
    old_marks: dict[tuple[str, str], str] = field(default_factory=dict)
    hosts: dict[str, Counter[str]] = field(default_factory=dict)
    open_lists: dict[str, None] = field(default_factory=dict)
    open_articles: dict[str, str] = field(default_factory=dict)

    def note_answer(self, host: str, *what: str) -> None:
        """Count what a host's answer to a conditional request was: names of `HostAnswers`' fields."""
        self.hosts.setdefault(host, Counter()).update(what)

    def observations(self, plan: CrawlPlan) -> Observations:
        """Return what the crawl saw, as its archive keeps it."""
        return Observations(
            listed=tuple(self._settled(row) for row in self.listed.values()),
            pages=tuple(self.pages.values()),
            missing=dict(self.missing),
            refused=tuple(sorted(self.refused)),
            blocked=tuple(sorted(self.blocked)),
            failed=tuple(self.failed.values()),
            hosts={
                host: HostAnswers(counts["asked"], counts["not_modified"], counts["false"])
                for host, counts in self.hosts.items()
            },
            margin_pages=plan.margin_pages,
            backfill=plan.bounds.name if plan.bounds else None,
            frontier=tuple(dict.fromkeys((*self.open_lists, *self.open_articles.values()))) if plan.bounds else (),
        )

    def _settled(self, row: ListedArticle) -> ListedArticle:
        """Return the row; with what it said before where its article was not seen since, so that it is next time."""
        mark = self.old_marks.get((row.list_url, row.article_key))
        if mark is None or row.article_key in self.came or row.article_key in self.missing:
            return row
        return replace(row, mark=mark)


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
        # What nobody could ask for, as robots.txt had it, may be open by now; what failed may come.
        return known.first_asked_at is None and (self.follows_everything or self.plan.bounds is not None)

    def is_known(self, article_key: str) -> bool:
        """Tell whether an earlier crawl that came to its end, or one before it, asked for the article."""
        known = self.state.article(article_key)
        if known is None:
            return False
        # What fails, or nobody may ask for, may never be known better.
        return known.first_asked_at is None or known.first_asked_at < self.plan.known_before

    def was_captured(self, article_key: str) -> bool:
        """Tell whether the article's page came before the crawls began that this one goes on with."""
        known = self.state.article(article_key)
        return bool(known and known.first_captured_at and known.first_captured_at < self.plan.known_before)

    def was_missing(self, article_key: str) -> bool:
        """Tell whether the article was gone before the crawls began that this one goes on with."""
        known = self.state.article(article_key)
        return bool(known and known.missing_since and known.missing_since < self.plan.known_before)

    def page_to_believe(self, url: str) -> KnownPage | None:
        """Return what is known of a list or sitemap, where it being unchanged means that there is no news behind it.

        That takes a crawl that came to its end since: one that was interrupted, a backfill or an import may have left
        what the page leads to. Who looks behind the first page without news cannot go by the page itself.
        """
        if self.plan.kind != "incremental" or self.plan.margin_pages:
            return None
        page = self.state.page(url)
        return page if page is not None and self.state.is_of_complete_look(page) else None

    def rows_to_refetch(self, list_url: str, rows: Iterable[Row]) -> list[Row]:
        """Return the rows of known articles that say something else than when the list was last looked at."""
        return [row for row in rows if self._has_changed(list_url, row, self.state.row(list_url, row.article_key))]

    def wants_more(self, position: ListPosition, rows: Sequence[Row], articles: Iterable[str]) -> bool:
        """Tell whether the page behind one that shows these rows is to be looked at.

        Args:
            position: where the page stands.
            rows: its rows.
            articles: keys of all articles that it leads to, for a page whose rows cannot be told apart.
        """
        if self.plan.bounds:
            return self._is_within_bounds(position, rows)
        if self.follows_everything:
            return True
        if rows:
            has_news = any(self._is_news(position.list_url, row) for row in rows)
        else:
            has_news = any(not self.is_known(key) for key in articles)
        return self._goes_on(position, has_reason=has_news)

    def wants_page(self, canonical_url: str) -> bool:
        """Tell whether a first page of a list, or a page that may be one, is to be looked at where it is linked."""
        if self.follows_everything:
            return True
        asked_at = self.state.asked_at(canonical_url)
        return asked_at is None or asked_at >= self.plan.known_before

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
            place = (list_url, row.article_key)
            if place in self.sightings.listed:
                continue
            before = self.state.row(*place)
            if before is not None and before.mark != row.mark:
                self.sightings.old_marks[place] = before.mark
            self.sightings.listed[place] = ListedArticle(
                row.article_key, list_url, row.mark, at, row.shown.published_at
            )

    def _is_news(self, list_url: str, row: Row) -> bool:
        """Tell whether the list had not shown the row when it was last looked at to the end, or showed it otherwise.

        By the list, not by the article: another list may have led to that, and this one to nothing yet. And what a
        list shows and never comes, as robots.txt forbids it or its page fails, is no news the second time.
        """
        before = self.state.row(list_url, row.article_key)
        if before is None or before.looked_at is None or before.looked_at >= self.plan.known_before:
            return True
        return self._has_changed(list_url, row, before)

    def _has_changed(self, list_url: str, row: Row, before: KnownRow | None) -> bool:
        # Pages repeat rows of their neighbours, in fewer words; the first one counts, in each crawl.
        if before is None or before.mark == row.mark or (list_url, row.article_key) in self.sightings.listed:
            return False
        known = self.state.article(row.article_key)
        if known is None or known.first_captured_at is None or known.last_captured_at is None:
            return False
        waits = (known.last_captured_at - known.first_captured_at) / 4
        waits = min(max(waits, _REFETCHED_AT_MOST_EVERY), _REFETCHED_AT_LEAST_EVERY)
        return self.plan.now - known.last_captured_at >= waits

    def _goes_on(self, position: ListPosition, *, has_reason: bool) -> bool:
        """Tell whether the page behind one is looked at: for a reason, or since the last reason is few pages back."""
        without = 0 if has_reason else self._pages_without_news[position.list_url] + 1
        self._pages_without_news[position.list_url] = without
        return without <= self.plan.margin_pages

    def _is_within_bounds(self, position: ListPosition, rows: Sequence[Row]) -> bool:
        bounds = self.plan.bounds
        if bounds is None or (bounds.depth is not None and position.number >= bounds.depth):
            return False
        days = [row.shown.published_at.astimezone(HANOI_TIME).date() for row in rows if row.shown.published_at]
        # A pinned row may be old; a list is behind the bound when all that it dates is, and not for a page alone.
        is_behind = bool(bounds.from_date and days and max(days) < bounds.from_date)
        return self._goes_on(position, has_reason=not is_behind)
