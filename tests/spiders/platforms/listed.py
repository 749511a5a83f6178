"""List pages written for tests, and their rows in short form."""

from __future__ import annotations

from datetime import datetime

from spiders.pages.html import parse_page
from spiders.platforms.generic import platform as generic
from spiders.portal import Portal
from tests.spiders.platforms.pages import a_portal

HOST = "https://xathu.test"
PORTAL = a_portal("generic", HOST)
TITLES = (
    "Xã Thử họp giao ban công tác tháng mười",
    "Ra quân tổng vệ sinh môi trường đầu tuần",
    "Hội nghị tiếp xúc cử tri trước kỳ họp cuối năm",
    "Trao quà cho các gia đình chính sách trong xã",
)
DAYS = ("14/11/2025", "12/11/2025", "09/11/2025", "31/10/2025")
DATES = ("2025-11-14", "2025-11-12", "2025-11-09", "2025-10-31")
TIMES = tuple(f"{date}T08:1{n}" for n, date in enumerate(DATES))
VIEWS = (120, 121, 122, 123)
NONE = (None,) * len(TITLES)
SUMMARY = "Sáng nay, Ủy ban nhân dân xã Thử tổ chức hội nghị với các thôn và các ban ngành."

_FRAME = (
    '<div class="top"><a href="/">Trang thông tin điện tử xã Thử</a><p>Hôm nay, thứ hai, ngày 17/11/2025</p></div>'
    '<ul class="mn"><li><a href="/gioi-thieu">Giới thiệu chung về xã Thử</a></li>'
    '<li><a href="/lich">Lịch công tác tuần của lãnh đạo</a></li>'
    '<li><a href="/thu-tuc">Thủ tục hành chính của xã Thử</a></li></ul>'
    '<div class="page">{}</div><div class="ft"><p>Giấy phép số 12/GP-TTĐT, 01/02/2020</p></div>'
)

ShownRow = tuple[str, str, str | None, int | None]
"""Title, path, date or time, and views."""


def rows(html: str, portal: Portal = PORTAL, captured_at: datetime | None = None) -> list[ShownRow]:
    """Return the rows of a page whose main column is `html`."""
    body = f"<!DOCTYPE html><html><body>{_FRAME.format(html)}</body></html>".encode()
    found = generic.list_rows(parse_page(body, f"{HOST}/tin", None, captured_at).of(portal))
    return [
        (row.title, row.url.removeprefix(HOST), _short(row.published_at, row.published_precision), row.view_count)
        for row in found
    ]


def _short(at: datetime | None, precision: str | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M" if precision == "minute" else "%Y-%m-%d") if at else None


def filled(template: str) -> str:
    """Return the template once for each of the titles, with its number, day and summary."""
    return "".join(
        template.format(n=n, title=title, day=DAYS[n], date=DATES[n], summary=SUMMARY) for n, title in enumerate(TITLES)
    )


def expected(path: str, dates: tuple[str | None, ...] = DATES, views: tuple[int | None, ...] = NONE) -> list[ShownRow]:
    """Return the rows of a list that was filled with `filled`."""
    return [(title, path.format(n=n), dates[n], views[n]) for n, title in enumerate(TITLES)]
