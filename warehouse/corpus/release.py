"""Reads the metadata of published files, and opens them for queries.

Does not belong here: making releases (`warehouse.tables.publish`), and running queries (`warehouse.corpus.query`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.clock import HANOI_TIME
from warehouse.errors import InputError, WarehouseError
from warehouse.home import Home

FIELDS = ("title", "published_at", "byline", "lead", "body")
"""Columns of fct_articles whose coverage (the share of rows that have them) the guard compares."""

# DuckDB must not download extensions: a missing one is an error.
NO_DOWNLOADS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


# DuckDB has checksums of all blocks and of its log; it raises the same classes for a full disk, and for SQL.
_DAMAGE = re.compile(
    r"[Cc]orrupt|not a valid DuckDB database|Could not read (?:enough|all)|replaying WAL|[Dd]eserializ"
)


class ReleaseError(WarehouseError):
    """A release cannot be made or read; the last good one is kept."""


class DamagedReleaseError(ReleaseError):
    """A file is not a release, or is damaged."""


class UnknownReleaseError(ReleaseError, InputError):
    """No release has this id; the message names those that are kept."""


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
        inputs_digest: digest of all that its rows depend on (`warehouse.tables.inputs`); None if it is not known.
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
    inputs_digest: str | None = None


def is_damage(error: duckdb.Error) -> bool:
    """Tell whether DuckDB raised an error because a file is damaged, or is no DuckDB file."""
    return isinstance(error, (duckdb.SerializationException, duckdb.InternalException)) or bool(
        _DAMAGE.search(str(error))
    )


def read_release(path: Path) -> Release:
    """Return the metadata of a published file.

    Raises:
        ReleaseError: the file does not exist.
        DamagedReleaseError: the file is not a release, or is damaged.
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
            inputs_digest = _inputs_digest(file)
        except duckdb.Error as error:
            raise not_a_release(path, error) from error
    if row is None:
        raise not_a_release(path, "its table meta is empty")
    return Release(
        release_id=row[1],
        path=path,
        built_at=moment(row[0]),
        code_version=row[2],
        schema_version=row[3],
        extractor_version=row[4],
        run_id=row[5],
        counts=row[6],
        portals={
            portal: PortalFigures(articles, revisions, dict(zip(FIELDS, filled, strict=True)))
            for portal, articles, revisions, *filled in portals
        },
        inputs_digest=inputs_digest,
    )


def _inputs_digest(file: duckdb.DuckDBPyConnection) -> str | None:
    columns = file.execute("select column_name from duckdb_columns() where table_name = 'meta'").fetchall()
    if ("inputs_digest",) not in columns:
        return None  # of an earlier version
    found = file.execute("select inputs_digest from meta").fetchone()
    return found[0] if found else None


def verify_release(path: Path) -> None:
    """Read every block of a published file, so that DuckDB verifies their checksums.

    Raises:
        ReleaseError: the file does not exist.
        DamagedReleaseError: the file is not a release, or is damaged.
    """
    with open_release(path) as file:
        try:
            for (table,) in file.execute("select table_name from duckdb_tables() where not internal").fetchall():
                quoted = table.replace('"', '""')
                file.execute(f'select max(hash(rows)) from "{quoted}" as rows')  # noqa: S608 - quoted
        except duckdb.Error as error:
            raise not_a_release(path, error) from error


def moment(microseconds: int) -> datetime:
    """Return the time that DuckDB's `epoch_us` gives: this needs no pytz, unlike a timestamptz."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)


def release_file(home: Home, release_id: str | None) -> Path:
    """Return the file of a kept release; of the published one if the id is None.

    Raises:
        UnknownReleaseError: there is no such file.
    """
    file = home.corpus_file if release_id is None else home.releases / f"{Path(release_id).name}.duckdb"
    if not file.exists():
        kept = ", ".join(path.stem for path in kept_releases(home)) or "none"
        raise UnknownReleaseError(f"{file}: no such file; kept releases: {kept}. `hanoi-corpus run` creates one.")
    return file


def open_release(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a published file for queries, read-only and in Hanoi's time zone; the caller closes it.

    Raises:
        ReleaseError: the file does not exist.
        DamagedReleaseError: the file is not a DuckDB file, or is damaged.
    """
    if not path.is_file():
        raise ReleaseError(f"{path}: there is no such release. Run `hanoi-corpus build` to publish one.")
    try:
        release = duckdb.connect(str(path), read_only=True, config=dict(NO_DOWNLOADS))
    except duckdb.Error as error:
        raise not_a_release(path, error) from error
    # DuckDB uses the session's time zone to show times and to truncate them to days; the default is the machine's.
    release.execute(f"set TimeZone = '{HANOI_TIME}'")
    return release


def joined_articles(last: Release, new: Release) -> Mapping[str, int]:
    """Return by portal how many articles of the last release are one with another in the new one.

    Raises:
        DamagedReleaseError: the last release is damaged.
        ReleaseError: a file does not exist, or is not a release.
        duckdb.Error: the last release cannot be read beside the new one.
    """
    with open_release(new.path) as release:
        quoted = str(last.path).replace("'", "''")  # ATTACH takes no parameters
        try:
            release.execute(f"attach '{quoted}' as last_release (read_only)")
            rows = release.execute(
                "select former.portal, count(*) - count(distinct coalesce(ids.article_id, former.article_id))"
                " from last_release.fct_articles as former"
                " left join dim_article_ids as ids on former.article_id = ids.former_article_id"
                " group by former.portal"
            ).fetchall()
        except duckdb.Error as error:
            if is_damage(error):
                raise not_a_release(last.path, error) from error
            raise
    return dict(rows)


def only_from(release: Release, crawl_ids: Collection[str]) -> tuple[int, Mapping[str, int]]:
    """Return what a release has from some crawls alone: the number of captures, and of articles by portal.

    Raises:
        ReleaseError: the file does not exist.
        DamagedReleaseError: the file is not a release, or is damaged.
    """
    if not crawl_ids:
        return 0, {}
    with open_release(release.path) as opened:
        try:
            opened.execute("create temp table given as select unnest(?) as crawl_id", [sorted(crawl_ids)])
            captures = opened.execute("select count(*) from fct_captures semi join given using (crawl_id)").fetchall()
            articles = opened.execute(
                "select portal, count(*) from fct_articles anti join ("
                " select article_id from fct_article_revisions join fct_captures using (capture_id)"
                " anti join given using (crawl_id)) using (article_id) group by portal"
            ).fetchall()
        except duckdb.Error as error:
            raise not_a_release(release.path, error) from error
    return int(captures[0][0]), dict(articles)


def kept_releases(home: Home) -> list[Path]:
    """Return the files of the kept releases, newest first."""
    return sorted((path for path in home.releases.glob("[!.]*.duckdb") if path.is_file()), reverse=True)


def last_releases(home: Home) -> list[Path]:
    """Return the files that may hold the last release, best first.

    That is `corpus.duckdb`, then the kept ones, newest first, without the one of which `corpus.duckdb` is a hard link.
    """
    files = [home.corpus_file] if home.corpus_file.is_file() else []
    return [*files, *(kept for kept in kept_releases(home) if not (files and kept.samefile(home.corpus_file)))]


def no_such_release(home: Home, release_id: str, known: Iterable[str]) -> UnknownReleaseError:
    """Return the error for an id that is not among the known ones, which the message names."""
    return UnknownReleaseError(
        f"{release_id}: there is no such release in {home.releases}; kept releases: {', '.join(known) or 'none'}"
    )


def not_a_release(path: Path, why: object) -> DamagedReleaseError:
    """Return the error for a file that is not a release, or is damaged; the message says what to do."""
    return DamagedReleaseError(
        f"{path}: this is not a release, or it is damaged: {why}. `hanoi-corpus build` publishes a new one; earlier "
        "releases are in the folder `releases`."
    )
