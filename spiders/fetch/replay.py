"""Answers requests from what an interrupted crawl stored, so that it is not fetched again.

Not here: which crawls are gone on with (`spiders.crawl.plan`), or reading the archive (`warehouse.archive.warc`).
"""

from __future__ import annotations

from typing import Final

from scrapy import Request
from scrapy.http import Response

from spiders.fetch.middleware import Middleware
from spiders.pages.challenge import challenge_kind
from warehouse.archive.files import named_warc_file
from warehouse.archive.warc.encoding import UndecodableBodyError
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.archive.warc.reader import read_capture

REPLAYED: Final = "replayed"
"""The flag of a response that comes from the archive."""


class ReplayMiddleware(Middleware):
    """Answers each request once from what the interrupted crawl stored."""

    def process_request(self, request: Request) -> Response | None:
        """Return the stored answer; None where there is none, and the request goes to the portal."""
        spider = self.spider
        place = spider.stored_pages.pop(request.url, None)
        if place is None:
            return None
        try:
            stored = read_capture(named_warc_file(spider.home.storage, place.warc_file), place.warc_offset)
            body = stored.body()
        except (DamagedWarcError, FileNotFoundError, UndecodableBodyError):
            return None  # it is fetched again
        if challenge_kind(body):
            return None  # the page itself may come by now
        headers: dict[bytes, list[bytes]] = {}
        for name, value in stored.headers:
            headers.setdefault(name, []).append(value)
        return Response(
            request.url,
            status=stored.capture.status,
            headers=headers,
            body=stored.payload,
            flags=[REPLAYED],
            request=request,
        )
