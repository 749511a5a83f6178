"""Analysts who open the corpus while it is published: each open finds a whole release."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.figures import REPOSITORY
from bench.torture.ground import run, start
from bench.torture.tally import Tally, Turn
from warehouse.corpus.release import kept_releases, open_release
from warehouse.home import Home

_READERS: Final = 2
_PUBLICATIONS: Final = 8


def readers(turn: Turn, tally: Tally) -> None:
    """Open the corpus and the newest release in processes of their own during publications."""
    tries = 0
    while turn.goes_on(tries):
        tries += 1
        with turn.ground.copy() as home:
            stop = home.root.with_name("stop")
            logs = [home.root.with_name(f"reader-{number}") for number in range(_READERS)]
            module = [sys.executable, "-m", "bench.torture.readers"]
            reading = [start(home, str(home.root), str(stop), prefix=module, log=log) for log in logs]
            for _ in range(_PUBLICATIONS):
                done = run(home, str(home.root), "publish", prefix=[sys.executable, "-m", "bench.stages"])
                tally.require(done.status == 0, f"publish: {done}")
                tally.counts["publications"] += 1
            stop.touch()
            for process, log in zip(reading, logs, strict=True):
                process.wait(60)
                output = log.read_text(errors="replace").strip()
                tally.require(process.returncode == 0, f"a reader ended with {process.returncode}: {output[-400:]}")
                if process.returncode == 0:
                    tally.counts["opens"] += json.loads(output.splitlines()[-1])["opens"]


def main(arguments: Sequence[str]) -> None:
    """Read the corpus of a home until a file exists; print the number of opens as JSON.

    Raises:
        RuntimeError: a release has another number of articles than the first one.
    """
    home, stop = Home(Path(arguments[0])), Path(arguments[1])
    opens, expected = 0, None
    while not stop.exists():
        for file in (home.corpus_file, *kept_releases(home)[:1]):
            with open_release(file) as corpus:
                found = corpus.execute(
                    "select (select count(*) from fct_articles), (select sum(length(title)) from fct_articles), "
                    "(select count(*) from dim_portals)"
                ).fetchone()
            expected = expected or found
            if found != expected:
                raise RuntimeError(f"{file}: {found} instead of {expected}")
            opens += 1
        time.sleep(0.005)
    print(json.dumps({"opens": opens}))


if __name__ == "__main__":
    sys.path.insert(0, str(REPOSITORY))
    main(sys.argv[1:])
