"""The cookie challenge, both ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiders.challenge import is_challenge

CHALLENGES = {
    "reload": (
        b'<html><body><script>document.cookie="D1N=8f14e45fceea167a5a36dedd4bea2543"+"; expires=Fri, 31-Dec-2037 '
        b'23:55:55 GMT; path=/";window.location.reload(true);</script></body></html>'
    ),
    "assigned address": (
        b"<script>document.cookie = 'D1N=' + token() + ';path=/'; window.location = window.location.href;</script>"
    ),
    "replace": b"<script>document.cookie='a=b;path=/';x='D1N=0aF3';document.cookie=x;location.replace('/')</script>",
    "capitals": b'<SCRIPT>DOCUMENT.COOKIE="D1N=1a2b";LOCATION.RELOAD()</SCRIPT>',
}
PAGES = {
    "an empty body": b"",
    "a small page": "<html><body><h1>Cổng thông tin</h1><p>Đang cập nhật.</p></body></html>".encode(),
    "another cookie": b'<script>document.cookie="lang=vi;path=/";location.reload()</script>',
    "a cookie without reload": b'<script>document.cookie="D1N=1a2b;path=/";</script><p>Tin</p>',
    "a reload without cookie": b'<script>location.href="/trang-chu"</script>',
    "the name in words": "<p>Máy chủ đặt cookie tên D1N.</p><script>location.href='/vi'</script>".encode(),
    "a full page that keeps the script": CHALLENGES["reload"] + b"<p>" + b"Tin trong ng\xc3\xa0y. " * 300 + b"</p>",
}


@pytest.mark.parametrize("body", CHALLENGES.values(), ids=CHALLENGES)
def test_flags(body: bytes) -> None:
    assert is_challenge(body)


@pytest.mark.parametrize("body", PAGES.values(), ids=PAGES)
def test_lets_through(body: bytes) -> None:
    assert not is_challenge(body)


def test_lets_every_real_page_through(shared: Path) -> None:
    pages = sorted((shared / "portals").rglob("*.html"))

    assert pages
    assert [page.name for page in pages if is_challenge(page.read_bytes())] == []
