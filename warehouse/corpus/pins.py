"""Pins: notes beside releases that are never deleted, since somebody cites them.

A pin is the file `releases/<release_id>.pin.json`, so it is copied and moved together with its release. A pin whose
content is damaged still counts.
Belongs here: setting, removing and reading pins.
Does not belong here: deleting releases (`warehouse.tables.retention`).
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from warehouse.corpus.release import UnknownReleaseError, kept_releases, no_such_release, verify_release
from warehouse.durable import replacing, sync
from warehouse.home import Home

_SUFFIX: Final = ".pin.json"


@dataclass(frozen=True, slots=True)
class Pin:
    """Why and since when a release is kept for good.

    Attributes:
        note: the words of whoever pinned it; empty if there are none, or if the file of the pin is damaged.
        pinned_at: None if the file of the pin is damaged.
    """

    note: str
    pinned_at: datetime | None


def pin(home: Home, release_id: str, note: str, now: datetime) -> Pin:
    """Pin a kept release, after reading every block of it; another pin of it is replaced.

    Raises:
        UnknownReleaseError: there is no such release.
        DamagedReleaseError: the release is damaged, so nobody could read what is cited.
        OSError: the pin cannot be written.
    """
    file = _existing(home, release_id)
    verify_release(file)
    with releases_locked(home):
        _existing(home, release_id)  # a build may have deleted it meanwhile
        with replacing(_pin_file(home, release_id)) as temporary:
            temporary.write_text(
                json.dumps({"note": note, "pinned_at": now.isoformat()}, ensure_ascii=False), encoding="utf-8"
            )
    return Pin(note, now)


def unpin(home: Home, release_id: str) -> None:
    """Remove the pin of a release; the next builds delete the release when its time has come.

    Raises:
        UnknownReleaseError: the release is not pinned.
    """
    if release_id not in pins(home):
        raise UnknownReleaseError(f"{release_id}: not pinned; pinned are: {', '.join(sorted(pins(home))) or 'none'}")
    _pin_file(home, release_id).unlink(missing_ok=True)
    sync(home.releases)


def pins(home: Home) -> Mapping[str, Pin]:
    """Return the pins by release, also those whose release is gone."""
    files = sorted(home.releases.glob(f"[!.]*{_SUFFIX}"))
    return {file.name.removesuffix(_SUFFIX): _read(file) for file in files}


@contextmanager
def releases_locked(home: Home) -> Iterator[None]:
    """Exclude other processes while the block pins or deletes releases; the folder must exist."""
    descriptor = os.open(home.releases, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _existing(home: Home, release_id: str) -> Path:
    kept = {path.stem: path for path in kept_releases(home)}
    if release_id not in kept:
        raise no_such_release(home, release_id, kept)
    return kept[release_id]


def _pin_file(home: Home, release_id: str) -> Path:
    return home.releases / f"{release_id}{_SUFFIX}"


def _read(file: Path) -> Pin:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return Pin(str(found["note"]), datetime.fromisoformat(found["pinned_at"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Pin("", None)
