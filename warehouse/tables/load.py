"""Loading: the files that the stages before wrote, into the tables of the schema `raw`.

Here: which files are new, changed or gone, and replacing exactly their rows. Not here: what the rows mean
(`warehouse.records`) or what becomes of them (`dbt_models`).

The unit is the file. `raw.loaded_files` remembers each with a fingerprint, so that a second load reads new files
alone, and every row names the file it came from (`loaded_from`). One load is one transaction: whatever goes wrong,
the tables stay as they were.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.home import Home
from warehouse.records import ARTICLE_SCHEMA, CAPTURE_SCHEMA, IDENTITY_SCHEMA, UNREAD_PAGE_SCHEMA, CrawlReport
from warehouse.tables import store
from warehouse.tables.errors import WarehouseError

BATCH_ROWS = 5_000
"""Rows gathered from small files before one insert: inserts cost more than rows do."""

_UTC = pa.timestamp("us", tz="UTC")

_CRAWL_FIELDS: list[pa.Field[Any]] = [
    pa.field("crawl_id", pa.string(), nullable=False),
    pa.field("portal", pa.string(), nullable=False),
    pa.field("run_id", pa.string(), nullable=False),
    pa.field("started_at", _UTC, nullable=False),
    pa.field("ended_at", _UTC, nullable=False),
    pa.field("verdict", pa.string(), nullable=False),
    pa.field("verdict_reason", pa.string(), nullable=False),
    pa.field("requests", pa.int64(), nullable=False),
    pa.field("captures", pa.int64(), nullable=False),
    pa.field("list_rows_seen", pa.int64(), nullable=False),
    pa.field("articles_found", pa.int64(), nullable=False),
    pa.field("articles_new", pa.int64(), nullable=False),
    pa.field("errors", pa.map_(pa.string(), pa.int64()), nullable=False),
    pa.field("warc_file", pa.string(), nullable=False),
    pa.field("kind", pa.string(), nullable=False),
    pa.field("is_complete", pa.bool_(), nullable=False),
    pa.field("resumes", pa.string()),
    pa.field("requests_for", pa.map_(pa.string(), pa.int64()), nullable=False),
    pa.field("articles_captured", pa.int64(), nullable=False),
    pa.field("articles_recognised", pa.int64(), nullable=False),
    pa.field("articles_missing", pa.int64(), nullable=False),
    pa.field("not_modified", pa.int64(), nullable=False),
]
_CRAWL_SCHEMA = pa.schema(_CRAWL_FIELDS)

_PORTAL_FIELDS: list[pa.Field[Any]] = [
    pa.field("slug", pa.string(), nullable=False),
    pa.field("name", pa.string(), nullable=False),
    pa.field("owner", pa.string(), nullable=False),
    pa.field("administrative_unit", pa.string(), nullable=False),
    pa.field("platform", pa.string(), nullable=False),
    pa.field("base_url", pa.string(), nullable=False),
    pa.field("active_from", pa.date32()),
    pa.field("active_until", pa.date32()),
    pa.field("verified_on", pa.date32()),
]
_PORTAL_SCHEMA = pa.schema(_PORTAL_FIELDS)

# What pyarrow and the reports' parsing raise for a file that is truncated, corrupt or of another shape.
_UNREADABLE = (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError)


class LoadError(WarehouseError):
    """A file or row that cannot be loaded; nothing was changed."""


@dataclass(frozen=True, slots=True)
class TableLoad:
    """What a load did to one table.

    Attributes:
        rows: rows in the table afterwards.
        files_read: files that were new or changed.
        files_dropped: files loaded earlier whose rows were removed: changed, gone, or of another extractor version.
    """

    rows: int
    files_read: int
    files_dropped: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """One folder of files and the table that holds their rows."""

    name: str
    folder: Path
    suffix: str
    read: Callable[[Path], pa.Table]
    extractor_version: str | None = None

    @property
    def table(self) -> str:
        return f"raw.{self.name}"

    def files(self) -> dict[str, str]:
        """Return the fingerprint of every file, by its path below the folder; hidden files are unfinished ones."""
        found = {}
        for path in sorted(self.folder.glob(f"*/*{self.suffix}")):
            if not path.name.startswith("."):
                status = path.stat()
                found[path.relative_to(self.folder).as_posix()] = f"{status.st_size}:{status.st_mtime_ns}"
        return found


def load(home: Home, *, extractor_version: str, portals: Sequence[Mapping[str, object]]) -> dict[str, TableLoad]:
    """Bring the tables of the schema `raw` in line with the files below `home`; the caller holds the lock.

    Afterwards `raw.articles`, `raw.unread_pages` and `raw.identities` hold the rows of `extractor_version` and of no
    other: two versions side by side would look like edits.

    Args:
        home: where files and warehouse are.
        extractor_version: whose articles, unread pages and identities to load.
        portals: the portals' definitions, one mapping each with the columns of `raw.portals`; they replace the
            table's rows.

    Returns:
        What was done, by table name, such as `raw.articles`.

    Raises:
        LoadError: a file or portal cannot be read, or nothing was ever extracted by that version.
    """
    portal_rows = _portal_table(portals)
    kinds = _kinds(home, extractor_version)
    for kind in kinds:
        if kind.extractor_version and not kind.folder.is_dir() and home.index.is_dir():
            raise LoadError(
                f"{kind.folder}: there are no {kind.name.replace('_', ' ')} of extractor version {extractor_version}. "
                "Run `hanoi-corpus build`: it makes them from the archive."
            )
    with store.connect(home) as warehouse, store.transaction(warehouse):
        loads = {kind.table: _synchronise(warehouse, kind) for kind in kinds}
        warehouse.execute("delete from raw.portals")
        _insert(warehouse, "raw.portals", portal_rows)
    return loads | {"raw.portals": TableLoad(portal_rows.num_rows, 0, 0)}


def _kinds(home: Home, version: str) -> tuple[_Kind, ...]:
    parquet = ".parquet"
    unread_pages = partial(_read_parquet, schema=UNREAD_PAGE_SCHEMA)
    return (
        # A crawl's index is written before its report: listed in this order, there is never a crawl without captures.
        _Kind("crawls", home.crawls, ".json", _read_report),
        _Kind("captures", home.index, parquet, partial(_read_parquet, schema=CAPTURE_SCHEMA)),
        _Kind("articles", home.articles(version), parquet, partial(_read_parquet, schema=ARTICLE_SCHEMA), version),
        _Kind("unread_pages", home.unread_pages(version), parquet, unread_pages, version),
        _Kind("identities", home.identities(version), parquet, partial(_read_parquet, schema=IDENTITY_SCHEMA), version),
    )


def _synchronise(warehouse: duckdb.DuckDBPyConnection, kind: _Kind) -> TableLoad:
    """Drop the rows of files that changed, went or are of another version; insert those of new and changed ones."""
    present = kind.files()
    known: dict[str, tuple[str, str | None]] = {
        file: (fingerprint, version)
        for file, fingerprint, version in warehouse.execute(
            "select file, fingerprint, extractor_version from raw.loaded_files where kind = ?", [kind.name]
        ).fetchall()
    }
    kept = {file for file, state in known.items() if state == (present.get(file), kind.extractor_version)}
    _drop(warehouse, kind, sorted(known.keys() - kept))
    new = {file: fingerprint for file, fingerprint in present.items() if file not in kept}
    counts: dict[str, int] = {}
    for batch in _batches(_read_all(kind, new, counts)):
        _insert(warehouse, kind.table, batch)
    _remember(warehouse, kind, new, counts)
    # The table's name is one of ours, never input.
    (rows,) = warehouse.execute(f"select count(*) from {kind.table}").fetchall()[0]  # noqa: S608
    return TableLoad(rows=rows, files_read=len(new), files_dropped=len(known) - len(kept))


def _drop(warehouse: duckdb.DuckDBPyConnection, kind: _Kind, files: list[str]) -> None:
    if files:
        # The table's name is one of ours, never input.
        warehouse.execute(f"delete from {kind.table} where list_contains(?, loaded_from)", [files])  # noqa: S608
        warehouse.execute("delete from raw.loaded_files where kind = ? and list_contains(?, file)", [kind.name, files])


def _remember(
    warehouse: duckdb.DuckDBPyConnection, kind: _Kind, fingerprints: Mapping[str, str], counts: Mapping[str, int]
) -> None:
    if fingerprints:
        warehouse.executemany(
            "insert into raw.loaded_files values (?, ?, ?, ?, ?, now())",
            [[kind.name, file, mark, kind.extractor_version, counts[file]] for file, mark in fingerprints.items()],
        )


def _insert(warehouse: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    warehouse.register("incoming", rows)
    # The table's name is one of ours, never input.
    warehouse.execute(f"insert into {table} by name select * from incoming")  # noqa: S608
    warehouse.unregister("incoming")


def _read_all(kind: _Kind, files: Iterable[str], counts: dict[str, int]) -> Iterator[pa.Table]:
    """Yield each file's rows with the column `loaded_from`, and write their number into `counts`."""
    for file in files:
        path = kind.folder / file
        try:
            rows = _without_nulls(kind.read(path))
        except _UNREADABLE as error:
            raise LoadError(
                f"{path}: cannot be read as a file of {kind.name}: {error}. Nothing was loaded. "
                "Delete this file and run `hanoi-corpus build`: it is made again from the archive."
            ) from error
        counts[file] = rows.num_rows
        yield rows.append_column("loaded_from", pa.repeat(file, rows.num_rows))


def _batches(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Join small tables to batches of at least `BATCH_ROWS` rows, the last one excepted."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(each.num_rows for each in waiting) >= BATCH_ROWS:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _read_parquet(path: Path, schema: pa.Schema) -> pa.Table:
    # ParquetFile, not read_table: that one would take parts of the path for columns.
    with pq.ParquetFile(path) as file:
        rows = file.read()
    if rows.column_names != schema.names:
        raise ValueError(f"it has the columns {', '.join(rows.column_names)}")
    return rows.cast(schema)


def _read_report(path: Path) -> pa.Table:
    report = json.loads(path.read_text(encoding="utf-8"))
    names = [field.name for field in dataclasses.fields(CrawlReport)]
    if sorted(report) != sorted(names):
        raise ValueError(f"it must have the keys {', '.join(names)} and no others")
    row = report | {key: _moment(report[key]) for key in ("started_at", "ended_at")}
    counts = {key: list(report[key].items()) for key in ("errors", "requests_for")}
    return pa.Table.from_pylist([row | counts], schema=_CRAWL_SCHEMA)


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"the time {value!r} has no time zone")
    return moment


def _portal_table(portals: Sequence[Mapping[str, object]]) -> pa.Table:
    rows: list[dict[str, Any]] = [dict(portal) for portal in portals]
    columns = ", ".join(_PORTAL_SCHEMA.names)
    for row in rows:
        if sorted(row) != sorted(_PORTAL_SCHEMA.names):
            raise LoadError(f"portal {row.get('slug')!r}: a row must have the columns {columns} and no others")
    try:
        return _without_nulls(pa.Table.from_pylist(rows, schema=_PORTAL_SCHEMA))
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise LoadError(f"the portals' definitions cannot be loaded: {error}") from error


def _without_nulls(rows: pa.Table) -> pa.Table:
    """Return the rows; Arrow itself lets nulls pass in fields that may have none."""
    for field in rows.schema:
        if not field.nullable and rows.column(field.name).null_count:
            raise ValueError(f"{field.name} is null in a row, which it may not be")
    return rows
