"""Makes requests conditional, so that what has not changed need not be sent.

Here: which requests may be conditional. Not here: which validators they name, and whom not to believe
(`spiders.crawl.validators`), or what is made of an answer of status 304.
"""

from __future__ import annotations

from typing import Final

from scrapy import Request

from spiders.fetch.middleware import Middleware
from warehouse.archive.state.questions import KnownPage

_CONDITIONAL_HEADERS: Final = ("If-None-Match", "If-Modified-Since")


class ConditionalMiddleware(Middleware):
    """Makes requests for known pages conditional: of whatever address is asked for in the end, after redirects too.

    What a page leads to has to be known where the page itself is not sent again: so it is for lists of a complete look,
    and for articles, which lead to nothing that lists do not show.
    """

    def process_request(self, request: Request) -> None:
        """Set or remove the headers of a conditional request."""
        # The address that redirected here had validators of its own.
        for name in _CONDITIONAL_HEADERS:
            request.headers.pop(name, None)
        spider = self.spider
        page = self._known_page(request)
        headers = spider.validators.headers(page) if page is not None else {}
        request.headers.update(headers)
        request.meta["is_conditional"] = bool(headers)

    def _known_page(self, request: Request) -> KnownPage | None:
        spider = self.spider
        if request.meta.get("is_doubted") or request.url in spider.stored_pages:
            return None
        match request.meta.get("purpose"):
            case "list":
                return spider.frontier.page_to_believe(request.url)
            case "refetch":
                # What stands at the address of an article that is gone is not the article.
                known = spider.frontier.state.article(request.meta["article_key"])
                is_there = known is not None and known.missing_since is None
                return spider.frontier.state.page(request.url) if is_there else None
        return None
