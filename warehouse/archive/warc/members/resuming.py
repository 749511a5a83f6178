"""Where to go on after a broken gzip member of another crawler's WARC file.

Such a file has no index. A page may contain gzip members that look like records, and the broken member may be that
page: what proves that a later member is the crawler's own must be something that no page can hold.
Belongs here: that proof. Does not belong here: this project's files (`warehouse.archive.warc.recovery`).
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from warehouse.archive.warc.codecs import GZIP_MAGIC
from warehouse.archive.warc.external_record import headers_from
from warehouse.archive.warc.members.unpacking import Member, member_at
from warehouse.archive.warc.unpacking import is_padding

_HEAD_MAX_BYTES: Final = 65_536
_HEAD_STEP_BYTES: Final = 64
# How often the rest of a file is read: a page can contain any number of gzip members that look like records.
_READINGS_MAX: Final = 10
_IDS_KEPT: Final = 1000
_RANDOM_ID: Final = re.compile(r"<?urn:uuid:([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})>?", re.I)
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_FEXTRA: Final = b"\x04"
# The field that wget and Heritrix write, two lengths of four bytes. A longer one could hide the end of a record.
_EXTRA_MAX_BYTES: Final = 12


class FileIds:
    """The IDs of a file's records that later records may name.

    Crawlers make random IDs while they write, so that no page can hold one.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._infos: set[str] = set()
        self._others: deque[str] = deque(maxlen=_IDS_KEPT)
        self._names_infos = False

    def add(self, kind: str, headers: Mapping[str, str]) -> None:
        """Remember the ID of a record; `headers` by their names in lower case."""
        self._names_infos |= _id_in(headers.get("warc-warcinfo-id")) in self._infos
        if (found := _id_in(headers.get("warc-record-id"))) is None:
            return
        if kind == "warcinfo":
            self._infos.add(found)
        else:
            self._others.append(found)

    def are_named_by(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a record names one of the IDs: that of a `warcinfo`, or of a record it belongs to."""
        if _id_in(headers.get("warc-warcinfo-id")) in self._infos:
            return True
        named = (_id_in(headers.get(name)) for name in ("warc-concurrent-to", "warc-refers-to"))
        return any(one in self._others for one in named if one)

    @property
    def are_always_named(self) -> bool:
        """Whether the crawler names its `warcinfo` record in the others."""
        return self._names_infos


def next_member(data: mmap.mmap, begin: int, ids: FileIds) -> int | None:
    """Return where to go on after a broken gzip member or other bytes; None if that cannot be told.

    One of these proves it:

    - The broken member's own end is proven (`warehouse.archive.warc.members.unpacking.MemberReader`).
    - The record of a later member names an ID of the file, which no page can hold.
    - Where the crawler names none: intact members follow each other from there to the end of the file. A page cannot
      have them cross its own record's checksum. It could where the file ends inside the page: then nothing follows.
    """
    broken = _member(data, begin)
    if broken is None:
        return None
    if broken.end is not None:
        return None if is_padding(data, broken.end) else broken.end
    head = _headers_in(broken.content)
    ids.add(head.get("warc-type", "").lower(), head)
    may_be_chain = not broken.is_cut and not ids.are_always_named
    left, tried = _READINGS_MAX * (len(data) - begin), set[int]()
    for at in _record_members(data, begin + 1):
        if ids.are_named_by(_headers_in(_head(data, at))):
            return at
        if may_be_chain and left > 0 and at not in tried:
            end = _chain_end(data, at, tried)
            if is_padding(data, end):
                return at
            left -= end - at
    return None


def _chain_end(data: mmap.mmap, at: int, tried: set[int]) -> int:
    """Return how far intact members with plain headers follow each other; add to `tried` where they begin."""
    while _has_plain_header(data, at):
        tried.add(at)
        member = _member(data, at)
        if member is None or member.end is None or member.problem or not member.content.startswith(b"WARC/"):
            break
        at = member.end
    return at


def _has_plain_header(data: mmap.mmap, at: int) -> bool:
    """Tell whether a gzip header has no long field, which could hide the end of a broken record."""
    header = data[at : at + 12]
    flags = header[3:4]
    return flags == b"\0" or (flags == _FEXTRA and int.from_bytes(header[10:12], "little") <= _EXTRA_MAX_BYTES)


def _member(data: mmap.mmap, at: int) -> Member | None:
    return member_at(data, at, None)


def _record_members(data: mmap.mmap, begin: int) -> Iterator[int]:
    """Yield where gzip members with a WARC record may begin."""
    at = data.find(GZIP_MAGIC, begin)
    while at != -1:
        if _head(data, at, 5) == b"WARC/":
            yield at
        at = data.find(GZIP_MAGIC, at + 1)


def _head(data: mmap.mmap, at: int, size: int = _HEAD_MAX_BYTES) -> bytes:
    """Return the first uncompressed bytes of a gzip member, at most to the end of the WARC headers."""
    unpacker = zlib.decompressobj(wbits=31)
    head = b""
    with suppress(zlib.error):
        while len(head) < size and not _BLANK_LINE.search(head) and at < len(data) and not unpacker.eof:
            # Small steps: those before the damage are kept.
            head += unpacker.decompress(data[at : at + _HEAD_STEP_BYTES], size)
            at += _HEAD_STEP_BYTES
    return head[:size]


def _headers_in(content: bytes) -> Mapping[str, str]:
    found = _BLANK_LINE.search(content, 0, _HEAD_MAX_BYTES)
    return headers_from(content[: found.start()]) if found and content.startswith(b"WARC/") else {}


def _id_in(text: str | None) -> str | None:
    found = _RANDOM_ID.fullmatch((text or "").strip())
    return found[1].lower() if found else None
