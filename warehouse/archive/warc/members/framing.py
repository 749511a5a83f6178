"""The frame of a WARC record: version, headers, block and two line ends (ISO 28500, 4).

Only the form that this project writes is read: anything else is damage. Belongs here: where a record's parts are.
Does not belong here: what they mean (`warehouse.archive.warc.members.content`), and the forms of other crawlers
(`warehouse.archive.warc.external`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

HEAD_MAX_BYTES: Final = 262_144
"""Longer WARC headers are not read; those of a URL of 100,000 characters are shorter."""
TAIL_BYTES: Final = 4

_VERSION: Final = re.compile(rb"WARC/\d\.\d{1,2}\r\n")
_BLANK_LINE: Final = b"\r\n\r\n"
_CONTENT_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
_LENGTH: Final = re.compile(r"\d{1,15}")


class BrokenRecordError(ValueError):
    """A record is not as this project writes it; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record, of which nothing is missing.

    Attributes:
        kind: its `WARC-Type`.
        headers: its WARC headers by their names in lower case.
        content: all its bytes.
        block_at: where its block begins in them; the block ends `TAIL_BYTES` before their end.
    """

    kind: str
    headers: Mapping[str, str]
    content: bytes
    block_at: int

    @property
    def block(self) -> bytes:
        """The record's content without its WARC headers."""
        return self.content[self.block_at : -TAIL_BYTES]


def record_in(content: bytes) -> Record:
    """Return the record that some bytes are.

    Raises:
        BrokenRecordError: they are not exactly one record.
    """
    if (problem := problem_of_frame(content, len(content), content[-TAIL_BYTES:])) is not None:
        raise BrokenRecordError(problem)
    block_at = content.index(_BLANK_LINE) + len(_BLANK_LINE)
    headers = _headers(content[:block_at])
    if not (kind := headers.get("warc-type")):
        raise BrokenRecordError("it has no WARC-Type")
    return Record(kind, headers, content, block_at)


def problem_of_frame(head: bytes, size: int, tail: bytes) -> str | None:
    """Return why some bytes are not exactly one record; None if they are.

    `head` is their beginning, with the WARC headers; `size` their number; `tail` the last `TAIL_BYTES` of them.
    """
    if not _VERSION.match(head):
        return "it does not begin as a WARC record does"
    end = head.find(_BLANK_LINE, 0, HEAD_MAX_BYTES)
    if end < 0:
        return "its WARC headers have no end"
    try:
        stated = _headers(head[: end + len(_BLANK_LINE)]).get("content-length", "")
    except BrokenRecordError as error:
        return str(error)
    if not _LENGTH.fullmatch(stated):
        return "it states no Content-Length"
    found = size - end - len(_BLANK_LINE) - TAIL_BYTES
    if found != int(stated):
        return f"its Content-Length is {int(stated):,}, but it has {max(found, 0):,} bytes"
    return None if tail == _BLANK_LINE else "it does not end in two line ends"


def stated_size(head: bytes) -> int | None:
    """Return how many bytes a record has, by its own head; None if that is not whole or states nothing."""
    end = head.find(_BLANK_LINE, 0, HEAD_MAX_BYTES)
    stated = _CONTENT_LENGTH.search(head, 0, end + 2) if end >= 0 else None
    return None if stated is None else end + len(_BLANK_LINE) + int(stated[1]) + TAIL_BYTES


def _headers(head: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    try:
        lines = head.decode().split("\r\n")[1:-2]
    except UnicodeDecodeError as error:
        raise BrokenRecordError("its WARC headers are not UTF-8") from error
    for line in lines:
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        if not (colon and key):
            raise BrokenRecordError("one of its WARC headers has no name")
        if key in headers:
            raise BrokenRecordError(f"it states {key[:40]!r} twice")
        headers[key] = value.strip()
    return headers
