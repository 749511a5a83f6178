"""Dates and views of rows on unknown systems: what is a row's date, and what only looks like one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.spiders.platforms.listed import DATES, NONE, TIMES, VIEWS, expected, filled, rows


def listed(beside: str) -> str:
    """Return a list with a title and `beside` in each row."""
    row = f'<li><h3><a href="/t/{{n}}">{{title}}</a></h3>{beside}</li>'
    return f"<ul>{filled(row)}</ul>"


@pytest.mark.parametrize(
    "beside",
    [
        "<span>{day}</span>",
        "{day}",
        "<time>{day}</time>",
        '<time datetime="">{day}</time>',
        '<time datetime="{date}">mới đây</time>',
        '<meta itemprop="datePublished" content="{date}">',
        "<em>({day})</em>",
        "<p>(Ngày {day})</p>",
        "<p>Ngày đăng: <b>{day}</b></p>",
        "<p>Đăng ngày {day}</p>",
        "<p>&nbsp;{day}&nbsp;&nbsp;</p>",
        "<p>Ban Biên tập, {day}</p>",
        "<p>Nguồn: Báo Thử | {day}</p>",
        "<p>Nguyễn Thị Thử - {day}</p>",
        '<p><a href="/muc">Tin tức sự kiện</a> {day}</p>',
        "<div><span>Tin tức</span><span>{day}</span></div>",
        '<p>Được đăng bởi <a href="/bbt">Ban Biên tập</a> vào ngày {day}</p>',
        '<p>Posted on <a href="/t/{n}">{day}</a> by <a href="/admin">admin</a></p>',
        '<p><i class="fa fa-clock"></i> {day} <i class="fa fa-user"></i> Ban Biên tập</p>',
        '<span class="video-duration">03:1{n}</span><span>{day}</span>',
        '<span style="display: none">01/01/2020</span><span>{day}</span>',
        "<p>{summary}</p><p>{day}</p>",
        '<span class="date">{day}</span> Sáng nay xã Thử tổ chức hội nghị với các thôn và các ban ngành.',
        "<table><tr><td>Ngày đăng:</td><td>{day}</td></tr></table>",
        "<p>{day}</p><p>Cập nhật: 16/11/2025</p>",
        "<p>{day} 08:15</p><p>{day} 17:30</p>",
        "<p>Đăng ngày {day}</p><p>Hạn nộp hồ sơ: 30/12/2025</p>",
    ],
)
def test_a_date_beside_the_title(beside: str) -> None:
    assert rows(listed(beside)) == expected("/t/{n}")


@pytest.mark.parametrize(
    "beside",
    [
        "<span>{day} 08:1{n}</span>",
        "<span>08:1{n} - {day}</span>",
        "<span>{day} | 08:1{n} (GMT+7)</span>",
        "<span>{day} 8:1{n}:00 SA</span>",
        "<span>{date} 08:1{n}:00</span>",
        "<span>{date}T08:1{n}:00</span>",
        "<span>{day}</span> <span>08:1{n}</span>",
        "<span>{day}</span><time datetime='{date}T08:1{n}:00+07:00'></time>",
        "<p>Cập nhật lúc 08:1{n} ngày {day}</p>",
        "<p>Đăng lúc 08:1{n} ngày {day}</p><p>Cập nhật lúc 10:30 ngày {day}</p>",
        '<time datetime="{date}T01:1{n}:00Z">08:1{n}</time>',
        '<time datetime="{date}T08:1{n}:00+07:00">13/11/2025 (giờ quốc tế)</time>',
    ],
)
def test_a_time_beside_the_title(beside: str) -> None:
    assert rows(listed(beside)) == expected("/t/{n}", TIMES)


@pytest.mark.parametrize(
    "beside",
    [
        "<p>{day} | Lượt xem: 12{n}</p>",
        "<p>{day} - Đã đọc 12{n} lần</p>",
        "<p>Lượt xem: <b>12{n}</b> <b>{day}</b></p>",
        "<p>Tác giả: Ban Biên tập<br>Ngày đăng: {day}<br>Lượt xem: 12{n}</p>",
        "<p>{day}</p><p>{summary}</p><p>12{n} lượt xem</p>",
    ],
)
def test_date_and_views(beside: str) -> None:
    assert rows(listed(beside)) == expected("/t/{n}", DATES, VIEWS)


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param("<p>Sáng {day}, xã Thử ra quân.</p>", id="a sentence"),
        pytest.param("<p>Sáng <b>{day}</b>, xã Thử ra quân.</p>", id="a sentence with emphasis"),
        pytest.param("<p>Hội nghị diễn ra ngày {day}</p>", id="the end of a sentence"),
        pytest.param("<p><b>Xã Thử, ngày {day}</b> - Sáng nay xã gặp mặt các cụ cao tuổi.</p>", id="a dateline"),
        pytest.param("<p>(XT) - Ngày {day}, xã Thử gặp mặt các cụ cao tuổi.</p>", id="after a dateline"),
        pytest.param("<p>Thời gian: 08:00 ngày {day}</p>", id="the time of an event"),
        pytest.param("<p><b>Tối {day}</b></p>", id="the evening of an event"),
        pytest.param("<p>Từ {day} đến 30/12/2025</p>", id="a range"),
        pytest.param("<p>{day} - 30/12/2025</p>", id="a range without words"),
        pytest.param("<p>{day}</p><p>30/12/2025</p>", id="two dates"),
        pytest.param("<p>Hạn nộp: {day}</p>", id="a deadline"),
        pytest.param("<p>Ngày ban hành: {day}</p>", id="the date of a document"),
        pytest.param("<p>Số 12/KH-UBND ngày {day}</p>", id="the number of a document"),
        pytest.param("<p>{day} (âm lịch)</p>", id="a lunar date"),
        pytest.param("<p>Hôm nay, {day}</p>", id="a clock"),
        pytest.param("<p><span>1{n}</span><span>Th10</span></p>", id="no year"),
        pytest.param("<p>14<br>11/2025</p>", id="a date over two lines"),
        pytest.param("<p>Năm 2025</p>", id="a year"),
        pytest.param('<p data-time="{date}">vừa xong</p>', id="a date that is not shown"),
        pytest.param("<p>{n} giờ trước</p>", id="an age, captured at an unknown time"),
    ],
)
def test_what_is_no_date_of_publication(beside: str) -> None:
    assert rows(listed(beside)) == expected("/t/{n}", NONE)


def test_a_date_in_a_title_is_no_date_of_publication() -> None:
    titles = [f"Giá nông sản tại chợ xã Thử ngày 1{n}/11/2025" for n in range(4)]
    html = "".join(f"<li><h3><a href='/t/{n}'>{t}</a></h3><p>Bảng giá rau củ.</p></li>" for n, t in enumerate(titles))
    assert rows(html) == [(title, f"/t/{n}", None, None) for n, title in enumerate(titles)]


def test_an_age_is_relative_to_the_capture() -> None:
    html = listed("<p>{n} ngày trước</p>").replace("0 ngày trước", "4 ngày trước")
    captured_at = datetime(2025, 11, 17, 5, tzinfo=UTC)
    days = ("2025-11-13", "2025-11-16", "2025-11-15", "2025-11-14")
    assert rows(html, captured_at=captured_at) == expected("/t/{n}", days)


def test_a_date_over_several_elements() -> None:
    html = listed("<p><span>1{n}</span><span>Tháng 10</span><span>2025</span></p>")
    assert rows(html) == expected("/t/{n}", tuple(f"2025-10-1{n}" for n in range(4)))
