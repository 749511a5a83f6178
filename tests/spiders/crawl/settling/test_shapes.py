"""Shapes of addresses: families, and steps that a path repeats by mistake."""

from __future__ import annotations

import pytest

from spiders.crawl.settling.shapes import (
    article_family,
    list_families,
    repeats_on_and_on,
    without_repeated_steps,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("phuong.vn/lich/2026/11", "phuong.vn/lich/1/2"),
        ("phuong.vn/lich?nam=2024&thang=3", "phuong.vn/lich?thang=12&nam=2025&page=4"),
        ("phuong.vn/the/cay-xanh", "phuong.vn/the/giao-thong"),
        ("phuong.vn/xem.php?id=7", "phuong.vn/xem.php?id=12"),
        ("phuong.vn/s/a1b2/tin", "phuong.vn/s/c3d4/van-ban"),
    ],
)
def test_addresses_of_one_kind_are_one_family(one: str, other: str) -> None:
    assert list_families(one) == list_families(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("phuong.vn/the/cay-xanh", "phuong.vn/muc/cay-xanh"),
        ("phuong.vn/tin?sort=ngay", "phuong.vn/tin?nam=2024"),
        ("phuong.vn/xem.php?id=7", "phuong.vn/nghe.php?id=7"),
        ("phuong.vn/tin", "xa.vn/tin"),
    ],
)
def test_addresses_of_two_kinds_are_two_families(one: str, other: str) -> None:
    assert list_families(one)[0] != list_families(other)[0]


def test_later_pages_of_a_list_are_a_family_of_their_own() -> None:
    (family,) = list_families("phuong.vn/tin/trang-7")
    assert [family] == [*list_families("phuong.vn/tin?page=2")]
    assert family != list_families("phuong.vn/tin")[0]


@pytest.mark.parametrize(
    ("key", "shorter"),
    [
        ("phuong.vn/tin/tin/a-1.html", ("phuong.vn/tin/a-1.html",)),
        ("phuong.vn/tin/tin/tin/a-1.html", ("phuong.vn/tin/tin/a-1.html", "phuong.vn/tin/a-1.html")),
        ("phuong.vn/tin/anh/tin/a-1.html?p=2", ("phuong.vn/tin/a-1.html?p=2",)),
        ("phuong.vn/tin/2026/tin/2026/a.html", ("phuong.vn/tin/2026/a.html",)),
        ("phuong.vn/www.phuong.vn/tin/a-1.html", ("phuong.vn/tin/a-1.html",)),
        ("phuong.vn/tin/tin/tin", ("phuong.vn/tin/tin",)),
        # Right as they are: a day, a section in a part of that name, a section named like the part.
        ("phuong.vn/2026/11/11/a.html", ()),
        ("phuong.vn/tin/tin", ()),
        ("phuong.vn/phuong/tin/phuong", ()),
        ("phuong.vn/tin/a-1.html", ()),
        ("phuong.vn", ()),
    ],
)
def test_repeated_steps_are_left_out(key: str, shorter: tuple[str, ...]) -> None:
    assert without_repeated_steps(key) == shorter


def test_no_path_repeats_a_step_on_and_on() -> None:
    assert repeats_on_and_on("phuong.vn/tin/tin/tin/tin/a-1.html")
    assert not repeats_on_and_on("phuong.vn/2026/2026/2026/2026/a.html")
    assert not repeats_on_and_on("phuong.vn/tin/tin/tin/a-1.html")


def test_a_long_path_is_searched_in_bounded_time() -> None:
    assert without_repeated_steps("phuong.vn/" + "a/b/" * 100_000) == ()
    assert len(without_repeated_steps("phuong.vn/" + "a/b/c/" * 12)) <= 100


def test_articles_below_repeated_steps_are_of_one_family() -> None:
    assert article_family("phuong.vn/tin/tin/a-1.html") == article_family("phuong.vn/tin/b-2.html")
    assert article_family("phuong.vn/tin/a-1.html") not in list_families("phuong.vn/tin/a-1.html")
