"""Errors of requests: the exceptions of our middlewares, and the kinds under which errors are counted.

Belongs here: the exceptions, and mapping every error to its kind. Does not belong here: what the kinds mean for the
verdict (see `spiders.crawl.verdict`), and raising the exceptions.
"""

from __future__ import annotations

import asyncio
from typing import Final

from OpenSSL import SSL
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from twisted.internet import error as twisted_error
from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure

TLS_KINDS: Final = frozenset(
    {
        "tls_certificate_expired",
        "tls_unknown_issuer",
        "tls_incomplete_chain",
        "tls_wrong_host",
        "tls_old_version",
        "tls_handshake",
    }
)
"""All kinds of TLS failures, which occur before a request is sent."""

UNEXPECTED: Final = "unexpected"
"""The kind of every exception that no other kind describes; the crawl's log has its traceback."""

PERMANENT_KINDS: Final = frozenset({"robots_denied", "out_of_scope", "too_large", "redirect_loop", "url_too_long"})
"""Kinds for which a retry would fail too: the request is not allowed, or the response is not a page of the portal."""

DOWN_KINDS: Final = frozenset({"dns", "timeout", "refused", "connection", "data_loss", "bad_response", *TLS_KINDS})
"""Kinds that mean that the portal is down, as HTTP statuses 500 to 599 do."""


class OutOfScopeError(IgnoreRequest):
    """A request out of the portal's scope: a redirect led there."""


class AlreadyCapturedError(IgnoreRequest):
    """A redirect to an article that the crawl has captured already; it is not requested twice."""


class ArchiveError(IgnoreRequest):
    """A response that could not be stored; the crawl is being stopped."""


class PrivateAddressError(IgnoreRequest):
    """A host whose IP address is not public: private, loopback or otherwise special."""


class UrlTooLongError(IgnoreRequest):
    """A URL that is too long to be a real one of a portal."""


class DecompressionRatioError(IgnoreRequest):
    """A body whose compression ratio is too high for a real page; it could fill memory."""


class UndecodableError(IgnoreRequest):
    """A body that cannot be decoded: its bytes are damaged, or its content encoding is not supported."""


class StoppedError(IgnoreRequest):
    """A request that is not sent because the crawl is being stopped."""


class RobotsDeniedError(IgnoreRequest):
    """A request that robots.txt forbids."""


class RobotsUnavailableError(IgnoreRequest):
    """A request that must not be sent because the host's robots.txt is unavailable.

    Attributes:
        reason: the exception, or the HTTP status of the response.
    """

    def __init__(self, url: str, reason: Exception | int) -> None:
        """Create the error for a request's URL."""
        super().__init__(f"{url}: robots.txt is unavailable: {reason}")
        self.reason = reason


class AnswerTooLargeError(Exception):
    """An answer with more headers, or more bytes around its body, than any real one has."""


class TlsError(Exception):
    """A rejected certificate.

    Attributes:
        kind: one of `TLS_KINDS`.
    """

    def __init__(self, kind: str, detail: str) -> None:
        """Create the error; `detail` is the description of OpenSSL or of the host name check."""
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


# The first type that fits gives the kind, so that special ones come before general ones.
_KINDS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (OutOfScopeError, "out_of_scope"),
    (UnsupportedURLSchemeError, "out_of_scope"),
    (ArchiveError, "not_stored"),
    (RobotsDeniedError, "robots_denied"),
    (PrivateAddressError, "private_address"),
    (UrlTooLongError, "url_too_long"),
    (DecompressionRatioError, "decompression_ratio"),
    (UndecodableError, "undecodable"),
    (StoppedError, "stopped"),
    (CannotResolveHostError, "dns"),
    (DownloadTimeoutError, "timeout"),
    (DownloadConnectionRefusedError, "refused"),
    (DownloadCancelledError, "too_large"),
    (ResponseDataLossError, "data_loss"),
    (DownloadFailedError, "connection"),
    (TunnelError, "connection"),  # the proxy cannot reach the host
    (AnswerTooLargeError, "bad_response"),
    # Scrapy wraps most errors of Twisted in its own, but not those of every resolver and every way to connect.
    (twisted_error.DNSLookupError, "dns"),
    (twisted_error.ConnectionRefusedError, "refused"),
    (twisted_error.TimeoutError, "timeout"),
    (twisted_error.ConnectError, "connection"),
    (twisted_error.ConnectionClosed, "connection"),
    (TimeoutError, "timeout"),
    (CancelledError, "stopped"),
    (asyncio.CancelledError, "stopped"),
)

KINDS: Final = frozenset({kind for _, kind in _KINDS} | TLS_KINDS | {"redirect_loop", UNEXPECTED})
"""All kinds of `error_kind`, besides `http_` and a status."""

# OpenSSL's messages if client and server have no TLS version in common: its own, and those of the server's alerts.
_NO_COMMON_VERSION: Final = (
    "unsupported protocol",
    "protocol version",
    "no protocols available",
    "wrong version number",
)

# X509_V_ERR_CERT_NOT_YET_VALID and CERT_HAS_EXPIRED; HOSTNAME_MISMATCH and IP_ADDRESS_MISMATCH; EE_KEY_TOO_SMALL,
# CA_KEY_TOO_SMALL and CA_MD_TOO_WEAK; UNABLE_TO_GET_ISSUER_CERT_LOCALLY and UNABLE_TO_VERIFY_LEAF_SIGNATURE
# (openssl-verification-options(1)).
_NOT_VALID_NOW: Final = frozenset({9, 10})
_TOO_WEAK: Final = frozenset({66, 67, 68})
_WRONG_HOST: Final = frozenset({62, 64})
_NO_ISSUER: Final = frozenset({20, 21})


def error_kind(error: BaseException | int | None) -> str:
    """Return the kind under which an exception or an HTTP status is counted.

    It is one of `KINDS`, or `http_<status>`. If robots.txt is unavailable, it is the kind of the reason.
    """
    if isinstance(error, int):
        return f"http_{error}"
    if isinstance(error, RobotsUnavailableError):
        return error_kind(error.reason)
    if isinstance(error, DownloadFailedError) and (kind := _kind_of_failed_download(error)):
        return kind
    if type(error) is IgnoreRequest and str(error) == "max redirections reached":
        return "redirect_loop"  # Scrapy has no type of its own for it
    return next((kind for type_, kind in _KINDS if isinstance(error, type_)), UNEXPECTED)


def tls_kind_of(message: str) -> str:
    """Return the kind of a handshake failure not caused by the certificate, from OpenSSL's message."""
    return "tls_old_version" if any(words in message for words in _NO_COMMON_VERSION) else "tls_handshake"


def certificate_kind(code: int, depth: int) -> str:
    """Return the kind of a rejected certificate.

    Args:
        code: OpenSSL's error (X509_V_ERR_…).
        depth: position of the certificate in the chain; 0 is the host's own.
    """
    if code in _NOT_VALID_NOW:
        return "tls_certificate_expired"
    if code in _WRONG_HOST:
        return "tls_wrong_host"
    if code in _TOO_WEAK:
        return "tls_handshake"
    # The host sent its own certificate, but no intermediate one.
    return "tls_incomplete_chain" if code in _NO_ISSUER and depth == 0 else "tls_unknown_issuer"


def _kind_of_failed_download(error: DownloadFailedError) -> str | None:
    """Return the kind of the failure of a connection; None if it just broke off."""
    is_bad = False
    for reason in getattr(error.__cause__, "reasons", ()):
        cause = reason.value if isinstance(reason, Failure) else reason
        if isinstance(cause, TlsError):
            return cause.kind
        if isinstance(cause, SSL.Error):
            return tls_kind_of(repr(cause))
        # Twisted's parser has failed: the answer is not HTTP, or its headers never end.
        is_bad |= not isinstance(cause, (twisted_error.ConnectionClosed, twisted_error.ConnectError, CancelledError))
    return "bad_response" if is_bad else None
