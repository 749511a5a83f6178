"""Extraction quality in the marts: shares, leaked boilerplate, pages without an article."""

from __future__ import annotations

from typing import Any

import pytest

from tests.warehouse.tables import made_up
from tests.warehouse.tables.made_up import article, at, unread
from warehouse.home import Home
from warehouse.records import Article
from warehouse.tables import lock, store
from warehouse.tables.judgement import FieldJudgement, judgements

pytestmark = [pytest.mark.process, pytest.mark.slow]

LINE = "Chia sẻ bài viết, đã có {views} lượt xem"
TEXT = "Phường ra quân dọn ngõ, trồng thêm cây xanh dọc bờ hồ; bà con từng tổ dân phố cùng góp sức. " * 3


def plain(crawl: str, day: int, number: int, **changes: Any) -> Article:
    body = (f"{TEXT.strip()} Tổ {number} nhận phần đường số {'i' * number}.",)
    return article("tay-ho", number, crawl, at(day), body=body, **changes)


def with_leaked_line(crawl: str, day: int, number: int) -> Article:
    unchanged = plain(crawl, day, number)
    return plain(crawl, day, number) if number == 0 else article(
        "tay-ho", number, crawl, at(day), body=(*unchanged.body, LINE.format(views=number * 7))
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("quality") / "home")
    for crawl, day in (("th-1", 1), ("th-2", 2)):
        pages = [unread("tay-ho", 99, crawl, "list_in_its_place")]
        made_up.write_crawl(home, "tay-ho", crawl, [plain(crawl, day, n) for n in range(12)], unread_pages=pages)
    notice = {
        "title": None,
        "published_at": None,
        "published_precision": None,
        "quality_flags": ("fallback", "no_title"),
    }
    td = [article("thu-do", n, "td-1", at(3), **(notice if n < 2 else {})) for n in range(3)]
    # A date of the feed does not count: it hides nothing that the page has lost.
    td.append(article("thu-do", 3, "td-1", at(3), published_basis="feed"))
    made_up.write_crawl(home, "thu-do", "td-1", td)
    # Old pages without titles, captured after the others: they do not show the current state of the portal.
    for crawl, day, kind in (("th-old", 5, "backfill"), ("th-taken", 6, "import")):
        untitled = [plain(crawl, day, n, title=None) for n in range(200, 220)]
        made_up.write_crawl(home, "tay-ho", crawl, untitled, kind=kind)
    leaked = [with_leaked_line("th-3", 4, n) for n in range(12)]
    lost = [unread("tay-ho", number, "th-3", "no_article") for number in range(50, 58)]
    made_up.write_crawl(home, "tay-ho", "th-3", leaked, unread_pages=lost)
    made_up.load_corpus(home)
    done = made_up.dbt("build", home, home.root / "dbt-target")
    assert done.returncode == 0, done.stdout
    return home


def ask(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        return warehouse.execute(sql).fetchall()


def test_shares_are_relative_to_the_articles_of_the_crawl(home: Home) -> None:
    (row,) = ask(
        home,
        "select platform, articles, unread_pages, share_unread, share_with_title, share_with_date, share_with_minute,"
        " share_with_body, share_with_lead, share_with_byline, share_with_captions, share_with_credited_source,"
        " share_fallback, share_outdated_template, share_flagged, is_judged, broken_fields"
        " from marts.fct_extraction_quality where crawl_id = 'td-1'",
    )
    assert row == ("generic", 4, 0, 0.0, 0.5, 0.25, 0.25, 0.0, 1.0, 1.0, 1.0, 0.0, 0.5, 0.0, 0.5, False, [])


def test_leaked_boilerplate_is_detected_by_repeating_text(home: Home) -> None:
    rows = ask(
        home,
        "select crawl_id, share_repeating, share_of_text_repeated > 0.05, broken_fields"
        " from marts.fct_extraction_quality where portal = 'tay-ho' order by looked_at",
    )
    assert rows == [
        ("th-1", 0.0, False, []),
        ("th-2", 0.0, False, []),
        ("th-3", pytest.approx(11 / 12), True, ["repeating", "unread"]),
        ("th-old", 0.0, False, []),
        ("th-taken", 0.0, False, []),
    ]


def test_backfills_and_imports_are_counted_but_not_judged(home: Home) -> None:
    rows = ask(
        home,
        "select crawl_id, articles, share_with_title, is_judged, earlier_crawls from marts.fct_extraction_quality"
        " where crawl_id in ('th-old', 'th-taken') order by crawl_id",
    )
    assert rows == [("th-old", 20, 0.0, False, 0), ("th-taken", 20, 0.0, False, 0)]


def test_pages_without_an_article_are_listed_with_their_capture(home: Home) -> None:
    rows = ask(
        home,
        "select crawl_id, reason, count(*), min(url), any_value(content_type), any_value(warc_file)"
        " from marts.fct_unread_pages group by all order by all",
    )
    url = "https://tay-ho.test/tin/{}-ten-bai.html"
    kind = "text/html; charset=utf-8"
    assert rows == [
        ("th-1", "list_in_its_place", 1, url.format(99), kind, "tay-ho/th-1.warc.gz"),
        ("th-2", "list_in_its_place", 1, url.format(99), kind, "tay-ho/th-2.warc.gz"),
        ("th-3", "no_article", 8, url.format(50), kind, "tay-ho/th-3.warc.gz"),
    ]


def test_the_latest_crawl_is_judged_on_portals_with_a_baseline(home: Home) -> None:
    with lock.hold(home, "test", 0):
        found = judgements(home)
    assert list(found) == ["tay-ho"]
    assert found["tay-ho"].crawl_id == "th-3"
    fields = {field.field: field for field in found["tay-ho"].fields}
    assert fields["title"] == FieldJudgement("title", 12, 1.0, 1.0, False, ())
    assert [field.field for field in found["tay-ho"].breakages] == ["repeating", "unread"]
    assert fields["unread"].share == 0.4
    assert fields["unread"].usual_share == pytest.approx(1 / 13)
    # The first of the twelve articles has no leaked line, so it is not an example.
    assert fields["repeating"].example_urls == tuple(f"https://tay-ho.test/tin/{number}" for number in (1, 10, 11))
    assert str(found["tay-ho"]).startswith(
        "tay-ho: crawl th-3 is read worse than usual: repeating 92% of 12 pages, usu"
    )
