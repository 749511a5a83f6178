"""Dates in the forms that portals write."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.clock import HANOI_TIME
from warehouse.text.dates import Moment, parse_moment

SEEN_AT = datetime(2025, 9, 8, 17, 41, 30, tzinfo=HANOI_TIME)  # a Monday


def read(text: str, near: date | None = None, seen_at: datetime | None = None) -> tuple[str, str] | None:
    moment = parse_moment(text, near=near, seen_at=seen_at)
    return (moment.at.isoformat(), moment.precision) if moment else None


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        # Liferay and NukeViet portals
        ("Ngày đăng 14/06/2018 | 11:22 AM | View count: 1108", "2018-06-14T11:22:00", "minute"),
        ("Publish date 01/02/2018 | 03:45 PM | View count: 9", "2018-02-01T15:45:00", "minute"),
        ("10/08/2016 | 10:17 AM", "2016-08-10T10:17:00", "minute"),
        ("14/10/2024 | 17:41", "2024-10-14T17:41:00", "minute"),
        ("08/09/2025", "2025-09-08T00:00:00", "day"),
        ("Thứ hai - 14/10/2024 17:41", "2024-10-14T17:41:00", "minute"),
        ("Thứ hai -14/10/2024", "2024-10-14T00:00:00", "day"),
        ("Thứ 2 - 14-10-2024", "2024-10-14T00:00:00", "day"),
        ("Thứ năm, 30/10/2025 | 10:31", "2025-10-30T10:31:00", "minute"),
        ("Thứ hai, 8/9/2025, 14:30 (GMT+7)", "2025-09-08T14:30:00", "minute"),
        ("17:23:45 | 07/08/2018", "2018-08-07T17:23:45", "second"),
        ("T2, 08/09/2025 - 08:15", "2025-09-08T08:15:00", "minute"),
        ("CN, 14/09/2025", "2025-09-14T00:00:00", "day"),
        ("THỨ HAI, NGÀY 8 THÁNG 9 NĂM 2025", "2025-09-08T00:00:00", "day"),
        ("Thứ Hai, ngày\u00a08\u00a0tháng\u00a09\u00a0năm 2025", "2025-09-08T00:00:00", "day"),
        ("\n\t\t\t14/10/2024\n\t\t\t|\u00a017:41\n" + "\t" * 900, "2024-10-14T17:41:00", "minute"),
        ("08\u200b/09/2025 08:15", "2025-09-08T08:15:00", "minute"),
        # separators and words
        ("08-09-2025 08:15", "2025-09-08T08:15:00", "minute"),
        ("08.09.2025", "2025-09-08T00:00:00", "day"),
        ("1.2.2024 - 9h05", "2024-02-01T09:05:00", "minute"),
        ("30/4-1975", "1975-04-30T00:00:00", "day"),
        ("ngày 2/9 năm 2025", "2025-09-02T00:00:00", "day"),
        ("21 tháng 09 năm 2025", "2025-09-21T00:00:00", "day"),
        ("Mỹ Đức, ngày 5 tháng 8 năm 2025", "2025-08-05T00:00:00", "day"),
        ("17:41 Thứ Hai, 14 tháng 10, 2024", "2024-10-14T17:41:00", "minute"),
        ("14 thg 10, 2024", "2024-10-14T00:00:00", "day"),
        ("14 Th10, 2024", "2024-10-14T00:00:00", "day"),
        ("14 Tháng Mười, 2024", "2024-10-14T00:00:00", "day"),
        ("Tháng Mười 14, 2024", "2024-10-14T00:00:00", "day"),
        ("Tháng Mười Hai 14, 2024 5:41 chiều", "2024-12-14T17:41:00", "minute"),
        ("Theo báo cáo ngày 05/08/2025.Trong đó", "2025-08-05T00:00:00", "day"),
        # the time's position
        ("Cập nhật: 8/9/2025 14:30", "2025-09-08T14:30:00", "minute"),
        ("Đăng lúc 14:30 8/9/2025", "2025-09-08T14:30:00", "minute"),
        ("Đăng lúc: 08/09/2025 14:30 - Lượt xem: 123", "2025-09-08T14:30:00", "minute"),
        ("Cập nhật lúc 08:15, Thứ Hai, ngày 14/10/2024", "2024-10-14T08:15:00", "minute"),
        ("14:30 ngày 08/09/2025", "2025-09-08T14:30:00", "minute"),
        ("14h30, ngày 8/9/2025", "2025-09-08T14:30:00", "minute"),
        ("14 giờ 30 phút, thứ Hai, ngày 8/9/2025", "2025-09-08T14:30:00", "minute"),
        ("8 giờ 5 phút ngày 8/9/2025", "2025-09-08T08:05:00", "minute"),
        ("14h ngày 8/9/2025", "2025-09-08T14:00:00", "minute"),
        ("14/10/2024 (Thứ hai) 17:41", "2024-10-14T17:41:00", "minute"),
        ("14/10/2024 lúc 17:41", "2024-10-14T17:41:00", "minute"),
        ("Ngày tạo: 14-10-2024 Giờ: 17:41", "2024-10-14T17:41:00", "minute"),
        ("17:41-14/10/2024", "2024-10-14T17:41:00", "minute"),
        ("14/10/2024-17:41", "2024-10-14T17:41:00", "minute"),
        ("04/06/2016 22:00:00", "2016-06-04T22:00:00", "minute"),
        # 12-hour clock
        ("27/11/2014 | 12:00 AM", "2014-11-27T00:00:00", "day"),
        ("27/11/2014 | 00:00", "2014-11-27T00:00:00", "day"),
        ("27/11/2014 | 12:00 PM", "2014-11-27T12:00:00", "minute"),
        ("27/11/2014 | 12:20 AM", "2014-11-27T00:20:00", "minute"),
        ("27/11/2014 | 08:15 CH", "2014-11-27T20:15:00", "minute"),
        ("27/11/2014 12:05:09 SA", "2014-11-27T00:05:09", "second"),
        ("27/11/2014 | 17:41 PM", "2014-11-27T17:41:00", "minute"),
        ("27/11/2014 | 17:41 SA", "2014-11-27T00:00:00", "day"),
        ("2 giờ chiều ngày 27/11/2014", "2014-11-27T14:00:00", "minute"),
        ("12h trưa ngày 27/11/2014", "2014-11-27T12:00:00", "minute"),
        ("1h trưa ngày 27/11/2014", "2014-11-27T13:00:00", "minute"),
        ("2h đêm 27/11/2014", "2014-11-27T02:00:00", "minute"),
        ("12h đêm 27/11/2014", "2014-11-27T00:00:00", "day"),
        ("10 p.m. 27/11/2014", "2014-11-27T22:00:00", "minute"),
        # invalid times, or more than one
        ("14/10/2024 | 25:61", "2024-10-14T00:00:00", "day"),
        ("từ 8h00 đến 11h30 ngày 14/10/2024", "2024-10-14T00:00:00", "day"),
        ("14/10/2024 8:00-11:30", "2024-10-14T00:00:00", "day"),
        ("14/10/2024 8:00 -11:30", "2024-10-14T00:00:00", "day"),
        ("Họp lúc 8h00 ngày 14/10/2024 - 17:41", "2024-10-14T00:00:00", "day"),
        # short years
        ("Thứ Hai, 08/09/25 08:15", "2025-09-08T08:15:00", "minute"),
        ("Ngày đăng: 08/09/25", "2025-09-08T00:00:00", "day"),
        ("ngày 30/4/75", "1975-04-30T00:00:00", "day"),
        # machine formats
        ("2024-10-14", "2024-10-14T00:00:00", "day"),
        ("2024/10/14 17:41", "2024-10-14T17:41:00", "minute"),
        ("2024-10-14T17:41:00+07:00", "2024-10-14T17:41:00", "minute"),
        ("2024-10-14T17:41:09+0700", "2024-10-14T17:41:09", "second"),
        ("2024-10-14T17:41", "2024-10-14T17:41:00", "minute"),
        ("2024-10-14 17:41:09.123", "2024-10-14T17:41:09", "second"),
        ("2024-10-14T18:30:00Z", "2024-10-15T01:30:00", "minute"),
        ("2024-10-13T17:00:00.000Z", "2024-10-14T00:00:00", "day"),
        ("2024-10-14T00:00:00Z", "2024-10-14T00:00:00", "day"),
        ("2024-10-14T17:41:00-05:00", "2024-10-15T05:41:00", "minute"),
        ("2024-01-01T10:00:00+99:99", "2024-01-01T00:00:00", "day"),
        ("2024-01-01T10:00:00+20:00", "2024-01-01T00:00:00", "day"),
        ("2024-10-14+0717:41:00", "2024-10-14T17:41:00", "minute"),
        ("Mon, 14 Oct 2024 17:41:00 +0700", "2024-10-14T17:41:00", "minute"),
        ("Sun, 13 Oct 2024 18:30:00 GMT", "2024-10-14T01:30:00", "minute"),
        ("Mon Oct 14 2024 17:41:00 GMT+0700 (Indochina Time)", "2024-10-14T17:41:00", "minute"),
        ("Monday, October 14th, 2024 5:41 PM", "2024-10-14T17:41:00", "minute"),
        # a short year beside a time, and times in zones whose names are ambiguous
        ("08/09/25 14:30", "2025-09-08T14:30:00", "minute"),
        ("14:30 08/09/25", "2025-09-08T14:30:00", "minute"),
        ("Nov. 19, 2019 8:03 pm ET", "2019-11-19T00:00:00", "day"),
        ("Nov 19, 2019, 8:03 PM (EST)", "2019-11-19T00:00:00", "day"),
        ("ngày 14 tháng 10 năm 2024 lúc 5 giờ chiều", "2024-10-14T17:00:00", "minute"),
    ],
)
def test_forms_of_the_portals(text: str, at: str, precision: str) -> None:
    for spelling in (text, unicodedata.normalize("NFD", text), text.upper()):
        assert read(spelling) == (f"{at}+07:00", precision), spelling


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hôm qua",
        "3 giờ trước",
        # impossible days
        "31/02/2024",
        "32/01/2024 | 10:00",
        "31/02/2024, sửa ngày 01/03/2024",
        "10/13/2024",
        "10/14/2024 5:41:00 PM",
        "2024-13-01",
        "0/0/2024",
        "30 tháng 2 năm 2024",
        "14 tháng 13 năm 2024",
        "Thứ hai, 40/10/24",
        "9999-12-31T23:59:00-07:00",
        # document numbers
        "Nghị định số 15/2020/NĐ-CP",
        "số 24-CT/TU",
        "24/2024/QĐ-UBND",
        "số 12/2025/NQ-HĐND",
        "01/02/2024/QĐ-UBND",
        "01-02-2024-QĐ",
        "Số: 01/02/2024",
        # numbers
        "12/10",
        "3/4 số hộ",
        "08/09/25",
        "08-09-25",
        "ngày 10-11-12",
        "024.3825.1234",
        "0912-10-2024",
        "84-24-2024",
        "192.168.1.2024",
        "10.10.2024.5",
        "1.200.000 đồng",
        "12.10.2024.000 đồng",
        "20241014",
        "2021-2025",
        "2024-10-14-001",
        "10-12/2024",
        "quý 3/2024",
        # the lunar calendar
        "10 tháng 3 năm 2025 âm lịch",
        "10/3/2025 (âm lịch)",
        # ranges
        "từ ngày 01 đến 15/4/2020",
        "12-14/10/2024",
        "12 - 14/10/2024",
        "ngày 12, 14/10/2024",
        "ngày 12 và 14/10/2024",
        "08/09 - 10/09/2025",
        "01/04/2020 - 15/04/2020",
        "từ 01/04/2020 đến hết ngày 15/04/2020",
        "08:00 14/10/2024 - 10:00 15/10/2024",
        "14/10/2024 08:00 - 16/10/2024 17:00",
        "Thứ hai 14/10/2024 đến thứ sáu 18/10/2024",
        "ngày 2 tháng 9 đến ngày 5 tháng 9 năm 2024",
    ],
)
def test_other_text_is_no_date(text: str) -> None:
    assert read(text) is None
    assert read(unicodedata.normalize("NFD", text)) is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Lịch tuần (13/10/2025 - 17/10/2025) | Ngày đăng 12/10/2025 08:15", "2025-10-12T08:15:00"),
        ("Quyết định 24/2024/QĐ-UBND ngày 05/03/2024", "2024-03-05T00:00:00"),
        ("Lượt xem: 181 - 14/10/2024", "2024-10-14T00:00:00"),
        ("Số 28 - 14/10/2024", "2024-10-14T00:00:00"),
        ("Số 5 - 10:00 14/10/2024", "2024-10-14T10:00:00"),
        ("Phường 5, 14/10/2024", "2024-10-14T00:00:00"),
        ("17:41 - 14/10/2024", "2024-10-14T17:41:00"),
        ("14/10/2024 - 17:41", "2024-10-14T17:41:00"),
        ("12/10/2024 và 14/10/2024", "2024-10-12T00:00:00"),
    ],
)
def test_a_date_beside_other_numbers_is_found(text: str, at: str) -> None:
    found = read(text)
    assert found is not None
    assert found[0] == f"{at}+07:00"


@pytest.mark.parametrize(
    ("text", "near", "day"),
    [
        ("Sáng 12-10", date(2024, 10, 14), "2024-10-12"),
        ("Chiều ngày 11/10", date(2024, 10, 11), "2024-10-11"),
        ("Chiều ngày 11 tháng 10", date(2024, 10, 11), "2024-10-11"),
        ("Thứ bảy, 12/10", date(2024, 10, 14), "2024-10-12"),
        ("Tối 30/12", date(2025, 1, 2), "2024-12-30"),
        ("29/2", date(2026, 5, 1), "2024-02-29"),
    ],
)
def test_a_day_without_year_is_the_last_such_day(text: str, near: date, day: str) -> None:
    assert read(text, near) == (f"{day}T00:00:00+07:00", "day")
    assert read(text) is None


@pytest.mark.parametrize("text", ["Sáng 31-2", "Đạt 3/4 số hộ", "sáng ngày 9 - 10/10", "ngày 12-13/10", "quý 3/2024"])
def test_numbers_are_not_days_without_a_year(text: str) -> None:
    assert read(text, date(2024, 10, 14)) is None


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        ("hôm nay", "2025-09-08T00:00:00", "day"),
        ("Hôm qua", "2025-09-07T00:00:00", "day"),
        ("hôm kia", "2025-09-06T00:00:00", "day"),
        ("Hôm nay lúc 14:30", "2025-09-08T14:30:00", "minute"),
        ("hôm qua, 08:15", "2025-09-07T08:15:00", "minute"),
        ("Hôm qua - 08:15", "2025-09-07T08:15:00", "minute"),
        ("14h30, hôm qua", "2025-09-07T14:30:00", "minute"),
        ("40 giây trước", "2025-09-08T17:41:00", "minute"),
        ("5 phút trước", "2025-09-08T17:36:00", "minute"),
        ("1 giờ 20 phút trước", "2025-09-08T16:21:00", "minute"),
        ("3 giờ trước", "2025-09-08T00:00:00", "day"),
        ("20 giờ trước", "2025-09-07T00:00:00", "day"),
        ("2 ngày trước", "2025-09-06T00:00:00", "day"),
        ("1 tuần trước", "2025-09-01T00:00:00", "day"),
        ("Cập nhật: 3 giờ trước", "2025-09-08T00:00:00", "day"),
        ("Đã đăng 3 ngày trước", "2025-09-05T00:00:00", "day"),
        ("Tin tức | 20 giờ trước | 5 bình luận", "2025-09-07T00:00:00", "day"),
        ("1 ngày, 10 giờ trước", "2025-09-07T00:00:00", "day"),
        ("1 tuần và 2 ngày trước", "2025-08-30T00:00:00", "day"),
        ("hơn 2 tiếng trước", "2025-09-08T00:00:00", "day"),
        ("Cách đây 5 phút", "2025-09-08T17:36:00", "minute"),
        ("1 day, 10 hours ago", "2025-09-07T00:00:00", "day"),
        ("Posted by: Ban biên tập 1\xa0day, 10\xa0hours ago", "2025-09-07T00:00:00", "day"),
        ("an hour ago", "2025-09-08T00:00:00", "day"),
        ("About 3 mins ago", "2025-09-08T17:38:00", "minute"),
        ("Updated 1 week, 3 days ago", "2025-08-29T00:00:00", "day"),
        ("Yesterday at 8:15 AM", "2025-09-07T08:15:00", "minute"),
        ("Today, 10:05", "2025-09-08T10:05:00", "minute"),
    ],
)
def test_ages_are_relative_to_the_capture(text: str, at: str, precision: str) -> None:
    for seen_at in (SEEN_AT, SEEN_AT.astimezone(UTC)):
        assert read(text, seen_at=seen_at) == (f"{at}+07:00", precision)
    moment = parse_moment(unicodedata.normalize("NFD", text), seen_at=SEEN_AT)
    assert moment is not None
    assert moment.is_reckoned
    assert parse_moment(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Hôm qua, UBND thành phố họp",
        "3 ngày trước hội nghị",
        "Sáng hôm nay",
        "5 tháng trước",
        "trước",
        "hôm nọ",
        "2 months ago",
        "1 year, 2 months ago",
        "ago",
        "days ago",
        "Two men met yesterday",
    ],
)
def test_prose_gives_no_age(text: str) -> None:
    assert parse_moment(text, seen_at=SEEN_AT) is None


def test_a_date_takes_precedence_over_an_age() -> None:
    moment = parse_moment("Hôm nay: thứ Ba, ngày 2/9/2025", seen_at=SEEN_AT)
    assert moment == Moment(datetime(2025, 9, 2, tzinfo=HANOI_TIME), "day")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Thứ hai, 14/10/2024", None),
        ("Thứ ba, 14/10/2024", 1),
        ("Thứ 3 ngày 14/10/2024", 1),
        ("T3, 14/10/2024 17:41", 1),
        ("Chủ nhật - 14/10/2024 17:41", 6),
        ("CN 14/10/2024", 6),
        ("Thứ Tư, 17:41, 14/10/2024", 2),
        ("17:41 thứ bẩy, ngày 14 tháng 10 năm 2024", 5),
        ("14/10/2024 (thứ năm)", 3),
        ("Friday, October 14, 2024", 4),
        ("Sun, 13 Oct 2024 18:30:00 GMT", None),
        ("Sat, 13 Oct 2024 18:30:00 GMT", 6),  # a day too early, in Vietnam as in Greenwich
        ("Kỳ họp thứ năm, 14/10/2024", None),
        ("Hội nghị lần thứ ba 14/10/2024", None),
        ("14/10/2024", None),
    ],
)
def test_a_weekday_is_compared_with_its_date(text: str, wrong: int | None) -> None:
    moment = parse_moment(text)
    assert moment is not None
    assert moment.at.date() == date(2024, 10, 14)
    assert moment.wrong_weekday == wrong
    assert moment.weekday_differs == (wrong is not None)


MONTHS = "Một Hai Ba Tư Năm Sáu Bảy Tám Chín Mười|Mười Một|Mười Hai".replace(" ", "|", 9).split("|")
ENGLISH_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
LONG_ENGLISH_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật"]
SHORT_WEEKDAYS = ["T2", "T3", "T4", "T5", "T6", "T7", "CN"]
ENGLISH_WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

DAY_FORMS: list[Callable[[date], str]] = [
    lambda d: f"{d.day:02d}/{d.month:02d}/{d.year}",
    lambda d: f"Ngày đăng: {d.day}-{d.month}-{d.year}",
    lambda d: f"{WEEKDAYS[d.weekday()]} - {d.day}.{d.month:02d}.{d.year}",
    lambda d: f"ngày {d.day:02d} tháng {d.month:02d} năm {d.year}",
    lambda d: f"{d.day} Tháng {MONTHS[d.month - 1]}, {d.year}",
    lambda d: f"{d.isoformat()}",
    lambda d: f"{WEEKDAYS[d.weekday()]}, {d.day:02d}/{d.month:02d}/{d.year % 100:02d}",
    lambda d: f"{SHORT_WEEKDAYS[d.weekday()]}, {d.day:02d}/{d.month:02d}/{d.year}",
    lambda d: f"{d.day} / {d.month} / {d.year}",
    lambda d: f"{WEEKDAYS[d.weekday()].title()}, ngày {d.day} tháng {d.month} năm {d.year}",
    lambda d: f"Tháng {MONTHS[d.month - 1]} {d.day}, {d.year}",
    lambda d: f"{d.day:02d} Th{d.month}, {d.year}",
    lambda d: f"{d.day} thg {d.month}, {d.year}",
    lambda d: f"{d.year}/{d.month:02d}/{d.day:02d}",
    lambda d: f"{d.day:02d} {ENGLISH_MONTHS[d.month - 1]} {d.year}",
    lambda d: f"{LONG_ENGLISH_MONTHS[d.month - 1]} {d.day}, {d.year}",
    lambda d: f"Hà Nội, ngày {d.day}/{d.month} năm {d.year}",
    lambda d: f"Cập nhật: {d.day:02d}-{d.month:02d}-{d.year} | Lượt xem: 12",
]
CLOCK_FORMS: list[Callable[[datetime], str]] = [
    lambda t: f"{t:%d/%m/%Y | %H:%M}",
    lambda t: f"Publish date {t:%d/%m/%Y | %I:%M %p} | View count: 1108",
    lambda t: f"{t.day}/{t.month}/{t.year} {t.hour % 12 or 12}:{t:%M} {'SA' if t.hour < 12 else 'CH'}",
    lambda t: f"{WEEKDAYS[t.weekday()]}, {t.day}/{t.month}/{t.year}, {t:%H:%M} (GMT+7)",
    lambda t: f"{WEEKDAYS[t.weekday()]} - {t:%d/%m/%Y %H:%M}",
    lambda t: f"{t:%Hh%M}, ngày {t.day}/{t.month}/{t.year}",
    lambda t: f"{t.hour} giờ {t:%M} phút ngày {t.day} tháng {t.month} năm {t.year}",
    lambda t: f"Đăng lúc: {t:%H:%M} {t:%d-%m-%Y}",
    lambda t: f"{t:%H:%M:%S | %d/%m/%Y}",
    lambda t: f"{t:%H:%M} {WEEKDAYS[t.weekday()]}, {t.day} tháng {t.month}, {t.year}",
    lambda t: f"{t.day} Tháng {MONTHS[t.month - 1]}, {t.year} lúc {t:%H:%M}",
    lambda t: t.isoformat(),
    lambda t: f"{t:%Y-%m-%d+07%H:%M:%S}",
    lambda t: f"{ENGLISH_WEEKDAYS[t.weekday()]}, {t.day} {ENGLISH_MONTHS[t.month - 1]} {t:%Y %H:%M:%S} +0700",
]


def days() -> Iterator[date]:
    """Yield the days of 2000 to 2030."""
    return map(date.fromordinal, range(date(2000, 1, 1).toordinal(), date(2030, 12, 31).toordinal() + 1))


@pytest.mark.parametrize("form", DAY_FORMS)
def test_every_day_survives_a_round_trip(form: Callable[[date], str]) -> None:
    count = 0
    for day in days():
        assert parse_moment(form(day)) == Moment(datetime(day.year, day.month, day.day, tzinfo=HANOI_TIME), "day")
        count += 1
    assert count == 11_323


@pytest.mark.parametrize("form", CLOCK_FORMS)
def test_every_minute_of_a_day_survives_a_round_trip(form: Callable[[datetime], str]) -> None:
    midnight = datetime(2024, 10, 14, tzinfo=HANOI_TIME)
    for at in (midnight + timedelta(minutes=minute) for minute in range(24 * 60)):
        assert parse_moment(form(at)) == Moment(at, "day" if at == midnight else "minute"), at


MOMENTS = st.datetimes(min_value=datetime(1997, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(HANOI_TIME))  # noqa: DTZ001 - hypothesis takes naive bounds


@given(MOMENTS, st.sampled_from(CLOCK_FORMS))
def test_any_minute_survives_a_round_trip_in_any_form(at: datetime, form: Callable[[datetime], str]) -> None:
    at = at.replace(second=0, microsecond=0)
    assert parse_moment(form(at)) == Moment(at, "minute" if at.hour or at.minute else "day")


@given(st.dates(date(2000, 1, 1), date(2030, 12, 31)), st.sampled_from(DAY_FORMS))
def test_any_day_survives_a_round_trip_in_any_form_and_spelling(day: date, form: Callable[[date], str]) -> None:
    text = unicodedata.normalize("NFD", form(day)).upper().replace(" ", "\u00a0")
    assert parse_moment(text) == Moment(datetime(day.year, day.month, day.day, tzinfo=HANOI_TIME), "day")


@given(MOMENTS)
def test_iso_dates_are_parsed_in_any_time_zone(at: datetime) -> None:
    moment = parse_moment(at.astimezone(UTC).isoformat())
    assert moment is not None
    utc = at.astimezone(UTC)
    if utc.hour or utc.minute or utc.second:
        assert moment.at == at.replace(microsecond=0)
    assert moment.at.utcoffset() == timedelta(hours=7)


@given(st.integers(1, 31), st.integers(1, 12), st.integers(2000, 2030), st.integers(1, 999))
def test_other_numbers_are_never_dates(day: int, month: int, year: int, number: int) -> None:
    for text in (
        f"{number}/{year}/QĐ-UBND",
        f"số {day}/{month}/{year}",
        f"{day:02d}/{month:02d}/{year}/NQ-HĐND",
        f"{day}/{month}",
        f"{month}/{year}",
        f"{day}-{month}/{year}",
        f"{day}.{month}.{year}.{number}",
        f"10.{day}.{month}.{year}",
        f"{number:03d}.{year}.{day:02d}{month:02d}",
        f"tel:+84-{day}-{year}{number:04d}",
        f"{day}.{number:03d}.{year * 10} đồng",
        f"01 - {day + 1}/{month}/{year}",
        f"{day}/{month}/{year} - {day}/{month}/{year}",
        f"ngày {day} tháng {month} năm {year} âm lịch",
        f"{day:02d}/{month:02d}/{year % 100:02d}",
    ):
        assert parse_moment(text) is None, text


@given(st.integers(13, 99), st.integers(1, 31), st.integers(2000, 2030))
def test_the_month_never_comes_first(wrong_month: int, day: int, year: int) -> None:
    assert parse_moment(f"{day}/{wrong_month}/{year} 5:41:00 PM") is None


@given(st.text(max_size=60))
def test_no_text_makes_the_parser_fail(text: str) -> None:
    moment = parse_moment(text, near=date(2024, 1, 1), seen_at=SEEN_AT)
    assert moment is None or moment.at.utcoffset() == timedelta(hours=7)


@given(
    st.from_regex(r"[0-9]{1,4}[/.-][0-9]{1,4}[/.-][0-9]{1,4}[ T|]{0,3}[0-9]{0,2}:?[0-9]{0,2} ?(AM|PM|Z|[+-][0-9]{4})?")
)
def test_no_numbers_make_the_parser_fail(text: str) -> None:
    parse_moment(text, near=date(2024, 1, 1))


@given(
    st.lists(
        st.sampled_from(
            [
                "14",
                "10",
                "2024",
                "24",
                "/",
                "-",
                ".",
                ":",
                "|",
                ",",
                "T",
                "Z",
                "+07:00",
                "17:41",
                "8h",
                "giờ",
                "phút",
                "SA",
                "CH",
                "ngày",
                "tháng",
                "năm",
                "Mười",
                "thứ",
                "hai",
                "CN",
                "Oct",
                "Mon,",
                "đến",
                "và",
                "lúc",
                "hôm",
                "qua",
                "trước",
                "số",
            ]
        )
    ),
    st.sampled_from(["", " "]),
)
def test_no_parts_of_dates_make_the_parser_fail(pieces: list[str], glue: str) -> None:
    moment = parse_moment(glue.join(pieces), near=date(2024, 1, 1), seen_at=SEEN_AT)
    assert moment is None or moment.at.utcoffset() == timedelta(hours=7)


def test_a_date_beyond_the_length_limit_is_ignored() -> None:
    assert parse_moment("chữ " * 90 + "14/10/2024") is not None
    assert parse_moment("chữ " * 100 + "14/10/2024") is None


def test_a_text_is_not_cut_within_a_year() -> None:
    for length in range(380, 401):
        text = "x" * (length - 5) + " ngày 08/09/2025"
        assert read(text) in (None, ("2025-09-08T00:00:00+07:00", "day"))


@pytest.mark.parametrize(
    "piece",
    ["1", "1/1/2024/", "1.", "- ", "   1", "12:34 ", "ngày ", "1/1 - ", "thứ hai ", "tháng 1 ", "2024-", "\u0301"],
)
def test_text_beyond_the_length_limit_has_no_effect(piece: str) -> None:
    # The rest of a text changes nothing, so the work is bounded.
    text = piece * 100_000
    assert parse_moment(text, near=date(2024, 1, 1), seen_at=SEEN_AT) == parse_moment(
        text[:4000], near=date(2024, 1, 1), seen_at=SEEN_AT
    )
