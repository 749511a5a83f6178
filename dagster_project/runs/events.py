"""Where Dagster keeps the events of runs on one machine: its SQLite files, without waits for the disk.

A run of the whole corpus has a thousand events. For each, Dagster opens files, waits until the disk has what was
written, and closes them, for which SQLite moves it from its log into the file and waits again: 80 ms an event on a slow
disk. Here a process keeps the files open and does not wait. A killed process loses nothing; after a power cut the last
events may be missing, as if the run had been killed a moment earlier.
Does not belong here: what the events say (Dagster), and events in Postgres (`deploy/dagster.yaml`).
"""

from __future__ import annotations

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import dagster as dg
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

from dagster_project.runs.private import SqliteEventLogStorage

_FOLDER: Final = Path("history", "runs")
"""Where Dagster's default storage has the files, within the instance's folder."""

# The file of all runs, and those of the runs that a process writes or shows.
_OPEN_MAX: Final = 4
# Seconds to wait for another process that writes, as Dagster's default.
_BUSY_SECONDS: Final = 30


class QuickEventLogStorage(SqliteEventLogStorage):
    """Dagster's event log in SQLite, with files that stay open and no wait for the disk."""

    def __init__(self, instance: str, inst_data: Any = None) -> None:
        """Take the instance's folder, and Dagster's own description of the class."""
        self._open: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(str(Path(instance) / _FOLDER), inst_data)

    @classmethod
    def config_type(cls) -> Any:
        """Return the settings of the class in `dagster.yaml`."""
        return {"instance": dg.StringSource}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> QuickEventLogStorage:
        """Return the storage that `dagster.yaml` describes."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if shard not in self._initialized_dbs:
            with super()._connect(shard):  # creates the tables
                pass
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection
            file = connection.connection.dbapi_connection
            is_changed = isinstance(file, sqlite3.Connection) and file.in_transaction
        if is_changed:
            # Whoever follows a run watches its file, which SQLite does not touch before its log is long.
            os.utime(self.path_for_shard(shard))

    def _engine(self, shard: str) -> Engine:
        """Return the engine of a file, with its only connection; the caller holds the lock."""
        if shard not in self._open:
            while len(self._open) >= _OPEN_MAX:
                self._open.popitem(last=False)[1].dispose()
            self._open[shard] = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
            )
            event.listen(self._open[shard], "connect", _do_not_wait)
        self._open.move_to_end(shard)
        return self._open[shard]

    def wipe(self) -> None:
        """Delete all events."""
        self._close()
        super().wipe()

    def dispose(self) -> None:
        """Close all files."""
        super().dispose()
        self._close()

    def _close(self) -> None:
        with self._db_lock:
            while self._open:
                self._open.popitem()[1].dispose()


def _do_not_wait(connection: sqlite3.Connection, _record: object) -> None:
    # With a write-ahead log, as Dagster's files have, this never damages a file.
    connection.execute("pragma synchronous = normal")
