"""The SSRF guard: allows connections to public IP addresses only, checked after DNS resolution.

A link, a redirect or DNS can point to this machine, a cloud's metadata service or an internal network. If a proxy is
used, the proxy resolves names; the guard then logs a warning and can refuse only URLs whose host is a non-public IP
address or the proxy. An operator can allow private networks and this machine for one command, to reach a staging server
of their own; no portal file can.
Belongs here: the rule, a resolver that applies it to the address of each connection, and a middleware that raises
`PrivateAddressError`. Does not belong here: the portal's scope (see `spiders.portal`).
"""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final, Self, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, NotConfigured
from scrapy.resolver import CachingHostnameResolver
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.base import ReactorBase
from twisted.internet.interfaces import IAddress, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from spiders.fetch.connection.proxies import proxy_hosts
from spiders.fetch.errors import PrivateAddressError

_GUARD_SETTING: Final = "SSRF_GUARD_ENABLED"
_PRIVATE_SETTING: Final = "SSRF_GUARD_ALLOWS_PRIVATE"

# What `--allow-private` allows: this machine and private networks, but not the metadata services of clouds, which are
# link-local, except one.
_PRIVATE_NETWORKS: Final = tuple(
    map(ipaddress.ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"))
)
# A gateway translates these addresses to the IPv4 address in their last four bytes (NAT64; RFC 6052, 2.1).
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# What Python takes for global, in some versions at least: protocol assignments with a metadata service in them (RFC
# 6890), the relays of 6to4 (RFC 7526), the services of an Azure host, former site-local addresses (RFC 3879), and
# documentation (RFC 9637).
_NOT_PUBLIC: Final = tuple(
    map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "fec0::/10", "3fff::/20"))
)
# The middle of an address that a tunnel translates to the IPv4 address in its last four bytes (ISATAP; RFC 5214, 6.1).
_ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})
_METADATA_ADDRESS: Final = ipaddress.ip_address("fd00:ec2::254")

_logger = logging.getLogger(__name__)


def guard_settings(*, serves_mirror: bool, allows_private: bool = False) -> dict[str, Any]:
    """Return the Scrapy settings of the guard; it is off only if a local mirror serves all portals.

    With `allows_private`, it also allows private networks and this machine.
    """
    if serves_mirror:
        # Scrapy's default resolver knows no IPv6.
        return {_GUARD_SETTING: False, "TWISTED_DNS_RESOLVER": CachingHostnameResolver}
    return {_GUARD_SETTING: True, _PRIVATE_SETTING: allows_private, "TWISTED_DNS_RESOLVER": GuardedResolver}


def is_public(address: str) -> bool:
    """Return whether an IP address, with or without an IPv6 zone, is a public unicast address."""
    number = _unmapped(address)
    if isinstance(number, ipaddress.IPv6Address):
        if number in _NAT64:
            number = ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
        elif number.sixtofour or number.teredo or int(number) >> 32 & 0xFFFFFFFF in _ISATAP:
            return False  # a tunnel to any address
    if any(number in network for network in _NOT_PUBLIC):
        return False
    return number.is_global and not (number.is_multicast or number.is_reserved)


def is_private(address: str) -> bool:
    """Return whether an IP address is of this machine or of a private network, and is no metadata service."""
    number = _unmapped(address)
    return number != _METADATA_ADDRESS and any(number in network for network in _PRIVATE_NETWORKS)


def _unmapped(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    number = ipaddress.ip_address(address.partition("%")[0])
    mapped = number.ipv4_mapped if isinstance(number, ipaddress.IPv6Address) else None
    return mapped or number


def _is_allowed(address: str, *, allows_private: bool) -> bool:
    return is_public(address) or (allows_private and is_private(address))


def address_of_number(host: str) -> str | None:
    """Return the IP address of a host that is written as one in any form; None if the host is a name.

    Resolvers accept several forms of IPv4 addresses: `2130706433`, `0x7f.1` and `0177.0.0.1` are all 127.0.0.1.
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


class GuardedResolver(CachingHostnameResolver):
    """Scrapy's resolver of IPv4 and IPv6 addresses, limited to public ones.

    Twisted calls it for hosts that are IP addresses too, and connects to the returned addresses without resolving
    again. Of a name with several addresses only the allowed ones are returned.

    Attributes:
        refused: a non-public address by host name, of each name that has no other, for the middleware, because Twisted
            drops a resolver's error. The whole process shares it, like Scrapy's DNS cache.
    """

    refused: ClassVar[dict[str, str]] = {}

    def __init__(
        self, reactor: ReactorBase, cache_size: int, allowed: frozenset[str], *, allows_private: bool = False
    ) -> None:
        """Create the resolver; `allowed` are the proxies, whose addresses need not be public."""
        super().__init__(reactor, cache_size)
        self._allowed = allowed
        self._allows_private = allows_private

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """Return the resolver; Scrapy passes its process as `crawler`, so these are the process's settings."""
        settings = crawler.settings
        cache_size = settings.getint("DNSCACHE_SIZE") if settings.getbool("DNSCACHE_ENABLED") else 0
        return cls(reactor, cache_size, frozenset(proxy_hosts()), allows_private=settings.getbool(_PRIVATE_SETTING))

    def resolveHostName(  # noqa: N802 - Twisted's name
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803 - Twisted's name
        hostName: str,  # noqa: N803 - Twisted's name
        portNumber: int = 0,  # noqa: N803 - Twisted's name
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803 - Twisted's name
        transportSemantics: str = "TCP",  # noqa: N803 - Twisted's name
    ) -> IHostResolution:
        """Pass the allowed addresses of a host to the receiver."""

        def is_allowed(address: str) -> bool:
            return hostName in self._allowed or _is_allowed(address, allows_private=self._allows_private)

        guarded = cast("IResolutionReceiver", _GuardedReceiver(resolutionReceiver, hostName, is_allowed, self.refused))
        return super().resolveHostName(guarded, hostName, portNumber, addressTypes, transportSemantics)


@implementer(IResolutionReceiver)
class _GuardedReceiver:
    """Passes allowed addresses on, and notes in `refused` the address of a name that has no allowed one."""

    def __init__(
        self, receiver: IResolutionReceiver, name: str, is_allowed: Callable[[str], bool], refused: dict[str, str]
    ) -> None:
        self._receiver: Any = receiver  # mypy takes the methods of zope's interfaces for static ones
        self._name = name
        self._is_allowed = is_allowed
        self._refused = refused
        self._has_allowed = False
        self._not_allowed: str | None = None

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802 - Twisted's name
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IPv4Address | IPv6Address) -> None:  # noqa: N802 - Twisted's name
        if self._is_allowed(address.host):
            self._has_allowed = True
            self._receiver.addressResolved(address)
        else:
            self._not_allowed = address.host

    def resolutionComplete(self) -> None:  # noqa: N802 - Twisted's name
        if self._not_allowed is not None and not self._has_allowed:
            self._refused[self._name] = self._not_allowed
        self._receiver.resolutionComplete()


class SsrfGuardMiddleware:
    """Refuses hosts that are non-public IP addresses, and reports the refusals of `GuardedResolver`."""

    def __init__(self, proxies: frozenset[str], *, allows_private: bool = False) -> None:
        """Create the middleware; it refuses URLs whose host is a proxy, which the resolver allows."""
        self._proxies = proxies
        self._allows_private = allows_private

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware, unless a mirror on this machine serves all portals."""
        if not crawler.settings.getbool(_GUARD_SETTING):
            raise NotConfigured
        proxies = frozenset(proxy_hosts())
        if proxies:
            _logger.warning(
                "Requests go through a proxy (%s), which resolves host names: the SSRF guard can only refuse URLs with "
                "a non-public IP address as host",
                ", ".join(sorted(proxies)),
            )
        return cls(proxies, allows_private=crawler.settings.getbool(_PRIVATE_SETTING))

    def process_request(self, request: Request) -> None:
        """Raise `PrivateAddressError` for a host that is a non-public IP address or a proxy."""
        host = urlsplit(request.url).hostname or ""
        number = address_of_number(host)
        if number is not None and not _is_allowed(number, allows_private=self._allows_private):
            raise PrivateAddressError(f"{request.url}: {number} is not public")
        if host in self._proxies and not request.meta.get("proxy"):
            raise PrivateAddressError(f"{request.url}: {host} is the proxy")

    def process_exception(self, request: Request, exception: Exception) -> None:
        """If the resolver refused the name, raise `PrivateAddressError` in place of the DNS error."""
        address = GuardedResolver.refused.get(urlsplit(request.url).hostname or "")
        if address is not None and isinstance(exception, CannotResolveHostError):
            message = f"{request.url}: its host resolves to {address}, which is not public"
            raise PrivateAddressError(message) from exception
