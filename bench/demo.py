"""Benchmark `demo`: `make demo` once what it needs is installed, once."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time

from bench.figures import REPOSITORY, Bar, Figure, Tell
from dagster_project.instance import program
from warehouse.home import HOME_VARIABLE

NAME = "demo"
BAR = Bar("value", "<=", 180)


def measure(rounds: int, tell: Tell) -> list[Figure]:
    """Run the demo once, whatever the rounds."""
    tell(f"{NAME}: both days, through Dagster")
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-bench-") as folder:
        environment = {**os.environ, HOME_VARIABLE: folder}
        begun = time.perf_counter()
        subprocess.run(
            [program("hanoi-corpus"), "demo"], cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, check=True
        )
        seconds = time.perf_counter() - begun
    return [Figure(NAME, "make demo after installation, two days", "s", seconds, bar=BAR)]
