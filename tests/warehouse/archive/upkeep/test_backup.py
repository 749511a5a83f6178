"""Backup and restoration: existing files are compared, differences reported, and nothing overwritten."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import subprocess
import sys
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
from warehouse.archive.upkeep.space import DiskAlmostFullError
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.storage import StoredFile

ROOT = Path(__file__).resolve().parents[4]
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


FOREIGN = [
    "evil.warc.gz",
    ".my-duc/x.warc.gz",
    "my-duc/.hidden.warc.gz",
    "my-duc/x.txt",
    "a/b/c.warc.gz",
    "my-duc/x.warc.gz\u200b",
    "my-duc/\u202egz.craw.warc.gz",
    "MY-DUC/x.warc.gz",
    "my-duc/ x.warc.gz",
]


def test_all_but_warc_files_is_refused_by_name(home: Home, store: ObjectStore, tmp_path: Path) -> None:
    backup(home, store)
    for name in FOREIGN:
        if isinstance(store, LocalStore):
            (tmp_path / "copies" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "copies" / name).write_bytes(b"x")
        else:
            obstore.put(store, name, b"x")
    other = Home(tmp_path / "other")
    done = restore(other, store)
    assert done.copied == [FIRST, SECOND]
    # In a folder, what is below a refused folder is not named.
    parts = {"/".join(name.split("/")[:depth]) for name in FOREIGN for depth in (1, 2, 3)}
    assert {FIRST, SECOND}.isdisjoint(done.refused)
    assert set(done.refused) <= parts
    assert all(name in done.refused or {*parents(name)} & {*done.refused} for name in FOREIGN)
    assert sorted(path.name for path in other.warc.rglob("*")) == ["my-duc", "my-duc-1.warc.gz", "my-duc-2.warc.gz"]


def parents(name: str) -> list[str]:
    return [parent.as_posix() for parent in Path(name).parents]


def put_odd(folder: Path, outside: Path) -> set[str]:
    """Put what is no plain file into the folder of a backup or archive that has FIRST; return the refused names."""
    outside.mkdir()
    (outside / "x.warc.gz").write_bytes(b"secret")
    (folder / "linked").symlink_to(outside, target_is_directory=True)
    (folder / "my-duc/link.warc.gz").symlink_to(outside / "x.warc.gz")
    (folder / "my-duc/dangling.warc.gz").symlink_to(outside / "new.warc.gz")
    (folder / "my-duc/loop.warc.gz").symlink_to("loop.warc.gz")
    (folder / "my-duc/folder.warc.gz").mkdir()
    os.mkfifo(folder / "my-duc/fifo.warc.gz")
    os.mkfifo(folder / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        descriptor = os.open(folder / "my-duc", os.O_RDONLY)
        server.bind(f"/proc/self/fd/{descriptor}/socket.warc.gz")
        os.close(descriptor)
    odd = ("link", "dangling", "loop", "folder", "fifo", "socket")
    return {"linked", "fifo", *(f"my-duc/{name}.warc.gz" for name in odd)}


def test_restore_refuses_what_is_no_plain_file_and_goes_on(home: Home, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    backup(home, open_store(str(copies), create=True))
    refused = put_odd(copies, tmp_path / "outside")
    (copies / os.fsdecode(b"not-utf-8-\xff")).write_bytes(b"x")
    (copies / f"{FIRST}.sha256").unlink()
    (copies / f"{FIRST}.sha256").symlink_to(tmp_path / "outside/x.warc.gz")
    other = Home(tmp_path / "other")
    done = restore(other, open_store(str(copies), create=False))
    assert done.copied == [SECOND]
    assert set(done.refused) == refused | {FIRST, f"{FIRST}.sha256", os.fsdecode(b"not-utf-8-\xff")}
    assert list(content(other)) == [SECOND]


def test_restore_never_writes_through_a_link_of_the_archive(home: Home, tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "copies"), create=True)
    write_warc(home, 3)
    backup(home, store)
    outside = tmp_path / "outside"
    outside.mkdir()
    for portal_is_link in (True, False):
        other = Home(tmp_path / f"other-{portal_is_link}")
        other.warc.mkdir(parents=True)
        if portal_is_link:
            (other.warc / "my-duc").symlink_to(outside, target_is_directory=True)
        else:
            (other.warc / "my-duc").mkdir()
            (other.warc / FIRST).symlink_to(outside / "new.warc.gz")
        done = restore(other, store)
        assert len(done.copied) == (0 if portal_is_link else 2)
        assert "symbolic link" in done.refused[FIRST]
        assert list(outside.iterdir()) == []


def test_backup_refuses_what_is_no_plain_file_of_the_archive(home: Home, tmp_path: Path) -> None:
    refused = put_odd(home.warc, tmp_path / "outside")
    copies = tmp_path / "copies"
    done = backup(home, open_store(str(copies), create=True))
    assert (done.copied, set(done.refused)) == ([FIRST, SECOND], refused)
    assert sorted(path.name for path in copies.rglob("*.warc.gz")) == ["my-duc-1.warc.gz", "my-duc-2.warc.gz"]


def test_backup_never_writes_through_a_link_of_the_backup(home: Home, tmp_path: Path) -> None:
    copies, outside = tmp_path / "copies", tmp_path / "outside"
    outside.mkdir()
    copies.mkdir()
    (copies / "my-duc").symlink_to(outside, target_is_directory=True)
    done = backup(home, open_store(str(copies), create=True))
    assert (done.copied, set(done.refused)) == ([], {FIRST, SECOND})
    (copies / "my-duc").unlink()
    (copies / "my-duc").mkdir()
    (copies / FIRST).symlink_to(outside / "new.warc.gz")
    done = backup(home, open_store(str(copies), create=True))
    assert (done.copied, set(done.refused)) == ([SECOND], {FIRST})
    assert list(outside.iterdir()) == []


def test_nothing_is_restored_if_there_is_too_little_space(home: Home, store: ObjectStore, tmp_path: Path) -> None:
    backup(home, store)
    with pytest.raises(DiskAlmostFullError, match="are needed, and") as raised:
        restore(Home(tmp_path / "other"), store, least_free_bytes=10**18)
    assert raised.value.errno == errno.ENOSPC
    assert not (tmp_path / "other/archive/warc/my-duc").exists()


@pytest.mark.process
@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_killed_copy_leaves_nothing_after_the_next_one(home: Home, tmp_path: Path, command: str) -> None:
    copies, other = tmp_path / "copies", Home(tmp_path / "other")
    if command == "restore":
        backup(home, open_store(str(copies), create=True))
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom warehouse import durable\nfrom warehouse.home import Home\n"
        "from warehouse.archive.upkeep.backup import backup, open_store, restore\n"
        "def sync(path):\n    if path.is_file():\n        print('half way', flush=True)\n        time.sleep(60)\n"
        "durable.sync = sync\n"
        f"{command}(Home(Path(sys.argv[1])), open_store(sys.argv[2], create=True))\n"
    )
    place = home if command == "backup" else other
    with subprocess.Popen(
        [sys.executable, "-c", script, str(place.root), str(copies)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half way\n"
        process.kill()
    written = copies if command == "backup" else other.warc
    assert len(list(written.rglob(".*.tmp"))) == 1
    store = open_store(str(copies), create=True)
    done = backup(home, store) if command == "backup" else restore(other, store)
    assert (done.copied, done.refused) == ([FIRST, SECOND], {})
    assert list(written.rglob(".*.tmp")) == []


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


@pytest.mark.parametrize(
    "url",
    [
        *(
            "s3://KEY:Geheim7@bucket/a",
            "s3://KEY:Ge/heim7@bucket",
            "s3://KEY:Gehe\nim7@bucket",
            "gs://a:Geheim7@bucket",
        ),
        *("az://container/a?sig=Geheim7", "https://a.blob.test/c?sig=Geheim7", "S3://bucket/a#Geheim7"),
    ],
)
def test_credentials_in_the_url_of_a_backup_are_refused_and_not_shown(url: str) -> None:
    with pytest.raises(BackupError, match="credentials come from environment variables") as caught:
        open_store(url, create=True)
    assert "Gehe" not in str(caught.value)


def test_what_is_no_url_is_refused_and_not_shown() -> None:
    with pytest.raises(BackupError, match="is no URL of a backup") as caught:
        open_store("s3://[Geheim7", create=True)
    assert "Gehe" not in str(caught.value)


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    for name in ("a@b", "a:b@c?d#e"):
        open_store(str(tmp_path / name), create=True)
        open_store(f"file://{tmp_path / name}", create=False)
