"""What a crawl means to look at, decided before its first request by what is known of the portal.

Here: the plan, and how it follows from the crawl state, the settings and the time. Not here: following links
(`spiders.crawl.spider`), and what is known (`warehouse.archive.state.questions`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from spiders.pages.pagination import position_in_list
from spiders.portal import Portal
from warehouse.archive.state.questions import CrawlState, KnownArticle, PastCrawl
from warehouse.records import CrawlKind, Purpose
from warehouse.settings import Settings

# Lists are not always newest first, so a crawl now and then looks at pages beyond the first one without news.
_MARGIN_EVERY: Final = timedelta(days=7)
_MARGIN_PAGES: Final = 2
# What an interrupted crawl stored is as good as fetched anew; lists that are older have moved on.
_REPLAYED_FOR: Final = timedelta(hours=12)
# Of what one crawl may ask for, the part that known articles may take: news goes first.
_REFETCH_SHARE: Final = 0.5
# Lists before articles: a crawl that is cut short should know what there was. What is known already can wait.
_PRIORITY: Final[dict[Purpose, int]] = {"robots": 40, "list": 30, "new_article": 20, "refetch": 10, "attachment": 0}
# A chunk of a backfill reads what a list shows before the next one: each list that it leaves half read is asked again.
_BACKFILL_PRIORITY: Final[dict[Purpose, int]] = {**_PRIORITY, "new_article": 35}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a backfill reads.

    Attributes:
        from_date: articles that a list dates before that day are left out, and end the list.
        until_date: articles that a list dates after that day are left out.
        depth: pages of each list, at the most.
        requests_max: requests of one chunk; the next one goes on where it ended.
    """

    from_date: date | None = None
    until_date: date | None = None
    depth: int | None = None
    requests_max: int | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether anything is left out; an article that only another one links to cannot be told to be within."""
        return not (self.from_date is None and self.until_date is None and self.depth is None)

    @property
    def name(self) -> str:
        """What tells this backfill of a portal from others: its bounds, but for the size of its chunks."""
        return f"{self.from_date or ''}..{self.until_date or ''}/{self.depth or ''}"


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """What one crawl of one portal means to look at.

    Attributes:
        now: when the crawl begins.
        known_before: an article counts as known where it was asked for before this time: when the first of the crawls
            began that this one goes on with, since those stored articles without coming to what lies behind them.
        resumes: the interrupted crawls whose pages are taken from the archive, the oldest first.
        lists: lists to look at besides the portal's start addresses.
        refetch: known articles to ask for again.
        margin_pages: pages of each list to look at beyond the first one without news, or behind a backfill's dates.
        bounds: of a backfill; None for any other crawl.
    """

    kind: CrawlKind
    now: datetime
    known_before: datetime
    resumes: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    refetch: tuple[KnownArticle, ...] = ()
    margin_pages: int = 0
    bounds: Bounds | None = None

    def priority(self, purpose: Purpose) -> int:
        """Return how soon a request of the purpose is sent: the highest number first."""
        return (_BACKFILL_PRIORITY if self.bounds else _PRIORITY)[purpose]


def plan_crawl(state: CrawlState, portal: Portal, settings: Settings, now: datetime) -> CrawlPlan:
    """Return what a look at the portal is to be: full where none was complete yet or the last full one is long ago."""
    unfinished = state.unfinished()
    last_full_at = state.last_complete_at("full")
    # A look in the future was dated by a clock that went wrong: nothing follows from it.
    is_full = last_full_at is None or last_full_at > now or now - last_full_at >= settings.full_crawl_every
    ages = getattr(settings.refetch, portal.tier)
    last_margin_at = state.last_margin_at()
    has_margin = last_margin_at is None or now - last_margin_at >= _MARGIN_EVERY
    return CrawlPlan(
        kind="full" if is_full else "incremental",
        now=now,
        known_before=unfinished[0].started_at if unfinished else now,
        resumes=tuple(crawl.crawl_id for crawl in unfinished if _is_resumed(crawl, now)),
        lists=() if is_full else first_pages(state.lists(), portal),
        refetch=state.due(now, ages, int(portal.politeness.pages_max * _REFETCH_SHARE)),
        margin_pages=_MARGIN_PAGES if has_margin else 0,
    )


def plan_backfill(state: CrawlState, portal: Portal, bounds: Bounds, now: datetime) -> CrawlPlan | None:
    """Return the next chunk of a backfill; None where it has come to its end."""
    frontier = state.frontier(bounds.name)
    if frontier == ():
        return None
    lists = first_pages(state.lists(), portal) if frontier is None else frontier
    return CrawlPlan(kind="backfill", now=now, known_before=now, lists=lists, margin_pages=_MARGIN_PAGES, bounds=bounds)


def first_pages(lists: tuple[str, ...], portal: Portal) -> tuple[str, ...]:
    """Return the lists' addresses that are no further page of a list, and still within the portal's scope."""
    return tuple(url for url in lists if portal.scope.covers(url) and position_in_list(url).is_first)


def _is_resumed(crawl: PastCrawl, now: datetime) -> bool:
    """Tell whether what a crawl stored is used again: it was interrupted, not refused or fed with empty pages."""
    return crawl.verdict == "partial" and now - crawl.ended_at < _REPLAYED_FOR
