"""All available gold cases.

Does not belong here: cases of one origin (see `bench.extraction.cases`, `bench.extraction.papers`,
`bench.extraction.saved` and `bench.extraction.seeds`).
"""

from __future__ import annotations

from pathlib import Path

from bench.extraction.cases import SHARED, Case, fixture_cases
from bench.extraction.papers import paper_cases
from bench.extraction.saved import saved_cases
from bench.extraction.seeds import seed_cases


def load_cases(shared: Path = SHARED) -> tuple[Case, ...]:
    """Return all cases: the fixtures, and those made from the folder `shared` if it exists."""
    made = (*seed_cases(shared), *saved_cases(shared), *paper_cases(shared)) if (shared / "seeds").is_dir() else ()
    return (*fixture_cases(), *made)
