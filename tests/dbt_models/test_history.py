"""History of articles and days in the marts, from generated crawls with known responses."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.docs.pages import DOCS, blocks, rows
from tests.warehouse.tables import made_up
from tests.warehouse.tables.made_up import HANOI, VERSION, article, at
from warehouse.datasets import CAPTURE_KEYS, CAPTURES
from warehouse.home import INDEX_FOLDER, Home
from warehouse.records import Article, Capture, CaptureKey, UnreadPage
from warehouse.tables import lock, store

pytestmark = [pytest.mark.process, pytest.mark.slow]

LONG_AGO = datetime(2019, 6, 1, 12, tzinfo=HANOI)

# The versions of an article's text.
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
    """A crawl and its responses: a version of the text, a status, `list`, `redirect` or `neither`.

    A question mark after a version means that the fallback extracted it.
    """

    name: str
    start: datetime
    verdict: str = "ok"
    kind: str = "incremental"
    resumes: str | None = None
    responses: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)


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

# The response of each crawl that requested an article, by article number.
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
    # Resumed by no crawl: the next regular crawl started anew, and late.
    22: {"first": "A", "second": "404", "cut short": "404"},
    17: {"first": "404", "25h": "404", "eighth": "A"},
    # The portal was redesigned, and the fallback extracts another text.
    23: {"first": "A", "broken": "B?", "broken still": "A'?"},
    24: {"first": "A", "second": "404", "25h": "404", "broken": "B?"},
    25: {"first": "list", "broken": "A?", "broken still": "B?"},
    26: {"first": "404", "broken": "A?"},
    27: {"broken": "A?", "broken still": "B?"},
    28: {"first": "A", "broken": "B"},
    29: {"first": "A", "eighth": "B?"},
}


def moment(crawl: str) -> datetime:
    return CRAWLS[crawl].start


def respond(number: int, crawl: str, what: str, **changes: Any) -> None:
    CRAWLS[crawl].responses.append((number, what, changes))


def add_responses() -> None:
    for number, history in HISTORIES.items():
        for crawl, what in history.items():
            respond(number, crawl, what)
    # The URL changed: the old one is gone, the article is not.
    respond(15, "first", "A", address="15-cu")
    respond(15, "second", "A", address="15-moi")
    respond(15, "25h", "404", address="15-cu")
    respond(15, "eighth", "404", address="15-cu")
    # Another address led to it for a time, but only absences at its own address count.
    respond(16, "first", "A")
    respond(16, "second", "A", through="cu")
    respond(16, "25h", "404", address="cu")
    respond(16, "eighth", "404", address="cu")
    respond(19, "first", "A")
    respond(19, "second", "A", through="cu-19")
    respond(19, "25h", "404")
    respond(19, "eighth", "404")
    # Asked at an address of the list that it never had, under its own number.
    respond(30, "first", "A")
    respond(30, "second", "404", address="30-sai")
    respond(30, "25h", "404", address="30-sai")
    # One crawl received it at one address, and found the other one gone.
    respond(31, "first", "A", address="31-cu")
    respond(31, "second", "404", address="31-cu")
    respond(31, "25h", "A", address="31-moi")
    respond(31, "25h", "404", address="31-cu", after=timedelta(hours=2))
    respond(31, "eighth", "A", address="31-moi")
    # Listed in two sections, under two addresses that are both valid; at last one of them is gone.
    respond(32, "first", "A", address="muc-mot/32")
    respond(32, "second", "A", address="muc-hai/32")
    respond(32, "25h", "A", address="muc-mot/32")
    respond(32, "eighth", "A", address="muc-hai/32")
    respond(32, "ninth", "404", address="muc-mot/32")
    respond(32, "tenth", "404", address="muc-mot/32")
    # Moved, edited there, and then removed.
    respond(33, "first", "A", address="33-cu")
    respond(33, "second", "B", address="33-moi", through="33-cu")
    respond(33, "eighth", "404", address="33-moi")
    respond(33, "ninth", "404", address="33-moi")
    # To another category and back.
    respond(34, "first", "A", address="mot/34")
    respond(34, "second", "A", address="hai/34", through="mot/34")
    respond(34, "25h", "A", address="mot/34", through="hai/34")
    respond(34, "eighth", "A", address="mot/34")
    # Twice in one crawl that took two days.
    respond(18, "first", "A")
    respond(18, "tenth", "404")
    respond(18, "tenth", "404", after=timedelta(hours=30))


def url_of(portal: str, address: object) -> str:
    return f"https://{portal}.test/tin/{address}"


def rows_of(portal: str, crawl: Crawl) -> Iterator[Capture | CaptureKey | Article | UnreadPage]:
    for place, (number, what, changes) in enumerate(crawl.responses):
        capture_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{crawl.name}/{place}"))
        responded_at = crawl.start + changes.get("after", timedelta())
        address = url_of(portal, changes.get("address", number))
        through = url_of(portal, changes["through"]) if "through" in changes else address
        if what == "redirect":
            address = url_of(portal, "trang-chu")
        capture = made_up.capture(capture_id, crawl.name, portal, f"{address}-ten-bai.html", responded_at, place)
        # The portal numbers its articles, and an alias of their addresses is asked by itself.
        capture = replace(capture, article_key=str(number))
        if through != address:
            redirect = replace(capture, capture_id=f"{capture_id}-301", status=301, url=through)
            yield redirect
            yield made_up.capture_key(redirect, redirect_key=address.removeprefix("https://"))
        yield replace(capture, status=int(what) if what.isdigit() else 200)
        yield made_up.capture_key(capture)
        if (text := what.removesuffix("?")) in TEXTS:
            flags = ("fallback",) if what.endswith("?") else ()
            shown = article(portal, number, crawl.name, responded_at, **TEXTS[text], quality_flags=flags)
            yield replace(
                shown,
                capture_id=capture_id,
                url=address,
                page_key=address.removeprefix("https://"),
                published_at=changes.get("published_at", shown.published_at),
            )
        elif not what.isdigit():
            reason = "list_in_its_place" if what == "list" else "no_article"
            yield UnreadPage(capture_id, crawl.name, portal, capture.url, reason)


def write(home: Home, portal: str, crawl: Crawl) -> None:
    written = list(rows_of(portal, crawl))
    captures = [row for row in written if isinstance(row, Capture)]
    made_up.write_parquet(home.root / INDEX_FOLDER / portal / f"{crawl.name}.parquet", captures, CAPTURES)
    articles = [row for row in written if isinstance(row, Article)]
    unread = [row for row in written if isinstance(row, UnreadPage)]
    made_up.write_articles(home, portal, crawl.name, articles, VERSION, unread)
    keys = [row for row in written if isinstance(row, CaptureKey)]
    made_up.write_parquet(made_up.derived(home, CAPTURE_KEYS, portal, crawl.name), keys, CAPTURE_KEYS)
    made_up.write_report(
        home,
        portal,
        crawl.name,
        len(crawl.responses),
        verdict=crawl.verdict,
        kind=crawl.kind,
        resumes=crawl.resumes,
        started_at=crawl.start,
        ended_at=crawl.start + timedelta(hours=1),
    )


CRAWLS_OF_THU_DO = (
    # Half an hour after midnight in Hanoi, the day before in UTC.
    Crawl("td-1", at(2, 0, 30), kind="full", responses=[(1, "A", {"published_at": at(2, 0, 10)})]),
    Crawl("td-2", at(3, 8), "blocked"),
    Crawl("td-3", at(3, 20)),
    Crawl("td-4", at(4, 8), "no_news"),
    Crawl("td-5", at(4, 23, 59), "unreachable"),
    Crawl("td-6", at(5, 8), kind="backfill"),
    Crawl("td-7", at(6, 8), "partial"),
    Crawl("td-8", at(8, 8), responses=[(2, "B", {"published_at": at(5, 15)})]),
    Crawl("td-9", LONG_AGO, kind="import"),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("history") / "home")
    add_responses()
    for crawl in CRAWLS.values():
        write(home, "tay-ho", crawl)
    for crawl in CRAWLS_OF_THU_DO:
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
        pytest.param(7, "second", id="redirected to a page without an article, twice"),
        pytest.param(10, "ninth", id="restored, then removed again"),
        pytest.param(12, "second", id="known only from an import"),
        pytest.param(19, "25h", id="gone under its own key"),
        pytest.param(24, "second", id="a redesigned portal shows another page in its place"),
        pytest.param(21, "second", id="confirmed by a killed crawl that a healthy one resumed"),
        pytest.param(30, "second", id="gone at an address where it never was"),
        pytest.param(33, "eighth", id="moved, and gone at the new address"),
    ],
)
def test_an_article_absent_from_two_healthy_crawls_is_removed(home: Home, number: int, crawl: str) -> None:
    assert state_of(home, number) == (True, moment(crawl), None)


@pytest.mark.parametrize(
    ("number", "crawl"),
    [
        pytest.param(2, "second", id="404 twice within 23 hours"),
        pytest.param(5, "second", id="confirmed only by unhealthy crawls"),
        pytest.param(20, "killed", id="found gone by one crawl in three parts"),
        pytest.param(22, "second", id="confirmed by a crawl that was cut short and not resumed"),
        pytest.param(13, "eighth", id="seen between two 404s"),
        pytest.param(14, "eighth", id="seen by a blocked crawl between two 404s"),
        pytest.param(18, "tenth", id="404 twice in one long crawl"),
    ],
)
def test_an_unconfirmed_absence_is_a_suspicion(home: Home, number: int, crawl: str) -> None:
    assert state_of(home, number) == (False, None, moment(crawl))


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(1, id="404 once, then back"),
        pytest.param(4, id="found gone only by unhealthy crawls and a backfill"),
        pytest.param(8, id="neither article nor list, a server error, not modified"),
        pytest.param(9, id="restored"),
        pytest.param(11, id="edited and edited back"),
        pytest.param(15, id="moved to another URL"),
        pytest.param(16, id="gone under another key"),
        pytest.param(17, id="gone before its first capture"),
        pytest.param(31, id="gone at one address, received at the other"),
        pytest.param(32, id="gone in one of two sections"),
        pytest.param(34, id="moved and moved back"),
    ],
)
def test_an_article_is_neither_removed_nor_suspected(home: Home, number: int) -> None:
    assert state_of(home, number) == (False, None, None)


def test_absences_state_the_response_and_whether_they_count(home: Home) -> None:
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


def test_removals_and_restorations_are_events(home: Home) -> None:
    published_at = at(1, 8, 10)
    assert events_of(home, 10) == [
        (1, "published", published_at, "minute", "first", None, moment("first")),
        (2, "removed", moment("second"), None, "25h", None, moment("25h")),
        (3, "restored", moment("eighth"), None, "eighth", None, moment("eighth")),
        (4, "edited", moment("eighth"), None, "eighth", 2, moment("eighth")),
        (5, "removed", moment("ninth"), None, "tenth", None, moment("tenth")),
    ]


def test_the_first_capture_of_an_article_may_be_imported(home: Home) -> None:
    assert [(event, crawl, seen_at) for _, event, _, _, crawl, _, seen_at in events_of(home, 12)] == [
        ("published", "archive", LONG_AGO),
        ("removed", "25h", moment("25h")),
    ]


def test_an_edit_and_its_reversal_are_two_edits(home: Home) -> None:
    assert [(event, revision) for _, event, _, _, _, revision, _ in events_of(home, 11)] == [
        ("published", None),
        ("edited", 2),
        ("edited", 3),
    ]


def url(address: str) -> str:
    return f"https://tay-ho.test/tin/{address}"


@pytest.mark.parametrize(
    ("number", "moves"),
    [
        pytest.param(15, [("15-cu", "15-moi", "second", "25h")], id="the old address is found gone later"),
        pytest.param(31, [("31-cu", "31-moi", "25h", "25h")], id="gone before it is found again"),
        pytest.param(33, [("33-cu", "33-moi", "second", "second")], id="redirected"),
        pytest.param(
            34, [("mot/34", "hai/34", "second", "second"), ("hai/34", "mot/34", "25h", "25h")], id="there and back"
        ),
        pytest.param(32, [], id="two valid addresses are no move, also when one goes"),
        pytest.param(16, [], id="an alias that leads to it is no move"),
    ],
)
def test_an_article_moves_when_its_address_was_left(
    home: Home, number: int, moves: list[tuple[str, str, str, str]]
) -> None:
    found = ask(
        home,
        "select from_url, to_url, happened_at, seen_at from marts.fct_article_events"
        " where article_id = $id and event = 'moved' order by event_number",
        id=article_id(number),
    )
    assert found == [(url(old), url(new), moment(at), moment(seen)) for old, new, at, seen in moves]


def test_only_moves_have_addresses(home: Home) -> None:
    ((count,),) = ask(
        home,
        "select count(*) from marts.fct_article_events"
        " where (event = 'moved') != (from_url is not null) or (event = 'moved') != (to_url is not null)",
    )
    assert count == 0


def test_a_moved_and_edited_article_is_edited_after_it_moved(home: Home) -> None:
    assert [(event, crawl) for _, event, _, _, crawl, _, _ in events_of(home, 33)] == [
        ("published", "first"),
        ("moved", "second"),
        ("edited", "second"),
        ("removed", "ninth"),
    ]


def test_revisions_state_their_changes(home: Home) -> None:
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
        pytest.param(23, ["first"], id="a redesign is not an edit"),
        pytest.param(24, ["first"], id="a redesign is not a restoration"),
        pytest.param(25, [], id="a list taken for an article after a redesign is not one"),
        pytest.param(26, [], id="a page in place of a missing article is not one"),
        pytest.param(27, ["broken"], id="a new article is kept as first extracted by the fallback"),
        pytest.param(28, ["first", "broken"], id="an edit extracted by the platform's template"),
        pytest.param(29, ["first", "eighth"], id="an edit extracted by the fallback in a healthy crawl"),
    ],
)
def test_a_redesign_makes_no_revision_of_a_known_article(home: Home, number: int, revisions: list[str]) -> None:
    found = ask(
        home,
        "select valid_from from marts.fct_article_revisions where article_id = $id order by revision",
        id=article_id(number),
    )
    assert [valid_from for (valid_from,) in found] == [moment(crawl) for crawl in revisions]


def test_event_ids_are_stable_across_builds(home: Home) -> None:
    ids = "select event_id from marts.fct_article_events order by event_id"
    before = ask(home, ids)
    done = made_up.dbt("build", home, home.root / "dbt-target")
    assert done.returncode == 0, done.stdout
    assert ask(home, ids) == before


def test_days_distinguish_no_news_from_no_healthy_crawl(home: Home) -> None:
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
        # Until the last regular crawl of any portal.
        (9, "not_looked", True, None, 0, 0),
        (10, "not_looked", True, None, 0, 0),
    ]


def test_the_result_shown_in_the_analyst_docs_is_that_of_its_query(home: Home) -> None:
    page = DOCS / "analyst.md"
    (query,) = [sql for sql in blocks(page, "sql") if "reading" in sql and "thu-do" in sql]
    found = ask(home, query.replace("fct_portal_days", "marts.fct_portal_days"))
    assert [[str(cell) for cell in row] for row in found] == rows(page, "### Day by day")


def readings(home: Home, *changes: str) -> dict[int, str]:
    """Return what each day of thu-do is said to be after changes of what `fct_portal_days` is built from."""
    compiled = home.root / "dbt-target" / "compiled" / "hanoi_corpus" / "models" / "marts" / "fct_portal_days.sql"
    # One transaction cannot write into both files: the events are changed in a copy.
    model = compiled.read_text(encoding="utf-8").replace('"marts"."main"."fct_article_events"', "changed_events")
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        warehouse.execute("create temp table changed_events as from marts.fct_article_events")
        warehouse.execute("begin")
        for change in changes:
            warehouse.execute(change)
        found = dict(
            warehouse.execute(f"select day(day_on), reading from ({model}) where portal = 'thu-do'").fetchall()  # noqa: S608 - the model
        )
        warehouse.execute("rollback")
    return found


BLIND = "we were blind"
UNDATED = (
    "update intermediate.int_articles__current set published_at = null where portal = 'thu-do'",
    "update changed_events set happened_precision = null where portal = 'thu-do'",
)
ACTIVE = "update raw.portals set active_from = date '{}', active_until = date '{}' where slug = 'thu-do'"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((), ["news", "no news", "no news", "news, perhaps not all", BLIND, BLIND, "no news", BLIND, BLIND]),
        # Articles that state no date were first seen on the 2nd and on the 8th.
        (
            UNDATED,
            [*["news without a date", "no news", "no news", BLIND, BLIND, BLIND], "news without a date", BLIND, BLIND],
        ),
        # What is seen counts more than what the definition says.
        (
            (ACTIVE.format("2025-03-04", "2025-03-06"),),
            [
                *["news", "no news", "no news", "news, perhaps not all", BLIND],
                "not active",
                "no news",
                "not active",
                "not active",
            ],
        ),
        (
            (ACTIVE.format("2025-03-07", "2025-03-09"),),
            [
                "news",
                "no news",
                "no news",
                "news, perhaps not all",
                "not active",
                BLIND,
                "no news",
                BLIND,
                "not active",
            ],
        ),
    ],
    ids=["as crawled", "without dates", "closed", "not yet open"],
)
def test_a_day_says_in_words_what_is_known_of_it(home: Home, changes: tuple[str, ...], expected: list[str]) -> None:
    assert readings(home, *changes) == dict(enumerate(expected, start=2))


def test_silence_is_never_read_from_blindness(home: Home) -> None:
    rows_found = ask(home, "select distinct reading from marts.fct_portal_days where is_blind order by all")
    assert rows_found == [("news, perhaps not all",), (BLIND,)]
    seen = ask(home, "select distinct reading from marts.fct_portal_days where not is_blind order by all")
    assert seen == [("news",), ("no news",)]


def test_days_are_those_of_hanoi_and_a_bare_date_is_its_own(home: Home) -> None:
    # The session's zone, in which DuckDB casts a time to a day, makes no difference.
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        found = []
        for zone in ("UTC", "America/Los_Angeles", "Asia/Ho_Chi_Minh"):
            warehouse.execute(f"set TimeZone = '{zone}'")
            found.append(
                warehouse.execute(
                    "select published_on, happened_on from marts.fct_articles join marts.fct_article_events"
                    " using (article_id) where fct_articles.portal = 'thu-do' and event = 'published' order by all"
                ).fetchall()
            )
    assert found == [[(date(2025, 3, day), date(2025, 3, day)) for day in (2, 5)]] * 3


def test_days_count_their_events(home: Home) -> None:
    found = ask(
        home,
        "select day(day_on), articles_new, articles_published, articles_edited, articles_removed, articles_restored"
        " from marts.fct_portal_days where portal = 'tay-ho' order by day_on",
    )
    assert found[:4] == [(1, 29, 32, 0, 0, 0), (2, 0, 0, 2, 9, 0), (3, 0, 0, 1, 1, 0), (4, 0, 0, 0, 0, 0)]
    assert found[7:9] == [(8, 1, 0, 2, 1, 2), (9, 0, 0, 0, 1, 0)]
