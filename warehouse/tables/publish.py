"""Publishes the marts as one compacted, read-only DuckDB file.

A release is written under a hidden name, read back, compared with the last release by the guard, and synced. Then it is
moved to its name in `releases/`, and a hard link to it replaces `corpus.duckdb` atomically: readers that have the old
file open keep reading it, and if the process is killed, `corpus.duckdb` is the old file or the new one.
If `corpus.duckdb` has the rows of the marts already, nothing is published.
Belongs here: writing, checking and publishing a release.
Does not belong here: the marts (`dbt_models`), the guard's limits (`warehouse.tables.guard`), reading a release
(`warehouse.corpus.release`), and deleting old ones (`warehouse.tables.retention`).
"""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse import durable
from warehouse.archive.files import set_aside_crawls
from warehouse.corpus.release import (
    DamagedReleaseError,
    Release,
    ReleaseError,
    is_damage,
    joined_articles,
    last_releases,
    only_from,
    read_release,
    verify_release,
)
from warehouse.home import Home
from warehouse.tables import inputs, store
from warehouse.tables.guard import NAMES, GuardError, violations

SCHEMA_VERSION = 2
"""Increase with every change of the published columns that could break a query."""

STORAGE_VERSION = "v1.5.0"
"""DuckDB's file format: a third of the size of the default one for the same articles."""

MARTS: Mapping[str, str] = {
    # By date, so that a query for a period reads only the row groups of that period.
    "fct_articles": "published_at nulls last, article_id",
    "fct_article_revisions": "article_id, revision",
    "fct_article_events": "happened_at, article_id, event_number",
    "fct_portal_days": "portal, day_on",
    "fct_captures": "captured_at, capture_id",
    "fct_crawls": "started_at, crawl_id",
    "fct_extraction_quality": "looked_at, crawl_id",
    "fct_unread_pages": "captured_at, capture_id",
    "dim_article_ids": "former_article_id",
    "dim_portals": "slug",
}
"""The published tables, each with the order of its rows."""

_BATCH_ROWS = 2_000

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Publication:
    """The result of publishing.

    Attributes:
        release: the release in `corpus.duckdb`.
        is_new: whether this call published it; otherwise it had the rows of the marts already.
    """

    release: Release
    is_new: bool


def publish(
    home: Home,
    *,
    run_id: str,
    code_version: str,
    extractor_version: str,
    allow: frozenset[str] = frozenset(),
    on_progress: Callable[[int, int], None] | None = None,
) -> Publication:
    """Publish the marts that dbt has built, unless they are published; the caller holds the lock.

    `allow` names the limits of the guard (`warehouse.tables.guard.NAMES`) to override in this call. A new release is
    published as `releases/<release_id>.duckdb` and `corpus.duckdb`. `on_progress` is called with the number of tables
    that are written, and of all.

    Raises:
        GuardError: the new release exceeds a limit of the guard that `allow` does not override.
        DamagedStoreError: the warehouse is damaged.
        ReleaseError: `allow` has an unknown name, marts or articles are missing, or a file cannot be read or written.
    """
    if unknown := allow - NAMES:
        raise ReleaseError(f"no guard is named {', '.join(sorted(unknown))}; there are {', '.join(sorted(NAMES))}")
    home.releases.mkdir(parents=True, exist_ok=True)
    _clean(home)
    made_of = inputs.made_of(home)
    if published := _published_of(home, made_of):
        return Publication(published, is_new=False)
    built_at = datetime.now(UTC)
    release_id = f"{built_at:%Y%m%dT%H%M%S}{built_at.microsecond // 1000:03d}Z"
    temporary = home.releases / f".{release_id}.duckdb.tmp"
    kept = home.releases / f"{release_id}.duckdb"
    about: dict[str, object] = {
        "release_id": release_id,
        "built_at": built_at,
        "code_version": code_version,
        "schema_version": SCHEMA_VERSION,
        "extractor_version": extractor_version,
        "run_id": run_id,
        "inputs_digest": made_of,
    }
    try:
        _write(home, temporary, about, on_progress)
        release = read_release(temporary)
        _judge(home, release, allow)
        _keep(temporary, kept)
        _put_in_place(home, kept)
    except (OSError, duckdb.Error) as error:
        if isinstance(error, duckdb.Error) and is_damage(error):
            raise store.DamagedStoreError(
                f"{home.warehouse_file}: damaged: {error}. {home.corpus_file} stays as it was. "
                "`hanoi-corpus build` rebuilds the file from the archive."
            ) from error
        raise ReleaseError(
            f"the release could not be written to {home.releases}: {error}. {home.corpus_file} stays as it was. "
            "If the disk is full, free some space and run `hanoi-corpus build` again."
        ) from error
    finally:
        _clean(home)
    return Publication(replace(release, path=kept), is_new=True)


def _published_of(home: Home, made_of: str | None) -> Release | None:
    """Return the release in `corpus.duckdb` if it is intact and made of these inputs, else None."""
    if made_of is None or not home.corpus_file.is_file():
        return None
    try:
        release = read_release(home.corpus_file)
        if release.inputs_digest != made_of:
            return None
        verify_release(home.corpus_file)
    except DamagedReleaseError as error:
        _logger.warning("%s", error)
        return None
    kept = home.releases / f"{release.release_id}.duckdb"
    return replace(release, path=kept) if kept.is_file() else release


def _write(
    home: Home, temporary: Path, about: Mapping[str, object], on_progress: Callable[[int, int], None] | None
) -> None:
    """Copy the marts from the warehouse into a new file, and add the tables of metadata."""
    settings = store.settings_of(home) | {"storage_compatibility_version": STORAGE_VERSION}
    with store.connect(home) as warehouse:
        present = warehouse.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        if missing := sorted(MARTS.keys() - {name for (name,) in present}):
            raise ReleaseError(f"{home.warehouse_file} has no {', '.join(missing)}: run `hanoi-corpus build`.")
        made = home.duckdb / temporary.name
        with duckdb.connect(str(made), config=settings) as release:
            for done, (mart, order) in enumerate(MARTS.items(), 1):
                _copy(warehouse, release, mart, order)
                if on_progress:
                    on_progress(done, len(MARTS))
            _write_meta(release, about)
            release.execute("checkpoint")
    shutil.move(made, temporary)  # copied, if DuckDB writes on another file system


def _copy(warehouse: duckdb.DuckDBPyConnection, release: duckdb.DuckDBPyConnection, mart: str, order: str) -> None:
    """Copy one mart with comments; two connections, so that a disk error damages only the new file."""
    rows = warehouse.execute(f"select * from marts.{mart} order by {order}")  # noqa: S608 - constants
    release.register("incoming", rows.to_arrow_reader(_BATCH_ROWS))
    release.execute(f"create table {mart} as select * from incoming")  # noqa: S608 - constant
    release.unregister("incoming")
    comments = warehouse.execute(
        "select null, comment from duckdb_tables() where schema_name = 'marts' and table_name = $mart"
        " union all "
        "select column_name, comment from duckdb_columns() where schema_name = 'marts' and table_name = $mart",
        {"mart": mart},
    ).fetchall()
    for column, comment in comments:
        if comment:
            target = f"table {mart}" if column is None else f'column {mart}."{column}"'
            quoted = comment.strip().replace("'", "''")  # COMMENT takes no parameters
            release.execute(f"comment on {target} is '{quoted}'")


def _write_meta(release: duckdb.DuckDBPyConnection, about: Mapping[str, object]) -> None:
    """Add the tables `meta`, with one row, and `meta_portals`, with one row per portal with articles."""
    counts: dict[str, int] = {}
    for mart in MARTS:
        (counts[mart],) = release.execute(f"select count(*) from {mart}").fetchall()[0]  # noqa: S608 - constant
    if not counts["fct_articles"]:
        raise ReleaseError("there are no articles to publish: run `hanoi-corpus crawl`, then `hanoi-corpus build`.")
    release.execute(
        "create table meta (release_id varchar, built_at timestamptz, code_version varchar, schema_version integer,"
        " extractor_version varchar, run_id varchar, inputs_digest varchar, counts map(varchar, bigint))"
    )
    release.execute(
        "insert into meta values (?, ?, ?, ?, ?, ?, ?, map(?, ?))",
        [*about.values(), list(counts.keys()), list(counts.values())],
    )
    release.execute(
        "create table meta_portals as"
        " select portal, count(*) as articles, cast(sum(revision_count) as bigint) as revisions,"
        " count(title) as title, count(published_at) as published_at, count(byline) as byline, count(lead) as lead,"
        " count(*) filter (where body != '') as body"
        " from fct_articles group by portal order by portal"
    )
    release.execute("comment on table meta is 'What this release is: cite release_id'")
    release.execute("comment on table meta_portals is 'Articles, revisions and articles with each field, by portal'")


def _judge(home: Home, new: Release, allow: frozenset[str]) -> None:
    """Compare the new release with the last one that is intact; damaged ones are named and set aside."""
    for path in last_releases(home):
        try:
            _compare(home, read_release(path), new, allow)
        except DamagedReleaseError as error:
            _logger.warning("%s It is not compared with the new release.", error)
            if path == home.corpus_file:
                # Nothing but this file may have its content.
                path.with_name(f"{path.name}.{new.release_id}.damaged").hardlink_to(path)
        else:
            return


def _compare(home: Home, last: Release, new: Release, allow: frozenset[str]) -> None:
    # Crawls that were set aside since are no loss; each command names their files.
    gone, gone_articles = only_from(last, set_aside_crawls(home))
    captures = (last.counts["fct_captures"] - gone, new.counts["fct_captures"])
    joined = Counter(joined_articles(last, new)) + Counter(gone_articles)
    found = violations(last.portals, new.portals, *captures, joined)
    if held_back := tuple(violation for violation in found if violation.name not in allow):
        names = sorted({violation.name for violation in held_back})
        lines = "\n".join(f"  - {violation}" for violation in held_back)
        raise GuardError(
            f"not published: the new release falls short of the last one ({last.release_id}).\n{lines}\n"
            f"{home.corpus_file} stays as it was. If this is meant: "
            f"`hanoi-corpus build {' '.join(f'--allow {name}' for name in names)}`, or `allow: {names}` in the "
            "configuration of the Dagster asset `corpus`.",
            held_back,
        )


def _keep(temporary: Path, kept: Path) -> None:
    """Make the complete file read-only, and move it to its name in `releases/` durably."""
    temporary.chmod(0o444)
    durable.put_in_place(temporary, kept)


def _put_in_place(home: Home, kept: Path) -> None:
    """Publish the kept file: a hard link to it replaces `corpus.duckdb` atomically."""
    link = _link_file(home)
    link.hardlink_to(kept)
    link.replace(home.corpus_file)
    durable.sync(home.root)


def _link_file(home: Home) -> Path:
    return home.corpus_file.with_name(f".{home.corpus_file.name}.tmp")


def _clean(home: Home) -> None:
    """Delete temporary files of failed and killed publications; because of the lock, no other is running."""
    unfinished = (file for folder in (home.duckdb, home.releases) for file in folder.glob(".*.duckdb.tmp*"))
    for leftover in [*unfinished, _link_file(home)]:
        leftover.unlink(missing_ok=True)
