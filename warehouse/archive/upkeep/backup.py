"""Backs up the archive to a folder or an object store, and restores it.

A complete WARC file changes only if it is recovered, so a backup normally only adds files. Beside each
copy is a `sha256sum` file with its SHA-256. That file is written last: if it is missing, the copying was interrupted.
On either side, only plain files of an archive are read or written; everything else is refused by name.
Belongs here: copying and comparing WARC files.
Does not belong here: checking their records (`warehouse.archive.upkeep.verify`), and files derived from them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from warehouse.archive.files import WARC_NAME, all_warc_files, named_warc_file
from warehouse.archive.index.leftovers import delete_leftovers
from warehouse.archive.upkeep.plain_files import PlainFiles, plain_files, refuse_foreign
from warehouse.archive.upkeep.space import LEAST_FREE_BYTES, check_space
from warehouse.durable import delete_leftovers as delete_in_folder
from warehouse.durable import make_folder, replacing, temporary_file
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.storage import StoredFile

_DIGEST_SUFFIX = ".sha256"
_CHUNK_BYTES = 5_000_000
_DIGEST_NAME: Final = re.compile(WARC_NAME.pattern + re.escape(_DIGEST_SUFFIX))
# Left by killed backups of earlier versions, whose store names unfinished files so.
_UNFINISHED: Final = re.compile(r".*#\d+", re.DOTALL)
# A name and a password before the bucket, or a signature after it.
_WITH_CREDENTIALS = re.compile(r"((?!file:)[a-z0-9]+)://(?:[^/@]*:.*@|.*[?#])", re.IGNORECASE | re.DOTALL)


class BackupError(WarehouseError):
    """The backup cannot be read or written; the message names the store and the cause."""


@dataclass(slots=True)
class Copied:
    """The result of a backup or restore; files are named relative to `archive/warc/`.

    Attributes:
        copied: files that were copied, and checked unless they are `undigested`.
        unchanged: number of files that already existed with the same content.
        refused: what was not copied, each with the reason: archive and backup differ, the file is damaged or cannot be
            read, or it is not a plain file of an archive.
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
        BackupError: the URL is invalid or holds credentials, or the folder is missing.
    """
    if found := _WITH_CREDENTIALS.match(place):
        # The URL stands in messages, and in the list of processes.
        raise BackupError(
            f"{found[1]}://…: a backup's URL is a bucket and a prefix; credentials come from environment variables"
        )
    with _reporting(place):
        if "://" in place and not place.startswith("file://"):
            try:
                return from_url(place)
            except ValueError as error:  # such as `s3://[`
                raise BackupError(f"{place.partition(':')[0]}://…: this is no URL of a backup") from error
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
        OSError: a copy cannot be written to a folder, for example because its disk is full; earlier copies are kept.
    """
    done = Copied()
    with _reporting(str(store)):
        if folder := _folder_of(store):
            for place in (folder, *(path for path in folder.glob("*") if path.is_dir() and not path.is_symlink())):
                delete_in_folder(place)
        copies, own = _copies(store), plain_files(home.warc)
        # Hidden files and unfinished ones are no files of the archive yet; `archive verify` names the others.
        done.refused |= {name: why for name, why in own.refused.items() if not name.rpartition("/")[2].startswith(".")}
        todo = {f"{warc.folder}/{warc.name}": warc for warc in all_warc_files(home)}
        if folder:
            check_space(folder, 0, sum(own.sizes.get(name, 0) for name in todo if name not in copies.sizes))
        for name, warc in todo.items():
            if own.refusal_of(name):
                continue
            if why := copies.refusal_of(name) or copies.refusal_of(name + _DIGEST_SUFFIX):
                done.refused[name] = f"in the backup: {why}"
                continue
            if on_file:
                on_file(name)
            try:
                digest = _digest_of(warc)
            except OSError as error:
                done.refused[name] = f"the archive's file cannot be read: {error}"
                continue
            with _refusing(store, name, done):
                if name not in copies.sizes or name in replace:
                    _copy(store, name, warc, digest)
                    done.copied.append(name)
                elif problem := _difference(store, name, copies.sizes[name], warc.size_bytes, digest, reread=reread):
                    done.refused[name] = problem
                else:
                    done.unchanged += 1
    return done


def restore(
    home: Home,
    store: ObjectStore,
    *,
    least_free_bytes: int = LEAST_FREE_BYTES,
    on_file: Callable[[str], None] | None = None,
) -> Copied:
    """Copy every WARC file that the home lacks from a backup; nothing is overwritten.

    `least_free_bytes` must stay free on the home's disk. `on_file` is called with each file's name before the file is
    processed.

    Raises:
        BackupError: the store cannot be read; files restored before are kept.
        DiskAlmostFullError: there is too little space for all files; none was restored.
        OSError: the archive cannot be written.
    """
    done = Copied()
    with _reporting(str(store)):
        delete_leftovers(home)
        copies, own = _copies(store), plain_files(home.warc)
        done.refused |= copies.refused
        names = sorted(name for name in copies.sizes if WARC_NAME.fullmatch(name))
        check_space(home.warc, least_free_bytes, sum(copies.sizes[name] for name in names if name not in own.sizes))
        for name in names:
            why = own.refusal_of(name)
            if problem := (why and f"in the archive: {why}") or copies.refusal_of(name + _DIGEST_SUFFIX):
                done.refused[name] = problem
                continue
            if on_file:
                on_file(name)
            with _refusing(store, name, done):
                _restore_or_compare(home, store, name, done)
    return done


def _restore_or_compare(home: Home, store: ObjectStore, name: str, done: Copied) -> None:
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


@contextmanager
def _refusing(store: ObjectStore, name: str, done: Copied) -> Iterator[None]:
    """Refuse a copy in a folder that cannot be read; an object store that fails would fail for each file."""
    try:
        yield
    except BaseError as error:
        if _folder_of(store) is None:
            raise
        done.refused[name] = f"the copy cannot be read: {str(error).partition(os.linesep)[0]}"


def _copies(store: ObjectStore) -> PlainFiles:
    """Return what is in the store: copies and their digests, and everything else as refused."""
    folder = _folder_of(store)
    if folder is None:
        sizes = {item["path"]: item["size"] for items in obstore.list(store) for item in items}
        found = PlainFiles(sizes)
    else:
        # Not by obstore, which follows links, and stops at a name that is not UTF-8.
        found = plain_files(folder)
        for name in [name for name in found.sizes if _UNFINISHED.fullmatch(name)]:
            del found.sizes[name]
            found.refused[name] = "it is the unfinished file of a killed backup; delete it"
    refuse_foreign(found, _DIGEST_NAME)
    return found


def _folder_of(store: ObjectStore) -> Path | None:
    """Return the folder of a backup; None if it is in an object store."""
    return Path(store.prefix) if isinstance(store, LocalStore) and store.prefix is not None else None


def _put(store: ObjectStore, name: str, content: Path | bytes) -> None:
    """Write a file of the backup, durably: the old file or the new one exists at all times."""
    folder = _folder_of(store)
    if folder is None:
        obstore.put(store, name, content)
        return
    with replacing(folder / name) as temporary:
        if isinstance(content, Path):
            shutil.copyfile(content, temporary)
        else:
            temporary.write_bytes(content)


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
        _put(store, name, path)
    if _digest_in(store, name) != digest:
        raise BackupError(f"{name}: reading the copy back gave other content than was written; it has no digest file")
    _write_digest_file(store, name, digest)


def _restore_file(home: Home, store: ObjectStore, name: str, digest: str | None) -> bool:
    """Put the copy into the archive and return True; return False if it does not match its digest."""
    warc = named_warc_file(home.storage, name)
    path = home.warc / warc.folder / warc.name
    make_folder(path.parent)
    found = hashlib.sha256()
    with temporary_file(path) as temporary:
        with temporary.open("wb") as file:
            for chunk in obstore.get(store, name).stream(min_chunk_size=_CHUNK_BYTES):
                found.update(chunk)
                file.write(chunk)
        if digest not in (None, found.hexdigest()):
            return False
        warc.adopt(temporary)
    return True


def _recorded_digest(store: ObjectStore, name: str) -> str | None:
    """Return the SHA-256 in the file beside a copy; None if there is no such file."""
    try:
        text = bytes(obstore.get(store, name + _DIGEST_SUFFIX).bytes())
    except FileNotFoundError:
        return None
    return text.decode("ascii", "replace").partition(" ")[0]


def _write_digest_file(store: ObjectStore, name: str, digest: str) -> None:
    line = f"{digest}  {name.rpartition('/')[2]}\n"
    _put(store, name + _DIGEST_SUFFIX, line.encode())


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
