"""Copies of the archive elsewhere: in a folder or in an object store, and back.

A complete WARC file never changes, so a backup only ever gains files. Beside each copy stands its SHA-256 in the form
of `sha256sum`; it is written last, so that a copy without one is a copy that was interrupted. Here: copying and
comparing. Not here: whether a WARC file is whole (`warehouse.archive.upkeep.verify`), and what is made of the files.
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
    """The place of the copies cannot be read or written; says which, and why."""


@dataclass(slots=True)
class Copied:
    """What a backup or a restoration did; files by their names below `archive/warc/`.

    Attributes:
        copied: came to the other side, and were read back there.
        unchanged: how many were there already, and the same.
        refused: are on both sides and differ, or are not what their digest says; by name, with the reason. Neither
            side was altered.
        undigested: restored files beside which no digest stood: their copying was interrupted.
    """

    copied: list[str] = field(default_factory=list)
    unchanged: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    undigested: list[str] = field(default_factory=list)


def open_store(place: str, *, create: bool) -> ObjectStore:
    """Return the folder or object store that `place` names: a path, or a URL such as `s3://bucket/prefix`.

    Args:
        place: a folder, or a URL of the schemes `s3`, `gs`, `az` and `file`. Credentials come from the environment,
            under the names that the store's own tools use (`AWS_ACCESS_KEY_ID`, `GOOGLE_APPLICATION_CREDENTIALS`,
            `AZURE_STORAGE_ACCOUNT_NAME`, …).
        create: whether a folder that is missing is made.

    Raises:
        BackupError: the URL is not understood, or the folder is missing.
    """
    if "://" not in place or place.startswith("file://"):
        folder = Path(place.removeprefix("file://")).absolute()
        if not create and not folder.is_dir():
            raise BackupError(f"{place}: there is no such folder")
        with _told(place):
            return LocalStore(folder, mkdir=True)
    with _told(place):
        return from_url(place)


def backup(
    home: Home,
    store: ObjectStore,
    *,
    replace: Collection[str] = (),
    reread: bool = False,
    on_file: Callable[[str], None] | None = None,
) -> Copied:
    """Copy every complete WARC file that the store lacks, and hold those that it has against the archive's.

    Args:
        home: whose archive is copied.
        store: where to.
        replace: names of files whose copy gives way to the archive's, such as one that was recovered.
        reread: whether copies made earlier are read too, and not just their sizes and digests.
        on_file: called with each file's name before it is looked at.

    Raises:
        BackupError: the store cannot be read or written; what was copied before stays.
        OSError: a file of the archive cannot be read.
    """
    done = Copied()
    with _told(str(store)):
        sizes = _sizes(store)
        for warc in warc_files(home):
            name = f"{warc.folder}/{warc.name}"
            if on_file:
                on_file(name)
            digest = _digest_of(warc)
            has_copy = name in sizes
            if has_copy and name not in replace:
                size = sizes[name]
                if problem := _difference(store, name, size, warc.size_bytes, digest, reread=reread):
                    done.refused[name] = problem
                else:
                    done.unchanged += 1
                continue
            _copy(store, name, warc, digest)
            done.copied.append(name)
    return done


def restore(home: Home, store: ObjectStore, *, on_file: Callable[[str], None] | None = None) -> Copied:
    """Bring every WARC file of a backup that the home lacks into its archive; nothing there is overwritten.

    Args:
        home: where the archive is to stand; it may be empty or hold a part.
        store: the backup.
        on_file: called with each file's name before it is looked at.

    Raises:
        BackupError: the store cannot be read; what came before stays.
        OSError: the archive cannot be written.
    """
    done = Copied()
    with _told(str(store)):
        sizes = _sizes(store)
        for name in sorted(name for name in sizes if WARC_NAME.fullmatch(name)):
            if on_file:
                on_file(name)
            digest = _stated_digest(store, name)
            warc = named_warc_file(home.storage, name)
            if warc.exists():
                if _digest_of(warc) == (digest or _digest_in(store, name)):
                    done.unchanged += 1
                else:
                    done.refused[name] = "the archive's file has another content; move it away to have the copy's"
            elif _bring(home, store, name, digest):
                done.copied.append(name)
                if digest is None:
                    done.undigested.append(name)
            else:
                done.refused[name] = "the copy has not the SHA-256 that stands beside it: it is damaged"
    return done


def _sizes(store: ObjectStore) -> dict[str, int]:
    """Return the size in bytes of everything in the store, by name."""
    return {item["path"]: item["size"] for items in obstore.list(store) for item in items}


def _difference(store: ObjectStore, name: str, size: int, own_size: int, digest: str, *, reread: bool) -> str | None:
    """Return how the copy differs from the archive's file; None where it does not."""
    if size != own_size:
        return f"the copy has {size} bytes and the archive's file {own_size}"
    stated = _stated_digest(store, name)
    if stated is not None and stated != digest:
        return "the copy was made of another content than the archive's file has"
    if (stated is None or reread) and _digest_in(store, name) != digest:
        return "the copy's bytes are not those of the archive's file"
    if stated is None:
        _state_digest(store, name, digest)
    return None


def _copy(store: ObjectStore, name: str, warc: StoredFile, digest: str) -> None:
    if _stated_digest(store, name) is not None:
        # Until the new copy is there and read back, nothing may say that the old one is right.
        obstore.delete(store, name + _DIGEST_SUFFIX)
    # Not an open object: obstore, while it puts, cannot be asked to read another.
    with warc.local() as path:
        obstore.put(store, name, path)
    if _digest_in(store, name) != digest:
        raise BackupError(f"{name}: the copy does not read back as it was written; nothing vouches for it")
    _state_digest(store, name, digest)


def _bring(home: Home, store: ObjectStore, name: str, digest: str | None) -> bool:
    """Put the copy into the archive; return False, and put nothing, where its digest is wrong."""
    warc = named_warc_file(home.storage, name)
    temporary = home.warc / warc.folder / f".{warc.name}.restoring"
    temporary.parent.mkdir(parents=True, exist_ok=True)
    found = hashlib.sha256()
    try:
        with temporary.open("wb") as file:
            for chunk in obstore.get(store, name).stream(min_chunk_size=_CHUNK_BYTES):
                found.update(chunk)
                file.write(chunk)
        is_right = digest in (None, found.hexdigest())
        if is_right:
            warc.adopt(temporary)
        return is_right
    finally:
        temporary.unlink(missing_ok=True)


def _stated_digest(store: ObjectStore, name: str) -> str | None:
    """Return the SHA-256 that stands beside a copy, or None."""
    try:
        text = bytes(obstore.get(store, name + _DIGEST_SUFFIX).bytes())
    except FileNotFoundError:
        return None
    return text.decode("ascii", "replace").partition(" ")[0]


def _state_digest(store: ObjectStore, name: str, digest: str) -> None:
    line = f"{digest}  {name.rpartition('/')[2]}\n"
    obstore.put(store, name + _DIGEST_SUFFIX, line.encode())
    if isinstance(store, LocalStore) and store.prefix is not None:
        # Object stores keep what they have accepted; a disk may not have written it yet.
        folder = Path(store.prefix)
        for path in (folder / name, folder / (name + _DIGEST_SUFFIX), (folder / name).parent):
            sync(path)


def _digest_in(store: ObjectStore, name: str) -> str:
    found = hashlib.sha256()
    for chunk in obstore.get(store, name).stream(min_chunk_size=_CHUNK_BYTES):
        found.update(chunk)
    return found.hexdigest()


def _digest_of(warc: StoredFile) -> str:
    found = hashlib.sha256()
    with warc.open() as file:
        while chunk := file.read(_CHUNK_BYTES):
            found.update(chunk)
    return found.hexdigest()


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Turn the store's own errors into one; they carry a dump of its internals after their first line."""
    try:
        yield
    except BaseError as error:
        raise BackupError(f"{place}: {str(error).partition(os.linesep)[0]}") from error
