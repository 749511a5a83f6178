"""Benchmark `corpus`: time and memory of a build from archive to release, and of adding articles.

The second build is compared with a build of the same new articles in an empty home: the difference is the cost of the
old articles. Every build runs in its own process (see `bench.stages`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from types import MappingProxyType

from bench.archive import PORTALS, write_crawls
from bench.figures import REPOSITORY, Bar, Figure, Log, interleaved
from bench.memory import watched
from bench.stages import STAGES
from dagster_project.corpus import DemoCorpus
from warehouse.home import Home

NAME = "corpus"
MEMORY_BAR = Bar("value", "<=", 2.0)
GROWTH_BAR = Bar("ratio", "<=", 2.0)
"""A stage that processed the old articles again would take 100 times as long; a ratio below 2 is fixed cost."""

UNCHANGED_BAR = Bar("value", "<=", 10.0)
"""Every file is read and its checksum compared, and so is every table; dbt does not run, and nothing is published."""

_PER_NEW_FILE = ("index", "extract", "identify", "sign", "fingerprint", "credit", "find terms", "load")
_MAY_NOT_GROW = ("extract", "identify", "sign", "fingerprint", "credit", "find terms", "load")
_NEW_ON = "my-duc-thu-nghiem"
_GB = 1e9
_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Build:
    """Time and memory of one run of stages.

    Attributes:
        seconds: time by stage.
        peak_bytes: peak memory of the process tree by stage; empty if it cannot be read.
        articles: number of rows of `fct_articles` in the release; None if nothing was published.
    """

    seconds: dict[str, float]
    peak_bytes: dict[str, int]
    articles: int | None


def measure(rounds: int, log: Log, articles: int = 10_000, new: int = 100, crawls: int = 20) -> list[Figure]:
    """Build a corpus from `crawls` WARC files, then add one with `new` articles per round."""
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-bench-") as folder:
        home = _home(Path(folder) / "large")
        a_portal = articles // len(PORTALS)
        log(f"{NAME}: preparing {a_portal * len(PORTALS):,} articles in {crawls} WARC files")
        write_crawls(home, PORTALS, a_portal, crawls=crawls // len(PORTALS))
        first = run_stages(home, tuple(STAGES), log)
        _expect(first, a_portal * len(PORTALS))
        figures = _of_first_build(first, f"{a_portal * len(PORTALS):,} articles")
        figures += _of_new_articles(home, Path(folder), rounds, log, new, a_portal)
        last = run_stages(home, ("dbt build", "publish"), log)
        _expect(last, a_portal * len(PORTALS) + rounds * new)
        figures += [
            Figure(NAME, f"{stage}, second build", "s", seconds, first.seconds[stage], "first build")
            for stage, seconds in last.seconds.items()
        ]
        unchanged = run_stages(home, tuple(STAGES), log)
        figures.append(
            Figure(NAME, "whole build of nothing new", "s", sum(unchanged.seconds.values()), bar=UNCHANGED_BAR)
        )
    return figures


def run_stages(home: Home, stages: Sequence[str], log: Log, environment: Mapping[str, str] = _NO_VARIABLES) -> Build:
    """Run stages of a build in their own process, with these variables added to its environment."""
    command = [sys.executable, "-m", "bench.stages", str(home.root), *stages]
    seconds: dict[str, float] = {}
    articles = None
    with (
        subprocess.Popen(
            command, cwd=REPOSITORY, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
        ) as process,
        watched(process.pid) as peaks,
    ):
        for line in process.stdout or ():
            event = json.loads(line)
            if "begins" in event:
                peaks.phase = event["begins"]
            else:
                seconds[event["stage"]] = event["seconds"]
                articles = event["counts"]["fct_articles"] if event["counts"] else articles
    if process.returncode != 0:
        raise RuntimeError(f"stage {peaks.phase} failed; its error is above")
    log("  " + ", ".join(f"{stage} {took:.2f} s" for stage, took in seconds.items()))
    return Build(seconds, {stage: size for stage, size in peaks.by_phase.items() if stage in seconds}, articles)


def _of_first_build(build: Build, what: str) -> list[Figure]:
    figures = [Figure(NAME, f"{stage}, {what}", "s", seconds) for stage, seconds in build.seconds.items()]
    figures.append(Figure(NAME, f"whole build, {what}", "s", sum(build.seconds.values())))
    if build.peak_bytes:
        stage, size = max(build.peak_bytes.items(), key=lambda peak: peak[1])
        figures.append(Figure(NAME, f"peak memory, {what} (in {stage})", "GB", size / _GB, bar=MEMORY_BAR))
    return figures


def _of_new_articles(home: Home, folder: Path, rounds: int, log: Log, new: int, first: int) -> list[Figure]:
    """Add new articles in each round to the large home and to an empty one, and compare the stages."""
    took: dict[str, dict[str, list[float]]] = {}

    def add(name: str, home_of_round: Callable[[int], Home]) -> float:
        by_stage = took.setdefault(name, {stage: [] for stage in _PER_NEW_FILE})
        number = len(by_stage[_PER_NEW_FILE[0]])
        at = home_of_round(number)
        write_crawls(at, [_NEW_ON], new, first=first + 1 + number * new)
        build = run_stages(at, _PER_NEW_FILE, lambda _line: None)
        for stage, seconds in build.seconds.items():
            by_stage[stage].append(seconds)
        return sum(build.seconds.values())

    def empty(number: int) -> Home:
        alone = _home(folder / f"alone-{number}")
        run_stages(alone, ("load",), lambda _line: None)  # creating the warehouse is not measured
        return alone

    log(f"{NAME}: {new} new articles in one WARC file, seconds of {', '.join(_PER_NEW_FILE)}")
    contenders = {"second build": partial(add, "added", lambda _number: home), "alone": partial(add, "alone", empty)}
    interleaved(contenders, rounds, log)
    middle = {name: {stage: median(values) for stage, values in stages.items()} for name, stages in took.items()}
    return [
        Figure(
            NAME,
            f"{stage}, {new} new articles in the second build",
            "s",
            middle["added"][stage],
            middle["alone"][stage],
            "the same in an empty home",
            GROWTH_BAR if stage in _MAY_NOT_GROW else None,
        )
        for stage in _PER_NEW_FILE
    ]


def _home(root: Path) -> Home:
    """Return a home with the portals of the mirror."""
    home = Home(root)
    DemoCorpus.begin_day(home, 1)
    return home


def _expect(build: Build, articles: int) -> None:
    if build.articles != articles:
        raise RuntimeError(f"the corpus has {build.articles} articles, but {articles} were archived")
