"""Benchmark `demo`: one run of `make demo` after installation."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time

from bench.figures import REPOSITORY, Bar, Figure, Log
from dagster_project.instance import program
from warehouse.home import HOME_VARIABLE

NAME = "demo"
BAR = Bar("value", "<=", 100)


def measure(rounds: int, log: Log) -> list[Figure]:
    """Run the demo once; `rounds` is ignored."""
    log(f"{NAME}: both days, through Dagster")
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-bench-") as folder:
        environment = {**os.environ, HOME_VARIABLE: folder}
        started_at = time.perf_counter()
        subprocess.run(
            [program("hanoi-corpus"), "demo"], cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, check=True
        )
        seconds = time.perf_counter() - started_at
    return [Figure(NAME, "make demo after installation, two days", "s", seconds, bar=BAR)]
