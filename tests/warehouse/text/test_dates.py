"""Dates as portals write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.text.dates import VIETNAM, parse_moment


def read(text: str, near: date | None = None) -> tuple[str, str] | None:
    moment = parse_moment(text, near=near)
    return (moment.at.isoformat(), moment.precision) if moment else None


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        ("Ngày đăng 14/06/2018 | 11:22 AM | View count: 1108", "2018-06-14T11:22:00+07:00", "minute"),
        ("Publish date 01/02/2018 | 03:45 PM | View count: 9", "2018-02-01T15:45:00+07:00", "minute"),
        ("10/08/2016 | 10:17 AM", "2016-08-10T10:17:00+07:00", "minute"),
        ("14/10/2024 | 17:41", "2024-10-14T17:41:00+07:00", "minute"),
        ("08/09/2025", "2025-09-08T00:00:00+07:00", "day"),
        ("27/11/2014 | 12:00 AM", "2014-11-27T00:00:00+07:00", "day"),
        ("27/11/2014 | 00:00", "2014-11-27T00:00:00+07:00", "day"),
        ("27/11/2014 | 12:00 PM", "2014-11-27T12:00:00+07:00", "minute"),
        ("27/11/2014 | 12:20 AM", "2014-11-27T00:20:00+07:00", "minute"),
        ("27/11/2014 | 08:15 CH", "2014-11-27T20:15:00+07:00", "minute"),
        ("27/11/2014 | 17:41 PM", "2014-11-27T17:41:00+07:00", "minute"),
        ("Thứ hai - 14/10/2024 17:41", "2024-10-14T17:41:00+07:00", "minute"),
        ("Thứ hai -14/10/2024", "2024-10-14T00:00:00+07:00", "day"),
        ("Thứ năm, 30/10/2025 | 10:31", "2025-10-30T10:31:00+07:00", "minute"),
        ("Thứ hai, 8/9/2025, 14:30 (GMT+7)", "2025-09-08T14:30:00+07:00", "minute"),
        ("21 tháng 09 năm 2025", "2025-09-21T00:00:00+07:00", "day"),
        ("Mỹ Đức, ngày 5 tháng 8 năm 2025", "2025-08-05T00:00:00+07:00", "day"),
        ("08-09-2025 08:15", "2025-09-08T08:15:00+07:00", "minute"),
        ("1.2.2024 - 9h05", "2024-02-01T09:05:00+07:00", "minute"),
        ("17:23:45 | 07/08/2018", "2018-08-07T17:23:45+07:00", "second"),
        ("Cập nhật lúc 08:15, Thứ Hai, ngày 14/10/2024", "2024-10-14T08:15:00+07:00", "minute"),
        ("04/06/2016 22:00:00", "2016-06-04T22:00:00+07:00", "minute"),
        ("14/10/2024 | 25:61", "2024-10-14T00:00:00+07:00", "day"),
        ("2024-10-14", "2024-10-14T00:00:00+07:00", "day"),
        ("2024-10-14T17:41:00+07:00", "2024-10-14T17:41:00+07:00", "minute"),
        ("2024-10-14T17:41:09+0700", "2024-10-14T17:41:09+07:00", "second"),
        ("2024-10-14T17:41", "2024-10-14T17:41:00+07:00", "minute"),
        ("2024-10-14 17:41:09.123", "2024-10-14T17:41:09+07:00", "second"),
        ("2024-10-14T18:30:00Z", "2024-10-15T01:30:00+07:00", "minute"),
        ("2024-10-14+0717:41:00", "2024-10-14T17:41:00+07:00", "minute"),
    ],
)
def test_forms_of_the_portals(text: str, at: str, precision: str) -> None:
    assert read(text) == (at, precision)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hôm qua",
        "31/02/2024",
        "32/01/2024 | 10:00",
        "10/13/2024",
        "2024-13-01",
        "0/0/2024",
        "30 tháng 2 năm 2024",
        "Nghị định số 15/2020/NĐ-CP",
        "số 24-CT/TU",
        "12/10",
        "9999-12-31T23:59:00-07:00",
        "2024-01-01T10:00:00+99:99",
    ],
)
def test_what_is_no_date_gives_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "near", "day"),
    [
        ("Sáng 12-10", date(2024, 10, 14), "2024-10-12"),
        ("Chiều ngày 11/10", date(2024, 10, 11), "2024-10-11"),
        ("Tối 30/12", date(2025, 1, 2), "2024-12-30"),
        ("29/2", date(2026, 5, 1), "2024-02-29"),
    ],
)
def test_a_day_without_year_is_the_last_such_day(text: str, near: date, day: str) -> None:
    assert read(text, near) == (f"{day}T00:00:00+07:00", "day")
    assert read(text) is None


def test_an_impossible_day_without_year_is_none() -> None:
    assert read("Sáng 31-2", date(2024, 10, 14)) is None


MOMENTS = st.datetimes(min_value=datetime(1997, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(VIETNAM))  # noqa: DTZ001 - hypothesis takes naive bounds


@given(MOMENTS)
def test_day_first_24_hours(at: datetime) -> None:
    moment = parse_moment(f"Ngày đăng {at:%d/%m/%Y} | {at:%H:%M}  | View count: 181")
    assert moment is not None
    assert moment.at == at.replace(second=0, microsecond=0)
    assert moment.precision == ("minute" if at.hour or at.minute else "day")


@given(MOMENTS)
def test_day_first_12_hours(at: datetime) -> None:
    half = "AM" if at.hour < 12 else "PM"
    moment = parse_moment(f"{at.day}/{at.month}/{at.year} | {at.hour % 12 or 12:02d}:{at:%M} {half}")
    assert moment is not None
    assert moment.at == at.replace(second=0, microsecond=0)


@given(MOMENTS)
def test_iso_is_read_in_any_zone(at: datetime) -> None:
    moment = parse_moment(at.astimezone(UTC).isoformat())
    assert moment is not None
    utc = at.astimezone(UTC)
    if utc.hour or utc.minute or utc.second:
        assert moment.at == at.replace(microsecond=0)
    assert moment.at.utcoffset() == timedelta(hours=7)


@given(st.text(max_size=60))
def test_any_text_is_read_or_not_but_never_fails(text: str) -> None:
    moment = parse_moment(text)
    assert moment is None or moment.at.utcoffset() == timedelta(hours=7)


@given(
    st.from_regex(r"[0-9]{1,4}[/.-][0-9]{1,4}[/.-][0-9]{1,4}[ T|]{0,3}[0-9]{0,2}:?[0-9]{0,2} ?(AM|PM|Z|[+-][0-9]{4})?")
)
def test_any_figures_are_read_or_not_but_never_fail(text: str) -> None:
    parse_moment(text, near=date(2024, 1, 1))
