"""HTTP responses in other crawlers' records: heads as servers and crawlers write them, and chunks."""

from __future__ import annotations

import pytest

from warehouse.archive.warc.http_block import HttpBlockError, exchange_from
from warehouse.archive.warc.records import status_of

PAGE = "<html>\r\n\r\n<p>Hội nghị giao ban</p>\n\n</html>".encode()
CHUNKED = b"Transfer-Encoding: chunked"


def response(*lines: bytes, body: bytes = PAGE, end: bytes = b"\r\n") -> bytes:
    return end.join(lines) + 2 * end + body


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"HTTP/1.1 200 OK", 200),
        (b"HTTP/1.1 200", 200),
        (b"HTTP/1.1 200 ", 200),
        ("HTTP/1.0 404 Không tìm thấy".encode(), 404),
        (b"HTTP/2 200", 200),
        (b"HTTP/2.0 301 ", 301),
        (b"HTTP/0.9 200 OK", 200),
        (b"http/1.1 200 ok", 200),
        (b"ICY 200 OK", 200),
    ],
)
def test_status_lines_of_any_version_are_read(line: bytes, status: int, end: bytes) -> None:
    found = exchange_from(response(line, b"Content-Type: text/html", end=end), None, is_revisit=False)
    assert status_of(found.status_line) == status
    assert (found.headers, found.payload, found.truncated) == ([(b"Content-Type", b"text/html")], PAGE, None)


@pytest.mark.parametrize(
    "block",
    [
        b"",
        PAGE,
        b"<p> 200 trieu dong</p>\r\n\r\n",
        b"200 OK\r\n\r\n" + PAGE,
        b"HTTP/1.1 OK\r\n\r\n" + PAGE,
        b"HTTP/1.1 000\r\n\r\n" + PAGE,
        b"HTTP/1.1 200OK\r\n\r\n" + PAGE,
    ],
)
def test_a_block_without_status_is_refused(block: bytes) -> None:
    with pytest.raises(HttpBlockError, match="no HTTP status line"):
        exchange_from(block, None, is_revisit=False)


def test_a_head_that_runs_into_the_page_is_refused() -> None:
    with pytest.raises(HttpBlockError, match="has no end"):
        exchange_from(b"HTTP/1.1 200 OK\r\nServer: a\r\n<html>\n\n</html>", None, is_revisit=False)


@pytest.mark.parametrize(
    "block",
    [
        b"HTTP/1.1 200 OK\r\nX: a" + b"\r\n b" * 100_000 + b"\r\n\r\n" + PAGE,
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20_000 + b"HTTP/1.1 200 OK\r\n\r\n" + PAGE,
    ],
    ids=["continued lines", "interim responses"],
)
def test_a_head_larger_than_the_policy_allows_is_refused(block: bytes) -> None:
    """Continued lines would take a time that grows with the square of the head."""
    with pytest.raises(HttpBlockError, match="more than 262144 bytes"):
        exchange_from(block, None, is_revisit=False)


def test_continued_and_odd_header_lines_are_kept_in_one_line_each() -> None:
    block = response(
        b"HTTP/1.1 200 OK", b"X-Long: one\r\n\ttwo\r\n  three", "X-Tên: Hà Nội".encode(), b"no colon", b"X-Bare: a\rb"
    )
    found = exchange_from(block, None, is_revisit=False)
    assert found.headers == [
        (b"X-Long", b"one two three"),
        ("X-Tên".encode(), "Hà Nội".encode()),
        (b"no colon", b""),
        (b"X-Bare", b"a b"),
    ]
    assert found.payload == PAGE


def test_a_head_alone_has_an_empty_body() -> None:
    for block in (b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 204 No Content\r\nServer: a"):
        assert exchange_from(block, None, is_revisit=False).payload == b""


def test_interim_responses_are_passed_over() -> None:
    final = response(b"HTTP/1.1 200 OK", b"Server: a")
    for interim in (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"):
        found = exchange_from(interim * 2 + final, None, is_revisit=False)
        assert (found.status_line, found.headers, found.payload) == (b"HTTP/1.1 200 OK", [(b"Server", b"a")], PAGE)


def test_a_revisit_may_be_empty() -> None:
    found = exchange_from(b"", None, is_revisit=True)
    assert (found.status_line, found.headers, found.payload) == (b"", [], b"")


def chunks(body: bytes, size: int = 7) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("body", "payload", "truncated"),
    [
        (chunks(PAGE), PAGE, None),
        (chunks(PAGE).replace(b"0\r\n\r\n", b"0\r\nExpires: 0\r\n\r\n"), PAGE, None),
        (chunks(PAGE).replace(b"7\r\n", b"7;a=b\r\n", 1), PAGE, None),
        (b"5\ntin t\n2\nuc\n0\n\n", b"tin tuc", None),
        (b"0\r\n\r\n", b"", None),
        (chunks(PAGE).removesuffix(b"0\r\n\r\n"), PAGE, "disconnect"),
        (b"5\r\ntin t\r\n2\r\nu", b"tin tu", "disconnect"),
        (b"5\r\ntin t\r", b"tin t", "disconnect"),
        (b"5\r\ntin t\r\n2", b"tin t", "disconnect"),
        # The crawler undid the chunks and left the header.
        (PAGE, PAGE, None),
        (b"", b"", None),
        (b"0\r\n<html></html>", b"0\r\n<html></html>", None),
        (b"12\r\ncon so cua thang nay la muoi hai", b"12\r\ncon so cua thang nay la muoi hai", None),
    ],
)
def test_chunks_are_undone_if_they_are_there(body: bytes, payload: bytes, truncated: str | None) -> None:
    found = exchange_from(response(b"HTTP/1.1 200 OK", CHUNKED, body=body), None, is_revisit=False)
    assert (found.payload, found.truncated) == (payload, truncated)
    assert found.received == body
    assert found.headers == []


def test_broken_chunks_are_refused() -> None:
    body = chunks(PAGE)[:24] + b"<html>error</html>"
    with pytest.raises(HttpBlockError, match="broken after"):
        exchange_from(response(b"HTTP/1.1 200 OK", CHUNKED, body=body), None, is_revisit=False)


def test_the_reason_that_the_record_states_is_kept() -> None:
    block = response(b"HTTP/1.1 200 OK", CHUNKED, body=b"5\r\ntin")
    assert exchange_from(block, "time", is_revisit=False).truncated == "time"
