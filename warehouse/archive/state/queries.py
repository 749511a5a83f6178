"""The crawl state of a portal: what earlier crawls recorded about its articles, pages and lists.

One SQLite file per portal, built only from the archive's index, reports and observations, so it can be deleted at any
time. Crawls query it per URL, so even 100,000 articles need no loading before the first request.
Belongs here: the queries. Does not belong here: the file (see `warehouse.archive.state.file`), its tables (see
`warehouse.archive.state.tables`), how a crawl is added to them (see `warehouse.archive.state.applying`), and what a
crawl does with the results (see `spiders.crawl.plan`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from warehouse.archive.files import SUFFIX
from warehouse.archive.observations import HostAnswers
from warehouse.archive.state.file import bring_up_to_date
from warehouse.archive.state.tables import microseconds, moment_of, number_of
from warehouse.archive.warc.format import RecordReference
from warehouse.home import Home
from warehouse.records import REGULAR_KINDS, CrawlKind, Verdict
from warehouse.text.address import KeyRule


@dataclass(frozen=True, slots=True)
class PastCrawl:
    """An earlier crawl of the portal, as recorded in its report."""

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
    """An article that an earlier crawl requested, or was not allowed to request.

    Attributes:
        article_key: like `Capture.article_key`.
        url: URL of its last capture, else the requested URL; None if it was only refused (see `Observations.refused`).
        page_key: the key of the page at that URL.
        first_asked_at: time of its first conclusive response (not 401, 403, 429, 5xx or a challenge); None if never.
        first_captured_at: when its page was first received; None if never.
        last_captured_at: when its page was last received or confirmed unchanged; None if never.
        published_at: date in its first dated list row since it was first requested; None if there is none.
        missing_since: when it was first found missing after its last capture; None if it is not missing.
        missing_at: when it was last found missing; None if it is not missing.
        failing_since: first failed request since it was last captured or found missing; None if there is none.
        failed_at: last such failed request; None if there is none.
    """

    article_key: str
    url: str | None
    page_key: str | None
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
    """The last 200 response of a URL.

    Attributes:
        captured_at: when the page was last received or confirmed unchanged.
        etag, last_modified: the last `ETag` and `Last-Modified` headers; None if the page never had one.
        reference: the record with the page's body.
    """

    url: str
    captured_at: datetime
    etag: str | None
    last_modified: str | None
    reference: RecordReference


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A list row that links to an article.

    Attributes:
        mark: digest of the row's text; see `ListedArticle.mark`.
        crawled_at: when a regular crawl first saw the row; None if only backfills and imports did.
    """

    mark: str
    crawled_at: datetime | None


_CRAWL_COLUMNS = ", ".join(field.name for field in fields(PastCrawl))
_CACHED_PAGES_MAX = 100  # a page is asked for when it is requested, stored and recorded
_CACHED_MAX = 10_000  # articles; pages link to the same ones, and nothing changes the state while it is open
_ARTICLE_COLUMNS = ", ".join(field.name for field in fields(KnownArticle))
_REGULAR_CRAWLS = f"select {_CRAWL_COLUMNS} from crawls where kind in {REGULAR_KINDS}"  # noqa: S608 - constants


class CrawlState:
    """Queries on one portal's state; one crawl at a time uses it, under the portal's lock."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.article: Callable[[str], KnownArticle | None] = lru_cache(_CACHED_MAX)(self._article)
        self.article_at: Callable[[str], str | None] = lru_cache(_CACHED_MAX)(self._article_at)
        self.page: Callable[[str], KnownPage | None] = lru_cache(_CACHED_PAGES_MAX)(self._page)

    def history(self, limit: int = 60) -> tuple[PastCrawl, ...]:
        """Return the last `limit` regular crawls (full and incremental) in chronological order."""
        rows = self._database.execute(f"{_REGULAR_CRAWLS} order by started_at desc, crawl_id desc limit ?", [limit])
        return tuple(_past_crawl(row) for row in reversed(rows.fetchall()))

    def unfinished(self) -> tuple[PastCrawl, ...]:
        """Return the incomplete regular crawls since the last complete one, in chronological order.

        Their captures are stored, but they may have missed changes on other pages.
        """
        complete_at = self.last_complete_at()
        rows = self._database.execute(
            f"{_REGULAR_CRAWLS} and not is_complete and started_at > ? order by started_at, crawl_id",
            [number_of(complete_at) if complete_at else -1],
        )
        return tuple(_past_crawl(row) for row in rows.fetchall())

    def last_complete_at(self, kind: CrawlKind | None = None) -> datetime | None:
        """Return when the last complete regular crawl (of any kind if `kind` is None) began; None if none."""
        return self._moment(
            "select max(started_at) from crawls where is_complete and kind in (select value from json_each(?))",
            json.dumps((kind,) if kind else REGULAR_KINDS),
        )

    def last_margin_at(self) -> datetime | None:
        """Return when the last complete crawl that was full or read margin pages began; None if there is none."""
        return self._moment(
            "select max(started_at) from crawls where is_complete and"
            " (kind = 'full' or (kind = 'incremental' and margin_pages > 0))"
        )

    def requests_since(self, moment: datetime) -> int:
        """Return how many requests the crawls (not imports) sent that started at `moment` or later."""
        (count,) = self._database.execute(
            "select coalesce(sum(requests), 0) from crawls where kind != 'import' and started_at >= ?",
            [number_of(moment)],
        ).fetchone()
        return int(count)

    def frontier(self, backfill: str) -> tuple[str, ...] | None:
        """Return the lists that a backfill still has to read; None if no chunk of it has run."""
        row = self._database.execute(
            "select frontier from crawls where backfill = ? order by started_at desc, crawl_id desc limit 1", [backfill]
        ).fetchone()
        return tuple(json.loads(row[0])) if row else None

    def barren_families(self) -> frozenset[str]:
        """Return the kinds of addresses that gave nothing new in the last complete full crawl or since."""
        since = "select distinct value from crawls, json_each(barren_families) where started_at >= ?"
        full_at = self.last_complete_at("full")
        rows = self._database.execute(since, [number_of(full_at) if full_at else -1])
        return frozenset(name for (name,) in rows)

    def view_parameters(self) -> frozenset[str]:
        """Return the parameters that the last complete crawl knew to change only how a page is shown."""
        newest = "select view_parameters from crawls where is_complete order by started_at desc limit 1"
        row = self._database.execute(newest).fetchone()
        return frozenset(json.loads(row[0]) if row else ())

    def has_page_from(self, prefix: str) -> bool:
        """Tell whether a crawl requested a page whose key begins with the prefix."""
        found = self._database.execute(
            "select 1 from (select article_key as key from articles union all select page_key from asked)"
            " where key >= ? and key < ? limit 1",
            [prefix, f"{prefix}\U0010ffff"],
        )
        return found.fetchone() is not None

    def _article(self, article_key: str) -> KnownArticle | None:
        """Return an article; None if no crawl requested it or recorded it as refused."""
        sql = f"select {_ARTICLE_COLUMNS} from articles where article_key = ?"  # noqa: S608 - constants
        row = self._database.execute(sql, [article_key]).fetchone()
        return _known_article(row) if row else None

    def _article_at(self, page_key: str) -> str | None:
        """Return the key of the article that was last captured on this page; None if none was.

        An article can have a key that is not its page's: a platform's id, or the address that it had before it moved.
        Of several articles that came to one page by redirects, it is the one that was known first.
        """
        row = self._database.execute(
            "select article_key from articles where page_key = ? and first_captured_at is not null"
            " order by first_captured_at, article_key limit 1",
            [page_key],
        ).fetchone()
        return row[0] if row else None

    def present(self, since: datetime | None = None) -> int:
        """Return how many captured articles are not missing, of those that were captured at `since` or later."""
        (count,) = self._database.execute(
            "select count(*) from articles where missing_since is null and last_captured_at >= ?",
            [number_of(since) if since else -1],
        ).fetchone()
        return int(count)

    def shown_urls(self, article_key: str) -> tuple[str, ...]:
        """Return the URLs of an article's list rows since its last capture, the newest first."""
        rows = self._database.execute(
            "select listed.url from listed join articles using (article_key)"
            " where article_key = ? and listed.url is not null and listed_at >= coalesce(last_captured_at, -1)"
            " order by listed_at desc, list_key",
            [article_key],
        )
        return tuple(dict.fromkeys(url for (url,) in rows))

    def marks(self, article_key: str) -> frozenset[str]:
        """Return the marks of an article's rows, over all lists (see `ListedArticle.mark`)."""
        rows = self._database.execute("select mark from listed where article_key = ?", [article_key])
        return frozenset(mark for (mark,) in rows)

    def with_mark(self, mark: str) -> tuple[str, ...]:
        """Return the keys of the articles with a row of this mark, in alphabetical order."""
        rows = self._database.execute("select distinct article_key from listed where mark = ? order by 1", [mark])
        return tuple(key for (key,) in rows)

    def feed_date(self, article_key: str) -> str | None:
        """Return the `feed_date` of an article's last capture that has one; None if none has."""
        if self.article(article_key) is None:  # most pages of a first crawl, and remembered
            return None
        row = self._database.execute("select feed_date from articles where article_key = ?", [article_key]).fetchone()
        return row[0] if row else None

    def _page(self, url: str) -> KnownPage | None:
        """Return the last 200 response of a URL; None if there is none."""
        row = self._database.execute(
            "select url, captured_at, etag, last_modified, record_id, responded_at, warc_file, warc_offset,"
            " payload_digest from pages where url = ?",
            [url],
        ).fetchone()
        return _known_page(row) if row else None

    def pages_from(self, prefix: str, limit: int) -> tuple[str, ...]:
        """Return at most `limit` URLs that begin with the prefix and have given a 200 response, sorted."""
        rows = self._database.execute(
            "select url from pages where url >= ? and url < ? order by url limit ?",
            [prefix, f"{prefix}\U0010ffff", limit],
        )
        return tuple(url for (url,) in rows)

    def is_of_complete_crawl(self, page: KnownPage) -> bool:
        """Tell whether a complete regular crawl received the page's body, and so followed its links too."""
        crawl_id = page.reference.warc_file.rpartition("/")[2].removesuffix(SUFFIX)
        row = self._database.execute("select kind, is_complete from crawls where crawl_id = ?", [crawl_id]).fetchone()
        return row is not None and row[0] in REGULAR_KINDS and bool(row[1])

    def asked_at(self, page_key: str) -> datetime | None:
        """Return the end of the last crawl that requested a page that is not an article; None if none did."""
        return self._moment("select asked_at from asked where page_key = ?", page_key)

    def is_list(self, page_key: str) -> bool:
        """Tell whether a page listed articles when it was last requested; a page that is gone does not."""
        found = self._database.execute("select 1 from asked where page_key = ? and is_list", [page_key])
        return found.fetchone() is not None

    def row(self, list_key: str, article_key: str) -> KnownRow | None:
        """Return the row of an article in a list; None if no crawl saw the article in this list."""
        row = self._database.execute(
            "select mark, looked_at from listed where list_key = ? and article_key = ?", [list_key, article_key]
        ).fetchone()
        return KnownRow(row[0], _time(row[1])) if row else None

    def lists(self) -> tuple[str, ...]:
        """Return the URLs of the lists that are not gone, in alphabetical order."""
        rows = self._database.execute("select url from asked where is_list order by url")
        return tuple(url for (url,) in rows)

    def host(self, host: str) -> HostAnswers:
        """Return how far a host's answers about changes were true, summed over all crawls."""
        row = self._database.execute(
            "select asked, not_modified, false, false_lastmods from hosts where host = ?", [host]
        ).fetchone()
        return HostAnswers(*row) if row else HostAnswers()

    def due(self, now: datetime, ages: Sequence[timedelta], limit: int) -> tuple[KnownArticle, ...]:
        """Return at most `limit` articles that are due for a refetch, newest first.

        An article is due if it reached one of the `ages`, counted from its first capture, and was not captured since.
        An article that was already older than the last age when first captured is refetched once, at the first age of
        at least one day, so old articles are fetched only twice. For a missing article, ages count from
        `missing_since`. A failing article also waits a quarter of the time that it has been failing; no age applies if
        it was never captured or found missing. Articles that were known later than another one on the same page are
        left out. `now` is the time of the crawl; `ages` are in increasing order.
        """
        if not ages:
            return ()
        rows = self._database.execute(
            f"""
            select {_ARTICLE_COLUMNS} from (
                select
                    *,
                    coalesce(missing_since, first_captured_at) as counted_from,
                    coalesce(missing_at, last_captured_at) as last_seen_at,
                    missing_since is null
                        and coalesce(first_captured_at - published_at > :oldest, 0) as is_history
                from articles
            ) as due
            where (failed_at is null or failed_at + (failed_at - failing_since) / 4 <= :now) and case
                when last_seen_at is null then failed_at is not null
                when is_history then last_seen_at < counted_from + :second_age and counted_from + :second_age <= :now
                else {
                " or ".join(
                    f"(last_seen_at < counted_from + :age_{number} and counted_from + :age_{number} <= :now)"
                    for number in range(len(ages))
                )
            }
            end
            and not exists (
                select 1 from articles as older
                where
                    older.page_key = due.page_key
                    and (older.first_captured_at, older.article_key) < (due.first_captured_at, due.article_key)
            )
            order by coalesce(published_at, counted_from, failing_since) desc, article_key
            limit :limit
            """,  # noqa: S608 - only column names and numbers are interpolated
            {
                "now": number_of(now),
                "limit": limit,
                "oldest": microseconds(ages[-1]),
                "second_age": microseconds(next((age for age in ages if age >= timedelta(days=1)), ages[-1])),
                **{f"age_{number}": microseconds(age) for number, age in enumerate(ages)},
            },
        )
        return tuple(_known_article(row) for row in rows.fetchall())

    def _moment(self, sql: str, *values: object) -> datetime | None:
        row = self._database.execute(sql, values).fetchone()
        return _time(row[0]) if row else None


def state_path(home: Home, portal: str) -> Path:
    """Return the path of a portal's state file."""
    return home.state / f"{portal}.sqlite"


@contextmanager
def open_state(home: Home, portal: str, rule: KeyRule = KeyRule()) -> Iterator[CrawlState]:  # noqa: B008 - frozen
    """Yield a portal's state, updated from the archive's index; the caller holds the portal's lock.

    The state is rebuilt if it is damaged, of another version, or made by another rule, or if a WARC file in it changed
    or is gone. `rule` turns the keys of all crawls into today's (see `spiders.platforms.keys.key_rule`).

    Raises:
        StateError: the state cannot be written, for example because the disk is full.
    """
    path = state_path(home, portal)
    bring_up_to_date(home, portal, path, rule)
    with closing(sqlite3.connect(path, check_same_thread=False)) as database:
        database.execute("pragma query_only = on")
        yield CrawlState(database)


def _past_crawl(row: Sequence[Any]) -> PastCrawl:
    crawl_id, kind, verdict, is_complete, started_at, ended_at, *counts = row
    return PastCrawl(crawl_id, kind, verdict, bool(is_complete), moment_of(started_at), moment_of(ended_at), *counts)


def _known_article(row: Sequence[Any]) -> KnownArticle:
    article_key, url, page_key, *times = row
    return KnownArticle(article_key, url, page_key, *(_time(at) for at in times))


def _known_page(row: Sequence[Any]) -> KnownPage:
    url, captured_at, etag, last_modified, record_id, responded_at, warc_file, warc_offset, digest = row
    reference = RecordReference(record_id, url, moment_of(responded_at), warc_file, warc_offset, digest)
    return KnownPage(url, moment_of(captured_at), etag, last_modified, reference)


def _time(number: int | None) -> datetime | None:
    return None if number is None else moment_of(number)
