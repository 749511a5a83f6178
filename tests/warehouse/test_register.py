"""The register of a storage: what it knows, and what makes it doubt."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.archived import flipped
from warehouse.storage import REGISTER_KEY, FolderStorage, MemoryStorage, Register, Stored, folder

KEY = "lines/1/my-duc/x.parquet"


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderStorage:
    """Return a storage with one object; its file system counts time in finer steps than the coarsest one."""
    monkeypatch.setattr(folder, "_COARSEST_STEP_NS", 50_000_000)
    made = FolderStorage(tmp_path / "home")
    made.put(KEY, b"content")
    return made


def settled(storage: FolderStorage, key: str = KEY) -> Stored:
    """Return a listed object, as soon as any further change would show."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = storage.find(key)
        if found is not None and found.stamp is not None:
            return found
        time.sleep(0.01)
    raise AssertionError(f"{key} never settled")


def note(storage: FolderStorage, learned: str = "right") -> Stored:
    register = Register(storage)
    stored = settled(storage)
    register.note(stored, learned)
    register.write()
    return stored


def known(storage: FolderStorage, key: str = KEY) -> str | None:
    return Register(storage).learned(settled(storage, key))


def test_what_was_noted_is_known_to_the_next_process(storage: FolderStorage) -> None:
    assert known(storage) is None
    note(storage)
    assert known(storage) == "right"
    assert Register(storage).learned(None) is None


def test_an_object_that_was_written_just_now_is_not_noted(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_COARSEST_STEP_NS", 2_000_000_000)
    storage.put(KEY, b"other content")
    found = storage.find(KEY)
    assert found is not None
    register = Register(storage)
    register.note(found, "right")
    register.write()
    assert known(storage) is None


def test_a_change_of_the_same_size_is_seen(storage: FolderStorage) -> None:
    note(storage)
    (storage.root / KEY).write_bytes(b"changed")
    assert known(storage) is None


def test_a_change_is_seen_although_the_time_of_modification_was_set_back(storage: FolderStorage) -> None:
    before = note(storage)
    path = storage.root / KEY
    times = path.stat()
    path.write_bytes(b"changed")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = settled(storage)
    assert after.mark == before.mark
    assert known(storage) is None


@pytest.mark.parametrize("keeps_times", [True, False])
def test_a_copied_home_is_read_again(storage: FolderStorage, tmp_path: Path, keeps_times: bool) -> None:
    note(storage)
    copy = shutil.copy2 if keeps_times else shutil.copyfile
    shutil.copytree(storage.root, tmp_path / "copy", copy_function=copy)
    copied = FolderStorage(tmp_path / "copy")
    assert known(copied) is None
    note(copied)
    assert (known(copied), known(storage)) == ("right", "right")


def test_two_swapped_homes_are_read_again(storage: FolderStorage, tmp_path: Path) -> None:
    other = FolderStorage(tmp_path / "other")
    other.put(KEY, b"CONTENT")
    times = (storage.root / KEY).stat()
    os.utime(other.root / KEY, ns=(times.st_atime_ns, times.st_mtime_ns))
    note(storage, "of one")
    note(other, "of the other")
    (storage.root / "lines").rename(tmp_path / "lines")
    (other.root / "lines").rename(storage.root / "lines")
    (tmp_path / "lines").rename(other.root / "lines")
    assert settled(storage).mark == settled(other).mark
    assert (known(storage), known(other)) == (None, None)


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: whole[:-1],
        lambda whole: whole + b"x\ty\tz\n",
        lambda whole: flipped(whole, 8 * (len(whole) - 4) + 1),
        lambda whole: flipped(whole, 3),
        lambda whole: whole.replace(b"register 1", b"register 0"),
        lambda whole: b"\xff" * len(whole),
    ],
    ids=["empty", "cut", "longer", "a bit of an entry", "a bit of the head", "another version", "no text"],
)
def test_a_register_that_is_not_whole_knows_nothing_and_is_written_anew(
    storage: FolderStorage, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    note(storage)
    path = storage.root / REGISTER_KEY
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()))
    assert known(storage) is None
    assert f"{path}: " in caplog.text
    assert "all files are read again" in caplog.text
    note(storage)
    assert known(storage) == "right"


def test_a_deleted_register_knows_nothing(storage: FolderStorage) -> None:
    note(storage)
    storage.delete(REGISTER_KEY)
    assert known(storage) is None


def test_entries_of_objects_that_are_gone_are_dropped(storage: FolderStorage) -> None:
    note(storage)
    register = Register(storage)
    register.keep_only("lines/1", {KEY})
    register.keep_only("line", set())
    register.write()
    assert known(storage) == "right"
    register.keep_only("lines", set())
    register.write()
    assert known(storage) is None


def test_processes_keep_each_others_entries(storage: FolderStorage) -> None:
    others = "lines/1/ba-vi/x.parquet"
    storage.put(others, b"content")
    first, second = Register(storage), Register(storage)
    first.note(settled(storage), "right")
    second.note(settled(storage, others), "right, too")
    first.write()
    second.write()
    assert (known(storage), known(storage, others)) == ("right", "right, too")
    third, fourth = Register(storage), Register(storage)
    third.forget(KEY)
    fourth.forget(others)
    third.write()
    fourth.write()
    assert (known(storage), known(storage, others)) == (None, None)


def test_nothing_is_written_if_nothing_was_learned(storage: FolderStorage) -> None:
    note(storage)
    before = (storage.root / REGISTER_KEY).stat().st_ino
    note(storage)
    assert (storage.root / REGISTER_KEY).stat().st_ino == before


def test_a_kill_while_it_is_written_leaves_the_old_one_or_the_new_one(storage: FolderStorage) -> None:
    note(storage)
    script = f"""
from pathlib import Path
from warehouse.storage import FolderStorage, Register
storage = FolderStorage(Path({str(storage.root)!r}))
[stored] = storage.list("lines")
print("begins", flush=True)
number = 0
while True:
    number += 1
    register = Register(storage)
    for count in range(2000):
        register.note(type(stored)(f"lines/{{count}}", 1, stored.modified_at, "m", "s"), str(number))
    register.write()
"""
    for wait in (0.02, 0.05, 0.11):
        child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert known(storage) == "right"


def test_an_object_store_knows_objects_by_their_mark() -> None:
    storage = MemoryStorage()
    storage.put(KEY, b"content")
    found = storage.find(KEY)
    assert found is not None
    register = Register(storage)
    register.note(found, "right")
    register.write()
    assert Register(storage).learned(found) == "right"
    storage.put(KEY, b"changed")
    assert Register(storage).learned(storage.find(KEY)) is None
