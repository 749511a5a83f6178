"""Fixtures of the tests of imports: an empty home, and the portal that the files are of."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiders.portal import Portal
from tests.spiders.extract.staging import my_duc
from warehouse.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def portal() -> Portal:
    return my_duc()
