"""The tables of a portal's crawl state: the schema, and whether a state file is usable.

Belongs here: the schema, its version, and how times are stored. Does not belong here: adding a crawl (see
`warehouse.archive.state.applying`), and queries (see `warehouse.archive.state.queries`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

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


def prepare(database: sqlite3.Connection, rule: str) -> None:
    """Create the tables if the file is empty; `rule` is the digest of the rule that makes the keys."""
    (version,) = database.execute("pragma user_version").fetchone()
    if version == 0:
        with database:
            database.executescript(f"begin; {_SCHEMA} pragma user_version = {_VERSION}; commit;")
            database.execute("insert into made_by values (?)", [rule])


def is_usable(path: Path, crawls: Mapping[str, StoredFile], rule: str) -> bool:
    """Tell whether a state is missing, or intact and made by this rule from unchanged WARC files."""
    if not path.exists():
        return True
    try:
        with closing(sqlite3.connect(path)) as database:
            (version,) = database.execute("pragma user_version").fetchone()
            if version != _VERSION:
                return False
            (found,) = database.execute("pragma quick_check(1)").fetchone()
            if found != "ok" or database.execute("select rule from made_by").fetchall() != [(rule,)]:
                return False
            made_from = dict(database.execute("select crawl_id, fingerprint from crawls").fetchall())
    except sqlite3.DatabaseError:
        return False
    return all(crawl_id in crawls and mark == fingerprint(crawls[crawl_id]) for crawl_id, mark in made_from.items())


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
