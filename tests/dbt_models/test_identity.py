"""Which captures are one article, where addresses are its keys: histories of addresses with known answers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.warehouse.tables import made_up
from tests.warehouse.tables.made_up import VERSION, article, at
from warehouse.datasets import CAPTURE_KEYS, CAPTURES
from warehouse.home import INDEX_FOLDER, Home
from warehouse.records import Article, Capture, CaptureKey, UnreadPage
from warehouse.tables import lock, store
from warehouse.text.identity import article_id

pytestmark = [pytest.mark.process, pytest.mark.slow]

PORTAL, HOST, FORMER_HOST = "tay-ho", "tay-ho.test", "tay-ho-cu.test"
SCHEDULE = "Lịch tiếp công dân của phường"


@dataclass(frozen=True)
class Answer:
    """An answer of one crawl: at an address, possibly after redirects from other addresses.

    `title` is None for an answer without an article, which has a status, or status 200 and no article.
    """

    crawl: int
    address: str
    title: str | None = None
    status: int = 200
    through: tuple[str, ...] = ()
    changes: dict[str, Any] = field(default_factory=dict)


def seen(crawl: int, address: str, title: str, *through: str, **changes: Any) -> Answer:
    return Answer(crawl, address, title, through=through, changes=changes)


def gone(crawl: int, address: str, status: int = 404) -> Answer:
    return Answer(crawl, address, status=status)


def no_article(crawl: int, address: str, *through: str) -> Answer:
    return Answer(crawl, address, through=through)


def body(text: str) -> dict[str, Any]:
    return {"body": (f"{text} được đăng trên trang của phường.",)}


NO_DATE: dict[str, Any] = {"published_at": None, "published_precision": None, "published_basis": None}

# By name, the history of some addresses, and the addresses of each article that they are. The first is the one whose
# id stays. One day has one crawl, and all are healthy.
HISTORIES: dict[str, tuple[list[Answer], list[list[str]]]] = {
    "redirected": (
        [seen(1, "a1", "Phường khai mạc hè vui"), seen(2, "a2", "Phường khai mạc hè vui", "a1")],
        [["a1", "a2"]],
    ),
    "gone, and new with its title and day": (
        [seen(1, "b1", "Phường trồng thêm cây xanh"), gone(2, "b1"), seen(2, "b2", "Phường trồng thêm cây xanh")],
        [["b1", "b2"]],
    ),
    "a list in its place, and new the day before": (
        [
            seen(1, "c1", "Chợ quê mở phiên cuối năm"),
            seen(2, "c2", "Chợ quê mở phiên cuối năm"),
            no_article(3, "c1"),
        ],
        [["c1", "c2"]],
    ),
    "two candidates came at once": (
        [
            seen(1, "d1", "Mời họp tổ dân phố"),
            gone(2, "d1"),
            seen(2, "d2", "Mời họp tổ dân phố"),
            seen(2, "d3", "Mời họp tổ dân phố"),
        ],
        [["d1"], ["d2"], ["d3"]],
    ),
    "two candidates had gone": (
        [
            seen(1, "e1", "Mời họp hội phụ nữ"),
            seen(1, "e2", "Mời họp hội phụ nữ"),
            gone(2, "e1"),
            gone(2, "e2"),
            seen(2, "e3", "Mời họp hội phụ nữ"),
        ],
        [["e1"], ["e2"], ["e3"]],
    ),
    "another with its title is still there": (
        [
            seen(1, "f1", "Mời họp hội nông dân"),
            seen(1, "f2", "Mời họp hội nông dân"),
            gone(2, "f1"),
            seen(2, "f3", "Mời họp hội nông dân"),
        ],
        [["f1"], ["f2"], ["f3"]],
    ),
    "only one of two was of that minute": (
        [
            seen(1, "g1", "Mời họp hội cựu chiến binh", published_at=at(1, 9)),
            seen(1, "g2", "Mời họp hội cựu chiến binh", published_at=at(1, 10)),
            gone(2, "g1"),
            seen(2, "g3", "Mời họp hội cựu chiến binh", published_at=at(1, 9)),
        ],
        [["g1", "g3"], ["g2"]],
    ),
    "a chain of three, in both ways": (
        [
            seen(1, "h1", "Trao quà cho người cao tuổi"),
            gone(2, "h1"),
            seen(2, "h2", "Trao quà cho người cao tuổi"),
            seen(3, "h3", "Trao quà cho người cao tuổi", "h2"),
            gone(4, "h3"),
            seen(4, "h4", "Trao quà cho người cao tuổi"),
        ],
        [["h1", "h2", "h3", "h4"]],
    ),
    "a chain whose first step was seen last": (
        [
            seen(1, "i1", "Khám bệnh miễn phí cho trẻ"),
            seen(2, "i2", "Khám bệnh miễn phí cho trẻ"),
            gone(3, "i2"),
            seen(4, "i3", "Khám bệnh miễn phí cho trẻ"),
            gone(5, "i1"),
        ],
        [["i1", "i2", "i3"]],
    ),
    "two addresses lead to the third": (
        [
            seen(1, "j1", "Sửa đường làng trước Tết"),
            seen(2, "j2", "Sửa đường làng trước Tết"),
            seen(3, "j3", "Sửa đường làng trước Tết", "j1", "j2"),
            seen(3, "j3", "Sửa đường làng trước Tết", "j2"),
        ],
        [["j1", "j2", "j3"]],
    ),
    "there and back": (
        [
            seen(1, "k1", "Thi chạy quanh hồ sáng nay"),
            seen(2, "k2", "Thi chạy quanh hồ sáng nay", "k1"),
            seen(3, "k1", "Thi chạy quanh hồ sáng nay", "k2"),
            seen(4, "k1", "Thi chạy quanh hồ sáng nay"),
        ],
        [["k1", "k2"]],
    ),
    "there and back without redirects": (
        [
            seen(1, "l1", "Thi nấu cơm giữa sân đình"),
            gone(2, "l1"),
            seen(2, "l2", "Thi nấu cơm giữa sân đình"),
            gone(3, "l2"),
            seen(3, "l1", "Thi nấu cơm giữa sân đình"),
        ],
        [["l1", "l2"]],
    ),
    "redirected to the home page": (
        [seen(1, "m1", "Hội sách ở nhà văn hóa"), no_article(2, "", "m1"), no_article(4, "", "m1")],
        [["m1"]],
    ),
    "redirected to a notice": (
        [
            seen(1, "n1", "Tuyển quân đợt một năm nay"),
            seen(2, "n2", "Bài viết không còn nữa", "n1", **NO_DATE, **body("Lời cáo lỗi")),
        ],
        [["n1"], ["n2"]],
    ),
    "several redirected to one": (
        [
            seen(1, "o1", "Dọn rác ven sông Hồng", published_at=at(1, 7)),
            seen(1, "o2", "Dọn rác ven hồ Tây", published_at=at(1, 8)),
            seen(2, "o3", "Dọn rác ven sông Hồng", "o1", published_at=at(1, 9)),
            seen(2, "o3", "Dọn rác ven sông Hồng", "o2", published_at=at(1, 9)),
        ],
        [["o1"], ["o2"], ["o3"]],
    ),
    "redirected to one that was there before": (
        [
            seen(1, "p1", "Cấm đường để thi công cống"),
            seen(1, "p2", "Cấm đường để thi công cống"),
            seen(2, "p2", "Cấm đường để thi công cống", "p1"),
        ],
        [["p1"], ["p2"]],
    ),
    "redirected to the latest news": (
        [
            seen(1, "q1", "Tiêm phòng cho chó mèo", published_at=at(1, 8)),
            seen(2, "q2", "Bế mạc giải bóng đá", "q1", published_at=at(2, 7), **body("Giải bóng đá")),
        ],
        [["q1"], ["q2"]],
    ),
    "redirected and edited": (
        [
            seen(1, "r1", "Chi 3 tỷ sửa trường học"),
            seen(2, "r2", "Chi 4 tỷ sửa trường học", "r1", **body("Bản sửa")),
        ],
        [["r1", "r2"]],
    ),
    "moved, then removed": (
        [
            seen(1, "s1", "Mở lớp dạy bơi miễn phí"),
            gone(2, "s1"),
            seen(2, "s2", "Mở lớp dạy bơi miễn phí"),
            gone(3, "s1"),
            gone(4, "s2"),
            gone(6, "s2"),
        ],
        [["s1", "s2"]],
    ),
    "a short title": (
        [
            seen(1, "t1", "Thông báo mới", **body("Một")),
            gone(2, "t1"),
            seen(2, "t2", "Thông báo mới", **body("Hai")),
        ],
        [["t1"], ["t2"]],
    ),
    "a schedule of each week": (
        [
            seen(1, "u1", SCHEDULE, published_at=at(1, 8)),
            gone(2, "u1"),
            seen(2, "u2", SCHEDULE, published_at=at(2, 8)),
        ],
        [["u1"], ["u2"]],
    ),
    "the same text, without a date": (
        [
            seen(1, "v1", "Nội quy chợ", **NO_DATE, **body("Nội quy")),
            gone(2, "v1", 410),
            seen(3, "v2", "Nội quy chợ", **NO_DATE, **body("Nội quy")),
        ],
        [["v1", "v2"]],
    ),
    "gone for a day": (
        [
            seen(1, "w1", "Hiến máu nhân đạo đợt hai"),
            gone(2, "w1"),
            seen(2, "w2", "Hiến máu nhân đạo đợt hai"),
            seen(3, "w1", "Hiến máu nhân đạo đợt hai"),
            seen(3, "w2", "Hiến máu nhân đạo đợt hai"),
        ],
        [["w1"], ["w2"]],
    ),
    "two addresses side by side": (
        [
            seen(1, "x1", "Ngõ nhỏ thành vườn hoa"),
            seen(1, "x2", "Ngõ nhỏ thành vườn hoa"),
            seen(2, "x1", "Ngõ nhỏ thành vườn hoa"),
            seen(2, "x2", "Ngõ nhỏ thành vườn hoa"),
        ],
        [["x1"], ["x2"]],
    ),
    "named by rel=canonical, which names itself": (
        [
            seen(1, "y1", "Phiên chợ đồ cũ cuối tuần", canonical_key=f"{HOST}/y2"),
            seen(1, "y3", "Phiên chợ đồ cũ cuối tuần", canonical_key=f"{HOST}/y2"),
            seen(2, "y2", "Phiên chợ đồ cũ cuối tuần", canonical_key=f"{HOST}/y2"),
            # The view for print has another text, which is no edit.
            seen(3, "y1", "Phiên chợ đồ cũ cuối tuần", canonical_key=f"{HOST}/y2", **body("Bản in")),
        ],
        [["y1", "y2", "y3"]],
    ),
    "named by pages with other titles": (
        [
            seen(1, "z1", "Chào mừng quý bạn đọc", canonical_key=f"{HOST}/z3", **NO_DATE),
            seen(1, "z2", "Tin vắn trong ngày hôm nay", canonical_key=f"{HOST}/z3", **NO_DATE),
            seen(1, "z3", "Chào mừng quý bạn đọc", canonical_key=f"{HOST}/z3", **NO_DATE),
        ],
        [["z1"], ["z2"], ["z3"]],
    ),
    "named, but not by itself": (
        [
            seen(1, "aa1", "Câu lạc bộ cờ tướng", canonical_key=f"{HOST}/aa2"),
            seen(1, "aa2", "Câu lạc bộ cờ tướng"),
        ],
        [["aa1"], ["aa2"]],
    ),
    "named by a page of another day": (
        [
            seen(1, "bb1", SCHEDULE, canonical_key=f"{HOST}/bb2", published_at=at(1, 9)),
            seen(2, "bb2", SCHEDULE, canonical_key=f"{HOST}/bb2", published_at=at(2, 9)),
        ],
        [["bb1"], ["bb2"]],
    ),
    "from http to https": (
        [
            seen(1, "cc1", "Điểm phát sách cho trẻ", former_ids=("old-http-cc1",)),
            seen(2, "cc1", "Điểm phát sách cho trẻ", former_ids=("old-https-cc1",)),
        ],
        [["cc1"]],
    ),
    "from another host, and moved there": (
        [
            seen(1, "dd1", "Cầu mới bắc qua ngòi", former_ids=("old-dd1",), url=f"http://www.{FORMER_HOST}/dd1"),
            seen(2, "dd2", "Cầu mới bắc qua ngòi", "dd1", former_ids=("old-dd2",)),
        ],
        [["dd1", "dd2"]],
    ),
}


def key_of(address: str) -> str:
    return f"{HOST}/{address}" if address else HOST


def id_of(address: str) -> str:
    return article_id(PORTAL, key_of(address))


def rows_of(place: int, answer: Answer) -> Iterator[Capture | CaptureKey | Article | UnreadPage]:
    crawl, captured_at = f"c{answer.crawl}", at(answer.crawl, 9) + timedelta(seconds=10 * place)
    capture_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{crawl}/{place}"))
    requested = key_of(answer.through[0] if answer.through else answer.address)
    hops = [*answer.through, answer.address]
    for step, (hop, following) in enumerate(zip(hops, [*hops[1:], None], strict=True)):
        own = capture_id if following is None else f"{capture_id}-{step}"
        received_at = captured_at + timedelta(seconds=step)
        capture = made_up.capture(own, crawl, PORTAL, f"https://{key_of(hop)}", received_at, place)
        yield replace(capture, status=answer.status if following is None else 301)
        yield made_up.capture_key(
            capture,
            article_key=requested,
            page_key=key_of(hop),
            redirect_key=None if following is None else key_of(following),
        )
    if answer.title is not None:
        plain = article(PORTAL, 1, crawl, received_at, capture_id=capture_id, title=answer.title)
        key = key_of(answer.address)
        changes = {"url": f"https://{key}"} | body(answer.title) | answer.changes
        yield replace(plain, article_id=id_of(answer.address), article_key=key, page_key=key, **changes)
    elif answer.status == 200:
        yield UnreadPage(capture_id, crawl, PORTAL, f"https://{key_of(answer.address)}", "list_in_its_place")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("identity") / "home")
    answers = [answer for answers, _ in HISTORIES.values() for answer in answers]
    for number in sorted({answer.crawl for answer in answers}):
        own = [answer for answer in answers if answer.crawl == number]
        written = [row for place, answer in enumerate(own) for row in rows_of(place, answer)]
        crawl = f"c{number}"
        captures = [row for row in written if isinstance(row, Capture)]
        made_up.write_parquet(home.root / INDEX_FOLDER / PORTAL / f"{crawl}.parquet", captures, CAPTURES)
        articles = [row for row in written if isinstance(row, Article)]
        unread = [row for row in written if isinstance(row, UnreadPage)]
        made_up.write_articles(home, PORTAL, crawl, articles, VERSION, unread)
        keys = [row for row in written if isinstance(row, CaptureKey)]
        made_up.write_parquet(made_up.derived(home, CAPTURE_KEYS, PORTAL, crawl), keys, CAPTURE_KEYS)
        times = {"started_at": at(number, 8), "ended_at": at(number, 10)}
        made_up.write_report(home, PORTAL, crawl, len(captures), **times)
    made_up.load_corpus(home)
    done = made_up.dbt("build", home, home.root / "dbt-target")
    assert done.returncode == 0, done.stdout
    return home


def ask(home: Home, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        return warehouse.execute(sql, parameters).fetchall()


@pytest.mark.parametrize("name", HISTORIES)
def test_addresses_are_the_right_articles(home: Home, name: str) -> None:
    answers, articles = HISTORIES[name]
    addresses = sorted({answer.address for answer in answers if answer.title is not None})
    found = ask(
        home,
        "select own_id, article_id, count(*) from intermediate.int_articles__captured"
        " where own_id in (select unnest($ids)) group by all",
        ids=[id_of(address) for address in addresses],
    )
    assert {own: article for own, article, _ in found} == {
        id_of(address): id_of(same[0]) for same in articles for address in same
    }


@pytest.mark.parametrize("name", HISTORIES)
def test_every_published_id_names_exactly_one_article(home: Home, name: str) -> None:
    _, articles = HISTORIES[name]
    found = ask(
        home,
        "select published.id, coalesce(ids.article_id, articles.article_id)"
        " from (select unnest($ids) as id) as published"
        " left join marts.dim_article_ids as ids on published.id = ids.former_article_id"
        " left join marts.fct_articles as articles on published.id = articles.article_id",
        ids=[id_of(address) for same in articles for address in same],
    )
    assert sorted(found) == sorted((id_of(address), id_of(same[0])) for same in articles for address in same)


def test_former_ids_state_the_reason_and_the_time(home: Home) -> None:
    found = ask(
        home,
        "select former_article_id, article_id, reason, since_at from marts.dim_article_ids"
        " where article_id in (select unnest($ids)) order by since_at, former_article_id",
        ids=[id_of(address) for address in ("a1", "b1", "c1", "cc1", "dd1", "y1")],
    )
    days = [
        (former, article, reason, (since.astimezone(made_up.HANOI)).day) for former, article, reason, since in found
    ]
    assert sorted(days) == sorted(
        [
            (id_of("a2"), id_of("a1"), "redirected", 2),
            (id_of("b2"), id_of("b1"), "moved", 2),
            (id_of("c2"), id_of("c1"), "moved", 3),
            ("old-http-cc1", id_of("cc1"), "canonical_form", 1),
            ("old-https-cc1", id_of("cc1"), "canonical_form", 2),
            ("old-dd1", id_of("dd1"), "new_domain", 1),
            ("old-dd2", id_of("dd1"), "canonical_form", 2),
            (id_of("dd2"), id_of("dd1"), "redirected", 2),
            (id_of("y2"), id_of("y1"), "canonical_link", 2),
            (id_of("y3"), id_of("y1"), "canonical_link", 2),
        ]
    )


@pytest.mark.parametrize(
    ("first", "events"),
    [
        ("a1", ["published 1", "moved 2"]),
        ("b1", ["published 1", "moved 2"]),
        ("c1", ["published 1", "moved 3"]),
        ("h1", ["published 1", "moved 2", "moved 3", "moved 4"]),
        ("k1", ["published 1", "moved 2", "moved 3"]),
        ("l1", ["published 1", "moved 2", "moved 3"]),
        ("m1", ["published 1", "removed 4"]),
        ("r1", ["published 1", "moved 2", "edited 2"]),
        ("s1", ["published 1", "moved 2", "removed 6"]),
        ("x1", ["published 1"]),
        ("y1", ["published 1"]),
        ("cc1", ["published 1"]),
    ],
)
def test_an_articles_history_is_whole(home: Home, first: str, events: list[str]) -> None:
    found = ask(
        home,
        "select event, crawl_id from marts.fct_article_events where article_id = $id order by event_number",
        id=id_of(first),
    )
    assert [f"{event} {crawl.removeprefix('c')}" for event, crawl in found] == events


def test_an_article_that_moved_without_redirect_is_not_suspected(home: Home) -> None:
    found = ask(
        home,
        "select is_removed, suspected_at, url from marts.fct_articles where article_id in (select unnest($ids))",
        ids=[id_of("b1"), id_of("c1"), id_of("l1")],
    )
    assert sorted(found) == [(False, None, f"https://{key_of(address)}") for address in ("b2", "c2", "l1")]


def test_crawls_count_the_articles_and_pages_of_the_corpus(home: Home) -> None:
    found = ask(home, "select crawl_id, articles_read, pages_unread from marts.fct_crawls order by crawl_id")
    answers = [answer for answers, _ in HISTORIES.values() for answer in answers]
    same = {address: group[0] for _, groups in HISTORIES.values() for group in groups for address in group}
    for crawl, articles_read, pages_unread in found:
        own = [answer for answer in answers if f"c{answer.crawl}" == crawl]
        read = {same[answer.address] for answer in own if answer.title is not None}
        unread = [answer for answer in own if answer.title is None and answer.status == 200]
        assert (crawl, articles_read, pages_unread) == (crawl, len(read), len(unread))
