"""Benchmark `start`: the CPU time that commands take before they do anything.

CPU time and not time, since reading modules from the disk depends on its cache.
"""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
from collections.abc import Mapping
from statistics import median
from typing import Final

from bench.figures import REPOSITORY, Bar, Figure, Log
from dagster_project.instance import program
from warehouse.home import HOME_VARIABLE

NAME = "start"
LIGHT = Bar("value", "<=", 0.7)

COMMANDS: Final[Mapping[str, tuple[tuple[str, ...], Bar | None]]] = {
    "the help": (("--help",), LIGHT),
    "a query of a home without a release": (("query", "select 1"), LIGHT),
    "status of an empty home": (("status",), None),
    "the help of crawl, which takes portals": (("crawl", "--help"), None),
}


def measure(rounds: int, log: Log) -> list[Figure]:
    """Run each command `rounds` times; the figure is the median."""
    figures = []
    for what, (words, bar) in COMMANDS.items():
        seconds = median(_cpu_seconds(words) for _ in range(rounds))
        log(f"{NAME}: {what}: {seconds:.2f} s")
        figures.append(Figure(NAME, what, "s of CPU", seconds, bar=bar))
    return figures


def _cpu_seconds(words: tuple[str, ...]) -> float:
    """Return the user and system time of a command, in seconds."""
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-bench-") as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [program("hanoi-corpus"), *words],
            cwd=REPOSITORY,
            env={**os.environ, HOME_VARIABLE: folder},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,  # a query without a release ends with 2
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
