"""Commands that are killed at random moments: run again, they give what an undisturbed one gives.

Belongs here: commands that need no portals. Does not belong here: crawls (`bench.torture.crawls`).
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastwarc.warc import ArchiveIterator

from bench.torture.flips import Damage
from bench.torture.ground import (
    PORTALS,
    Ended,
    Ground,
    captures_of,
    differences,
    digests_in,
    kill_tree,
    leftovers,
    run,
    start,
)
from bench.torture.tally import Part, Tally, Turn
from warehouse.archive.files import warc_files
from warehouse.home import Home

# A kill in the first part of a command's time meets the interpreter while it imports modules.
_EARLIEST: Final = 0.25
_LATEST: Final = 1.05
_BUILD_KILLS: Final = 4


@dataclass(frozen=True, slots=True)
class Scene:
    """A command and what it works on.

    Attributes:
        home: a home of its own.
        arguments: the command.
        outcome: returns what the command leaves, to compare.
        folder: where temporary files may lie.
        is_repeated: whether a refusal to do again what is done is an answer.
    """

    home: Home
    arguments: tuple[str, ...]
    outcome: Callable[[], Any]
    folder: Path
    refusal: str | None = None


def killed(setting: Callable[[Ground], Any]) -> Part:
    """Return the part that kills the command of a scene, runs it again, and compares."""

    def part(turn: Turn, tally: Tally) -> None:
        with setting(turn.ground) as scene:
            undisturbed = run(scene.home, *scene.arguments)
            tally.require(undisturbed.status in (0, 3), f"undisturbed: {undisturbed}")
            expected = scene.outcome()
        tries = 0
        while turn.goes_on(tries):
            tries += 1
            with setting(turn.ground) as scene:
                moment = turn.chosen.uniform(_EARLIEST, _LATEST) * undisturbed.seconds
                process = start(scene.home, *scene.arguments)
                time.sleep(moment)
                was_running = process.poll() is None
                kill_tree(process)
                tally.counts["kills"] += was_running
                again = run(scene.home, *scene.arguments)
                _check(tally, scene, again, undisturbed, expected, f"killed after {moment:.2f} s")

    return part


def _check(tally: Tally, scene: Scene, again: Ended, undisturbed: Ended, expected: Any, when: str) -> None:
    is_refused = scene.refusal is not None and scene.refusal in again.output and again.is_clean
    tally.require(is_refused or again.status == undisturbed.status, f"{when}: run again: {again}")
    found = scene.outcome()
    tally.require(found == expected, f"{when}: another outcome: {str(found)[:300]} instead of {str(expected)[:300]}")
    tally.require(not (left := leftovers(scene.folder)), f"{when}: left over: {left}")


def build(turn: Turn, tally: Tally) -> None:
    """Kill builds of one home, one after the other; then build, and compare every row."""
    tries = 0
    while turn.goes_on(tries):
        tries += 1
        with turn.ground.copy("archive") as home:
            for _ in range(_BUILD_KILLS):
                process = start(home, "build")
                time.sleep(turn.chosen.uniform(1.0, 20.0))
                tally.counts["kills"] += process.poll() is None
                kill_tree(process)
            done = run(home, "build")
            tally.require(done.status == 0, f"build after kills: {done}")
            if home.corpus_file.exists():
                tally.require(
                    not (found := differences(home.corpus_file, turn.ground.home.corpus_file)), f"rows differ: {found}"
                )
            tally.require(not (left := leftovers(home.root)), f"left over: {left}")


@contextmanager
def _importing(ground: Ground) -> Iterator[Scene]:
    """An import of another home's captures into an empty archive."""
    with ground.copy("demo.json") as home:
        file = ground.folder / "foreign.warc.gz"
        if not file.exists():
            _export_to(ground, file)
        yield Scene(home, ("archive", "import", str(file)), lambda: captures_of(home), home.root)


def _export_to(ground: Ground, file: Path) -> None:
    with tempfile.TemporaryDirectory(dir=ground.folder) as folder:
        written = Path(folder) / "foreign.warc.gz"
        run(ground.home, "archive", "export", str(written), "--portal", PORTALS[0])
        written.replace(file)


@contextmanager
def _exporting(ground: Ground) -> Iterator[Scene]:
    with ground.copy("archive") as home:
        folder = home.root.with_name("exported")
        folder.mkdir()
        file = folder / "out.warc.gz"
        arguments = ("archive", "export", str(file), "--portal", PORTALS[0])
        yield Scene(home, arguments, lambda: _records_in(file), folder, refusal="exists")


def _records_in(file: Path) -> list[tuple[str, str, str]]:
    with file.open("rb") as stream:
        return sorted(
            (str(record.record_type), record.headers.get("WARC-Target-URI") or "", str(record.record_date))
            for record in ArchiveIterator(stream, parse_http=False)
            if record.headers.get("WARC-Target-URI")
        )


@contextmanager
def _backing_up(ground: Ground) -> Iterator[Scene]:
    with ground.copy("archive") as home:
        store = home.root.with_name("backup")
        yield Scene(home, ("archive", "backup", str(store)), lambda: digests_in(store), store)


@contextmanager
def _restoring(ground: Ground) -> Iterator[Scene]:
    with ground.copy("demo.json") as home:
        store = ground.folder / "backup"
        if not store.exists():
            made = ground.folder / "backup-being-made"
            run(ground.home, "archive", "backup", str(made))
            made.rename(store)
        yield Scene(home, ("archive", "restore", str(store)), lambda: digests_in(home.warc), home.root)


@contextmanager
def _recovering(ground: Ground) -> Iterator[Scene]:
    """The recovery of a file with a flipped bit in its middle."""
    with ground.copy("archive") as home:
        warc = next(warc for warc in warc_files(home) if warc.folder == PORTALS[0])
        path = home.root / warc.key
        damaged = Damage("bit", path.stat().st_size // 2, 3).of(path.read_bytes())
        path.write_bytes(damaged)

        def outcome() -> Any:
            aside = path.with_name(f"{path.name}.damaged")
            return captures_of(home), aside.exists() and aside.read_bytes() == damaged

        yield Scene(home, ("archive", "recover", str(path)), outcome, home.root, refusal="already exists")


@contextmanager
def _verifying(ground: Ground) -> Iterator[Scene]:
    """A check of an archive whose index is gone, so that it is made anew."""
    with ground.copy("archive") as home:
        shutil.rmtree(home.root / "archive" / "index")

        def outcome() -> Any:
            again = run(home, "archive", "verify", "--json")
            findings = (
                json.loads(again.output.strip().splitlines()[-1])["findings"] if again.status == 0 else str(again)
            )
            return sorted(digests_in(home.root / "archive" / "index")), findings

        yield Scene(home, ("archive", "verify"), outcome, home.root)


PARTS: Final = {
    "build, killed": build,
    "import, killed": killed(_importing),
    "export, killed": killed(_exporting),
    "backup, killed": killed(_backing_up),
    "restore, killed": killed(_restoring),
    "recover, killed": killed(_recovering),
    "verify, killed": killed(_verifying),
}
"""Parts of the torture by name."""
