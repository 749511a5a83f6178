"""The rows of one list page: one for each article, and rows that different articles seem to share."""

from __future__ import annotations

import pytest

from spiders.crawl.outcomes.lists import Row, first_of_each, share_an_address
from warehouse.records import ListRow

SITE = "https://phuongthunghiem.test"


def row(key: str, title: str, url: str) -> Row:
    return Row(key, url, ListRow(title, f"{SITE}{url}", None, None, None, None))


def test_the_first_row_of_each_article_counts() -> None:
    rows = [row("2", "Sửa đường", "/2"), row("1", "Họp tổ dân phố", "/1"), row("2", "Sửa đường ngõ 5", "/2")]
    assert first_of_each(rows) == rows[:2]


def test_three_titles_at_three_addresses_with_one_key_are_told() -> None:
    rows = [row("tin", f"Thông báo số {number}", f"/tin?token={number}") for number in range(3)]
    assert share_an_address(rows)


@pytest.mark.parametrize(
    "rows",
    [
        [row("1", title, "/1") for title in ("Họp tổ dân phố", "Họp tổ…", "Ảnh: họp tổ dân phố", "Xem tiếp")],
        [row("1", "Họp tổ dân phố", f"/1?utm_source={number}") for number in range(5)],
        [row("1", "Họp tổ dân phố", "/1"), row("1", "Họp tổ…", "/1?print=1")],
        [row(str(number), f"Thông báo số {number}", f"/{number}") for number in range(5)],
    ],
    ids=["titles of one address", "addresses of one title", "two of both", "articles of their own"],
)
def test_rows_of_one_article_are_no_fault(rows: list[Row]) -> None:
    assert not share_an_address(rows)
