"""Backup and restoration: existing files are compared, differences reported, and nothing overwritten."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import obstore
import pytest
from obstore.store import LocalStore, MemoryStore, ObjectStore

from tests.warehouse.archive.warc.warc_files import crawl_info, crawl_report, write_page
from warehouse.archive.files import named_warc_file, warc_files
from warehouse.archive.index.build import update_index
from warehouse.archive.upkeep import backup as module
from warehouse.archive.upkeep.backup import BackupError, backup, open_store, restore
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.storage import StoredFile

FIRST, SECOND = "my-duc/my-duc-1.warc.gz", "my-duc/my-duc-2.warc.gz"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    for number in (1, 2):
        write_warc(home, number)
    return home


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return MemoryStore() if request.param == "memory" else LocalStore(tmp_path / "copies", mkdir=True)


def write_warc(home: Home, number: int) -> StoredFile:
    crawl_id = f"my-duc-{number}"
    with WarcWriter(home, crawl_info(crawl_id)) as writer:
        for page in range(3):
            write_page(writer, page)
        return writer.close(crawl_report(3))


def content(home: Home) -> dict[str, bytes]:
    return {f"{warc.folder}/{warc.name}": warc.read() for warc in warc_files(home)}


def names(store: ObjectStore) -> list[str]:
    return sorted(item["path"] for items in obstore.list(store) for item in items)


def test_a_backup_can_be_restored(home: Home, store: ObjectStore, tmp_path: Path) -> None:
    assert backup(home, store).copied == [FIRST, SECOND]
    other = Home(tmp_path / "other")
    done = restore(other, store)
    assert (done.copied, done.refused, done.undigested) == ([FIRST, SECOND], {}, [])
    assert content(other) == content(home)
    assert len(update_index(other).indexed) == 2
    assert sorted(path.name for path in (other.warc / "my-duc").iterdir()) == ["my-duc-1.warc.gz", "my-duc-2.warc.gz"]


def test_only_new_files_are_copied(home: Home, store: ObjectStore) -> None:
    backup(home, store)
    write_warc(home, 3)
    done = backup(home, store)
    assert (done.copied, done.unchanged) == (["my-duc/my-duc-3.warc.gz"], 2)


def test_only_complete_files_are_copied(home: Home, store: ObjectStore) -> None:
    with WarcWriter(home, crawl_info("my-duc-3")) as writer:
        write_page(writer, 1)
    (home.warc / "my-duc" / ".lock").touch()
    (home.warc / "my-duc" / "my-duc-4.warc.gz.damaged").write_bytes(b"?")
    backup(home, store)
    assert names(store) == [FIRST, f"{FIRST}.sha256", SECOND, f"{SECOND}.sha256"]


@pytest.mark.process
def test_digests_are_in_the_format_of_sha256sum(home: Home, tmp_path: Path) -> None:
    backup(home, open_store(str(tmp_path / "copies"), create=True))
    checked = subprocess.run(
        ["sha256sum", "--check", "my-duc-1.warc.gz.sha256"],  # noqa: S607  # coreutils, wherever installed
        cwd=tmp_path / "copies" / "my-duc",
        capture_output=True,
        text=True,
    )
    assert (checked.returncode, checked.stdout) == (0, "my-duc-1.warc.gz: OK\n")


def test_a_copy_that_differs_is_reported_and_kept(home: Home, store: ObjectStore) -> None:
    backup(home, store)
    kept = bytes(obstore.get(store, FIRST).bytes())
    warc = home.warc / FIRST
    warc.write_bytes(warc.read_bytes()[:-1] + b"?")
    done = backup(home, store)
    assert done.refused == {FIRST: "the archive's file has changed since the copy was made"}
    assert bytes(obstore.get(store, FIRST).bytes()) == kept


def test_a_recovered_file_replaces_its_copy_on_request(home: Home, store: ObjectStore) -> None:
    backup(home, store)
    warc = named_warc_file(home.storage, FIRST)
    data = bytearray(warc.read())
    data[next(read_captures(warc)).capture.warc_offset + 60] ^= 0xFF
    warc.put(bytes(data))
    recover_warc(home, warc)
    assert list(backup(home, store).refused) == [FIRST]
    assert backup(home, store, replace=[FIRST]).copied == [FIRST]
    assert bytes(obstore.get(store, FIRST).bytes()) == warc.read()
    assert backup(home, store).unchanged == 2


def test_a_truncated_copy_is_reported(home: Home, store: ObjectStore, tmp_path: Path) -> None:
    backup(home, store)
    whole = bytes(obstore.get(store, FIRST).bytes())
    obstore.put(store, FIRST, whole[:-10])
    (problem,) = backup(home, store).refused.values()
    assert problem == f"the copy has {len(whole) - 10} bytes, but the archive's file has {len(whole)}"
    other = Home(tmp_path / "other")
    done = restore(other, store)
    assert (done.copied, list(done.refused)) == ([SECOND], [FIRST])
    assert list(content(other)) == [SECOND]
    assert [path.name for path in (other.warc / "my-duc").iterdir()] == ["my-duc-2.warc.gz"]


def test_a_copy_with_a_flipped_bit_is_reported_when_reread(home: Home, store: ObjectStore, tmp_path: Path) -> None:
    backup(home, store)
    flipped = bytearray(bytes(obstore.get(store, FIRST).bytes()))
    flipped[100] ^= 1
    obstore.put(store, FIRST, bytes(flipped))
    assert backup(home, store).unchanged == 2
    assert list(backup(home, store, reread=True).refused) == [FIRST]
    assert list(restore(Home(tmp_path / "other"), store).refused) == [FIRST]


def test_an_interrupted_backup_is_completed(home: Home, store: ObjectStore, tmp_path: Path) -> None:
    backup(home, store)
    obstore.delete(store, f"{FIRST}.sha256")  # killed between the copy and its digest
    done = restore(Home(tmp_path / "other"), store)
    assert (done.copied, done.undigested) == ([FIRST, SECOND], [FIRST])
    assert backup(home, store).unchanged == 2
    assert f"{FIRST}.sha256" in names(store)


def test_a_copy_without_digest_that_differs_gets_none(home: Home, store: ObjectStore) -> None:
    size = (home.warc / FIRST).stat().st_size
    obstore.put(store, FIRST, b"?" * size)
    assert list(backup(home, store).refused) == [FIRST]
    assert f"{FIRST}.sha256" not in names(store)


def test_a_copy_that_does_not_read_back_is_an_error(
    home: Home, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_digest_in", lambda *_: hashlib.sha256(b"other").hexdigest())
    with pytest.raises(BackupError, match="reading the copy back gave other content"):
        backup(home, store)
    assert names(store) == [FIRST]


def test_restoring_overwrites_nothing(home: Home, store: ObjectStore) -> None:
    backup(home, store)
    (home.warc / FIRST).write_bytes(b"other")
    done = restore(home, store)
    assert (done.unchanged, list(done.refused)) == (1, [FIRST])
    assert (home.warc / FIRST).read_bytes() == b"other"


def test_only_warc_files_are_restored(tmp_path: Path) -> None:
    store = MemoryStore()
    for name in ("evil.warc.gz", ".my-duc/x.warc.gz", "my-duc/.hidden.warc.gz", "my-duc/x.txt", "a/b/c.warc.gz"):
        obstore.put(store, name, b"x")
    assert restore(Home(tmp_path / "other"), store).copied == []
    assert not (tmp_path / "other").exists()


def test_an_invalid_place_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="the folder does not exist"):
        open_store(str(tmp_path / "missing"), create=False)
    with pytest.raises(BackupError, match=r"^foo://bucket: .*foo://bucket") as raised:
        open_store("foo://bucket", create=True)
    assert "\n" not in str(raised.value)


def test_urls_of_object_stores_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-of-a-test")
    with pytest.raises(BackupError, match="SecretAccessKey"):
        open_store("s3://bucket/prefix", create=False)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-a-test")
    assert type(open_store("s3://bucket/prefix", create=False)).__name__ == "S3Store"
