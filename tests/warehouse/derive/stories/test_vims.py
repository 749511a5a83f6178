"""Stories in ViMs, and in the five seeds, of which two are of one event."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bench.stories import GOOD, day_by_day, half_of, scored
from tests.warehouse.derive.stories import made
from warehouse.derive.stories.days import cluster_day, in_memory
from warehouse.derive.stories.known import Known
from warehouse.derive.stories.rows import Places, Rows, joined
from warehouse.derive.stories.weights import Snapshot, no_tally

ONE_DAY = date(2024, 10, 14)


@pytest.mark.parametrize("count", [1, 20])
def test_stories_of_vims_meet_the_bar(vims: tuple[Rows, list[str]], count: int) -> None:
    rows, clusters = vims
    assert len(rows) == 1950
    found = day_by_day(rows, count, seed=7)
    half = half_of(clusters)
    for chosen in (None, half, ~half):
        assert scored(clusters, found, chosen)[2] >= GOOD.limit


def test_stories_are_found_where_most_articles_are_alone(vims: tuple[Rows, list[str]]) -> None:
    rows, clusters = vims
    # One article of each cluster, and all of the first clusters: most articles are alone, as in a real corpus.
    names = sorted(set(clusters))
    alone = [clusters.index(name) for name in names[60:]]
    chosen = np.array([*np.flatnonzero(np.isin(clusters, names[:60])).tolist(), *alone])
    found = day_by_day(rows.take(chosen), 5, seed=7)
    assert scored([clusters[place] for place in chosen.tolist()], found)[2] >= 0.96


@pytest.fixture(scope="module")
def seeds(shared: Path) -> Rows:
    gold = json.loads((shared / "seeds/gold.json").read_text(encoding="utf-8"))
    articles = {}
    for name, stated in gold.items():
        lines = (shared / f"seeds/{name}.txt").read_text(encoding="utf-8").split("\n")
        body = [
            lines[int(number) - 1] for number, role in stated["line_roles"].items() if role in ("body", "subheading")
        ]
        articles[name[:3]] = (stated["title"], "\n".join(body))
    return made.rows(articles)


@pytest.mark.parametrize("beside", ["nothing", "the terms of ViMs", "ViMs", "made articles"])
def test_the_two_seeds_of_one_event_are_one_story_and_no_others(
    seeds: Rows, vims: tuple[Rows, list[str]], beside: str
) -> None:
    others = {"ViMs": vims[0], "made articles": made.rows(made.tellings())}
    snapshot: Snapshot | None = no_tally().with_day(vims[0]).snapshot if beside == "the terms of ViMs" else None
    batch = joined([seeds, others[beside]]) if beside in others else seeds
    places = Places(batch.article_ids, batch.times, np.arange(len(batch)))
    result = cluster_day(ONE_DAY, places, Known(), snapshot, in_memory(batch))
    story = {each.article_id: each.story_id for each in result.assignments}
    assert story["000"] == story["001"]
    assert len({story[name] for name in seeds.article_ids}) == 4
