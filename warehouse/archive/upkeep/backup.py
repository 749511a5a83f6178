"""Backs up the archive to a folder or an object store, and restores it.

A complete WARC file changes only if it is recovered, so a backup normally only adds files. Beside each
copy is a `sha256sum` file with its SHA-256. That file is written last: if it is missing, the copying was interrupted.
Belongs here: copying and comparing WARC files.
Does not belong here: checking their records (`warehouse.archive.upkeep.verify`), and files derived from them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from warehouse.archive.files import WARC_NAME, named_warc_file, warc_files
from warehouse.durable import sync
from warehouse.home import Home
from warehouse.storage import StoredFile

_DIGEST_SUFFIX = ".sha256"
_CHUNK_BYTES = 5_000_000


class BackupError(Exception):
    """The backup cannot be read or written; the message names the store and the cause."""


@dataclass(slots=True)
class Copied:
    """The result of a backup or restore; files are named relative to `archive/warc/`.

    Attributes:
        copied: files that were copied, and checked unless they are `undigested`.
        unchanged: number of files that already existed with the same content.
        refused: files that were not copied, each with the reason: archive and backup differ, or the copy is damaged.
        undigested: restored files whose copy had no digest, because its backup was interrupted.
    """

    copied: list[str] = field(default_factory=list)
    unchanged: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    undigested: list[str] = field(default_factory=list)


def open_store(place: str, *, create: bool) -> ObjectStore:
    """Open the folder or object store of a backup: a path, or a URL such as `s3://bucket/prefix`.

    Args:
        place: a folder, or a URL with the scheme `s3`, `gs`, `az` or `file`. Credentials come from the environment
            variables that the store's own tools use (`AWS_ACCESS_KEY_ID`, `GOOGLE_APPLICATION_CREDENTIALS`,
            `AZURE_STORAGE_ACCOUNT_NAME`, …).
        create: whether to create the folder if it is missing.

    Raises:
        BackupError: the URL is invalid, or the folder is missing.
    """
    with _reporting(place):
        if "://" in place and not place.startswith("file://"):
            return from_url(place)
        folder = Path(place.removeprefix("file://")).absolute()
        if not create and not folder.is_dir():
            raise BackupError(f"{place}: the folder does not exist")
        return LocalStore(folder, mkdir=True)


def backup(
    home: Home,
    store: ObjectStore,
    *,
    replace: Collection[str] = (),
    reread: bool = False,
    on_file: Callable[[str], None] | None = None,
) -> Copied:
    """Copy every complete WARC file that the store lacks, and compare existing copies with the archive.

    `replace` names files whose copies are overwritten, such as recovered ones. `reread` also compares the content of
    copies that have a digest, not only size and digest. `on_file` is called with each file's name before the file is
    processed.

    Raises:
        BackupError: the store cannot be read or written; earlier copies are kept.
        OSError: a file of the archive cannot be read.
    """
    done = Copied()
    with _reporting(str(store)):
        sizes = _sizes(store)
        for warc in warc_files(home):
            name = f"{warc.folder}/{warc.name}"
            if on_file:
                on_file(name)
            digest = _digest_of(warc)
            if name not in sizes or name in replace:
                _copy(store, name, warc, digest)
                done.copied.append(name)
            elif problem := _difference(store, name, sizes[name], warc.size_bytes, digest, reread=reread):
                done.refused[name] = problem
            else:
                done.unchanged += 1
    return done


def restore(home: Home, store: ObjectStore, *, on_file: Callable[[str], None] | None = None) -> Copied:
    """Copy every WARC file that the home lacks from a backup; nothing is overwritten.

    `on_file` is called with each file's name before the file is processed.

    Raises:
        BackupError: the store cannot be read; files restored before are kept.
        OSError: the archive cannot be written.
    """
    done = Copied()
    with _reporting(str(store)):
        sizes = _sizes(store)
        for name in sorted(name for name in sizes if WARC_NAME.fullmatch(name)):
            if on_file:
                on_file(name)
            digest = _recorded_digest(store, name)
            warc = named_warc_file(home.storage, name)
            if warc.exists():
                if _digest_of(warc) == (digest or _digest_in(store, name)):
                    done.unchanged += 1
                else:
                    done.refused[name] = "the archive's file differs from the copy; move it away to restore the copy"
            elif _restore_file(home, store, name, digest):
                done.copied.append(name)
                if digest is None:
                    done.undigested.append(name)
            else:
                done.refused[name] = "the copy is damaged: it does not match the SHA-256 beside it"
    return done


def _sizes(store: ObjectStore) -> dict[str, int]:
    """Return the size in bytes of each object in the store, by name."""
    return {item["path"]: item["size"] for items in obstore.list(store) for item in items}


def _difference(store: ObjectStore, name: str, size: int, own_size: int, digest: str, *, reread: bool) -> str | None:
    """Return how the copy differs from the archive's file; None if equal. Write a missing digest file."""
    if size != own_size:
        return f"the copy has {size} bytes, but the archive's file has {own_size}"
    recorded = _recorded_digest(store, name)
    if recorded is not None and recorded != digest:
        return "the archive's file has changed since the copy was made"
    if (recorded is None or reread) and _digest_in(store, name) != digest:
        return "the copy's content differs from the archive's file"
    if recorded is None:
        _write_digest_file(store, name, digest)
    return None


def _copy(store: ObjectStore, name: str, warc: StoredFile, digest: str) -> None:
    if _recorded_digest(store, name) is not None:
        # Delete the old digest: it must not stand beside the new copy until that is read back.
        obstore.delete(store, name + _DIGEST_SUFFIX)
    # Use a local file: obstore cannot read from one store while it writes to another.
    with warc.local() as path:
        obstore.put(store, name, path)
    if _digest_in(store, name) != digest:
        raise BackupError(f"{name}: reading the copy back gave other content than was written; it has no digest file")
    _write_digest_file(store, name, digest)


def _restore_file(home: Home, store: ObjectStore, name: str, digest: str | None) -> bool:
    """Put the copy into the archive and return True; return False if it does not match its digest."""
    warc = named_warc_file(home.storage, name)
    temporary = home.warc / warc.folder / f".{warc.name}.restoring"
    temporary.parent.mkdir(parents=True, exist_ok=True)
    found = hashlib.sha256()
    try:
        with temporary.open("wb") as file:
            for chunk in obstore.get(store, name).stream(min_chunk_size=_CHUNK_BYTES):
                found.update(chunk)
                file.write(chunk)
        if digest not in (None, found.hexdigest()):
            return False
        warc.adopt(temporary)
        return True
    finally:
        temporary.unlink(missing_ok=True)


def _recorded_digest(store: ObjectStore, name: str) -> str | None:
    """Return the SHA-256 in the file beside a copy; None if there is no such file."""
    try:
        text = bytes(obstore.get(store, name + _DIGEST_SUFFIX).bytes())
    except FileNotFoundError:
        return None
    return text.decode("ascii", "replace").partition(" ")[0]


def _write_digest_file(store: ObjectStore, name: str, digest: str) -> None:
    line = f"{digest}  {name.rpartition('/')[2]}\n"
    obstore.put(store, name + _DIGEST_SUFFIX, line.encode())
    if isinstance(store, LocalStore) and store.prefix is not None:
        # In an object store a completed put is durable; in a folder the files must be synced to the disk.
        folder = Path(store.prefix)
        for path in (folder / name, folder / (name + _DIGEST_SUFFIX), (folder / name).parent):
            sync(path)


def _digest_in(store: ObjectStore, name: str) -> str:
    found = hashlib.sha256()
    for chunk in obstore.get(store, name).stream(min_chunk_size=_CHUNK_BYTES):
        found.update(chunk)
    return found.hexdigest()


def _digest_of(warc: StoredFile) -> str:
    with warc.local() as path, path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _reporting(place: str) -> Iterator[None]:
    """Turn errors of the store into `BackupError`; keep only their first line, the rest is internal."""
    try:
        yield
    except BaseError as error:
        raise BackupError(f"{place}: {str(error).partition(os.linesep)[0]}") from error
