"""The crawl log: the outcomes of one crawl's requests, as stats, observations and a report.

Belongs here: what each response, error and page means for the crawl. Does not belong here: what is kept of articles,
lists and hosts (see `spiders.crawl.outcomes`), sending requests (see `spiders.crawl.spider`), choosing links (see
`spiders.crawl.follow_policy`), and the verdict (see `spiders.crawl.verdict`).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, cast

from scrapy import Request
from scrapy.http import Response

from spiders.crawl.outcomes.articles import ArticleOutcomes
from spiders.crawl.outcomes.hosts import HostOutcomes
from spiders.crawl.outcomes.lists import ListOutcomes, Row
from spiders.crawl.plan import CrawlPlan
from spiders.crawl.validators import moves_with_clock
from spiders.crawl.verdict import READER_ERROR, REFUSALS, CrawlStats, is_mass_disappearance
from spiders.extract.article import PageReading
from spiders.fetch.errors import DOWN_KINDS, PERMANENT_KINDS, UNEXPECTED, RobotsUnavailableError, error_kind
from spiders.fetch.target import requested_url, target_of
from spiders.fetch.warc import REQUESTS_STAT
from spiders.pages.challenge import challenge_kind
from spiders.pages.no_content import NoContent
from spiders.pages.page import Links, Page, Platform
from spiders.platform_registry import GENERIC
from spiders.platforms import PLATFORMS
from spiders.platforms.keys import page_key
from spiders.platforms.parts.declared import portal_templates
from spiders.portal import Portal
from warehouse.archive.observations import AskedPage, Observations
from warehouse.archive.state.queries import CrawlState
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import Clock
from warehouse.records import GONE_STATUSES, HEALTHY_VERDICTS, CrawlReport, Purpose, Verdict

_logger = logging.getLogger(__name__)

# After this many consecutive failures the portal counts as down and its crawl stops. Each failure includes its retries,
# and the process cannot end before this crawl.
_GIVE_UP_AFTER: Final = 10


class CrawlLog:
    """Records the outcome of each request and response of one crawl.

    Attributes:
        articles: the outcomes of articles.
        lists: the rows and pages of lists.
        list_rows_seen: number of list rows, of feed entries, and of articles in sitemaps.
        cut_short: why some requests were not sent; None if all were.
        state: the crawl state, built from earlier crawls.
    """

    def __init__(self, portal: Portal, plan: CrawlPlan, state: CrawlState, clock: Clock) -> None:
        """Start an empty log."""
        self.articles = ArticleOutcomes(state, plan.known_before, portal.expectations.comparable_from)
        self.lists = ListOutcomes(state)
        self.list_rows_seen = 0
        self.cut_short: str | None = None
        self.state = state
        self._hosts = HostOutcomes()
        self._portal = portal
        self._plan = plan
        self._clock = clock
        self._platform: Platform = PLATFORMS[portal.platform]
        self._templates = (*portal_templates(portal), *self._platform.TEMPLATES)
        self._errors: Counter[str] = Counter()
        self._failures_in_a_row = 0
        self._last_failure = ""
        self._leads_on = ""
        self._not_followed: Mapping[str, int] = {}
        self._barren_families: tuple[str, ...] = ()
        self._view_parameters: tuple[str, ...] = ()
        self._is_given_up = False
        self._pages = 0
        self._start_failures = 0
        self._not_modified = 0
        self._lists_not_modified = 0
        self._sitemaps_unchanged = 0
        self._robots_unavailable = 0
        self._blocked: set[str] = set()

    @property
    def reason_to_give_up(self) -> str | None:
        """Why the portal counts as down: too many consecutive requests have failed; None if it does not."""
        if self._failures_in_a_row < _GIVE_UP_AFTER:
            return None
        return f"{self._failures_in_a_row} requests in a row failed, the last with {self._last_failure}"

    def record_pages_max(self, pages_max: int) -> None:
        """Count a request that was not sent because of the page limit."""
        self._errors["pages_max"] += 1
        self.cut_short = self.cut_short or f"the bound of {pages_max} pages was reached"

    def record_response(self, response: Response) -> bool:
        """Record the outcome of a response; return whether its status is 200 and it is not a challenge."""
        target = target_of(response)
        is_unchanged = target.is_conditional and response.status == HTTPStatus.NOT_MODIFIED
        if target.is_conditional:
            self._hosts.count(response.url, "asked", *(["not_modified"] if is_unchanged else []))
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
        if kind == UNEXPECTED:
            _logger.error("%s failed with an unexpected error", request, exc_info=error)
        self._robots_unavailable += isinstance(error, RobotsUnavailableError)
        is_refused = kind in PERMANENT_KINDS
        if kind == "out_of_scope":
            self._leads_on = self._leads_on or request.url
        if kind != "stopped":
            # A backfill continues without the article; scheduled crawls request it again, at growing intervals.
            self.lists.settle_article(target_of(request).article_key or "")
            self._record_failed_article(request, is_refused=is_refused)
        if is_refused:
            self._settle_list(request)
        self.record_failure(request, kind)

    def record_repeated(self, request: Request) -> None:
        """Record a request whose redirect led to an article that this crawl has captured."""
        target = target_of(request)
        self._failures_in_a_row = 0
        self._settle_list(request)
        if target.article_key:
            self.articles.unasked[target.article_key] = request.url
            is_recognised = self.articles.is_recognised(page := self._page_key(request.url))
            self.articles.record_captured(target.article_key, page, is_recognised=is_recognised)
            self.lists.settle_article(target.article_key)
        else:
            self.lists.record_redirects(self._redirected(request))

    def record_failure(self, request: Request | None, kind: str) -> None:
        """Count a failed request after its retries, or a response that could not be used."""
        self._errors[kind] += 1
        self._start_failures += request is not None and target_of(request).is_start
        is_portal_down = kind.startswith("http_5") or kind in DOWN_KINDS
        self._failures_in_a_row = self._failures_in_a_row + 1 if is_portal_down else 0
        self._last_failure = kind
        self._is_given_up |= self._failures_in_a_row >= _GIVE_UP_AFTER and self.cut_short is None

    def record_onward(self, request: Request | None, kind: str, url: str) -> None:
        """Record a page that shows nothing and leads on to a URL that is not requested."""
        self._leads_on = self._leads_on or url
        if request is not None and (key := target_of(request).article_key):
            self.lists.settle_article(key)
            self._record_failed_article(request, is_refused=kind in PERMANENT_KINDS)
        self.record_failure(request, kind)

    def record_settling(
        self, not_followed: Mapping[str, int], barren_families: tuple[str, ...], view_parameters: tuple[str, ...]
    ) -> None:
        """Record what the crawl left out because its kind of address gave nothing new (see `Observations`)."""
        self._not_followed = not_followed
        self._barren_families = barren_families
        self._view_parameters = view_parameters

    def record_false_answer(self, url: str) -> None:
        """Record that a host sent a 304 for a changed page, or a `Last-Modified` that moves with the clock."""
        self._hosts.count(url, "false")

    def record_unchanged_sitemap(self) -> None:
        """Count a sitemap that was not requested, because its index says that it did not change."""
        self._sitemaps_unchanged += 1

    def record_false_lastmod(self, url: str) -> None:
        """Record that a sitemap changed while its `lastmod` in the index stayed."""
        self._hosts.count(url, "false_lastmods")

    def record_article(self, key: str, page: Page, links: Links) -> None:
        """Record a page that was requested as an article."""
        if links.row_count:
            # If an article is gone, portals may show a list at its URL.
            self.record_other_page(key)
        else:
            self._record_captured(key, page.url, is_recognised=any(template.fits(page) for template in self._templates))

    def record_other_page(self, key: str) -> None:
        """Record that another page came in an article's place: the article is gone."""
        self.lists.settle_article(key)
        self.articles.record_missing(key, self._clock.now(), is_page_in_place=True)

    def record_article_from_list(self, key: str, url: str, reading: PageReading) -> None:
        """Record an article that came in answer to a request for a list."""
        self.articles.unasked[key] = url
        self._record_captured(key, url, is_recognised=reading.extractor != GENERIC and "fallback" not in reading.flags)

    def record_reader_error(self, response: Response) -> None:
        """Record a page on which a reader has just failed; an article is captured all the same."""
        _logger.exception("%s made a reader fail; the page is archived", response.url)
        if key := target_of(response).article_key:
            self._record_captured(key, response.url, is_recognised=False)
        self.record_failure(response.request, READER_ERROR)

    def record_no_content(self, response: Response, kind: NoContent) -> None:
        """Record a page with status 200 and no content; whether the article behind it exists is unknown."""
        if key := target_of(response).article_key:
            self.lists.settle_article(key)
            self._record_failed_article(response.request, is_refused=False)
        self.record_failure(response.request, kind)

    def record_file(self, key: str | None) -> None:
        """Record that the response to an article's request is a file, not a page."""
        if key:
            self.lists.settle_article(key)
            self.articles.as_files.add(key)

    def record_page(self, response: Response, page_key: str, *, is_list: bool) -> None:
        """Record a page that is not an article, and every URL that redirected to it."""
        self.lists.record_redirects(self._redirected(response))
        self.lists.record_page(AskedPage(page_key, response.url, is_list))

    def record_rows(self, list_key: str, rows: Iterable[Row]) -> None:
        """Record the rows of a list page."""
        self.lists.record_rows(list_key, rows, self._clock.now())

    def stats(self, scrapy_stats: Mapping[str, Any]) -> CrawlStats:
        """Return the counts for the verdict and the report, when the crawl has ended."""
        articles = self.articles
        if self.cut_short:
            articles.leave_unsettled(self._clock.now())
        articles.settle_moves(self.lists.articles_by_mark())
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
            articles_found=articles.found_count(),
            articles_known_elsewhere=len(articles.known_elsewhere),
            articles_asked=len(articles.requested),
            articles_captured=articles.captured_count(),
            articles_new=len(articles.new()),
            articles_recognised=articles.recognised_count() if self._platform.NAME != GENERIC else None,
            articles_gone=len(articles.missing),
            articles_replaced=len(articles.listed_in_place),
            articles_as_files=len(articles.as_files),
            articles_gone_before=articles.gone_before(),
            articles_moved=len(articles.moved),
            articles_vanished=len(articles.vanished()),
            articles_known_asked=articles.known_asked(),
            articles_known=articles.known(),
            articles_from_lists=articles.from_lists_count(),
            robots_unavailable=self._robots_unavailable,
            start_failures=self._start_failures,
            not_modified=self._not_modified,
            lists_not_modified=self._lists_not_modified,
            sitemaps_unchanged=self._sitemaps_unchanged,
            errors={**self._errors, **({"callback_error": callback_errors} if callback_errors else {})},
            cut_short=self.cut_short,
            is_given_up=self._is_given_up,
            leads_on=self._leads_on,
            not_followed=self._not_followed,
        )

    def observations(self, stats: CrawlStats) -> Observations:
        """Return the observations, which the archive keeps for later crawls; `stats` are those of this crawl."""
        plan, articles = self._plan, self.articles
        doubted = dict.fromkeys(articles.vanished() if is_mass_disappearance(stats) else (), self._clock.now())
        return Observations(
            listed=self.lists.rows({*articles.captured(), *articles.missing}),
            pages=self.lists.pages(),
            missing={key: at for key, at in articles.missing.items() if key not in doubted},
            doubted={**articles.unsettled(), **doubted},
            articles=dict(articles.unasked),
            refused=tuple(sorted(articles.refused)),
            blocked=tuple(sorted(self._blocked)),
            failed=articles.failed(doubted, self._clock.now()),
            hosts=self._hosts.answers(),
            margin_pages=plan.margin_pages,
            backfill=plan.bounds.name if plan.bounds else None,
            frontier=self._frontier(),
            barren_families=self._barren_families,
            view_parameters=self._view_parameters,
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
            articles_recognised=self.articles.recognised_count(),
            articles_missing=sum(map(self.articles.was_captured, self.articles.missing.keys() - self.articles.moved)),
            not_modified=stats.not_modified,
        )

    def _record_not_modified(self, response: Response) -> None:
        key = target_of(response).article_key
        self._not_modified += 1
        self._lists_not_modified += key is None
        self._failures_in_a_row = 0
        self._settle_list(response.request)
        if key:
            self._record_captured(key, response.url, is_recognised=True)
        elif response.request is not None:
            self.lists.unchanged[response.request.url] = response.request

    def _record_captured(self, key: str, url: str, *, is_recognised: bool) -> None:
        self.articles.record_captured(key, self._page_key(url), is_recognised=is_recognised)
        self.lists.settle_article(key)

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
            self.lists.settle_article(key)
        if is_challenge or response.status not in GONE_STATUSES:
            self._record_failed_article(response.request, is_refused=False)
        elif key:
            self.articles.record_missing(key, self._clock.now(), is_page_in_place=False)
        elif target.purpose == "list":
            self.record_page(response, self._page_key(response.url), is_list=False)

    def _record_failed_article(self, request: Request | None, *, is_refused: bool) -> None:
        """If the request was for an article, record that it is unknown whether the article exists."""
        if request is not None and (key := target_of(request).article_key):
            self.articles.record_failed(key, requested_url(request), self._clock.now(), is_refused=is_refused)

    def _redirected(self, message: Request | Response) -> Iterable[AskedPage]:
        """Return the pages that redirected to a page."""
        return [AskedPage(self._page_key(url), url, is_list=False) for url in message.meta.get("redirect_urls", ())]

    def _settle_list(self, request: Request | None) -> None:
        if request is not None and target_of(request).purpose == "list":
            self.lists.settle(requested_url(request))

    def _frontier(self) -> tuple[str, ...]:
        """Return the lists that the next chunk of a backfill starts with; empty for other crawls."""
        return () if self._plan.bounds is None else self.lists.frontier()

    def _page_key(self, url: str) -> str:
        return page_key(url, self._portal)
