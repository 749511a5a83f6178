"""Decompresses gzip, deflate, brotli and zstd streams as servers really send them, up to a size limit.

Servers send gzip in several members, without its trailer, cut off, or followed by padding. Browsers show what such a
stream holds. So does this module, and `Stream` says what is missing or uncertain.
Belongs here: one function per compression format, and its tolerance. Does not belong here: which format a body has
(`warehouse.archive.warc.encoding`).
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import brotli
from backports import zstd

GZIP_MAGIC: Final = b"\x1f\x8b\x08"
"""The first bytes of a gzip member: its magic number, and the only compression method (RFC 1952, 2.3.1)."""
ZSTD_MAGIC: Final = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")
"""The first bytes of a zstd frame, or of a frame to skip (RFC 8878, 3.1)."""

# The libraries copy the input that follows a member's end. With slices, a million tiny members cost little.
_SLICE_BYTES: Final = 65_536
# A server that ends a member each time it flushes sends some hundreds.
_MEMBERS_MAX: Final = 10_000
_GZIP_HEADER_BYTES: Final = 10
_GZIP_TRAILER_BYTES: Final = 8
_CRC_BYTES: Final = 4
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT, _RESERVED = 2, 4, 8, 16, 224  # flags of a gzip header (RFC 1952, 2.3.1)
_PADDING: Final = re.compile(rb"\x00*")
# 8 MB, the largest window that a body may ask for (RFC 9659, 3); it is allocated before any output.
_ZSTD_OPTIONS: Final[dict[int, int]] = {zstd.DecompressionParameter.window_log_max: 23}


class CorruptStreamError(ValueError):
    """The bytes are not a stream of the format, or its first member is damaged inside."""


class TooLargeError(ValueError):
    """The stream unpacks to more bytes than allowed."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What a compressed stream holds.

    Attributes:
        body: the unpacked bytes.
        is_cut: whether the stream ends early; the end of the body is then missing.
        is_checked: whether the checksums are there and fit; true if the format or the stream has none.
    """

    body: bytes
    is_cut: bool = False
    is_checked: bool = True


@dataclass(frozen=True, slots=True)
class _Member:
    """A gzip member or a zstd frame; `end` is None if the data ends before it."""

    body: bytes
    end: int | None
    is_checked: bool = True


class _Output:
    """Collects unpacked pieces, and raises `TooLargeError` as soon as they exceed the limit."""

    def __init__(self, max_bytes: int) -> None:
        self._pieces: list[bytes] = []
        self._max_bytes = max_bytes
        self._size = 0

    @property
    def room(self) -> int:
        """How many bytes the next piece may have at most; one more than allowed, so that an excess shows."""
        return self._max_bytes - self._size + 1

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._max_bytes:
            raise TooLargeError
        self._pieces.append(piece)

    def joined(self) -> bytes:
        return b"".join(self._pieces)


def gunzip(data: bytes, max_bytes: int) -> Stream:
    """Return what a gzip stream holds: all its members (RFC 1952, 2.2).

    Padding and other bytes after the last member are ignored, as gzip(1) and browsers do.

    Raises:
        CorruptStreamError: the first member is not gzip, or is damaged inside; or there are too many members.
        TooLargeError: the stream unpacks to more than `max_bytes`.
    """
    return _joined(data, max_bytes, _gzip_member, _next_gzip)


def unzstd(data: bytes, max_bytes: int) -> Stream:
    """Return what a zstd stream holds: all its frames (RFC 8878, 3.1).

    Bytes after the last one are ignored.

    Raises:
        CorruptStreamError: the first frame is not zstd, is damaged or needs a window of more than 8 MB; or there are
            too many frames.
        TooLargeError: the stream unpacks to more than `max_bytes`.
    """
    return _joined(data, max_bytes, _zstd_frame, _next_zstd)


def undeflate(data: bytes, max_bytes: int) -> Stream:
    """Return what a deflate stream holds.

    It is in the zlib format (RFC 9110, 8.4.1.2), or raw as some servers send it.

    Raises:
        CorruptStreamError: the data is neither, or is damaged inside.
        TooLargeError: the stream unpacks to more than `max_bytes`.
    """
    # CMF and FLG (RFC 1950, 2.2): method 8, no preset dictionary, and together a multiple of 31.
    is_zlib = len(data) > 1 and data[0] & 15 == 8 and not data[1] & 32 and (data[0] * 256 + data[1]) % 31 == 0
    if is_zlib:
        try:
            body, end = _inflate(data, 2, max_bytes)
        except CorruptStreamError:
            pass  # a raw stream can begin with such bytes by chance
        else:
            is_checked = end is None or data[end : end + 4] == zlib.adler32(body).to_bytes(4, "big")
            return Stream(body, end is None, is_checked)
    body, end = _inflate(data, 0, max_bytes)
    return Stream(body, end is None)


def unbrotli(data: bytes, max_bytes: int) -> Stream:
    """Return what a brotli stream holds (RFC 7932). Bytes after its end are ignored.

    Raises:
        CorruptStreamError: the data is not brotli, or is damaged.
        TooLargeError: the stream unpacks to more than `max_bytes`.
    """
    slices = list(_slices(data))
    unread = iter(slices)
    try:
        return _unbrotli(unread, max_bytes)
    except brotli.error:
        failed = len(slices) - len(list(unread)) - 1
    # The library refuses bytes after the end, together with what precedes them: give it this slice byte by byte.
    single = (slices[failed][at : at + 1] for at in range(len(slices[failed])))
    try:
        return _unbrotli((*slices[:failed], *single), max_bytes)
    except brotli.error as error:
        raise CorruptStreamError(str(error)) from error


def _unbrotli(parts: Iterable[bytes], max_bytes: int) -> Stream:
    decoder, output = brotli.Decompressor(), _Output(max_bytes)
    for part in parts:
        output.add(decoder.process(part, output_buffer_limit=output.room))
        while not decoder.is_finished() and not decoder.can_accept_more_data():
            output.add(decoder.process(b"", output_buffer_limit=output.room))
        if decoder.is_finished():
            return Stream(output.joined())
    return Stream(output.joined(), is_cut=True)


def _joined(
    data: bytes,
    max_bytes: int,
    member_at: Callable[[bytes, int, int], _Member],
    next_begin: Callable[[bytes, int], int | None],
) -> Stream:
    """Return what the members that follow each other hold."""
    bodies: list[bytes] = []
    begin, size, is_checked = 0, 0, True
    for _ in range(_MEMBERS_MAX):
        try:
            member = member_at(data, begin, max_bytes - size)
        except CorruptStreamError:
            if not bodies:
                raise
            return Stream(b"".join(bodies), is_cut=True, is_checked=is_checked)  # the members before it are whole
        bodies.append(member.body)
        size += len(member.body)
        is_checked &= member.is_checked
        following = None if member.end is None else next_begin(data, member.end)
        if following is None:
            return Stream(b"".join(bodies), member.end is None, is_checked)
        begin = following
    raise CorruptStreamError(f"the stream has more than {_MEMBERS_MAX} members")


def _gzip_member(data: bytes, begin: int, max_bytes: int) -> _Member:
    if not data.startswith(GZIP_MAGIC, begin):
        raise CorruptStreamError("the bytes do not begin as gzip does")
    content = gzip_content(data, begin)
    if content is None:
        return _Member(b"", None)
    body, end = _inflate(data, content, max_bytes)
    if end is None:
        return _Member(body, None)
    trailer = data[end : end + _GZIP_TRAILER_BYTES]
    right = zlib.crc32(body).to_bytes(4, "little") + (len(body) & 0xFFFFFFFF).to_bytes(4, "little")
    # Of a trailer that is cut off, the checksum may be there.
    if len(trailer) >= _CRC_BYTES and right.startswith(trailer):
        return _Member(body, end + len(trailer))
    is_missing = data.startswith(GZIP_MAGIC, end)  # the next member is in its place
    return _Member(body, end if is_missing else end + len(trailer), is_checked=False)


def gzip_content(data: bytes | mmap.mmap, begin: int) -> int | None:
    """Return where a gzip member's compressed content begins; None if the data ends in its header.

    Raises:
        CorruptStreamError: the header has flags that RFC 1952 reserves.
    """
    at = begin + _GZIP_HEADER_BYTES
    if at > len(data):
        return None
    flags = data[begin + 3]
    if flags & _RESERVED:
        raise CorruptStreamError("the gzip header has unknown flags")
    if flags & _FEXTRA:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for flag in (_FNAME, _FCOMMENT):
        if flags & flag:
            end = data.find(b"\x00", at)
            if end < 0:
                return None
            at = end + 1
    return at + 2 if flags & _FHCRC else at


def _next_gzip(data: bytes, end: int) -> int | None:
    padding = _PADDING.match(data, end)
    begin = padding.end() if padding else end
    return begin if data.startswith(GZIP_MAGIC, begin) else None


def _zstd_frame(data: bytes, begin: int, max_bytes: int) -> _Member:
    if not ZSTD_MAGIC.match(data, begin):
        raise CorruptStreamError("the bytes do not begin as zstd does")
    unpacker, output = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS), _Output(max_bytes)
    end = begin
    try:
        for part in _slices(data, begin):
            end += len(part)
            output.add(unpacker.decompress(part, output.room))
            while not (unpacker.eof or unpacker.needs_input):
                output.add(unpacker.decompress(b"", output.room))
            if unpacker.eof:
                return _Member(output.joined(), end - len(unpacker.unused_data))
    except zstd.ZstdError as error:
        raise CorruptStreamError(str(error)) from error
    return _Member(output.joined(), None)


def _next_zstd(data: bytes, end: int) -> int | None:
    return end if ZSTD_MAGIC.match(data, end) else None


def _inflate(data: bytes, begin: int, max_bytes: int) -> tuple[bytes, int | None]:
    """Return what the raw deflate stream at `begin` holds, and its end; None if the data ends before it."""
    unpacker, output = zlib.decompressobj(wbits=-zlib.MAX_WBITS), _Output(max_bytes)
    end = begin
    try:
        for part in _slices(data, begin):
            end += len(part)
            output.add(unpacker.decompress(part, output.room))
            if unpacker.eof:
                return output.joined(), end - len(unpacker.unused_data)
    except zlib.error as error:
        raise CorruptStreamError(str(error)) from error
    return output.joined(), None


def _slices(data: bytes, begin: int = 0) -> Iterable[bytes]:
    return (data[at : at + _SLICE_BYTES] for at in range(begin, len(data), _SLICE_BYTES))
