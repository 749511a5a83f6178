"""Storages: tests that a folder and memory share, then those of a folder alone and of an object store."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastwarc.warc import ArchiveIterator
from obstore.exceptions import GenericError

from tests.archived import path_of
from tests.warehouse.archive.warc.warc_files import crawl_info, crawl_report, write_page
from warehouse import durable
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.storage import (
    FolderStorage,
    MemoryStorage,
    MissingObjectError,
    ObjectChangedError,
    Storage,
    StorageError,
    UnwritableError,
)

KEY = "archive/warc/my-duc/x.warc.gz"
HOSTILE = [
    "", "/", "/etc/passwd", "a//b", "a/", "./a", "a/.", "..", "a/../b", "a\\b", "a/\x00", "a\nb", "\x7f", ".hidden",
    "a/.lock", "a/.git/b", "x.parquet#1", "a/x#12", "a/\udcff",
]  # fmt: skip
# Longer than a reader's buffer.
LONG = hashlib.shake_128(b"").digest(1_000_000)
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["folder", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return MemoryStorage() if request.param == "memory" else FolderStorage(tmp_path / "home" / "data")


@pytest.fixture
def folder(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "data")


def keys(storage: Storage, prefix: str = "", suffix: str = "") -> list[str]:
    return [stored.key for stored in storage.list(prefix, suffix)]


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


# Both kinds


@pytest.mark.parametrize("data", [b"", b"\x00text", LONG, memoryview(LONG)[5:], LONG * 12])
def test_a_put_object_reads_back(storage: Storage, data: bytes | memoryview) -> None:
    storage.put(KEY, data)
    assert storage.read(KEY) == data
    with storage.open(KEY) as file:
        assert file.read() == data
    assert keys(storage) == [KEY]


def test_a_put_replaces_and_changes_the_mark(storage: Storage) -> None:
    storage.put(KEY, b"one")
    first = storage.find(KEY)
    storage.put(KEY, b"two")
    second = storage.find(KEY)
    assert storage.read(KEY) == b"two"
    assert first is not None
    assert second is not None
    assert first.mark != second.mark
    assert storage.find(KEY) == second
    assert storage.list() == [second]


def test_a_listing_shows_name_size_and_time(storage: Storage) -> None:
    storage.put(KEY, b"12345")
    [stored] = storage.list("archive")
    assert (stored.key, stored.name, stored.size_bytes) == (KEY, "x.warc.gz", 5)
    assert stored.modified_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - stored.modified_at) < timedelta(minutes=1)


def test_listings_are_sorted_and_show_all_below_a_folder(storage: Storage) -> None:
    names = ["b/2", "a/z", "b/10", "a-b/1", "a/b/c.parquet", "ab", "a/Đông Anh %20 [1].parquet"]
    for name in names:
        storage.put(name, b"x")
    assert keys(storage) == sorted(names)
    assert keys(storage, "a") == ["a/b/c.parquet", "a/z", "a/Đông Anh %20 [1].parquet"]
    assert keys(storage, "a/b") == ["a/b/c.parquet"]
    assert keys(storage, "a", ".parquet") == ["a/b/c.parquet", "a/Đông Anh %20 [1].parquet"]
    assert keys(storage, "ab") == keys(storage, "none") == keys(storage, "ab/none") == []


def test_an_empty_storage(storage: Storage) -> None:
    assert storage.list() == storage.list("archive/warc") == []
    assert storage.find(KEY) is None
    storage.delete(KEY)
    storage.delete_folder("archive")
    assert storage.sweep() == []


def test_a_missing_object_is_named(storage: Storage) -> None:
    storage.put(KEY, b"x")
    for missing in ("none", "archive/warc", f"{KEY}/below"):
        assert storage.find(missing) is None
        readers: tuple[Callable[[str], object], ...] = (storage.read, storage.open, lambda key: use_local(storage, key))
        for read in readers:
            with pytest.raises(MissingObjectError) as raised:
                read(missing)
            assert isinstance(raised.value, StorageError)
            assert isinstance(raised.value, FileNotFoundError)
            assert str(raised.value).startswith(f"{storage.location(missing)}: it is missing")
            assert raised.value.errno == errno.ENOENT
            assert pickle.loads(pickle.dumps(raised.value)).args == raised.value.args  # noqa: S301


def use_local(storage: Storage, key: str) -> bytes:
    with storage.local(key) as path:
        return path.read_bytes()


def test_locations_name_the_object(storage: Storage, tmp_path: Path) -> None:
    place = "memory://" if isinstance(storage, MemoryStorage) else str(tmp_path / "home" / "data")
    assert storage.location(KEY) == f"{place}/{KEY}"


@pytest.mark.parametrize("key", HOSTILE)
def test_an_invalid_key_is_refused(storage: Storage, key: str, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.write_bytes(b"x")
    calls: list[Callable[[], object]] = [
        lambda: storage.put(key, b"x"),
        lambda: storage.adopt(key, ready),
        lambda: storage.find(key),
        lambda: storage.open(key),
        lambda: storage.read(key),
        lambda: storage.delete(key),
        lambda: storage.delete_folder(key),
        lambda: storage.local(key),
    ]
    if key:
        calls += [lambda: storage.list(key), lambda: storage.sweep(key)]
    for call in calls:
        with pytest.raises(ValueError, match="is not a valid object key"):
            call()
    assert files(tmp_path) == ["ready"]
    assert storage.list() == []


def test_a_reader_reads_ranges(storage: Storage) -> None:
    storage.put(KEY, LONG)
    with storage.open(KEY, 700_000) as file:
        assert file.tell() == 700_000
        assert file.read(10) == LONG[700_000:700_010]
        assert file.seek(3) == 3
        assert file.read(200_000) == LONG[3:200_003]
        assert file.seek(-4, os.SEEK_CUR) == 199_999
        assert file.read(4) == LONG[199_999:200_003]
        assert file.seek(-5, os.SEEK_END) == len(LONG) - 5
        assert file.read() == LONG[-5:]
        assert file.read() == file.read(1) == b""
        file.seek(999_000)
        buffer = bytearray(2_000)
        assert file.readinto(buffer) == 1_000  # type: ignore[attr-defined]
        assert buffer == LONG[999_000:] + bytes(1_000)
        file.seek(2_000_000)
        assert file.read(1) == b""
        file.seek(0)
        assert file.readline() == LONG[: LONG.index(b"\n") + 1]
        with pytest.raises((OSError, ValueError)):
            file.seek(-1)
        assert file.readable()
        assert file.seekable()
        assert not file.writable()
    assert file.closed


def test_a_reader_may_begin_behind_the_end_but_not_before_the_start(storage: Storage) -> None:
    storage.put(KEY, b"12345")
    with storage.open(KEY, 6) as file:
        assert file.read() == b""
    with pytest.raises(ValueError, match="-1 is not a valid offset"):
        storage.open(KEY, -1)


def test_deleting(storage: Storage) -> None:
    storage.put("a/1", b"x")
    storage.put("a/2", b"x")
    storage.delete("a/1")
    storage.delete("a/1")
    storage.delete("a")
    storage.delete("a/2/none")
    assert keys(storage) == ["a/2"]


def test_deleting_a_folder_spares_its_neighbours(storage: Storage) -> None:
    for name in ("a/1", "a/b/2", "a/b/c/3", "ab/4", "b/a/5"):
        storage.put(name, b"x")
    storage.delete_folder("a")
    assert keys(storage) == ["ab/4", "b/a/5"]
    storage.delete_folder("a")
    storage.delete_folder("ab/4")  # no folder
    assert keys(storage) == ["ab/4", "b/a/5"]


def test_concurrent_puts_leave_one_whole_object(storage: Storage) -> None:
    contents = [bytes([number]) * 300_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(storage.put, [KEY] * 8, contents))
    assert storage.read(KEY) in contents
    assert keys(storage) == [KEY]


def test_adopting_moves_the_file(storage: Storage, tmp_path: Path) -> None:
    file = tmp_path / "finished"
    for content in (LONG, b"another"):
        file.write_bytes(content)
        storage.adopt(KEY, file)
        assert storage.read(KEY) == content
        assert not file.exists()


def test_a_missing_file_cannot_be_adopted(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        storage.adopt(KEY, tmp_path / "none")
    assert raised.value.filename == str(tmp_path / "none")
    assert storage.list() == []


def test_an_object_as_a_local_file(storage: Storage) -> None:
    storage.put(KEY, LONG)
    with storage.local(KEY) as path:
        assert path.name == "x.warc.gz"
        assert path.read_bytes() == LONG
    assert storage.read(KEY) == LONG
    assert path.exists() == isinstance(storage, FolderStorage)


@pytest.mark.parametrize("end", ["replaced", "cut short", "deleted"])
def test_an_open_reader_never_mixes_two_objects(storage: Storage, end: str) -> None:
    storage.put(KEY, LONG)
    with storage.open(KEY) as file:
        begin = file.read(1_000)
        if end == "deleted":
            storage.delete(KEY)
        else:
            storage.put(KEY, bytes(len(LONG)) if end == "replaced" else b"short")
        if isinstance(storage, FolderStorage):
            assert begin + file.read() == LONG
            return
        with pytest.raises(ObjectChangedError, match="replaced or deleted while it was being read") as raised:
            file.read()
        assert raised.value.filename == storage.location(KEY)


def test_fastwarc_reads_records(storage: Storage, tmp_path: Path) -> None:
    with WarcWriter(Home(tmp_path / "crawled"), crawl_info("w")) as writer:
        for page in range(3):
            write_page(writer, page)
        file = path_of(writer.close(crawl_report(3)))
    storage.adopt(KEY, file)
    with storage.open(KEY) as opened:
        found = [(record.stream_pos, record.record_id) for record in ArchiveIterator(opened, parse_http=False)]
    assert len(found) == 5
    for offset, record_id in found:
        with storage.open(KEY, offset) as opened:
            record = next(iter(ArchiveIterator(opened, parse_http=False)))
            assert (record.stream_pos, record.record_id) == (offset, record_id)


def test_fastwarc_passes_on_object_changed_errors() -> None:
    storage = MemoryStorage()
    with storage.open(put_long_warc(storage)) as file:
        records = iter(ArchiveIterator(file, parse_http=False))
        next(records)
        storage.put(KEY, b"another")
        with pytest.raises(ObjectChangedError):
            list(records)


def put_long_warc(storage: Storage) -> str:
    member = (
        b"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:0>\r\nWARC-Date: 2026-10-20T00:00:00Z\r\n"
        b"Content-Length: %d\r\n\r\n%b\r\n\r\n" % (len(LONG), LONG)
    )
    storage.put(KEY, member * 2)
    return KEY


def test_arrow_reads_and_writes_parquet(storage: Storage) -> None:
    table = pa.table({"number": list(range(100_000)), "text": [str(number) for number in range(100_000)]})
    sink = io.BytesIO()
    pq.write_table(table, sink, row_group_size=10_000)
    storage.put("x.parquet", sink.getbuffer())
    with storage.open("x.parquet") as file, pq.ParquetFile(file) as parquet:
        assert parquet.read_row_group(7, ["number"]).column("number")[0].as_py() == 70_000
        assert parquet.read().equals(table)


# A folder


def test_a_folder_storage_can_be_handed_to_another_process(folder: FolderStorage) -> None:
    folder.put(KEY, b"x")
    assert pickle.loads(pickle.dumps(folder)).read(KEY) == b"x"  # noqa: S301


def test_hidden_files_and_leftovers_are_not_listed(folder: FolderStorage) -> None:
    folder.put("a/x.parquet", b"x")
    folder.put("a/x.part", b"x")
    place = folder.root / "a"
    for name in (".lock", ".x.parquet.123.tmp", "x.parquet#1", "back\\slash", "line\nbreak"):
        (place / name).write_bytes(b"x")
    Path(os.fsdecode(os.fsencode(place) + b"/\xff\xfe.parquet")).write_bytes(b"x")
    (place / ".hidden").mkdir()
    (place / ".hidden" / "y.parquet").write_bytes(b"x")
    (place / "empty").mkdir()
    os.mkfifo(place / "pipe")
    (place / "dangling").symlink_to("/nowhere")
    (place / "self").symlink_to("self")
    assert keys(folder) == ["a/x.parquet", "a/x.part"]
    assert keys(folder, "a", ".parquet") == ["a/x.parquet"]
    assert folder.find("a/pipe") is None


def test_links_to_folders_are_followed_without_loops(folder: FolderStorage, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "1").write_bytes(b"x")
    folder.put("a/0", b"x")
    (folder.root / "a" / "linked").symlink_to(other)
    (other / "back").symlink_to(folder.root / "a")
    (folder.root / "a" / "itself").symlink_to(folder.root)
    assert keys(folder) == ["a/0", "a/linked/1"]
    folder.delete_folder("a")
    assert files(other) == ["1"]


def test_files_may_vanish_while_they_are_listed(folder: FolderStorage) -> None:
    folder.put("a/stays", b"x")
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            for number in range(20):
                folder.root.joinpath(f"a/{number}").mkdir()
                folder.root.joinpath(f"a/{number}/x").touch()
            for number in range(20):
                folder.root.joinpath(f"a/{number}/x").unlink()
                folder.root.joinpath(f"a/{number}").rmdir()

    with ThreadPoolExecutor(1) as pool:
        churning = pool.submit(churn)
        try:
            for _ in range(300):
                assert "a/stays" in keys(folder)
        finally:
            stop.set()
        churning.result()


def test_a_deleted_folder_leaves_no_folders(folder: FolderStorage) -> None:
    folder.put("a/b/c/1", b"x")
    folder.put("a/2", b"x")
    (folder.root / "a" / "b" / ".lock").touch()
    folder.delete_folder("a/b")
    assert sorted(path.name for path in folder.root.rglob("*")) == ["2", "a"]


def test_a_file_from_another_disk_is_adopted(
    folder: FolderStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "finished"
    file.write_bytes(LONG)
    rename = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if self == file:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    folder.adopt(KEY, file)
    assert folder.read(KEY) == LONG
    assert not file.exists()
    assert files(folder.root) == [KEY]


def test_a_put_is_synced_with_its_new_folders_before_it_is_visible(
    folder: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []

    def sync(path: Path) -> None:
        synced.append((path.relative_to(folder.root.parent).as_posix(), (folder.root / "a/b").exists()))

    monkeypatch.setattr(durable, "sync", sync)
    folder.put("a/b", b"x")
    assert [place for place in synced if "tmp" not in place[0]] == [(".", False), ("data", False), ("data/a", True)]
    assert [was_seen for place, was_seen in synced if "tmp" in place] == [False]


@pytest.mark.parametrize("act", ["put", "adopt"])
def test_a_full_disk_is_reported_and_keeps_the_old_object(
    folder: FolderStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    folder.put("a/old", b"old")
    file = tmp_path / "finished"
    file.write_bytes(b"new")

    def fail(path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(durable, "sync", fail)
    key = "a/old"
    with pytest.raises(UnwritableError) as raised:
        folder.adopt(key, file) if act == "adopt" else folder.put(key, b"new")
    assert raised.value.errno == errno.ENOSPC
    assert raised.value.filename == folder.location(key)
    assert re.fullmatch(
        re.escape(f"{folder.location(key)}: cannot be written: No space left on device. ")
        + r"The old content is unchanged\. \d+\.\d MB are free there\. "
        r"Free some space there, and run the command again\.",
        str(raised.value),
    )
    assert pickle.loads(pickle.dumps(raised.value)).args == raised.value.args  # noqa: S301
    assert files(folder.root) == ["a/old"]
    assert folder.read("a/old") == b"old"
    assert file.read_bytes() == b"new"


def test_a_file_in_the_place_of_a_folder_is_reported(folder: FolderStorage, tmp_path: Path) -> None:
    folder.root.write_text("no folder", encoding="utf-8")
    file = tmp_path / "finished"
    file.write_bytes(b"new")
    calls: list[Callable[[], object]] = [
        lambda: folder.put(KEY, b"x"),
        lambda: folder.adopt(KEY, file),
    ]
    for call in calls:
        with pytest.raises(UnwritableError, match="Check the permissions and the path") as raised:
            call()
        assert raised.value.errno in (errno.EEXIST, errno.ENOTDIR)
        assert raised.value.filename == folder.location(KEY)
    assert files(tmp_path) == ["data", "finished"]
    assert folder.list() == []
    folder.delete(KEY)


@pytest.mark.process
def test_a_killed_put_keeps_the_old_object_and_its_leftover_is_swept(folder: FolderStorage) -> None:
    folder.put("a/old", b"old")
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom warehouse import durable, storage\n"
        "def sync(path):\n    print('half way', flush=True)\n    time.sleep(60)\n"
        "durable.sync = sync\n"
        "storage.FolderStorage(Path(sys.argv[1])).put('a/old', b'new' * 100_000)\n"
    )
    command = [sys.executable, "-c", script, str(folder.root)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half way\n"
        assert folder.sweep() == []  # the put is running
        process.send_signal(signal.SIGKILL)
    assert folder.read("a/old") == b"old"
    assert keys(folder) == ["a/old"]
    [left] = folder.sweep()
    assert left.startswith(f"a/.old.{process.pid}-")
    assert files(folder.root) == ["a/old"]


def test_a_sweep_removes_only_the_leftovers_of_killed_processes(folder: FolderStorage) -> None:
    folder.put("a/x.parquet", b"x")
    folder.put("b/x.parquet", b"x")
    old = [
        "a/.x.parquet.123.tmp", "a/.x.parquet.123-0a1b2c3d.tmp", "b/.x.7-0a.tmp",
    ]  # fmt: skip
    others = [".lock", "a/.lock", "a/.notes.tmp", "a/x.part", "a/x.123.tmp", "a/x.parquet#1", ".git/x#1", ".x.5.tmp/y"]
    for name in (*old, *others):
        path = folder.root / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    elsewhere = folder.root / "a/x.part"
    (folder.root / "a/.link.1.tmp").symlink_to(elsewhere)
    with durable.temporary_file(folder.root / "a/x.parquet") as used:
        assert folder.sweep("b") == ["b/.x.7-0a.tmp"]
        assert folder.sweep() == sorted(["a/.link.1.tmp", *old[:2]])
        assert used.exists()
    assert files(folder.root) == sorted([*others, "a/x.parquet", "b/x.parquet"])


# An object store


def test_store_errors_are_reported_without_its_internals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    storage = MemoryStorage()
    storage.put(KEY, LONG)
    file = storage.open(KEY)
    finished = tmp_path / "finished"
    finished.write_bytes(b"new")

    def fail(*_arguments: object, **_options: object) -> None:
        raise GenericError("the network is down\n\nDebug source:\nGeneric {}")

    for name in ("get", "put", "delete", "list"):
        monkeypatch.setattr(obstore, name, fail)
    reads: list[Callable[[], object]] = [lambda: storage.read(KEY), file.read, storage.list]
    for read in reads:
        with pytest.raises(StorageError, match=r"cannot be read: the network is down\. Run the command again\.$"):
            read()
    writes: list[Callable[[], object]] = [
        lambda: storage.put(KEY, b"x"),
        lambda: storage.adopt(KEY, finished),
        lambda: storage.delete(KEY),
        lambda: storage.delete_folder("archive"),
    ]
    for write in writes:
        with pytest.raises(UnwritableError, match=r"cannot be written: the network is down\. The old") as raised:
            write()
        assert str(raised.value).startswith("memory:///archive")
    assert finished.read_bytes() == b"new"
    file.close()
