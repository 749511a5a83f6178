"""Near-duplicates, reprints and stale copies in the marts of a corpus in which every copy is known."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.warehouse.tables import made_up
from tests.warehouse.tables.made_up import at
from warehouse.home import Home
from warehouse.tables import lock, store

pytestmark = [pytest.mark.process, pytest.mark.slow]

PUMP = (
    "Ngày 3/3, Xí nghiệp thoát nước vận hành trạm bơm Đồng Bông với công suất 20 m3/giây sau bốn năm thi công.",
    "Trạm bơm phục vụ 1.284 hộ dân ở ba phường phía tây, nơi mỗi trận mưa lớn thường ngập nửa mét.",
    "Tổng mức đầu tư của công trình là 316 tỷ đồng, lấy từ ngân sách thành phố.",
    "Đơn vị quản lý cho biết trong mùa mưa tới sẽ có 12 công nhân trực ba ca mỗi ngày.",
    "Người dân có thể báo điểm ngập qua số điện thoại của phường và theo dõi mực nước trên bảng điện tử.",
)
WRONG = (PUMP[0], PUMP[1].replace("1.284", "1.248"), *PUMP[2:4])
CORRECTED = (*PUMP[:2], PUMP[2].replace("316", "361"), *PUMP[3:])
REPORT = (
    "Quý I, phường thu ngân sách 12,4 tỷ đồng, đạt 26% dự toán năm.",
    "Trong kỳ có 318 hồ sơ được giải quyết đúng hạn, 4 hồ sơ quá hạn.",
    "Lực lượng chức năng xử phạt 57 trường hợp lấn chiếm vỉa hè, nộp 86 triệu đồng.",
    "Phường sẽ tiếp tục rà soát các khoản thu và công khai kết quả tại nhà văn hóa.",
)
NEXT_REPORT = (
    "Quý II, phường thu ngân sách 19,7 tỷ đồng, đạt 61% dự toán năm.",
    "Trong kỳ có 402 hồ sơ được giải quyết đúng hạn, 1 hồ sơ quá hạn.",
    "Lực lượng chức năng xử phạt 23 trường hợp lấn chiếm vỉa hè, nộp 31 triệu đồng.",
    "Phường sẽ tiếp tục rà soát các khoản thu và công khai kết quả tại nhà văn hóa.",
)
TREES = (
    "Hơn 900 cây xanh được cắt tỉa trước mùa bão trên mười sáu tuyến phố của quận cũ.",
    "Công nhân làm việc từ năm giờ sáng để không cản trở giao thông giờ cao điểm.",
    "Các cây sâu mục được thay bằng sao đen và bàng Đài Loan.",
)
LONG = (
    "Thành phố công bố kế hoạch chỉnh trang đô thị của cả năm với nhiều phần việc ở các phường nội thành.",
    *TREES,
    "Bên cạnh đó, 40 km vỉa hè được lát lại bằng gạch bê tông, bắt đầu từ các phố quanh trường học.",
    "Hệ thống chiếu sáng ở các ngõ sâu được thay bằng đèn tiết kiệm điện trước tháng mười.",
    "Các phường phải công khai danh mục và tiến độ từng phần việc để người dân giám sát.",
)


def story(portal: str, number: int, crawl: str, seen: datetime, body: tuple[str, ...], **changes: Any) -> Any:
    published = {"published_at": seen - timedelta(hours=1), "published_precision": "minute", "lead": None}
    return made_up.article(portal, number, crawl, seen, body=body, **(published | changes))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("copies") / "home")
    first = at(3)
    made_up.write_crawl(
        home,
        "thu-do",
        "td-1",
        [
            story("thu-do", 1, "td-1", at(3), PUMP, published_at=first),
            story("thu-do", 2, "td-1", at(3), LONG, published_at=at(2)),
        ],
        started_at=at(3),
    )
    cited = {"credited_source_url": "https://thu-do.test/tin/1", "credited_source_name": "Báo Thủ đô (thử)"}
    made_up.write_crawl(
        home,
        "tay-ho",
        "th-1",
        [
            story("tay-ho", 1, "th-1", at(4), WRONG, **cited),
            story("tay-ho", 2, "th-1", at(4), REPORT, published_at=at(2)),
            story("tay-ho", 3, "th-1", at(4), TREES),
            story("tay-ho", 4, "th-1", at(4), NEXT_REPORT, credited_source_name="TTXVN"),
        ],
        started_at=at(4),
    )
    made_up.write_crawl(home, "my-duc", "md-1", [story("my-duc", 1, "md-1", at(5), PUMP)], started_at=at(5))
    made_up.write_crawl(
        home, "thu-do", "td-2", [story("thu-do", 1, "td-2", at(6), CORRECTED, published_at=first)], started_at=at(6)
    )
    made_up.write_crawl(
        home,
        "my-duc",
        "md-2",
        [story("my-duc", 1, "md-2", at(8), CORRECTED, published_at=at(5) - timedelta(hours=1))],
        started_at=at(8),
    )
    made_up.load_corpus(home)
    done = made_up.dbt("build", home, home.root / "dbt-target")
    assert done.returncode == 0, done.stdout
    return home


def ask(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        return warehouse.execute(sql).fetchall()


def number_of(column: str) -> str:
    """Return SQL for the portal and number of an article."""
    name = "portal || ' ' || regexp_extract(url, '[0-9]+$')"
    return f"(select {name} from marts.fct_articles where article_id = {column})"  # noqa: S608 - constants


def test_each_revision_stands_beside_the_earlier_texts_that_are_like_it(home: Home) -> None:
    columns = f"{number_of('m.article_id')}, revision, {number_of('m.other_article_id')}, other_revision, kind"
    rows = ask(home, f"select {columns} from marts.fct_near_duplicates as m order by all")  # noqa: S608 - constants
    assert rows == [
        ("my-duc 1", 1, "tay-ho 1", 1, "near_duplicate"),
        ("my-duc 1", 1, "thu-do 1", 1, "copy"),
        ("my-duc 1", 2, "tay-ho 1", 1, "near_duplicate"),
        ("my-duc 1", 2, "thu-do 1", 1, "near_duplicate"),
        ("my-duc 1", 2, "thu-do 1", 2, "copy"),
        ("tay-ho 1", 1, "thu-do 1", 1, "near_duplicate"),
        ("tay-ho 3", 1, "thu-do 2", 1, "excerpt"),
        ("tay-ho 4", 1, "tay-ho 2", 1, "template"),
    ]


def test_a_changed_figure_and_a_dropped_sentence_are_told(home: Home) -> None:
    (row,) = ask(
        home,
        "select changed_sentence_count, added_sentence_count, removed_sentence_count, figures_added, figures_removed,"
        " containment > other_containment from marts.fct_near_duplicates where portal = 'tay-ho' and other_portal ="
        " 'thu-do' and kind = 'near_duplicate'",
    )
    assert row == (1, 0, 1, ["1.248 hộ"], ["1.284 hộ"], True)


def test_each_reprint_has_its_original_and_how_that_is_known(home: Home) -> None:
    columns = f"{number_of('r.article_id')}, {number_of('r.original_article_id')}, original_portal, how_known, kind"
    rows = ask(home, f"select {columns}, delay_minutes from marts.fct_reprints as r order by all")  # noqa: S608 - constants
    day = 24 * 60
    assert rows == [
        ("my-duc 1", "thu-do 1", "thu-do", "first_published", "copy", 5 * day),
        ("tay-ho 1", "thu-do 1", "thu-do", "credited_url", "near_duplicate", day - 60),
        ("tay-ho 3", "thu-do 2", "thu-do", "containment", "excerpt", 2 * day - 60),
        ("tay-ho 4", None, None, "credited_source", None, None),
    ]


def test_articles_say_whether_they_are_originals(home: Home) -> None:
    columns = f"{number_of('a.article_id')}, is_original, {number_of('a.near_duplicate_of')}, is_canonical"
    rows = ask(home, f"select {columns} from marts.fct_articles as a order by all")  # noqa: S608 - constants
    assert rows == [
        ("my-duc 1", False, None, False),
        ("tay-ho 1", False, "thu-do 1", True),
        ("tay-ho 2", True, None, True),
        ("tay-ho 3", False, None, True),
        ("tay-ho 4", None, None, True),
        ("thu-do 1", True, None, True),
        ("thu-do 2", True, None, True),
    ]


def test_portals_count_originals_and_reprints_and_what_flows(home: Home) -> None:
    assert ask(home, "select portal, original_count, reprint_count from marts.dim_portals order by all") == [
        ("my-duc", 0, 1),
        ("tay-ho", 1, 3),
        ("thu-do", 2, 0),
    ]
    flows = "select original_portal, portal, reprint_count, copy_count, near_duplicate_count, excerpt_count"
    assert ask(home, f"{flows} from marts.fct_portal_flows order by all") == [
        ("thu-do", "my-duc", 1, 1, 0, 0),
        ("thu-do", "tay-ho", 2, 0, 1, 1),
    ]


def test_a_correction_that_did_not_arrive_is_told_with_the_sentence(home: Home) -> None:
    rows = ask(
        home,
        "select portal, revision, original_portal, original_revision, significance > 0.4, epoch(corrected_at),"
        " epoch(followed_at), followed_revision, is_stale, carried_sentence, corrected_sentence, figures_removed,"
        " figures_added from marts.fct_stale_copies order by portal",
    )
    corrected = (at(6).timestamp(), PUMP[2], CORRECTED[2], ["316 tỷ đồng"], ["361 tỷ đồng"])
    moment, *sentences = corrected
    assert rows == [
        ("my-duc", 1, "thu-do", 2, True, moment, at(8).timestamp(), 2, False, *sentences),
        ("tay-ho", 1, "thu-do", 2, True, moment, None, None, True, *sentences),
    ]
