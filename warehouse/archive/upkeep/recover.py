"""Replaces a damaged WARC file by one with its intact records, on an operator's command.

Does not belong here: finding damage (`warehouse.archive.upkeep.verify`), and unfinished files of killed crawls, which
every build recovers (`warehouse.archive.index.recovery`).
"""

from __future__ import annotations

import filecmp
import os
import shutil
from pathlib import Path

from warehouse.archive.files import SUFFIX, index_file, observations_file, part_path, report_file
from warehouse.archive.index.build import index_warc
from warehouse.archive.index.locks import portal_lock
from warehouse.archive.index.offsets import known_offsets
from warehouse.archive.index.recovery import crawl_info, report_of_killed_crawl
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.archive.warc.recovery import Recovered, recover
from warehouse.home import Home
from warehouse.storage import StoredFile


def recover_warc(home: Home, warc: StoredFile) -> Recovered:
    """Replace a WARC file by one with its intact records; keep the damaged one as `<name>.damaged`.

    After damage, records are kept only where the archive's index has them, or the broken record is proven to end before
    them (`warehouse.archive.warc.recovery`): bytes of a page that look like a record are none.

    The index, report and observations are rebuilt here; the next build rebuilds all other data derived from the file.

    Returns:
        The number of captures that were kept, and the bytes that were not.

    Raises:
        DamagedWarcError: the file's name does not end in `.warc.gz`.
        MisplacedWarcError: the file is of another portal or crawl than its folder and name say.
        FileExistsError: another damaged file already has that name.
        PortalBusyError: the portal is being crawled.
    """
    if not warc.name.endswith(SUFFIX):
        raise DamagedWarcError(warc, 0, f"the name does not end in {SUFFIX}; the next build recovers unfinished files")
    with portal_lock(home, warc.folder), warc.local() as damaged:
        repaired = part_path(home, warc).with_name(f".{warc.name}.repaired")
        try:
            known = known_offsets(home, warc)
            info = crawl_info(home, warc, damaged, known)
            done = recover(damaged, repaired, info, report_of_killed_crawl(info), known)
            # Copy, then replace atomically: the file exists at all times. An earlier copy is never overwritten.
            _set_aside(damaged, StoredFile(warc.storage, f"{warc.key}.damaged"), repaired.with_suffix(".aside"))
            # Delete these before the replacement: if this process is killed, no index of the damaged file remains.
            for stale in (index_file(home, warc), observations_file(home, warc), report_file(home, warc)):
                stale.delete()
            warc.adopt(repaired)
        finally:
            repaired.unlink(missing_ok=True)
        index_warc(home, warc)
    return done


def _set_aside(damaged: Path, aside: StoredFile, copy: Path) -> None:
    if aside.exists():
        with aside.local() as earlier:
            # Equal: an earlier recovery was killed after this step.
            if filecmp.cmp(earlier, damaged, shallow=False):
                return
        raise FileExistsError(f"{aside}: an earlier damaged file already exists; move it away to recover this one")
    try:
        try:
            os.link(damaged, copy)  # needs no space if both are on the same file system
        except OSError:
            shutil.copyfile(damaged, copy)
        aside.adopt(copy)
    finally:
        copy.unlink(missing_ok=True)
