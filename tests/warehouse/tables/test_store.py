"""The warehouse file: its schema, and files that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

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


def test_a_file_that_is_no_database_is_named_with_the_way_out(home: Home) -> None:
    home.warehouse_file.write_bytes(b"<!DOCTYPE html>" * 1000)
    with pytest.raises(store.StoreError, match=r"warehouse\.duckdb cannot be opened.*hanoi-corpus build"):
        store.connect(home)


def test_before_the_first_build_nothing_is_judged(home: Home) -> None:
    assert judgements(home) == {}
    assert silences(home, {"ba-vi": 60}, datetime(2026, 10, 20, tzinfo=UTC)) == {}
    with store.connect(home) as warehouse:
        assert not store.has_table(warehouse, "raw", "captures")
