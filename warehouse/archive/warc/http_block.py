"""The HTTP response in the block of another crawler's record.

Belongs here: splitting head and body, however a server or crawler wrote the head, and undoing the chunked transfer.
Does not belong here: content encodings (`warehouse.archive.warc.encoding`), and WARC headers
(`warehouse.archive.warc.external`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from warehouse.archive.warc.records import Headers
from warehouse.http_policy import HTTP_POLICY

# Some servers end header lines with LF instead of CRLF.
_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_LINE_END: Final = re.compile(rb"\r?\n")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,4096})?\r?\n")
_PART_OF_CHUNK_SIZE: Final = re.compile(rb"\r?\n?[0-9A-Fa-f]{0,8}\r?")
_STATUS_LINE: Final = re.compile(rb"(?:HTTP(?:/\d(?:\.\d)?)?|ICY) [1-9]\d\d(?: |$)", re.IGNORECASE)
_INTERIM: Final = re.compile(rb"HTTP/\d(?:\.\d)? 1\d\d(?:\s|$)", re.IGNORECASE)
_DISCONNECT: Final = "disconnect"


class HttpBlockError(ValueError):
    """A record's block is no HTTP response that can be stored; the message says why."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An HTTP response after transfer decoding.

    Attributes:
        status_line: such as `HTTP/1.1 200 OK`; empty if the block of a revisit is.
        headers: as received, continued lines joined; without `Transfer-Encoding` if the body was chunked.
        payload: the body before content decoding.
        received: the body as it is in the record: chunked if the crawler kept that.
        truncated: why the body is not whole, a value of ISO 28500, 5.13; None if it is.
    """

    status_line: bytes
    headers: Headers
    payload: bytes
    received: bytes
    truncated: str | None


def exchange_from(block: bytes, truncated: str | None, *, is_revisit: bool) -> Exchange:
    """Return the HTTP response in a block.

    `truncated` is the record's `WARC-Truncated`. The block of a revisit may be empty.

    Raises:
        HttpBlockError: the block has no status line or too large a head, or its chunks are broken.
    """
    head, body = split_head(block)
    # Interim responses precede the final one (RFC 9110, 15.2).
    head_bytes = len(head)
    while _INTERIM.match(head) and _STATUS_LINE.match(body) and head_bytes <= HTTP_POLICY.header_bytes_max:
        head, body = split_head(body)
        head_bytes += len(head)
    status_line = _LINE_END.split(head, 1)[0]
    if not _STATUS_LINE.match(status_line) and not (is_revisit and not block.strip()):
        raise HttpBlockError("it has no HTTP status line, so its headers and status are unknown")
    if head_bytes > HTTP_POLICY.header_bytes_max:
        raise HttpBlockError(f"its HTTP head has more than {HTTP_POLICY.header_bytes_max} bytes, or no end")
    status_line, *lines = _lines(head)
    if any(line.startswith(b"<") for line in lines):
        raise HttpBlockError("its HTTP head has no end, so it cannot be told from the body")
    headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    is_chunked = any(name.lower() == b"transfer-encoding" and b"chunked" in value.lower() for name, value in headers)
    if not is_chunked or is_revisit:
        return Exchange(status_line.strip(), headers, body, body, truncated)
    headers = [(name, value) for name, value in headers if name.lower() != b"transfer-encoding"]
    payload, is_whole = _without_chunks(body)
    return Exchange(status_line.strip(), headers, payload, body, truncated or (None if is_whole else _DISCONNECT))


def split_head(block: bytes) -> tuple[bytes, bytes]:
    """Return the head without its empty line, and the body; a block without that line is all head."""
    end = _END_OF_HEAD.search(block)
    return (block[: end.start()], block[end.end() :]) if end else (block, b"")


def _lines(head: bytes) -> list[bytes]:
    """Return a head's lines; one that begins with white space continues the last (RFC 9112, 5.2)."""
    lines: list[bytes] = []
    for line in _LINE_END.split(head):
        if lines[1:] and line[:1] in (b" ", b"\t"):
            lines[-1] += b" " + line.strip()
        elif line or not lines:
            # A carriage return inside a line would end it for some readers.
            lines.append(line.replace(b"\r", b" "))
    return lines


def _without_chunks(body: bytes) -> tuple[bytes, bool]:
    """Return a body without its chunks (RFC 9112, 7.1), and whether the last chunk is there.

    Some crawlers undo the encoding and keep its header: such a body does not begin with a chunk.
    """
    parts: list[bytes] = []
    position = 0
    while position < len(body):
        found = _CHUNK_SIZE.match(body, position)
        if found is None:
            break
        size = int(found[1], 16)
        if size == 0:
            # Trailers may follow. A page may begin with the line "0".
            is_last = bool(parts) or not body[found.end() :].strip()
            return (b"".join(parts) if is_last else body), True
        end = found.end() + size
        line_end = _LINE_END.match(body, end)
        if line_end is None and body[end:].strip(b"\r"):
            # The chunk does not end where it should: if it is the first, this is the beginning of a page.
            break
        parts.append(body[found.end() : end])
        position = line_end.end() if line_end else len(body)
    left = body[position:]
    if not parts:
        return body, True
    if left and not _PART_OF_CHUNK_SIZE.fullmatch(left):
        raise HttpBlockError(f"the chunks of its body are broken after {position} bytes")
    return b"".join(parts), False
