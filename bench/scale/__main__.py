"""`python -m bench.scale`: build a million articles, add new ones, and print the figures.

Progress is written to standard error, the table to standard output. Exit codes: 0 all bars are met; 1 a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.figures import REPOSITORY, as_json, as_markdown
from bench.scale import builds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of new articles; the homes alternate")
    parser.add_argument("--sizes", type=int, nargs="+", default=builds.SIZES, help="numbers of articles")
    parser.add_argument("--new", type=int, default=1_000, help="number of new articles")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "build" / "bench", help="where homes are kept")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    figures = builds.measure(options.rounds, _log, options.folder, options.sizes, options.new)
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
