"""What became of articles, and what is known of each day, as the marts tell of made-up crawls with known answers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.docs.pages import DOCS, blocks, rows
from tests.warehouse.tables import made_up
from tests.warehouse.tables.made_up import HANOI, VERSION, article, at
from warehouse.datasets import CAPTURES
from warehouse.home import INDEX_FOLDER, Home
from warehouse.records import Article, Capture, UnreadPage
from warehouse.tables import lock, store

LONG_AGO = datetime(2019, 6, 1, 12, tzinfo=HANOI)

# Texts that an article shows in turn.
TEXTS = {
    "A": {
        "title": "Chi 36,6 tỷ đồng sửa trường",
        "body": ("Khởi công ngày 2/9.", "Uỷ ban giao phường làm chủ đầu tư."),
    },
    "A'": {
        "title": "Chi 36,6 tỷ đồng sửa trường",
        "body": ("Khởi công ngày 2/9.  Ủy ban giao phường làm chủ đầu tư.",),
    },
    "B": {"title": "Chi 40 tỷ đồng sửa trường", "body": ("Khởi công ngày 5/9.", "Ủy ban giao phường làm chủ đầu tư.")},
}


@dataclass
class Crawl:
    """A crawl, and how it was answered: an article's text, a status, `list`, `redirect` or `neither`.

    A text with a question mark is one that the fallback read.
    """

    name: str
    began_at: datetime
    verdict: str = "ok"
    kind: str = "incremental"
    resumes: str | None = None
    answers: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)


CRAWLS = {
    crawl.name: crawl
    for crawl in (
        Crawl("archive", LONG_AGO, kind="import"),
        Crawl("first", at(1, 8), kind="full"),
        Crawl("second", at(2, 8)),
        Crawl("23h", at(3, 7), "no_news"),
        Crawl("25h", at(3, 9)),
        Crawl("blocked", at(4, 9), "blocked"),
        Crawl("partial", at(5, 9), "partial"),
        Crawl("broken", at(5, 20), "broken"),
        Crawl("killed", at(5, 22), "partial"),
        Crawl("killed again", at(6, 7), "partial"),
        Crawl("backfill", at(6, 9), kind="backfill"),
        Crawl("resuming", at(6, 10), resumes="killed again"),
        Crawl("cut short", at(7, 8), "partial"),
        Crawl("eighth", at(8, 9)),
        Crawl("broken still", at(8, 20), "broken"),
        Crawl("ninth", at(9, 10)),
        Crawl("tenth", at(10, 11), kind="full"),
    )
}

# Article by article: in which crawl it was answered how.
HISTORIES: dict[int, dict[str, str]] = {
    1: {"first": "A", "second": "404", "eighth": "A"},
    2: {"first": "A", "second": "404", "23h": "404"},
    3: {"first": "A", "second": "404", "23h": "404", "25h": "410", "eighth": "404"},
    4: {"first": "A", "blocked": "404", "partial": "list", "broken": "redirect", "backfill": "404"},
    5: {"first": "A", "second": "404", "blocked": "404", "partial": "404", "broken": "404", "backfill": "404"},
    6: {"first": "A", "second": "list", "25h": "list"},
    7: {"first": "A", "second": "redirect", "25h": "redirect"},
    8: {"first": "A", "second": "neither", "25h": "neither", "eighth": "500", "ninth": "304"},
    9: {"first": "A", "second": "404", "25h": "404", "eighth": "A"},
    10: {"first": "A", "second": "404", "25h": "404", "eighth": "B", "ninth": "410", "tenth": "404"},
    11: {"first": "A", "second": "B", "25h": "A", "eighth": "A'"},
    12: {"archive": "A", "second": "404", "25h": "404"},
    13: {"first": "A", "second": "404", "25h": "A", "eighth": "404"},
    14: {"first": "A", "second": "404", "blocked": "A", "eighth": "404"},
    20: {"first": "A", "broken": "404", "killed": "404", "killed again": "404", "resuming": "404"},
    21: {"first": "A", "second": "404", "killed again": "404"},
    # Gone on with by none: the next look began anew, and late.
    22: {"first": "A", "second": "404", "cut short": "404"},
    17: {"first": "404", "25h": "404", "eighth": "A"},
    # The portal was redesigned, and what the fallback reads is not what it was.
    23: {"first": "A", "broken": "B?", "broken still": "A'?"},
    24: {"first": "A", "second": "404", "25h": "404", "broken": "B?"},
    25: {"first": "list", "broken": "A?", "broken still": "B?"},
    26: {"first": "404", "broken": "A?"},
    27: {"broken": "A?", "broken still": "B?"},
    28: {"first": "A", "broken": "B"},
    29: {"first": "A", "eighth": "B?"},
}


def moment(crawl: str) -> datetime:
    return CRAWLS[crawl].began_at


def answer(number: int, crawl: str, what: str, **changes: Any) -> None:
    CRAWLS[crawl].answers.append((number, what, changes))


def tell_histories() -> None:
    for number, history in HISTORIES.items():
        for crawl, what in history.items():
            answer(number, crawl, what)
    # Its address changed: the old one is gone, the article is not.
    answer(15, "first", "A", key="https://tay-ho.test/tin/15-cu")
    answer(15, "second", "A", key="https://tay-ho.test/tin/15-moi")
    answer(15, "25h", "404", key="https://tay-ho.test/tin/15-cu")
    answer(15, "eighth", "404", key="https://tay-ho.test/tin/15-cu")
    # Another key led to it last; it is the own one that tells.
    answer(16, "first", "A", key="16")
    answer(16, "second", "A", key="cu")
    answer(16, "25h", "404", key="cu")
    answer(16, "eighth", "404", key="cu")
    answer(19, "first", "A", key="19")
    answer(19, "second", "A", key="cu-19")
    answer(19, "25h", "404", key="19")
    answer(19, "eighth", "404", key="19")
    # Twice in one crawl that took two days.
    answer(18, "first", "A")
    answer(18, "tenth", "404")
    answer(18, "tenth", "404", after=timedelta(hours=30))


def rows_of(portal: str, crawl: Crawl) -> Iterator[Capture | Article | UnreadPage]:
    for place, (number, what, changes) in enumerate(crawl.answers):
        capture_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{crawl.name}/{place}"))
        answered_at = crawl.began_at + changes.get("after", timedelta())
        url = f"https://{portal}.test/tin/{number}-ten-bai.html"
        capture = made_up.capture(capture_id, crawl.name, portal, url, answered_at, place)
        capture = replace(capture, article_key=changes.get("key", capture.article_key))
        if what == "redirect":
            yield replace(capture, capture_id=f"{capture_id}-301", status=301)
        yield replace(capture, status=int(what) if what.isdigit() else 200)
        if (text := what.removesuffix("?")) in TEXTS:
            flags = ("fallback",) if what.endswith("?") else ()
            shown = article(portal, number, crawl.name, answered_at, **TEXTS[text], quality_flags=flags)
            yield replace(shown, capture_id=capture_id, published_at=changes.get("published_at", shown.published_at))
        elif not what.isdigit():
            reason = "list_in_its_place" if what == "list" else "no_article"
            yield UnreadPage(capture_id, crawl.name, portal, url, reason)


def write(home: Home, portal: str, crawl: Crawl) -> None:
    written = list(rows_of(portal, crawl))
    captures = [row for row in written if isinstance(row, Capture)]
    made_up.write_parquet(home.root / INDEX_FOLDER / portal / f"{crawl.name}.parquet", captures, CAPTURES)
    articles = [row for row in written if isinstance(row, Article)]
    unread = [row for row in written if isinstance(row, UnreadPage)]
    made_up.write_articles(home, portal, crawl.name, articles, VERSION, unread)
    made_up.write_report(
        home,
        portal,
        crawl.name,
        len(crawl.answers),
        verdict=crawl.verdict,
        kind=crawl.kind,
        resumes=crawl.resumes,
        started_at=crawl.began_at,
        ended_at=crawl.began_at + timedelta(hours=1),
    )


LOOKS = (
    # Half an hour after midnight, which is still the day before in UTC.
    Crawl("td-1", at(2, 0, 30), kind="full", answers=[(1, "A", {"published_at": at(2, 0, 10)})]),
    Crawl("td-2", at(3, 8), "blocked"),
    Crawl("td-3", at(3, 20)),
    Crawl("td-4", at(4, 8), "no_news"),
    Crawl("td-5", at(4, 23, 59), "unreachable"),
    Crawl("td-6", at(5, 8), kind="backfill"),
    Crawl("td-7", at(6, 8), "partial"),
    Crawl("td-8", at(8, 8), answers=[(2, "B", {"published_at": at(5, 15)})]),
    Crawl("td-9", LONG_AGO, kind="import"),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("history") / "home")
    tell_histories()
    for crawl in CRAWLS.values():
        write(home, "tay-ho", crawl)
    for crawl in LOOKS:
        write(home, "thu-do", crawl)
    made_up.load_corpus(home)
    done = made_up.dbt("build", home, home.root / "dbt-target")
    assert done.returncode == 0, done.stdout
    return home


def ask(home: Home, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        warehouse.execute("set TimeZone = 'Asia/Ho_Chi_Minh'")
        return warehouse.execute(sql, parameters).fetchall()


def article_id(number: int) -> str:
    return made_up.digest("tay-ho", str(number))[:32]


def state_of(home: Home, number: int) -> tuple[Any, ...]:
    (row,) = ask(
        home,
        "select is_removed, removed_at, suspected_at from marts.fct_articles where article_id = $id",
        id=article_id(number),
    )
    return row


@pytest.mark.parametrize(
    ("number", "crawl"),
    [
        pytest.param(3, "second", id="404, then 410 25 hours later"),
        pytest.param(6, "second", id="a list in its place, twice"),
        pytest.param(7, "second", id="redirected to what is no article, twice"),
        pytest.param(10, "ninth", id="restored, then removed again"),
        pytest.param(12, "second", id="known from an import alone"),
        pytest.param(19, "25h", id="gone where its own key is"),
        pytest.param(24, "second", id="a redesign shows something in its place"),
        pytest.param(21, "second", id="confirmed by a killed crawl that a healthy one went on with"),
    ],
)
def test_removed(home: Home, number: int, crawl: str) -> None:
    assert state_of(home, number) == (True, moment(crawl), None)


@pytest.mark.parametrize(
    ("number", "crawl"),
    [
        pytest.param(2, "second", id="404 twice within 23 hours"),
        pytest.param(5, "second", id="confirmed by crawls alone that saw the portal badly"),
        pytest.param(20, "killed", id="found gone by one look in three parts"),
        pytest.param(22, "second", id="confirmed by a crawl that was cut short and left"),
        pytest.param(13, "eighth", id="seen between two 404s"),
        pytest.param(14, "eighth", id="seen between two 404s by a blocked crawl"),
        pytest.param(18, "tenth", id="404 twice in one long crawl"),
    ],
)
def test_suspected(home: Home, number: int, crawl: str) -> None:
    assert state_of(home, number) == (False, None, moment(crawl))


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(1, id="404 once, then back"),
        pytest.param(4, id="gone for crawls alone that saw the portal badly, or read history"),
        pytest.param(8, id="neither article nor list, a fault of the server, not modified"),
        pytest.param(9, id="restored"),
        pytest.param(11, id="edited and edited back"),
        pytest.param(15, id="moved to another address"),
        pytest.param(16, id="gone where another key led"),
        pytest.param(17, id="gone before it was ever seen"),
    ],
)
def test_neither(home: Home, number: int) -> None:
    assert state_of(home, number) == (False, None, None)


def test_absences_say_what_was_answered_and_whether_it_counts(home: Home) -> None:
    found = ask(
        home,
        "select crawl_id, basis, is_healthy_look from intermediate.int_article_absences"
        " where article_id in ($four, $seven) order by captured_at, basis",
        four=article_id(4),
        seven=article_id(7),
    )
    assert found == [
        ("second", "redirect", True),
        ("25h", "redirect", True),
        ("blocked", "404", False),
        ("partial", "list", False),
        ("broken", "redirect", False),
        ("backfill", "404", False),
    ]


def events_of(home: Home, number: int) -> list[tuple[Any, ...]]:
    return ask(
        home,
        "select event_number, event, happened_at, happened_precision, crawl_id, revision, seen_at"
        " from marts.fct_article_events where article_id = $id order by event_number",
        id=article_id(number),
    )


def test_an_article_that_came_back_and_went_again_tells_it_in_events(home: Home) -> None:
    published_at = at(1, 8, 10)
    assert events_of(home, 10) == [
        (1, "published", published_at, "minute", "first", None, moment("first")),
        (2, "removed", moment("second"), None, "25h", None, moment("25h")),
        (3, "restored", moment("eighth"), None, "eighth", None, moment("eighth")),
        (4, "edited", moment("eighth"), None, "eighth", 2, moment("eighth")),
        (5, "removed", moment("ninth"), None, "tenth", None, moment("tenth")),
    ]


def test_an_article_known_from_an_import_was_seen_first_there(home: Home) -> None:
    assert [(event, crawl, seen_at) for _, event, _, _, crawl, _, seen_at in events_of(home, 12)] == [
        ("published", "archive", LONG_AGO),
        ("removed", "25h", moment("25h")),
    ]


def test_edited_and_edited_back_is_two_edits_with_what_changed(home: Home) -> None:
    assert [(event, revision) for _, event, _, _, _, revision, _ in events_of(home, 11)] == [
        ("published", None),
        ("edited", 2),
        ("edited", 3),
    ]


def test_revisions_say_what_they_changed(home: Home) -> None:
    first, second, third = ask(
        home,
        "select changed_fields, added_word_count, removed_word_count, diff, has_changed_figures, figures_removed,"
        " figures_added, has_changed_dates, dates_removed, dates_added from marts.fct_article_revisions"
        " where article_id = $id order by revision",
        id=article_id(11),
    )
    assert first == (None,) * 10
    assert second == (
        ["title", "body"],
        2,
        2,
        "title: Chi [-36,6-]{+40+} tỷ đồng sửa trường\nbody: Khởi công ngày [-2/9.-]{+5/9.+}",
        True,
        ["36,6 tỷ đồng"],
        ["40 tỷ đồng"],
        True,
        ["2/9"],
        ["5/9"],
    )
    assert third[5:7] == (["40 tỷ đồng"], ["36,6 tỷ đồng"])


@pytest.mark.parametrize(
    ("number", "revisions"),
    [
        pytest.param(23, ["first"], id="a redesign is no edit"),
        pytest.param(24, ["first"], id="nor is it a return"),
        pytest.param(25, [], id="a list that looks like an article after a redesign is none"),
        pytest.param(26, [], id="nor is what answers where nothing was found"),
        pytest.param(27, ["broken"], id="a new article is known however it is read, and as it was read first"),
        pytest.param(28, ["first", "broken"], id="an edit that its own template reads"),
        pytest.param(29, ["first", "eighth"], id="an edit that the fallback reads of a portal that is well"),
    ],
)
def test_what_a_redesign_tells(home: Home, number: int, revisions: list[str]) -> None:
    found = ask(
        home,
        "select valid_from from marts.fct_article_revisions where article_id = $id order by revision",
        id=article_id(number),
    )
    assert [valid_from for (valid_from,) in found] == [moment(crawl) for crawl in revisions]


def test_events_can_be_cited_in_every_release(home: Home) -> None:
    ids = "select event_id from marts.fct_article_events order by event_id"
    before = ask(home, ids)
    done = made_up.dbt("build", home, home.root / "dbt-target")
    assert done.returncode == 0, done.stdout
    assert ask(home, ids) == before


def test_a_day_tells_no_news_from_not_looked(home: Home) -> None:
    found = ask(
        home,
        "select day(day_on), verdict, is_blind, next_looked_at, looks, crawls from marts.fct_portal_days"
        " where portal = 'thu-do' order by day_on",
    )
    assert found == [
        (2, "ok", False, at(3, 20), 1, 1),
        (3, "ok", False, at(4, 8), 2, 2),
        (4, "unreachable", False, at(8, 8), 2, 2),
        (5, "not_looked", True, at(8, 8), 0, 1),
        (6, "partial", True, at(8, 8), 1, 1),
        (7, "not_looked", True, at(8, 8), 0, 0),
        (8, "ok", False, None, 1, 1),
        # The last day on which any portal was looked at.
        (9, "not_looked", True, None, 0, 0),
        (10, "not_looked", True, None, 0, 0),
    ]


def test_the_page_for_analysts_shows_what_its_query_says(home: Home) -> None:
    page = DOCS / "analyst.md"
    (query,) = [sql for sql in blocks(page, "sql") if "what_we_know" in sql]
    found = ask(home, query.replace("fct_portal_days", "marts.fct_portal_days"))
    assert [[str(cell) for cell in row] for row in found] == rows(page, "## No news, or were we blind?")


def test_a_day_counts_what_happened_on_it(home: Home) -> None:
    found = ask(
        home,
        "select day(day_on), articles_new, articles_published, articles_edited, articles_removed, articles_restored"
        " from marts.fct_portal_days where portal = 'tay-ho' order by day_on",
    )
    assert found[:4] == [(1, 24, 27, 0, 0, 0), (2, 0, 0, 1, 8, 0), (3, 0, 0, 1, 1, 0), (4, 0, 0, 0, 0, 0)]
    assert found[7:9] == [(8, 1, 0, 2, 0, 2), (9, 0, 0, 0, 1, 0)]
