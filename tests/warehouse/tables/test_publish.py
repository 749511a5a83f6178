"""Publishing: a release's content, failures that keep the last one, and readers of an old one."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.tables import made_up
from warehouse.archive.files import note_file, warc_file
from warehouse.corpus.release import Release, ReleaseError, kept_releases, open_release, read_release
from warehouse.home import Home
from warehouse.tables import inputs, lock, publish, store
from warehouse.tables.guard import NAMES, GuardError


@pytest.fixture
def home(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    built, _ = made_up.built(tmp_path_factory)
    home = made_up.copy_of(built, tmp_path / "o'nhà")
    with lock.hold(home, "test", 0):
        yield home


def release(home: Home, *allow: str) -> Release:
    return published(home, *allow).release


def published(home: Home, *allow: str) -> publish.Publication:
    return publish.publish(
        home, run_id="run-1", code_version="0.1.0", extractor_version=made_up.VERSION, allow=frozenset(allow)
    )


def change(home: Home, sql: str) -> None:
    with store.connect(home) as warehouse:
        warehouse.execute(sql)


def ask(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_release(path) as file:
        return file.execute(sql).fetchall()


def files(home: Home) -> list[str]:
    return sorted(path.name for path in [*home.root.iterdir(), *home.releases.iterdir()])


def test_a_release_has_the_rows_of_the_marts(home: Home) -> None:
    done = release(home)
    with store.connect(home) as warehouse:
        for mart in publish.MARTS:
            mine = warehouse.table(f"marts.{mart}").order("all")
            with open_release(home.corpus_file) as file:
                theirs = file.table(mart).order("all")
                assert (mine.columns, mine.types) == (theirs.columns, theirs.types)
                assert mine.fetchall() == theirs.fetchall()
            assert done.counts[mart] == mine.count("*").fetchall()[0][0]
    tables = ask(home.corpus_file, "select schema_name, table_name from duckdb_tables() order by all")
    assert tables == [("main", name) for name in sorted([*publish.MARTS, "meta", "meta_portals"])]


@pytest.mark.parametrize("name", ["kho#1", "kho?1", "kho \"dữ liệu\" #1?%20'a';&"])
def test_a_home_that_duckdb_cannot_write_in_has_releases_all_the_same(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    built, _ = made_up.built(tmp_path_factory)
    moved = made_up.copy_of(built, tmp_path / name)
    with lock.hold(moved, "test", 0):
        first, second = release(moved), release(moved)
    assert kept_releases(moved) == [second.path, first.path]
    assert ask(moved.corpus_file, "select release_id from meta") == [(second.release_id,)]
    assert sorted(path.name for path in moved.duckdb.iterdir()) == ["warehouse-marts.duckdb", "warehouse.duckdb"]
    assert [name for name in files(moved) if "tmp" in name] == []


def test_a_release_has_its_metadata(home: Home) -> None:
    done = release(home)
    assert ask(home.corpus_file, "select release_id, code_version, extractor_version, run_id from meta") == [
        (done.release_id, "0.1.0", made_up.VERSION, "run-1")
    ]
    read = read_release(home.corpus_file)
    assert (read.release_id, read.built_at, read.counts, read.portals) == (
        done.release_id,
        done.built_at,
        done.counts,
        done.portals,
    )
    assert read.schema_version == publish.SCHEMA_VERSION
    assert read.portals["my-duc"].revisions == 5
    assert read.portals["my-duc"].filled == {"title": 3, "published_at": 3, "byline": 3, "lead": 2, "body": 2}


def test_the_file_is_read_only_compact_and_kept(home: Home) -> None:
    done = release(home)
    assert done.path == home.releases / f"{done.release_id}.duckdb"
    assert home.corpus_file.samefile(done.path)
    assert home.corpus_file.stat().st_mode & 0o777 == 0o444
    assert ask(home.corpus_file, "select tags['storage_version'] from duckdb_databases() where not internal") == [
        ("v1.2.0+",)
    ]
    assert [name for name in files(home) if "tmp" in name or "wal" in name] == []


def test_descriptions_are_published_as_comments(home: Home) -> None:
    release(home)
    missing = ask(
        home.corpus_file,
        "select table_name, column_name from duckdb_columns()"
        " where not internal and comment is null and table_name not like 'meta%'"
        " union all select table_name, null from duckdb_tables() where not internal and comment is null",
    )
    assert missing == []
    comment = "select comment from duckdb_columns() where table_name = 'dim_portals' and column_name = 'portal'"
    assert ask(home.corpus_file, comment) == [
        (
            "Slug, the short name of the portal; other tables have it in the column of this name; revisions have that "
            "of their article.",
        )
    ]


def test_a_reader_keeps_reading_the_release_it_opened(home: Home) -> None:
    first = release(home)
    with open_release(home.corpus_file) as reader:
        change(home, "update marts.fct_articles set title = 'Nhan đề mới'")
        second = release(home)
        row = reader.execute(
            "select (select release_id from meta), count(*) from fct_articles where lead != ''"
        ).fetchone()
        assert row == (first.release_id, first.counts["fct_articles"] - 1)
        assert reader.execute("select count(*) from fct_articles where title = 'Nhan đề mới'").fetchone() == (0,)
    assert read_release(home.corpus_file).release_id == second.release_id
    assert kept_releases(home) == [second.path, first.path]


def test_marts_that_are_published_are_not_published_again(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    inputs.record(home, "these", "code")
    first = published(home)
    assert first.is_new
    assert (first.release.inputs_digest, read_release(home.corpus_file).inputs_digest) == ("these", "these")
    again = published(home)
    assert (again.is_new, again.release) == (False, first.release)
    assert kept_releases(home) == [first.release.path]

    inputs.record(home, "others", "code")
    second = published(home)
    assert (second.is_new, second.release.inputs_digest) == (True, "others")
    # An earlier release in the place of the last one is no published corpus.
    home.corpus_file.unlink()
    shutil.copy(first.release.path, home.corpus_file)
    third = published(home)
    assert third.is_new
    home.corpus_file.unlink()
    assert published(home).is_new
    assert caplog.text == ""


def test_marts_whose_inputs_are_not_known_are_published_each_time(home: Home) -> None:
    assert [published(home).is_new, published(home).is_new] == [True, True]
    assert read_release(home.corpus_file).inputs_digest is None


@pytest.mark.parametrize("mart", ["fct_captures", "dim_portals"])
def test_a_published_file_with_a_damaged_block_is_published_again(
    home: Home, mart: str, caplog: pytest.LogCaptureFixture
) -> None:
    inputs.record(home, "these", "code")
    first = published(home).release
    (block,) = ask(home.corpus_file, f"select min(block_id) from pragma_storage_info('{mart}') where block_id >= 0")  # noqa: S608
    home.corpus_file.chmod(0o644)
    data = bytearray(home.corpus_file.read_bytes())
    data[3 * 4096 + int(str(block[0])) * 262_144 + 500] ^= 1
    home.corpus_file.write_bytes(bytes(data))
    second = published(home)
    assert second.is_new
    assert f"{home.corpus_file}: this is not a release, or it is damaged" in caplog.text
    assert not home.corpus_file.samefile(first.path)
    assert published(home).is_new is False


def test_a_block_that_decayed_is_found_by_reading_all_and_then_published_again(home: Home) -> None:
    inputs.record(home, "these", "code")
    release(home)
    assert publish.damage_of_published(home) is None
    (block,) = ask(
        home.corpus_file, "select min(block_id) from pragma_storage_info('fct_captures') where block_id >= 0"
    )
    home.corpus_file.chmod(0o644)
    times = home.corpus_file.stat()
    with home.corpus_file.open("r+b") as file:
        file.seek(3 * 4096 + int(str(block[0])) * 262_144 + 500)
        file.write(b"decayed")
    # As if nobody had written it.
    os.utime(home.corpus_file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert not published(home).is_new
    problem = publish.damage_of_published(home)
    assert problem is not None
    assert problem.startswith(f"{home.corpus_file}: this is not a release, or it is damaged: ")
    assert published(home).is_new
    assert publish.damage_of_published(home) is None


def test_an_intact_file_is_read_whole_only_when_it_was_written(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    monkeypatch.setattr(publish, "verify_release", read.append)
    inputs.record(home, "these", "code")
    release(home)
    assert not published(home).is_new
    assert read == []
    os.utime(home.corpus_file)
    assert not published(home).is_new
    assert not published(home).is_new
    assert read == [home.corpus_file]


WEAR = (
    "create or replace table marts.former_mart as select range as n, hash(range) as h from range(800000)",
    # At the end of the file, so that DuckDB cannot cut off what the other one leaves.
    "create or replace table marts.other_former_mart as select range as n, hash(range) as h from range(200000)",
    "drop table marts.former_mart",
)


def test_a_worn_file_of_marts_is_written_anew_with_the_same_rows(home: Home) -> None:
    for sql in WEAR:
        change(home, sql)
    assert home.marts_file.stat().st_size > 6_000_000
    with store.connect(home) as warehouse:
        before = {mart: sorted(warehouse.table(f"marts.{mart}").fetchall(), key=repr) for mart in publish.MARTS}
        described = warehouse.execute("describe marts.fct_articles").fetchall()
    done = release(home)
    assert home.marts_file.stat().st_size < 6_000_000
    assert done.path.stat().st_size < 6_000_000
    with store.connect(home) as warehouse:
        assert before == {mart: sorted(warehouse.table(f"marts.{mart}").fetchall(), key=repr) for mart in publish.MARTS}
        assert warehouse.execute("describe marts.fct_articles").fetchall() == described
    dates = ask(home.corpus_file, "select published_at from fct_articles order by rowid")
    assert dates == ask(home.corpus_file, "select published_at from fct_articles order by 1 nulls last")
    test_descriptions_are_published_as_comments(home)


def test_replaced_rows_wear_the_file_of_marts(home: Home) -> None:
    change(
        home,
        "insert into marts.fct_captures by name"
        " select 'c' || range as capture_id, 'no-portal' as portal, uuid()::varchar as url from range(300000)",
    )
    release(home)
    written = home.marts_file.stat().st_ino
    release(home)
    assert home.marts_file.stat().st_ino == written
    change(home, "delete from marts.fct_captures where portal = 'no-portal' and hash(capture_id) % 10 < 6")
    release(home, "captures")
    assert home.marts_file.stat().st_ino != written


def test_tables_that_are_no_marts_are_not_published(home: Home) -> None:
    change(home, "create table marts.fct_articles__dbt_tmp as from marts.fct_articles")
    release(home)
    test_a_release_has_the_rows_of_the_marts(home)


def test_publishing_with_too_little_memory_is_slow_or_named(home: Home) -> None:
    change(home, "create table marts.former_mart as select repeat(uuid()::varchar, 99) as t from range(50000)")
    change(home, "insert into marts.fct_captures by name select t as url from marts.former_mart")
    change(home, "drop table marts.former_mart")
    home.settings_file.write_text("memory_limit_gb: 0.1\n", encoding="utf-8")
    try:
        release(home)
    except store.StoreError as error:
        assert "raise memory_limit_gb" in str(error)  # noqa: PT017 - slow is right, too
        assert not home.corpus_file.exists()
    assert [name for name in files(home) if "tmp" in name] == []
    assert len({home.marts_file.name, "warehouse.duckdb"} & set(files(home))) == 2


def test_a_release_of_an_earlier_version_has_no_digest_and_can_be_read(home: Home) -> None:
    inputs.record(home, "these", "code")
    made = release(home)
    home.corpus_file.chmod(0o644)
    with duckdb.connect(str(home.corpus_file)) as file:
        file.execute("alter table meta drop column inputs_digest")
    assert read_release(home.corpus_file) == dataclasses.replace(made, path=home.corpus_file, inputs_digest=None)
    assert published(home).is_new


@pytest.mark.parametrize(
    ("damage", "name", "figures"),
    [
        ("delete from marts.fct_articles where title like 'Tin số 10%'", "articles", ("36", "26")),
        ("delete from marts.fct_articles where portal = 'thu-do'", "portals", ("3", "2")),
        ("delete from marts.fct_captures where portal = 'my-duc'", "captures", ("38", "33")),
        ("update marts.fct_articles set byline = null where portal = 'thu-do'", "coverage.byline", ("100.0%", "94.4%")),
        ("update marts.fct_articles set word_count = 0 where portal = 'tay-ho'", "coverage.body", ("97.2%", "11.1%")),
        ("update marts.fct_articles set revision_count = 3", "revisions", ("1.06", "3.00")),
    ],
)
@pytest.mark.slow
def test_a_release_that_falls_short_is_refused_unless_overridden(
    home: Home, damage: str, name: str, figures: tuple[str, str]
) -> None:
    first = release(home)
    change(home, damage)
    with pytest.raises(GuardError) as raised:
        release(home)
    violation = next(violation for violation in raised.value.violations if violation.name == name)
    assert (violation.old, violation.new) == figures
    for part in (first.release_id, str(violation), "stays as it was", "If this is meant", "--allow "):
        assert part in str(raised.value)
    assert read_release(home.corpus_file).release_id == first.release_id
    assert kept_releases(home) == [first.path]
    allowed = {violation.name for violation in raised.value.violations}
    second = release(home, *allowed)
    assert read_release(home.corpus_file).release_id == second.release_id


def test_articles_that_are_one_with_another_are_not_lost(home: Home) -> None:
    release(home)
    change(
        home,
        "insert into marts.dim_article_ids"
        " select article_id, (select min(article_id) from marts.fct_articles where title like 'Tin số 11%'), portal,"
        " 'moved', last_captured_at from marts.fct_articles where title like 'Tin số 10%';"
        " delete from marts.fct_articles where title like 'Tin số 10%'",
    )
    assert release(home).counts["dim_article_ids"] == 10


def test_what_came_from_crawls_that_are_set_aside_is_not_lost(home: Home) -> None:
    release(home)
    ids = ask(home.corpus_file, "select distinct portal, crawl_id from fct_captures where portal = 'thu-do'")
    change(
        home,
        "delete from marts.fct_articles where portal = 'thu-do' and title like 'Tin số 1%';"
        " delete from marts.fct_captures where portal = 'thu-do'",
    )
    with pytest.raises(GuardError):
        release(home)
    for portal, crawl_id in ids:
        note_file(home, warc_file(home, str(portal), str(crawl_id))).put(b"{}")
    release(home)


def test_an_override_covers_only_what_it_names(home: Home) -> None:
    release(home)
    change(home, "update marts.fct_articles set byline = null, lead = null")
    with pytest.raises(GuardError) as raised:
        release(home, "coverage.byline")
    assert {violation.name for violation in raised.value.violations} == {"coverage.lead"}


def test_an_unknown_override_is_refused(home: Home) -> None:
    with pytest.raises(ReleaseError, match=r"no guard is named rows; there are articles, captures"):
        release(home, "rows")


def test_nothing_is_published_without_an_article(home: Home) -> None:
    change(home, "delete from marts.fct_articles")
    with pytest.raises(ReleaseError, match="no articles to publish"):
        release(home)
    assert not home.corpus_file.exists()
    assert list(home.releases.iterdir()) == []


def test_nothing_is_published_without_marts(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with (
        lock.hold(home, "test", 0),
        pytest.raises(ReleaseError, match="has no dim_article_ids, dim_portals, dim_stories, fct_article"),
    ):
        release(home)


def test_the_lock_must_be_held(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="lock"):
        release(Home(tmp_path))


def test_a_damaged_last_release_is_named_and_set_aside(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    home.corpus_file.write_bytes(b"x" * 9000)
    made = release(home)
    assert "corpus.duckdb: this is not a release, or it is damaged" in caplog.text
    assert read_release(home.corpus_file).release_id == made.release_id
    [aside] = home.root.glob("corpus.duckdb.*.damaged")
    assert aside.read_bytes() == b"x" * 9000


@pytest.mark.parametrize("place", [0, 5000, -1])
def test_instead_of_a_damaged_release_the_one_before_is_compared(home: Home, place: int) -> None:
    release(home)
    second = release(home)
    home.corpus_file.chmod(0o644)
    data = bytearray(home.corpus_file.read_bytes())
    # The last column of articles to be written is somewhere: all blocks but the first three are flipped.
    for at in [place] if place >= 0 else range(3 * 4096 + 100, len(data), 20_000):
        data[at] ^= 1
    home.corpus_file.write_bytes(bytes(data))  # and the kept release, which is the same file
    change(home, "delete from marts.fct_articles where portal = 'thu-do'")
    with pytest.raises(GuardError):
        release(home)
    assert second.path in kept_releases(home)
    assert release(home, *NAMES).path.exists()


def test_without_the_corpus_file_the_newest_kept_release_is_compared(home: Home) -> None:
    release(home)
    home.corpus_file.unlink()
    change(home, "delete from marts.fct_articles where portal = 'thu-do'")
    with pytest.raises(GuardError):
        release(home)


def test_a_database_that_is_not_a_release_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.duckdb"
    duckdb.connect(str(other)).close()
    with pytest.raises(ReleaseError, match=r"other\.duckdb: this is not a release"):
        read_release(other)
    with pytest.raises(ReleaseError, match="there is no such release"):
        read_release(tmp_path / "nowhere.duckdb")


def in_another_process(home: Home, code: str) -> subprocess.CompletedProcess[str]:
    """Run code in another process, with the home as its argument."""
    return subprocess.run(
        [sys.executable, "-c", code, str(home.root)],
        cwd=made_up.REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


KILLED = """
import os, sys
from pathlib import Path
from warehouse.corpus.release import Release, ReleaseError, kept_releases, open_release, read_release
from warehouse.home import Home
from warehouse.tables import lock, publish
home = Home(Path(sys.argv[1]))
step, after = {step!r}, {after}
real = getattr(publish, step)
def die(*arguments):
    if not after:
        os.kill(os.getpid(), 9)
    real(*arguments)
    os.kill(os.getpid(), 9)
setattr(publish, step, die)
with lock.hold(home, "publish", 5):
    publish.publish(home, run_id="r", code_version="0", extractor_version="7")
"""


@pytest.mark.parametrize(
    ("step", "after", "is_new"),
    [
        ("_write_anew", False, False),
        ("_write_anew", True, False),
        ("_write_meta", False, False),
        ("_write_meta", True, False),
        ("_write", True, False),
        ("_judge", True, False),
        ("_keep", True, False),
        ("_put_in_place", True, True),
    ],
)
@pytest.mark.process
@pytest.mark.slow
def test_a_killed_publisher_leaves_a_whole_release(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, step: str, after: bool, is_new: bool
) -> None:
    home = made_up.copy_of(made_up.built(tmp_path_factory)[0], tmp_path)
    with lock.hold(home, "test", 0):
        first = release(home)
        if step == "_write_anew":
            for sql in WEAR:
                change(home, sql)
    killed = in_another_process(home, KILLED.format(step=step, after=after))
    assert killed.returncode == -9, killed.stderr
    assert (read_release(home.corpus_file).release_id != first.release_id) is is_new
    with lock.hold(home, "test", 0):
        last = release(home)
    assert read_release(home.corpus_file).release_id == last.release_id
    assert [name for name in files(home) if "tmp" in name or "wal" in name] == []


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from warehouse.corpus.release import Release, ReleaseError, kept_releases, open_release, read_release
from warehouse.home import Home
from warehouse.tables import lock, publish
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
home = Home(Path(sys.argv[1]))
try:
    with lock.hold(home, "publish", 5):
        publish.publish(home, run_id="r", code_version="0", extractor_version="7")
except ReleaseError as error:
    print(error)
"""


@pytest.mark.process
@pytest.mark.slow
def test_a_full_disk_is_reported_and_leaves_no_files(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = made_up.copy_of(made_up.built(tmp_path_factory)[0], tmp_path)
    with lock.hold(home, "test", 0):
        first = release(home)
    before = files(home)
    done = in_another_process(home, FULL_DISK)
    assert "could not be written" in done.stdout, done.stderr
    assert "free some space" in done.stdout
    assert read_release(home.corpus_file).release_id == first.release_id
    assert files(home) == before
