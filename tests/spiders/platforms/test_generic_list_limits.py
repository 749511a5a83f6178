"""Hostile list pages: bounded time, whatever is repeated."""

from __future__ import annotations

import time

import pytest

from spiders.pages.html import NotAPage, parse_page
from spiders.platforms.generic import platform as generic
from tests.spiders.platforms.listed import DAYS, HOST
from tests.spiders.platforms.pages import a_page

ROW = '<li><h3><a href="/t/{n}">Tin bài số {n} của xã</a></h3><span>14/11/2025</span></li>'


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<ul>" + "".join(ROW.format(n=n) for n in range(5000)) + "</ul>", id="thousands of rows"),
        pytest.param(
            "".join(f'<a href="/t/{n}">Tin bài số {n} của xã</a> (14/11/2025)<br>' for n in range(5000)), id="flat rows"
        ),
        pytest.param(
            "".join(f'<ul><li><a href="/t/{n}">Tin bài số {n} của xã</a>14/11/2025' for n in range(150)) * 10,
            id="nested",
        ),
        pytest.param(
            "".join(
                f'<div class="c{chr(97 + n % 26) * (n % 99)}"><a href="/t/{n}">Tin bài số {n} của xã</a>{DAYS[0]}</div>'
                for n in range(4000)
            ),
            id="as many kinds of markup",
        ),
        pytest.param(
            f"<ul>{ROW * 2}<li><h3><a href='/t/3'>Tin bài số ba</a></h3>{'14/11/2025 ' * 90_000}</li></ul>",
            id="long text",
        ),
        pytest.param(
            f"<ul>{ROW * 2}<li><h3><a href='/t/3'>Tin bài số ba</a></h3>{'<b>14/11/2025</b>' * 9000}</li></ul>",
            id="dates",
        ),
        pytest.param(
            "<li><a href='/t/1'>" + "<b>" * 300 + "Tin bài số một của xã" + "</b>" * 300 + "</a>14/11/2025",
            id="deep title",
        ),
        pytest.param(
            "".join(
                f"<h2><a href='/t/{n}'>Tin bài số {n} của xã</a></h2>" + "<p>14/11/2025</p>" * 900 for n in range(20)
            ),
            id="wide gaps",
        ),
    ],
)
def test_hostile_lists_take_bounded_time(html: str) -> None:
    page = a_page(html, f"{HOST}/tin")
    started = time.process_time()
    generic.list_rows(page)
    assert time.process_time() - started < 8


def test_more_rows_than_a_page_may_have() -> None:
    with pytest.raises(NotAPage):
        parse_page(("<ul>" + ROW * 50_000 + "</ul>").encode(), HOST, None)
