"""A warehouse of days on which articles arrived, as dbt makes its tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.home import Home
from warehouse.tables.lock import hold


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Return a home whose lock is held."""
    made = Home(tmp_path)
    with hold(made, "test", 5):
        yield made
