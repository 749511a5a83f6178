"""The site of benchmark `crawl`: a portal with prepared responses, and its local server.

Usage: `python -m bench.crawl.site ANSWERS` with a file of `bench.crawl.memory`. It prints its port when it is ready,
and ends when its standard input closes. Crawlers use it as a proxy, without TLS, so that its pages have the portal's
host name. Fast and simple on purpose, since it shares the machine with the crawler.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from bench.crawl.memory import MISSING, Answer, Answers, read_answers
from bench.crawl.portal import HOST, START_URLS
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.content import load_content
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import Response
from spiders.mirror.varied import VariedContent
from spiders.pages.html import NotAPage, parse_page
from spiders.platforms import PLATFORMS
from spiders.portal import load_portals

PORTAL = load_portals([MIRROR_PORTALS]).valid["my-duc-thu-nghiem"]
ORIGIN = f"http://{HOST}"

ROBOTS = Response(200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /noi-bo/\nDisallow: /tim-kiem/\n")
_GZIP_LEVEL = 6


def pages(articles: int) -> Iterator[tuple[str, Response]]:
    """Yield path with query and response of the portal's lists and of every page reachable from them."""
    site = all_sites(VariedContent(load_content(), articles))[HOST]
    pending = [urlsplit(url).path for url in START_URLS]
    seen = set(pending)
    while pending:
        path = pending.pop()
        response = site.get(path, 1)
        yield path, response
        try:
            page = parse_page(response.body, f"https://{HOST}{path}", response.headers.get("Content-Type"))
        except NotAPage:
            continue
        links = PLATFORMS[PORTAL.platform].links(page, PORTAL)
        for url in (*links.lists, *links.articles, *links.attachments):
            parts = urlsplit(url)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            if parts.hostname == HOST and target not in seen:
                seen.add(target)
                pending.append(target)


def answers(articles: int) -> Answers:
    """Return the responses by URL, compressed as by real portals, with absolute links in http."""
    found = {f"{ORIGIN}/robots.txt": _sent(ROBOTS)}
    return found | {f"{ORIGIN}{path}": _sent(response) for path, response in pages(articles)}


def _sent(response: Response) -> Answer:
    body = gzip.compress(response.body.replace(f"https://{HOST}".encode(), ORIGIN.encode()), _GZIP_LEVEL, mtime=0)
    headers = {**response.headers, "Content-Encoding": "gzip", "Content-Length": str(len(body))}
    return Answer(response.status, headers, body)


def _on_the_wire(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} OK", *(f"{name}: {value}" for name, value in answer.headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body


class _Connection(asyncio.Protocol):
    """A keep-alive connection; requests have no bodies."""

    def __init__(self, responses: Mapping[bytes, bytes], missing: bytes) -> None:
        self._responses = responses
        self._missing = missing
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport if isinstance(transport, asyncio.Transport) else None

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received and self._transport:
            request, _, self._received = self._received.partition(b"\r\n\r\n")
            self._transport.write(self._responses.get(request.split(b" ", 2)[1], self._missing))


async def serve(path: Path) -> None:
    """Serve the answers of a file until standard input closes."""
    responses = {url.encode(): _on_the_wire(answer) for url, answer in read_answers(path).items()}
    missing = MISSING._replace(headers={**MISSING.headers, "Content-Length": str(len(MISSING.body))})
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(responses, _on_the_wire(missing)), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
