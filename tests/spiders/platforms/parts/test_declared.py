"""Layouts in a portal's definition: which one applies, and what it extracts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from spiders.extract.article import PageReading, read_page
from spiders.pages.page import PageKind
from spiders.portal import Layout, Portal
from spiders.portal_values import PlatformName
from tests.spiders.platforms.pages import a_portal

URL = "https://dongtam.hanoi.test/tin/hop-giao-ban"
PARAGRAPH = "Sáng nay, xã Đồng Tâm họp giao ban với trưởng các thôn về việc thu hoạch lúa mùa và chuẩn bị vụ đông. "
NEW = Layout(
    name="2024",
    title="h2.ten-bai",
    body="div.noi-dung",
    lead="div.tom-tat",
    date="span.ngay",
    byline="p.nguoi-viet",
    source="div.nguon",
    section="ul.duong-dan li",
    tags="div.the a",
    skip="div.quang-cao",
)
OLD = Layout(name="2016", until=date(2024, 3, 31), title="td.ten", body="td.bai")
NEW_PAGE = f"""
  <ul class="duong-dan"><li>Trang chủ</li><li>Tin xã</li></ul>
  <h2 class="ten-bai">Xã họp giao ban tháng 10</h2><span class="ngay">Thứ hai, 14/10/2024 | 17:41 - Lượt xem: 25</span>
  <div class="noi-dung"><div class="tom-tat">Hai việc được bàn kỹ nhất là thu hoạch và vụ đông.</div>
    <p>{PARAGRAPH}</p><div class="quang-cao">Mua bán ô tô cũ</div><p>{PARAGRAPH * 2}</p>
    <p class="nguoi-viet">Tác giả: Ngọc Lan</p></div>
  <div class="nguon">Nguồn: Đài truyền thanh xã</div><div class="the"><a href="#">vụ đông</a></div>"""
OLD_PAGE = f'<table><tr><td class="ten">Xã họp giao ban</td></tr><tr><td class="bai">{PARAGRAPH * 3}</td></tr></table>'


def read(html: str, portal: Portal, captured_at: datetime | None = None) -> PageReading:
    return read_page(f"<!DOCTYPE html><html><body>{html}</body></html>".encode(), URL, portal, None, captured_at)


def portal_with(*layouts: Layout, platform: PlatformName = "liferay_point") -> Portal:
    return a_portal(platform).model_copy(update={"templates": layouts})


def test_the_layout_selects_every_part() -> None:
    reading = read(NEW_PAGE, portal_with(NEW, OLD))
    assert (reading.kind, reading.extractor, reading.template) == (PageKind.ARTICLE, "liferay_point", "2024")
    parts = reading.parts
    assert parts is not None
    assert (parts.title, parts.lead) == (
        "Xã họp giao ban tháng 10",
        "Hai việc được bàn kỹ nhất là thu hoạch và vụ đông.",
    )
    assert parts.body == (PARAGRAPH.strip(), (PARAGRAPH * 2).strip())
    assert (parts.byline, parts.credited_source_name) == ("Ngọc Lan", "Đài truyền thanh xã")
    assert (parts.section, parts.tags, parts.view_count) == ("Tin xã", ("vụ đông",), 25)
    assert parts.published_at is not None
    assert (parts.published_at.isoformat(), parts.published_basis) == ("2024-10-14T17:41:00+07:00", "template")


@pytest.mark.parametrize("captured_at", [None, datetime(2020, 5, 1, tzinfo=UTC)])
def test_the_newest_layout_that_fits_wins(captured_at: datetime | None) -> None:
    portal = portal_with(NEW, OLD)
    assert read(NEW_PAGE + OLD_PAGE, portal, captured_at).template == "2024"
    reading = read(OLD_PAGE, portal, captured_at)
    assert (reading.template, "outdated_template" in reading.flags) == ("2016", False)


def test_an_outdated_layout_is_tried_last_and_flagged() -> None:
    later = datetime(2025, 1, 1, tzinfo=UTC)
    reading = read(OLD_PAGE, portal_with(OLD), later)
    assert (reading.template, "outdated_template" in reading.flags) == ("2016", True)
    other = OLD.model_copy(update={"name": "2025", "until": None})
    assert read(OLD_PAGE, portal_with(OLD, other), later).template == "2025"


def test_a_page_without_a_matching_layout_is_read_by_the_platform() -> None:
    page = f'<div class="asset-full-content-title">Tên bài</div><div class="journal-content-article">{PARAGRAPH}</div>'
    reading = read(page, portal_with(NEW, OLD))
    assert (reading.extractor, reading.template) == ("liferay_point", "6.2")
