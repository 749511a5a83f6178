"""Reads the metadata of published files, and opens them for queries.

Does not belong here: making releases (`warehouse.tables.publish`), and running queries (`warehouse.corpus.query`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.clock import HANOI_TIME
from warehouse.errors import WarehouseError
from warehouse.home import Home

FIELDS = ("title", "published_at", "byline", "lead", "body")
"""Columns of fct_articles whose coverage (the share of rows that have them) the guard compares."""

# DuckDB must not download extensions: a missing one is an error.
NO_DOWNLOADS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


class ReleaseError(WarehouseError):
    """A release cannot be made or read; the last good one is kept."""


@dataclass(frozen=True, slots=True)
class PortalFigures:
    """The figures of one portal in a release.

    Attributes:
        articles: rows of fct_articles.
        revisions: rows of fct_article_revisions.
        filled: for each of `FIELDS`, the number of articles that have it; an empty body does not count.
    """

    articles: int
    revisions: int
    filled: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Release:
    """The metadata of a published file, from its tables `meta` and `meta_portals`.

    Attributes:
        path: the kept file, `releases/<release_id>.duckdb`, or the file that was read.
        counts: the number of rows by mart.
        portals: the guard's figures by portal.
    """

    release_id: str
    path: Path
    built_at: datetime
    code_version: str
    schema_version: int
    extractor_version: str
    run_id: str
    counts: Mapping[str, int]
    portals: Mapping[str, PortalFigures]


def read_release(path: Path) -> Release:
    """Return the metadata of a published file.

    Raises:
        ReleaseError: the file does not exist, or is not a release.
    """
    with open_release(path) as file:
        try:
            row = file.execute(
                "select epoch_us(built_at), release_id, code_version, schema_version, extractor_version, run_id, counts"
                " from meta"
            ).fetchone()
            portals = file.execute(
                "select portal, articles, revisions, title, published_at, byline, lead, body from meta_portals"
            ).fetchall()
        except duckdb.Error as error:
            raise _not_a_release(path, error) from error
    if row is None:
        raise _not_a_release(path, "its table meta is empty")
    return Release(
        release_id=row[1],
        path=path,
        built_at=datetime.fromtimestamp(0, UTC) + timedelta(microseconds=row[0]),
        code_version=row[2],
        schema_version=row[3],
        extractor_version=row[4],
        run_id=row[5],
        counts=row[6],
        portals={
            portal: PortalFigures(articles, revisions, dict(zip(FIELDS, filled, strict=True)))
            for portal, articles, revisions, *filled in portals
        },
    )


def open_release(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a published file for queries, read-only and in Hanoi's time zone; the caller closes it.

    Raises:
        ReleaseError: the file does not exist, or is not a DuckDB file.
    """
    if not path.is_file():
        raise ReleaseError(f"{path}: there is no such release. Run `hanoi-corpus build` to publish one.")
    try:
        release = duckdb.connect(str(path), read_only=True, config=dict(NO_DOWNLOADS))
    except duckdb.Error as error:
        raise _not_a_release(path, error) from error
    # DuckDB uses the session's time zone to show times and to truncate them to days; the default is the machine's.
    release.execute(f"set TimeZone = '{HANOI_TIME}'")
    return release


def joined_articles(last: Release, new: Release) -> Mapping[str, int]:
    """Return by portal how many articles of the last release are one with another in the new one.

    Raises:
        ReleaseError: a file does not exist, or is not a release.
        duckdb.Error: the last release cannot be read beside the new one.
    """
    with open_release(new.path) as release:
        quoted = str(last.path).replace("'", "''")  # ATTACH takes no parameters
        release.execute(f"attach '{quoted}' as last_release (read_only)")
        rows = release.execute(
            "select former.portal, count(*) - count(distinct coalesce(ids.article_id, former.article_id))"
            " from last_release.fct_articles as former"
            " left join dim_article_ids as ids on former.article_id = ids.former_article_id"
            " group by former.portal"
        ).fetchall()
    return dict(rows)


def kept_releases(home: Home) -> list[Path]:
    """Return the files of the kept releases, newest first."""
    return sorted(home.releases.glob("[!.]*.duckdb"), reverse=True)


def last_release(home: Home) -> Release | None:
    """Return the release in `corpus.duckdb`; if that is missing, the newest kept one, or None.

    Raises:
        ReleaseError: the file is not a release.
    """
    candidates = [home.corpus_file] if home.corpus_file.exists() else kept_releases(home)
    return read_release(candidates[0]) if candidates else None


def _not_a_release(path: Path, why: object) -> ReleaseError:
    return ReleaseError(
        f"{path}: this is not a release, or it is damaged: {why}. Move it away and run `hanoi-corpus build`; "
        "earlier releases are in the folder `releases`."
    )
