"""`hanoi-corpus archive …`: output and exit codes."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.cli import main as cli
from dagster_project.corpus import PORTALS_VARIABLE
from spiders.mirror import MIRROR_PORTALS
from tests.archived import path_of
from tests.spiders.imports.external_warcs import (
    FIRST_ID,
    ONE,
    SECOND,
    TWO,
    TWO_PAGES,
    answer,
    cut,
    record,
    with_wrong_length,
    write,
)
from tests.warehouse.archive.warc.warc_files import write_warc
from warehouse.archive.files import warc_files
from warehouse.archive.index.build import update_index
from warehouse.archive.warc.reader import read_captures
from warehouse.home import HOME_VARIABLE, Home

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return Home.from_environment()


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Home) -> Command:
    """Return `hanoi-corpus archive` as a function: exit code, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hanoi-corpus", "archive", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), printed.out, printed.err

    return run


def damage(home: Home) -> Path:
    warc = write_warc(home, 3)
    update_index(home)
    data = bytearray(warc.read())
    data[[stored.capture.warc_offset for stored in read_captures(warc)][1] + 60] ^= 0xFF
    path_of(warc).write_bytes(data)
    return path_of(warc)


def test_verify_reports_an_intact_archive(archive: Command, home: Home) -> None:
    write_warc(home, 3)
    status, out, _ = archive("verify")
    assert (status, out.splitlines()[-1]) == (0, "1 WARC files, 3 captures: nothing is lost")
    assert [line.split(": ")[1] for line in out.splitlines()[:-1]] == ["index", "observations", "report"]
    assert archive("verify")[1] == "1 WARC files, 3 captures: nothing is lost\n"


def test_verify_reports_damage_and_recover_keeps_the_rest(archive: Command, home: Home) -> None:
    warc = damage(home)
    status, out, err = archive("verify", "my-duc")
    assert status == 3
    assert f"archive/warc/my-duc/{warc.name}: warc from byte " in out
    assert "  https://myduc.hanoi.test/tin/-/view_content/1-tin-tức\n" in out
    assert f"hanoi-corpus archive recover {warc}" in err
    status, out, _ = archive("verify", "--json")
    (finding,) = json.loads(out)["findings"]
    assert (status, finding["kind"], len(finding["urls"])) == (3, "warc", 1)
    assert archive("recover", warc)[:2] == (0, f"{warc}: 2 captures kept\n")
    assert archive("verify")[0] == 0


def test_backup_and_restore(archive: Command, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warc = write_warc(home, 3)
    copies = tmp_path / "copies"
    assert archive("backup", copies)[:2] == (0, "1 copied, 0 unchanged, 0 refused\n")
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "other"))
    status, out, err = archive("restore", copies)
    assert (status, out) == (0, "1 restored, 0 unchanged, 0 refused\n")
    assert "`hanoi-corpus build`" in err
    other = Home.from_environment().warc / "my-duc" / warc.name
    assert other.read_bytes() == warc.read()
    other.write_bytes(b"other")
    status, _, err = archive("backup", copies)
    assert (status, f"my-duc/{warc.name}: the copy has " in err) == (3, True)
    assert archive("restore", copies)[0] == 3
    assert archive("backup", copies, "--replace", f"my-duc/{warc.name}")[0] == 0
    assert archive("backup", copies, "--reread")[:2] == (0, "0 copied, 1 unchanged, 0 refused\n")


def test_restoring_a_missing_backup_fails(archive: Command, tmp_path: Path) -> None:
    status, _, err = archive("restore", tmp_path / "missing")
    assert (status, err) == (1, f"{tmp_path}/missing: the folder does not exist\n")


@pytest.fixture
def own_portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Define a portal `my-duc-cu` on myduc.hanoi.test."""
    folder = tmp_path / "portals"
    folder.mkdir()
    text = (MIRROR_PORTALS / "my-duc-thu-nghiem.yml").read_text(encoding="utf-8")
    (folder / "my-duc-cu.yml").write_text(text.replace("slug: my-duc-thu-nghiem", "slug: my-duc-cu"), encoding="utf-8")
    monkeypatch.setenv(PORTALS_VARIABLE, str(folder))
    return "my-duc-cu"


def test_import_of_another_crawlers_file(archive: Command, home: Home, tmp_path: Path, own_portal: str) -> None:
    file = write(tmp_path / "old.warc.gz", TWO_PAGES)
    status, out, _ = archive("import", file, "--portal", own_portal)
    assert (status, out) == (0, f"{file}: {own_portal}: 2 captures of 2015-03-01 to 2016-04-02, 2 new articles\n")
    assert archive("import", file)[:2] == (
        0,
        f"{file}: {own_portal}: was imported before, as {warc_files(home)[0].name}\n",
    )
    file.write_bytes(cut(file.read_bytes()))
    status, out, err = archive("import", file)
    assert (status, out) == (3, f"{file}: 1 responses were in the archive already\n")
    assert f"{file}: damaged at byte " in err


def test_import_names_what_it_refuses_and_what_helps(
    archive: Command, home: Home, tmp_path: Path, own_portal: str
) -> None:
    later = record("revisit", TWO, answer(b""), WARC_Refers_To=f"<urn:uuid:{FIRST_ID}>", **SECOND)
    a = write(tmp_path / "a.warc.gz", [later, with_wrong_length(TWO_PAGES[1], -1)])
    b = write(tmp_path / "b.warc.gz", TWO_PAGES[:1])
    at = len(gzip.compress(later, mtime=0))
    status, out, err = archive("import", a)
    assert (status, out) == (3, "")
    lines = [line for line in err.splitlines() if line.startswith(f"{a}: ")]
    assert lines[1].startswith(f"{a}: damaged at byte {at}: {TWO}: ")
    refusals = [line for line in lines if line.startswith(f"{a}: record at byte 0 not imported: {TWO}: ")]
    assert len(refusals) == 1
    assert FIRST_ID in refusals[0]
    assert "all of them in one command" in lines[-1]
    garbage = tmp_path / "garbage.warc.gz"
    garbage.write_bytes(b"<html></html>")
    status, out, err = archive("import", a, garbage, b, "--portal", own_portal)
    assert status == 2
    assert out.splitlines() == [
        f"{b}: {own_portal}: 1 captures of 2015-03-01 to 2015-03-01, 1 new articles",
        f"{a}: {own_portal}: 1 captures of 2015-03-01 to 2015-03-01, 0 new articles",
    ]
    assert "not imported" not in err
    status, out, _ = archive("import", a, b)
    assert status == 3
    assert [line.partition(f"{own_portal}: ")[2][:19] for line in out.splitlines()] == ["was imported before"] * 2
    captured = [stored.capture for warc in warc_files(home) for stored in read_captures(warc)]
    assert sorted((one.url, one.is_revisit) for one in captured) == [(ONE, False), (TWO, True)]


def test_import_rejects_garbage_and_reports_out_of_scope_files(
    archive: Command, home: Home, tmp_path: Path, own_portal: str
) -> None:
    garbage = tmp_path / "garbage.warc.gz"
    garbage.write_bytes(b"<html></html>")
    status, _, err = archive("import", garbage)
    assert (status, err.startswith(f"{garbage}: damaged at byte 0")) == (2, True)
    foreign = write(tmp_path / "b.warc.gz", [record("response", "https://example.org/", answer(b"x"))])
    status, out, _ = archive("import", foreign)
    assert (status, out.splitlines()[-1]) == (
        3,
        f"{foreign}: no response in it is in the scope of a defined portal",
    )
    assert archive("import", foreign, "--portal", "nobody")[0] == 2


def test_export_of_some_days(archive: Command, home: Home, tmp_path: Path) -> None:
    write_warc(home, 3)  # captured at 08:15 of 14 September in Hanoi
    file = tmp_path / "out.warc.gz"
    days = ("--from", "2026-09-14", "--until", "2026-09-14")
    assert archive("export", file, "--portal", "my-duc", *days)[:2] == (
        0,
        f"{file}: 3 captures, and 0 of other days that their revisits refer to\n",
    )
    assert archive("export", file, "--portal", "my-duc")[0] == 2
    status, _, err = archive("export", tmp_path / "b.warc.gz", "--portal", "my-duc", "--from", "2026-09-15")
    assert (status, err) == (2, "my-duc: the archive has no capture in this period; nothing was written\n")
    assert archive("export", tmp_path / "out.zip", "--portal", "my-duc")[0] == 2
    assert archive("export", tmp_path / "c.warc.gz", "--portal", "../my-duc")[0] == 2


def test_recover_accepts_any_path_to_an_archived_file(archive: Command, home: Home, tmp_path: Path) -> None:
    warc = damage(home)
    link = tmp_path / "hong.warc.gz"
    link.symlink_to(warc)
    assert archive("recover", link)[:2] == (0, f"{link}: 2 captures kept\n")
    elsewhere = tmp_path / "khac.warc.gz"
    elsewhere.write_bytes(warc.read_bytes())
    status, _, err = archive("recover", elsewhere)
    assert (status, "not a complete WARC file of the archive" in err) == (2, True)
