"""Fixtures: an empty home, and those shared with other test packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.corpus import PORTALS_VARIABLE
from tests.code_location import definitions, made_manifest
from tests.demonstration import demo, installed
from warehouse.home import HOME_VARIABLE, Home

__all__ = ["definitions", "demo", "home", "installed", "made_manifest"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return an empty home, which the test's commands use, without portals of the user's own."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.delenv(PORTALS_VARIABLE, raising=False)
    return Home(tmp_path / "home")
