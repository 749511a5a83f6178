"""Stores every response in the crawl's WARC file, with its body as received from the network.

Does not belong here: the format of the archive (see `warehouse.archive.warc`).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from scrapy import Request
from scrapy.http import Response

from spiders.fetch.errors import ArchiveError
from spiders.fetch.middleware import Middleware, header_lines, require_started
from spiders.fetch.replay import REPLAYED
from spiders.fetch.target import target_of
from warehouse.archive.state.queries import KnownPage
from warehouse.archive.upkeep.space import check_space
from warehouse.archive.warc.records import payload_digest

FREE_SPACE_SETTING: Final = "FREE_SPACE_MIN_BYTES"
"""Setting: how many bytes must stay free on the archive's disk."""

REQUESTS_STAT: Final = "requests_for"
"""Prefix of the Scrapy stats that count sent requests by purpose; a retry has the purpose of its first request."""

# The free disk space is checked once per this many captures.
_CAPTURES_PER_SPACE_CHECK: Final = 50


class ArchiveMiddleware(Middleware):
    """Stores every response; its status line and header names are those of Scrapy, not the original ones."""

    def process_request(self, request: Request) -> None:
        """Count the request, which is about to be sent, by its purpose."""
        require_started(self.crawler.stats).inc_value(f"{REQUESTS_STAT}/{target_of(request).purpose}")

    def process_response(self, request: Request, response: Response) -> Response:
        """Store the response and pass it on; a replayed one is already stored.

        Raises:
            ArchiveError: it could not be stored, or the disk is almost full; the crawl stops.
        """
        if REPLAYED in response.flags:
            return response
        spider = self.spider
        try:
            self._store(request, response)
            if spider.archive.captures % _CAPTURES_PER_SPACE_CHECK == 0:
                check_space(spider.home.warc, self.crawler.settings.getint(FREE_SPACE_SETTING))
        except OSError as error:
            spider.stop(f"the archive cannot be written: {error}")
            raise ArchiveError(f"{request.url} could not be stored: {error}") from error
        return response

    def _store(self, request: Request, response: Response) -> None:
        """Store the response, or a revisit record if its bytes are already stored."""
        spider = self.spider
        known = spider.known_page(request.url)
        place = (request.url, spider.clock.now(), _status_line(response), header_lines(response))
        ip_address = str(response.ip_address) if response.ip_address else None
        key = target_of(request).article_key
        feed_date = spider.feed_date(key) if key else None
        if known is not None and _is_revisit(request, response, known):
            spider.archive.write_revisit(
                *place, known.reference, ip_address=ip_address, article_key=key, feed_date=feed_date
            )
        else:
            spider.archive.write(*place, response.body, ip_address=ip_address, article_key=key, feed_date=feed_date)


def _is_revisit(request: Request, response: Response, known: KnownPage) -> bool:
    if response.status == HTTPStatus.NOT_MODIFIED:
        # A 304 response to an unconditional request does not refer to a known page.
        return target_of(request).is_conditional
    return response.status == HTTPStatus.OK and payload_digest(response.body) == known.reference.payload_digest


def _status_line(response: Response) -> bytes:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = ""
    protocol = response.protocol or "HTTP/1.1"
    return f"{protocol} {response.status} {phrase}".rstrip().encode("ascii")
