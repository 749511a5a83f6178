"""Between crawl and archive: every response is stored, and what an interrupted crawl stored is not fetched again.

Here: the downloader middlewares that do so. Not here: the format of the archive (`warehouse.archive`), or which crawls
are gone on with (`spiders.crawl.plan`).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final, cast

from scrapy import Request
from scrapy.http import Response

from spiders.fetch.errors import ArchiveError
from spiders.fetch.middlewares import Middleware
from spiders.pages.challenge import challenge_kind
from warehouse.archive.state.questions import KnownPage
from warehouse.archive.upkeep.space import check_space
from warehouse.archive.warc.encoding import UndecodableBodyError
from warehouse.archive.warc.files import DamagedWarcError, read_capture
from warehouse.archive.warc.records import payload_digest

_REPLAYED: Final = "replayed"
_CONDITIONAL_HEADERS: Final = ("If-None-Match", "If-Modified-Since")
FREE_SPACE_SETTING: Final = "FREE_SPACE_MIN_BYTES"
"""The Scrapy setting that says how many bytes are to stay free on the archive's disk."""

# Asking the file system costs less than writing one page; asking it for each is still no use.
_SPACE_CHECKED_EVERY: Final = 50


class ReplayMiddleware(Middleware):
    """Answers each request once from what the interrupted crawl stored."""

    def process_request(self, request: Request) -> Response | None:
        """Return the stored answer; None where there is none, and the request goes to the portal."""
        spider = self.spider
        place = spider.stored_pages.pop(request.url, None)
        if place is None:
            return None
        try:
            stored = read_capture(spider.home.warc / place.warc_file, place.warc_offset)
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
            flags=[_REPLAYED],
            request=request,
        )


class ConditionalMiddleware(Middleware):
    """Makes requests for known pages conditional: of whatever address is asked for in the end, after redirects too.

    What a page leads to has to be known where the page itself is not sent again: so it is for lists of a complete look,
    and for articles, which lead to nothing that lists do not show.
    """

    def process_request(self, request: Request) -> None:
        """Set or remove the headers of a conditional request."""
        # The address that redirected here had validators of its own.
        for name in _CONDITIONAL_HEADERS:
            request.headers.pop(name, None)
        spider = self.spider
        page = self._known_page(request)
        headers = spider.validators.headers(page) if page is not None else {}
        request.headers.update(headers)
        request.meta["is_conditional"] = bool(headers)

    def _known_page(self, request: Request) -> KnownPage | None:
        spider = self.spider
        if request.meta.get("is_doubted") or request.url in spider.stored_pages:
            return None
        match request.meta.get("purpose"):
            case "list":
                return spider.frontier.page_to_believe(request.url)
            case "refetch":
                # What stands at the address of an article that is gone is not the article.
                known = spider.frontier.state.article(request.meta["article_key"])
                is_there = known is not None and known.missing_since is None
                return spider.frontier.state.page(request.url) if is_there else None
        return None


class ArchiveMiddleware(Middleware):
    """Stores every response in the portal's WARC file, as it came from the network."""

    def process_request(self, request: Request) -> None:
        """Count the request, which is about to be sent, under its purpose."""
        self.spider.tally.requests_for[request.meta.get("purpose", "robots")] += 1

    def process_response(self, request: Request, response: Response) -> Response:
        """Store the response and pass it on; one that came from the archive is there already.

        Raises:
            ArchiveError: it could not be stored; nothing more is asked of the portal, since it would be lost.
        """
        if _REPLAYED in response.flags:
            return response
        spider = self.spider
        try:
            self._store(request, response)
            if spider.archive.captures % _SPACE_CHECKED_EVERY == 0:
                check_space(spider.home.warc, self.crawler.settings.getint(FREE_SPACE_SETTING))
        except OSError as error:
            spider.stop(f"the archive cannot be written: {error}")
            raise ArchiveError(f"{request.url} could not be stored: {error}") from error
        return response

    def _store(self, request: Request, response: Response) -> None:
        """Store the response, or only that its bytes have come again."""
        spider = self.spider
        known = spider.frontier.state.page(request.url)
        place = (request.url, spider.clock.now(), _status_line(response), _header_lines(response))
        ip_address = str(response.ip_address) if response.ip_address else None
        key = request.meta.get("article_key")
        if known is not None and _is_revisit(request, response, known):
            spider.archive.write_revisit(*place, known.reference, ip_address=ip_address, article_key=key)
        else:
            spider.archive.write(*place, response.body, ip_address=ip_address, article_key=key)


def _is_revisit(request: Request, response: Response, known: KnownPage) -> bool:
    if response.status == HTTPStatus.NOT_MODIFIED:
        # Without a condition it means nothing.
        return bool(request.meta.get("is_conditional"))
    return response.status == HTTPStatus.OK and payload_digest(response.body) == known.reference.payload_digest


def _status_line(response: Response) -> bytes:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = ""
    protocol = response.protocol or "HTTP/1.1"
    return f"{protocol} {response.status} {phrase}".rstrip().encode("ascii")


def _header_lines(response: Response) -> list[tuple[bytes, bytes]]:
    headers = cast("dict[bytes, list[bytes]]", response.headers)
    return [(name, value) for name in headers for value in cast("Any", response.headers).getlist(name)]
