"""`python -m bench`: run the benchmarks and print a table of the results.

Progress is written to standard error, the table to standard output. Exit codes: 0 all bars are met; 1 a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench import articles, corpus, demo, refresh, start, state, stories
from bench.crawl import speed
from bench.figures import Figure, Log, as_json, as_markdown
from bench.scale import builds

BENCHES: Mapping[str, Callable[[int, Log], list[Figure]]] = {
    articles.NAME: articles.measure,
    speed.NAME: speed.measure,
    state.NAME: state.measure,
    corpus.NAME: corpus.measure,
    builds.NAME: builds.measure_dbt,
    refresh.NAME: refresh.measure,
    start.NAME: start.measure,
    stories.NAME: stories.measure,
    demo.NAME: demo.measure,
}
QUICK: Mapping[str, Callable[[int, Log], list[Figure]]] = {
    articles.NAME: articles.measure,
    speed.NAME: partial(speed.measure, articles=200),
    state.NAME: partial(state.measure, articles=1000, crawls=10),
    corpus.NAME: partial(corpus.measure, articles=800, crawls=8),
    builds.NAME: partial(builds.measure_dbt, articles=600, new=10),
    refresh.NAME: partial(refresh.measure, articles=600),
    start.NAME: start.measure,
    stories.NAME: stories.measure,
}
"""Small inputs and no demo: only checks that the benchmarks run; the figures mean little."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the selected benchmarks; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure speed and memory beside baselines.")
    parser.add_argument("--only", action="append", choices=tuple(BENCHES), help="run only this one; may be repeated")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each comparison; contenders alternate")
    parser.add_argument("--quick", action="store_true", help="small inputs, one round, no demo: a smoke test")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    benches = QUICK if options.quick else BENCHES
    figures: list[Figure] = []
    for name in benches:
        if not options.only or name in options.only:
            figures += benches[name](1 if options.quick else options.rounds, _log)
    print(as_markdown(figures))
    if options.json:
        options.json.write_text(as_json(figures), encoding="utf-8")
    missed = [figure for figure in figures if figure.is_met is False]
    for figure in missed:
        _log(f"{figure.bench}: {figure.what}: misses its bar, {figure.bar}")
    return 1 if missed else 0


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
