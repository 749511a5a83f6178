"""The plan of a crawl: what it covers, decided before its first request.

Belongs here: the plan, and how it follows from the crawl state, the settings and the time. Does not belong here:
following links (see `spiders.crawl.spider`), and the crawl state (see `warehouse.archive.state.queries`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from spiders.pages.pagination import position_in_list
from spiders.platforms.keys import former_hosts
from spiders.portal import Portal
from warehouse.archive.state.queries import CrawlState, KnownArticle, PastCrawl
from warehouse.records import CrawlKind, Purpose
from warehouse.settings import Settings

# Some lists are not in chronological order. So at this interval, crawls read on after the first page without new rows.
_MARGIN_EVERY: Final = timedelta(days=7)
_MARGIN_PAGES: Final = 2
# An interrupted crawl's pages are replayed only if it ended within this time; older lists are out of date.
REPLAYED_FOR: Final = timedelta(hours=12)
# The share of a crawl's page limit that refetches may take; new articles go first.
_REFETCH_SHARE: Final = 0.5
# Lists before articles: an interrupted crawl should at least know which articles exist. Known articles can wait.
_PRIORITY: Final[dict[Purpose, int]] = {"robots": 40, "list": 30, "new_article": 20, "refetch": 10, "attachment": 0}
# A backfill requests a list's articles before the next list: each unfinished list costs the next chunk a request.
_BACKFILL_PRIORITY: Final[dict[Purpose, int]] = {**_PRIORITY, "new_article": 35}


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a backfill; None means no bound.

    Attributes:
        from_date: first day; older articles are skipped, and a list ends after several pages of them.
        until_date: last day; newer articles are skipped.
        depth: maximum pages of each list.
        requests_max: page limit of one chunk; the next chunk continues.
    """

    from_date: date | None = None
    until_date: date | None = None
    depth: int | None = None
    requests_max: int | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether dates or depth limit the backfill; if so, links from articles to articles are ignored."""
        return not (self.from_date is None and self.until_date is None and self.depth is None)

    @property
    def name(self) -> str:
        """The name of the backfill, unique in its portal: its bounds without the size of its chunks."""
        return f"{self.from_date or ''}..{self.until_date or ''}/{self.depth or ''}"


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """What one crawl of one portal covers.

    Attributes:
        now: the start of the crawl.
        known_before: articles requested from this time on count as new, so that lists are read past them. It is the
            start of the first incomplete crawl since the last complete one; if there is none, or in a backfill, `now`.
        resumes: the interrupted crawls whose pages are replayed from the archive, in chronological order.
        lists: known lists to request. A backfill requests only these, other crawls also the portal's start URLs.
        refetch: known articles to request again.
        margin_pages: how many pages of a list to read after its first page without new rows, or without rows within a
            backfill's dates.
        bounds: bounds of a backfill; None for other crawls.
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
        """Return the priority of requests with this purpose; the highest is sent first."""
        return (_BACKFILL_PRIORITY if self.bounds else _PRIORITY)[purpose]


def plan_crawl(state: CrawlState, portal: Portal, settings: Settings, now: datetime) -> CrawlPlan:
    """Return the plan of a scheduled crawl: full if the last complete full crawl is missing or too old."""
    unfinished = state.unfinished()
    last_full_at = state.last_complete_at("full")
    # If the last full crawl lies in the future, a wrong clock dated it, so it does not count.
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
    """Return the plan of a backfill's next chunk; None if the backfill is finished."""
    frontier = state.frontier(bounds.name)
    if frontier == ():
        return None
    lists = first_pages(state.lists(), portal) if frontier is None else frontier
    return CrawlPlan(kind="backfill", now=now, known_before=now, lists=lists, margin_pages=_MARGIN_PAGES, bounds=bounds)


def first_pages(lists: tuple[str, ...], portal: Portal) -> tuple[str, ...]:
    """Return those URLs that are within the portal's scope and the first page of a list."""
    present = (present_url(url, portal) for url in lists)
    return tuple(url for url in present if portal.scope.covers(url) and position_in_list(url).is_first)


def present_url(url: str, portal: Portal) -> str:
    """Return a known URL as the portal answers it now, after a move to another host or to https.

    A URL of one of the hosts in `Portal.formerly` is on the first host of the scope now. If every start URL is https,
    the whole portal is: its server may no longer answer http.
    """
    parts = urlsplit(url)
    if parts.netloc.lower() in former_hosts(portal):
        parts = parts._replace(scheme=urlsplit(portal.base_url).scheme, netloc=portal.scope.hosts[0])
    if parts.scheme == "http" and all(start.startswith("https:") for start in portal.start_urls):
        parts = parts._replace(scheme="https")
    return parts.geturl()


def _is_resumed(crawl: PastCrawl, now: datetime) -> bool:
    """Return whether to replay a crawl's pages: only if it is recent and its verdict is `partial`."""
    return crawl.verdict == "partial" and now - crawl.ended_at < REPLAYED_FOR
