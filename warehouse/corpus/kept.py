"""What is known of every kept release: its metadata, size and pin, and what is wrong with it.

Does not belong here: reading one release (`warehouse.corpus.release`), and pins (`warehouse.corpus.pins`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warehouse.corpus.pins import Pin, pins
from warehouse.corpus.release import (
    DamagedReleaseError,
    Release,
    ReleaseError,
    kept_releases,
    no_such_release,
    read_release,
)
from warehouse.home import Home


@dataclass(frozen=True, slots=True)
class KeptRelease:
    """One file in `releases`, or a pin without one.

    Attributes:
        release_id: the file's name without its suffix.
        size_bytes: the file's size; None if it is missing.
        is_published: whether it is the release in `corpus.duckdb`.
        pin: None if it is not pinned.
        release: its metadata; None if `problem` says why it has none.
        problem: what is wrong with it; None if nothing is.
    """

    release_id: str
    path: Path
    size_bytes: int | None
    is_published: bool
    pin: Pin | None
    release: Release | None
    problem: str | None = None


def all_kept(home: Home) -> list[KeptRelease]:
    """Return every kept release, newest first; one that is damaged holds up no other."""
    pinned = pins(home)
    files = {path.stem: path for path in kept_releases(home)}
    published = _published(home)
    return [
        _kept(home.releases / f"{name}.duckdb", pinned.get(name), is_published=name == published)
        for name in sorted({*files, *pinned}, reverse=True)
    ]


def find_kept(home: Home, release_id: str) -> KeptRelease:
    """Return the kept release with that id.

    Raises:
        UnknownReleaseError: there is none; the message names those that there are.
    """
    found = {one.release_id: one for one in all_kept(home)}
    if release_id not in found:
        raise no_such_release(home, release_id, found)
    return found[release_id]


def _kept(path: Path, pin: Pin | None, *, is_published: bool) -> KeptRelease:
    if not path.is_file():
        return KeptRelease(path.stem, path, None, is_published, pin, None, f"{path}: pinned, but the file is missing")
    size_bytes = path.stat().st_size
    try:
        release = read_release(path)
    except DamagedReleaseError as error:
        return KeptRelease(path.stem, path, size_bytes, is_published, pin, None, str(error))
    problem = None if release.release_id == path.stem else f"{path}: the file holds the release {release.release_id}"
    return KeptRelease(path.stem, path, size_bytes, is_published, pin, release, problem)


def _published(home: Home) -> str | None:
    """Return the id of the release in `corpus.duckdb`; None if there is none, or it cannot be read."""
    try:
        return read_release(home.corpus_file).release_id
    except ReleaseError:
        return None
