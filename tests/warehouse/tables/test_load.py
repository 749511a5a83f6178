"""Loading: it is idempotent, reads only changed files, and a bad file loses nothing."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import re
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from tests.archived import flipped
from tests.warehouse.tables import made_up
from tests.warehouse.tables.made_up import at, load_corpus
from warehouse.archive.files import warc_file
from warehouse.archive.sealed import sealed
from warehouse.datasets import (
    ARTICLES,
    CAPTURE_KEYS,
    FINGERPRINTS,
    IDENTITIES,
    PORTALS,
    SIGNATURES,
    UNREAD_PAGES,
    Dataset,
)
from warehouse.home import INDEX_FOLDER, Home
from warehouse.tables import load, lock, store

TABLES = (
    *("captures", "crawls", "articles", "unread_pages", "capture_keys", "identities", "signatures", "fingerprints"),
    *("credits", "story_terms", "portals"),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    # An apostrophe and brackets: a path must not be read as SQL or as a pattern.
    home = Home(tmp_path / "o'nhà [1]")
    made_up.write_corpus(home)
    return home


def rows(home: Home) -> dict[str, list[str]]:
    """Return every row of the schema raw as text, without the times of loading."""
    found = {}
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        for table in TABLES:
            found[table] = [str(row) for row in warehouse.table(f"raw.{table}").order("all").fetchall()]
        ledger = "select dataset, file, mark, version, row_count from raw.loaded_files order by all"
        found["loaded_files"] = [str(row) for row in warehouse.execute(ledger).fetchall()]
    return found


def counts(home: Home, sql: str, **parameters: str) -> list[tuple[object, ...]]:
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        return warehouse.execute(sql, parameters).fetchall()


def test_every_file_and_row_is_loaded(home: Home) -> None:
    loads = load_corpus(home)
    assert loads == {
        "raw.captures": load.TableLoad(rows=38, files_read=5, files_dropped=0),
        "raw.crawls": load.TableLoad(rows=6, files_read=6, files_dropped=0),
        "raw.articles": load.TableLoad(rows=38, files_read=5, files_dropped=0),
        "raw.unread_pages": load.TableLoad(rows=0, files_read=5, files_dropped=0),
        "raw.capture_keys": load.TableLoad(rows=38, files_read=5, files_dropped=0),
        "raw.identities": load.TableLoad(rows=38, files_read=5, files_dropped=0),
        "raw.signatures": load.TableLoad(rows=3, files_read=5, files_dropped=0),
        "raw.fingerprints": load.TableLoad(rows=37, files_read=5, files_dropped=0),
        "raw.credits": load.TableLoad(rows=1, files_read=5, files_dropped=0),
        "raw.story_terms": load.TableLoad(rows=38, files_read=5, files_dropped=0),
        "raw.portals": load.TableLoad(rows=3, files_read=0, files_dropped=0),
    }
    article = counts(
        home,
        "select body, epoch(captured_at), view_count, loaded_from"
        " from raw.articles where title = 'Khai hội chùa Hương 2025'",
    )
    assert article == [(list(made_up.FESTIVAL), at(11).timestamp(), 150, "my-duc/md-2.parquet")]
    errors = counts(home, "select errors['timeout'], epoch(ended_at) from raw.crawls where crawl_id = 'md-1'")
    assert errors == [(2, at(1, 9).timestamp())]


def test_raw_tables_have_the_columns_of_the_records(home: Home) -> None:
    load_corpus(home)
    for dataset in load.raw_datasets(made_up.stages()):
        columns = counts(
            home,
            "select column_name, is_nullable from duckdb_columns() where schema_name = 'raw' and table_name = $table"
            " order by column_index",
            table=dataset.name,
        )
        own = [("loaded_from", False)] if dataset != PORTALS else []
        assert columns == [*((field.name, field.nullable) for field in dataset.schema), *own]


def test_big_tables_have_no_indexes(home: Home) -> None:
    load_corpus(home)
    assert counts(home, "select * from duckdb_indexes()") == []
    assert counts(home, "select distinct constraint_type from duckdb_constraints()") == [("NOT NULL",)]


def test_pages_without_an_article_are_loaded_with_the_reason(home: Home) -> None:
    page = made_up.unread("tay-ho", 200, "th-2", "list_in_its_place")
    made_up.write_crawl(home, "tay-ho", "th-2", [made_up.article("tay-ho", 1, "th-2", at(16))], unread_pages=[page])
    assert load_corpus(home)["raw.unread_pages"] == load.TableLoad(rows=1, files_read=6, files_dropped=0)
    assert counts(home, "select * from raw.unread_pages") == [
        (page.capture_id, "th-2", "tay-ho", page.url, "list_in_its_place", None, "tay-ho/th-2.parquet")
    ]


def test_a_second_load_reads_nothing_and_changes_nothing(home: Home) -> None:
    load_corpus(home)
    before = rows(home)
    again = load_corpus(home)
    assert rows(home) == before
    assert {table: done.files_read for table, done in again.items()} == dict.fromkeys(again, 0)


def test_rows_of_many_files_are_inserted_in_one_piece(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB holds row groups of each piece in memory: thousands of them did not fit."""
    pieces: list[int] = []
    insert = load._insert

    def counting(warehouse: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
        pieces.extend(column.num_chunks for column in rows.columns)
        insert(warehouse, table, rows)

    monkeypatch.setattr(load, "_insert", counting)
    load_corpus(home)
    assert max(pieces) == 1


def test_rows_that_were_inserted_leave_the_memory(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB held what was registered until the end of the transaction: 6 GB for a million articles."""
    inserted: list[weakref.ref[pa.Table]] = []
    held: list[int] = []
    insert = load._insert

    def watching(warehouse: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
        held.append(sum(each() is not None for each in inserted))
        inserted.append(weakref.ref(rows))
        insert(warehouse, table, rows)

    monkeypatch.setattr(load, "BATCH_ROWS", 1)
    monkeypatch.setattr(load, "_insert", watching)
    load_corpus(home)
    assert len(held) > 20
    assert max(held) <= 1, "the piece before may still be in a variable"


def test_only_a_new_file_is_read(home: Home) -> None:
    load_corpus(home)
    made_up.write_crawl(home, "tay-ho", "th-2", [made_up.article("tay-ho", 200, "th-2", at(16))])
    loads = load_corpus(home)
    assert loads["raw.articles"] == load.TableLoad(rows=39, files_read=1, files_dropped=0)
    assert loads["raw.crawls"] == load.TableLoad(rows=7, files_read=1, files_dropped=0)


def test_a_changed_file_replaces_only_its_rows(home: Home) -> None:
    load_corpus(home)
    before = rows(home)
    changed = [made_up.article("thu-do", 9, "td-1", at(21), title="Bài thay thế")]
    made_up.write_articles(home, "thu-do", "td-1", changed, made_up.VERSION)
    loads = load_corpus(home)
    assert loads["raw.articles"] == load.TableLoad(rows=37, files_read=1, files_dropped=1)
    assert counts(home, "select title from raw.articles where portal = 'thu-do'") == [("Bài thay thế",)]
    after = rows(home)
    assert after["captures"] == before["captures"]
    assert [row for row in after["articles"] if "thu-do" not in row] == [
        row for row in before["articles"] if "thu-do" not in row
    ]


def test_the_rows_of_a_deleted_file_are_deleted(home: Home) -> None:
    load_corpus(home)
    for dataset in (ARTICLES, UNREAD_PAGES, CAPTURE_KEYS, IDENTITIES, SIGNATURES, FINGERPRINTS):
        made_up.derived(home, dataset, "thu-do", "td-1").unlink()
    (home.root / INDEX_FOLDER / "thu-do" / "td-1.parquet").unlink()
    made_up.report_path(home, "thu-do", "td-1").unlink()
    loads = load_corpus(home)
    assert loads["raw.captures"] == load.TableLoad(rows=36, files_read=0, files_dropped=1)
    assert [row for table in rows(home).values() for row in table if "td-1" in row] == []


@pytest.mark.parametrize("lost", ["index", "report"])
def test_a_crawl_whose_damaged_file_lost_its_index_keeps_its_rows(home: Home, lost: str) -> None:
    """The WARC file is there and cannot be indexed again."""
    warc = warc_file(home, "thu-do", "td-1")
    warc.put(b"damaged")
    load_corpus(home)
    before = rows(home)
    index = home.root / INDEX_FOLDER / "thu-do" / "td-1.parquet"
    (index if lost == "index" else made_up.report_path(home, "thu-do", "td-1")).unlink()
    load_corpus(home)
    assert rows(home) == before
    warc.delete()
    loads = load_corpus(home)
    assert loads["raw.articles"].rows == 36


@pytest.mark.parametrize("lost", ["index", "damaged index", "report"])
def test_articles_of_a_crawl_without_captures_are_left_out(home: Home, lost: str) -> None:
    """The warehouse is new, so that it has no earlier rows of the captures."""
    warc_file(home, "thu-do", "td-1").put(b"damaged")
    index = home.root / INDEX_FOLDER / "thu-do" / "td-1.parquet"
    if lost == "damaged index":
        truncate(index)
    else:
        (index if lost == "index" else made_up.report_path(home, "thu-do", "td-1")).unlink()
    assert load_corpus(home)["raw.articles"].rows == 36
    assert counts(home, "select count(*) from raw.articles where crawl_id = 'td-1'") == [(0,)]


def test_a_new_extractor_version_replaces_the_old_one(home: Home) -> None:
    load_corpus(home)
    captures = rows(home)["captures"]
    renewed = [made_up.article("tay-ho", 1, "th-1", at(15), extractor_version="8")]
    made_up.write_articles(home, "tay-ho", "th-1", renewed, "8")
    loads = load_corpus(home, version="8")
    assert loads["raw.articles"] == load.TableLoad(rows=1, files_read=1, files_dropped=5)
    assert loads["raw.identities"] == load.TableLoad(rows=1, files_read=1, files_dropped=5)
    assert counts(home, "select distinct extractor_version from raw.articles") == [("8",)]
    assert rows(home)["captures"] == captures
    # And back again, since the old files still exist.
    assert load_corpus(home)["raw.articles"].rows == 38


def test_a_version_without_files_is_refused(home: Home) -> None:
    load_corpus(home)
    before = rows(home)
    with pytest.raises(load.LoadError, match="no articles of version 99"):
        load_corpus(home, version="99")
    assert rows(home) == before


def test_unfinished_files_are_ignored(home: Home) -> None:
    (home.root / INDEX_FOLDER / "thu-do" / ".td-2.parquet").write_bytes(b"half")
    assert load_corpus(home)["raw.captures"].files_read == 5


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def scramble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4:400] = b"\xff" * 396
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def other_columns(path: Path) -> None:
    made_up.write_parquet(path, [], IDENTITIES)


@pytest.mark.parametrize("damage", [truncate, scramble, empty, other_columns])
def test_a_damaged_file_is_named_and_holds_up_only_itself(home: Home, damage: Callable[[Path], None]) -> None:
    load_corpus(home)
    bad = made_up.derived(home, ARTICLES, "tay-ho", "th-1")
    good = bad.read_bytes()
    made_up.write_crawl(home, "thu-do", "td-2", [made_up.article("thu-do", 5, "td-2", at(22))])
    damage(bad)
    loaded = load_corpus(home)["raw.articles"]
    [message] = loaded.damaged
    assert message.startswith(f"{bad}: cannot be read as a file of articles: ")
    assert "Run `hanoi-corpus build`, which rebuilds it" in message
    assert (loaded.rows, loaded.files_read, loaded.files_dropped) == (39, 1, 0), "its old rows stay"
    bad.write_bytes(good)
    loaded = load_corpus(home)["raw.articles"]
    assert (loaded.rows, loaded.files_read, loaded.files_dropped, loaded.damaged) == (39, 1, 1, ())


def test_no_rows_of_a_damaged_file_of_an_earlier_version_stay(home: Home) -> None:
    load_corpus(home)
    for portal, crawl in [("my-duc", "md-1"), ("thu-do", "td-1")]:
        article = made_up.article(portal, 1, crawl, at(10))
        made_up.write_articles(home, portal, crawl, [article], "8")
    truncate(made_up.derived(home, ARTICLES, "thu-do", "td-1", "8"))
    loaded = load_corpus(home, "8")["raw.articles"]
    assert (loaded.rows, len(loaded.damaged)) == (1, 1)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"started_at": "2025-03-01T08:00:00"}, "has no time zone"),
        ({"started_at": "hôm qua"}, "hôm qua"),
        ({"errors": None}, "errors|items"),
        ({"requests": "nhiều"}, "nhiều"),
        ({"verdict": None}, "verdict"),
        ({"surprise": 1}, "must have exactly the keys"),
    ],
)
def test_an_invalid_report_is_named_and_holds_up_only_itself(
    home: Home, change: dict[str, object], problem: str
) -> None:
    path = made_up.report_path(home, "my-duc", "md-4")
    values = {name: value for name, value in json.loads(path.read_text()).items() if name != "sha256"}
    path.write_text(sealed(json.dumps(values | change)))
    loaded = load_corpus(home)["raw.crawls"]
    [message] = loaded.damaged
    assert str(path) in message
    assert re.search(problem, message)
    assert loaded.files_read == 5


@pytest.mark.parametrize("report", ["{", "[]", "null", "[" * 100_000, "\udcff", '{"captures": NaN}', "{" + "9" * 5000])
def test_a_file_that_is_not_a_report_is_named(home: Home, report: str) -> None:
    path = made_up.report_path(home, "my-duc", "md-4")
    path.write_bytes(report.encode("utf-8", "surrogatepass"))
    [message] = load_corpus(home)["raw.crawls"].damaged
    assert message.startswith(f"{path}: ")


def test_a_flipped_bit_in_a_report_is_noticed(home: Home) -> None:
    path = made_up.report_path(home, "my-duc", "md-4")
    good = path.read_bytes()
    load_corpus(home)
    before = rows(home)["crawls"]
    for bit in random.Random(13).sample(range(8 * len(good)), 40):  # noqa: S311 - a choice that is the same each time
        path.write_bytes(flipped(good, bit))
        load_corpus(home)
        assert rows(home)["crawls"] == before


def test_a_null_in_a_non_nullable_column_is_refused(home: Home) -> None:
    portals = [dataclasses.replace(made_up.PORTALS[0], name=None)]  # type: ignore[arg-type]  # a caller's mistake
    with lock.hold(home, "load", 0), pytest.raises(load.LoadError, match="name"):
        load.load(home, made_up.stages(), portals)


# --- Tables whose columns change ------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class LongerUnreadPage:
    """A record of a possible later version of the software."""

    capture_id: str
    crawl_id: str
    portal: str
    url: str
    reason: str
    status: int | None


def test_only_a_table_whose_columns_change_is_recreated(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    load_corpus(home)
    longer = Dataset("unread_pages", LongerUnreadPage, "As later versions have it.")
    monkeypatch.setattr(made_up, "UNREAD_PAGES", longer)
    page = LongerUnreadPage("c-1", "th-1", "tay-ho", "https://tay-ho.test/tin/1", "no_article", 200)
    for portal, crawl in (("my-duc", "md-1"), ("my-duc", "md-2"), ("my-duc", "md-3"), ("thu-do", "td-1")):
        made_up.write_parquet(made_up.derived(home, longer, portal, crawl), [], longer)
    made_up.write_parquet(made_up.derived(home, longer, "tay-ho", "th-1"), [page], longer)
    loads = load_corpus(home)
    assert loads["raw.unread_pages"] == load.TableLoad(rows=1, files_read=5, files_dropped=0)
    assert counts(home, "select status from raw.unread_pages") == [(200,)]
    assert {loads[table].files_read for table in ("raw.articles", "raw.captures", "raw.crawls")} == {0}


def test_a_warehouse_of_an_earlier_version_is_recreated(home: Home) -> None:
    before = load_corpus(home)
    expected = rows(home)
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        warehouse.execute("drop table raw.schemas; drop table raw.loaded_files; drop table raw.unread_pages")
        # Version 0.1 created tables by migrations.
        warehouse.execute("create table raw.loaded_files (kind varchar, file varchar, fingerprint varchar)")
        warehouse.execute("create table main.applied_migrations (number integer, name varchar)")
        warehouse.execute("create schema staging; create view staging.stg as select * from raw.articles")
    assert load_corpus(home) == before
    assert rows(home) == expected
    assert counts(home, "select count(*) from staging.stg") == [(38,)]
    assert counts(home, "select * from duckdb_tables() where table_name = 'applied_migrations'") == []


KILLED_LOAD = """
import os, sys
from pathlib import Path
from tests.warehouse.tables import made_up
from warehouse.home import Home
from warehouse.tables import load
remember = load._record_files
def remember_and_die(warehouse, source, marks, counts):
    remember(warehouse, source, marks, counts)
    if source.dataset.name == "articles":
        os.kill(os.getpid(), 9)
load._record_files = remember_and_die
made_up.load_corpus(Home(Path(sys.argv[1])))
"""


@pytest.mark.process
def test_a_killed_load_leaves_all_or_nothing(home: Home) -> None:
    load_corpus(home)
    before = rows(home)
    made_up.write_crawl(home, "thu-do", "td-2", [made_up.article("thu-do", 5, "td-2", at(22))])
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_LOAD, str(home.root)], cwd=made_up.REPOSITORY, env=os.environ, check=False
    )
    assert killed.returncode == -9
    assert rows(home) == before
    assert load_corpus(home)["raw.articles"].rows == 39


FULL_DISK_LOAD = """
import resource, signal, sys
from pathlib import Path
from tests.warehouse.tables import made_up
from warehouse.home import Home
from warehouse.errors import WarehouseError
home = Home(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = home.warehouse_file.stat().st_size + 4096
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    made_up.load_corpus(home)
except WarehouseError as error:
    print(error)
"""


@pytest.mark.process
@pytest.mark.slow
def test_a_full_disk_is_reported_and_nothing_is_lost(home: Home) -> None:
    load_corpus(home)
    before = rows(home)
    many = [made_up.article("thu-do", n, "td-2", at(22), lead=os.urandom(500).hex()) for n in range(1000, 4000)]
    made_up.write_crawl(home, "thu-do", "td-2", many)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK_LOAD, str(home.root)],
        cwd=made_up.REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "could not be written" in done.stdout
    assert "free some space" in done.stdout
    assert rows(home) == before
    assert load_corpus(home)["raw.articles"].rows == 3038
