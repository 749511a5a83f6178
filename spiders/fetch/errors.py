"""Errors of requests: the exceptions of our middlewares, and the kinds under which errors are counted.

Belongs here: the exceptions, and mapping every error to its kind. Does not belong here: what the kinds mean for the
verdict (see `spiders.crawl.verdict`), and raising the exceptions.
"""

from __future__ import annotations

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
)
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

PERMANENT_KINDS: Final = frozenset({"robots_denied", "out_of_scope", "too_large", "redirect_loop", "url_too_long"})
"""Kinds for which a retry would fail too: the request is not allowed, or the response is not a page of the portal."""

DOWN_KINDS: Final = frozenset({"dns", "timeout", "refused", "connection", "data_loss", *TLS_KINDS})
"""Kinds that mean that the portal is down, as HTTP statuses 500 to 599 do."""


class OutOfScopeError(IgnoreRequest):
    """A request out of the portal's scope: a redirect led there."""


class ArchiveError(IgnoreRequest):
    """A response that could not be stored; the crawl is being stopped."""


class PrivateAddressError(IgnoreRequest):
    """A host whose IP address is not public: private, loopback or otherwise special."""


class UrlTooLongError(IgnoreRequest):
    """A URL that is too long to be a real one of a portal."""


class DecompressionRatioError(IgnoreRequest):
    """A body whose compression ratio is too high for a real page; it could fill memory."""


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


class TlsError(Exception):
    """A rejected certificate.

    Attributes:
        kind: one of `TLS_KINDS`.
    """

    def __init__(self, kind: str, detail: str) -> None:
        """Create the error; `detail` is the description of OpenSSL or of the host name check."""
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


_KINDS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (OutOfScopeError, "out_of_scope"),
    (ArchiveError, "not_stored"),
    (RobotsDeniedError, "robots_denied"),
    (PrivateAddressError, "private_address"),
    (UrlTooLongError, "url_too_long"),
    (DecompressionRatioError, "decompression_ratio"),
    (StoppedError, "stopped"),
    (CannotResolveHostError, "dns"),
    (DownloadTimeoutError, "timeout"),
    (DownloadConnectionRefusedError, "refused"),
    (DownloadCancelledError, "too_large"),
    (ResponseDataLossError, "data_loss"),
    (DownloadFailedError, "connection"),
    (TunnelError, "connection"),  # the proxy cannot reach the host
)
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
    """Return the kind under which an exception or an HTTP status is counted."""
    if isinstance(error, int):
        return f"http_{error}"
    if isinstance(error, RobotsUnavailableError):
        return error_kind(error.reason)
    if isinstance(error, DownloadFailedError) and (kind := _tls_kind(error)):
        return kind
    if type(error) is IgnoreRequest:
        # Scrapy raises plain IgnoreRequest for both, with different messages.
        return "redirect_loop" if str(error) == "max redirections reached" else "too_large"
    return next((name for type_, name in _KINDS if isinstance(error, type_)), type(error).__name__)


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


def _tls_kind(error: DownloadFailedError) -> str | None:
    """Return the kind of a TLS failure; None if the download failed for another reason."""
    for reason in getattr(error.__cause__, "reasons", ()):
        cause = reason.value if isinstance(reason, Failure) else reason
        if isinstance(cause, TlsError):
            return cause.kind
        if isinstance(cause, SSL.Error):
            return tls_kind_of(repr(cause))
    return None
