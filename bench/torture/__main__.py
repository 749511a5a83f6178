"""`python -m bench.torture`: break a home in every way for some minutes; print a table of figures.

Exit codes: 0 all promises were kept; 1 at least one was not.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Final

from bench.torture.broken_files import broken_files
from bench.torture.crawls import crawl
from bench.torture.full_disks import full_disks
from bench.torture.ground import Ground, make_ground
from bench.torture.kills import PARTS as KILLS
from bench.torture.readers import readers
from bench.torture.tally import Part, Tally, Turn, as_table

PARTS: Final[dict[str, Part]] = {
    "crawl, killed": crawl,
    **KILLS,
    "readers during publishing": readers,
    "damaged files": broken_files,
    "full disks": full_disks,
}
"""All parts by name."""

# The longer ones; each other part has the weight 1.
_WEIGHTS: Final = {"build, killed": 4.0, "crawl, killed": 2.0, "damaged files": 5.0, "full disks": 5.0}
_SETUP_SECONDS: Final = 60.0
# The last try of a part may take so long.
_SLACK_SECONDS: Final = 45.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.torture", description="Break a home in every way.")
    parser.add_argument("--minutes", type=float, default=10, help="for all parts together, the preparation included")
    parser.add_argument("--seed", type=int, help="seed of the moments and places; random by default")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="only this part; repeatable")
    parser.add_argument("--tries", type=int, default=1_000_000, help="most tries of each part")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="parts at the same time")
    options = parser.parse_args(arguments)
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-torture-") as folder:
        ground = make_ground(Path(folder))
        names = options.only or list(PARTS)
        seconds = max(0.0, options.minutes * 60 - _SETUP_SECONDS - _SLACK_SECONDS) * options.jobs
        tallies = run_parts(ground, names, seed, seconds, options.tries, options.jobs)
    print(as_table(tallies))
    return 1 if any(one.violations for one in tallies) else 0


def run_parts(ground: Ground, names: Sequence[str], seed: int, seconds: float, tries: int, jobs: int) -> list[Tally]:
    """Run parts, each for its share of the seconds; return their results in the order of names."""
    weights = {name: _WEIGHTS.get(name, 1.0) for name in names}
    share = seconds / sum(weights.values())

    def one(name: str) -> Tally:
        started_at = time.monotonic()
        tally = Tally(name)
        # A string, since `Random` takes no tuples.
        chosen = Random(f"{seed}:{name}")  # noqa: S311 - no secret
        try:
            PARTS[name](Turn(ground, chosen, started_at + share * weights[name], tries), tally)
        except Exception as error:  # a part that breaks off is a finding, and the others go on
            tally.violations.append(f"broke off: {type(error).__name__}: {str(error)[:500]}")
        tally.seconds = time.monotonic() - started_at
        print(f"{name}: {dict(tally.counts)}, {len(tally.violations)} violations", file=sys.stderr, flush=True)
        return tally

    with ThreadPoolExecutor(jobs) as pool:
        ran = dict(pool.map(lambda name: (name, one(name)), sorted(names, key=lambda name: -weights[name])))
    return [ran[name] for name in names]


if __name__ == "__main__":
    sys.exit(main())
