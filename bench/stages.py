"""The stages of a build, timed one by one, in a process of its own whose memory can be watched from outside.

Run as `python -m bench.stages HOME STAGE…`; it prints one JSON object when a stage begins, and one when it ends.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dagster_project import pipeline
from warehouse.home import Home

RUN_ID = "bench"


def _quiet(_line: str) -> None:
    """Progress costs nothing here."""


def _publish(home: Home) -> dict[str, int]:
    return dict(pipeline.publish_corpus(home, RUN_ID, _quiet).counts)


STAGES: Mapping[str, Callable[[Home], Any]] = {
    "index": lambda home: pipeline.index_archive(home),
    "extract": lambda home: pipeline.extract(home, _quiet),
    "identify": lambda home: pipeline.identify(home),
    "load": lambda home: pipeline.load_raw(home, _quiet),
    "dbt build": lambda home: pipeline.build_marts(home, _quiet),
    "publish": _publish,
}
"""What a build does, in order."""


def main(home: Home, names: list[str]) -> None:
    """Run the stages; `publish` tells the number of rows by mart."""
    for name in names:
        print(json.dumps({"begins": name}), flush=True)
        begun = time.perf_counter()
        result = STAGES[name](home)
        seconds = time.perf_counter() - begun
        print(
            json.dumps({"stage": name, "seconds": seconds, "counts": result if name == "publish" else None}), flush=True
        )


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])), sys.argv[2:])
