"""What the marts were made of: a digest of all their inputs, kept beside them and in every release.

No mart depends on the day it is made, so the same inputs give the same rows. A build compares digests, and does not
make or publish again what is there. The digest is recorded only when every model was made and tested. Before the first
model is made again, the record says that the marts are incomplete; after a kill it still does.
Belongs here: the digest of the loaded rows, its record, and whether a build is needed and remakes all or what changed.
Does not belong here: the digest of the code (`dagster_project.dbt.code`), what changed (`warehouse.tables.changes`),
making marts, and publishing.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass, replace
from enum import Enum
from typing import Final

import duckdb

from warehouse.datasets import PORTALS
from warehouse.home import Home
from warehouse.tables import changes, store
from warehouse.tables.load import table_of

FULL_SHARE_MIN: Final = 0.5
"""Share of changed crawls from which all rows are remade: finding out which ones need not be would cost more."""

_RECORD = store.STATE_TABLE
_IN_MARTS = f"{store.MARTS_CATALOG}.{_RECORD}"
# The marks of the files stand for their rows; the portals have no file.
_LOADED = (
    "select dataset, file, mark, version, row_count from raw.loaded_files order by all",
    "select dataset, digest from raw.schemas order by all",
    f"select * from {table_of(PORTALS)} order by all",  # noqa: S608 - a constant
)


class BuildMode(Enum):
    """How much of the marts a build makes."""

    UNCHANGED = "unchanged"
    """Nothing: they have these inputs already."""

    INCREMENTAL = "incremental"
    """The rows that what changed can touch."""

    FULL = "full"
    """Every row of every model."""


def inputs_digest(home: Home, code_digest: str) -> str:
    """Return the digest of everything that the marts depend on.

    The caller holds the lock, and has loaded the tables. `code_digest` identifies the models, the code that they call,
    and the libraries.

    Raises:
        StoreError: nothing was loaded, or the warehouse cannot be read.
    """
    digest = hashlib.sha256(code_digest.encode())
    with store.connect(home) as warehouse, store.explained(home):
        for query in _LOADED:
            for row in warehouse.execute(query).fetchall():
                digest.update(f"\n{row!r}".encode())
            digest.update(b"\n\n")
    return digest.hexdigest()


def made_of(home: Home) -> str | None:
    """Return the digest of the inputs of the marts; None if not all of them are made and tested.

    Raises:
        StoreError: the warehouse cannot be read.
    """
    with store.connect(home) as warehouse, store.explained(home):
        state = _state(warehouse)
        return state.digest if state and state.is_complete else None


def begin(home: Home, digest: str, code_digest: str, *, full: bool = False) -> BuildMode:
    """Return how much a build of these inputs must make; if anything, note that marts are incomplete.

    The build is full if `full` is true, the code is not that of the last build, a full build was begun and not
    completed, the marts are not those that the warehouse knows, or at least `FULL_SHARE_MIN` of the crawls changed.

    Raises:
        StoreError: the warehouse cannot be read or written.
    """
    with store.connect(home) as warehouse, store.explained(home):
        state = _state(warehouse)
        if state and state.is_complete and state.digest == digest and not full:
            return BuildMode.UNCHANGED
        is_full = (
            full or state is None or state.code != code_digest or changes.changed_share(warehouse) >= FULL_SHARE_MIN
        )
        with store.transaction(warehouse, home):
            # Without a state, the next build is full, too, until one is complete.
            _write(warehouse, None if is_full or state is None else replace(state, is_complete=False))
    return BuildMode.FULL if is_full else BuildMode.INCREMENTAL


def changed_share(home: Home) -> float:
    """Return the share (0 to 1) of crawls that changed since the marts were last complete.

    Raises:
        StoreError: the warehouse cannot be read.
    """
    with store.connect(home) as warehouse, store.explained(home):
        return changes.changed_share(warehouse)


def record(home: Home, digest: str, code_digest: str) -> None:
    """Record of which inputs the marts are made; every model was made and tested under the same lock.

    Raises:
        StoreError: the warehouse cannot be written.
    """
    with store.connect(home) as warehouse:
        # First into the file of the marts: a transaction writes into one file, and a pair that differs is made anew.
        with store.transaction(warehouse, home):
            warehouse.execute(f"create or replace table {_IN_MARTS} as select $digest as digest", {"digest": digest})
        with store.transaction(warehouse, home):
            _write(warehouse, _State(digest, code_digest, is_complete=True))
            changes.settle(warehouse)


@dataclass(frozen=True, slots=True)
class _State:
    """What is known of the marts.

    Attributes:
        digest: digest of the inputs of which they were last complete.
        code: digest of the code that made them.
        is_complete: whether nothing was made since.
    """

    digest: str
    code: str
    is_complete: bool


def _state(warehouse: duckdb.DuckDBPyConnection) -> _State | None:
    """Return what is known of the marts; None if never complete, or not made by this warehouse.

    Each of the two files can be lost, or restored from another backup than the other.
    """
    if not store.has_table(warehouse, "raw", _RECORD) or not store.has_table(warehouse, "marts", _RECORD):
        return None
    known = warehouse.execute(f"select digest, code, is_complete from raw.{_RECORD}").fetchone()  # noqa: S608 - constants
    in_marts = warehouse.execute(f"select digest from {_IN_MARTS}").fetchone()  # noqa: S608 - a constant
    return _State(*known) if known and in_marts and known[0] == in_marts[0] else None


def _write(warehouse: duckdb.DuckDBPyConnection, state: _State | None) -> None:
    warehouse.execute("create schema if not exists raw")
    warehouse.execute(f"create or replace table raw.{_RECORD} (digest varchar, code varchar, is_complete boolean)")
    if state is not None:
        warehouse.execute(f"insert into raw.{_RECORD} values (?, ?, ?)", [*astuple(state)])  # noqa: S608 - a constant
