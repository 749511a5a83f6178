"""Publishes the marts as one read-only DuckDB file.

A release is a copy of the file of the marts, with two tables of metadata. It is written under a hidden name, read back,
compared with the last release by the guard, and synced. Then it is moved to its name in `releases/`, and a hard link to
it replaces `corpus.duckdb` atomically: readers that have the old file open keep reading it, and if the process is
killed, `corpus.duckdb` is the old file or the new one.
If `corpus.duckdb` has the rows of the marts already, nothing is published.
Belongs here: writing, checking and publishing a release.
Does not belong here: the marts (`dbt_models`), the guard's limits (`warehouse.tables.guard`), reading a release
(`warehouse.corpus.release`), and deleting old ones (`warehouse.tables.retention`).
"""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Mapping
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

MARTS: Mapping[str, str] = {
    # By date, so that a query for a period reads only the row groups of that period.
    "fct_articles": "published_at nulls last, article_id",
    "fct_article_revisions": "article_id, revision",
    "fct_article_events": "happened_at, article_id, event_number",
    "fct_shared_passages": "first_published_at nulls last, passage_id, is_first desc, article_id, start_offset",
    "fct_portal_days": "portal, day_on",
    "fct_near_duplicates": "published_by, article_id, revision, other_article_id, other_revision",
    "fct_reprints": "published_by nulls last, article_id",
    "fct_portal_flows": "original_portal, portal",
    "fct_stale_copies": "corrected_at, article_id, original_article_id, original_revision, sentence_number",
    "fct_story_articles": "published_by, article_id",
    "fct_story_changes": "changed_on, kind, story_id",
    "dim_stories": "first_published_by, story_id",
    "fct_captures": "captured_at, capture_id",
    "fct_crawls": "started_at, crawl_id",
    "fct_extraction_quality": "looked_at, crawl_id",
    "fct_unread_pages": "captured_at, capture_id",
    "dim_article_ids": "former_article_id",
    "dim_portals": "slug",
}
"""The published tables, each with the order of its rows in a file that is written anew."""

WORN_SHARE_MAX = 1 / 3
"""Share of the file of the marts in replaced rows and unused blocks, beyond which it is written anew.

Writing 1,000,000 articles anew takes four minutes of one core, and copying them takes seconds.
"""

_PUBLISHED = "raw.published_file"

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
        if _worn_share(home) > WORN_SHARE_MAX:
            _write_anew(home, on_progress)
        _write(home, temporary, about)
        if on_progress:
            on_progress(len(MARTS), len(MARTS))
        release = read_release(temporary)
        _judge(home, release, allow)
        _keep(temporary, kept)
        _put_in_place(home, kept)
    except (OSError, duckdb.Error) as error:
        if isinstance(error, duckdb.Error) and store.is_out_of_memory(error):
            raise store.out_of_memory(home, "publishing", error) from error
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
    """Return the release in `corpus.duckdb` if it is intact and made of these inputs, else None.

    A file that is as it was when it was found intact is not read again.
    """
    if made_of is None or not home.corpus_file.is_file():
        return None
    try:
        release = read_release(home.corpus_file)
        if release.inputs_digest != made_of:
            return None
        if _known_as_intact(home) != durable.mark(home.corpus_file):
            verify_release(home.corpus_file)
            _note_as_intact(home)
    except DamagedReleaseError as error:
        _logger.warning("%s", error)
        return None
    kept = home.releases / f"{release.release_id}.duckdb"
    return replace(release, path=kept) if kept.is_file() else release


def damage_of_published(home: Home) -> str | None:
    """Read all of `corpus.duckdb`; return what is damaged, or None.

    The next build publishes a damaged one anew. The caller holds the lock.

    Raises:
        StoreError: the warehouse cannot be written.
    """
    if not home.corpus_file.is_file():
        return None
    try:
        verify_release(home.corpus_file)
    except DamagedReleaseError as error:
        with store.connect(home) as warehouse, store.transaction(warehouse, home):
            warehouse.execute(f"drop table if exists {_PUBLISHED}")
        return str(error)
    return None


def _known_as_intact(home: Home) -> str | None:
    """Return the mark of `corpus.duckdb` when it was last found intact."""
    schema, table = _PUBLISHED.split(".")
    with store.connect(home) as warehouse:
        if not store.has_table(warehouse, schema, table):
            return None
        found = warehouse.execute(f"select mark from {_PUBLISHED}").fetchone()  # noqa: S608 - a constant
    return found[0] if found else None


def _note_as_intact(home: Home) -> None:
    mark = durable.mark(home.corpus_file)
    with store.connect(home) as warehouse, store.transaction(warehouse, home):
        warehouse.execute("create schema if not exists raw")
        warehouse.execute(f"create or replace table {_PUBLISHED} as select $mark as mark", {"mark": mark})


def _worn_share(home: Home) -> float:
    """Return the share (0 to 1) of the file of the marts in replaced rows and in blocks that nothing uses.

    Raises:
        ReleaseError: marts are missing.
    """
    with store.connect(home) as warehouse:
        if missing := sorted(MARTS.keys() - _tables_of(warehouse, store.MARTS_CATALOG)):
            raise ReleaseError(f"{home.marts_file} has no {', '.join(missing)}: run `hanoi-corpus build`.")
        found = warehouse.execute(
            "select total_blocks, free_blocks from pragma_database_size() where database_name = $marts",
            {"marts": store.MARTS_CATALOG},
        ).fetchone()
        total, worn = found or (0, 0)
        for table, stored in warehouse.execute(
            "select table_name, estimated_size from duckdb_tables() where database_name = $marts",
            {"marts": store.MARTS_CATALOG},
        ).fetchall():
            name = f"{store.MARTS_CATALOG}.{table}"
            rows, blocks = warehouse.execute(
                f"select (select count(*) from {name}), (select count(distinct block_id)"  # noqa: S608 - our own names
                f" from pragma_storage_info('{name}') where block_id >= 0)"
            ).fetchall()[0]
            worn += blocks * (1 - rows / stored) if stored else 0
    return float(worn / total) if total else 0.0


def _write_anew(home: Home, on_progress: Callable[[int, int], None] | None) -> None:
    """Replace the file of the marts by one with the same rows, in order and without gaps."""
    made = home.duckdb / f".{home.marts_file.name}.tmp"
    paths = [str(path).replace("'", "''") for path in (home.marts_file, made)]  # ATTACH takes no parameters
    with duckdb.connect(config=store.settings_of(home)) as both:
        both.execute(f"attach '{paths[0]}' as worn (read_only)")
        both.execute(f"attach '{paths[1]}' as anew (storage_version '{store.STORAGE_VERSION}')")
        both.execute("copy from database worn to anew (schema)")
        _drop_others(both, "anew", {*MARTS, store.STATE_TABLE})
        if store.STATE_TABLE in _tables_of(both, "worn"):
            both.execute(f"insert into anew.{store.STATE_TABLE} from worn.{store.STATE_TABLE}")
        for done, (mart, order) in enumerate(MARTS.items(), 1):
            both.execute(f"insert into anew.{mart} select * from worn.{mart} order by {order}")  # noqa: S608 - constants
            if on_progress:
                on_progress(done, len(MARTS))
        both.execute("checkpoint anew")
    durable.put_in_place(made, home.marts_file)


def _drop_others(connection: duckdb.DuckDBPyConnection, catalog: str, kept: Collection[str]) -> None:
    """Drop the tables that are not to be kept: of a model that is no more, or of a dbt that was killed."""
    for name in sorted(_tables_of(connection, catalog).difference(kept)):
        connection.execute(f'drop table "{catalog}"."{name}"')


def _tables_of(connection: duckdb.DuckDBPyConnection, catalog: str) -> set[str]:
    query = "select table_name from duckdb_tables() where database_name = ?"
    return {name for (name,) in connection.execute(query, [catalog]).fetchall()}


def _write(home: Home, temporary: Path, about: Mapping[str, object]) -> None:
    """Copy the file of the marts, and add the tables of metadata to the copy."""
    with store.connect(home) as warehouse:
        warehouse.execute(f"checkpoint {store.MARTS_CATALOG}")
    made = home.duckdb / temporary.name  # where DuckDB can write its log beside the file
    durable.copy(home.marts_file, made)
    with duckdb.connect(str(made), config=store.settings_of(home)) as release:
        _drop_others(release, release.execute("select current_database()").fetchall()[0][0], MARTS)
        _write_meta(release, about)
        release.execute("checkpoint")
    shutil.move(made, temporary)  # copied, if DuckDB writes on another file system


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
        " count(*) filter (where word_count > 0) as body"  # the texts themselves would be a gigabyte to read
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
    _note_as_intact(home)


def _link_file(home: Home) -> Path:
    return home.corpus_file.with_name(f".{home.corpus_file.name}.tmp")


def _clean(home: Home) -> None:
    """Delete temporary files of failed and killed publications; because of the lock, no other is running."""
    unfinished = (file for folder in (home.duckdb, home.releases) for file in folder.glob(".*.duckdb.tmp*"))
    for leftover in [*unfinished, _link_file(home)]:
        leftover.unlink(missing_ok=True)
