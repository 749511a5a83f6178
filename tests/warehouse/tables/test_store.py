"""The warehouse file: its schema, and files that cannot be used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from warehouse.home import Home
from warehouse.tables import lock, store
from warehouse.tables.judgement import judgements
from warehouse.tables.staleness import silences


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    with lock.hold(home, "test", 0):
        yield home


def test_every_migration_is_applied_once(home: Home) -> None:
    for _ in range(2):
        with store.connect(home) as warehouse:
            applied = warehouse.execute("select number, name from applied_migrations order by number").fetchall()
    assert applied == [(int(file.name[:4]), file.stem) for file in sorted(store.MIGRATIONS.glob("*.sql"))]


def test_migrations_are_numbered_without_gaps() -> None:
    numbers = [int(file.name[:4]) for file in sorted(store.MIGRATIONS.glob("*.sql"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_big_tables_have_no_indexes(home: Home) -> None:
    with store.connect(home) as warehouse:
        assert warehouse.execute("select * from duckdb_indexes()").fetchall() == []
        kinds = warehouse.execute("select distinct constraint_type from duckdb_constraints()").fetchall()
    assert kinds == [("NOT NULL",)]


def test_a_file_of_a_newer_version_is_refused_and_left_alone(home: Home) -> None:
    with store.connect(home) as warehouse:
        warehouse.execute("insert into applied_migrations values (9999, '9999_future', now())")
    with pytest.raises(store.StoreError, match=r"schema 9999.*newer version"):
        store.connect(home)


def test_a_migration_that_fails_leaves_no_trace(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "migrations"
    broken.mkdir()
    (broken / "0001_first.sql").write_text("create schema half; create table half.t (n integer);")
    (broken / "0002_second.sql").write_text("create table nowhere.t (n integer);")
    monkeypatch.setattr(store, "MIGRATIONS", broken)
    with pytest.raises(duckdb.CatalogException):
        store.connect(home)
    monkeypatch.undo()
    with store.connect(home) as warehouse:
        assert warehouse.execute("select * from duckdb_tables() where schema_name = 'half'").fetchall() == []


def test_a_file_that_is_no_database_is_named_with_the_way_out(home: Home) -> None:
    home.warehouse_file.write_bytes(b"<!DOCTYPE html>" * 1000)
    with pytest.raises(store.StoreError, match=r"warehouse\.duckdb cannot be opened.*hanoi-corpus build"):
        store.connect(home)


def test_before_the_first_build_nothing_is_judged(home: Home) -> None:
    assert judgements(home) == {}
    assert silences(home, {"ba-vi": 60}, datetime(2026, 10, 20, tzinfo=UTC)) == {}
    with store.connect(home) as warehouse:
        assert store.has_table(warehouse, "raw", "captures")


KILLED_AFTER_THE_MIGRATIONS = """
import os, sys
from pathlib import Path
from warehouse.home import Home
from warehouse.tables import lock, store

def migrate_and_die(warehouse, home, migrate=store._migrate):
    warehouse.execute("set checkpoint_threshold = '1TB'")
    migrate(warehouse, home)
    os._exit(9)

store._migrate = migrate_and_die
home = Home(Path(sys.argv[1]))
with lock.hold(home, "test", 0):
    store.connect(home)
"""


def test_a_process_that_is_killed_after_the_migrations_leaves_a_file_that_opens(tmp_path: Path) -> None:
    home = Home(tmp_path)
    done = subprocess.run([sys.executable, "-c", KILLED_AFTER_THE_MIGRATIONS, str(tmp_path)], timeout=60, check=False)
    assert done.returncode == 9
    assert home.warehouse_file.with_name(home.warehouse_file.name + ".wal").stat().st_size > 0
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        assert warehouse.execute("select count(*) from applied_migrations").fetchone() == (
            len(list(store.MIGRATIONS.glob("*.sql"))),
        )
