"""Pages that show nothing and lead on: which are redirects, which are only named, and which are pages."""

from __future__ import annotations

import pytest

from spiders.pages.html import parse_page
from spiders.platforms.parts.links.onward import Onward, leads_on

URL = "https://phuong.vn/cu/tin-1.html"
NEW = "https://phuong.vn/moi/tin-1.html"
TEXT = "<p>Tổ dân phố số 4 họp bàn việc dọn kênh sau trận mưa và hẹn nhau sáng Chủ nhật.</p>"


def onward(head: str = "", body: str = "") -> Onward | None:
    markup = f"<html><head><title>Tin</title>{head}</head><body>{body}</body></html>"
    return leads_on(parse_page(markup.encode(), URL, "text/html; charset=utf-8"))


@pytest.mark.parametrize(
    "head",
    [
        '<meta http-equiv="refresh" content="0; url=/moi/tin-1.html">',
        '<META HTTP-EQUIV="Refresh" CONTENT="0;URL=../moi/tin-1.html">',
        "<meta http-equiv=refresh content=\"1.5, URL = '/moi/tin-1.html' \">",
        f'<meta http-equiv="REFRESH" content=" 3 ;{NEW}">',
        f'<meta http-equiv="refresh" content="0 {NEW}">',
        '<base href="https://phuong.vn/moi/"><meta http-equiv="refresh" content="0; url=tin-1.html">',
    ],
)
def test_a_refresh_without_delay_is_a_redirect(head: str) -> None:
    assert onward(head) == Onward(NEW, is_followed=True)
    assert onward(head, f'<p>Xin chờ, hoặc bấm <a href="{NEW}">vào đây</a>.</p>') == Onward(NEW, is_followed=True)


@pytest.mark.parametrize(
    "head",
    [
        '<meta http-equiv="refresh" content="30; url=/moi/tin-1.html">',
        "<script>window.location.href = '/moi/tin-1.html';</script>",
        '<script>location.replace("https://phuong.vn/moi/tin-1.html")</script>',
        "<script>\ntop.location='/moi/tin-1.html'\n</script>",
    ],
)
def test_a_long_delay_or_a_script_is_named_only(head: str) -> None:
    assert onward(head) == Onward(NEW, is_followed=False)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ('<meta http-equiv="refresh" content="0; url=/moi/tin-1.html">', TEXT * 5),
        ('<meta http-equiv="refresh" content="0; url=/moi/tin-1.html">', "<a href=/a>Mục</a>" * 4),
        ("<script>location.href='/moi/tin-1.html'</script>", TEXT * 5),
        ('<script src="/x.js"></script><script>location.href="/dang-nhap"</script>', ""),
        (f"<script>{'var a = 1;' * 300}location.href='/dang-nhap'</script>", ""),
        ("<script>var mylocation = '/x'; document.locations = '/x'</script>", ""),
        ('<meta http-equiv="refresh" content="300">', ""),
        ('<meta http-equiv="refresh" content="0; url=">', ""),
        ('<meta http-equiv="refresh" content="0; url=/cu/tin-1.html#top">', ""),
        ('<meta http-equiv="refresh" content="; url=/moi/tin-1.html">', ""),
        ('<meta http-equiv="refresh" content="0; url=javascript:go()">', ""),
        ('<meta http-equiv="refresh" content="0; url=http://[">', ""),
        ('<meta name="refresh" content="0; url=/moi/tin-1.html">', ""),
        ("", ""),
    ],
)
def test_other_pages_lead_nowhere(head: str, body: str) -> None:
    assert onward(head, body) is None


def test_hostile_pages_take_bounded_time() -> None:
    assert onward(f'<meta http-equiv="refresh" content="{"0" * 100_000}; url=/a">') is None
    assert onward(f'<meta http-equiv="refresh" content="0{" " * 3_000}; url=/moi/tin-1.html">') is not None
    assert onward("<meta http-equiv=refresh>" * 20_000) is None
    assert onward("<script>" + "location " * 200 + "</script>") is None
