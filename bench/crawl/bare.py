"""Bare Scrapy, to compare a crawl with: spiders that follow links, a middleware that stores.

Does not belong here: running them (`bench.crawl.contender`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from typing import Any, Final, Self, cast

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response

from bench.crawl.portal import PORTAL, START_URLS
from spiders.crawl.responses import page_of
from spiders.pages.challenge import challenge_kind
from spiders.pages.html import NotAPage
from spiders.pages.no_content import no_content
from spiders.platforms import PLATFORMS
from spiders.platforms.parts.links.onward import leads_on

FILE_SETTING: Final = "BENCH_WARC_FILE"
"""Setting: the path of the WARC file that `StoringMiddleware` writes."""
_GZIP_LEVEL: Final = 6  # as ours


class BareSpider(Spider):
    """A spider that follows the same links as the portal's spider and does nothing else."""

    name = "bare"
    _LINKS = (
        "ul.navi a::attr(href), ul.lfr-pagination-buttons a::attr(href), a[href*='/-/view_content/']::attr(href), "
        "div.portlet-site-map a::attr(href), div.journal-content-article a[href^='/documents/']::attr(href)"
    )
    _NOT_FOLLOWED = re.compile(r"/(?:vi|en)$|^javascript:")

    def __init__(self, **kwargs: Any) -> None:
        """Know the start URLs."""
        super().__init__(**kwargs)
        self._seen: set[str] = set(START_URLS)

    async def start(self) -> AsyncIterator[Request]:
        """Yield requests for the start URLs."""
        for url in START_URLS:
            yield Request(url, dont_filter=True)

    def parse(self, response: Response) -> Iterator[Request]:
        """Follow each link once."""
        if not isinstance(response, HtmlResponse):
            return
        # Skip known links before creating requests, which is the most expensive step here.
        for href in dict.fromkeys(response.css(self._LINKS).getall()):
            url = response.urljoin(href)
            if url not in self._seen and not self._NOT_FOLLOWED.search(href):
                self._seen.add(url)
                yield Request(url, dont_filter=True)


class ReadingSpider(BareSpider):
    """A spider that reads each page as ours: charset, repair, limits, challenges, links.

    It knows nothing of duplicates but equal addresses, of earlier crawls, and of what became of its requests.
    """

    def parse(self, response: Response) -> Iterator[Request]:
        """Follow each link once."""
        if challenge_kind(response.body):
            return
        try:
            page = page_of(response, PORTAL)
        except NotAPage:
            return
        platform = PLATFORMS[PORTAL.platform]
        if leads_on(page) or no_content(page):
            return
        links = platform.links(page, PORTAL)
        if links.row_count:
            platform.list_rows(page)
        for url in (*links.lists, *links.articles, *links.attachments):
            if url not in self._seen and PORTAL.scope.covers(url):
                self._seen.add(url)
                yield Request(url, dont_filter=True)


class StoringMiddleware:
    """Stores each response as received: a gzip member with a digest, as any archive of WARC files must."""

    def __init__(self, crawler: Crawler) -> None:
        self._file = crawler.settings[FILE_SETTING].open("xb", buffering=0)
        crawler.signals.connect(self.close, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware with its file open."""
        return cls(crawler)

    def close(self) -> None:
        """Close the file at the end of the crawl."""
        self._file.close()

    def process_response(self, request: Request, response: Response) -> Response:
        """Write one record."""
        record = WarcRecord()
        record.init_headers(WarcRecordType.response)
        record.headers["WARC-Target-URI"] = request.url
        record.headers["WARC-Payload-Digest"] = f"sha256:{hashlib.sha256(response.body).hexdigest()}"
        record.headers["Content-Type"] = "application/http; msgtype=response"
        lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}".encode()]
        for name, values in cast("Any", response.headers).items():
            lines += [name + b": " + value for value in values]
        record.set_bytes_content(b"\r\n".join(lines) + b"\r\n\r\n" + response.body)
        # A raw file: what is written before the process is killed can be read.
        writer = GzipWriter(self._file, compression_level=_GZIP_LEVEL)
        record.write(writer)
        writer.finish()
        return response
