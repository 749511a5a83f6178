"""Run and time the stages of a build in a process whose memory can be measured from outside.

Usage: `python -m bench.stages HOME STAGE…`. It prints one JSON object when a stage starts and one when it ends.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.derivation import corpus_stages
from warehouse.home import Home
from warehouse.stages import StageReport

RUN_ID = "bench"

DBT = "dbt build"
FULL_DBT = "full dbt build"
"""Every row of every model made again, for comparison; it is no stage of its own."""


def _quiet(_line: str) -> None:
    """Discard progress messages."""


def _publish(corpus: Corpus) -> dict[str, int]:
    return dict(pipeline.publish_corpus(corpus, RUN_ID, _quiet).release.counts)


def _judge(corpus: Corpus) -> None:
    pipeline.judge_extraction(corpus, _quiet)
    pipeline.write_portal_health(corpus, _quiet)


def _derive(corpus: Corpus, name: str) -> StageReport:
    (stage,) = (stage for stage in corpus_stages(corpus.portals) if stage.name == name)
    return pipeline.derive(corpus, stage, _quiet)


STAGES: Mapping[str, Callable[[Corpus], Any]] = {
    "index": lambda corpus: pipeline.index_archive(corpus, _quiet),
    "extract": lambda corpus: _derive(corpus, "extraction"),
    "identify": lambda corpus: _derive(corpus, "identification"),
    "sign": lambda corpus: _derive(corpus, "signing"),
    "fingerprint": lambda corpus: _derive(corpus, "fingerprinting"),
    "credit": lambda corpus: _derive(corpus, "crediting"),
    "find terms": lambda corpus: _derive(corpus, "term_finding"),
    "load": lambda corpus: pipeline.load_raw(corpus, corpus_stages(corpus.portals), _quiet),
    DBT: lambda corpus: pipeline.build_marts(corpus, _quiet),
    "judge": _judge,
    "publish": _publish,
}
"""The stages of a build, in order."""

_RUN: Mapping[str, Callable[[Corpus], Any]] = {
    **STAGES,
    FULL_DBT: lambda corpus: pipeline.build_marts(corpus, _quiet, full=True),
}


def main(corpus: Corpus, names: list[str]) -> None:
    """Run the stages and print their times; for `publish` also the number of rows by mart."""
    for name in names:
        print(json.dumps({"begins": name}), flush=True)
        started_at = time.perf_counter()
        result = _RUN[name](corpus)
        seconds = time.perf_counter() - started_at
        print(
            json.dumps({"stage": name, "seconds": seconds, "counts": result if name == "publish" else None}), flush=True
        )


if __name__ == "__main__":
    main(Corpus.open(Home(Path(sys.argv[1]))), sys.argv[2:])
