"""The warehouse file: damaged and empty ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from warehouse.home import Home
from warehouse.tables import lock, store
from warehouse.tables.judgement import judgements
from warehouse.tables.staleness import staleness_of


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    with lock.hold(home, "test", 0):
        yield home


def test_a_file_that_is_not_a_database_is_reported_with_what_to_do(home: Home) -> None:
    home.warehouse_file.write_bytes(b"<!DOCTYPE html>" * 1000)
    with pytest.raises(store.StoreError, match=r"warehouse\.duckdb cannot be opened.*hanoi-corpus build"):
        store.connect(home)


def test_there_are_no_judgements_before_the_first_build(home: Home) -> None:
    assert judgements(home) == {}
    assert staleness_of(home, {"ba-vi": 60}, datetime(2026, 10, 20, tzinfo=UTC)) == {}
    with store.connect(home) as warehouse:
        assert not store.has_table(warehouse, "raw", "captures")
