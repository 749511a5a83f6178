"""The download handler: takes whole bodies whose length is wrong, and bounds what an answer may send.

Scrapy says that data was lost if a body has fewer bytes than its `Content-Length`, or if its last chunk is missing.
Some servers send such answers always: they state the length of the body before its compression, or never send the last
chunk. Browsers show them.
Belongs here: what proves that such a body is whole, and the limits of an answer's headers and of all its bytes. Does
not belong here: TLS (see `spiders.fetch.connection.tls`), retries, the limits of a body and of time (Scrapy applies
them), and the figures (see `warehouse.http_policy`).
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

from spiders.fetch.errors import AnswerTooLargeError
from spiders.fetch.middleware import header_lines
from warehouse.archive.warc.encoding import UndecodableBodyError, decode
from warehouse.http_policy import HTTP_POLICY

# Scrapy's flag of a response of which bytes are missing, by its length or its chunks.
_LOSS_FLAG: Final = "dataloss"
# What a page, a feed, a sitemap or a PDF ends with. Comments and scripts may follow.
_END: Final = re.compile(rb"</(?:html|body|rss|feed|urlset|sitemapindex|rdf:RDF)\s*>|%%EOF", re.IGNORECASE)
_TAIL_BYTES: Final = 4_096


class HttpDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler, which decides by the body whether data was really lost."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # Private names of Scrapy and Twisted: neither limits the headers of a response (scrapy/scrapy#7813) or all that
        # surrounds its body, or has a hook before it has arrived. `tests.spiders.fetch.test_scrapy_internals` fails if
        # Scrapy changes its.
        pool: Any = self._pool
        pool._factory = _bounding(pool._factory)

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


def _bounding(create: Callable[..., Any]) -> Callable[..., Any]:
    """Return a factory of connections whose answers keep to the limits of the policy."""

    def create_factory(*arguments: Any) -> Any:
        factory = create(*arguments)
        build = factory.buildProtocol

        def build_protocol(address: Any) -> Any:
            protocol = build(address)
            send = protocol.request

            def send_request(request: Any) -> Any:
                answer = send(request)
                _bound(protocol._parser)
                return answer

            protocol.request = send_request
            return protocol

        factory.buildProtocol = build_protocol
        return factory

    return create_factory


def _bound(parser: Any) -> None:
    """Let a parser, which reads one answer, fail when the answer exceeds a limit."""
    read_bytes, read_line = parser.dataReceived, parser.lineReceived
    received = header_bytes = header_lines = 0

    def data_received(data: bytes) -> None:
        nonlocal received
        received += len(data)
        if received > HTTP_POLICY.received_bytes_max:
            # A body in chunks of a byte, each with an extension of a kilobyte, stays below the limit of a body.
            raise AnswerTooLargeError(f"the answer has more than {HTTP_POLICY.received_bytes_max} bytes")
        read_bytes(data)

    def line_received(line: bytes) -> None:
        nonlocal header_bytes, header_lines
        header_bytes += len(line) + 1
        header_lines += 1
        if header_bytes > HTTP_POLICY.header_bytes_max or header_lines > HTTP_POLICY.header_lines_max:
            line_too_long(line)
        read_line(line)

    def line_too_long(_: bytes) -> None:
        raise AnswerTooLargeError(
            f"the headers have more than {HTTP_POLICY.header_bytes_max} bytes or {HTTP_POLICY.header_lines_max} lines"
        )

    parser.dataReceived = data_received
    parser.lineReceived = line_received
    # Twisted closes the connection at a single line of 16 KiB (twisted/twisted#8570). Browsers read such lines.
    parser.MAX_LENGTH = HTTP_POLICY.header_bytes_max
    parser.lineLengthExceeded = line_too_long
