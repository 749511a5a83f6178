"""Which addresses may be connected to: public ones alone, judged after DNS has been asked.

A link or a redirect can name this machine, a cloud's metadata service or an office's inner network, and so can DNS.
Here: the rule, for crawls and visits alike, and its two places in Scrapy: the resolver, whose answer is the address
that is connected to, and a middleware that names the refusal. Not here: the portal's scope (`spiders.portal`).
Behind a proxy nobody here sees what a name stands for; the guard then refuses numbers alone, and says so in the log.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Sequence
from typing import Any, ClassVar, Final, Self
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, NotConfigured
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from spiders.fetch.errors import PrivateAddressError

_GUARD_SETTING: Final = "SSRF_GUARD_ENABLED"

_logger = logging.getLogger(__name__)


def guard_settings(*, serves_mirror: bool) -> dict[str, Any]:
    """Return the Scrapy settings of both parts; they are off only where what is crawled is played on this machine."""
    if serves_mirror:
        return {_GUARD_SETTING: False}
    return {_GUARD_SETTING: True, "DNS_RESOLVER": GuardedResolver}


def is_public(address: str) -> bool:
    """Tell whether an IP address, with a zone or without, is one of the public Internet and of one host."""
    number = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(number, ipaddress.IPv6Address):
        if number.ipv4_mapped:
            number = number.ipv4_mapped
        elif number.sixtofour or number.teredo:  # a tunnel, whose end may be anywhere
            return False
    return number.is_global and not (number.is_multicast or number.is_reserved)


def address_of_number(host: str) -> str | None:
    """Return the IP address that a host name spells by itself; None where it is a name.

    Resolvers read more spellings of IPv4 than one: `2130706433`, `0x7f.1`, `0177.0.0.1` are all 127.0.0.1.
    """
    bare = host.removeprefix("[").removesuffix("]").removesuffix(".")
    try:
        return str(ipaddress.ip_address(bare.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(bare)) if bare and not bare[-1:].isspace() else None
    except (OSError, UnicodeError):
        return None


class GuardedResolver(CachingThreadedResolver):
    """Scrapy's resolver, which gives out public addresses alone.

    Twisted connects to what it is given here, numbers included, and asks nobody a second time.

    Attributes:
        refused: names that stand for an address that is not public, with that address. Twisted drops the error of a
            resolver, so this is how the middleware learns of it; of the process, as Scrapy's cache of names is.
    """

    refused: ClassVar[dict[str, str]] = {}

    def __init__(self, reactor: ReactorBase, cache_size: int, timeout: float, allowed: frozenset[str]) -> None:
        """Give out the addresses of the hosts in `allowed` whatever they are: those of the proxies."""
        super().__init__(reactor, cache_size, timeout)
        self._allowed = allowed

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """Return the resolver that a process installs; it takes the settings of the process, not of one crawl."""
        settings = crawler.settings
        cache_size = settings.getint("DNSCACHE_SIZE") if settings.getbool("DNSCACHE_ENABLED") else 0
        return cls(reactor, cache_size, settings.getfloat("DNS_TIMEOUT"), frozenset(proxy_hosts()))

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802 - Twisted's name
        """Return the address that a name stands for; it fails with `DNSLookupError` where that is not public."""
        return super().getHostByName(name, timeout).addCallback(self._judge, name)

    def _judge(self, address: str, name: str) -> str:
        if name in self._allowed or is_public(address):
            return address
        self.refused[name] = address
        raise DNSLookupError(f"{name} stands for {address}, which is not public")


class SsrfGuardMiddleware:
    """Refuses numbers that are not public, and names the refusals of `GuardedResolver`."""

    def __init__(self, proxies: frozenset[str]) -> None:
        """Know the hosts of the proxies: the resolver lets them through, so nothing else may be asked of them."""
        self._proxies = proxies

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware, unless the run serves a mirror."""
        if not crawler.settings.getbool(_GUARD_SETTING):
            raise NotConfigured
        proxies = frozenset(proxy_hosts())
        if proxies:
            _logger.warning(
                "Requests go through a proxy (%s): what a host name stands for is for the proxy to judge, and the "
                "guard against private addresses sees numbers alone",
                ", ".join(sorted(proxies)),
            )
        return cls(proxies)

    def process_request(self, request: Request) -> None:
        """Raise `PrivateAddressError` for a number that is not public, and for a proxy asked as if it were a portal."""
        host = urlsplit(request.url).hostname or ""
        number = address_of_number(host)
        if number is not None and not is_public(number):
            raise PrivateAddressError(f"{request.url}: {number} is not public")
        if host in self._proxies and not request.meta.get("proxy"):
            raise PrivateAddressError(f"{request.url}: {host} is the proxy")

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Raise `PrivateAddressError` in place of the DNS error of a name that the resolver refused."""
        address = GuardedResolver.refused.get(urlsplit(request.url).hostname or "")
        if address is not None and isinstance(exception, CannotResolveHostError):
            raise PrivateAddressError(f"{request.url}: its host stands for {address}") from exception


def proxy_hosts() -> set[str]:
    """Return the hosts of the proxies that the environment names, as Scrapy reads them."""
    urls = [url for scheme, url in getproxies().items() if scheme in ("http", "https")]
    return {host for url in urls if (host := urlsplit(url if "//" in url else f"//{url}").hostname)}
