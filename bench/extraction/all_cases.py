"""Every gold case that is at hand, from wherever it comes.

Not here: the cases of one origin (`bench.extraction.cases`, `bench.extraction.saved`, `bench.extraction.seeds`).
"""

from __future__ import annotations

from pathlib import Path

from bench.extraction.cases import SHARED, Case, fixture_cases
from bench.extraction.saved import saved_cases
from bench.extraction.seeds import seed_cases


def load_cases(shared: Path = SHARED) -> tuple[Case, ...]:
    """Return every case: the project's own, and those made of the folder `shared` where it is at hand."""
    made = (*seed_cases(shared), *saved_cases(shared)) if (shared / "seeds").is_dir() else ()
    return (*fixture_cases(), *made)
