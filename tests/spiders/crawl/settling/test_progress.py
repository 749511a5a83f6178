"""Progress of families: what is requested, what waits, what is dropped, and where lists end."""

from __future__ import annotations

import pytest

from spiders.crawl.settling.progress import Progress
from spiders.pages.pagination import position_in_list

HOST = "phuong.vn"


def days(count: int) -> list[str]:
    return [f"{HOST}/lich?ngay={number}" for number in range(count)]


def drain(progress: Progress[str], asked: list[str], *, is_new: bool | None) -> int:
    """Answer everything in turn; return how many requests there were."""
    count = 0
    while asked:
        asked += progress.record_list_answer(asked.pop(0), is_new=is_new)
        count += 1
    return count


@pytest.mark.parametrize("links", [21, 100_000])
def test_a_family_without_news_costs_the_same_however_large(links: int) -> None:
    progress: Progress[str] = Progress()
    asked = [key for key in days(links) if progress.admit_list(key, key, is_continued=False)]
    assert len(asked) < 10
    for key in days(30):
        progress.record_list(key, (), ())
    assert drain(progress, asked, is_new=False) == 20
    assert progress.not_followed() == {f"{HOST}/…?ngay": links - 20}
    assert progress.barren_families() == (f"{HOST}/…?ngay",)
    assert not progress.admit_list(f"{HOST}/lich?ngay=x", "x", is_continued=False)
    assert len([*progress.dropped()]) == links - 20


@pytest.mark.parametrize("is_new", [True, None])
def test_a_family_with_news_or_failures_is_read_to_its_end(is_new: bool | None) -> None:
    progress: Progress[str] = Progress()
    asked = [key for key in days(500) if progress.admit_list(key, key, is_continued=False)]
    assert drain(progress, asked, is_new=is_new) == 500
    assert progress.not_followed() == {}


def test_news_now_and_then_keep_a_family_going() -> None:
    progress: Progress[str] = Progress()
    asked = [key for key in days(200) if progress.admit_list(key, key, is_continued=False)]
    count = 0
    while asked:
        asked += progress.record_list_answer(asked.pop(0), is_new=count % 15 == 0)
        count += 1
    assert count == 200


def test_pages_of_the_menu_without_news_do_not_keep_the_crawl_from_its_sections() -> None:
    progress: Progress[str] = Progress()
    keys = [f"{HOST}/{'abcdefghij'[n % 10] * (n // 10 + 1)}" for n in range(80)]
    asked = [key for key in keys if progress.admit_list(key, key, is_continued=False)]
    assert drain(progress, asked, is_new=False) == 80
    assert progress.admit_list(f"{HOST}/tin-tuc", "tin-tuc", is_continued=False)
    assert progress.barren_families() == ()


def test_many_small_families_below_one_step_are_bounded_together() -> None:
    progress: Progress[str] = Progress()
    keys = [f"{HOST}/loc/{'abcdefghij'[n % 10] * (n // 10 + 1)}/muc" for n in range(500)]
    asked = [key for key in keys if progress.admit_list(key, key, is_continued=False)]
    assert drain(progress, asked, is_new=False) <= 40


def test_what_earlier_crawls_found_barren_is_not_followed_but_a_list_is_read_on() -> None:
    progress: Progress[str] = Progress([f"{HOST}/xem.php?muc"])
    assert not progress.admit_list(f"{HOST}/xem.php?muc=4", "4", is_continued=False)
    assert progress.admit_list(f"{HOST}/xem.php?muc=4&page=2", "4", is_continued=True)
    assert progress.not_followed() == {f"{HOST}/xem.php?muc": 1}


def test_an_answer_that_never_comes_does_not_hold_up_the_others() -> None:
    progress: Progress[str] = Progress()
    asked = [key for key in days(50) if progress.admit_list(key, key, is_continued=False)]
    assert len(asked) + len([*progress.waiting()]) == 50
    assert progress.release_all()


@pytest.mark.parametrize("shown", [["4", "5", "6"], ["6", "4", "5"], ["5"], []])
def test_a_page_of_known_rows_ends_its_list(shown: list[str]) -> None:
    progress: Progress[str] = Progress()
    for number, keys in enumerate((["1", "2", "3"], ["4", "5", "6"], shown), 1):
        assert not progress.is_at_end(position_in_list(f"{HOST}/tin?page={number}"))
        progress.record_list(f"{HOST}/tin?page={number}", keys, keys)
    assert progress.is_at_end(position_in_list(f"{HOST}/tin?page=3"))
    assert not progress.admit_list(f"{HOST}/tin?page=4", "4", is_continued=False)
    assert not progress.admit_list(f"{HOST}/tin?page=2&page=4", "4", is_continued=True)
    assert progress.admit_list(f"{HOST}/khac?page=4", "4", is_continued=False)


def test_a_list_goes_on_though_another_list_showed_its_rows() -> None:
    progress: Progress[str] = Progress()
    progress.record_list(f"{HOST}/tat-ca", ["1", "2", "3", "4"], ["1", "2", "3", "4"])
    progress.record_list(f"{HOST}/muc", ["1", "2"], ["1", "2"])
    assert progress.record_list(f"{HOST}/muc?page=2", ["3", "4"], ["3", "4"])
    assert not progress.is_at_end(position_in_list(f"{HOST}/muc?page=2"))


def test_orders_of_a_list_are_no_lists_of_their_own() -> None:
    progress: Progress[str] = Progress()
    progress.record_list(f"{HOST}/tin", ["3", "2"], ["3", "2"])
    progress.record_list(f"{HOST}/tin?page=2", ["1"], ["1"])
    progress.record_list(f"{HOST}/tin?sort=cu", ["1", "2"], ["1", "2"])
    progress.record_list(f"{HOST}/tin?muc=7", ["9", "2"], ["9", "2"])
    progress.record_list(f"{HOST}/tin?page=1", ["3", "2"], ["3", "2"])
    lists = [f"{HOST}/tin", f"{HOST}/tin?page=1", f"{HOST}/tin?sort=cu", f"{HOST}/tin?muc=7"]
    assert {*progress.views_of_lists(lists, is_full=True)} == {f"{HOST}/tin?page=1", f"{HOST}/tin?sort=cu"}
    # An incremental crawl reads first pages alone, so it cannot tell.
    assert {*progress.views_of_lists(lists, is_full=False)} == {f"{HOST}/tin?page=1"}
