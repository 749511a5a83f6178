"""The stages of the corpus in order: the single list for builds, loading, assets and dbt sources.

Belongs here: one entry per stage; a new derived dataset needs its record, its stage, and a line here.
Does not belong here: the stages' work (`spiders.extract.stage`, `warehouse.derive`) and running them
(`warehouse.stages`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from spiders.extract.stage import extraction
from spiders.portal import Portal
from warehouse.derive.copies.signatures import SIGNING
from warehouse.derive.identity import IDENTIFICATION
from warehouse.derive.passages.fingerprints import FINGERPRINTING
from warehouse.derive.sources.stage import CREDITING
from warehouse.derive.stories.terms import TERM_FINDING
from warehouse.stages import Stage, chained

StagesOf: TypeAlias = Callable[[Mapping[str, Portal]], tuple[Stage, ...]]
"""Returns the stages of a corpus with the given portals."""


def corpus_stages(portals: Mapping[str, Portal]) -> tuple[Stage, ...]:
    """Return the stages in order: a stage comes after those whose datasets it reads."""
    return chained((extraction(portals), IDENTIFICATION, SIGNING, FINGERPRINTING, CREDITING, TERM_FINDING))
