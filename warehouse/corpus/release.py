"""A published file, read: what a release says of itself, and opening it for queries.

Nothing here needs more than DuckDB and the file. Not here: making releases (`warehouse.tables.publish`), and asking
them (`warehouse.corpus.query`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError
from warehouse.home import Home

FIELDS = ("title", "published_at", "byline", "lead", "body")
"""Columns of fct_articles whose coverage, the share of rows that have them, may not fall."""


# Nothing is fetched behind the user's back: an extension that is not there is an error, not a download.
NO_DOWNLOADS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


class ReleaseError(WarehouseError):
    """A release that cannot be made or read; the last good one stays."""


@dataclass(frozen=True, slots=True)
class PortalFigures:
    """What a release holds of one portal.

    Attributes:
        articles: rows of fct_articles.
        revisions: rows of fct_article_revisions.
        filled: for each of `FIELDS`, how many articles have it; an empty body is none.
    """

    articles: int
    revisions: int
    filled: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Release:
    """What a published file says of itself in its table `meta`.

    Attributes:
        path: the kept file, `releases/<release_id>.duckdb`, or whatever file was read.
        counts: rows by mart.
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
    """Return what a published file says of itself.

    Raises:
        ReleaseError: there is no such file, or it is no release.
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
            raise _no_release(path, error) from error
    if row is None:
        raise _no_release(path, "its table meta is empty")
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
    """Open a published file for queries, read-only, days beginning at midnight in Hà Nội; the caller closes it.

    Raises:
        ReleaseError: there is no such file, or it is no DuckDB file.
    """
    if not path.is_file():
        raise ReleaseError(f"{path}: there is no such release. Run `hanoi-corpus build` to publish one.")
    try:
        release = duckdb.connect(str(path), read_only=True, config=dict(NO_DOWNLOADS))
    except duckdb.Error as error:
        raise _no_release(path, error) from error
    # DuckDB shows times, and cuts them to days, in the session's time zone: by default the machine's.
    release.execute("set TimeZone = 'Asia/Ho_Chi_Minh'")
    return release


def kept_releases(home: Home) -> list[Path]:
    """Return the files of the kept releases, newest first."""
    return sorted(home.releases.glob("[!.]*.duckdb"), reverse=True)


def last_release(home: Home) -> Release | None:
    """Return the release in place; where that file was taken away, the newest kept one; None where there is none.

    Raises:
        ReleaseError: the file in question is no release.
    """
    candidates = [home.corpus_file] if home.corpus_file.exists() else kept_releases(home)
    return read_release(candidates[0]) if candidates else None


def _no_release(path: Path, why: object) -> ReleaseError:
    return ReleaseError(
        f"{path}: this is not a release, or it is damaged: {why}. Put it aside and run `hanoi-corpus build`; "
        "earlier releases stand in the folder `releases`."
    )
