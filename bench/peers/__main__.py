"""`python -m bench.peers`: run our functions over the peers' corpora, and print what they miss.

It also prints why.
Exit codes: 0 nothing crashed, no real article was refused, and F1 is not below trafilatura's; 1 otherwise; 2 the folder
with the corpora is missing.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import get_args

from bench.peers import archives, articles, feeds
from bench.peers.articles import CORPUS, Accuracy
from bench.peers.outcome import PEERS, Kind, Outcome

_KINDS = get_args(Kind)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run over all corpora; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description="Run over the peers' test corpora.")
    parser.parse_args(arguments)
    if not PEERS.is_dir():
        print(f"the folder {PEERS} with the corpora is missing", file=sys.stderr)
        return 2
    accuracies, found = articles.measured(list(articles.pages()))
    every = [
        *found,
        *feeds.feed_outcomes(),
        *feeds.sitemap_outcomes(),
        *feeds.robots_outcomes(),
        *archives.warc_outcomes(),
        *archives.body_outcomes(),
    ]
    print("\n".join(_report(accuracies, every)))
    missed = list(missed_bars(accuracies, every))
    for line in missed:
        print(f"misses its bar: {line}", file=sys.stderr)
    return 1 if missed else 0


def missed_bars(accuracies: Sequence[Accuracy], every: Sequence[Outcome]) -> Iterator[str]:
    """Yield the bars that are missed: no crash, no article refused, and an F1 not below trafilatura's."""
    yield from (f"crashed: {one.file}: {one.reason}" for one in every if one.kind == "crashed")
    yield from (f"refused: {one.reason}" for one in every if one.corpus == CORPUS and one.kind == "refused")
    ours, trafilatura = accuracies[:2]
    if round(ours.f1, 3) < round(trafilatura.f1, 3):
        yield f"F1 {ours.f1:.3f} is below trafilatura's {trafilatura.f1:.3f}"


def _report(accuracies: Sequence[Accuracy], every: Sequence[Outcome]) -> Iterator[str]:
    yield f"## {CORPUS}, by its own metric\n"
    yield "| extractor | pages | precision | recall | F1 |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for one in accuracies:
        yield f"| {one.name} | {one.pages} | {one.precision:.3f} | {one.recall:.3f} | {one.f1:.3f} |"
    yield f"\n## Files\n\n| corpus | {' | '.join(_KINDS)} |\n| --- |{' ---: |' * len(_KINDS)}"
    for corpus, of_it in groupby(every, key=lambda one: one.corpus):
        counts = Counter(one.kind for one in of_it)
        yield f"| {corpus} | {' | '.join(str(counts[kind]) for kind in _KINDS)} |"
    yield "\n## What is not right, and why\n"
    yield from (f"- {one.kind}: {one.file}: {one.reason}" for one in every if one.kind != "right")


if __name__ == "__main__":
    sys.exit(main())
