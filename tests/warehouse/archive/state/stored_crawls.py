"""Crawls of one portal in an archive, for tests of the state that is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from warehouse.archive.index.build import index_warc
from warehouse.archive.observations import Observations
from warehouse.archive.warc.format import CrawlInfo, RecordReference
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.records import CrawlKind, CrawlReport, Verdict
from warehouse.storage import StoredFile

PORTAL = "my-duc"
NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LIST = "https://thunghiem.test/tin"
LIST_KEY = "thunghiem.test/tin"


def url_of(key: str) -> str:
    return f"https://thunghiem.test/tin/{key}"


def add_crawl(
    home: Home,
    at: datetime,
    articles: dict[str, int] | None = None,
    observations: Observations | None = None,
    *,
    kind: CrawlKind = "full",
    verdict: Verdict = "ok",
    is_complete: bool = True,
    pages: Iterable[tuple[str, bytes, str | None]] = (),
    revisits: Iterable[RecordReference] = (),
    requests: int = 10,
    feed_date: str | None = None,
    urls: Mapping[str, str] | None = None,
) -> StoredFile:
    """Put a crawl into the archive: articles by key with the status that they answered, and further pages.

    `feed_date` is that of each article's capture; `urls` has URLs of articles, by key, that are not those of `url_of`.
    """
    crawl_id = f"{PORTAL}-{at:%Y%m%dT%H%M%SZ}-00"
    info = CrawlInfo(crawl_id, PORTAL, "run", at, "test", {}, kind=kind)
    with WarcWriter(home, info) as writer:
        for key, status in (articles or {}).items():
            status_line = f"HTTP/1.1 {status} X".encode()
            url = (urls or {}).get(key, url_of(key))
            writer.write(url, at, status_line, (), key.encode(), article_key=key, feed_date=feed_date)
        for url, payload, etag in pages:
            headers = [(b"ETag", etag.encode())] if etag else []
            writer.write(url, at, b"HTTP/1.1 200 OK", headers, payload)
        for reference in revisits:
            writer.write_revisit(
                reference.url, at, b"HTTP/1.1 304 Not Modified", (), reference, article_key=reference.url[-1]
            )
        report = CrawlReport(
            crawl_id=crawl_id,
            portal=PORTAL,
            run_id="run",
            started_at=at,
            ended_at=at + HOUR / 2,
            verdict=verdict,
            verdict_reason="",
            requests=requests,
            captures=writer.captures,
            list_rows_seen=1,
            articles_found=1,
            articles_new=1,
            errors={},
            warc_file=writer.name,
            kind=kind,
            is_complete=is_complete,
        )
        warc = writer.close(report, observations)
    index_warc(home, warc)
    return warc
