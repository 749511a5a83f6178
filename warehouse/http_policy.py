"""The limits of every HTTP exchange: crawls, onboarding, alerts, and bodies read again later.

A server may send anything, for ever. So each exchange is bounded in bytes, lines, redirects and time, and what it sends
is unpacked within bounds. Requests go to public addresses only (`spiders.fetch.connection.ssrf_guard`), except alerts:
the operator chose their receiver, which may be on a private network.
Belongs here: the figures, each with its reason. Does not belong here: applying them, and limits of a parsed page
(`spiders.pages.limits`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class HttpPolicy:
    """Figures of a limit each.

    Attributes:
        header_bytes_max: bytes of all header lines of an answer, interim answers (1xx) included. Browsers take as many.
        header_lines_max: header lines of an answer. Real ones have up to a hundred.
        body_bytes_max: bytes of a body as sent. Pages have tens of kilobytes; the largest bodies are sitemaps.
        received_bytes_max: bytes of an answer with headers, sizes of chunks, their extensions and trailers. A body in
            small chunks, as some servers send it, takes twice its size.
        decoded_bytes_max: bytes of a body without its content encodings, after each of them: the 50 MiB that sitemaps
            may have (<https://www.sitemaps.org/protocol.html>).
        decoded_ratio_max: how many times its size a body may unpack to. gzip can reach 1,000; very repetitive pages
            reach 50.
        decoded_bytes_allowed: bytes to which a body may unpack whatever its ratio.
        encodings_max: content encodings of a body. Some servers compress twice.
        redirects_max: redirects from one URL (RFC 9309, 2.3.1.2, asks crawlers for five).
        url_characters_max: characters of a URL. Only calendars and filters whose links append to the current URL have
            longer ones.
        robots_bytes_max: bytes of robots.txt; rules after them are ignored. 20 MB take 20 s to parse. RFC 9309, 2.5,
            requires at least 500 KiB.
        request_seconds_max: seconds of a request, from connecting to the last byte; portal files state less.
        delivery_seconds_max: seconds of the delivery of an alert, from connecting to the receiver's last reply. A
            sensor's tick has 60.
        reply_bytes_max: bytes of all replies of a mail server. Real ones send some hundreds.
    """

    header_bytes_max: int = 262_144
    header_lines_max: int = 1_000
    body_bytes_max: int = 50_000_000
    received_bytes_max: int = 100_500_000
    decoded_bytes_max: int = 52_428_800
    decoded_ratio_max: int = 200
    decoded_bytes_allowed: int = 1_000_000
    encodings_max: int = 5
    redirects_max: int = 5
    url_characters_max: int = 2_000
    robots_bytes_max: int = 512_000
    request_seconds_max: float = 600.0
    delivery_seconds_max: float = 20.0
    reply_bytes_max: int = 65_536

    def decoded_max(self, received: int) -> int:
        """Return to how many bytes a body of `received` bytes may unpack."""
        return min(self.decoded_bytes_max, max(self.decoded_bytes_allowed, self.decoded_ratio_max * received))


HTTP_POLICY: Final = HttpPolicy()
"""The policy of all requests."""
