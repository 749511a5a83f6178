"""`hanoi-corpus releases`: what it prints, and its exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.dagster_project.cli.commands import Command
from tests.demonstration import Demo
from warehouse.corpus.release import kept_releases, open_release, read_release
from warehouse.home import HOME_VARIABLE, Home


@pytest.fixture
def released(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home with copies of the demo's releases, which the test's commands use."""
    home = Home(tmp_path / "home")
    shutil.copytree(demo.home.releases, home.releases)
    home.corpus_file.hardlink_to(kept_releases(home)[0])
    monkeypatch.setenv(HOME_VARIABLE, str(home.root))
    return home


def test_releases_are_listed_newest_first_with_size_and_state(released: Home, command: Command) -> None:
    newest, oldest = kept_releases(released)
    assert command("releases", "pin", oldest.stem, "--note", "Luận văn \x1b[31m2026").out == f"{oldest.stem}: pinned\n"
    done = command("releases", "list")
    header, first, last, total = done.out.splitlines()
    assert header.split("  ")[0] == "release"
    articles = read_release(newest).counts["fct_articles"]
    assert first.split()[:1] + first.split()[3:4] == [newest.stem, str(articles)]
    assert "published" in first
    assert "pinned" in last
    megabytes = sum(file.stat().st_size for file in (newest, oldest)) / 1e6
    assert total == f"2 releases, {megabytes:,.1f} MB"

    rows = [json.loads(line) for line in command("releases", "list", "--json").out.splitlines()]
    assert [(row["release_id"], row["is_published"], row["problem"]) for row in rows] == [
        (newest.stem, True, None),
        (oldest.stem, False, None),
    ]
    assert (rows[0]["pin"], rows[1]["pin"]["note"]) == (None, "Luận văn \x1b[31m2026")
    assert rows[0]["counts"]["fct_articles"] == articles
    assert rows[0]["size_bytes"] == newest.stat().st_size

    shown = command("releases", "show", oldest.stem)
    assert "\x1b" not in shown.out
    assert "Luận văn" in shown.out
    assert json.loads(command("releases", "show", oldest.stem, "--json").out) == rows[1]
    assert command("releases", "unpin", oldest.stem).status == 0
    assert command("releases", "unpin", oldest.stem).status == 2


def test_a_release_is_exported_as_parquet_whole_or_not_at_all(
    released: Home, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, oldest = kept_releases(released)
    folder = tmp_path / "o'nhà" / "parquet"
    done = command("releases", "export", str(folder), "--release", oldest.stem)
    assert done.status == 0
    with open_release(oldest) as release:
        tables = [name for (name,) in release.execute("select table_name from duckdb_tables() order by all").fetchall()]
        assert [line.split(":")[0] for line in done.out.splitlines()] == [f"{folder / name}.parquet" for name in tables]
        for name in tables:
            mine, theirs = release.table(name), release.read_parquet(str(folder / f"{name}.parquet"))
            assert (mine.columns, mine.types) == (theirs.columns, theirs.types)
            assert mine.fetchall() == theirs.fetchall()

    before = sorted(file.stat().st_mtime_ns for file in folder.iterdir())
    again = command("releases", "export", str(folder))
    assert (again.status, again.out) == (2, "")
    assert "name a folder that is new or empty" in again.err
    assert sorted(file.stat().st_mtime_ns for file in folder.iterdir()) == before

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("warehouse.corpus.export.durable.sync", fail)
    other = tmp_path / "other"
    failed = command("releases", "export", str(other))
    assert failed.status == 1
    assert "free some space" in failed.err
    assert list(tmp_path.glob("*other*")) == []
    other.mkdir()
    assert command("releases", "export", str(other)).status == 1
    assert list(other.iterdir()) == []


@pytest.mark.parametrize("words", [("show", "2026"), ("pin", "2026"), ("pin", "../corpus")])
def test_an_unknown_release_is_bad_input(released: Home, command: Command, words: tuple[str, ...]) -> None:
    done = command("releases", *words)
    assert (done.status, done.out) == (2, "")
    for file in kept_releases(released):
        assert file.stem in done.err


def test_a_damaged_release_is_named_not_pinned_and_the_others_go_on(released: Home, command: Command) -> None:
    newest, oldest = kept_releases(released)
    oldest.chmod(0o644)
    oldest.write_bytes(b"x" * 9000)
    done = command("releases", "list")
    assert done.status == 3
    assert newest.stem in done.out
    assert f"{oldest}: this is not a release, or it is damaged" in done.err
    assert command("releases", "show", newest.stem).status == 0
    assert command("releases", "show", oldest.stem).status == 3
    assert command("releases", "pin", oldest.stem).status == 1
    assert list(released.releases.glob("*.json")) == []


def test_without_a_release_the_list_is_empty(home: Home, command: Command) -> None:
    done = command("releases", "list")
    assert (done.status, done.out.splitlines()[-1]) == (0, "0 releases, 0.0 MB")
    assert command("releases", "list", "--json").out == ""
