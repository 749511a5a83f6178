"""Tells the plain files of an archive or of its backup from everything else, which is refused by name.

A symbolic link can lead out of the archive, and reading a FIFO never ends: neither is followed or opened.
Belongs here: looking at the entries of a local folder, and the reasons. Does not belong here: what is done with plain
files (`warehouse.archive.upkeep.backup`, `warehouse.archive.upkeep.verify`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from warehouse.archive.files import WARC_NAME

LINK: Final = "it is a symbolic link, which is never followed"
NOT_PLAIN: Final = "it is not a plain file"
FOREIGN: Final = "it is not a WARC file of an archive, `<portal>/<crawl>.warc.gz`"

_FOLDER: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(slots=True)
class PlainFiles:
    """The entries of a folder with the layout `<portal>/<file>`.

    Attributes:
        sizes: sizes in bytes of the plain files, by name relative to the folder.
        refused: why an entry is not a plain file, by name; what is below a refused folder is not named.
    """

    sizes: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def refusal_of(self, name: str) -> str | None:
        """Return why `<portal>/<file>` cannot be read or written; None if it can."""
        return self.refused.get(name) or self.refused.get(name.partition("/")[0])


def plain_files(folder: Path) -> PlainFiles:
    """Return what is in a folder and its portals' folders; a missing folder is empty.

    Raises:
        OSError: the folder itself cannot be read.
    """
    found = PlainFiles()
    for portal in _entries(folder):
        if portal.is_symlink():
            found.refused[portal.name] = LINK
        elif portal.is_file(follow_symlinks=False):
            found.sizes[portal.name] = portal.stat(follow_symlinks=False).st_size
        elif not portal.is_dir(follow_symlinks=False):
            found.refused[portal.name] = NOT_PLAIN
        elif portal.name == "lost+found":  # of the file system; only root may read it
            continue
        elif not _FOLDER.fullmatch(portal.name):
            found.refused[portal.name] = "it is not the folder of a portal"
        else:
            try:
                _add_portal(found, portal)
            except OSError as error:
                found.refused[portal.name] = f"it cannot be read: {error}"
    return found


def _add_portal(found: PlainFiles, portal: os.DirEntry[str]) -> None:
    for entry in _entries(Path(portal.path)):
        name = f"{portal.name}/{entry.name}"
        if entry.is_symlink():
            found.refused[name] = LINK
        elif entry.is_file(follow_symlinks=False):
            found.sizes[name] = entry.stat(follow_symlinks=False).st_size
        else:
            found.refused[name] = NOT_PLAIN


def refuse_foreign(found: PlainFiles, further: re.Pattern[str]) -> None:
    """Move all files to the refused ones that are neither WARC files nor match `further`."""
    for name in [name for name in found.sizes if not (WARC_NAME.fullmatch(name) or further.fullmatch(name))]:
        del found.sizes[name]
        found.refused[name] = FOREIGN


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
