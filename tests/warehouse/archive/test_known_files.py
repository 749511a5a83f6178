"""Updates of the index read what was written since, and nothing else; what is damaged is rebuilt."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.archived import flipped, path_of
from tests.warehouse.archive.state.stored_crawls import DAY, NOW, add_crawl
from warehouse.archive.files import index_file, observations_file, report_file, warc_files
from warehouse.archive.index.build import damaged_index_files, update_index
from warehouse.home import Home
from warehouse.storage import REGISTER_KEY, FolderStorage, Register, StoredFile, folder

DERIVED = (index_file, report_file, observations_file)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home of three crawls whose files are known; its file system counts time in fine steps."""
    monkeypatch.setattr(folder, "_COARSEST_STEP_NS", 20_000_000)
    home = Home(tmp_path)
    for days in (3, 2, 1):
        add_crawl(home, NOW - days * DAY, {str(days): 200})
    for _ in range(2):
        update_index(home, now=NOW)
        time.sleep(0.1)
    return home


@pytest.fixture
def opened(home: Home, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the keys of the derived files that were read."""
    found: list[str] = []
    read = FolderStorage._read

    def reading(self: FolderStorage, key: str) -> bytes:
        if key != REGISTER_KEY:
            found.append(key)
        return read(self, key)

    monkeypatch.setattr(FolderStorage, "_read", reading)
    return found


def test_an_update_reads_only_the_files_of_a_new_crawl(home: Home, opened: list[str]) -> None:
    update_index(home, now=NOW)
    assert opened == []
    new = add_crawl(home, NOW - DAY / 2, {"4": 200})
    found = update_index(home, now=NOW)
    assert {Path(key).name.partition(".")[0] for key in opened} == {new.name.partition(".")[0]}
    assert found.damaged == ()


@pytest.mark.parametrize("derived", DERIVED)
@pytest.mark.parametrize("sets_back_its_time", [True, False])
def test_a_bit_that_a_program_flipped_is_found_and_rebuilt(
    home: Home,
    derived: Callable[[Home, StoredFile], StoredFile],
    sets_back_its_time: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    warc = warc_files(home)[1]
    path = path_of(derived(home, warc))
    whole, times = path.read_bytes(), path.stat()
    path.write_bytes(flipped(whole, 8 * (len(whole) // 2) + 3))
    if sets_back_its_time:
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert update_index(home, now=NOW).indexed == (warc,)
    assert path.read_bytes() == whole
    assert f"{path}: damaged: " in caplog.text


@pytest.mark.parametrize("derived", DERIVED)
def test_what_decayed_unseen_is_found_by_reading_everything(
    home: Home, derived: Callable[[Home, StoredFile], StoredFile]
) -> None:
    warc = warc_files(home)[1]
    file = derived(home, warc)
    whole = file.read()
    learned = Register(home.storage).learned(home.storage.find(file.key))
    assert learned is not None
    path_of(file).write_bytes(flipped(whole, 8 * (len(whole) // 2) + 3))
    time.sleep(0.1)
    decayed = home.storage.find(file.key)
    assert decayed is not None
    # As if nobody had written it: the register knows the damaged file as it is.
    register = Register(home.storage)
    register.note(decayed, learned)
    register.write()
    assert update_index(home, now=NOW).indexed == ()
    [message] = damaged_index_files(home)
    assert message.startswith(f"{file}: damaged: ")
    assert update_index(home, now=NOW).indexed == (warc,)
    assert file.read() == whole
    assert damaged_index_files(home) == []


@pytest.mark.parametrize("derived", DERIVED)
def test_a_missing_file_is_rebuilt_although_the_others_are_known(
    home: Home, derived: Callable[[Home, StoredFile], StoredFile]
) -> None:
    warc = warc_files(home)[0]
    whole = derived(home, warc).read()
    derived(home, warc).delete()
    assert update_index(home, now=NOW).indexed == (warc,)
    assert derived(home, warc).read() == whole


def test_a_clock_set_back_sets_known_files_aside_and_forward_again_takes_them_in(home: Home) -> None:
    last = warc_files(home)[-1]
    found = update_index(home, now=NOW - DAY - timedelta(hours=2))
    assert [one.warc for one in found.set_aside] == [last]
    found = update_index(home, now=NOW)
    assert (found.set_aside, found.indexed) == ((), (last,))


@pytest.mark.parametrize("content", [b"", b"no register", None])
def test_without_a_usable_register_all_files_are_read(home: Home, opened: list[str], content: bytes | None) -> None:
    home.storage.delete(REGISTER_KEY)
    if content is not None:
        home.storage.put(REGISTER_KEY, content)
    assert update_index(home, now=NOW).indexed == ()
    assert {key.split("/")[1] for key in opened} == {"index", "crawls", "observations"}
    opened.clear()
    update_index(home, now=NOW)
    assert opened == []


def test_an_update_for_one_portal_keeps_what_is_known_of_the_others(home: Home, opened: list[str]) -> None:
    index_file(home, warc_files(home)[0]).delete()
    update_index(home, {"ba-vi"}, now=NOW)
    assert opened == []
    assert update_index(home, now=NOW).indexed == (warc_files(home)[0],)
    assert {Path(key).name.partition(".")[0] for key in opened} == {warc_files(home)[0].name.partition(".")[0]}


def test_a_build_names_a_file_that_is_gone(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    gone = warc_files(home)[1]
    gone.delete()
    update_index(home, now=NOW)
    assert f"{gone}: the file is gone" in caplog.text
    assert not any(derived(home, gone).exists() for derived in DERIVED)
    caplog.clear()
    update_index(home, now=NOW)
    assert caplog.text == ""
