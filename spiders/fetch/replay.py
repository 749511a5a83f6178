"""Replays the stored pages of an interrupted crawl, so that they are not fetched again.

Does not belong here: which crawls are resumed (see `spiders.crawl.plan`).
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
"""The flag of a replayed response."""


class ReplayMiddleware(Middleware):
    """Replays each stored page of the interrupted crawls once."""

    def process_request(self, request: Request) -> Response | None:
        """Return the stored response; None if no usable one exists, so that the request is sent."""
        spider = self.spider
        place = spider.stored_pages.pop(request.url, None)
        if place is None:
            return None
        try:
            stored = read_capture(named_warc_file(spider.home.storage, place.warc_file), place.warc_offset)
            body = stored.body()
        except (DamagedWarcError, FileNotFoundError, UndecodableBodyError):
            return None  # fetch it again
        if stored.capture.url != request.url:
            return None  # the file changed since it was indexed
        if challenge_kind(body.content):
            return None  # a new request may get the page
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
