"""A damaged WARC file replaced by its whole records, when an operator says so.

Not here: finding damage (`warehouse.archive.upkeep.verify`), and what killed crawls left, which every build makes whole
(`warehouse.archive.index.recovery`).
"""

from __future__ import annotations

import filecmp
import os
import shutil
from pathlib import Path

from warehouse.archive.files import SUFFIX, index_file, observations_file, part_path, report_file
from warehouse.archive.index.build import index_warc
from warehouse.archive.index.locks import portal_lock
from warehouse.archive.index.recovery import report_of_broken_crawl
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.archive.warc.reader import read_info
from warehouse.archive.warc.recovery import recover
from warehouse.home import Home
from warehouse.storage import StoredFile


def recover_warc(home: Home, warc: StoredFile) -> int:
    """Replace a damaged WARC file by its whole records; keep the damaged one as `<name>.damaged`.

    What was derived from the damaged file is made again by the next build, since the file is another one.

    Returns:
        How many captures were kept.

    Raises:
        DamagedWarcError: not even its first record can be read.
        FileExistsError: another damaged file is set aside under that name.
    """
    if not warc.name.endswith(SUFFIX):
        raise DamagedWarcError(warc, 0, f"its name does not end in {SUFFIX}: the next build recovers unfinished files")
    with portal_lock(home, warc.folder), warc.local() as damaged:
        mended = part_path(home, warc).with_name(f".{warc.name}.mended")
        try:
            captures = recover(damaged, mended, report_of_broken_crawl(read_info(warc)))
            # A copy first, then one replacement: at no moment is there no file, and nothing set aside is replaced.
            _set_aside(damaged, StoredFile(warc.storage, f"{warc.key}.damaged"), mended.with_suffix(".aside"))
            # Before the replacement: an index of the damaged file must not outlive it, whenever this is killed.
            for stale in (index_file(home, warc), observations_file(home, warc), report_file(home, warc)):
                stale.delete()
            warc.adopt(mended)
        finally:
            mended.unlink(missing_ok=True)
        index_warc(home, warc)
    return captures


def _set_aside(damaged: Path, aside: StoredFile, copy: Path) -> None:
    if aside.exists():
        with aside.local() as earlier:
            # As a recovery leaves it that was killed after this step.
            if filecmp.cmp(earlier, damaged, shallow=False):
                return
        raise FileExistsError(f"{aside}: an earlier damaged file stands there; move it away to recover this one")
    try:
        try:
            os.link(damaged, copy)  # takes no room, where one file system holds both
        except OSError:
            shutil.copyfile(damaged, copy)
        aside.adopt(copy)
    finally:
        copy.unlink(missing_ok=True)
