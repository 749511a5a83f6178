"""What is known of a portal when a crawl of it begins: its articles, pages, crawls, and whom to believe.

One SQLite file a portal, made from the archive's index, reports and observations and from nothing else: it can be
deleted at any time. It is asked address by address, so that a portal of a hundred thousand articles costs a crawl
neither memory nor time before its first request. Not here: what a crawl makes of it (`spiders.plan`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from warehouse.archive.index import crawl_id_of, index_path, observations_path, report_path, warc_files
from warehouse.archive.observations import HostAnswers, Observations, from_json
from warehouse.archive.warc import RecordReference
from warehouse.home import Home
from warehouse.records import CrawlKind, CrawlReport, Verdict

_VERSION = 1
_LOOKS: tuple[CrawlKind, ...] = ("full", "incremental")
_GONE = frozenset({404, 410})
# What stands at the address was not said.
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
    missing_at integer
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
    primary key (list_url, article_key)
) without rowid;

create table hosts (
    host text primary key,
    asked integer not null,
    not_modified integer not null,
    false integer not null
) without rowid;
"""


@dataclass(frozen=True, slots=True)
class PastCrawl:
    """An earlier crawl of the portal, as far as its report says how it went."""

    crawl_id: str
    kind: CrawlKind
    verdict: Verdict
    is_complete: bool
    started_at: datetime
    ended_at: datetime
    list_rows_seen: int
    articles_found: int
    articles_captured: int
    articles_recognised: int
    articles_new: int


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """An article that was asked for before.

    Attributes:
        first_asked_at: when its address first answered, with whatever; None where nobody may ask for it.
        first_captured_at: when its page first came; None where it never did.
        missing_since: since when it is gone, without its page having come in between; None where it is there.
    """

    article_key: str
    url: str | None
    first_asked_at: datetime | None
    first_captured_at: datetime | None
    last_captured_at: datetime | None
    published_at: datetime | None
    missing_since: datetime | None
    missing_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownPage:
    """The last answer of status 200 from an address.

    Attributes:
        captured_at: when it last came, or was said to be unchanged.
        reference: the record in which its bytes stand.
    """

    url: str
    captured_at: datetime
    etag: str | None
    last_modified: str | None
    reference: RecordReference


class CrawlState:
    """What is known of one portal. Asked by one crawl at a time, under the portal's lock."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def history(self, most: int = 60) -> tuple[PastCrawl, ...]:
        """Return the last crawls that looked at the portal, full and incremental ones, the newest last."""
        rows = self._database.execute(
            "select crawl_id, kind, verdict, is_complete, started_at, ended_at, list_rows_seen, articles_found,"
            " articles_captured, articles_recognised, articles_new from crawls"
            " where kind in ('full', 'incremental') order by started_at desc, crawl_id desc limit ?",
            [most],
        )
        return tuple(_past_crawl(row) for row in reversed(rows.fetchall()))

    def unfinished(self) -> tuple[PastCrawl, ...]:
        """Return the looks at the portal since the last one that was complete, the oldest first.

        What they captured is stored, and says nothing about what they did not come to.
        """
        rows = self._database.execute(
            "select crawl_id, kind, verdict, is_complete, started_at, ended_at, list_rows_seen, articles_found,"
            " articles_captured, articles_recognised, articles_new from crawls"
            " where kind in ('full', 'incremental') and not is_complete and started_at > coalesce("
            "   (select max(started_at) from crawls where kind in ('full', 'incremental') and is_complete), -1)"
            " order by started_at, crawl_id"
        )
        return tuple(_past_crawl(row) for row in rows.fetchall())

    def last_complete_at(self, kind: CrawlKind | None = None) -> datetime | None:
        """Return when the last complete look began, or the last complete one of a kind; None where none was."""
        kinds = (kind,) if kind else _LOOKS
        return self._moment(
            "select max(started_at) from crawls where is_complete and kind in (select value from json_each(?))",
            json.dumps(kinds),
        )

    def last_margin_at(self) -> datetime | None:
        """Return when the last complete look began that went beyond what it had to look at; None where none did."""
        return self._moment(
            "select max(started_at) from crawls where is_complete and (kind = 'full' or margin_pages > 0)"
        )

    def requests_since(self, moment: datetime) -> int:
        """Return how many requests the crawls that began at that time or later sent."""
        (count,) = self._database.execute(
            "select coalesce(sum(requests), 0) from crawls where kind != 'import' and started_at >= ?",
            [_number(moment)],
        ).fetchone()
        return int(count)

    def frontier(self, backfill: str) -> tuple[str, ...] | None:
        """Return the lists that a backfill has still to look at; None where it has not begun."""
        row = self._database.execute(
            "select frontier from crawls where backfill = ? order by started_at desc, crawl_id desc limit 1", [backfill]
        ).fetchone()
        return tuple(json.loads(row[0])) if row else None

    def article(self, article_key: str) -> KnownArticle | None:
        """Return what is known of an article; None where it was never asked for."""
        row = self._database.execute(
            "select article_key, url, first_asked_at, first_captured_at, last_captured_at, published_at,"
            " missing_since, missing_at from articles where article_key = ?",
            [article_key],
        ).fetchone()
        return _known_article(row) if row else None

    def page(self, url: str) -> KnownPage | None:
        """Return the last answer of status 200 from an address; None where there was none."""
        row = self._database.execute(
            "select url, captured_at, etag, last_modified, record_id, responded_at, warc_file, warc_offset,"
            " payload_digest from pages where url = ?",
            [url],
        ).fetchone()
        return _known_page(row) if row else None

    def has_asked(self, canonical_url: str) -> bool:
        """Tell whether a page that is no article was asked for before, and answered."""
        row = self._database.execute("select 1 from asked where canonical_url = ?", [canonical_url]).fetchone()
        return row is not None

    def mark(self, list_url: str, article_key: str) -> str | None:
        """Return what a list last said of an article; None where it did not show it."""
        row = self._database.execute(
            "select mark from listed where list_url = ? and article_key = ?", [list_url, article_key]
        ).fetchone()
        return row[0] if row else None

    def lists(self) -> tuple[str, ...]:
        """Return the addresses that listed articles when they last answered, in alphabetical order."""
        rows = self._database.execute("select url from asked where is_list order by url")
        return tuple(url for (url,) in rows)

    def host(self, host: str) -> HostAnswers:
        """Return how a host has answered conditional requests."""
        row = self._database.execute("select asked, not_modified, false from hosts where host = ?", [host]).fetchone()
        return HostAnswers(*row) if row else HostAnswers()

    def due(self, now: datetime, ages: Sequence[timedelta], most: int) -> tuple[KnownArticle, ...]:
        """Return the articles that are to be asked for again, the newest first.

        An article is due when it has passed one of the ages, counted from its first capture, and has not been
        captured since. One that was older than all of them when it first came passes one age alone, the first of at
        least a day: so each article is seen twice, and history is not fetched over and over. One that is missing is
        due by the same ages, counted from when it went missing.

        Args:
            now: the time of the crawl.
            ages: increasing.
            most: how many to return at the most.
        """
        if not ages:
            return ()
        rows = self._database.execute(
            f"""
            select article_key, url, first_asked_at, first_captured_at, last_captured_at, published_at,
                missing_since, missing_at
            from (
                select
                    *,
                    coalesce(missing_since, first_captured_at) as counted_from,
                    coalesce(missing_at, last_captured_at) as last_seen_at,
                    missing_since is null
                        and coalesce(first_captured_at - published_at > :oldest, 0) as is_history
                from articles
            )
            where case when is_history
                then last_seen_at < counted_from + :second_look and counted_from + :second_look <= :now
                else {
                " or ".join(
                    f"(last_seen_at < counted_from + :age_{number} and counted_from + :age_{number} <= :now)"
                    for number in range(len(ages))
                )
            }
                end
            order by coalesce(published_at, counted_from) desc, article_key
            limit :most
            """,  # noqa: S608 - numbers alone are put in
            {
                "now": _number(now),
                "most": most,
                "oldest": _microseconds(ages[-1]),
                "second_look": _microseconds(next((age for age in ages if age >= timedelta(days=1)), ages[-1])),
                **{f"age_{number}": _microseconds(age) for number, age in enumerate(ages)},
            },
        )
        return tuple(_known_article(row) for row in rows.fetchall())

    def _moment(self, sql: str, *values: object) -> datetime | None:
        (found,) = self._database.execute(sql, values).fetchone()
        return _time(found)


def state_path(home: Home, portal: str) -> Path:
    """Return where a portal's state stands."""
    return home.state / f"{portal}.sqlite"


@contextmanager
def open_state(home: Home, portal: str) -> Iterator[CrawlState]:
    """Yield a portal's state, brought up to date with the archive's index; the caller holds the portal's lock.

    A state that is of another version, spoilt, or says what the archive no longer does, is made anew.
    """
    path = state_path(home, portal)
    path.parent.mkdir(parents=True, exist_ok=True)
    crawls = {crawl_id_of(warc): warc for warc in warc_files(home) if warc.parent.name == portal}
    if not _is_usable(path, crawls):
        path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, check_same_thread=False)) as database:
        _prepare(database)
        known = {crawl_id for (crawl_id,) in database.execute("select crawl_id from crawls")}
        # One transaction: a state made anew from a thousand crawls would else wait for the disk a thousand times.
        with database:
            for crawl_id in sorted(crawls.keys() - known):
                warc = crawls[crawl_id]
                # A WARC file that is damaged has no index; the build names it.
                if report_path(home, warc).exists() and index_path(home, warc).exists():
                    _apply(database, home, warc)
        yield CrawlState(database)


def _prepare(database: sqlite3.Connection) -> None:
    (version,) = database.execute("pragma user_version").fetchone()
    if version == 0:
        with database:
            database.executescript(f"begin; {_SCHEMA} pragma user_version = {_VERSION}; commit;")


def _is_usable(path: Path, crawls: Mapping[str, Path]) -> bool:
    """Tell whether a state is whole, and made from WARC files that are all still there as they were."""
    if not path.exists():
        return True
    try:
        with closing(sqlite3.connect(path)) as database:
            (version,) = database.execute("pragma user_version").fetchone()
            if version != _VERSION:
                return False
            made_from = dict(database.execute("select crawl_id, fingerprint from crawls").fetchall())
    except sqlite3.DatabaseError:
        return False
    return all(crawl_id in crawls and mark == _fingerprint(crawls[crawl_id]) for crawl_id, mark in made_from.items())


def _fingerprint(warc: Path) -> str:
    status = warc.stat()
    return f"{status.st_size}:{status.st_mtime_ns}"


def _apply(database: sqlite3.Connection, home: Home, warc: Path) -> None:
    """Add what one crawl did; crawls may come in any order, as imported ones do."""
    values = json.loads(report_path(home, warc).read_text(encoding="utf-8"))
    times = {name: datetime.fromisoformat(values[name]) for name in ("started_at", "ended_at")}
    report = CrawlReport(**{**values, **times})
    observations = from_json(observations_path(home, warc).read_text(encoding="utf-8"))
    with pq.ParquetFile(index_path(home, warc)) as index:
        captures: list[dict[str, Any]] = index.read().to_pylist()
    _apply_articles(database, captures, observations)
    _apply_pages(database, captures)
    _apply_lists(database, observations)
    database.executemany(
        """
        insert into asked values (?, ?, ?, ?)
        on conflict do update set url = excluded.url, is_list = excluded.is_list, asked_at = excluded.asked_at
        where excluded.asked_at >= asked_at
        """,
        [(page.canonical_url, page.url, page.is_list, _number(report.ended_at)) for page in observations.pages],
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
            _number(report.started_at),
            _number(report.ended_at),
            report.requests,
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


def _apply_articles(
    database: sqlite3.Connection, captures: Iterable[Mapping[str, Any]], observations: Observations
) -> None:
    asked: dict[str, Mapping[str, Any]] = {}
    came: dict[str, Mapping[str, Any]] = {}
    missing = dict(observations.missing)
    blocked = frozenset(observations.blocked)
    for capture in captures:
        key = capture["article_key"]
        if key is None or key in blocked or capture["status"] >= 500 or capture["status"] in _REFUSED:
            continue
        asked.setdefault(key, capture)
        if capture["status"] in (200, 304) and key not in missing:
            came[key] = capture
        elif capture["status"] in _GONE:
            missing.setdefault(key, capture["captured_at"])
    database.executemany(
        """
        insert into articles (article_key, url, first_asked_at) values (?, ?, ?)
        on conflict do update set
            url = coalesce(url, excluded.url),
            first_asked_at = min(coalesce(first_asked_at, excluded.first_asked_at), excluded.first_asked_at)
        """,
        [(key, capture["url"], _number(capture["captured_at"])) for key, capture in asked.items()],
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
            missing_since = case when :at >= coalesce(missing_at, -1) then null else missing_since end,
            missing_at = case when :at >= coalesce(missing_at, -1) then null else missing_at end
        where article_key = :key
        """,
        [{"key": key, "url": one["url"], "at": _number(one["captured_at"])} for key, one in came.items()],
    )
    database.executemany(
        """
        update articles set
            missing_since = min(coalesce(missing_since, :at), :at),
            missing_at = max(coalesce(missing_at, :at), :at)
        where article_key = :key and :at >= coalesce(last_captured_at, -1)
        """,
        [{"key": key, "at": _number(at)} for key, at in missing.items() if key not in came],
    )


def _apply_pages(database: sqlite3.Connection, captures: Iterable[Mapping[str, Any]]) -> None:
    for one in captures:
        values = {**one, "captured_at": _number(one["captured_at"])}
        if one["is_revisit"]:
            # What its bytes are stands elsewhere; how the portal dates them may be new.
            database.execute(
                "update pages set captured_at = :captured_at, etag = coalesce(:etag, etag),"
                " last_modified = coalesce(:last_modified, last_modified)"
                " where url = :url and captured_at <= :captured_at",
                values,
            )
        elif one["status"] == 200:
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


def _apply_lists(database: sqlite3.Connection, observations: Observations) -> None:
    database.executemany(
        """
        insert into listed values (?, ?, ?, ?)
        on conflict do update set mark = excluded.mark, listed_at = excluded.listed_at
        where excluded.listed_at >= listed_at
        """,
        [(row.list_url, row.article_key, row.mark, _number(row.listed_at)) for row in observations.listed],
    )
    database.executemany(
        "update articles set published_at = ? where article_key = ? and published_at is null",
        [(_number(row.published_at), row.article_key) for row in observations.listed if row.published_at],
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


def _past_crawl(row: Sequence[Any]) -> PastCrawl:
    crawl_id, kind, verdict, is_complete, started_at, ended_at, *counts = row
    return PastCrawl(crawl_id, kind, verdict, bool(is_complete), _moment(started_at), _moment(ended_at), *counts)


def _known_article(row: Sequence[Any]) -> KnownArticle:
    article_key, url, *times = row
    return KnownArticle(article_key, url, *(_time(at) for at in times))


def _known_page(row: Sequence[Any]) -> KnownPage:
    url, captured_at, etag, last_modified, record_id, responded_at, warc_file, warc_offset, digest = row
    reference = RecordReference(record_id, url, _moment(responded_at), warc_file, warc_offset, digest)
    return KnownPage(url, _moment(captured_at), etag, last_modified, reference)


def _number(at: datetime) -> int:
    """Return a time as the state keeps it: microseconds since 1970, which compare as times do."""
    return _microseconds(at - datetime(1970, 1, 1, tzinfo=UTC))


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _time(number: int | None) -> datetime | None:
    return None if number is None else _moment(number)


def _moment(number: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number)
