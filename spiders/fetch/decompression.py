"""Unpacks bodies as Scrapy does, within a bound on how much a body may swell.

Not here: the bound itself, which the archive's reader shares (`warehouse.archive.warc.encoding`).
"""

from __future__ import annotations

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.utils._compression import _DecompressionMaxSizeExceeded as DecompressedTooLargeError

from spiders.fetch.errors import DecompressionRatioError
from warehouse.archive.warc.encoding import unpacked_max_bytes


class DecompressionMiddleware(HttpCompressionMiddleware):
    """Unpacks bodies, but none that swells as no page does; such a one is refused half way."""

    def _handle_encoding(self, body: bytes, content_encoding: list[bytes], max_size: int) -> tuple[bytes, list[bytes]]:
        ratio_bound = unpacked_max_bytes(len(body))
        try:
            return super()._handle_encoding(body, content_encoding, min(max_size or ratio_bound, ratio_bound))
        except DecompressedTooLargeError as error:
            if max_size and ratio_bound >= max_size:
                raise
            raise DecompressionRatioError(f"{len(body):,} bytes unpack to more than {ratio_bound:,}") from error
