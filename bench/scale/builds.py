"""Benchmark `scale`: builds of a million articles, and of a few new ones beside many.

What is measured: the whole build of the largest home from extracted files, with the memory limit of a machine of 8 GB;
then the same number of new articles, which are pages in new WARC files, in homes of several sizes. Every build runs in
its own process, on a copy of its home (see `bench.stages`).
Belongs here: both measurements, and their bars. Does not belong here: making homes (`bench.scale.homes`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count, takewhile
from pathlib import Path
from statistics import median
from typing import Final

from bench.corpus import Build, run_stages
from bench.figures import Bar, Figure, Log, interleaved
from bench.scale.homes import copied, home_of, portals_of
from bench.scale.pages import write_new
from bench.stages import DBT, FULL_DBT, STAGES
from warehouse.home import Home

NAME: Final = "scale"
SIZES: Final = (10_000, 100_000, 1_000_000)
MEMORY_LIMIT_GB: Final = 2
"""What DuckDB may use on a machine of 8 GB, by default a quarter of its memory."""

FULL_BAR: Final = Bar("value", "<=", 15 * 60)
FULL_MEMORY_BAR: Final = Bar("value", "<=", 4)
PUBLISH_BAR: Final = Bar("value", "<=", 60)
NEW_BAR: Final = Bar("ratio", "<=", 3)
NEW_MEMORY_BAR: Final = Bar("ratio", "<=", 2)
DBT_BAR: Final = Bar("ratio", "<=", 0.5)

_BEFORE_DBT: Final = tuple(takewhile(lambda stage: stage != DBT, STAGES))
_GB: Final = 1e9
_WHOLE: Final = "whole build"
_PEAK: Final = "peak"


@dataclass(frozen=True, slots=True)
class BuiltHome:
    """A copy of a home after its first build."""

    home: Home
    articles: int
    first: Build


def measure(rounds: int, log: Log, folder: Path, sizes: Sequence[int] = SIZES, new: int = 1_000) -> list[Figure]:
    """Build homes of several sizes, then add new articles to each in every round.

    `folder` keeps the homes before their first build; the copies that are built are deleted.
    """
    with ExitStack() as stack:
        built = [stack.enter_context(_built(folder, size, log)) for size in sorted(sizes)]
        return [*_of_full_build(built[-1]), *_of_new_articles(built, rounds, log, new)]


def measure_dbt(rounds: int, log: Log, articles: int = 10_000, new: int = 100) -> list[Figure]:
    """Compare dbt's seconds for new articles with those of a full build of the same home."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hanoi-corpus-bench-")))
        built = stack.enter_context(_built(folder, articles, log))
        number = count()

        def add(dbt: str) -> float:
            with _settled(built.home, folder) as home:
                write_new(home, new, next(number))
                return run_stages(home, (*_BEFORE_DBT, dbt), _no_log, portals_of(home)).seconds[dbt]

        log(f"{NAME}: {new} new articles on {articles:,}, seconds of dbt")
        found = interleaved({dbt: partial(add, dbt) for dbt in (DBT, FULL_DBT)}, rounds, log)
    what = f"dbt build, {new} new articles on {articles:,}"
    return [Figure(NAME, what, "s", found[DBT], found[FULL_DBT], "a full dbt build", DBT_BAR)]


@contextmanager
def _settled(original: Home, folder: Path) -> Iterator[Home]:
    """Yield a copy of a built home after a build has read its files, since copies are not trusted."""
    with copied(original, folder) as home:
        run_stages(home, _BEFORE_DBT, _no_log, portals_of(home))
        yield home


@contextmanager
def _built(folder: Path, articles: int, log: Log) -> Iterator[BuiltHome]:
    """Yield a copy of a home that is built as on a machine of 8 GB."""
    original = home_of(folder, articles, log)
    with copied(original, folder) as home:
        home.settings_file.write_text(f"memory_limit_gb: {MEMORY_LIMIT_GB}\n", encoding="utf-8")
        log(f"{NAME}: first build of {articles:,} articles")
        yield BuiltHome(home, articles, run_stages(home, tuple(STAGES), log, portals_of(home)))


def _of_full_build(built: BuiltHome) -> list[Figure]:
    what, first = f"{built.articles:,} articles from extracted files", built.first
    figures = [
        Figure(NAME, f"{stage}, {what}", "s", seconds, bar=PUBLISH_BAR if stage == "publish" else None)
        for stage, seconds in first.seconds.items()
    ]
    figures.append(Figure(NAME, f"whole build, {what}", "s", sum(first.seconds.values()), bar=FULL_BAR))
    if first.peak_bytes:
        stage, size = max(first.peak_bytes.items(), key=lambda peak: peak[1])
        figures.append(Figure(NAME, f"peak memory, {what} (in {stage})", "GB", size / _GB, bar=FULL_MEMORY_BAR))
    for file in (built.home.warehouse_file, built.home.marts_file, built.home.corpus_file):
        figures.append(Figure(NAME, f"{file.name}, {what}", "GB", file.stat().st_size / _GB))
    return figures


def _of_new_articles(built: Sequence[BuiltHome], rounds: int, log: Log, new: int) -> list[Figure]:
    builds: dict[int, list[Build]] = {one.articles: [] for one in built}

    def add(one: BuiltHome) -> float:
        with _settled(one.home, one.home.root.parent) as home:
            write_new(home, new, len(builds[one.articles]))
            build = run_stages(home, tuple(STAGES), _no_log, portals_of(home))
        if one.first.articles is None or build.articles != one.first.articles + new:
            raise RuntimeError(f"{build.articles} articles were published, of {one.first.articles} and {new} new ones")
        builds[one.articles].append(build)
        return sum(build.seconds.values())

    log(f"{NAME}: {new:,} new articles, seconds of all stages by articles of the home")
    interleaved({f"{one.articles:,}": partial(add, one) for one in built}, rounds, log)
    smallest = built[0].articles
    figures = []
    for one in built[1:]:
        what, baseline = f"{new:,} new articles on {one.articles:,}", f"on {smallest:,}"
        many, few = (_medians(builds[articles]) for articles in (one.articles, smallest))
        bars = (NEW_BAR, NEW_MEMORY_BAR) if one is built[-1] else (None, None)
        for stage in (*STAGES, _WHOLE):
            bar = bars[0] if stage == _WHOLE else None
            figures.append(Figure(NAME, f"{stage}, {what}", "s", many[stage], few[stage], baseline, bar))
        if few[_PEAK]:
            figures.append(Figure(NAME, f"peak memory, {what}", "GB", many[_PEAK], few[_PEAK], baseline, bars[1]))
    return figures


def _medians(builds: Sequence[Build]) -> Mapping[str, float]:
    """Return the seconds of each stage and of all, and the peak memory in GB; 0 if it cannot be read."""
    return {
        **{stage: median(build.seconds[stage] for build in builds) for stage in STAGES},
        _WHOLE: median(sum(build.seconds.values()) for build in builds),
        _PEAK: median(max(build.peak_bytes.values(), default=0) / _GB for build in builds),
    }


def _no_log(_line: str) -> None:
    """Discard progress messages of single builds; the rounds are logged."""
