"""A polite first visitor: one page at a time, for the few that are looked at before a portal is crawled.

It is as polite as a crawl: its name, robots.txt, a delay per host, no cookies, certificates verified. Redirects are
followed by hand, so that where they led is known and none leads into a private network. A proxy of the environment, as
the mirror is one, is used as the crawl uses it.

Here: fetching. Not here: the crawl (`spiders.crawl.spider`), which archives what it fetches, or what a page says
(`spiders.onboarding.survey`).
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed leaves it out

import httpx
from protego import Protego

from spiders.crawl.settings import REQUEST_HEADERS, user_agent
from spiders.fetch.connection.ssrf_guard import address_of_number, is_public
from spiders.fetch.errors import certificate_kind, tls_kind_of
from spiders.fetch.politeness import REDIRECTS_MAX, robots_delay_seconds
from spiders.pages.challenge import challenge_kind
from spiders.pages.feeds import resolved

DELAY_SECONDS: Final = 2.0
TIMEOUT_SECONDS: Final = 30.0
# Pages are tens of kilobytes, sitemaps of years some megabytes; the bound keeps one answer from filling memory.
ANSWER_MAX_BYTES: Final = 20_000_000
_WHOLE_ANSWER_SECONDS: Final = 120.0
# A host that asks for more than this between two requests is better crawled than visited.
_CRAWL_DELAY_MAX_SECONDS: Final = 30.0
_PORTS: Final = {"http": 80, "https": 443}


class VisitError(Exception):
    """A page that could not be had.

    Attributes:
        kind: why, in the words in which a crawl counts its errors: `dns`, `timeout`, `http_404`,
            `robots_denied`, `out_of_scope`, `too_large`, `challenge_d1n` …; `private_address` and `not_http` besides.
        url: the address that failed, which is where redirects had led.
    """

    def __init__(self, kind: str, url: str, detail: str = "") -> None:
        """Name the reason and the address."""
        super().__init__(f"{url}: {kind}" + (f" ({detail})" if detail else ""))
        self.kind = kind
        self.url = url


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that came.

    Attributes:
        asked: the address that was asked for.
        url: the address that answered, after redirects.
        body: after content decoding.
        content_type: the `Content-Type` header, or None.
        visited_at: when it came, in UTC.
    """

    asked: str
    url: str
    body: bytes
    content_type: str | None
    visited_at: datetime

    @property
    def text(self) -> str:
        """The body as text for a search of ASCII words, whatever its charset."""
        return self.body.decode("utf-8", errors="replace")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx.Headers
    body: bytes


class Visitor:
    """Fetches pages one after the other; knows the robots.txt of each host and when it last asked there."""

    def __init__(self, *, delay_seconds: float = DELAY_SECONDS, environment: Mapping[str, str] | None = None) -> None:
        """Prepare; nothing is asked for yet.

        Args:
            delay_seconds: between two requests to one host; longer where its robots.txt asks for it.
            environment: variables that stand in for those of the process, such as the mirror's proxy.
        """
        self._delay_seconds = delay_seconds
        self._environment = {**os.environ, **(environment or {})}
        self._context = ssl.create_default_context(cafile=self._environment.get("SSL_CERT_FILE"))
        self._robots: dict[str, Protego | VisitError] = {}
        self._asked_at: dict[str, float] = {}

    def get(self, url: str, covers: Callable[[str], bool] | None = None) -> Visit:
        """Return the page at an address, redirects followed.

        Args:
            url: what to ask for.
            covers: tells which addresses a redirect may lead to; any public one where None.

        Raises:
            VisitError: the page could not be had, may not be asked for, or is a challenge in its place.
        """
        answer, final = self._follow(url, self._obey_robots, covers)
        if kind := challenge_kind(answer.body):
            raise VisitError(kind, final, "no page but a challenge: the host blocks visitors like this one")
        if answer.status != HTTPStatus.OK:
            raise VisitError(f"http_{answer.status}", final)
        return Visit(url, final, answer.body, answer.headers.get("Content-Type"), datetime.now(UTC))

    def sitemaps(self, url: str) -> tuple[str, ...]:
        """Return the sitemaps that the robots.txt of the address's host names.

        Raises:
            VisitError: the robots.txt could not be had.
        """
        return resolved(self._rules(url).sitemaps, url)

    def crawl_delay(self, url: str) -> float | None:
        """Return the seconds between two requests that the robots.txt of the address's host asks for, if any.

        Raises:
            VisitError: the robots.txt could not be had.
        """
        return robots_delay_seconds(self._rules(url), user_agent()) or None

    def _obey_robots(self, url: str) -> None:
        if not self._rules(url).can_fetch(url, user_agent()):
            raise VisitError("robots_denied", url)

    def _rules(self, url: str) -> Protego:
        """Return the rules of the address's host; as in a crawl, a host whose rules cannot be had allows nothing."""
        place = _place(_parts(url))
        if place not in self._robots:
            self._robots[place] = self._read_robots(f"{place}/robots.txt")
        rules = self._robots[place]
        if isinstance(rules, VisitError):
            raise VisitError(rules.kind, url, "robots.txt could not be had")
        return rules

    def _read_robots(self, url: str) -> Protego | VisitError:
        try:
            # The request for robots.txt obeys no robots.txt and may be led anywhere (RFC 9309, 2.3.1.2).
            answer, final = self._follow(url, lambda _: None, None)
        except VisitError as error:
            return error
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return VisitError(f"http_{answer.status}", final)
        body = answer.body if answer.status == HTTPStatus.OK else b""
        return Protego.parse(body.decode("utf-8", errors="ignore"))

    def _follow(
        self, url: str, allow: Callable[[str], None], covers: Callable[[str], bool] | None
    ) -> tuple[_Answer, str]:
        here = url
        for _ in range(REDIRECTS_MAX + 1):
            allow(here)
            answer = self._ask(here)
            location = answer.headers.get("Location")
            if not HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST or not location:
                return answer, here
            here = _joined(here, location)
            if covers is not None and not covers(here):
                raise VisitError("out_of_scope", here, f"redirected from {url}")
        raise VisitError("redirect_loop", here)

    def _ask(self, url: str) -> _Answer:
        """Send one request, when the host may be asked again."""
        parts = _parts(url)
        proxy = self._proxy(parts.scheme, parts.netloc)
        self._wait(parts)
        if proxy is not None:
            number = address_of_number(parts.hostname or "")  # what a name stands for is the proxy's to judge
            if number is not None and not is_public(number):
                raise VisitError("private_address", url, number)
            return self._send(url, url, proxy)
        failure: VisitError | None = None
        for address in _public_addresses(parts):
            # To the address that was judged, not to whatever the name stands for a moment later.
            shown = f"[{address}]" if ":" in address else address
            target = urlunsplit(parts._replace(netloc=f"{shown}:{parts.port}" if parts.port else shown))
            try:
                return self._send(url, target, None)
            except VisitError as error:
                if error.kind not in ("connection", "refused"):
                    raise
                failure = error
        raise failure or VisitError("dns", url)

    def _send(self, url: str, target: str, proxy: str | None) -> _Answer:
        parts = urlsplit(url)
        headers = {**REQUEST_HEADERS, "User-Agent": user_agent(), "Host": parts.netloc}
        deadline = time.monotonic() + _WHOLE_ANSWER_SECONDS
        try:
            # A client of its own for each request: what keeps no connection keeps no cookie either.
            with (
                httpx.Client(
                    verify=self._context, proxy=proxy, trust_env=False, timeout=TIMEOUT_SECONDS, headers=headers
                ) as client,
                client.stream("GET", target, extensions={"sni_hostname": parts.hostname}) as response,
            ):
                body = b"".join(_bounded(response.iter_bytes(), url, deadline))
                return _Answer(response.status_code, response.headers, body)
        except httpx.HTTPError as error:
            raise VisitError(_kind(error), url, str(error)) from error
        except httpx.InvalidURL as error:
            raise VisitError("not_http", url, str(error)) from error

    def _wait(self, parts: SplitResult) -> None:
        """Wait until the host may be asked again, and note that it is asked now."""
        rules = self._robots.get(_place(parts))
        asked_for = robots_delay_seconds(rules, user_agent()) if isinstance(rules, Protego) else 0.0
        delay = max(self._delay_seconds, min(asked_for, _CRAWL_DELAY_MAX_SECONDS))
        host = parts.hostname or ""
        if host in self._asked_at:
            time.sleep(max(0.0, self._asked_at[host] + delay - time.monotonic()))
        self._asked_at[host] = time.monotonic()

    def _proxy(self, scheme: str, netloc: str) -> str | None:
        name = f"{scheme}_proxy"
        proxy = self._environment.get(name) or self._environment.get(name.upper())
        exceptions = self._environment.get("no_proxy") or self._environment.get("NO_PROXY") or ""
        return None if not proxy or proxy_bypass_environment(netloc, {"no": exceptions}) else proxy


def _bounded(chunks: Iterator[bytes], url: str, deadline: float) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > ANSWER_MAX_BYTES:
            raise VisitError("too_large", url, f"more than {ANSWER_MAX_BYTES:,} bytes")
        if time.monotonic() > deadline:
            raise VisitError("timeout", url, f"not whole after {_WHOLE_ANSWER_SECONDS:g} seconds")
        yield chunk


def _public_addresses(parts: SplitResult) -> list[str]:
    """Return the addresses that the host's name stands for.

    Raises:
        VisitError: it stands for none, or for one in a private network, on this machine, or otherwise not public.
    """
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or _PORTS[parts.scheme], type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise VisitError("dns", parts.geturl(), str(error)) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_public(address):
            raise VisitError("private_address", parts.geturl(), address)
    return addresses


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location.strip()).partition("#")[0]
    except ValueError as error:  # such as http://[
        raise VisitError("not_http", base, f"a redirect to {location!r}") from error


def _parts(url: str) -> SplitResult:
    """Return the parts of an address that may be visited.

    Raises:
        VisitError: it is no http or https address, its host is not in ASCII, or hides behind a name and an @.
    """
    try:
        parts = urlsplit(url)
        is_plain = (
            parts.scheme in _PORTS
            and bool(parts.hostname)
            and parts.netloc.isascii()
            and "@" not in parts.netloc
            and parts.port != 0
        )
    except ValueError as error:
        raise VisitError("not_http", url, str(error)) from error
    if not is_plain:
        raise VisitError("not_http", url)
    return parts


def _place(parts: SplitResult) -> str:
    """Return what a robots.txt speaks for: scheme, host and port."""
    return f"{parts.scheme}://{parts.netloc.lower()}"


_KINDS: Final = ((httpx.TimeoutException, "timeout"), (httpx.DecodingError, "data_loss"))


def _kind(error: httpx.HTTPError) -> str:
    """Return the word in which a crawl counts such an error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return certificate_kind(cause.verify_code, depth=0)
        if isinstance(cause, ssl.SSLError):
            return tls_kind_of(str(cause).replace("_", " ").lower())
        if isinstance(cause, ConnectionRefusedError):
            return "refused"
        cause = cause.__cause__ or cause.__context__
    return next((name for type_, name in _KINDS if isinstance(error, type_)), "connection")
