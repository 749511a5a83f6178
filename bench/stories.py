"""Benchmark `stories`: how well stories are found in ViMs, 300 clusters of one event each.

Needs the folder `shared` beside the repository; without it there are no figures. The threshold is the middle of what
is within 0.003 of the best on one half of the clusters; both halves are reported. Batch linking sees all articles at
once, at the threshold that is best for it on the articles it is scored on; it shows what day by day can reach.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from bench.extraction.cases import SHARED
from bench.figures import Bar, Figure, Log
from warehouse.derive.stories.days import replay
from warehouse.derive.stories.rows import Rows, rows_of
from warehouse.derive.stories.similarity import pairs
from warehouse.derive.stories.terms import terms_of
from warehouse.derive.stories.weights import vectors_of

NAME = "stories"
GOOD: Final = Bar("value", ">=", 0.978)
DAYS: Final = (1, 10, 30, 100)

VIMS: Final = SHARED / "corpora" / "vims"
# Two pairs of clusters are of one event each.
_SAME: Final = {"Cluster_076": "Cluster_036", "Cluster_148": "Cluster_095"}
# ViMs has no dates.
_TIME: Final = datetime(2016, 6, 1, tzinfo=UTC)
_THRESHOLDS: Final = np.arange(0.1, 0.6, 0.01)


def measure(rounds: int, log: Log) -> list[Figure]:
    """Return the B-cubed F1 day by day in as many random orders as rounds, and of batch linking."""
    if not VIMS.is_dir():
        log(f"{NAME}: the folder of ViMs is not beside the repository")
        return []
    rows, clusters = read_vims(VIMS)
    tuned = half_of(clusters)
    figures = []
    batch = {method: batch_linked(rows, clusters, method) for method in ("average", "single")}
    for count in DAYS:
        found = [day_by_day(rows, count, seed) for seed in range(rounds)]
        for what, chosen in (("all clusters", None), ("tuned half", tuned), ("other half", ~tuned)):
            scores = [scored(clusters, stories, chosen) for stories in found]
            log(f"  {count} days, {what}: " + ", ".join(f"{p:.4f}/{r:.4f}/{f:.4f}" for p, r, f in scores))
            figures.append(
                Figure(
                    NAME,
                    f"ViMs in {count} days, {what}: least F1 of {rounds} orders",
                    "B-cubed F1",
                    min(score[2] for score in scores),
                    scored(clusters, batch["average"], chosen)[2],
                    "batch average link",
                    GOOD if chosen is None else None,
                )
            )
    for method, stories in batch.items():
        figures.append(
            Figure(NAME, f"batch {method} link at its best threshold", "B-cubed F1", scored(clusters, stories)[2])
        )
    return figures


def b_cubed(truth: Sequence[Hashable], found: Sequence[Hashable]) -> tuple[float, float, float]:
    """Return B-cubed precision, recall and F1.

    Source: A. Bagga and B. Baldwin, Entity-Based Cross-Document Coreferencing Using the Vector Space Model, 1998.

    Both name the group of each item, in the same order; at least one item is needed.
    """
    both, true, given = Counter(zip(truth, found, strict=True)), Counter(truth), Counter(found)
    precision = sum(count * count / given[group] for (_, group), count in both.items()) / len(truth)
    recall = sum(count * count / true[group] for (group, _), count in both.items()) / len(truth)
    return precision, recall, 2 * precision * recall / (precision + recall)


def scored(
    clusters: Sequence[str], stories: Sequence[Hashable], chosen: npt.NDArray[np.bool_] | None = None
) -> tuple[float, float, float]:
    """Return B-cubed precision, recall and F1 of the chosen articles, all by default."""
    places = range(len(clusters)) if chosen is None else np.flatnonzero(chosen).tolist()
    return b_cubed([clusters[place] for place in places], [stories[place] for place in places])


def read_vims(folder: Path) -> tuple[Rows, list[str]]:
    """Return the articles and the cluster of each; the first line of a file is the title."""
    clusters: list[str] = []
    articles = []
    for cluster, name, title, lines in _files(folder):
        clusters.append(_SAME.get(cluster, cluster))
        articles.append((_TIME, terms_of(name, name, _TIME, title, lines)))
    return rows_of(articles), clusters


def _files(folder: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    for path in sorted(folder.glob("*/*.txt")):
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        yield path.parent.name, f"{path.parent.name}/{path.stem}", lines[0], lines[1:]


def half_of(clusters: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which articles are in the half of the clusters on which the threshold was chosen."""
    names = sorted(set(clusters))
    chosen = set(random.Random(100).sample(names, len(names) // 2))  # noqa: S311 - no secret
    return np.array([cluster in chosen for cluster in clusters])


def day_by_day(rows: Rows, count: int, seed: int) -> list[str]:
    """Return the story of each article after so many days, on which they arrive in random order."""
    order = random.Random(seed).sample(range(len(rows)), len(rows))  # noqa: S311 - no secret
    parts = np.array_split(np.array(order), count)
    stories: dict[str, str] = {}
    for result in replay((date(2016, 6, 1) + timedelta(days=day), rows.take(part)) for day, part in enumerate(parts)):
        stories |= {each.article_id: each.story_id for each in result.assignments}
        known = result.known
    return [known.story(stories[article_id]) for article_id in rows.article_ids]


def batch_linked(rows: Rows, clusters: Sequence[str], method: str) -> list[int]:
    """Return the groups of one linking of all articles, at the threshold with the best F1."""
    everything = np.arange(len(rows))
    similarities = pairs(vectors_of(rows, None), rows.times, everything).toarray()
    distances = 1 - np.clip((similarities + similarities.T) / 2, 0, 1)
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), method)
    found = [fcluster(tree, 1 - least, "distance").tolist() for least in _THRESHOLDS]
    best: list[int] = max(found, key=lambda groups: scored(clusters, groups)[2])
    return best
