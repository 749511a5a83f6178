"""Small WARC files for tests: crawls of one portal, with pages and revisits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from warehouse.archive.warc.format import CrawlInfo, RecordReference, StoredCapture
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.storage import StoredFile

STARTED = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)
LATER = STARTED + timedelta(days=1, microseconds=250)
CRAWL = "my-duc-20260914T011500Z-ab12"
PAGE = "<html><body>Hội nghị giao ban của huyện Mỹ Đức</body></html>".encode()
URL = "https://myduc.hanoi.test/tin/-/view_content/1-tin"
FEED_DATE = "pubDate Thứ Hai, 14/09/2026 08:15"
OK, NOT_MODIFIED = b"HTTP/1.1 200 OK", b"HTTP/1.1 304 Not Modified"


def crawl_info(crawl_id: str = CRAWL, portal: str = "my-duc") -> CrawlInfo:
    return CrawlInfo(crawl_id, portal, "run-1", STARTED, "hanoi-corpus", {"slug": portal})


def crawl_report(captures: int) -> CrawlReport:
    return CrawlReport(
        crawl_id=CRAWL,
        portal="my-duc",
        run_id="run-1",
        started_at=STARTED,
        ended_at=STARTED,
        verdict="ok",
        verdict_reason="20 rows",
        requests=captures,
        captures=captures,
        list_rows_seen=20,
        articles_found=3,
        articles_new=3,
        errors={"http_404": 1},
        warc_file=f"my-duc/{CRAWL}.warc.gz",
    )


def write_page(writer: WarcWriter, number: int, payload: bytes = PAGE, encoding: bytes | None = None) -> None:
    headers = [(b"Content-Type", b"text/html; charset=utf-8")]
    if encoding:
        headers.append((b"Content-Encoding", encoding))
    url = f"https://myduc.hanoi.test/tin/-/view_content/{number}-tin-tức"
    writer.write(url, STARTED, b"HTTP/1.1 200 OK", headers, payload, article_key=str(number), feed_date=FEED_DATE)


def write_warc(home: Home, count: int = 3) -> StoredFile:
    with WarcWriter(home, crawl_info()) as writer:
        for number in range(count):
            write_page(writer, number)
        return writer.close(crawl_report(count))


def write_first(home: Home) -> list[StoredCapture]:
    """Write a crawl with three pages and return them."""
    with WarcWriter(home, crawl_info("my-duc-1")) as writer:
        for number in range(3):
            write_page(writer, number, PAGE + str(number).encode())
        return list(read_captures(writer.close(crawl_report(3))))


def write_revisits(home: Home, reference: RecordReference) -> StoredFile:
    """Write a second crawl: the same bytes once, status 304 once."""
    with WarcWriter(home, crawl_info("my-duc-2")) as writer:
        headers = [(b"Content-Type", b"text/html")]
        writer.write_revisit(URL, LATER, OK, headers, reference, article_key="1", feed_date=FEED_DATE)
        writer.write_revisit(URL, LATER, NOT_MODIFIED, [(b"ETag", b'"a"')], reference, ip_address="192.0.2.1")
        assert writer.captures == 2
        return writer.close(crawl_report(2))
