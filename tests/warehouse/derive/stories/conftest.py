"""Real articles that the tests of stories share."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.stories import read_vims
from warehouse.derive.stories.rows import Rows


@pytest.fixture(scope="session")
def vims(shared: Path) -> tuple[Rows, list[str]]:
    """Return the articles of ViMs and the cluster of each."""
    return read_vims(shared / "corpora" / "vims")


@pytest.fixture(scope="session")
def shared_vims(vims: tuple[Rows, list[str]]) -> Rows:
    """Return the articles of ViMs."""
    return vims[0]
