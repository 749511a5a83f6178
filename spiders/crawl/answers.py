"""What a crawl learns from answers beyond where they lead: what came, what is gone, and what failed.

Here: noting it for this crawl's counts and the next crawl's decisions. Not here: requests (`spiders.crawl.spider`), and
what is decided by it (`spiders.crawl.follow_policy`).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from scrapy import Request
from scrapy.http import Response

from spiders.crawl.follow_policy import Frontier
from spiders.crawl.tally import Tally
from spiders.crawl.verdict import REFUSALS
from spiders.fetch.errors import error_kind
from spiders.pages.page import Links, Page, Platform
from spiders.platforms import PLATFORMS
from spiders.platforms.parts.declared import portal_templates
from spiders.portal import Portal
from warehouse.archive.observations import AskedPage, FailedArticle
from warehouse.clock import Clock

_GONE: Final = frozenset({404, 410})


class Answers:
    """Notes of one crawl's answers what they say."""

    def __init__(self, portal: Portal, frontier: Frontier, tally: Tally, clock: Clock) -> None:
        """Prepare; what is learnt is noted in `tally` and in the frontier's sightings."""
        self._platform: Platform = PLATFORMS[portal.platform]
        self._templates = (*portal_templates(portal), *self._platform.TEMPLATES)
        self._sightings = frontier.sightings
        self._state = frontier.state
        self._tally = tally
        self._clock = clock

    def settle_list(self, request: Request | None) -> None:
        """Remember that nothing more can be had of a list, where one was asked for."""
        if request is not None:
            self._sightings.open_lists.pop(request.meta.get("list_url", ""), None)

    def note_page(self, response: Response, canonical_url: str, *, is_list: bool) -> None:
        """Remember that a page which is no article answered, and every address that led to it."""
        pages = self._sightings.pages
        for url in response.meta.get("redirect_urls", ()):
            redirected = self._platform.canonical_url(url)
            pages.setdefault(redirected, AskedPage(redirected, url, is_list=False))
        pages[canonical_url] = AskedPage(canonical_url, response.url, is_list)

    def note_article(self, key: str, page: Page, links: Links) -> None:
        """Count a page that was asked for as an article."""
        self._sightings.open_articles.pop(key, None)
        if links.row_count:
            # A list under an article's address stands where an article is gone.
            self._sightings.missing[key] = self._clock.now()
            return
        self.note_came(key, is_recognised=any(template.fits(page) for template in self._templates))

    def note_came(self, key: str, *, is_recognised: bool) -> None:
        """Count an article whose page came, or is as it was."""
        self._tally.note_article(key, is_recognised=is_recognised)
        self._sightings.came.add(key)
        self._sightings.open_articles.pop(key, None)

    def note_refusal(self, response: Response, *, is_challenge: bool) -> None:
        """Remember what the next crawl should know of a page that did not come."""
        sightings = self._sightings
        key = response.meta.get("article_key")
        if is_challenge:
            sightings.blocked.add(key or response.url)
        # A backfill goes on with what was refused for now. An article at which the server fails must not hold it up.
        is_for_now = is_challenge or error_kind(response.status) in REFUSALS
        if not is_for_now and response.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self.settle_list(response.request)
        if key and not is_for_now:
            sightings.open_articles.pop(key, None)
        if is_challenge or response.status not in _GONE:
            self.note_failed_article(response.request, is_refused=False)
        elif key:
            sightings.missing[key] = self._clock.now()
        elif response.meta.get("purpose") == "list":
            self.note_page(response, self._platform.canonical_url(response.url), is_list=False)

    def note_failed_article(self, request: Request | None, *, is_refused: bool) -> None:
        """Remember of an article, if the request was for one, that nothing was said of whether it is there."""
        if request is None or not (key := request.meta.get("article_key")):
            return
        sightings = self._sightings
        known = self._state.article(key)
        if is_refused and (known is None or known.first_asked_at is None):
            sightings.refused.add(key)
        else:
            url = request.meta.get("redirect_urls", [request.url])[0]
            sightings.failed[key] = FailedArticle(key, url, self._clock.now())
