"""The tables of a portal's crawl state: the schema, and what a state was made from.

Belongs here: the schema, its version, and how times are stored. Does not belong here: the file (see
`warehouse.archive.state.file`), adding a crawl (see `warehouse.archive.state.applying`), and queries (see
`warehouse.archive.state.queries`).
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

from warehouse.storage import StoredFile

_VERSION = 4

_SCHEMA = """
create table made_by (
    rule text not null
);

create table crawls (
    crawl_id text primary key,
    fingerprint text not null,
    kind text not null,
    verdict text not null,
    is_complete integer not null,
    started_at integer not null,
    ended_at integer not null,
    requests integer not null,
    list_rows_seen integer not null,
    articles_found integer not null,
    articles_captured integer not null,
    articles_recognised integer not null,
    articles_new integer not null,
    margin_pages integer not null,
    backfill text,
    frontier text not null,
    barren_families text not null,
    view_parameters text not null
) without rowid;

create table articles (
    article_key text primary key,
    url text,
    page_key text,
    first_asked_at integer,
    first_captured_at integer,
    last_captured_at integer,
    published_at integer,
    missing_since integer,
    missing_at integer,
    failing_since integer,
    failed_at integer,
    feed_date text,
    feed_date_at integer
) without rowid;
create index articles_by_page on articles (page_key) where page_key is not null;

create table pages (
    url text primary key,
    captured_at integer not null,
    etag text,
    last_modified text,
    record_id text not null,
    responded_at integer not null,
    warc_file text not null,
    warc_offset integer not null,
    payload_digest text not null
) without rowid;

create table asked (
    page_key text primary key,
    url text not null,
    is_list integer not null,
    asked_at integer not null
) without rowid;

create table listed (
    list_key text not null,
    article_key text not null,
    mark text not null,
    url text,
    listed_at integer not null,
    looked_at integer,
    primary key (list_key, article_key)
) without rowid;
create index listed_by_article on listed (article_key);
create index listed_by_mark on listed (mark);

create table hosts (
    host text primary key,
    asked integer not null,
    not_modified integer not null,
    false integer not null,
    false_lastmods integer not null
) without rowid;
"""


def prepare(database: sqlite3.Connection, rule: str) -> bool:
    """Create the tables if the file is empty, and tell whether it was; `rule` is the key rule's digest."""
    (version,) = database.execute("pragma user_version").fetchone()
    if version == 0:
        with database:
            database.executescript(f"begin; {_SCHEMA} pragma user_version = {_VERSION}; commit;")
            database.execute("insert into made_by values (?)", [rule])
    return bool(version == 0)


def made_from(database: sqlite3.Connection, rule: str) -> dict[str, str] | None:
    """Return the fingerprints of a state's WARC files, by crawl; None if of another version or rule."""
    (version,) = database.execute("pragma user_version").fetchone()
    if version != _VERSION or database.execute("select rule from made_by").fetchall() != [(rule,)]:
        return None
    return dict(database.execute("select crawl_id, fingerprint from crawls").fetchall())


def fingerprint(warc: StoredFile) -> str:
    """Return what changes when the WARC file changes; empty if it is gone."""
    found = warc.storage.find(warc.key)
    return found.mark if found else ""


def number_of(at: datetime) -> int:
    """Return a time as an integer, for SQLite: microseconds since 1970."""
    return microseconds(at - datetime(1970, 1, 1, tzinfo=UTC))


def microseconds(span: timedelta) -> int:
    """Return a duration in microseconds."""
    return span // timedelta(microseconds=1)


def moment_of(number: int) -> datetime:
    """Return the time of a number from `number_of`."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number)
