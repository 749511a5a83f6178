"""`python -m bench.extraction`: score all contenders on all gold cases and print a report.

Progress is written to standard error, the report to standard output. Exit codes: 0 all bars are met; 1 a bar is missed;
2 no case matches.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import articles
from bench.extraction import report
from bench.extraction.all_cases import load_cases
from bench.extraction.bars import all_reached
from bench.extraction.cases import Case
from bench.extraction.contenders import CONTENDERS, OURS, contends
from bench.extraction.lists import list_cases, missed_bars, read_rows, score_list
from bench.extraction.scoring import false_articles, score_all
from bench.figures import as_markdown
from spiders.platforms import PLATFORMS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.extraction", description="Score extraction on gold cases.")
    parser.add_argument("--case", metavar="NAME", help="only cases whose names contain this")
    parser.add_argument("--show", metavar="NAME", help="print our results and gold for cases whose names contain this")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write scores and bars to this file")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the speed comparison; 0 skips it")
    options = parser.parse_args(arguments)
    wanted = options.show or options.case or ""
    cases = [case for case in load_cases() if wanted in case.name]
    if not cases:
        _log(f"no case has a name that contains {wanted!r}")
        return 2
    if options.show:
        _show(cases)
        return 0
    _log(f"scoring {len(CONTENDERS)} contenders on {len(cases)} cases")
    scores, not_articles = score_all(cases), false_articles(cases)
    lists = (
        []
        if options.case
        else [score_list(case, read_rows(case)) for case in list_cases() if case.platform in PLATFORMS]
    )
    print(report.as_markdown(scores, lists, not_articles))
    figures = [] if options.case or not options.rounds else articles.measure(options.rounds, _log)
    if figures:
        print(f"\n## Speed\n\n{as_markdown(figures)}")
    if options.json:
        options.json.write_text(report.as_json(scores, lists, figures), encoding="utf-8")
    missed = [f"{one.origin}, {one.bar}" for one in all_reached(scores) if not one.is_met]
    missed += missed_bars(lists)
    missed += [f"speed, {figure.what}: {figure.bar}" for figure in figures if figure.is_met is False]
    missed += [f"an article where there is none: {line}" for line in not_articles]
    for line in missed:
        _log(f"misses its bar: {line}")
    return 1 if missed else 0


def _show(cases: Sequence[Case]) -> None:
    for case in cases:
        for name in OURS:
            if contends(name, case):
                print(report.compared(case, name), end="\n\n")


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
