"""The tables of a published file, with values that differ between runs of equal code replaced.

Belongs here: reading the file, and placeholders for ids, times and sizes that differ in every run. Does not belong
here: running the project (`tests.snapshot.parts`).

What differs between runs of equal code, and its placeholder:

- Ids of crawls, captures and runs contain the clock or random characters. A crawl becomes `<portal>#<n>` and a run
  `run <n>`, in order of start; a capture becomes its crawl, its URL, and a number if the crawl fetched the URL twice.
- An event's id is a hash of one of these. A correct hash becomes a fixed text.
- The clock has a fixed time when a day begins, then runs on. A time between the first start and the last end of a day's
  crawls becomes that day. Dates that portals state are kept.
- Each HTML page of the test portals contains a random token, so its digest and its compressed size change with every
  request. The digest becomes the name of the first capture with the same bytes, so equal digests stay visible. Other
  responses are compared by digest and size.
- A crawl has several requests in flight, and responses arrive in any order. So offsets of records are not compared.

The order of the rows in the published file is not compared; that of the columns is, in the table `columns`.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import duckdb

from tests.snapshot.store import Row, Tables

VARIES: Final = "*"
EVER_NEW: Final = frozenset({
    *("release_id", "built_at", "code_version", "extractor_version"),
    *("warc_offset", "revisit_warc_offset", "body_warc_offset"),
})  # fmt: skip
"""Columns that identify the build or the code, or a place in a compressed file."""
OF_THE_PORTAL: Final = frozenset({"published_at", "updated_at"})
"""Times that the portal states; they are never replaced."""

_HANOI: Final = timezone(timedelta(hours=7))
_HTML: Final = "text/html"
_BETWEEN_NAMES: Final = re.compile(r"([/.\s]+)")


def published_tables(file: Path) -> Tables:
    """Return the rows of every table of a published file, and a table `columns` that describes them."""
    with duckdb.connect(str(file), read_only=True) as release:
        release.execute("set TimeZone = 'UTC'")
        names = release.execute("select table_name from duckdb_tables() order by all").fetchall()
        tables = {name: _rows(release, f'from "{name}"') for (name,) in names}
        columns = _rows(
            release,
            "select table_name, column_index, column_name, data_type, comment from duckdb_columns()"
            " union all select table_name, 0, null, null, comment from duckdb_tables()",
        )
    return {**normalised(tables), "columns": columns}


def _rows(release: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    found = release.execute(sql)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@dataclass(frozen=True, slots=True)
class Known:
    """Placeholders for one run of the code.

    Attributes:
        names: placeholders of ids and of digests of HTML pages.
        days: first start and last end of the crawls of each day.
    """

    names: Mapping[str, str]
    days: Mapping[date, tuple[datetime, datetime]]


def normalised(tables: Tables) -> dict[str, list[Row]]:
    """Return the tables, with values that differ between runs of equal code replaced."""
    crawls = sorted(tables["fct_crawls"], key=lambda row: (row["started_at"], row["crawl_id"]))
    names = {**_runs(tables, crawls), **_crawls(crawls)}
    names |= _captures(tables["fct_captures"], names)
    names |= _digests(tables["fct_captures"], names)
    known = Known(names, _days(crawls))
    return {table: [_row(row, known) for row in rows] for table, rows in tables.items()}


def _runs(tables: Tables, crawls: Sequence[Row]) -> dict[str, str]:
    """Return placeholders of the runs that crawled, and of the one that published."""
    runs = dict.fromkeys(row["run_id"] for row in crawls)
    published = {row["run_id"]: "the build" for row in tables.get("meta", ())}
    return {**published, **{run: f"run {number}" for number, run in enumerate(runs, start=1)}}


def _crawls(crawls: Sequence[Row]) -> dict[str, str]:
    counts: Counter[str] = Counter()
    names = {}
    for row in crawls:
        counts[row["portal"]] += 1
        names[row["crawl_id"]] = f"{row['portal']}#{counts[row['portal']]}"
    return names


def _captures(captures: Sequence[Row], names: Mapping[str, str]) -> dict[str, str]:
    counts: Counter[str] = Counter()
    found = {}
    for row in sorted(captures, key=lambda row: (row["warc_file"], row["warc_offset"])):
        name = f"{names.get(row['crawl_id'], row['crawl_id'])} {row['url']}"
        counts[name] += 1
        found[row["capture_id"]] = name if counts[name] == 1 else f"{name} ({counts[name]})"
    return found


def _digests(captures: Sequence[Row], names: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in sorted(captures, key=lambda row: names[row["capture_id"]]):
        if _is_html(row):
            found.setdefault(row["payload_digest"], f"as {names[row['capture_id']]}")
    return found


def _days(crawls: Sequence[Row]) -> dict[date, tuple[datetime, datetime]]:
    days: dict[date, tuple[datetime, datetime]] = {}
    for row in crawls:
        day = row["started_at"].astimezone(_HANOI).date()
        first, last = days.get(day, (row["started_at"], row["ended_at"]))
        days[day] = (min(first, row["started_at"]), max(last, row["ended_at"]))
    return days


def _is_html(row: Row) -> bool:
    return str(row.get("content_type")).startswith(_HTML)


def _row(row: Row, known: Known) -> Row:
    return {column: _cell(row, column, known) for column in row}


def _cell(row: Row, column: str, known: Known) -> Any:
    value = row[column]
    if value is None:
        return None
    if column in EVER_NEW or (column == "bytes" and _is_html(row)):
        return VARIES
    if column == "event_id" and value == _event_id(row):
        return "the hash of its capture"
    return _value(value, known, is_of_the_portal=column in OF_THE_PORTAL)


def _event_id(row: Row) -> str:
    text = "\n".join((row["article_id"], row["event"], row["capture_id"]))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _value(value: Any, known: Known, *, is_of_the_portal: bool) -> Any:
    if isinstance(value, str):
        return known.names.get(value) or "".join(known.names.get(part, part) for part in _BETWEEN_NAMES.split(value))
    if isinstance(value, datetime):
        return value.isoformat() if is_of_the_portal else _moment(value, known)
    if isinstance(value, list):
        return [_value(item, known, is_of_the_portal=is_of_the_portal) for item in value]
    if isinstance(value, dict):
        return {key: value[key] for key in sorted(value)}
    return value


def _moment(at: datetime, known: Known) -> str:
    during = [day for day, (first, last) in known.days.items() if first <= at <= last]
    return f"while crawling on {during[0]}" if during else at.isoformat()
