"""What is known of a portal when a crawl of it begins: its articles, pages, crawls, and whom to believe.

One SQLite file a portal, made from the archive's index, reports and observations and from nothing else: it can be
deleted at any time. It is asked address by address, so that a portal of a hundred thousand articles costs a crawl
neither memory nor time before its first request. Here: the questions. Not here: the tables and how a crawl is added
to them (`warehouse.archive.state.tables`), or what a crawl makes of the answers (`spiders.crawl.plan`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from warehouse.archive.files import SUFFIX, crawl_id_of, index_file, report_file, warc_files
from warehouse.archive.observations import HostAnswers
from warehouse.archive.state.tables import (
    LOOKS,
    apply_crawl,
    is_usable,
    microseconds,
    moment_of,
    number_of,
    prepare,
)
from warehouse.archive.warc.format import RecordReference
from warehouse.home import Home
from warehouse.records import CrawlKind, Verdict


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
        missing_at: when it was last seen gone.
        failing_since: since when it is asked for in vain, with nothing said of whether it is there; None where its
            address last answered.
        failed_at: when it was last asked for in vain.
    """

    article_key: str
    url: str | None
    first_asked_at: datetime | None
    first_captured_at: datetime | None
    last_captured_at: datetime | None
    published_at: datetime | None
    missing_since: datetime | None
    missing_at: datetime | None
    failing_since: datetime | None
    failed_at: datetime | None


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


@dataclass(frozen=True, slots=True)
class KnownRow:
    """An article as one list showed it.

    Attributes:
        mark: digest of what the row last said.
        looked_at: when a full or incremental crawl first saw it there; None where only others did.
    """

    mark: str
    looked_at: datetime | None


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
        kinds = (kind,) if kind else LOOKS
        return self._moment(
            "select max(started_at) from crawls where is_complete and kind in (select value from json_each(?))",
            json.dumps(kinds),
        )

    def last_margin_at(self) -> datetime | None:
        """Return when the last complete look began that went beyond what it had to look at; None where none did."""
        return self._moment(
            "select max(started_at) from crawls where is_complete and"
            " (kind = 'full' or (kind = 'incremental' and margin_pages > 0))"
        )

    def requests_since(self, moment: datetime) -> int:
        """Return how many requests the crawls that began at that time or later sent."""
        (count,) = self._database.execute(
            "select coalesce(sum(requests), 0) from crawls where kind != 'import' and started_at >= ?",
            [number_of(moment)],
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
            " missing_since, missing_at, failing_since, failed_at from articles where article_key = ?",
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

    def is_of_complete_look(self, page: KnownPage) -> bool:
        """Tell whether a page's bytes came in a look at the portal that also came to what they lead to."""
        crawl_id = page.reference.warc_file.rpartition("/")[2].removesuffix(SUFFIX)
        row = self._database.execute(
            "select 1 from crawls where crawl_id = ? and is_complete and kind in ('full', 'incremental')", [crawl_id]
        ).fetchone()
        return row is not None

    def asked_at(self, canonical_url: str) -> datetime | None:
        """Return when a page that is no article was last asked for, and answered; None where it never did."""
        return self._moment("select asked_at from asked where canonical_url = ?", canonical_url)

    def is_list(self, canonical_url: str) -> bool:
        """Tell whether a page has listed articles, and was not gone when it was last asked for."""
        row = self._database.execute(
            "select 1 from asked where canonical_url = ? and is_list", [canonical_url]
        ).fetchone()
        return row is not None

    def row(self, list_url: str, article_key: str) -> KnownRow | None:
        """Return how a list showed an article; None where it did not."""
        row = self._database.execute(
            "select mark, looked_at from listed where list_url = ? and article_key = ?", [list_url, article_key]
        ).fetchone()
        return KnownRow(row[0], _time(row[1])) if row else None

    def lists(self) -> tuple[str, ...]:
        """Return the addresses that list articles, in alphabetical order."""
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
        due by the same ages, counted from when it went missing. One that is asked for in vain is due again, and waits
        longer each time: a quarter of the time for which it has been failing.

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
                missing_since, missing_at, failing_since, failed_at
            from (
                select
                    *,
                    coalesce(missing_since, first_captured_at) as counted_from,
                    coalesce(missing_at, last_captured_at) as last_seen_at,
                    missing_since is null
                        and coalesce(first_captured_at - published_at > :oldest, 0) as is_history
                from articles
            )
            where (failed_at is null or failed_at + (failed_at - failing_since) / 4 <= :now) and case
                when last_seen_at is null then failed_at is not null
                when is_history then last_seen_at < counted_from + :second_look and counted_from + :second_look <= :now
                else {
                " or ".join(
                    f"(last_seen_at < counted_from + :age_{number} and counted_from + :age_{number} <= :now)"
                    for number in range(len(ages))
                )
            }
            end
            order by coalesce(published_at, counted_from, failing_since) desc, article_key
            limit :most
            """,  # noqa: S608 - numbers alone are put in
            {
                "now": number_of(now),
                "most": most,
                "oldest": microseconds(ages[-1]),
                "second_look": microseconds(next((age for age in ages if age >= timedelta(days=1)), ages[-1])),
                **{f"age_{number}": microseconds(age) for number, age in enumerate(ages)},
            },
        )
        return tuple(_known_article(row) for row in rows.fetchall())

    def _moment(self, sql: str, *values: object) -> datetime | None:
        row = self._database.execute(sql, values).fetchone()
        return _time(row[0]) if row else None


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
    crawls = {crawl_id_of(warc): warc for warc in warc_files(home, portal)}
    if not is_usable(path, crawls):
        path.unlink(missing_ok=True)
        # What a killed process left to be undone belongs to the old file.
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
    with closing(sqlite3.connect(path, check_same_thread=False)) as database:
        prepare(database)
        known = {crawl_id for (crawl_id,) in database.execute("select crawl_id from crawls")}
        # One transaction: a state made anew from a thousand crawls would else wait for the disk a thousand times.
        with database:
            for crawl_id in sorted(crawls.keys() - known):
                warc = crawls[crawl_id]
                # A WARC file that is damaged has no index; the build names it.
                if report_file(home, warc).exists() and index_file(home, warc).exists():
                    apply_crawl(database, home, warc)
        yield CrawlState(database)


def _past_crawl(row: Sequence[Any]) -> PastCrawl:
    crawl_id, kind, verdict, is_complete, started_at, ended_at, *counts = row
    return PastCrawl(crawl_id, kind, verdict, bool(is_complete), moment_of(started_at), moment_of(ended_at), *counts)


def _known_article(row: Sequence[Any]) -> KnownArticle:
    article_key, url, *times = row
    return KnownArticle(article_key, url, *(_time(at) for at in times))


def _known_page(row: Sequence[Any]) -> KnownPage:
    url, captured_at, etag, last_modified, record_id, responded_at, warc_file, warc_offset, digest = row
    reference = RecordReference(record_id, url, moment_of(responded_at), warc_file, warc_offset, digest)
    return KnownPage(url, moment_of(captured_at), etag, last_modified, reference)


def _time(number: int | None) -> datetime | None:
    return None if number is None else moment_of(number)
