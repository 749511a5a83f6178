"""What the marts were made of: a digest of all their inputs, kept beside them and in every release.

No mart depends on the day it is made, so the same inputs give the same rows. A build compares digests, and does not
make or publish again what is there. The digest is recorded only when every model was made and tested, and is deleted
before the first model is made again: after a kill there is none, and everything is made.
Belongs here: the digest of the loaded rows, and its record.
Does not belong here: the digest of the code (`dagster_project.dbt.code`), making marts, and publishing.
"""

from __future__ import annotations

import hashlib

import duckdb

from warehouse.datasets import PORTALS
from warehouse.home import Home
from warehouse.tables import store
from warehouse.tables.load import table_of

_RECORD = "marts_made_of"
# The marks of the files stand for their rows; the portals have no file.
_LOADED = (
    "select dataset, file, mark, version, row_count from raw.loaded_files order by all",
    "select dataset, digest from raw.schemas order by all",
    f"select * from {table_of(PORTALS)} order by all",  # noqa: S608 - a constant
)


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
        if not store.has_table(warehouse, "raw", _RECORD):
            return None
        found = warehouse.execute(f"select digest from raw.{_RECORD}").fetchone()  # noqa: S608 - a constant
    return found[0] if found else None


def begin(home: Home, digest: str) -> bool:
    """Return whether marts must be made of the inputs with that digest; if so, delete the record.

    Raises:
        StoreError: the warehouse cannot be read or written.
    """
    if made_of(home) == digest:
        return False
    with store.connect(home) as warehouse, store.transaction(warehouse, home):
        _drop(warehouse)
    return True


def record(home: Home, digest: str) -> None:
    """Record of which inputs the marts are made; every model was made and tested under the same lock.

    Raises:
        StoreError: the warehouse cannot be written.
    """
    with store.connect(home) as warehouse, store.transaction(warehouse, home):
        _drop(warehouse)
        warehouse.execute(f"create table raw.{_RECORD} (digest varchar not null)")
        warehouse.execute(f"insert into raw.{_RECORD} values (?)", [digest])  # noqa: S608 - a constant


def _drop(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute(f"drop table if exists raw.{_RECORD}")
