"""Errors of every command: text, or with --json one line of JSON; unknown portals are refused before any work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagster_project.cli.input.portals import complete_defined, complete_known
from dagster_project.corpus import DemoCorpus
from tests.dagster_project.cli.commands import Command
from tests.warehouse.archive.warc.warc_files import write_warc
from warehouse.home import Home

PAGE = "<html><body><h1>Tin</h1><p>Sở Xây dựng thông báo.</p></body></html>"


@pytest.fixture
def page(tmp_path: Path) -> str:
    """Write a page to a file; return its path."""
    (tmp_path / "trang.html").write_text(PAGE, encoding="utf-8")
    return str(tmp_path / "trang.html")


def error_of(text: str) -> tuple[str, int]:
    """Return the message and the exit code in the last line of standard error; lines of progress come before it."""
    line = text.splitlines()[-1]
    (error,) = json.loads(line).values()
    assert json.loads(line).keys() == {"error"}
    assert error.keys() == {"message", "exit_code"}
    return error["message"], error["exit_code"]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("crwal", "--json"), 2, "No such command 'crwal'. Did you mean 'crawl'?"),
        (("portals", "lits", "--json"), 2, "No such command 'lits'. Did you mean 'list'?"),
        (("portals", "show", "--json"), 2, "Missing argument 'PORTAL'."),
        (("query", "select 1", "--json", "--relase", "x"), 2, "No such option: --relase"),
        (("query", "select 1", "--json"), 2, "corpus.duckdb: no such file"),
        (("build", "--json", "--allow", "nothing"), 2, "no guard is named nothing"),
        (("build", "--json"), 1, "hanoi-corpus crawl"),
        (("mirror", "--day", "99", "--json"), 2, "No such option: --json"),
        (("crawl", "--json", "--allow-private"), 2, "--allow-private needs the names"),
        (("portals", "show", "tay-hoo", "--json"), 2, "unknown portal 'tay-hoo'"),
        (("archive", "verify", "tay-hoo", "--json"), 2, "unknown portal 'tay-hoo'"),
        (("extract", "/nowhere", "--url", "https://a.test/", "--json"), 2, "/nowhere"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_an_error_is_one_line_of_json(command: Command, words: tuple[str, ...], status: int, message: str) -> None:
    done = command(*words)
    assert done.out == ""
    said, code = error_of(done.err)
    assert (done.status, code) == (status, status)
    assert message in said
    with_text = command(*(word for word in words if word != "--json"))
    assert not with_text.err.startswith("{")


def test_the_reasons_of_damaged_settings_and_homes_are_json(home: Home, command: Command) -> None:
    home.root.mkdir()
    home.settings_file.write_text("quiet: 1\n", encoding="utf-8")
    said, code = error_of(command("settings", "--json").err)
    assert (code, "--json" in said) == (2, True)
    (home.root / "demo.json").write_text("{", encoding="utf-8")
    said, code = error_of(command("portals", "list", "--json").err)
    assert (code, "demo.json" in said) == (1, True)


def test_json_as_the_value_of_an_argument_asks_for_no_json(command: Command) -> None:
    done = command("query", "--", "--json")
    assert done.status == 2
    assert not done.err.startswith("{")


def test_control_characters_in_an_error_do_nothing(command: Command) -> None:
    done = command("portals", "show", "a\x1b[31mb")
    assert done.status == 2
    assert "\x1b" not in done.err


# unknown portals


@pytest.mark.parametrize(
    "words",
    [
        ("crawl", "tay-hoo"),
        ("crawl", "tay-hoo", "mi-duc"),
        ("run", "tay-hoo"),
        ("backfill", "tay-hoo"),
        ("portals", "show", "tay-hoo"),
        ("portals", "probe", "tay-hoo"),
        ("portals", "fixture", "PAGE", "--url", "https://a.test/", "--into", "case", "--portal", "tay-hoo"),
        ("extract", "PAGE", "--url", "https://a.test/", "--portal", "tay-hoo"),
        ("archive", "verify", "tay-hoo"),
        ("archive", "verify", "my-duc", "tay-hoo"),
        ("archive", "import", "PAGE", "--portal", "my-duc", "--portal", "tay-hoo"),
        ("archive", "export", "FILE.warc.gz", "--portal", "tay-hoo"),
    ],
    ids=lambda words: " ".join(words),
)
def test_every_command_refuses_an_unknown_portal_and_names_the_nearest(
    home: Home, command: Command, page: str, words: tuple[str, ...]
) -> None:
    done = command(*(page if word == "PAGE" else word for word in words))
    assert done.status == 2
    assert "unknown portal 'tay-hoo'" in done.err
    assert "; the nearest: tay-ho" in done.err
    assert done.out == ""
    assert not home.root.exists()


def test_several_unknown_portals_are_named_at_once(command: Command) -> None:
    done = command("archive", "verify", "tay-hoo", "my-duc", "mi-duc")
    assert done.status == 2
    assert "unknown portals 'tay-hoo', 'mi-duc'; known: " in done.err
    assert done.err.rstrip().endswith("; the nearest: tay-ho, my-duc")


def test_a_portal_that_is_only_in_the_archive_is_verified_and_exported_and_not_crawled(
    home: Home, command: Command, tmp_path: Path
) -> None:
    write_warc(home)
    DemoCorpus.begin_day(home, 1)  # defines no portal my-duc
    for words in (("verify", "my-duc"), ("export", str(tmp_path / "x.warc.gz"), "--portal", "my-duc")):
        done = command("archive", *words)
        assert done.status == 0
        assert "my-duc: no portal file defines it any more" in done.err
    for refused in (("backfill",), ("portals", "show")):
        done = command(*refused, "my-duc")
        assert done.status == 2
        assert "portal 'my-duc' is only in the archive" in done.err


def test_a_file_that_the_archive_lacks_cannot_be_replaced_in_a_backup(
    home: Home, command: Command, tmp_path: Path
) -> None:
    write_warc(home)
    done = command("archive", "backup", str(tmp_path / "backup"), "--replace", "my-duc/nothing.warc.gz")
    assert done.status == 2
    assert "my-duc/nothing.warc.gz: the archive has no such file" in done.err
    assert not (tmp_path / "backup").exists()


# completion


def test_the_shell_completes_portals_and_those_of_the_archive(home: Home) -> None:
    assert complete_defined("tay") == ["tay-ho"]
    write_warc(home)
    DemoCorpus.begin_day(home, 1)
    assert complete_defined("my-") == ["my-duc-thu-nghiem"]
    assert complete_known("my-") == ["my-duc", "my-duc-thu-nghiem"]
    (home.root / "demo.json").write_text("{", encoding="utf-8")
    assert complete_defined("") == complete_known("") == []
