"""Damage in one portal's WARC through the commands: named by file and offset, and the rest goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from spiders.imports.survey import survey
from spiders.portal import Portal
from tests.archived import path_of
from tests.spiders.extract.staging import my_duc
from tests.spiders.imports.importing import NOW
from warehouse.archive.files import warc_file, warc_files
from warehouse.archive.index.build import update_index
from warehouse.archive.upkeep.export import export
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.upkeep.verify import verify_archive
from warehouse.archive.warc import external
from warehouse.archive.warc.reader import read_captures, read_report
from warehouse.home import Home
from warehouse.storage import StoredFile

SLUG = "my-duc-thu-nghiem"
CRAWL = f"{SLUG}-20261021T040000Z-aaaa"
NAMES = ["bit-flipped-large-record", "forged-record-inside-damaged-one"]


@pytest.fixture(params=NAMES)
def damaged(request: pytest.FixtureRequest, shared: Path, tmp_path: Path) -> tuple[Home, StoredFile]:
    file = shared / "cases" / "faults" / f"{request.param}.warc.gz"
    if not file.is_file():
        pytest.skip(f"needs {file}")
    home = Home(tmp_path / "home")
    warc = warc_file(home, SLUG, CRAWL)
    path_of(warc).parent.mkdir(parents=True)
    shutil.copyfile(file, path_of(warc))
    return home, warc


def test_it_is_named_by_file_and_offset(damaged: tuple[Home, StoredFile], tmp_path: Path) -> None:
    home, warc = damaged
    (error,) = update_index(home).damaged
    assert str(error).startswith(f"{warc}: damaged at byte 7011: ")
    (finding,) = verify_archive(home).findings
    assert (finding.file, finding.begin, finding.end) == (warc.key, 7011, 413652)
    done = export(home, SLUG, tmp_path / "out.warc.gz", None, None, NOW)
    assert (done.captures, [(one.file, one.offset) for one in done.damaged]) == (1, [(str(warc), 7011)])


def test_a_recovery_keeps_no_byte_of_the_damaged_record(damaged: tuple[Home, StoredFile]) -> None:
    home, warc = damaged
    done = recover_warc(home, warc)
    assert [(lost.begin, lost.end) for lost in done.lost] == [(7011, 413652)]
    assert (done.captures, len(list(read_captures(warc)))) == (1, 1)
    report = read_report(warc)
    assert report is not None
    assert report.verdict != "partial"
    assert verify_archive(home).is_whole


def test_an_import_takes_no_byte_of_the_damaged_record(damaged: tuple[Home, StoredFile]) -> None:
    _, warc = damaged
    path, portal = path_of(warc), of_this_host()
    found = survey(path, external.check(path), [portal], NOW)
    assert [fault.offset for fault in found.faults] == [7011]
    assert (found.count, len(found.urls)) == (3, 1)
    assert warc_files(Home(path.parent)) == []


def of_this_host() -> Portal:
    portal = my_duc()
    return portal.model_copy(update={"scope": portal.scope.model_copy(update={"allow": ()})})
