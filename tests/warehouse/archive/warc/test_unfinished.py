"""The unfinished file of a killed crawl: whatever it holds is recovered, or kept and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.archived import path_of
from tests.warehouse.archive.warc.warc_files import write_warc
from warehouse.archive.index.build import update_index
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.warc.reader import read_captures
from warehouse.home import Home
from warehouse.storage import StoredFile


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def offsets(warc: StoredFile) -> list[int]:
    return [stored.capture.warc_offset for stored in read_captures(warc)]


def part_of(warc: StoredFile) -> Path:
    return path_of(warc).with_name(f"{warc.name}.part")


def test_it_never_replaces_a_complete_file_of_its_name(home: Home) -> None:
    warc = write_warc(home)
    whole = path_of(warc).read_bytes()
    third = offsets(warc)[2]
    path_of(warc).write_bytes(whole[:third])
    part_of(warc).write_bytes(whole)
    update = update_index(home)
    assert "has captures that the complete file of its name" in str(update.damaged[0])
    assert part_of(warc).read_bytes() == whole
    assert path_of(warc).read_bytes() == whole[:third]


def test_one_that_was_recovered_before_a_kill_is_deleted(home: Home) -> None:
    warc = write_warc(home)
    whole = path_of(warc).read_bytes()
    part_of(warc).write_bytes(whole[: offsets(warc)[2] + 20])
    assert not update_index(home).damaged
    assert not part_of(warc).exists()
    assert path_of(warc).read_bytes() == whole


@pytest.mark.parametrize("number", [None, 1])
def test_damage_that_seems_to_go_on_to_the_end_hides_no_records(home: Home, number: int | None) -> None:
    warc = write_warc(home)
    at = 0 if number is None else offsets(warc)[number]
    data = bytearray(path_of(warc).read_bytes()[:-5])
    # A stored block, whose length is 65,535 bytes: all that follows seems to be its content.
    data[at + 10 : at + 15] = b"\x00\xff\xff\x00\x00"
    path_of(warc).unlink()
    part_of(warc).write_bytes(data)
    (damaged,) = update_index(home).damaged
    assert damaged.offset == at
    assert path_of(warc).with_name(f"{warc.name}.damaged").read_bytes() == data
    assert len(offsets(warc)) == (number or 0)


def test_one_that_cannot_be_read_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    warc = write_warc(home)
    path_of(warc).rename(part_of(warc))
    real = Path.open

    def open_(path: Path, mode: str) -> object:
        if path == part_of(warc):
            raise PermissionError(13, "Permission denied")
        return real(path, mode)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", open_)
        (damaged,) = update_index(home).damaged
    assert f"{part_of(warc)}: damaged at byte 0: it cannot be read: Permission denied" in str(damaged)
    assert not update_index(home).damaged
    assert len(offsets(warc)) == 3


def test_a_capture_that_stands_in_a_file_twice_is_damage_and_recovered_once(home: Home) -> None:
    warc = write_warc(home)
    whole, at = path_of(warc).read_bytes(), offsets(warc)
    path_of(warc).write_bytes(whole[: at[2]] + whole[at[1] : at[2]] + whole[at[2] :])
    (damaged,) = update_index(home).damaged
    assert (damaged.offset, damaged.problem) == (at[2], "the record stands in the file twice")
    assert recover_warc(home, warc).captures == 3
    assert path_of(warc).read_bytes() == whole
