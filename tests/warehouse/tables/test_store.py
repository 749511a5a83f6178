"""The warehouse file: damaged and empty ones."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.archived import flipped
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
    with pytest.raises(store.DamagedStoreError, match=r"warehouse\.duckdb: damaged: .*hanoi-corpus build"):
        store.connect(home)


def test_any_flipped_bit_is_named_or_harmless(home: Home) -> None:
    with store.connect(home) as warehouse:
        warehouse.execute("create table main.words as select range as n, repeat('từ ', 50) as word from range(3000)")
    good = home.warehouse_file.read_bytes()
    found = 0
    chosen = random.Random(13)  # noqa: S311 - the same places each time
    for bit in [*(chosen.randrange(8 * 12288) for _ in range(30)), *chosen.sample(range(8 * len(good)), 70)]:
        home.warehouse_file.write_bytes(flipped(good, bit))
        try:
            store.verify(home)
        except store.DamagedStoreError as error:
            assert str(home.warehouse_file) in str(error)  # noqa: PT017 - not every flip is in a block in use
            found += 1
        else:
            with store.connect(home) as warehouse:
                assert warehouse.execute("select count(*), min(word) from words").fetchall() == [(3000, "từ " * 50)]
    assert found > 50


@pytest.mark.parametrize("cut", [0, 10, 5000, 20_000])
def test_a_cut_file_is_damaged(home: Home, cut: int) -> None:
    with store.connect(home) as warehouse:
        warehouse.execute("create table main.words as select range as n, repeat('từ ', 50) as word from range(3000)")
    home.warehouse_file.write_bytes(home.warehouse_file.read_bytes()[:cut])
    with pytest.raises(store.DamagedStoreError):
        store.verify(home)


def test_a_discarded_warehouse_is_made_again(home: Home) -> None:
    home.warehouse_file.write_bytes(b"damaged")
    log = home.root / "warehouse.duckdb.wal"
    log.write_bytes(b"\x00\xff" * 500)
    store.discard(home)
    store.verify(home)
    assert not log.exists()


def test_a_pipe_in_the_place_of_the_file_is_named(home: Home) -> None:
    os.mkfifo(home.warehouse_file)
    with pytest.raises(store.StoreError, match=r"warehouse\.duckdb is not a plain file"):
        store.connect(home)


@pytest.mark.parametrize(
    ("limit_gb", "share", "expected"),
    [(4, 1.0, "4000MB"), (4, 0.25, "1000MB"), (1, 0.25, "500MB"), (0.3, 0.25, "300MB"), (0.3, 1.0, "300MB")],
)
def test_small_work_gets_a_share_of_the_memory_and_half_a_gigabyte_at_least(
    home: Home, limit_gb: float, share: float, expected: str
) -> None:
    home.settings_file.parent.mkdir(parents=True, exist_ok=True)
    home.settings_file.write_text(f"memory_limit_gb: {limit_gb}\n", encoding="utf-8")
    assert store.memory_limit(home, share) == expected


def test_there_are_no_judgements_before_the_first_build(home: Home) -> None:
    assert judgements(home) == {}
    assert staleness_of(home, {"ba-vi": 60}, datetime(2026, 10, 20, tzinfo=UTC)) == {}
    with store.connect(home) as warehouse:
        assert not store.has_table(warehouse, "raw", "captures")
