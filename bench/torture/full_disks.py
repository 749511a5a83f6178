"""Commands on a disk that becomes full: each says so, loses nothing, and ends with more space.

The disk is a tmpfs, which only root may mount; for others the part is skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.torture.ground import PORTALS, captures_of, differences, digests_in, leftovers, run
from bench.torture.tally import Tally, Turn
from dagster_project.corpus import DemoCorpus
from warehouse.home import Home

_SIZE_BYTES: Final = 200_000_000
_OUTPUT_LINES_MAX: Final = 120
_STEPS: Final = {
    # Command: the most space that it needs beyond the home, in bytes.
    "build": 45_000_000,
    "crawl": 3_000_000,
    "import": 4_000_000,
    "backup": 5_000_000,
    "restore": 5_000_000,
    "recover": 3_000_000,
    "verify": 300_000,
}
_SHARES: Final = (0.0, 0.02, 0.1, 0.3, 0.6, 0.9)
_WORDS: Final = ("space", "full", "free", "write", "written")


def full_disks(turn: Turn, tally: Tally) -> None:
    """Run each command with less space than it needs, then with enough."""
    if not _can_mount(turn.ground.folder):
        tally.skipped = "skipped: only root may mount a tmpfs"
        return
    steps = list(_STEPS)
    turn.chosen.shuffle(steps)
    tries = 0
    while turn.goes_on(tries):
        step = steps[tries % len(steps)]
        tries += 1
        share = turn.chosen.choice(_SHARES)
        with _disk(turn.ground.folder) as disk:
            home, arguments = _prepared(turn, disk, step)
            free = int(_STEPS[step] * share)
            what = f"{step} with {free:,} bytes free"
            before = digests_in(home.warc)
            ballast = _fill(disk, free)
            full = run(home, *arguments)
            tally.counts["full disks"] += full.status != 0
            tally.counts["with enough space"] += full.status == 0
            tally.require(full.is_clean, f"{what}: {full}")
            tally.require(len(full.output.splitlines()) < _OUTPUT_LINES_MAX, f"{what}: endless output: {full}")
            says_so = any(word in full.output for word in _WORDS)
            tally.require(full.status in (0, 3) or says_so, f"{what}: no word of the disk: {full}")
            ballast.unlink()
            if step != "recover":
                kept = digests_in(home.warc)
                tally.require(
                    all(kept.get(name) == digest for name, digest in before.items()), f"{what}: lost WARC files"
                )
            again = run(home, *arguments)
            is_done = again.status == 0 or "already exists" in again.output
            tally.require(is_done, f"{what}: not repeated: {again}")
            tally.require(not (left := leftovers(disk)), f"{what}: left over: {left}")
            captures_of(home)
            if step == "build":
                found = differences(home.corpus_file, turn.ground.home.corpus_file)
                tally.require(not found, f"{what}: rows differ: {found}")


def _prepared(turn: Turn, disk: Path, step: str) -> tuple[Home, tuple[str, ...]]:
    """Return a home on the disk and the command; what the command reads lies elsewhere."""
    ground = turn.ground
    if step in ("build", "verify", "backup"):
        home = ground.copy_into(disk / "home", "archive")
        arguments = {"build": ("build",), "verify": ("archive", "verify")}
        if step == "verify":
            shutil.rmtree(home.root / "archive" / "index")
        return home, arguments.get(step, ("archive", "backup", str(disk / "backup")))
    if step == "crawl":
        home = ground.copy_into(disk / "home", "archive")
        DemoCorpus.begin_day(home, 2)
        return home, ("crawl", PORTALS[0])
    if step == "recover":
        home = ground.copy_into(disk / "home", "archive")
        path = next((home.warc / PORTALS[0]).glob("*.warc.gz"))
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 8
        path.write_bytes(data)
        return home, ("archive", "recover", str(path))
    home = ground.copy_into(disk / "home", "demo.json")
    store, file = ground.folder / "for-restoring", ground.folder / "for-importing.warc.gz"
    if step == "restore":
        if not store.exists():
            run(ground.home, "archive", "backup", str(store))
        return home, ("archive", "restore", str(store))
    if not file.exists():
        run(ground.home, "archive", "export", str(file), "--portal", PORTALS[0])
    return home, ("archive", "import", str(file))


def _fill(disk: Path, free: int) -> Path:
    """Fill a disk up to some free bytes; return the file that fills it."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(disk).free - free))
    return ballast


@contextmanager
def _disk(folder: Path) -> Iterator[Path]:
    """Yield a small disk of its own."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE_BYTES}", "tmpfs", place]
        subprocess.run(mount, check=True)
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)  # noqa: S607 - of this machine's own path


def _can_mount(folder: Path) -> bool:
    try:
        with _disk(folder):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False
