"""The schema `former`: what changed in the raw tables since the marts were last complete.

An incremental build remakes the rows that a change can touch. Which crawls changed, and the keys of rows that went, are
noted in the transaction that changes the raw tables; the notes stay until every mart is made and tested. After a kill
the next build therefore remakes the same rows again, and those of what changed since.
Belongs here: the notes, and what the marts were made from that is small enough to keep a copy of. The change models of
dbt (`dbt_models/models/intermediate/changes`) read them.
Does not belong here: loading (`warehouse.tables.load`), and whether a build is incremental (`warehouse.tables.inputs`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import duckdb

from warehouse.datasets import ARTICLES, CAPTURE_KEYS, CAPTURES, Dataset
from warehouse.tables import store

_CRAWLS: Final = ("portal", "crawl_id")

_COPIES: Final[Mapping[str, tuple[tuple[str, ...], str, str]]] = {
    # Their columns, and the schema and name of the table of which they are a copy.
    "article_ids": (("own_id", "article_id"), "intermediate", "int_article_ids"),
    "regular_crawls": (("crawl_id", "is_trusted"), "intermediate", "int_crawls__regular"),
    "passage_links": (("article_id", "first_article_id", "set_phrases"), "intermediate", "int_passages__links"),
    "story_days": (("arrived_on", "digest", "snapshot"), "intermediate", "int_stories__days"),
    "story_articles": (("article_id", "story_id"), "intermediate", "int_stories__assigned"),
    "portals": (
        ("slug", "name", "active_from", "active_until", "hosts", "former_hosts", "source_keys"),
        "raw",
        "portals",
    ),
}
_TYPES: Final = {
    "is_trusted": "boolean",
    "active_from": "date",
    "active_until": "date",
    "hosts": "varchar[]",
    "former_hosts": "varchar[]",
    "source_keys": "varchar[]",
    "published_by": "timestamptz",
    "bands": "integer[]",
    "fingerprints": "bigint[]",
    "set_phrases": "bigint[]",
    "arrived_on": "date",
    "digest": "ubigint",
    "snapshot": "integer",
}


def make_tables(warehouse: duckdb.DuckDBPyConnection, datasets: Iterable[Dataset]) -> None:
    """Create the missing tables of the schema `former`; one with other columns is made new, and is empty.

    Columns change only with the code, which also makes the next build a full one.
    """
    warehouse.execute("create schema if not exists former")
    for name, columns in _tables(datasets).items():
        found = warehouse.execute(
            "select column_name from duckdb_columns() where database_name = current_database()"
            " and schema_name = 'former' and table_name = ? order by column_index",
            [name],
        ).fetchall()
        if tuple(column for (column,) in found) != columns:
            typed = ", ".join(f"{column} {_TYPES.get(column, 'varchar')}" for column in columns)
            warehouse.execute(f"create or replace table former.{name} ({typed})")


def _tables(datasets: Iterable[Dataset]) -> dict[str, tuple[str, ...]]:
    kept = {dataset.name: dataset.keys for dataset in (CAPTURES, ARTICLES, CAPTURE_KEYS, *datasets) if dataset.keys}
    return {"crawls": _CRAWLS, **kept, **{name: columns for name, (columns, _, _) in _COPIES.items()}}


def note_crawls(warehouse: duckdb.DuckDBPyConnection, units: Iterable[str]) -> None:
    """Note that files of these crawls came, changed or went; a unit is `<portal>/<crawl_id>`."""
    if names := sorted(set(units)):
        portals, crawl_ids = zip(*(name.split("/", 1) for name in names), strict=True)
        with store.given(warehouse, {"portal": portals, "crawl_id": crawl_ids}):
            warehouse.execute(
                "insert into former.crawls select portal, crawl_id from given anti join former.crawls as noted"
                " using (portal, crawl_id)"
            )


def note_rows(warehouse: duckdb.DuckDBPyConnection, dataset: Dataset, files: list[str]) -> None:
    """Keep the keys of a dataset's rows from these files, which are about to be deleted."""
    if dataset.keys and files:
        columns = ", ".join(dataset.keys)
        with store.given(warehouse, {"file": files}):
            warehouse.execute(
                f"insert into former.{dataset.name} select {columns}"  # noqa: S608 - declared names
                f" from raw.{dataset.name} where loaded_from in (select file from given)"
            )


def changed_share(warehouse: duckdb.DuckDBPyConnection) -> float:
    """Return the share (0 to 1) of crawls that changed; 1 if there are none."""
    ((changed, loaded),) = warehouse.execute(
        "select (select count(*) from former.crawls), (select count(*) from raw.crawls)"
    ).fetchall()
    return min(changed / loaded, 1.0) if loaded else 1.0


def settle(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Forget all notes, and copy what the marts are made from now; every mart is made and tested."""
    for (table,) in warehouse.execute(
        "select table_name from duckdb_tables() where database_name = current_database() and schema_name = 'former'"
    ).fetchall():
        if table not in _COPIES:
            warehouse.execute(f"delete from former.{table}")  # noqa: S608 - our own names
    for name, (columns, schema, table) in _COPIES.items():
        if store.has_table(warehouse, schema, table):
            listed = ", ".join(columns)
            warehouse.execute(f"delete from former.{name}")  # noqa: S608 - constants
            warehouse.execute(f"insert into former.{name} select {listed} from {schema}.{table}")  # noqa: S608 - constants
