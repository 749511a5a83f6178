"""Adds crawls to the tables of a portal's crawl state, in any order.

Belongs here: what one crawl's index, report and observations say of articles, pages, lists and hosts. Every key is
first turned into today's (`warehouse.text.address.KeyRule.current`). Does not belong here: the tables (see
`warehouse.archive.state.tables`), and queries (see `warehouse.archive.state.queries`).
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa

from warehouse.archive.files import observations_file, report_file
from warehouse.archive.index.build import index_warc, read_index
from warehouse.archive.index.reports import UNREADABLE, parse_any_report, parse_report
from warehouse.archive.observations import FailedArticle, HostAnswers, Observations, from_json
from warehouse.archive.state.tables import fingerprint, number_of
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.datasets import CRAWLS
from warehouse.home import Home
from warehouse.records import GONE_STATUSES, REGULAR_KINDS, CrawlReport
from warehouse.storage import StoredFile
from warehouse.text.address import KeyRule

# With these statuses it is unknown whether the article exists.
_REFUSED: Final = frozenset({401, 403, 429})
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

_logger = logging.getLogger(__name__)


def apply_crawl(database: sqlite3.Connection, home: Home, warc: StoredFile, rule: KeyRule) -> bool:
    """Add one crawl; crawls may be added in any order, since an import may add an old crawl late.

    If its index, report or observations are damaged, they are rebuilt. If the WARC file is damaged, too, the crawl is
    left out, and the log names the files. Return whether it was added.

    Raises:
        OSError: a rebuilt file cannot be written.
    """
    found = _read(home, warc)
    if found is None:
        return False
    report, observations, captures = found
    _apply_articles(database, captures, observations, rule)
    _apply_pages(database, captures, observations)
    _apply_lists(database, observations, rule, is_regular=report.kind in REGULAR_KINDS)
    database.executemany(
        """
        insert into asked values (?, ?, ?, ?)
        on conflict do update set url = excluded.url, is_list = excluded.is_list, asked_at = excluded.asked_at
        where excluded.asked_at >= asked_at
        """,
        [
            (rule.current(page.page_key), page.url, page.is_list, number_of(report.ended_at))
            for page in observations.pages
        ],
    )
    _apply_hosts(database, observations.hosts)
    database.execute(
        f"insert into crawls values ({', '.join('?' * 18)})",  # noqa: S608 - question marks
        [
            report.crawl_id,
            fingerprint(warc),
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
            json.dumps(observations.barren_families),
            json.dumps(observations.view_parameters),
        ],
    )
    return True


def _read(home: Home, warc: StoredFile) -> tuple[CrawlReport, Observations, list[dict[str, Any]]] | None:
    """Return what a crawl's files say, after rebuilding damaged ones; None if the WARC file is damaged."""
    captures = read_index(home, warc)
    if captures is None:
        return None
    try:
        report, observations = _read_json(home, warc)
    except UNREADABLE as error:
        try:
            index_warc(home, warc)
        except DamagedWarcError as also:
            return _read_old(home, warc, captures, f"{error}; {also}")
        _logger.warning("%s or its observations: damaged: %s; rebuilt from %s", report_file(home, warc), error, warc)
        report, observations = _read_json(home, warc)
        # The index was written again, too.
        captures = read_index(home, warc)
    return None if captures is None else (report, observations, captures.to_pylist())


def _read_json(home: Home, warc: StoredFile) -> tuple[CrawlReport, Observations]:
    return parse_report(report_file(home, warc).read()), from_json(observations_file(home, warc).read())


def _read_old(
    home: Home, warc: StoredFile, captures: pa.Table, problem: str
) -> tuple[CrawlReport, Observations, list[dict[str, Any]]] | None:
    """Return what an earlier version's files say of a damaged WARC file; None if they are damaged, too."""
    try:
        report = parse_any_report(report_file(home, warc).read())
        CRAWLS.table([report])  # raises if a value has another type
        return report, from_json(observations_file(home, warc).read()), captures.to_pylist()
    except (pa.ArrowException, *UNREADABLE):
        _logger.warning("%s: this crawl is left out: %s", warc, problem)
        return None


def _apply_articles(
    database: sqlite3.Connection, captures: Iterable[Mapping[str, Any]], observations: Observations, rule: KeyRule
) -> None:
    asked: dict[str, Mapping[str, Any]] = {}
    captured: dict[str, Mapping[str, Any]] = {}
    missing = {rule.current(key): at for key, at in observations.missing.items()}
    doubted = {rule.current(key): at for key, at in observations.doubted.items()}
    gone = {**missing, **doubted}
    blocked = frozenset(observations.blocked)
    also: dict[str, list[str]] = {}
    for key, url in observations.articles.items():
        also.setdefault(url, []).append(key)
    for capture in captures:
        status, requested = capture["status"], capture["article_key"]
        # A 304 response to an unconditional request is not a revisit: no stored page belongs to it.
        is_page = status == 200 or (status == 304 and capture["is_revisit"])
        for recorded in (*([requested] if requested else []), *(also.get(capture["url"], ()) if is_page else ())):
            if recorded in blocked or status >= 500 or status in _REFUSED:
                continue
            key = rule.current(recorded)
            asked.setdefault(key, capture)
            # The article's other address may have been asked after the one where it is gone.
            if is_page and capture["captured_at"] > gone.get(key, _NEVER):
                captured[key] = capture
            elif status in GONE_STATUSES and key not in doubted:
                missing.setdefault(key, capture["captured_at"])
    database.executemany(
        """
        insert into articles (article_key, url, page_key, first_asked_at) values (?, ?, ?, ?)
        on conflict do update set
            url = coalesce(url, excluded.url),
            page_key = coalesce(page_key, excluded.page_key),
            first_asked_at = min(coalesce(first_asked_at, excluded.first_asked_at), excluded.first_asked_at)
        """,
        [
            (key, capture["url"], rule.current(capture["url"]), number_of(capture["captured_at"]))
            for key, capture in asked.items()
        ],
    )
    database.executemany(
        "insert into articles (article_key) values (?) on conflict do nothing",
        [(rule.current(key),) for key in observations.refused],
    )
    database.executemany(
        """
        update articles set
            url = case when :at >= coalesce(last_captured_at, -1) then :url else url end,
            page_key = case when :at >= coalesce(last_captured_at, -1) then :page_key else page_key end,
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
        [
            {
                "key": key,
                "url": found["url"],
                "page_key": rule.current(found["url"]),
                "at": number_of(found["captured_at"]),
            }
            for key, found in captured.items()
        ],
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
    failed = [(rule.current(article.article_key), article) for article in observations.failed]
    _apply_failures(database, [(key, article) for key, article in failed if key not in captured], rule)


def _apply_failures(database: sqlite3.Connection, failed: Iterable[tuple[str, FailedArticle]], rule: KeyRule) -> None:
    values = [
        {"key": key, "url": each.url, "page_key": rule.current(each.url), "at": number_of(each.failed_at)}
        for key, each in failed
    ]
    database.executemany(
        """
        insert into articles (article_key, url, page_key) values (:key, :url, :page_key)
        on conflict do update set
            url = coalesce(url, excluded.url), page_key = coalesce(page_key, excluded.page_key)
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


def _apply_lists(database: sqlite3.Connection, observations: Observations, rule: KeyRule, *, is_regular: bool) -> None:
    rows = [
        (rule.current(row.list_key), rule.current(row.article_key), row.url, number_of(row.listed_at), row)
        for row in observations.listed
    ]
    database.executemany(
        """
        insert into listed values (?, ?, ?, ?, ?, ?)
        on conflict do update set
            mark = case when excluded.listed_at >= listed_at then excluded.mark else mark end,
            url = case
                when excluded.listed_at >= listed_at then coalesce(excluded.url, url)
                else coalesce(url, excluded.url)
            end,
            listed_at = max(excluded.listed_at, listed_at),
            looked_at = coalesce(min(excluded.looked_at, looked_at), excluded.looked_at, looked_at)
        """,
        [(list_key, key, row.mark, url, at, at if is_regular else None) for list_key, key, url, at, row in rows],
    )
    database.executemany(
        "update articles set published_at = ? where article_key = ? and published_at is null",
        [(number_of(row.published_at), key) for _, key, _, _, row in rows if row.published_at],
    )


def _apply_hosts(database: sqlite3.Connection, hosts: Mapping[str, HostAnswers]) -> None:
    database.executemany(
        """
        insert into hosts values (?, ?, ?, ?, ?)
        on conflict do update set
            asked = asked + excluded.asked, not_modified = not_modified + excluded.not_modified,
            false = false + excluded.false, false_lastmods = false_lastmods + excluded.false_lastmods
        """,
        [
            (host, answers.asked, answers.not_modified, answers.false, answers.false_lastmods)
            for host, answers in hosts.items()
        ],
    )
