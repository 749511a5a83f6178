"""Export: the selected records, and validation of the file by warcio."""

from __future__ import annotations

import gzip
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator

from tests.archived import path_of
from tests.warehouse.archive.warc.warc_files import LATER, PAGE, STARTED, write_first, write_revisits
from warehouse.archive.files import warc_file
from warehouse.archive.upkeep.export import Exported, NothingToExportError, export
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.archive.warc.reader import read_captures
from warehouse.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home with three pages of one day and two revisits of the second on the next."""
    home = Home(tmp_path / "home")
    write_revisits(home, write_first(home)[1].reference)
    return home


def records(file: Path) -> list[tuple[str, str]]:
    with file.open("rb") as opened:
        return [
            (record.headers["WARC-Type"], record.headers.get("WARC-Target-URI") or "")
            for record in ArchiveIterator(opened, parse_http=False)
        ]


def check_by_warcio(file: Path) -> None:
    checked = subprocess.run([sys.executable, "-m", "warcio.cli", "check", "-v", str(file)], capture_output=True)
    assert checked.returncode == 0, checked.stdout.decode() + checked.stderr.decode()


@pytest.mark.parametrize("crawl", ["my-duc-1", "my-duc-2"])
@pytest.mark.process
def test_a_crawls_file_passes_warcios_check(home: Home, crawl: str) -> None:
    check_by_warcio(path_of(warc_file(home, "my-duc", crawl)))


@pytest.mark.process
def test_the_whole_archive_of_a_portal(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "my-duc.warc.gz"
    assert export(home, "my-duc", file, None, None, LATER) == Exported(5, 0, ())
    assert [kind for kind, _ in records(file)] == ["warcinfo", *["response"] * 3, *["revisit"] * 2]
    check_by_warcio(file)


@pytest.mark.process
def test_an_exported_revisit_brings_its_response(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "day-2.warc.gz"
    assert export(home, "my-duc", file, LATER, None, LATER) == Exported(2, 1, ())
    assert [kind for kind, _ in records(file)] == ["warcinfo", "response", "revisit", "revisit"]
    assert (PAGE + b"1") in gzip.decompress(file.read_bytes())
    check_by_warcio(file)


def test_only_captures_in_the_period_are_exported(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "day-1.warc.gz"
    assert export(home, "my-duc", file, STARTED, LATER, LATER).captures == 3
    with pytest.raises(NothingToExportError, match="my-duc"):
        export(home, "my-duc", tmp_path / "none.warc.gz", LATER + timedelta(seconds=1), None, LATER)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day-1.warc.gz", "home"]


def test_an_unresolved_revisit_is_reported_and_exported(home: Home, tmp_path: Path) -> None:
    warc_file(home, "my-duc", "my-duc-1").delete()
    done = export(home, "my-duc", tmp_path / "a.warc.gz", None, None, LATER)
    assert (done.captures, done.referred, len(done.unresolved)) == (2, 0, 2)
    assert "my-duc-1.warc.gz is not in the archive" in done.unresolved[0]


def test_nothing_is_overwritten_or_half_written(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "a.warc.gz"
    file.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match="already"):
        export(home, "my-duc", file, None, None, LATER)
    assert file.read_bytes() == b"mine"
    for name in ("my-duc-1", "my-duc-2"):
        warc_file(home, "my-duc", name).put(b"<html>no record</html>")
    with pytest.raises(DamagedWarcError):
        export(home, "my-duc", tmp_path / "b.warc.gz", None, None, LATER)
    assert not list(tmp_path.glob("*b.warc.gz*"))


def test_a_damaged_file_is_named_and_holds_up_no_other(home: Home, tmp_path: Path) -> None:
    warc = warc_file(home, "my-duc", "my-duc-1")
    second = [stored.capture.warc_offset for stored in read_captures(warc)][1]
    data = bytearray(warc.read())
    data[second + 60] ^= 0xFF
    warc.put(bytes(data))
    (tmp_path / ".a.warc.gz.12-0a.tmp").write_bytes(b"left by a killed export")
    done = export(home, "my-duc", tmp_path / "a.warc.gz", None, None, LATER)
    assert [path.name for path in tmp_path.glob("*a.warc.gz*")] == ["a.warc.gz"]
    # The first page, and two revisits of the damaged one.
    assert (done.captures, done.referred, len(done.unresolved)) == (3, 0, 2)
    assert [str(error) for error in done.damaged if f"{warc}: damaged at byte {second}" not in str(error)] == []
    assert len(done.damaged) == 1
