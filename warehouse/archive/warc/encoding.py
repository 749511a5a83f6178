"""Content encodings: from a body as received to the page that a browser would have shown.

Here: undoing gzip and deflate, bounded. Not here: WARC records (`warehouse.archive.warc`), and what a page says.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

# gzip can pack a thousand bytes into one. Lists that repeat one row for ever come to fifty; no honest page comes near
# these bounds.
DECODED_MAX_BYTES = 200_000_000
DECODED_MAX_RATIO = 200
_RATIO_FREE_BYTES = 1_000_000

# Encodings that exist; the crawler does not offer to take them (RFC 9110, 8.4.1; RFC 7932; RFC 8878).
_NOT_UNDERSTOOD = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})


class UndecodableBodyError(Exception):
    """A body whose content encoding is unknown or broken."""


def unpacked_max_bytes(packed_bytes: int) -> int:
    """Return how large a body of that many bytes may be when it is unpacked; what unpacks to more is hostile."""
    return min(DECODED_MAX_BYTES, max(_RATIO_FREE_BYTES, DECODED_MAX_RATIO * packed_bytes))


def decoded(payload: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return a body as received without the content encodings that its headers name.

    Raises:
        UndecodableBodyError: a content encoding is not understood, or the bytes do not fit it.
    """
    encodings = [
        encoding.strip().lower()
        for name, value in headers
        if name.lower() == b"content-encoding"
        for encoding in value.decode("latin-1").split(",")
    ]
    for encoding in reversed(encodings):
        payload = _decode(payload, encoding)
    return payload


def _decode(body: bytes, encoding: str) -> bytes:
    if encoding in ("gzip", "x-gzip"):
        return _inflate(body, wbits=31)
    if encoding == "deflate":
        # RFC 9110 means zlib's format by `deflate`; some servers send the bare stream.
        try:
            return _inflate(body, wbits=15)
        except UndecodableBodyError:
            return _inflate(body, wbits=-15)
    if encoding in _NOT_UNDERSTOOD:
        raise UndecodableBodyError(f"content encoding {encoding!r} is not understood")
    # A header such as `utf-8` names no encoding; browsers show such a body as it is.
    return body


def _inflate(body: bytes, wbits: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=wbits)
    max_bytes = unpacked_max_bytes(len(body))
    try:
        unpacked = unpacker.decompress(body, max_bytes)
    except zlib.error as error:
        raise UndecodableBodyError(f"the body does not fit its content encoding: {error}") from error
    if unpacker.unconsumed_tail:
        raise UndecodableBodyError(f"the body unpacks to more than {max_bytes} bytes")
    if not unpacker.eof:
        raise UndecodableBodyError("the body ends before its content encoding does")
    return unpacked
