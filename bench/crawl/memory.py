"""The download handler that answers from memory: a crawl without sockets, server and HTTP.

What is left of a crawl's time is that of Scrapy's engine and of what the crawl does with a response.
Belongs here: the handler, and the file through which a crawl's process gets the answers. Does not belong here: what the
answers are (`bench.crawl.site`).
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final, NamedTuple, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

ANSWERS_SETTING: Final = "BENCH_ANSWERS"
"""Setting: the `Answers` of the crawl."""
_ADDRESS: Final = IPv4Address("127.0.0.1")


class Answer(NamedTuple):
    """An HTTP response as it is sent: the body is compressed as the headers say."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Answers = Mapping[str, Answer]
"""The responses of a site, by URL; for any other URL the site answers 404."""

MISSING: Final = Answer(404, {"Content-Type": "text/html"}, b"<html><body>404</body></html>")


def write_answers(path: Path, answers: Answers) -> None:
    """Write the answers to a file, one a line."""
    with path.open("w", encoding="utf-8") as file:
        for url, answer in answers.items():
            body = base64.b64encode(answer.body).decode("ascii")
            file.write(json.dumps([url, answer.status, dict(answer.headers), body]) + "\n")


def read_answers(path: Path) -> Answers:
    """Return the answers of a file."""
    with path.open(encoding="utf-8") as file:
        rows = map(json.loads, file)
        return {url: Answer(status, headers, base64.b64decode(body)) for url, status, headers, body in rows}


class MemoryDownloadHandler:
    """Answers requests from memory, after one turn of the event loop, so that they overlap."""

    lazy = False

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the handler with the answers in the crawler's settings."""
        return cls(crawler.settings[ANSWERS_SETTING])

    async def download_request(self, request: Request) -> Response:
        """Return the answer, as Scrapy's own handlers build it."""
        await asyncio.sleep(0)
        status, headers, body = self._answers.get(request.url, MISSING)
        type_ = responsetypes.from_args(headers=Headers(headers), url=request.url, body=body)
        return type_(
            url=request.url,
            status=status,
            headers=Headers(headers),
            body=body,
            ip_address=_ADDRESS,
            protocol="HTTP/1.1",
        )

    async def close(self) -> None:
        """Do nothing: there are no connections."""
