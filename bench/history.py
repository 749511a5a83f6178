"""Archive of a portal that was crawled daily for years, without the pages, for benchmark `state`.

Belongs here: writing the index, observations and reports of many crawls, each with a WARC file without captures. Does
not belong here: measuring. The archive is useless to code that reads pages; the start of a crawl reads none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from spiders.portal import Portal
from warehouse.archive.files import index_file, observations_file, report_file, warc_file
from warehouse.archive.index.reports import report_json
from warehouse.archive.observations import AskedPage, HostAnswers, ListedArticle, Observations, to_json
from warehouse.archive.warc.format import CrawlInfo
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import Clock
from warehouse.datasets import CAPTURES
from warehouse.home import Home
from warehouse.parquet import parquet_bytes
from warehouse.records import Capture, CrawlReport
from warehouse.settings import Refetch

HOST: Final = "biet-nhieu.hanoi.test"
SECTIONS: Final = ("tin", "thong-bao", "kinh-te", "van-hoa")
PORTAL: Final = Portal.model_validate(
    {
        "slug": "biet-nhieu-thu-nghiem",
        "name": "Cổng thông tin biết nhiều bài (thử nghiệm)",
        "owner": {"office": "Văn phòng thử nghiệm", "administrative_unit": "thành phố Hà Nội"},
        "platform": "liferay_point",
        "seed_urls": [f"http://{HOST}/{section}" for section in SECTIONS],
        "scope": {"hosts": [HOST]},
        "politeness": {"delay_seconds": 0},
    }
)
_DAY: Final = timedelta(days=1)
_FULL_EVERY: Final = 28
_ROWS_A_LIST: Final = 10


def write_history(home: Home, articles: int, crawls: int) -> None:
    """Write the archive of daily crawls until a day ago, each with the same number of new articles.

    Args:
        home: the home of the archive.
        articles: total number of articles.
        crawls: number of crawls; each also refetched the articles that were due.
    """
    # An hour more than whole days, so that the articles of a day are due again on the following days.
    begin = Clock().now() - crawls * _DAY - timedelta(hours=1)
    share = articles // crawls
    for number in range(crawls):
        _write_crawl(home, number, begin + number * _DAY, share)


def _write_crawl(home: Home, number: int, at: datetime, share: int) -> None:
    crawl_id = f"{PORTAL.slug}-{at:%Y%m%dT%H%M%SZ}-{number:04x}"
    warc = warc_file(home, PORTAL.slug, crawl_id)
    due = [number - age // _DAY for age in Refetch().daily]
    found = range(number * share, (number + 1) * share)
    again = [article for one in due if one >= 0 for article in range(one * share, (one + 1) * share)]
    captures = list(_captures(crawl_id, f"{PORTAL.slug}/{warc.name}", at, [*found, *again]))
    observations = _observations(found, at)
    report = CrawlReport(
        crawl_id=crawl_id,
        portal=PORTAL.slug,
        run_id="bench",
        started_at=at,
        ended_at=at + timedelta(minutes=10),
        verdict="ok",
        verdict_reason="generated for a benchmark",
        requests=len(captures) + 1,
        captures=len(captures),
        list_rows_seen=len(observations.listed),
        articles_found=share,
        articles_new=share,
        errors={},
        warc_file=f"{PORTAL.slug}/{warc.name}",
        kind="incremental" if number % _FULL_EVERY else "full",
        is_complete=True,
        articles_captured=len(captures),
        articles_recognised=len(captures),
    )
    WarcWriter(home, CrawlInfo(crawl_id, PORTAL.slug, "bench", at, "bench", PORTAL.model_dump(mode="json"))).close(
        report, observations
    )
    index_file(home, warc).put(parquet_bytes(CAPTURES.table(captures)))
    observations_file(home, warc).put(to_json(observations).encode())
    report_file(home, warc).put(report_json(report).encode())


def _captures(crawl_id: str, warc_file: str, at: datetime, articles: Sequence[int]) -> Iterator[Capture]:
    pages = [*((url, None) for url in PORTAL.seed_urls), *((article_url(one), str(one)) for one in articles)]
    for place, (url, key) in enumerate(pages):
        digest = hashlib.sha256(f"{crawl_id} {place}".encode()).hexdigest()
        yield Capture(
            capture_id=str(UUID(digest[:32])),
            crawl_id=crawl_id,
            portal=PORTAL.slug,
            url=url,
            captured_at=at + timedelta(seconds=place),
            status=200,
            content_type="text/html;charset=UTF-8",
            payload_digest=f"sha256:{digest}",
            is_revisit=False,
            bytes=30_000,
            article_key=key,
            warc_file=warc_file,
            warc_offset=place * 7_000,
        )


def _observations(found: range, at: datetime) -> Observations:
    newest = list(found)[-_ROWS_A_LIST * len(SECTIONS) :]
    return Observations(
        listed=tuple(
            ListedArticle(str(one), list_url(one), hashlib.sha256(b"%d" % one).hexdigest()[:16], at, at - _DAY / 2)
            for one in newest
        ),
        pages=tuple(AskedPage(url, url, is_list=True) for url in PORTAL.seed_urls),
        hosts={HOST: HostAnswers(asked=4)},
    )


def list_url(article: int) -> str:
    """Return the URL of the list that shows an article."""
    return f"http://{HOST}/{SECTIONS[article % len(SECTIONS)]}"


def article_url(article: int) -> str:
    """Return the URL of an article."""
    return f"{list_url(article)}/-/view_content/{article}-bai-viet-thu-nghiem-so-{article}"
