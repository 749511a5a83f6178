"""Makes a history that fails smaller, step by step, crawl by crawl and response by response, while it fails.

Belongs here: smaller histories, and their description. Does not belong here: running them
(`tests.dbt_models.histories.running`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tests.dbt_models.histories.building import Builder
from tests.dbt_models.histories.crawls import report_of
from tests.dbt_models.histories.running import Failure, run
from tests.dbt_models.histories.steps import History


def shrunk(history: History, failure: Failure, builder: Builder, folder: Path) -> History:
    """Return a smaller history after which at least one of the same relations differs."""

    def fails(tried: History) -> bool:
        found = run(tried, builder, folder)
        return found is not None and bool(found.relations & failure.relations)

    history = replace(history, steps=history.steps[: failure.step + 1])
    for smaller in (_without_steps, _without_crawls, _without_responses):
        size = 8
        while size:
            needed = 0
            while (attempt := next(islice(smaller(history, size), needed, None), None)) is not None:
                if all(step.states for step in attempt.steps) and fails(attempt):
                    history = attempt
                else:
                    needed += 1
            size //= 2
    return history


def described(history: History) -> list[str]:
    """Return lines that say what is in a history: its crawls in each step, and their responses."""
    lines: list[str] = []
    before = None
    for number, step in enumerate(history.steps):
        lines.append(f"step {number}: version {step.version}")
        if before is None or before.portals != step.portals:
            lines += [f"  {portal}" for portal in step.portals]
        for crawl_id, state in step.states.items():
            if before is None or before.states.get(crawl_id) != state:
                lines.append(f"  {crawl_id}: {state}, {report_of(history.crawls[crawl_id], state)}")
        if before is not None:
            lines += [f"  {crawl_id} goes" for crawl_id in before.states.keys() - step.states.keys()]
        before = step
    for crawl_id in sorted({crawl_id for step in history.steps for crawl_id in step.states}):
        places = _places(history, crawl_id)
        lines += [f"{crawl_id}: {each}" for each in history.crawls[crawl_id].responses if each.place in places]
    return lines


def _without_steps(history: History, size: int) -> Iterator[History]:
    # The last step is the one that fails.
    for first in range(0, len(history.steps) - 1, size):
        last = min(first + size, len(history.steps) - 1)
        yield replace(history, steps=[*history.steps[:first], *history.steps[last:]])


def _without_crawls(history: History, size: int) -> Iterator[History]:
    crawls = sorted({crawl_id for step in history.steps for crawl_id in step.states})
    for first in range(0, len(crawls), size):
        gone = frozenset(crawls[first : first + size])
        yield replace(
            history,
            steps=[
                replace(step, states={crawl: state for crawl, state in step.states.items() if crawl not in gone})
                for step in history.steps
            ],
        )


def _without_responses(history: History, size: int) -> Iterator[History]:
    crawls = sorted({crawl_id for step in history.steps for crawl_id in step.states})
    places = [(crawl_id, place) for crawl_id in crawls for place in sorted(_places(history, crawl_id))]
    for first in range(0, len(places), size):
        kept = dict(history.places)
        for crawl_id, place in places[first : first + size]:
            kept[crawl_id] = kept.get(crawl_id, _places(history, crawl_id)) - {place}
        yield replace(history, places=kept)


def _places(history: History, crawl_id: str) -> frozenset[int]:
    return history.places.get(crawl_id, frozenset(each.place for each in history.crawls[crawl_id].responses))
