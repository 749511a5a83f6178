"""Digests of what pages say: the same text under another address, and texts that only look alike."""

from __future__ import annotations

import pytest

from spiders.crawl.settling.texts import text_digest
from spiders.pages.html import parse_page
from spiders.pages.page import Page

TEXT = (
    "Tổ dân phố số 4 họp bàn việc dọn dẹp kênh sau trận mưa, phân công từng nhà quét lối đi trước cửa và gom rác về "
    "một điểm. Phường cho mượn hai xe đẩy, hẹn chở rác đi trước bảy giờ sáng Chủ nhật để không cản đường chợ."
)


def page(title: str = "Tổ dân phố số 4 dọn kênh", text: str = TEXT, more: str = "") -> Page:
    markup = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><div>{text}</div>{more}</body></html>"
    return parse_page(markup.encode(), "https://phuong.vn/tin", "text/html; charset=utf-8")


@pytest.mark.parametrize(
    "more",
    [
        "<div>Lượt xem: 1234 lượt từ đầu năm</div>",
        "<span>Thứ Hai, 02/11/2026 - 08:15</span>",
        '<a href="/khac">Một bản tin khác với tiêu đề dài, đổi theo mỗi lần tải trang này</a>',
        "<script>var phien = 'một chuỗi dài thay đổi theo mỗi lần tải trang';</script>",
    ],
)
def test_counters_clocks_and_links_do_not_count(more: str) -> None:
    assert text_digest(page(more=more)) == text_digest(page())


def test_title_text_and_attachments_count() -> None:
    digests = {
        text_digest(page()),
        text_digest(page("Tổ dân phố số 5 dọn kênh")),
        text_digest(page(text=TEXT.replace("hai xe", "ba xe"))),
        text_digest(page(), ["https://phuong.vn/tep/lich-tuan-45.pdf"]),
        text_digest(page(), ["https://phuong.vn/tep/lich-tuan-46.pdf"]),
    }
    assert len(digests) == 5


def test_a_page_that_says_too_little_has_none() -> None:
    assert text_digest(page(text="Xem tệp đính kèm.")) is None
