"""Decodes bodies with Scrapy's middleware, up to a maximum compression ratio.

Does not belong here: the maximum, which the archive's reader shares (see `warehouse.archive.warc.encoding`).
"""

from __future__ import annotations

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from spiders.fetch.errors import DecompressionRatioError
from spiders.fetch.middleware import Middleware
from warehouse.archive.warc.encoding import unpacked_max_bytes


class DecompressionMiddleware(Middleware):
    """Decodes bodies; stops decoding if the compression ratio is too high for a real page."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._decoder = HttpCompressionMiddleware.from_crawler(crawler)
        self._body_max_bytes = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Decode the body; raise `DecompressionRatioError` if its compression ratio is too high."""
        max_size = request.meta.get("download_maxsize", self._body_max_bytes)
        ratio_max_bytes = unpacked_max_bytes(len(response.body))
        if max_size and ratio_max_bytes >= max_size:
            return self._decoder.process_response(request, response)
        bounded = request.replace(meta={**request.meta, "download_maxsize": ratio_max_bytes})
        try:
            return self._decoder.process_response(bounded, response)
        except IgnoreRequest as error:
            size = len(response.body)
            raise DecompressionRatioError(f"{size:,} bytes unpack to more than {ratio_max_bytes:,}") from error
