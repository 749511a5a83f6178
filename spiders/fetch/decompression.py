"""Decodes bodies as the archive does, so that crawl and build read the same text.

Does not belong here: the decoding (see `warehouse.archive.warc.encoding`).
"""

from __future__ import annotations

from http import HTTPStatus

from scrapy import Request
from scrapy.http import Response, TextResponse

from spiders.fetch.errors import DecompressionRatioError, UndecodableError
from spiders.fetch.middleware import Middleware, header_lines, headers_of
from warehouse.archive.warc.encoding import TRUNCATED, UndecodableBodyError, UnpackedTooLargeError, decode


class DecompressionMiddleware(Middleware):
    """Decodes bodies, which are archived as received."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Return the response with its body decoded, and without the header that names its encodings.

        Raises:
            DecompressionRatioError: it unpacks to more bytes than a real page has.
            UndecodableError: its bytes are damaged, its encoding is not supported, or it is a robots.txt that is cut
                off. Of a response with another status than 200 the body does not matter.
        """
        try:
            decoded = decode(response.body, header_lines(response))
        except UnpackedTooLargeError as error:
            raise DecompressionRatioError(f"{request.url}: {error}") from error
        except UndecodableBodyError as error:
            if response.status != HTTPStatus.OK:
                return response.replace(body=b"")
            raise UndecodableError(f"{request.url}: {error}") from error
        # Of a page half is better than nothing, but half of the rules would allow what the rest forbids.
        is_robots = request.meta.get("dont_obey_robotstxt", False)
        if is_robots and TRUNCATED in decoded.flags and response.status == HTTPStatus.OK:
            raise UndecodableError(f"{request.url}: the compressed body breaks off")
        body = decoded.content
        if body is response.body:
            return response
        headers = headers_of(response)
        headers.pop(b"Content-Encoding", None)
        # Without it, Scrapy would guess the encoding of the characters from the compressed bytes.
        encoding = {"encoding": None} if isinstance(response, TextResponse) else {}
        return response.replace(headers=headers, body=body, **encoding)
