"""A damage to one file of each kind in a home, then every command: it is named, and the rest goes on."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Final

from bench.torture.flips import damages
from bench.torture.ground import PORTALS, Ended, differences, run
from bench.torture.tally import Tally, Turn
from warehouse.home import Home

KINDS: Final = {
    "WARC file": f"archive/warc/{PORTALS[0]}/*.warc.gz",
    "index": "archive/index/*/*.parquet",
    "observations": "archive/observations/*/*.json",
    "crawl report": "archive/crawls/*/*.json",
    "crawl state": "archive/state/*.sqlite",
    "articles": "articles/**/*.parquet",
    "identities": "identities/**/*.parquet",
    "signatures": "signatures/**/*.parquet",
    "fingerprints": "fingerprints/**/*.parquet",
    "credits": "credits/**/*.parquet",
    "story terms": "story_terms/**/*.parquet",
    "capture keys": "capture_keys/**/*.parquet",
    "warehouse": "warehouse.duckdb",
    "findings": "findings/*.json",
    "settings": "settings.yml",
    "demo.json": "demo.json",
}
"""The kinds of files of a home, with a pattern of their paths."""

_OF_OPERATOR: Final = frozenset({"settings", "demo.json"})


def broken_files(turn: Turn, tally: Tally) -> None:
    """Damage a file, and run every command on the home."""
    kinds = list(KINDS)
    turn.chosen.shuffle(kinds)
    tries = 0
    while turn.goes_on(tries):
        kind = kinds[tries % len(kinds)]
        tries += 1
        with turn.ground.copy() as home:
            files = sorted(path for path in home.root.glob(KINDS[kind]) if path.is_file())
            if not files:
                tally.require(False, f"{kind}: the home has no such file")
                continue
            file = turn.chosen.choice(files)
            done = _damage(file, turn.chosen)
            tally.counts["damages"] += 1
            for arguments in _commands(home):
                ended = run(home, *arguments)
                tally.counts["commands"] += 1
                _check(tally, turn, home, kind, file, done, arguments, ended)


def _damage(file: Path, chosen: Random) -> str:
    data = file.read_bytes()
    damage = list(damages(chosen.randrange(2**32), 0, len(data), 4))[chosen.randrange(4)]
    file.write_bytes(damage.of(data))
    return f"{damage.kind} at {damage.at} of {len(data)}"


def _commands(home: Home) -> list[tuple[str, ...]]:
    beside = home.root.parent
    return [
        ("archive", "verify"),
        ("archive", "backup", str(beside / "backup")),
        ("archive", "export", str(beside / "out.warc.gz"), "--portal", PORTALS[0]),
        ("crawl", PORTALS[0]),
        ("build",),
        ("query", "select count(*) from fct_articles"),
    ]


def _check(
    tally: Tally, turn: Turn, home: Home, kind: str, file: Path, done: str, arguments: tuple[str, ...], ended: Ended
) -> None:
    what = f"{kind} {file.name} ({done}), then {' '.join(arguments[:2])}"
    tally.require(ended.is_clean, f"{what}: {ended}")
    if kind in _OF_OPERATOR:
        # Without them nothing can go on; the message must name the file.
        tally.require(ended.status in (0, 3) or file.name in ended.output, f"{what}: the file is not named: {ended}")
        return
    tally.require(ended.status in (0, 3), f"{what}: the rest does not go on: {ended}")
    if arguments == ("build",) and home.corpus_file.exists():
        others = PORTALS[1:]
        found = differences(home.corpus_file, turn.ground.home.corpus_file, others)
        tally.require(not found, f"{what}: articles of other portals differ: {found}")
