"""Content decoding of HTTP bodies: one rule for the crawl, the build and imports.

Headers are not always true, so the bytes decide where they can: a body that is plain, or in another format than the
header says, is read as what it is. What is certain is returned, and flags say what is missing or uncertain.
Belongs here: which encodings a body has, in which order. Does not belong here: the compression formats
(`warehouse.archive.warc.codecs`), the limits (`warehouse.http_policy`), WARC records
(`warehouse.archive.warc.records`), and character sets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from warehouse.archive.warc.codecs import (
    GZIP_MAGIC,
    ZSTD_MAGIC,
    CorruptStreamError,
    Stream,
    TooLargeError,
    gunzip,
    unbrotli,
    undeflate,
    unzstd,
)
from warehouse.http_policy import HTTP_POLICY

TRUNCATED: Final = "truncated"
"""Flag: the compressed body ends early, so that the end of the text is missing."""
CHECKSUM_FAILED: Final = "checksum_failed"
"""Flag: the compressed body's checksum is missing or wrong, so that characters of the text may be wrong."""

# Their streams begin with a magic number, so that the bytes say whether the header is true.
_WITH_MAGIC: Final = frozenset({"gzip", "x-gzip", "zstd"})
_WITHOUT_MAGIC: Final[dict[str, Callable[[bytes, int], Stream]]] = {"deflate": undeflate, "br": unbrotli}
# Encodings that exist but that nothing here decodes (RFC 9110, 8.4.1.1; RFC 9842).
_UNSUPPORTED: Final = frozenset({"compress", "x-compress", "dcb", "dcz"})

# The first bytes of markup (in UTF-8 or UTF-16), PDF, ZIP (and so DOCX), and older Office files.
_PLAIN_BEGIN: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,200}<[!?A-Za-z][\w\-]{2}|\xff\xfe<|\xfe\xff\x00<|<\x00[!?A-Za-z]\x00|\x00<\x00[!?A-Za-z]"
    rb"|%PDF-|PK\x03\x04|\xd0\xcf\x11\xe0"
)
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_HEAD_BYTES: Final = 512
# One in nine compressed bytes is a control character: that none of 200 is one does not happen by chance.
_SURE_HEAD_BYTES: Final = 200
# A body of these types that begins as gzip does is not what its header says.
_MARKUP_TYPE: Final = re.compile(r"\s*(?:text/(?:html|xml)|application/(?:[\w.\-]+\+)?xml)\s*(?:;.*)?", re.S | re.I)


class UndecodableBodyError(Exception):
    """A body that cannot be decoded: the encoding is unsupported, or the data is corrupt or too large."""


class UnpackedTooLargeError(UndecodableBodyError):
    """A body that unpacks to more bytes than a real page has; it could fill memory."""


@dataclass(frozen=True, slots=True)
class DecodedBody:
    """A body after content decoding.

    Attributes:
        content: the bytes.
        flags: `TRUNCATED` and `CHECKSUM_FAILED`, as far as they apply.
        is_proven_whole: whether a compressed stream shows by its end and its checksums that nothing is missing. Nothing
            shows it of a body that was not compressed.
    """

    content: bytes
    flags: tuple[str, ...] = ()
    is_proven_whole: bool = False


def decode(payload: bytes, headers: Sequence[tuple[bytes, bytes]]) -> DecodedBody:
    """Return a received body without its content encodings.

    Besides those named in the headers, gzip is undone that no header names if the media type is of HTML or XML and the
    stream is whole.

    Raises:
        UnpackedTooLargeError: it unpacks to more than 200 times its size and 1 MB, or to more than 50 MiB.
        UndecodableBodyError: an encoding is unsupported, or the data is corrupt.
    """
    encodings = [name for name in _values(headers, b"content-encoding") if _is_known(name)]
    if len(encodings) > HTTP_POLICY.encodings_max:
        raise UndecodableBodyError(f"the body has more than {HTTP_POLICY.encodings_max} content encodings")
    # All layers share the limit: otherwise each of them could multiply the size.
    max_bytes = HTTP_POLICY.decoded_max(len(payload))
    flags: set[str] = set()
    is_compressed = False
    body = payload
    try:
        for encoding in reversed(encodings):
            if (stream := _undo(body, encoding, max_bytes)) is not None:
                # Only the last layer is kept in memory.
                body, is_compressed = stream.body, True
                flags |= _flags_of(stream)
        if body.startswith(GZIP_MAGIC) and any(map(_MARKUP_TYPE.fullmatch, _values(headers, b"content-type"))):
            with suppress(CorruptStreamError):
                stream = gunzip(body, max_bytes)
                if stream.is_checked and not stream.is_cut:
                    body, is_compressed = stream.body, True
    except TooLargeError as error:
        raise UnpackedTooLargeError(
            f"the body unpacks to more than {max_bytes} bytes, from {len(payload)} bytes"
        ) from error
    except CorruptStreamError as error:
        raise UndecodableBodyError(f"the compressed body is corrupt: {error}") from error
    if TRUNCATED in flags and not body:
        raise UndecodableBodyError("the compressed body is cut off before its first byte")
    return DecodedBody(body, tuple(sorted(flags)), is_proven_whole=is_compressed and not flags)


def _flags_of(stream: Stream) -> set[str]:
    return ({TRUNCATED} if stream.is_cut else set()) | (set() if stream.is_checked else {CHECKSUM_FAILED})


def _undo(data: bytes, encoding: str, max_bytes: int) -> Stream | None:
    """Return what a body in a known encoding holds; None if the body is plain, whatever the header says."""
    if not data or _is_plain(data, _SURE_HEAD_BYTES):
        return None
    if unpack := _WITHOUT_MAGIC.get(encoding):
        with suppress(CorruptStreamError):
            return unpack(data, max_bytes)
    if data.startswith(GZIP_MAGIC):
        return gunzip(data, max_bytes)
    if ZSTD_MAGIC.match(data):
        return unzstd(data, max_bytes)
    if _is_plain(data, 1):
        return None
    if encoding in _UNSUPPORTED:
        raise UndecodableBodyError(f"the content encoding {encoding!r} is not supported")
    raise CorruptStreamError(f"it is not {encoding}")


def _is_plain(data: bytes, head_min: int) -> bool:
    """Return whether the bytes begin as a page or a file, or are text of at least `head_min` bytes."""
    if _PLAIN_BEGIN.match(data):
        return True
    return len(data) >= head_min and not _CONTROL.search(data, 0, _HEAD_BYTES)


def _is_known(encoding: str) -> bool:
    # Other values, such as `identity` or `utf-8`, are not encodings of bytes; browsers ignore them too.
    return encoding in _WITH_MAGIC or encoding in _WITHOUT_MAGIC or encoding in _UNSUPPORTED


def _values(headers: Sequence[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    """Return the comma-separated values of a header, in lower case."""
    return [
        value.strip().lower()
        for name, line in headers
        if name.lower() == wanted
        for value in line.decode("latin-1").split(",")
    ]
