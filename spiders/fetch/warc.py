"""Stores every response in the crawl's WARC file, as it came from the network.

Not here: the format of the archive (`warehouse.archive`), or taking responses out of it again (`spiders.fetch.replay`).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final, cast

from scrapy import Request
from scrapy.http import Response

from spiders.fetch.errors import ArchiveError
from spiders.fetch.middleware import Middleware
from spiders.fetch.replay import REPLAYED
from warehouse.archive.state.questions import KnownPage
from warehouse.archive.upkeep.space import check_space
from warehouse.archive.warc.records import payload_digest

FREE_SPACE_SETTING: Final = "FREE_SPACE_MIN_BYTES"
"""The Scrapy setting that says how many bytes are to stay free on the archive's disk."""

# Asking the file system costs less than writing one page; asking it for each is still no use.
_SPACE_CHECKED_EVERY: Final = 50


class ArchiveMiddleware(Middleware):
    """Stores every response in the portal's WARC file, as it came from the network."""

    def process_request(self, request: Request) -> None:
        """Count the request, which is about to be sent, under its purpose."""
        self.spider.tally.requests_for[request.meta.get("purpose", "robots")] += 1

    def process_response(self, request: Request, response: Response) -> Response:
        """Store the response and pass it on; one that came from the archive is there already.

        Raises:
            ArchiveError: it could not be stored; nothing more is asked of the portal, since it would be lost.
        """
        if REPLAYED in response.flags:
            return response
        spider = self.spider
        try:
            self._store(request, response)
            if spider.archive.captures % _SPACE_CHECKED_EVERY == 0:
                check_space(spider.home.warc, self.crawler.settings.getint(FREE_SPACE_SETTING))
        except OSError as error:
            spider.stop(f"the archive cannot be written: {error}")
            raise ArchiveError(f"{request.url} could not be stored: {error}") from error
        return response

    def _store(self, request: Request, response: Response) -> None:
        """Store the response, or only that its bytes have come again."""
        spider = self.spider
        known = spider.frontier.state.page(request.url)
        place = (request.url, spider.clock.now(), _status_line(response), _header_lines(response))
        ip_address = str(response.ip_address) if response.ip_address else None
        key = request.meta.get("article_key")
        if known is not None and _is_revisit(request, response, known):
            spider.archive.write_revisit(*place, known.reference, ip_address=ip_address, article_key=key)
        else:
            spider.archive.write(*place, response.body, ip_address=ip_address, article_key=key)


def _is_revisit(request: Request, response: Response, known: KnownPage) -> bool:
    if response.status == HTTPStatus.NOT_MODIFIED:
        # Without a condition it means nothing.
        return bool(request.meta.get("is_conditional"))
    return response.status == HTTPStatus.OK and payload_digest(response.body) == known.reference.payload_digest


def _status_line(response: Response) -> bytes:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = ""
    protocol = response.protocol or "HTTP/1.1"
    return f"{protocol} {response.status} {phrase}".rstrip().encode("ascii")


def _header_lines(response: Response) -> list[tuple[bytes, bytes]]:
    headers = cast("dict[bytes, list[bytes]]", response.headers)
    return [(name, value) for name in headers for value in cast("Any", response.headers).getlist(name)]
