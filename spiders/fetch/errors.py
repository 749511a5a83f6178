"""Why a request came to nothing, in the words under which crawls and visits count it.

Here: the exceptions that the project's own parts of the downloader raise, and the kind of every error. Not here: what
a verdict makes of the kinds (`spiders.crawl.verdict`), or how an error comes about.
"""

from __future__ import annotations

from typing import Final

from OpenSSL import SSL
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
"""Every way in which TLS fails before a request is sent."""

REFUSED_FOR_GOOD: Final = frozenset({"robots_denied", "out_of_scope", "too_large", "redirect_loop", "url_too_long"})
"""Nobody may ask for these, or what came is none of the portal's: asking again leads nowhere."""

PORTAL_IS_DOWN: Final = frozenset({"dns", "timeout", "refused", "connection", "data_loss", *TLS_KINDS})
"""Kinds that say that nobody answers; so do the statuses from 500 on."""


class OutOfScopeError(IgnoreRequest):
    """A redirect that leads out of the portal's scope."""


class ArchiveError(IgnoreRequest):
    """A response that could not be stored; the crawl of its portal is being stopped."""


class PrivateAddressError(IgnoreRequest):
    """A host that stands for an address in a private network, on this machine, or otherwise not public."""


class UrlTooLongError(IgnoreRequest):
    """An address longer than any that a portal makes in earnest."""


class DecompressionRatioError(IgnoreRequest):
    """A body that unpacks to so many times its size that it is made to fill memory."""


class StoppedError(IgnoreRequest):
    """A request that is not sent any more, since the crawl of its portal is being stopped."""


class RobotsUnavailableError(IgnoreRequest):
    """A request that nobody may send, since the host's robots.txt could not be had.

    Attributes:
        reason: why not: the exception, or the status of the answer.
    """

    def __init__(self, url: str, reason: Exception | int) -> None:
        """Name the address that was not asked for, and the reason."""
        super().__init__(f"{url}: robots.txt could not be had: {reason}")
        self.reason = reason


class TlsError(Exception):
    """A certificate that is not accepted.

    Attributes:
        kind: one of `TLS_KINDS`.
    """

    def __init__(self, kind: str, detail: str) -> None:
        """Name the kind, and what is wrong in OpenSSL's words."""
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


_KINDS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (OutOfScopeError, "out_of_scope"),
    (ArchiveError, "not_stored"),
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
)
_REFUSED_BY_SCRAPY: Final = {"Forbidden by robots.txt": "robots_denied", "max redirections reached": "redirect_loop"}
# OpenSSL's words where client and server have no TLS version in common: its own, and those of the server's alert.
_NO_COMMON_VERSION: Final = (
    "unsupported protocol",
    "protocol version",
    "no protocols available",
    "wrong version number",
)

# X509_V_ERR_CERT_NOT_YET_VALID and CERT_HAS_EXPIRED; HOSTNAME_MISMATCH and IP_ADDRESS_MISMATCH; EE_KEY_TOO_SMALL,
# CA_KEY_TOO_SMALL and CA_MD_TOO_WEAK; UNABLE_TO_GET_ISSUER_CERT_LOCALLY and UNABLE_TO_VERIFY_LEAF_SIGNATURE
# (openssl-verification-options(1)).
_OUT_OF_ITS_DATES: Final = frozenset({9, 10})
_TOO_WEAK: Final = frozenset({66, 67, 68})
_WRONG_HOST: Final = frozenset({62, 64})
_NO_ISSUER: Final = frozenset({20, 21})


def error_kind(error: BaseException | int | None) -> str:
    """Return the kind under which an error, or a status that is one, is counted."""
    if isinstance(error, int):
        return f"http_{error}"
    if isinstance(error, RobotsUnavailableError):
        return error_kind(error.reason)
    if isinstance(error, DownloadFailedError) and (kind := _tls_kind(error)):
        return kind
    if type(error) is IgnoreRequest:
        # Scrapy's own refusals differ in their words alone.
        return _REFUSED_BY_SCRAPY.get(str(error), "too_large")
    return next((name for type_, name in _KINDS if isinstance(error, type_)), type(error).__name__)


def tls_kind_of(message: str) -> str:
    """Return the kind of a handshake that failed for another reason than the certificate, by OpenSSL's words."""
    return "tls_old_version" if any(words in message for words in _NO_COMMON_VERSION) else "tls_handshake"


def certificate_kind(code: int, depth: int) -> str:
    """Return the kind of a certificate that is not accepted.

    Args:
        code: OpenSSL's error (X509_V_ERR_…).
        depth: where in the chain it stands; 0 is the host's own certificate.
    """
    if code in _OUT_OF_ITS_DATES:
        return "tls_certificate_expired"
    if code in _WRONG_HOST:
        return "tls_wrong_host"
    if code in _TOO_WEAK:
        return "tls_handshake"
    # The host sent its own certificate, and none that leads from it to a root.
    return "tls_incomplete_chain" if code in _NO_ISSUER and depth == 0 else "tls_unknown_issuer"


def _tls_kind(error: DownloadFailedError) -> str | None:
    """Return the kind of a failure of TLS; None where a download failed of something else."""
    for reason in getattr(error.__cause__, "reasons", ()):
        cause = reason.value if isinstance(reason, Failure) else reason
        if isinstance(cause, TlsError):
            return cause.kind
        if isinstance(cause, SSL.Error):
            return tls_kind_of(repr(cause))
    return None
