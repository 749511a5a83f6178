"""The home's path: what cannot be a home is refused at once, by every command, with the reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.dagster_project.cli.commands import run
from warehouse.home import HOME_VARIABLE, Home, HomeError


@pytest.mark.parametrize(
    "name", ["kho#1", "kho?1", "a\nb", "a\rb", "a\x1bb", "a\x7fb", os.fsdecode(b"a\xffb"), "#/data"]
)
def test_a_path_that_duckdb_or_dbt_cannot_open_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(HomeError) as caught:
        Home(tmp_path / name)
    message = str(caught.value)
    assert message.isprintable()
    assert "cannot be a home: its path has the character '" in message


@pytest.mark.parametrize(
    "name",
    ["kho 1", "kho'1", "kho[1]", "kho%231", "kho;1", "$kho", "{{kho}}", 'kho"1', "Kho lưu trữ", "kho=1", "a,b:c"],
)
def test_other_paths_are_homes(tmp_path: Path, name: str) -> None:
    assert Home(tmp_path / name).root == tmp_path / name


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
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "kho#1"))
    done = run(monkeypatch, capsys, *arguments)
    assert done.status == 1
    assert "cannot be a home: its path has the character '#', with which" in done.err.splitlines()[-1]
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
