"""The download handler: takes whole bodies whose length is wrong, and bounds the headers.

Scrapy says that data was lost if a body has fewer bytes than its `Content-Length`, or if its last chunk is missing.
Some servers send such answers always: they state the length of the body before its compression, or never send the last
chunk. Browsers show them.
Belongs here: what proves that such a body is whole, and the limit of an answer's headers. Does not belong here: TLS
(see `spiders.fetch.connection.tls`), retries (Scrapy does), and the limits of a body (see `spiders.crawl.settings`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import ResponseDataLossError
from scrapy.http import Response

from spiders.fetch.errors import HeadersTooLargeError
from spiders.fetch.middleware import header_lines
from warehouse.archive.warc.encoding import UndecodableBodyError, decode

HEADERS_MAX_BYTES: Final = 262_144
"""Limit of all header lines of an answer. Without one, headers that never end would fill memory."""

# Scrapy's flag of a response of which bytes are missing, by its length or its chunks.
_LOSS_FLAG: Final = "dataloss"
# What a page, a feed, a sitemap or a PDF ends with. Comments and scripts may follow.
_END: Final = re.compile(rb"</(?:html|body|rss|feed|urlset|sitemapindex|rdf:RDF)\s*>|%%EOF", re.IGNORECASE)
_TAIL_BYTES: Final = 4_096


class HttpDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler, which decides by the body whether data was really lost."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # Private names of Scrapy and Twisted: neither limits the headers of a response (scrapy/scrapy#7813), or has a
        # hook before all of them have arrived. `tests.spiders.fetch.test_scrapy_internals` fails if Scrapy changes its.
        pool: Any = self._pool
        pool._factory = _bounding_headers(pool._factory)

    async def download_request(self, request: Request) -> Response:
        """Return the response.

        Raises:
            ResponseDataLossError: a part of a page is missing. The request is retried, and what came is not archived:
                a part of a page must not be read as the page.
        """
        response = await super().download_request(request)
        if _LOSS_FLAG in response.flags and not is_whole(response):
            raise ResponseDataLossError(f"{request.url}: the answer ends after {len(response.body)} bytes")
        return response


def is_whole(response: Response) -> bool:
    """Return whether a body is whole, though its length or its chunks say otherwise.

    It is if its compressed stream ends as it should, or if it ends as a page, feed or PDF does. Of an error page it
    does not matter.
    """
    if response.status != HTTPStatus.OK:
        return True
    try:
        body = decode(response.body, header_lines(response))
    except UndecodableBodyError:
        return False
    return body.is_proven_whole or (not body.flags and _END.search(body.content[-_TAIL_BYTES:]) is not None)


def _bounding_headers(create: Callable[..., Any]) -> Callable[..., Any]:
    """Return a factory of connections whose answers may have no more header bytes than the limit."""

    def create_factory(*arguments: Any) -> Any:
        factory = create(*arguments)
        build = factory.buildProtocol

        def build_protocol(address: Any) -> Any:
            protocol = build(address)
            send = protocol.request

            def send_request(request: Any) -> Any:
                answer = send(request)
                _bound_lines(protocol._parser)
                return answer

            protocol.request = send_request
            return protocol

        factory.buildProtocol = build_protocol
        return factory

    return create_factory


def _bound_lines(parser: Any) -> None:
    """Let a parser, which reads one answer, fail when its header lines exceed the limit."""
    read_line = parser.lineReceived
    size = 0

    def line_received(line: bytes) -> None:
        nonlocal size
        size += len(line) + 1
        if size > HEADERS_MAX_BYTES:
            line_too_long(line)
        read_line(line)

    def line_too_long(_: bytes) -> None:
        raise HeadersTooLargeError(f"the headers have more than {HEADERS_MAX_BYTES} bytes")

    parser.lineReceived = line_received
    # Twisted closes the connection at a single line of 16 KiB (twisted/twisted#8570). Browsers read such lines.
    parser.MAX_LENGTH = HEADERS_MAX_BYTES
    parser.lineLengthExceeded = line_too_long
