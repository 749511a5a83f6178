"""The stages of the corpus in their order: the one list that builds, loading, assets and dbt sources follow.

A new derived dataset is its record, its stage, and a line here. Not here: what a stage does
(`spiders.extract.stage`, `warehouse.derive`), and how stages are run (`warehouse.stages`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from spiders.extract.stage import extraction
from spiders.portal import Portal
from warehouse.derive.identity import IDENTIFICATION
from warehouse.stages import Stage, chained

StagesOf: TypeAlias = Callable[[Mapping[str, Portal]], tuple[Stage, ...]]
"""Returns the stages of a corpus with these portals."""


def corpus_stages(portals: Mapping[str, Portal]) -> tuple[Stage, ...]:
    """Return the stages, each after those whose datasets it reads.

    Args:
        portals: definitions by slug, by which pages are read.
    """
    return chained((extraction(portals), IDENTIFICATION))
