"""The tables of a portal's crawl state, and how to add a crawl to them.

Belongs here: the schema, whether a state file is usable, and applying one crawl's index, report and observations. Does
not belong here: queries (see `warehouse.archive.state.queries`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.archive.files import index_file, observations_file, report_file
from warehouse.archive.index.build import index_warc
from warehouse.archive.index.reports import parse_any_report
from warehouse.archive.observations import FailedArticle, HostAnswers, Observations, from_json
from warehouse.home import Home
from warehouse.records import GONE_STATUSES, REGULAR_KINDS, CrawlReport
from warehouse.storage import StoredFile

_VERSION = 3
# With these statuses it is unknown whether the article exists.
_REFUSED = frozenset({401, 403, 429})

_SCHEMA = """
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
    frontier text not null
) without rowid;

create table articles (
    article_key text primary key,
    url text,
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
    canonical_url text primary key,
    url text not null,
    is_list integer not null,
    asked_at integer not null
) without rowid;

create table listed (
    list_url text not null,
    article_key text not null,
    mark text not null,
    listed_at integer not null,
    looked_at integer,
    primary key (list_url, article_key)
) without rowid;

create table hosts (
    host text primary key,
    asked integer not null,
    not_modified integer not null,
    false integer not null
) without rowid;
"""


def prepare(database: sqlite3.Connection) -> None:
    """Create the tables if the file is empty."""
    (version,) = database.execute("pragma user_version").fetchone()
    if version == 0:
        with database:
            database.executescript(f"begin; {_SCHEMA} pragma user_version = {_VERSION}; commit;")


def is_usable(path: Path, crawls: Mapping[str, StoredFile]) -> bool:
    """Tell whether a state is missing, or intact and made from WARC files that still exist unchanged."""
    if not path.exists():
        return True
    try:
        with closing(sqlite3.connect(path)) as database:
            (version,) = database.execute("pragma user_version").fetchone()
            if version != _VERSION:
                return False
            (found,) = database.execute("pragma quick_check(1)").fetchone()
            if found != "ok":
                return False
            made_from = dict(database.execute("select crawl_id, fingerprint from crawls").fetchall())
    except sqlite3.DatabaseError:
        return False
    return all(crawl_id in crawls and mark == _fingerprint(crawls[crawl_id]) for crawl_id, mark in made_from.items())


def _fingerprint(warc: StoredFile) -> str:
    found = warc.storage.find(warc.key)
    return found.mark if found else ""


def apply_crawl(database: sqlite3.Connection, home: Home, warc: StoredFile) -> None:
    """Add one crawl; crawls may be added in any order, since an import may add an old crawl late.

    Raises:
        DamagedWarcError: the crawl's index, report or observations are damaged, and the WARC file is too.
    """
    try:
        report, observations, captures = _read(home, warc)
    except (ValueError, KeyError, TypeError, pa.ArrowException):
        # Rebuild them from the WARC file.
        index_warc(home, warc)
        report, observations, captures = _read(home, warc)
    _apply_articles(database, captures, observations)
    _apply_pages(database, captures, observations)
    _apply_lists(database, observations, is_regular=report.kind in REGULAR_KINDS)
    database.executemany(
        """
        insert into asked values (?, ?, ?, ?)
        on conflict do update set url = excluded.url, is_list = excluded.is_list, asked_at = excluded.asked_at
        where excluded.asked_at >= asked_at
        """,
        [(page.canonical_url, page.url, page.is_list, number_of(report.ended_at)) for page in observations.pages],
    )
    _apply_hosts(database, observations.hosts)
    database.execute(
        f"insert into crawls values ({', '.join('?' * 16)})",  # noqa: S608 - question marks
        [
            report.crawl_id,
            _fingerprint(warc),
            report.kind,
            report.verdict,
            report.is_complete,
            number_of(report.started_at),
            number_of(report.ended_at),
            # The report of a killed crawl counts no requests; the crawl sent at least one per capture.
            max(report.requests, report.captures),
            report.list_rows_seen,
            report.articles_found,
            report.articles_captured,
            report.articles_recognised,
            report.articles_new,
            observations.margin_pages,
            observations.backfill,
            json.dumps(observations.frontier),
        ],
    )


def _read(home: Home, warc: StoredFile) -> tuple[CrawlReport, Observations, list[dict[str, Any]]]:
    report = parse_any_report(report_file(home, warc).read())
    with index_file(home, warc).open() as index:
        captures: list[dict[str, Any]] = pq.ParquetFile(index).read().to_pylist()
    return report, from_json(observations_file(home, warc).read()), captures


def _apply_articles(
    database: sqlite3.Connection, captures: Iterable[Mapping[str, Any]], observations: Observations
) -> None:
    asked: dict[str, Mapping[str, Any]] = {}
    captured: dict[str, Mapping[str, Any]] = {}
    missing = dict(observations.missing)
    blocked = frozenset(observations.blocked)
    for capture in captures:
        key = capture["article_key"]
        if key is None or key in blocked or capture["status"] >= 500 or capture["status"] in _REFUSED:
            continue
        asked.setdefault(key, capture)
        # A 304 response to an unconditional request is not a revisit: no stored page belongs to it.
        is_captured = capture["status"] == 200 or (capture["status"] == 304 and capture["is_revisit"])
        if is_captured and key not in missing:
            captured[key] = capture
        elif capture["status"] in GONE_STATUSES:
            missing.setdefault(key, capture["captured_at"])
    database.executemany(
        """
        insert into articles (article_key, url, first_asked_at) values (?, ?, ?)
        on conflict do update set
            url = coalesce(url, excluded.url),
            first_asked_at = min(coalesce(first_asked_at, excluded.first_asked_at), excluded.first_asked_at)
        """,
        [(key, capture["url"], number_of(capture["captured_at"])) for key, capture in asked.items()],
    )
    database.executemany(
        "insert into articles (article_key) values (?) on conflict do nothing", [(key,) for key in observations.refused]
    )
    database.executemany(
        """
        update articles set
            url = case when :at >= coalesce(last_captured_at, -1) then :url else url end,
            first_captured_at = min(coalesce(first_captured_at, :at), :at),
            last_captured_at = max(coalesce(last_captured_at, :at), :at),
            missing_since = case
                when :at >= coalesce(missing_at, -1) then null
                when :at >= missing_since then missing_at
                else missing_since
            end,
            missing_at = case when :at >= coalesce(missing_at, -1) then null else missing_at end,
            failing_since = case when :at >= coalesce(failed_at, -1) then null else failing_since end,
            failed_at = case when :at >= coalesce(failed_at, -1) then null else failed_at end
        where article_key = :key
        """,
        [{"key": key, "url": found["url"], "at": number_of(found["captured_at"])} for key, found in captured.items()],
    )
    # An index of an earlier version has no dates of feeds.
    database.executemany(
        "update articles set feed_date = :date, feed_date_at = :at"
        " where article_key = :key and :at >= coalesce(feed_date_at, -1)",
        [
            {"key": key, "date": date, "at": number_of(found["captured_at"])}
            for key, found in captured.items()
            if (date := found.get("feed_date"))
        ],
    )
    database.executemany(
        """
        update articles set
            missing_since = min(coalesce(missing_since, :at), :at),
            missing_at = max(coalesce(missing_at, :at), :at),
            failing_since = case when :at >= coalesce(failed_at, -1) then null else failing_since end,
            failed_at = case when :at >= coalesce(failed_at, -1) then null else failed_at end
        where article_key = :key and :at >= coalesce(last_captured_at, -1)
        """,
        [{"key": key, "at": number_of(at)} for key, at in missing.items() if key not in captured],
    )
    _apply_failures(database, [article for article in observations.failed if article.article_key not in captured])


def _apply_failures(database: sqlite3.Connection, failed: Iterable[FailedArticle]) -> None:
    values = [{"key": each.article_key, "url": each.url, "at": number_of(each.failed_at)} for each in failed]
    database.executemany(
        """
        insert into articles (article_key, url) values (:key, :url)
        on conflict do update set url = coalesce(url, excluded.url)
        """,
        values,
    )
    database.executemany(
        """
        update articles set
            failing_since = min(coalesce(failing_since, :at), :at),
            failed_at = max(coalesce(failed_at, :at), :at)
        where article_key = :key and :at >= max(coalesce(last_captured_at, -1), coalesce(missing_at, -1))
        """,
        values,
    )


def _apply_pages(
    database: sqlite3.Connection, captures: Iterable[Mapping[str, Any]], observations: Observations
) -> None:
    blocked = frozenset(observations.blocked)
    for capture in captures:
        if capture["article_key"] in blocked or capture["url"] in blocked:
            continue
        values = {**capture, "captured_at": number_of(capture["captured_at"])}
        if capture["is_revisit"]:
            # The body is in an earlier record, but the validators (ETag, Last-Modified) may be new.
            database.execute(
                "update pages set captured_at = :captured_at, etag = coalesce(:etag, etag),"
                " last_modified = coalesce(:last_modified, last_modified)"
                " where url = :url and captured_at <= :captured_at",
                values,
            )
        elif capture["status"] == 200:
            database.execute(
                """
                insert into pages values (
                    :url, :captured_at, :etag, :last_modified,
                    :capture_id, :captured_at, :warc_file, :warc_offset, :payload_digest
                )
                on conflict do update set
                    captured_at = excluded.captured_at, etag = excluded.etag, last_modified = excluded.last_modified,
                    record_id = excluded.record_id, responded_at = excluded.responded_at,
                    warc_file = excluded.warc_file, warc_offset = excluded.warc_offset,
                    payload_digest = excluded.payload_digest
                where excluded.captured_at >= captured_at
                """,
                values,
            )


def _apply_lists(database: sqlite3.Connection, observations: Observations, *, is_regular: bool) -> None:
    database.executemany(
        """
        insert into listed values (?, ?, ?, ?, ?)
        on conflict do update set
            mark = case when excluded.listed_at >= listed_at then excluded.mark else mark end,
            listed_at = max(excluded.listed_at, listed_at),
            looked_at = coalesce(min(excluded.looked_at, looked_at), excluded.looked_at, looked_at)
        """,
        [
            (row.list_url, row.article_key, row.mark, at := number_of(row.listed_at), at if is_regular else None)
            for row in observations.listed
        ],
    )
    database.executemany(
        "update articles set published_at = ? where article_key = ? and published_at is null",
        [(number_of(row.published_at), row.article_key) for row in observations.listed if row.published_at],
    )


def _apply_hosts(database: sqlite3.Connection, hosts: Mapping[str, HostAnswers]) -> None:
    database.executemany(
        """
        insert into hosts values (?, ?, ?, ?)
        on conflict do update set
            asked = asked + excluded.asked, not_modified = not_modified + excluded.not_modified,
            false = false + excluded.false
        """,
        [(host, answers.asked, answers.not_modified, answers.false) for host, answers in hosts.items()],
    )


def number_of(at: datetime) -> int:
    """Return a time as an integer, for SQLite: microseconds since 1970."""
    return microseconds(at - datetime(1970, 1, 1, tzinfo=UTC))


def microseconds(span: timedelta) -> int:
    """Return a duration in microseconds."""
    return span // timedelta(microseconds=1)


def moment_of(number: int) -> datetime:
    """Return the time of a number from `number_of`."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number)
