"""HTTP responses: status line, headers, chunks, encodings, and the storing of what came.

A case is a response as it comes from a socket: head, empty line, body.
"""

from __future__ import annotations

import gzip
import tempfile
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import brotli
from backports import zstd

from bench.fuzzing.mutations import DATES
from bench.fuzzing.pages import Case
from bench.fuzzing.targets.samples import INFO, report_of
from bench.fuzzing.targets.target import byte_target, require
from spiders.fetch.politeness import http_date, retry_after_seconds
from warehouse.archive.warc.encoding import UndecodableBodyError, decode
from warehouse.archive.warc.http_block import Exchange, HttpBlockError, exchange_from
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.http_policy import HTTP_POLICY

_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
_DECODED_MAX: Final = HTTP_POLICY.decoded_bytes_max
_PAGE: Final = "<html><title>Tin mới</title><body><p>".encode() + b"Tin moi cua xa. " * 40 + b"</body></html>"
_WORDS: Final = (
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/9.9 999", b"ICY 200 OK", b"\r\n\r\n", b"\n\n",
    b"\r\n ", b"Content-Encoding: ", b"Content-Encoding: gzip, br, zstd, deflate, gzip, gzip\r\n", b"gzip", b"br",
    b"zstd", b"deflate", b"identity", b"compress", b"dcb", b"Transfer-Encoding: chunked\r\n", b"Content-Length: -1\r\n",
    b"Content-Length: 99999999999999999999\r\n", b"Content-Type: text/html; charset=", b"Location: http://[\r\n",
    b"Retry-After: ", b"Last-Modified: ", b"Date: ", b"Set-Cookie: a=b; " * 50, b":", b": ", b"\x00", b"\xff", b"\r",
    b"0\r\n\r\n", b"ffffffff\r\n", b"1;" + b"x" * 5000, b"Mon, 01 Jan 2026 00:00:00 GMT", b"\x1f\x8b\x08\x00",
    b"\x28\xb5\x2f\xfd", b"Thu, 31 Dec 9999 23:59:59 -1200", b"Mon, 01 Jan 0001 00:00:00 +1400", *DATES,
)  # fmt: skip


def _response(body: bytes, *headers: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    lines = (status, b"Content-Type: text/html; charset=utf-8", b"Date: Thu, 01 Jan 2026 00:00:00 GMT", *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _seeds() -> list[bytes]:
    chunked = b"%x\r\n" % 100 + _PAGE[:100] + b"\r\n%x;a=b\r\n" % (len(_PAGE) - 100) + _PAGE[100:] + b"\r\n0\r\n\r\n"
    return [
        _response(_PAGE, b"Content-Length: %d" % len(_PAGE)),
        _response(gzip.compress(_PAGE, mtime=0), b"Content-Encoding: gzip"),
        _response(gzip.compress(_PAGE, mtime=0) * 3, b"Content-Encoding: gzip, gzip"),
        _response(zlib.compress(_PAGE), b"Content-Encoding: deflate"),
        _response(brotli.compress(_PAGE), b"Content-Encoding: br"),
        _response(zstd.compress(_PAGE), b"Content-Encoding: zstd"),
        _response(chunked, b"Transfer-Encoding: chunked"),
        _response(b"", b"Retry-After: 120", status=b"HTTP/1.1 503 Service Unavailable"),
        _response(b"", b"Retry-After: Thu, 01 Jan 2026 00:10:00 GMT", status=b"HTTP/1.1 429 Too Many Requests"),
        _response(
            b"", b"Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT", b'ETag: "x"', status=b"HTTP/1.1 304 Not Modified"
        ),
        _response(gzip.compress(bytes(5_000_000), mtime=0), b"Content-Encoding: gzip"),
        _response(brotli.compress(bytes(80_000_000), quality=3), b"Content-Encoding: br"),
    ]


def _check(case: Case) -> str:
    try:
        exchange = exchange_from(case.body, None, is_revisit=False)
    except HttpBlockError as error:
        require(str(error), "refusal without a reason")
        return "refused"
    for name, value in exchange.headers:
        if name.lower() in (b"retry-after", b"date", b"last-modified"):
            _check_date(value.decode("latin-1"))
    _check_stored(exchange)
    try:
        decoded = decode(exchange.payload, exchange.headers)
    except UndecodableBodyError as error:
        require(len(str(error)) <= 1000, "long refusal of a body")
        return "undecodable"
    require(len(decoded.content) <= max(_DECODED_MAX, len(exchange.payload)), f"too large: {len(decoded.content)}")
    return "decoded" if decoded.content != exchange.payload else "plain"


def _check_date(text: str) -> None:
    seconds = retry_after_seconds(text, _NOW)
    require(seconds is None or seconds >= 0, f"negative wait: {text!r}")
    moment = http_date(text)
    require(moment is None or moment.tzinfo, f"no zone: {text!r}")


def _check_stored(exchange: Exchange) -> None:
    """Check that what a crawl would store of a response is read from the archive as it was written."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        with WarcWriter(home, INFO) as writer:
            writer.write("https://xa.test/a", _NOW, exchange.status_line, exchange.headers, exchange.payload)
            writer.write("https://xa.test/b", _NOW, b"HTTP/1.1 200 OK", [], b"after it")
            warc = writer.close(report_of(2))
        first, second = read_captures(warc)
        require(first.payload == exchange.payload, "payload stored differently")
        require(second.payload == b"after it", "next record changed")


TARGETS: Final = (byte_target("http", _seeds, _check, _WORDS, lines=True),)
