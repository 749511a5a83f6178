"""The home's path: what cannot be a home is refused at once, by every command, with the reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.dagster_project.cli.commands import run
from warehouse.home import HOME_VARIABLE, Home, HomeError


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\x1bb", "a\x7fb", os.fsdecode(b"a\xffb"), "\t/data"])
def test_a_path_that_no_message_or_table_can_hold_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(HomeError) as caught:
        Home(tmp_path / name)
    message = str(caught.value)
    assert message.isprintable()
    assert "cannot be a home: its path has the character '" in message


@pytest.mark.parametrize(
    "name",
    [
        "kho 1",
        "kho'1",
        "kho[1]",
        "kho%231",
        "kho;1",
        "$kho",
        "{{kho}}",
        'kho"1',
        "Kho lưu trữ",
        "kho=1",
        "a,b:c",
        "a&b",
    ],
)
def test_duckdb_writes_in_the_home_itself(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path / name)
    assert home.warehouse_file == tmp_path / name / "warehouse.duckdb"


@pytest.mark.parametrize("name", ["kho#1", "kho?1", "a?b#c/data", "kho?access_mode=read_only"])
def test_duckdb_writes_in_the_users_cache_where_it_misreads_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home, other = Home(tmp_path / name), Home(tmp_path / f"{name}2")
    assert home.duckdb.parent == tmp_path / "cache" / "hanoi-corpus"
    assert Home(tmp_path / "link").duckdb == home.duckdb != other.duckdb
    assert home.corpus_file == tmp_path / name / "corpus.duckdb"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    assert home.duckdb.parent == tmp_path / "user" / ".cache" / "hanoi-corpus"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))
    with pytest.raises(HomeError, match="Set XDG_CACHE_HOME to another folder"):
        _ = home.duckdb


def test_a_path_that_leaves_no_room_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="its path has more than 3000 bytes") as caught:
        Home(tmp_path / "/".join(["x" * 200] * 20))
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "arguments",
    [
        ("build",),
        ("crawl",),
        ("run",),
        ("query", "select 1"),
        ("settings",),
        ("archive", "verify"),
        ("demo",),
        ("dev",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_command_refuses_it_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "kho\t1"))
    done = run(monkeypatch, capsys, *arguments)
    assert done.status == 1
    assert "cannot be a home: its path has the character '\\t', which" in done.err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.write_text(""), "Not a directory"),
        (lambda path: path.symlink_to("absent"), "No such file or directory"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
        (os.mkfifo, "Not a directory"),
    ],
    ids=["a file", "a broken link", "a loop", "a pipe"],
)
def test_what_is_no_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: object, reason: str) -> None:
    assert callable(make)
    path = tmp_path / "kho"
    make(path)
    monkeypatch.setenv(HOME_VARIABLE, str(path))
    with pytest.raises(HomeError, match=rf"kho: cannot be a home: {reason}"):
        Home.from_environment()
    monkeypatch.setenv(HOME_VARIABLE, str(path / "below"))
    if reason == "Not a directory":
        with pytest.raises(HomeError, match="below: cannot be a home"):
            Home.from_environment()


@pytest.mark.parametrize(
    ("value", "below"),
    [("~/kho", "home/kho"), ("kho", "here/kho"), ("", "here/data"), ("~nobody-of-that-name/kho", None)],
)
def test_the_variable_may_be_relative_or_begin_with_a_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, below: str | None
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv(HOME_VARIABLE, value)
    assert Home.from_environment().root == tmp_path / (below or f"here/{value}")
