"""Content decoding of HTTP bodies.

Belongs here: decompressing gzip and deflate up to a size limit.
Does not belong here: WARC records (`warehouse.archive.warc.records`), and character sets.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

# gzip can compress 1,000 bytes to 1. Very repetitive pages reach a ratio of 50; real pages stay far below the limits.
DECODED_MAX_BYTES = 200_000_000
DECODED_MAX_RATIO = 200
_ALWAYS_ALLOWED_BYTES = 1_000_000

# Encodings that exist but that the crawler does not accept (RFC 9110, 8.4.1; RFC 7932; RFC 8878; RFC 9842).
_UNSUPPORTED = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})


class UndecodableBodyError(Exception):
    """A body that cannot be decoded: encoding unsupported, or data corrupt, truncated or too large."""


def unpacked_max_bytes(packed_bytes: int) -> int:
    """Return the limit in bytes for unpacking a body of `packed_bytes`; larger output counts as an attack."""
    return min(DECODED_MAX_BYTES, max(_ALWAYS_ALLOWED_BYTES, DECODED_MAX_RATIO * packed_bytes))


def decoded(payload: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return a received body without the content encodings named in its headers.

    Raises:
        UndecodableBodyError: an encoding is unsupported, or the data is corrupt, truncated or too large.
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
        # `deflate` means the zlib format (RFC 9110), but some servers send a raw deflate stream.
        try:
            return _inflate(body, wbits=15)
        except UndecodableBodyError:
            return _inflate(body, wbits=-15)
    if encoding in _UNSUPPORTED:
        raise UndecodableBodyError(f"content encoding {encoding!r} is not supported")
    # A value such as `utf-8` is not a content encoding; browsers ignore it.
    return body


def _inflate(body: bytes, wbits: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=wbits)
    max_bytes = unpacked_max_bytes(len(body))
    try:
        unpacked = unpacker.decompress(body, max_bytes)
    except zlib.error as error:
        raise UndecodableBodyError(f"the compressed body is corrupt: {error}") from error
    if unpacker.unconsumed_tail:
        raise UndecodableBodyError(f"the body unpacks to more than {max_bytes} bytes")
    if not unpacker.eof:
        raise UndecodableBodyError("the compressed body is truncated")
    return unpacked
