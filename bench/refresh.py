"""Benchmark `refresh`: all of a refresh through Dagster with nothing new, in a large and a small home.

Everything but the crawl, which takes as long as its portals let it: Dagster's start, its plan and events, every stage,
which finds that it is up to date, the judgements and the health of portals.
Belongs here: running the job. Does not belong here: the homes (`bench.scale.homes`), and builds (`bench.corpus`).
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench.figures import REPOSITORY, Bar, Figure, Log, interleaved
from bench.scale.homes import copied, home_of, portals_of
from dagster_project.dbt import manifest
from dagster_project.instance import dagster_environment, program
from warehouse.home import Home

NAME = "refresh"
JOB = "rebuild_from_archive"
FEW = 300
"""Articles of the home that is almost empty: ten for each of the portals."""

FOLDER = REPOSITORY / "build" / "bench"
"""Where made homes are kept, as by `make bench-scale`."""

BAR = Bar("value", "<=", 60)
GROWTH_BAR = Bar("ratio", "<=", 1.5)


def measure(rounds: int, log: Log, articles: int = 100_000, folder: Path = FOLDER) -> list[Figure]:
    """Refresh both homes until nothing is new, then in turn `rounds` times more."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest.refresh(log)
    made = {f"{count:,} articles": home_of(folder, count, log) for count in (articles, FEW)}
    with ExitStack() as copies:
        homes = {name: copies.enter_context(copied(home, folder)) for name, home in made.items()}
        refreshes = {name: partial(_refresh, home, portals_of(home)) for name, home in homes.items()}
        for name, refresh in refreshes.items():
            log(f"{NAME}: the first refresh of {name}: {refresh():.0f} s")
        found = interleaved(refreshes, rounds, log)
    (large_name, seconds), (few_name, baseline) = found.items()
    what = "whole refresh with nothing new, through Dagster"
    return [
        Figure(NAME, f"{what}, {large_name}", "s", seconds, bar=BAR),
        Figure(NAME, f"the same beside {few_name}", "s", seconds, baseline, few_name, GROWTH_BAR),
    ]


def _refresh(home: Home, portals: Mapping[str, str]) -> float:
    """Run the job in a home; return the seconds."""
    command = [program("dagster"), "job", "execute", "--module-name", "dagster_project.definitions", "--job", JOB]
    began = time.perf_counter()
    subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**dagster_environment(home), **portals},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began
