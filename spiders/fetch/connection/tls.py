"""TLS per portal: verifies certificates, classifies failures, allows old servers if the file says so.

Belongs here: the OpenSSL context of a portal's connections, and the download handler that uses it. Does not belong
here: the TLS keys of a portal's file (see `spiders.portal.Tls`); none of them turns verification off.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from OpenSSL import SSL, crypto
from scrapy.crawler import Crawler
from service_identity import VerificationError
from service_identity.hazmat import DNS_ID, IPAddress_ID, ServiceID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

from spiders.fetch.connection.download import HttpDownloadHandler
from spiders.fetch.connection.ssrf_guard import address_of_number
from spiders.fetch.errors import TlsError, certificate_kind
from spiders.portal import Tls

TLS_SETTING: Final = "PORTAL_TLS"
"""Setting: the `spiders.portal.Tls` of the crawler's portal."""

_VERSIONS: Final = {"1.0": SSL.TLS1_VERSION, "1.1": SSL.TLS1_1_VERSION, "1.2": SSL.TLS1_2_VERSION}


class PortalDownloadHandler(HttpDownloadHandler):
    """The handler for https, with the TLS of the crawler's portal."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # A private name of Scrapy, whose own factory does not report why it rejects a certificate. The setting for
        # another factory is deprecated in favour of subclassing this handler (scrapy/scrapy#7352), but it has no public
        # hook. `tests.spiders.fetch.test_scrapy_internals` fails if Scrapy changes the name.
        self._contextFactory = cast("IPolicyForHTTPS", PortalTlsPolicy(crawler.settings.get(TLS_SETTING, Tls())))


@implementer(IPolicyForHTTPS)
class PortalTlsPolicy:
    """Creates the TLS layer of every connection of one crawler."""

    def __init__(self, tls: Tls) -> None:
        """Create the policy with the context of one portal."""
        self._context = tls_context(tls)

    def creatorForNetloc(self, hostname: bytes, port: int) -> _ConnectionCreator:  # noqa: N802 - Twisted's interface
        """Return the creator of connections to a host."""
        return _ConnectionCreator(self._context, hostname.decode("ascii"))


def tls_context(tls: Tls) -> SSL.Context:
    """Return a client's context with the system's root certificates and the options of the portal's file."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_default_verify_paths()
    store = context.get_cert_store()
    if store is None:
        raise RuntimeError("OpenSSL created a context without a certificate store")
    for pem in tls.certificates():
        # These are intermediate certificates: OpenSSL accepts a chain only if it ends at a self-signed root.
        store.add_cert(crypto.X509.from_cryptography(pem))
    context.set_min_proto_version(_VERSIONS[tls.minimum_version])
    if tls.minimum_version != "1.2":
        # TLS 1.0 and 1.1 sign their handshake with SHA-1, which OpenSSL allows only at level 0.
        context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
    elif tls.allow_old_ciphers:
        context.set_cipher_list(b"DEFAULT:@SECLEVEL=1")
    if tls.allow_legacy_renegotiation:
        context.set_options(SSL.OP_LEGACY_SERVER_CONNECT)
    return context


@implementer(IOpenSSLClientConnectionCreator)
class _ConnectionCreator:
    """Creates TLS connections to one host, and reports why a certificate is rejected."""

    def __init__(self, context: SSL.Context, host: str) -> None:
        self._context = context
        self._host = host
        self._is_name = address_of_number(host) is None
        self._identity: ServiceID = DNS_ID(host) if self._is_name else IPAddress_ID(host)

    def clientConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N802 - Twisted's name
        connection = SSL.Connection(self._context)
        if self._is_name:  # an IP address is not a server name (RFC 6066, 3)
            connection.set_tlsext_host_name(self._host.encode("ascii"))
        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, self._verifier(protocol))
        return connection

    def _verifier(self, protocol: TLSMemoryBIOProtocol) -> Callable[[SSL.Connection, crypto.X509, int, int, int], bool]:
        def verify(_: SSL.Connection, certificate: crypto.X509, code: int, depth: int, is_trusted: int) -> bool:
            try:
                self._check(certificate, code, depth, is_trusted=bool(is_trusted))
            except Exception as error:  # any error: OpenSSL would ignore it
                protocol.failVerification(Failure(error))  # type: ignore[no-untyped-call]  # Twisted's
                return False
            return True

        return verify

    def _check(self, certificate: crypto.X509, code: int, depth: int, *, is_trusted: bool) -> None:
        """Raise `TlsError` if a certificate of the chain is rejected."""
        if not is_trusted:
            raise TlsError(certificate_kind(code, depth), f"{self._host}: OpenSSL's error {code} at depth {depth}")
        if depth == 0:
            try:
                verify_service_identity(extract_patterns(certificate), [self._identity], [])
            except VerificationError as error:
                raise TlsError("tls_wrong_host", f"{self._host}: {error}") from error
