"""A crawl with articles for tests, and the stages that make datasets of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from spiders.extract.stage import extraction
from spiders.portal import Portal, portal_of_platform
from warehouse.archive.warc.format import CrawlInfo
from warehouse.archive.warc.writer import WarcWriter
from warehouse.derive.identity import IDENTIFICATION
from warehouse.executors import LocalProcesses
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.stages import StageReport, bring_up_to_date
from warehouse.storage import StoredFile

NOW = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)
PAGE = (
    '<html><body><div class="asset-full-content-title">Tin số {number}</div>'
    '<div class="assetPublishDate">Ngày đăng 14/10/2024 | 17:41 | View count: 7</div>'
    '<div class="asset-full-content"><div class="journal-content-article"><p>{text}</p></div></div></body></html>'
)
TEXT = (
    "Sáng 14/10, Ủy ban nhân dân huyện tổ chức hội nghị giao ban công tác tháng, đánh giá kết quả thu ngân sách. " * 2
)


def my_duc() -> Portal:
    return portal_of_platform("liferay_point", "https://myduc.hanoi.test/tin").model_copy(update={"slug": "my-duc"})


def extract(home: Home, portals: Mapping[str, Portal], workers: int | None = None) -> StageReport:
    return bring_up_to_date(extraction(portals), home.storage, LocalProcesses(workers))


def identify(home: Home) -> StageReport:
    return bring_up_to_date(IDENTIFICATION, home.storage, LocalProcesses())


def write_crawl(home: Home, portal: Portal, crawl_id: str, articles: int = 2) -> StoredFile:
    info = CrawlInfo(crawl_id, portal.slug, "run", NOW, "test", portal.model_dump(mode="json"))
    with WarcWriter(home, info) as writer:
        for number in range(articles):
            body = PAGE.format(number=number, text=TEXT).encode()
            url = f"https://myduc.hanoi.test/tin/-/view_content/{number}-tin"
            writer.write(url, NOW, b"HTTP/1.1 200 OK", [(b"Content-Type", b"text/html")], body)
        broken = [(b"Content-Type", b"text/html"), (b"Content-Encoding", b"gzip")]
        writer.write("https://myduc.hanoi.test/hong", NOW, b"HTTP/1.1 200 OK", broken, b"no\x00gzip")
        report = CrawlReport(
            crawl_id, portal.slug, "run", NOW, NOW, "ok", "", articles, articles, articles, articles, articles, {}, ""
        )
        return writer.close(report)
