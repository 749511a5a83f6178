"""Unpacks single gzip members of a file, and proves where a broken one ends.

Belongs here: gzip (RFC 1952) and deflate with bounded memory, and the proof of a member's end. Does not belong here:
what a record states (`warehouse.archive.warc.members.framing`), and bodies (`warehouse.archive.warc.codecs`).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final, Protocol

from warehouse.archive.warc.codecs import GZIP_MAGIC, CorruptStreamError, gzip_content
from warehouse.archive.warc.members.framing import HEAD_MAX_BYTES, TAIL_BYTES, problem_of_frame, stated_size

GZIP_HEADER: Final = GZIP_MAGIC + b"\x00\x00\x00\x00\x00\x00\x03"
"""The header of each gzip member that this project writes: no flags, no time, Unix."""

_STEP_BYTES: Final = 32_768
_TRAILER_BYTES: Final = 8
_CRC_BYTES: Final = 4
# The header of a member may hold a file's name or comment.
_HEADER_MAX_BYTES: Final = 4096
# A few bytes can unpack to gigabytes: no more is read than the record states, and so much that its end is found.
_EXCESS_MAX_BYTES: Final = 64_000_000
_CUT: Final = "the file ends in the middle of a record"


class SeekableBytes(Protocol):
    """A binary file, or its bytes mapped into memory."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most `size`."""

    def seek(self, offset: int, /) -> object:
        """Go to an offset."""


@dataclass(frozen=True, slots=True)
class Member:
    """A gzip member, as far as it can be read.

    Attributes:
        begin: its offset in the file, in bytes.
        end: the offset after it; None if nothing proves where a broken member ends.
        problem: why it is not an intact gzip member; None if it is one.
        is_cut: whether the file ends inside it, and no other fault shows.
        is_checked: whether the compressed data and its checksums are right, so that `content` is; its header may be
            damaged all the same.
        content: the uncompressed bytes before the fault; the first `HEAD_MAX_BYTES` of them if only those are kept.
    """

    begin: int
    end: int | None
    problem: str | None
    is_cut: bool
    is_checked: bool
    content: bytes


class MemberReader:
    """Reads the gzip members of a file in order; the first that is broken ends the reading.

    A broken member's end is proven by one of two facts. The checksum after its compressed data is that of the data:
    sites do not know the record's random ID, so they cannot choose bytes that have it. Or the uncompressed bytes are
    one record whose length is exactly as stated: bytes of the record itself that look like the end of the data would
    make it shorter. Anything else can be forged by what the record holds.
    """

    def __init__(self, file: SeekableBytes, begin: int, max_bytes: int | None) -> None:
        """Take a file that is open at `begin`.

        A member that unpacks to more than `max_bytes` counts as broken. None: of any size, and of each only the first
        bytes are kept.
        """
        self._file = file
        self._buffer = b""
        self._at = begin
        self._max_bytes = max_bytes

    def read(self) -> Member | None:
        """Return the next member; None at the end of the file.

        Raises:
            OSError: the file cannot be read.
        """
        begin = self._at
        if not self._peek(1):
            return None
        header, problem = self._header()
        self._take(header)
        return self._inflated(begin, problem)

    def _header(self) -> tuple[int, str | None]:
        """Return a member header's length, and what is wrong; if it is damaged, the usual length."""
        start = self._peek(len(GZIP_HEADER))
        if start[: len(GZIP_MAGIC)] != GZIP_MAGIC[: len(start)]:
            return len(GZIP_HEADER), "no record begins there"
        if len(start) < len(GZIP_HEADER):
            return len(GZIP_HEADER), _CUT
        if not start[3]:
            return len(GZIP_HEADER), None
        try:
            length = gzip_content(self._peek(_HEADER_MAX_BYTES), 0)
        except CorruptStreamError:
            length = None
        return (len(GZIP_HEADER), "its gzip header is damaged") if length is None else (length, None)

    def _inflated(self, begin: int, problem: str | None) -> Member:
        unpacker = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        pieces: list[bytes] = []
        kept = size = crc = 0
        tail = b""
        is_cut = False
        stated, limit = None, _EXCESS_MAX_BYTES
        try:
            while not unpacker.eof:
                packed = self._peek(1) and self._buffer
                if not packed:
                    is_cut, problem = problem in (None, _CUT), problem or _CUT
                    break
                piece = unpacker.decompress(packed, _STEP_BYTES * 8)
                self._buffer = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
                self._at += len(packed) - len(self._buffer)
                size += len(piece)
                crc = zlib.crc32(piece, crc)
                tail = (tail + piece)[-TAIL_BYTES:] if len(piece) < TAIL_BYTES else piece[-TAIL_BYTES:]
                if self._max_bytes is None:
                    if kept < HEAD_MAX_BYTES:
                        pieces.append(piece)
                        kept += len(piece)
                    continue
                pieces.append(piece)
                if stated is None and kept < HEAD_MAX_BYTES:
                    kept += len(piece)
                    stated = stated_size(b"".join(pieces))
                    limit = _EXCESS_MAX_BYTES + (stated if stated and stated <= self._max_bytes else 0)
                if size > limit:
                    problem = f"it unpacks to more than {limit:,} bytes"
                    pieces.clear()
                    break
        except zlib.error as error:
            problem = problem or f"the compressed data is corrupt ({error})"
        content = b"".join(pieces)
        if not unpacker.eof:
            return Member(begin, None, problem, is_cut, is_checked=False, content=content)
        trailer = self._take(_TRAILER_BYTES)
        has_crc = trailer[:_CRC_BYTES] == crc.to_bytes(4, "little")
        is_checked = has_crc and trailer[_CRC_BYTES:] == (size & 0xFFFFFFFF).to_bytes(4, "little")
        if len(trailer) < _TRAILER_BYTES:
            is_cut, problem = problem is None, problem or _CUT
        elif not is_checked:
            problem = problem or "its checksum is wrong, so bytes of it are damaged"
        is_proven = is_checked or has_crc or problem_of_frame(content, size, tail) is None
        return Member(begin, self._at if is_proven else None, problem, is_cut, is_checked, content)

    def _peek(self, size: int) -> bytes:
        """Return the next bytes without taking them; fewer at the end of the file."""
        while len(self._buffer) < size and (added := self._file.read(max(_STEP_BYTES, size))):
            self._buffer += added
        return self._buffer[:size]

    def _take(self, size: int) -> bytes:
        taken = self._peek(size)
        self._buffer = self._buffer[len(taken) :]
        self._at += len(taken)
        return taken


def member_at(file: SeekableBytes, begin: int, max_bytes: int | None) -> Member | None:
    """Return the gzip member at an offset, as `MemberReader` does; None at the end of the file."""
    file.seek(begin)
    return MemberReader(file, begin, max_bytes).read()
