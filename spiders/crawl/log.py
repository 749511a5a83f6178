"""The crawl log: the outcomes of one crawl's requests, as stats, observations and a report.

Belongs here: recording outcomes, and what is computed from them. Does not belong here: sending requests (see
`spiders.crawl.spider`), choosing links (see `spiders.crawl.follow_policy`), and the verdict (see
`spiders.crawl.verdict`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, cast

from scrapy import Request
from scrapy.http import Response

from spiders.crawl.plan import CrawlPlan
from spiders.crawl.validators import moves_with_clock, netloc_of
from spiders.crawl.verdict import REFUSALS, CrawlStats
from spiders.fetch.errors import DOWN_KINDS, PERMANENT_KINDS, error_kind
from spiders.fetch.target import requested_url, target_of
from spiders.fetch.warc import REQUESTS_STAT
from spiders.pages.challenge import challenge_kind
from spiders.pages.feed_dates import better_date
from spiders.pages.no_content import NoContent
from spiders.pages.page import Links, Page, Platform
from spiders.platform_registry import GENERIC
from spiders.platforms import PLATFORMS
from spiders.platforms.parts.declared import portal_templates
from spiders.portal import Portal
from warehouse.archive.observations import AskedPage, FailedArticle, HostAnswers, ListedArticle, Observations
from warehouse.archive.state.queries import CrawlState
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import HANOI_TIME, Clock
from warehouse.records import GONE_STATUSES, HEALTHY_VERDICTS, CrawlReport, ListRow, Purpose, Verdict
from warehouse.text.normal import clean

# After this many consecutive failures the portal counts as down and its crawl stops. Each failure includes its retries,
# and the process cannot end before this crawl.
_GIVE_UP_AFTER: Final = 10


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


class CrawlLog:
    """Records the outcome of each request and response of one crawl.

    Attributes:
        articles_found: keys of the articles that pages linked to, and of captured articles.
        list_rows_seen: number of list rows, of feed entries, and of articles in sitemaps.
        cut_short: why some requests were not sent; None if all were.
        state: the crawl state, built from earlier crawls.
        unchanged_lists: requests for lists, feeds and sitemaps that got a 304 response, by URL.
    """

    def __init__(self, portal: Portal, plan: CrawlPlan, state: CrawlState, clock: Clock) -> None:
        """Start an empty log."""
        self.articles_found: set[str] = set()
        self.list_rows_seen = 0
        self.cut_short: str | None = None
        self.unchanged_lists: dict[str, Request] = {}
        self.state = state
        self._plan = plan
        self._clock = clock
        self._platform: Platform = PLATFORMS[portal.platform]
        self._templates = (*portal_templates(portal), *self._platform.TEMPLATES)
        self._errors: Counter[str] = Counter()
        self._failures_in_a_row = 0
        self._last_failure = ""
        self._is_given_up = False
        self._pages = 0
        self._start_failures = 0
        self._not_modified = 0
        self._lists_not_modified = 0
        self._requested: set[str] = set()
        self._captured: set[str] = set()
        self._recognised: set[str] = set()
        self._listed: dict[tuple[str, str], ListedArticle] = {}
        # Earlier marks of changed rows: if this crawl does not fetch the article, the next one must.
        self._old_marks: dict[tuple[str, str], str] = {}
        self._other_pages: dict[str, AskedPage] = {}
        self._missing: dict[str, datetime] = {}
        self._listed_in_place: set[str] = set()
        self._feed_dates: dict[str, str] = {}
        self._refused: set[str] = set()
        self._blocked: set[str] = set()
        self._failed: dict[str, FailedArticle] = {}
        self._hosts: dict[str, Counter[str]] = {}
        # Wanted, but without a response so far; each article with the URL of the list that showed it.
        self._pending_lists: dict[str, None] = {}
        self._pending_articles: dict[str, str] = {}

    @property
    def reason_to_give_up(self) -> str | None:
        """Why the portal counts as down: too many consecutive requests have failed; None if it does not."""
        if self._failures_in_a_row < _GIVE_UP_AFTER:
            return None
        return f"{self._failures_in_a_row} requests in a row failed, the last with {self._last_failure}"

    def record_wanted_list(self, url: str) -> None:
        """Record that the crawl wants a list, feed or sitemap."""
        self._pending_lists[url] = None

    def record_wanted_article(self, key: str, list_url: str) -> None:
        """Record that the crawl wants an article that a list shows."""
        self._pending_articles.setdefault(key, list_url)

    def record_feed_date(self, key: str, date: str) -> None:
        """Record the date that an entry of a feed or sitemap states for an article."""
        self._feed_dates[key] = better_date(self._feed_dates.get(key), date) or date

    def feed_date(self, key: str) -> str | None:
        """Return the best date of an article in the feeds and sitemaps of this or earlier crawls.

        None if there is none.
        """
        return better_date(self.state.feed_date(key), self._feed_dates.get(key))

    def record_requested_article(self, key: str) -> None:
        """Count a requested article, unless it has been failing since an earlier crawl."""
        known = self.state.article(key)
        if known is None or known.failing_since is None:
            self._requested.add(key)

    def record_pages_max(self, pages_max: int) -> None:
        """Count a request that was not sent because of the page limit."""
        self._errors["pages_max"] += 1
        self.cut_short = self.cut_short or f"the bound of {pages_max} pages was reached"

    def record_response(self, response: Response) -> bool:
        """Record the outcome of a response; return whether its status is 200 and it is not a challenge."""
        target = target_of(response)
        is_unchanged = target.is_conditional and response.status == HTTPStatus.NOT_MODIFIED
        if target.is_conditional:
            self._count_host(response.url, "asked", *(["not_modified"] if is_unchanged else []))
        if is_unchanged:
            self._record_not_modified(response)
            return False
        # A challenge can have any status, so its own kind is counted instead of the status.
        challenge = challenge_kind(response.body)
        kind = challenge or (error_kind(response.status) if response.status != HTTPStatus.OK else None)
        if kind:
            self._record_refusal(response, is_challenge=challenge is not None)
            self.record_failure(response.request, kind)
            return False
        self._settle_list(response.request)
        last_modified = response.headers.get("Last-Modified")
        known = self.state.page(response.url) if last_modified else None
        if last_modified and known and moves_with_clock(known, last_modified.decode("latin-1"), self._clock.now()):
            self.record_false_answer(response.url)
        self._pages += 1
        self._failures_in_a_row = 0
        return True

    def record_error(self, request: Request, error: BaseException | None) -> None:
        """Record a request that failed without a response, after its retries."""
        kind = error_kind(error)
        is_refused = kind in PERMANENT_KINDS
        if kind != "stopped":
            # A backfill continues without the article; scheduled crawls request it again, at growing intervals.
            self._pending_articles.pop(target_of(request).article_key or "", None)
            self._record_failed_article(request, is_refused=is_refused)
        if is_refused:
            self._settle_list(request)
        self.record_failure(request, kind)

    def record_failure(self, request: Request | None, kind: str) -> None:
        """Count a failed request after its retries, or a response that could not be used."""
        self._errors[kind] += 1
        self._start_failures += request is not None and target_of(request).is_start
        is_portal_down = kind.startswith("http_5") or kind in DOWN_KINDS
        self._failures_in_a_row = self._failures_in_a_row + 1 if is_portal_down else 0
        self._last_failure = kind
        self._is_given_up |= self._failures_in_a_row >= _GIVE_UP_AFTER and self.cut_short is None

    def record_false_answer(self, url: str) -> None:
        """Record that a host sent a 304 for a changed page, or a `Last-Modified` that moves with the clock."""
        self._count_host(url, "false")

    def record_article(self, key: str, page: Page, links: Links) -> None:
        """Record a page that was requested as an article."""
        if links.row_count:
            # If an article is gone, portals may show a list at its URL.
            self._pending_articles.pop(key, None)
            self._missing[key] = self._clock.now()
            self._listed_in_place.add(key)
        else:
            self._record_captured(key, is_recognised=any(template.fits(page) for template in self._templates))

    def record_no_content(self, response: Response, kind: NoContent) -> None:
        """Record a page with status 200 and no content; whether the article behind it exists is unknown."""
        if key := target_of(response).article_key:
            self._pending_articles.pop(key, None)
            self._record_failed_article(response.request, is_refused=False)
        self.record_failure(response.request, kind)

    def record_file(self, key: str | None) -> None:
        """Record that the response to an article's request is a file, not a page."""
        self._pending_articles.pop(key or "", None)

    def record_page(self, response: Response, canonical_url: str, *, is_list: bool) -> None:
        """Record a page that is not an article, and every URL that redirected to it."""
        for url in response.meta.get("redirect_urls", ()):
            redirected = self._platform.canonical_url(url)
            self._other_pages.setdefault(redirected, AskedPage(redirected, url, is_list=False))
        self._other_pages[canonical_url] = AskedPage(canonical_url, response.url, is_list)

    def record_rows(self, list_url: str, rows: Iterable[Row]) -> None:
        """Record the rows of a list page; if several pages of the list repeat a row, the first one counts."""
        now = self._clock.now()
        for row in rows:
            if (place := (list_url, row.article_key)) in self._listed:
                continue
            before = self.state.row(*place)
            if before is not None and before.mark != row.mark:
                self._old_marks[place] = before.mark
            self._listed[place] = ListedArticle(row.article_key, list_url, row.mark, now, row.shown.published_at)

    def has_listed(self, list_url: str, article_key: str) -> bool:
        """Return whether a page of the list has shown the article in this crawl."""
        return (list_url, article_key) in self._listed

    def stats(self, scrapy_stats: Mapping[str, Any]) -> CrawlStats:
        """Return the counts for the verdict and the report."""
        prefix = f"{REQUESTS_STAT}/"
        callback_errors = scrapy_stats.get("spider_exceptions/count", 0)
        return CrawlStats(
            kind=self._plan.kind,
            requests=scrapy_stats.get("downloader/request_count", 0),
            requests_for={
                cast("Purpose", name.removeprefix(prefix)): count
                for name, count in scrapy_stats.items()
                if name.startswith(prefix)
            },
            pages=self._pages,
            list_rows_seen=self.list_rows_seen,
            articles_found=len(self.articles_found),
            articles_asked=len(self._requested),
            articles_captured=len(self._captured),
            articles_new=len(self.articles_new()),
            articles_recognised=len(self._recognised) if self._platform.NAME != GENERIC else None,
            articles_gone=len(self._missing),
            articles_listed_in_place=len(self._listed_in_place),
            articles_gone_before=sum(map(self._was_missing, self._missing)),
            start_failures=self._start_failures,
            not_modified=self._not_modified,
            lists_not_modified=self._lists_not_modified,
            errors={**self._errors, **({"callback_error": callback_errors} if callback_errors else {})},
            cut_short=self.cut_short,
            is_given_up=self._is_given_up,
        )

    def articles_new(self) -> set[str]:
        """Return the captured articles that were not captured before the plan's `known_before`."""
        return {key for key in self._captured if not self._was_captured(key)}

    def observations(self) -> Observations:
        """Return the observations, which the archive keeps for later crawls."""
        plan = self._plan
        return Observations(
            listed=tuple(self._with_old_mark(row) for row in self._listed.values()),
            pages=tuple(self._other_pages.values()),
            missing=dict(self._missing),
            refused=tuple(sorted(self._refused)),
            blocked=tuple(sorted(self._blocked)),
            failed=tuple(self._failed.values()),
            hosts={
                host: HostAnswers(counts["asked"], counts["not_modified"], counts["false"])
                for host, counts in self._hosts.items()
            },
            margin_pages=plan.margin_pages,
            backfill=plan.bounds.name if plan.bounds else None,
            frontier=self._frontier(),
        )

    def report(
        self, stats: CrawlStats, verdict: Verdict, reason: str, archive: WarcWriter, ended_at: datetime
    ) -> CrawlReport:
        """Return the report of the crawl, given its verdict and the reason."""
        info, plan = archive.info, self._plan
        return CrawlReport(
            crawl_id=info.crawl_id,
            portal=info.portal,
            run_id=info.run_id,
            started_at=info.started_at,
            ended_at=ended_at,
            verdict=verdict,
            verdict_reason=reason,
            requests=stats.requests,
            captures=archive.captures,
            list_rows_seen=stats.list_rows_seen,
            articles_found=stats.articles_found,
            articles_new=stats.articles_new,
            errors=dict(stats.errors),
            warc_file=archive.name,
            kind=plan.kind,
            # A few failed pages do not make a crawl incomplete: later crawls request them again.
            is_complete=not stats.cut_short and not self._frontier() and verdict in (*HEALTHY_VERDICTS, "partial"),
            resumes=plan.resumes[-1] if plan.resumes else None,
            requests_for=dict(stats.requests_for),
            articles_captured=stats.articles_captured,
            articles_recognised=len(self._recognised),
            articles_missing=sum(map(self._was_captured, self._missing)),
            not_modified=stats.not_modified,
        )

    def _record_not_modified(self, response: Response) -> None:
        key = target_of(response).article_key
        self._not_modified += 1
        self._lists_not_modified += key is None
        self._failures_in_a_row = 0
        self._settle_list(response.request)
        if key:
            self._record_captured(key, is_recognised=True)
        elif response.request is not None:
            self.unchanged_lists[response.request.url] = response.request

    def _record_captured(self, key: str, *, is_recognised: bool) -> None:
        self.articles_found.add(key)
        self._captured.add(key)
        if is_recognised:
            self._recognised.add(key)
        self._pending_articles.pop(key, None)

    def _record_refusal(self, response: Response, *, is_challenge: bool) -> None:
        """Record what the next crawl must know about a response that is not the requested page."""
        target = target_of(response)
        key = target.article_key
        if is_challenge:
            self._blocked.add(key or response.url)
        # The next chunk of a backfill repeats requests that were refused temporarily, but not those for articles that
        # fail on the server (5xx): one of them could keep the backfill from ever ending.
        is_temporary = is_challenge or error_kind(response.status) in REFUSALS
        if not is_temporary and response.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self._settle_list(response.request)
        if key and not is_temporary:
            self._pending_articles.pop(key, None)
        if is_challenge or response.status not in GONE_STATUSES:
            self._record_failed_article(response.request, is_refused=False)
        elif key:
            self._missing[key] = self._clock.now()
        elif target.purpose == "list":
            self.record_page(response, self._platform.canonical_url(response.url), is_list=False)

    def _record_failed_article(self, request: Request | None, *, is_refused: bool) -> None:
        """If the request was for an article, record that it is unknown whether the article exists."""
        if request is None or not (key := target_of(request).article_key):
            return
        known = self.state.article(key)
        if is_refused and (known is None or known.first_asked_at is None):
            self._refused.add(key)
        else:
            self._failed[key] = FailedArticle(key, requested_url(request), self._clock.now())

    def _settle_list(self, request: Request | None) -> None:
        if request is not None and target_of(request).purpose == "list":
            self._pending_lists.pop(requested_url(request), None)

    def _count_host(self, url: str, *counts: str) -> None:
        """Add 1 to each named count of a host; the names are the fields of `HostAnswers`."""
        self._hosts.setdefault(netloc_of(url), Counter()).update(counts)

    def _frontier(self) -> tuple[str, ...]:
        """Return the lists that the next chunk of a backfill starts with; empty for other crawls."""
        if self._plan.bounds is None:
            return ()
        return tuple(dict.fromkeys((*self._pending_lists, *self._pending_articles.values())))

    def _with_old_mark(self, row: ListedArticle) -> ListedArticle:
        """Return the row, with its earlier mark if the next crawl must still fetch the edited article."""
        mark = self._old_marks.get((row.list_url, row.article_key))
        if mark is None or row.article_key in self._captured or row.article_key in self._missing:
            return row
        return replace(row, mark=mark)

    def _was_captured(self, key: str) -> bool:
        known = self.state.article(key)
        return bool(known and known.first_captured_at and known.first_captured_at < self._plan.known_before)

    def _was_missing(self, key: str) -> bool:
        known = self.state.article(key)
        return bool(known and known.missing_since and known.missing_since < self._plan.known_before)
