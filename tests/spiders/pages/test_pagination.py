"""The position of a page in its list, from its URL."""

from __future__ import annotations

import pytest

from spiders.pages.pagination import is_page_of_list, position_in_list

BASE = "https://portal.test"


@pytest.mark.parametrize(
    ("path", "list_path", "number"),
    [
        ("/tin", "/tin", 1),
        ("/", "/", 1),
        ("/tin?_101_INSTANCE_x1Y_cur=3", "/tin", 3),  # liferay_point
        ("/tin/page-2/", "/tin", 2),  # nukeviet
        ("/tin/trang-2.html", "/tin.html", 2),  # onecms
        ("/tin/p12", "/tin", 12),  # zce
        ("/tin?page=4&loai=2", "/tin?loai=2", 4),  # vhv, generic
        ("/tin?pageNo=7", "/tin", 7),
        ("/trang/2", "/", 2),
        ("/page_2", "/", 2),
        ("/tin?pg=2&q=%E1", "/tin?q=%E1", 2),
        ("/tin?start=20&loai=2", "/tin?loai=2", 20),  # Joomla counts rows
        ("/tin?start=20&page=3", "/tin", 3),
        ("/page-2-nam", "/page-2-nam", 1),
        ("/tin?cursor=2", "/tin?cursor=2", 1),
    ],
)
def test_pages_of_one_list_have_the_same_list_url(path: str, list_path: str, number: int) -> None:
    position = position_in_list(BASE + path)
    assert (position.list_url, position.number) == (BASE + list_path, number)
    assert is_page_of_list(BASE + path) is position.is_numbered


def test_what_looks_like_a_parameter_in_a_path_is_no_page_number() -> None:
    assert not is_page_of_list(BASE + "/loc_col=1&_101_cur=2")


@pytest.mark.parametrize("value", ["9" * 5000, "9" * 7, "-1", "٣", "²", "", "2 ", "1e3"])
def test_an_invalid_page_number_belongs_to_another_list(value: str) -> None:
    position = position_in_list(f"{BASE}/tin?page={value}")
    assert position.number == 1
    assert not position.is_numbered
    assert position.list_url != f"{BASE}/tin"


@pytest.mark.parametrize(
    ("page", "other", "is_before"),
    [
        ("/tin", "/tin?page=2", True),
        ("/tin/", "/tin?page=1", True),  # a list whose pages are counted from 0
        ("/tin?page=0", "/tin?page=1", True),
        ("/tin?page=1", "/tin?page=2", True),
        ("/tin?page=1", "/tin?page=1", False),
        ("/tin?page=2", "/tin?page=1", False),
        ("/tin", "/tin?page=3", False),
        ("/tin", "/tin", False),
        ("/tin", "/khac?page=2", False),
        ("/tin", "/tin?start=20", True),
        ("/tin?start=20", "/tin?start=40", True),
        ("/tin?start=20", "/tin?start=20", False),
        ("/tin?start=20", "/tin?start=0", False),
        ("/tin", "/tin?start=0", False),
        ("/tin?start=20", "/khac?start=40", False),
    ],
)
def test_is_before_tells_the_next_page(page: str, other: str, is_before: bool) -> None:
    assert position_in_list(BASE + page).is_before(position_in_list(BASE + other)) is is_before
