"""The gate: lets through the links that may still give a crawl something new.

Belongs here: asking progress, views and repeated steps about a link, and telling them what answers showed. Does not
belong here: what is known from earlier crawls (see `spiders.crawl.follow_policy`), and duplicates, scope and the page
limit (see `spiders.crawl.requests`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from scrapy import Request

from spiders.crawl.follow_policy import FollowPolicy
from spiders.crawl.log import CrawlLog
from spiders.crawl.outcomes.lists import Row
from spiders.crawl.requests import Callback, RequestFactory, ResolvedUrl
from spiders.crawl.settling.progress import Progress
from spiders.crawl.settling.shapes import repeats_on_and_on, without_repeated_steps
from spiders.crawl.settling.texts import text_digest
from spiders.crawl.settling.views import LearnedViews
from spiders.extract.addresses import canonical_url
from spiders.fetch.target import Target, requested_url, target_of
from spiders.pages.page import Links, Page
from spiders.pages.pagination import ListPosition, position_in_list

# A pager without end, of articles that all have one text, is noticed only by reading the articles. So the pages of a
# list from this one on are requested after the articles that wait.
_DEEP_PAGES_FROM = 30


class _Waiting(NamedTuple):
    """What is needed to build a request later."""

    link: ResolvedUrl
    callback: Callback
    target: Target


class Gate:
    """Decides for one crawl which of the wanted links are requested, and when."""

    def __init__(self, requests: RequestFactory, policy: FollowPolicy, log: CrawlLog) -> None:
        """Create the gate; a full crawl tries again what gave nothing new in earlier crawls."""
        self._requests = requests
        self._plan = policy.plan
        self._state = policy.state
        self._log = log
        self._is_full = policy.plan.kind == "full"
        self._progress: Progress[_Waiting] = Progress(() if self._is_full else policy.state.barren_families())
        self._views = LearnedViews(policy.state.view_parameters(), policy.state.has_page_from)
        self._texts: set[bytes] = set()

    def is_settled(self, link: ResolvedUrl) -> bool:
        """Return whether a linked page was requested or its request as a list waits.

        Menus repeat their links on every page, so it is asked first.
        """
        return self._requests.is_seen(link.page_key) or self._progress.is_admitted_list(link.page_key)

    def list_page(self, link: ResolvedUrl, callback: Callback, page_before: ListPosition | None) -> Iterator[Request]:
        """Yield the request for a linked list, if it may be sent now.

        `page_before` is the position of the page with the link; None if the next page of its list is not wanted.
        """
        key = link.page_key
        if self.is_settled(link) or self._is_superfluous(key):
            return
        waiting = _Waiting(link, callback, Target("list"))
        is_continued = page_before is not None and page_before.is_before(position_in_list(key))
        if self._progress.admit_list(key, waiting, is_continued=is_continued):
            yield from self._send(waiting)

    def article(self, link: ResolvedUrl, callback: Callback, target: Target) -> Iterator[Request]:
        """Yield the request for a linked article, if it may be sent now.

        An article with an id of its platform is one article under any address, so its request never waits.
        """
        if _has_id(link) and self._requests.is_article_seen(link.article_key):
            return
        waiting = _Waiting(link, callback, target)
        if (
            _has_id(link)
            or self._requests.is_seen(link.page_key)
            or self._progress.admit_article(link.page_key, waiting)
        ):
            yield from self._send(waiting)

    def is_article(self, link: ResolvedUrl) -> bool:
        """Return whether a link may lead to an article that is not known under another address."""
        if _has_id(link) or self._requests.is_seen(link.page_key) or not self._is_superfluous(link.page_key):
            return True
        self._log.articles.known_elsewhere.add(link.page_key)
        return False

    def is_asked(self, link: ResolvedUrl) -> bool:
        """Return whether an article's request was let through, or waits."""
        return self._progress.is_admitted_article(link.page_key)

    def answer(self, request: Request | None, *, is_new: bool | None) -> Iterator[Request]:
        """Record the answer to a request; yield what no longer has to wait.

        `is_new` tells whether the answer showed anything new; None if nothing follows from it, such as a failure.
        """
        link = self._requests.resolve(requested_url(request)) if request is not None else None
        if request is None or link is None:
            return
        yield from self._send(*self._record(link, target_of(request), is_new=is_new))

    def release(self) -> Iterator[Request]:
        """Yield what still waits when the crawl is idle: a page whose callback failed gave no answer."""
        yield from self._send(*self._progress.release_all())

    def is_new_text(self, url: str, page: Page, links: Links) -> bool:
        """Return whether no other page of this crawl showed an article's text; True if too short to tell."""
        link = self._requests.resolve(url)
        if link is None or _has_id(link):
            return True
        digest = text_digest(page, links.attachments)
        self._views.record_page(link.page_key, canonical_url(page), digest)
        is_new = digest is None or digest not in self._texts
        if digest:
            self._texts.add(digest)
        return is_new

    def record_list(self, key: str, page: Page, rows: Sequence[Row], articles: Iterable[ResolvedUrl]) -> bool:
        """Record what a page that was not requested as an article shows; return whether any article is new."""
        marks = "\n".join(sorted(row.mark for row in rows)).encode()
        self._views.record_page(key, canonical_url(page), marks or None)
        return self._progress.record_list(
            key,
            [link.article_key for link in articles if not self._is_barren(link)],
            [
                row.article_key
                for row in rows
                if (link := self._requests.resolve(row.url)) and not self._is_barren(link)
            ],
        )

    def is_at_end(self, position: ListPosition) -> bool:
        """Return whether a list page showed only rows that its list had shown already in this crawl."""
        return self._progress.is_at_end(position)

    def close(self) -> None:
        """Tell the log, when the crawl has ended, what later crawls need not follow, and what a backfill must."""
        lists = self._log.lists
        for waiting in self._progress.dropped():
            if waiting.target.article_key:
                lists.settle_article(waiting.target.article_key)
        for waiting in self._progress.waiting():
            if waiting.target.purpose == "list":
                lists.want(waiting.link.url)
        lists.forget_lists([*self._progress.views_of_lists(lists.lists(), is_full=self._is_full)])
        lists.forget_lists(self._views.among(lists.lists()))
        self._log.record_settling(
            self._progress.not_followed(), self._progress.barren_families(), self._views.parameters()
        )

    def _send(self, *waiting: _Waiting) -> Iterator[Request]:
        """Yield requests; where one is a duplicate or over the page limit, those that waited for its answer."""
        queue = deque(waiting)
        while queue:
            link, callback, target = queue.popleft()
            # What waited may have become superfluous meanwhile.
            is_known = not _has_id(link) and self._views.is_known_view(link.page_key)
            built = [] if is_known else [*self._requests.request(link.url, callback, target)]
            if not built:
                queue.extend(self._record(link, target, is_new=None))
            elif target.purpose == "list" and position_in_list(link.page_key).number >= _DEEP_PAGES_FROM:
                built[0].priority = min(built[0].priority, self._plan.priority("new_article") - 1)
            yield from built

    def _record(self, link: ResolvedUrl, target: Target, *, is_new: bool | None) -> list[_Waiting]:
        if target.article_key:
            return self._progress.record_article_answer(link.page_key, is_new=is_new)
        return self._progress.record_list_answer(link.page_key, is_new=is_new)

    def _is_superfluous(self, key: str) -> bool:
        """Return whether a page is known under another address."""
        if self._views.is_known_view(key) or repeats_on_and_on(key):
            return True
        return any(map(self._is_known, without_repeated_steps(key)))

    def _is_known(self, key: str) -> bool:
        """Return whether this or an earlier crawl requested a page."""
        return (
            self._requests.is_seen(key) or self._state.article(key) is not None or self._state.asked_at(key) is not None
        )

    def _is_barren(self, link: ResolvedUrl) -> bool:
        return not _has_id(link) and self._progress.is_barren_article(link.page_key)


def _has_id(link: ResolvedUrl) -> bool:
    """Return whether an article is known by more than its address."""
    return link.article_key != link.page_key
