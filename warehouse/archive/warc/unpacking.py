"""The uncompressed bytes of another crawler's WARC file, and from where in the file each came.

Belongs here: plain files, files that are one gzip member, and files of many members; where a gzip member is broken.
Does not belong here: records (`warehouse.archive.warc.external`), and where to go on after a broken member
(`warehouse.archive.warc.members.resuming`).
"""

from __future__ import annotations

import mmap
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from warehouse.archive.warc.codecs import GZIP_MAGIC

_STEP_BYTES: Final = 262_144
# Most members are a page of some kilobytes: a larger step would copy the bytes of many members for each.
_PACKED_STEP_BYTES: Final = 16_384


class UnpackedFile:
    """Reads a file's uncompressed bytes in order; goes back only to a place that it has read.

    Attributes:
        is_gzip: whether the file is compressed.
        position: number of uncompressed bytes read or passed over, counting again those that were read again.
        problem: why the compressed data cannot be read on; None if it can be, or ends cleanly.
        problem_at: offset in the file where that data begins: a broken gzip member, or bytes that are none.
    """

    def __init__(self, data: mmap.mmap, is_gzip: bool) -> None:
        """Take the file's bytes."""
        self.is_gzip = is_gzip
        self.position = 0
        self._buffer, self._begin = b"", 0
        self.problem: str | None = None
        self.problem_at = 0
        self._data = data
        # Where parts begin, in uncompressed bytes and in the file. A part is a gzip member, or all of a plain file.
        self._positions = array("Q")
        self._offsets = array("Q")
        self.resume(0)

    def resume(self, offset: int) -> None:
        """Go on at an offset of the file, where a gzip member begins if the file is compressed."""
        # Bytes in the buffer count as read, so that positions only grow.
        self.position += len(self._buffer) - self._begin
        self._next = offset
        self._buffer = b""
        self._begin = 0
        self._unpacker: zlib._Decompress | None = None
        self.problem = None
        if not self.is_gzip:
            self._begin_part(offset)

    def offset_of(self, position: int) -> int:
        """Return where in the file an uncompressed byte is: its own offset, or that of its gzip member."""
        part = self._part(position)
        offset: int = self._offsets[part]
        return offset if self.is_gzip else offset + position - self._positions[part]

    def begins_part(self, position: int) -> bool:
        """Tell whether an uncompressed byte is the first of a gzip member or of a plain file."""
        return bool(self._positions[self._part(position)] == position)

    def go_back(self, position: int) -> None:
        """Go back to an uncompressed byte that was read."""
        part = self._part(position)
        if self.is_gzip:
            self.resume(self._offsets[part])
            self.skip(position - self._positions[part])
        else:
            self.resume(self.offset_of(position))

    def part_from(self, position: int) -> Iterator[bytes]:
        """Go back to a byte, and read from it to the end of its gzip member or plain file."""
        self.go_back(position)
        count = len(self._positions)
        if self.is_gzip and self._begin == len(self._buffer) and self._unpacker is None:
            count += 1  # the member begins with the next bytes
        while (self._begin < len(self._buffer) or self._fill()) and len(self._positions) <= count:
            yield self.read(len(self._buffer) - self._begin)

    def spans_parts(self, begin: int, end: int) -> bool:
        """Tell whether uncompressed bytes are of more than one gzip member."""
        return self._part(begin) != self._part(max(end - 1, begin))

    def peek(self, size: int) -> bytes:
        """Return the next bytes without reading them; fewer at the end, or before a broken part."""
        while len(self._buffer) - self._begin < size and self._fill():
            pass
        return self._buffer[self._begin : self._begin + size]

    def read(self, size: int) -> bytes:
        """Read the next bytes; fewer at the end, or before a broken part."""
        parts = []
        while size and (self._begin < len(self._buffer) or self._fill()):
            part = self._buffer[self._begin : self._begin + size]
            self._begin += len(part)
            self.position += len(part)
            size -= len(part)
            parts.append(part)
        return b"".join(parts)

    def skip(self, size: int) -> int:
        """Skip bytes without keeping them; return how many there were."""
        skipped = 0
        while skipped < size and (part := len(self.read(min(size - skipped, _STEP_BYTES)))):
            skipped += part
        return skipped

    def _part(self, position: int) -> int:
        return max(bisect_right(self._positions, position) - 1, 0)

    def _begin_part(self, offset: int) -> None:
        self._positions.append(self.position + len(self._buffer) - self._begin)
        self._offsets.append(offset)

    def _fill(self) -> bool:
        """Add bytes to the buffer; return whether there were any."""
        if self.problem is not None:
            return False
        added = self._unpacked() if self.is_gzip else self._data[self._next : self._next + _STEP_BYTES]
        if not self.is_gzip:
            self._next += len(added)
        self._buffer = self._buffer[self._begin :] + added
        self._begin = 0
        return bool(added)

    def _unpacked(self) -> bytes:
        """Return the next uncompressed bytes; empty at the end, or if the compressed data is broken."""
        while True:
            if self._unpacker is None:
                if is_padding(self._data, self._next):
                    return b""
                if self._data[self._next : self._next + len(GZIP_MAGIC)] != GZIP_MAGIC:
                    return self._broken(self._next, "no gzip member begins there")
                self._begin_part(self._next)
                self._unpacker = zlib.decompressobj(wbits=31)
            packed = self._data[self._next : self._next + _PACKED_STEP_BYTES]
            try:
                unpacked = self._unpacker.decompress(packed, _STEP_BYTES)
            except zlib.error as error:
                return self._broken(self._offsets[-1], f"the compressed data is corrupt ({error})")
            # At the end of a member, zlib may keep what follows in both.
            left = self._unpacker.unused_data if self._unpacker.eof else self._unpacker.unconsumed_tail
            self._next += len(packed) - len(left)
            if self._unpacker.eof:
                self._unpacker = None
            elif not unpacked and not packed:
                return self._broken(self._offsets[-1], "the file ends in the middle of a record")
            if unpacked:
                return unpacked

    def _broken(self, offset: int, problem: str) -> bytes:
        self.problem, self.problem_at = problem, offset
        return b""


def is_padding(data: mmap.mmap, offset: int) -> bool:
    """Tell whether a file ends at an offset, or has only zero bytes from there on."""
    while left := data[offset : offset + _STEP_BYTES]:
        if left.strip(b"\0"):
            return False
        offset += len(left)
    return True
