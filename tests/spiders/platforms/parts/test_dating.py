"""Choosing an article's date: each rule with a case where it applies and one where it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.platforms.parts.dating import BASES, FLAGS, Candidate, Dated, choose_date, date_in_url
from warehouse.clock import HANOI_TIME
from warehouse.text.dates import Moment, parse_moment

SEEN_AT = datetime(2024, 10, 20, 9, 0, tzinfo=HANOI_TIME)


def candidate(basis: str, text: str) -> Candidate:
    moment = parse_moment(text, seen_at=SEEN_AT)
    assert moment is not None
    return Candidate(moment, basis)


def choose(*candidates: tuple[str, str], seen_at: datetime | None = SEEN_AT, portal_from: date | None = None) -> Dated:
    return choose_date([candidate(*one) for one in candidates], seen_at=seen_at, portal_from=portal_from)


def fields(dated: Dated) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Return the date as text, its basis and the flags."""
    if dated.moment is None:
        return None, dated.basis, dated.flags
    pattern = "%Y-%m-%d" if dated.moment.precision == "day" else "%Y-%m-%d %H:%M"
    return f"{dated.moment.at:{pattern}}", dated.basis, dated.flags


def test_no_candidate_gives_no_date() -> None:
    assert choose() == Dated(None, None, ())


@pytest.mark.parametrize("basis", list(BASES))
def test_one_candidate_is_the_date(basis: str) -> None:
    dated = choose((basis, "14/10/2024 | 17:41"))
    flags = {"text": ("date_from_text",), "url": ("date_from_url",)}.get(basis, ())
    assert fields(dated) == ("2024-10-14 17:41", basis, flags)


def test_visible_dates_beside_the_headline_rank_first() -> None:
    order = ["template", "date_line", "microdata", "time_element", "json_ld", "meta"]
    for better, worse in pairwise(order):
        for one, other in permutations([(better, "14/10/2024 | 17:41"), (worse, "14/10/2024 | 17:20")]):
            assert fields(choose(one, other)) == ("2024-10-14 17:41", better, ())


def test_within_one_basis_the_first_candidate_wins() -> None:
    dated = choose(("date_line", "14/10/2024 17:41"), ("date_line", "14/10/2024 08:00"))
    assert fields(dated) == ("2024-10-14 17:41", "date_line", ())


def test_days_that_disagree_are_flagged() -> None:
    dated = choose(("meta", "2024-10-12T08:00:00+07:00"), ("date_line", "14/10/2024 | 17:41"))
    assert fields(dated) == ("2024-10-14 17:41", "date_line", ("dates_disagree",))


def test_a_day_month_swap_in_a_declaration_is_a_disagreement() -> None:
    dated = choose(("date_line", "08/09/2024 | 17:41"), ("json_ld", "2024-08-09T17:41:00+07:00"))
    assert fields(dated) == ("2024-09-08 17:41", "date_line", ("dates_disagree",))


def test_a_bare_day_is_completed_by_a_declaration() -> None:
    dated = choose(
        ("date_line", "14/10/2024"), ("meta", "2024-10-13T08:15:00+07:00"), ("json_ld", "2024-10-14T17:41:09")
    )
    assert fields(dated) == ("2024-10-14 17:41", "date_line", ("dates_disagree", "minute_declared"))
    assert dated.moment is not None
    assert dated.moment.precision == "second"


def test_a_bare_day_is_completed_by_another_line_beside_the_headline() -> None:
    dated = choose(("date_line", "14/10/2024"), ("date_line", "14/10/2024 17:41"), ("meta", "2024-10-14T08:00:00"))
    assert fields(dated) == ("2024-10-14 17:41", "date_line", ())


def test_a_bare_day_stays_bare_where_only_other_days_know_the_time() -> None:
    dated = choose(("date_line", "14/10/2024"), ("meta", "2024-10-13T08:15:00+07:00"))
    assert fields(dated) == ("2024-10-14", "date_line", ("dates_disagree",))


def test_a_known_minute_is_not_replaced() -> None:
    dated = choose(("date_line", "14/10/2024 17:41"), ("json_ld", "2024-10-14T17:12:09+07:00"))
    assert fields(dated) == ("2024-10-14 17:41", "date_line", ())


@pytest.mark.parametrize(
    ("shown", "declared"),
    [
        ("14/10/2024 17:41", "2024-10-14T17:41:09Z"),  # local time declared as UTC: the next day in Vietnam
        ("14/10/2024 08:15", "2024-10-14T08:15:00Z"),
        ("14/10/2024 03:15", "2024-10-13T20:15:00+07:00"),  # UTC declared as local time: the day before
    ],
)
def test_a_time_with_the_wrong_offset_confirms_the_date(shown: str, declared: str) -> None:
    assert choose(("date_line", shown), ("json_ld", declared)) == choose(("date_line", shown))


def test_a_time_with_the_wrong_offset_is_not_after_the_capture() -> None:
    shown, declared = ("date_line", "20/10/2024 08:15"), ("json_ld", "2024-10-20T08:15:00Z")
    assert fields(choose(shown, declared)) == ("2024-10-20 08:15", "date_line", ())
    assert fields(choose(declared)) == (None, None, ("published_after_capture",))


def test_a_difference_of_six_hours_is_another_time() -> None:
    dated = choose(("date_line", "14/10/2024 19:41"), ("json_ld", "2024-10-14T18:41:00Z"))
    assert fields(dated) == ("2024-10-14 19:41", "date_line", ("dates_disagree",))


@pytest.mark.parametrize(
    ("text", "is_value"),
    [
        ("20/10/2024 09:10", True),  # clocks differ by some minutes
        ("20/10/2024 09:11", False),
        ("20/10/2024", True),
        ("21/10/2024", False),
    ],
)
def test_a_date_after_the_capture_is_flagged_and_dropped(text: str, is_value: bool) -> None:
    dated = choose(("date_line", text))
    assert (dated.moment is not None) == is_value
    assert dated.flags == (() if is_value else ("published_after_capture",))
    assert choose(("date_line", text), seen_at=None).flags == ()


def test_the_capture_is_compared_as_a_point_in_time() -> None:
    assert choose(("date_line", "20/10/2024 09:05"), seen_at=SEEN_AT.astimezone(UTC)).flags == ()


def test_the_next_candidate_replaces_an_impossible_one() -> None:
    dated = choose(("date_line", "14/10/2034"), ("meta", "2024-10-14T17:41:00+07:00"))
    assert fields(dated) == ("2024-10-14 17:41", "meta", ("published_after_capture",))


@pytest.mark.parametrize(
    ("portal_from", "text", "is_value"),
    [
        (None, "19/11/1997", True),
        (None, "18/11/1997", False),
        (None, "01/01/1970 07:00", False),
        (date(2010, 5, 1), "01/05/2010", True),
        (date(2010, 5, 1), "30/04/2010 23:59", False),
    ],
)
def test_a_date_before_the_portal_is_flagged_and_dropped(portal_from: date | None, text: str, is_value: bool) -> None:
    dated = choose(("meta", text), portal_from=portal_from)
    assert (dated.moment is not None) == is_value
    assert dated.flags == (() if is_value else ("published_before_portal",))


def test_a_correct_weekday_raises_no_flag() -> None:
    dated = choose(("date_line", "Thứ hai, 14/10/2024"), ("meta", "2024-10-14"))
    assert fields(dated) == ("2024-10-14", "date_line", ())


def test_a_wrong_weekday_alone_is_flagged() -> None:
    assert fields(choose(("date_line", "Thứ ba, 14/10/2024"))) == ("2024-10-14", "date_line", ("weekday_differs",))


def test_a_wrong_weekday_is_ignored_if_another_candidate_has_the_same_date() -> None:
    dated = choose(("date_line", "Thứ ba, 14/10/2024"), ("json_ld", "2024-10-14"), ("meta", "2024-10-15"))
    assert fields(dated) == ("2024-10-14", "date_line", ("dates_disagree", "weekday_differs"))


def test_a_date_is_replaced_if_another_candidate_has_its_weekday() -> None:
    # 9 August 2024 is a Friday; 8 September 2024, as the page means, is the Sunday that it names.
    dated = choose(("date_line", "Chủ nhật, 09/08/2024"), ("meta", "2024-09-08T17:41:00+07:00"))
    assert fields(dated) == ("2024-09-08 17:41", "meta", ("dates_disagree", "weekday_differs"))


def test_a_date_that_confirms_neither_day_nor_weekday_is_ignored() -> None:
    dated = choose(("date_line", "Chủ nhật, 09/08/2024"), ("meta", "2024-09-10"))
    assert fields(dated) == ("2024-08-09", "date_line", ("dates_disagree", "weekday_differs"))


@pytest.mark.parametrize("clock", ["Chủ nhật, 20/10/2024", "Chủ nhật, 20/10/2024 | 09:00"])
def test_the_clock_in_the_page_header_is_not_the_date(clock: str) -> None:
    dated = choose(("date_line", clock), ("json_ld", "2024-10-14T17:41:00+07:00"))
    assert fields(dated) == ("2024-10-14 17:41", "json_ld", ())
    shown = choose(("date_line", clock), ("date_line", "14/10/2024 17:41"), ("json_ld", "2024-10-14T17:41:00+07:00"))
    assert fields(shown) == ("2024-10-14 17:41", "date_line", ())
    contradicted = choose(("date_line", clock), ("json_ld", "2024-10-14T17:41:00"), ("meta", "2024-10-12T08:00:00"))
    assert fields(contradicted) == ("2024-10-14 17:41", "json_ld", ("dates_disagree",))


def an_update(basis: str, text: str) -> Candidate:
    return replace(candidate(basis, text), is_update=True)


def test_a_date_of_the_last_change_counts_only_alone() -> None:
    update, stated = an_update("date_line", "16/10/2024 08:00"), candidate("meta", "2024-10-14T17:41:00+07:00")
    assert fields(choose_date([update], seen_at=SEEN_AT)) == ("2024-10-16 08:00", "date_line", ("date_of_update",))
    assert fields(choose_date([update, stated], seen_at=SEEN_AT)) == ("2024-10-14 17:41", "meta", ())
    age = candidate("date_line", "2 ngày trước")
    assert fields(choose_date([update, age], seen_at=SEEN_AT)) == ("2024-10-18", "date_line", ("date_reckoned",))
    reckoned = an_update("date_line", "2 ngày trước")
    flags = ("date_of_update", "date_reckoned")
    assert fields(choose_date([reckoned], seen_at=SEEN_AT)) == ("2024-10-18", "date_line", flags)


def test_an_earlier_date_in_the_url_ranks_before_the_last_change() -> None:
    update = an_update("date_line", "16/10/2024 08:00")
    same, earlier = candidate("url", "16/10/2024"), candidate("url", "14/10/2024")
    assert fields(choose_date([update, same], seen_at=SEEN_AT))[0] == "2024-10-16 08:00"
    assert fields(choose_date([update, earlier], seen_at=SEEN_AT)) == ("2024-10-14", "url", ("date_from_url",))


def test_a_date_on_the_capture_day_is_not_mistaken_for_a_clock() -> None:
    assert fields(choose(("date_line", "20/10/2024"))) == ("2024-10-20", "date_line", ())
    same_day = choose(("date_line", "20/10/2024"), ("json_ld", "2024-10-20T08:15:00+07:00"))
    assert fields(same_day) == ("2024-10-20 08:15", "date_line", ("minute_declared",))
    timed = choose(("date_line", "20/10/2024 06:30"), ("json_ld", "2024-10-14T17:41:00+07:00"))
    assert fields(timed) == ("2024-10-20 06:30", "date_line", ("dates_disagree",))
    template = choose(("template", "20/10/2024"), ("json_ld", "2024-10-14T17:41:00+07:00"))
    assert fields(template) == ("2024-10-20", "template", ("dates_disagree",))
    unseen = choose(("date_line", "20/10/2024"), ("json_ld", "2024-10-14"), seen_at=None)
    assert fields(unseen) == ("2024-10-20", "date_line", ("dates_disagree",))


def test_a_relative_age_counts_if_no_date_is_stated() -> None:
    assert fields(choose(("date_line", "2 ngày trước"))) == ("2024-10-18", "date_line", ("date_reckoned",))
    assert fields(choose(("date_line", "2 ngày trước"), ("url", "18/10/2024")))[1:] == ("date_line", ("date_reckoned",))


def test_a_stated_date_ranks_before_a_relative_age_without_a_conflict() -> None:
    dated = choose(("template", "2 ngày trước"), ("meta", "2024-10-17T23:50:00+07:00"))
    assert fields(dated) == ("2024-10-17 23:50", "meta", ())


def test_dates_in_text_and_url_rank_last_without_a_conflict() -> None:
    stated, text, url = ("meta", "14/10/2024"), ("text", "12/10/2024"), ("url", "13/10/2024")
    assert fields(choose(url, text, stated)) == ("2024-10-14", "meta", ())
    assert fields(choose(url, text)) == ("2024-10-12", "text", ("date_from_text",))
    assert fields(choose(url)) == ("2024-10-13", "url", ("date_from_url",))


def test_a_future_date_in_the_text_is_ignored_without_a_flag() -> None:
    assert choose(("text", "20/12/2024")) == Dated(None, None, ())
    assert fields(choose(("text", "20/12/2024"), ("url", "14/10/2024"))) == ("2024-10-14", "url", ("date_from_url",))


def test_a_time_in_the_text_does_not_complete_a_day() -> None:
    assert fields(choose(("date_line", "14/10/2024"), ("text", "8h00 ngày 14/10/2024")))[0] == "2024-10-14"


class TestFeedDates:
    """Dates that are not on the page."""

    FEED = ("feed", "2024-10-14T17:41:00+07:00")

    @pytest.mark.parametrize("other", [("date_line", "6 ngày trước"), ("text", "12/10/2024"), ("url", "12/10/2024")])
    def test_a_feed_replaces_ages_and_last_resorts(self, other: tuple[str, str]) -> None:
        for order in permutations([self.FEED, other]):
            assert fields(choose(*order)) == ("2024-10-14 17:41", "feed", ())

    def test_a_feed_ranks_before_a_sitemap(self) -> None:
        assert fields(choose(("sitemap", "14/10/2024 9:15"), self.FEED)) == ("2024-10-14 17:41", "feed", ())

    @pytest.mark.parametrize("basis", ["template", "date_line", "microdata", "time_element", "json_ld", "meta"])
    def test_a_date_on_the_page_wins_without_a_conflict(self, basis: str) -> None:
        assert fields(choose(self.FEED, (basis, "13/10/2024 | 8:15"))) == ("2024-10-13 08:15", basis, ())
        assert fields(choose(self.FEED, (basis, "13/10/2024"))) == ("2024-10-13", basis, ())

    def test_a_feed_gives_the_time_of_the_day_on_the_page(self) -> None:
        dated = choose(self.FEED, ("date_line", "14/10/2024"))
        assert fields(dated) == ("2024-10-14 17:41", "date_line", ("minute_declared",))
        dated = choose(("feed", "14/10/2024"), ("date_line", "14/10/2024"))
        assert fields(dated) == ("2024-10-14", "date_line", ())

    def test_a_feed_unmasks_the_clock_of_the_page(self) -> None:
        assert fields(choose(("date_line", "20/10/2024"), self.FEED)) == ("2024-10-14 17:41", "feed", ())

    def test_an_impossible_date_is_flagged_if_no_other_is_left(self) -> None:
        ahead, before = ("feed", "21/10/2024 8:15"), ("feed", "01/01/1990 8:15")
        assert choose(ahead) == Dated(None, None, ("published_after_capture",))
        assert choose(before) == Dated(None, None, ("published_before_portal",))
        assert fields(choose(ahead, ("meta", "14/10/2024"))) == ("2024-10-14", "meta", ())
        assert fields(choose(ahead, ("date_line", "2 ngày trước")))[1:] == ("date_line", ("date_reckoned",))

    def test_a_time_seven_hours_from_that_of_the_page_is_ignored(self) -> None:
        dated = choose(("feed", "2024-10-14T17:41:00Z"), ("date_line", "14/10/2024"), ("meta", "14/10/2024 17:41"))
        assert fields(dated) == ("2024-10-14 17:41", "date_line", ("minute_declared",))


MOMENTS = st.builds(
    Moment,
    st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(HANOI_TIME)),  # noqa: DTZ001 - hypothesis takes naive bounds
    st.sampled_from(["second", "minute", "day"]),
    st.none() | st.integers(0, 6),
    st.booleans(),
)


@given(st.lists(st.builds(Candidate, MOMENTS, st.sampled_from(list(BASES))), max_size=6))
def test_the_chosen_date_is_a_possible_candidate(candidates: list[Candidate]) -> None:
    dated = choose_date(candidates, seen_at=SEEN_AT)
    assert set(dated.flags) <= set(FLAGS)
    assert list(dated.flags) == sorted(dated.flags)
    assert (dated.moment is None) == (dated.basis is None)
    if dated.moment:
        assert dated.moment.at in {one.moment.at for one in candidates}
        assert dated.moment.day in {one.moment.day for one in candidates if one.basis == dated.basis}
        assert (
            datetime(1997, 11, 19, tzinfo=HANOI_TIME)
            <= dated.moment.at
            <= datetime(2024, 10, 20, 9, 10, tzinfo=HANOI_TIME)
        )


@pytest.mark.parametrize(
    "path",
    [
        "/2024/10/14/hoi-nghi-giao-ban/",
        "/tin-tuc/2024/10/14/hoi-nghi.html",
        "/2024/1/4/hoi-nghi.html",
        "/tin-tuc/2024-10-14/hoi-nghi.html",
        "/tin-tuc/20241014/hoi-nghi.html",
        "/tin-tuc/20241014",
        "/hoi-nghi-giao-ban-20241014174105.htm",
        "/hoi-nghi-giao-ban-20241014174105123.htm",
        "/2024/10/14/hoi-nghi-20241014174105123.htm",
    ],
)
def test_date_in_url(path: str) -> None:
    day = date(2024, 1, 4) if "/1/4/" in path else date(2024, 10, 14)
    at = datetime(day.year, day.month, day.day, tzinfo=HANOI_TIME)
    assert date_in_url(f"https://soxaydung.hanoi.gov.vn{path}") == Moment(at, "day")


@pytest.mark.parametrize(
    "url",
    [
        "https://hanoi.gov.vn/tin-tuc/hoi-nghi-704649.html",
        "https://hanoi.gov.vn/tin-tuc/hoi-nghi-20241014.html",  # as likely an article's number
        "https://hanoi.gov.vn/-/view_content/20241014-hoi-nghi",
        "https://hanoi.gov.vn/hoi-nghi-ngay-14-10-2024.html",  # what the headline says
        "https://hanoi.gov.vn/tin-tuc/2024/10/",
        "https://hanoi.gov.vn/tin-tuc/2024/10/14",  # the third may be a page
        "https://hanoi.gov.vn/2024/13/14/a",
        "https://hanoi.gov.vn/2024/02/30/a",
        "https://hanoi.gov.vn/20241314/a",
        "https://hanoi.gov.vn/a-20241014994105.htm",
        "https://hanoi.gov.vn/1024/10/14/a",
        "https://hanoi.gov.vn/1996/10/14/a",
        "https://hanoi.gov.vn/2024/10/14/a-20241015174105.htm",
        "https://hanoi.gov.vn/a?ngay=/2024/10/14/",
        "https://20241014.hanoi.gov.vn/",
        "https://[hanoi/2024/10/14/a",
        "",
    ],
)
def test_urls_without_a_date(url: str) -> None:
    assert date_in_url(url) is None


@given(st.dates(date(2000, 1, 1), date(2030, 12, 31)))
def test_any_date_in_a_url_is_parsed(day: date) -> None:
    at = datetime(day.year, day.month, day.day, tzinfo=HANOI_TIME)
    for path in (f"{day:%Y/%m/%d}/bai-viet", f"{day.year}/{day.month}/{day.day}/a", f"a-{day:%Y%m%d}101010.htm"):
        assert date_in_url(f"https://hanoi.gov.vn/{path}") == Moment(at, "day")
