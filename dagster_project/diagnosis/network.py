"""Examines the network: whether the hosts of the active portals can be reached as crawls reach them.

Each host gets one connection, and over https a TLS handshake; no request is sent, and robots.txt says nothing about
connections. Where a proxy is set, only the proxy is connected to.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from OpenSSL import SSL
from service_identity.exceptions import VerificationError
from service_identity.pyopenssl import verify_hostname

from dagster_project.diagnosis.diagnoses import FAIL, OK, WARN, Diagnosis
from spiders.fetch.connection.proxies import proxy_error, proxy_of
from spiders.fetch.connection.ssrf_guard import is_public
from spiders.fetch.connection.tls import tls_context
from spiders.portal import Portal, Tls

_SECONDS_MAX = 8.0
_AT_ONCE = 8
_PORTS = {"http": 80, "https": 443}
_WAY_OUT = "docs/operate.md#a-portal-is-red: unreachable; if it is every host: this machine's network, DNS or firewall"


@dataclass(frozen=True, slots=True)
class Target:
    """One address to connect to.

    Attributes:
        proxy: whether it is a proxy, so that it may have a private IP address, and is not spoken TLS with.
    """

    scheme: str
    host: str
    port: int
    tls: Tls
    proxy: bool = False


def examine_network(portals: Iterable[Portal]) -> Iterator[Diagnosis]:
    """Yield a diagnosis for each host of the portals, or for the proxy to it."""
    if complaint := proxy_error():
        yield Diagnosis("network", FAIL, complaint, "set the variable right")
        return
    found = targets_of(portals)
    if not found:
        yield Diagnosis("network", WARN, "no portal is active, so that no host was tried")
        return
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        yield from threads.map(_examine, found)


def targets_of(portals: Iterable[Portal]) -> list[Target]:
    """Return what to connect to for the portals, each once."""
    found: dict[tuple[str, int], Target] = {}
    for portal in portals:
        for url in (*portal.seed_urls, *portal.feeds, *portal.sitemaps):
            target = _target(url, portal.tls)
            found.setdefault((target.host, target.port), target)
    return list(found.values())


def _target(url: str, tls: Tls) -> Target:
    parts = urlsplit(url)
    proxy = None if proxy_bypass(parts.netloc) else proxy_of(parts.scheme)
    if proxy is not None:
        there = urlsplit(proxy)
        return Target(there.scheme, there.hostname or "", there.port or _PORTS[there.scheme], tls, proxy=True)
    return Target(parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme], tls)


def _examine(target: Target) -> Diagnosis:
    topic = f"network: {'proxy ' * target.proxy}{target.host}"
    began = time.monotonic()
    try:
        address = _connect(target)
    except (OSError, SSL.Error, VerificationError, UnicodeError) as error:
        return Diagnosis(topic, FAIL, f"port {target.port}: {_said(error)}", _WAY_OUT)
    spoken = "TLS" if target.scheme == "https" and not target.proxy else "TCP"
    return Diagnosis(topic, OK, f"{address} port {target.port}, {spoken}, {time.monotonic() - began:.1f} s")


def _connect(target: Target) -> str:
    """Connect, over https with TLS as crawls do, and return the IP address.

    Raises:
        OSError: there is no address that crawls allow, or it does not answer in time.
        SSL.Error: the handshake failed, or the certificate is not trusted.
        VerificationError: the certificate is another host's.
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(address[4][0]) for address in found))
    allowed = [address for address in addresses if target.proxy or is_public(address)]
    if not allowed:
        raise OSError(f"{', '.join(addresses)}: not a public IP address, so that crawls refuse it")
    # Crawls try the next address, too, when one does not answer.
    for address in allowed:
        try:
            with socket.create_connection((address, target.port), _SECONDS_MAX / len(allowed)) as connection:
                if target.scheme == "https" and not target.proxy:
                    _shake_hands(connection, target)
            return address
        except OSError as error:
            last = error
    raise last


def _shake_hands(connection: socket.socket, target: Target) -> None:
    context = tls_context(target.tls)
    context.set_verify(SSL.VERIFY_PEER)
    tls = SSL.Connection(context, connection)
    tls.set_tlsext_host_name(target.host.encode("idna"))
    tls.set_connect_state()
    until = time.monotonic() + _SECONDS_MAX
    while True:
        try:
            tls.do_handshake()
            break
        except SSL.WantReadError:  # the socket has a timeout, so OpenSSL does not wait itself
            if not select.select([connection], [], [], max(0.0, until - time.monotonic()))[0]:
                raise TimeoutError("no TLS handshake in time") from None
    verify_hostname(tls, target.host)


def _said(error: Exception) -> str:
    if isinstance(error, SSL.Error):
        reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
        return f"TLS: {', '.join(str(reason[-1]) for reason in reasons) or 'the server ended the handshake'}"
    if isinstance(error, VerificationError):
        return "TLS: the certificate is for another host"
    return str(error) or type(error).__name__
