"""Dagster definitions for tests, loaded once per process; they depend on the home at load time."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from dagster_project.corpus import PORTALS_VARIABLE
from dagster_project.dbt import manifest
from dagster_project.definitions import defs
from warehouse.home import HOME_VARIABLE


@pytest.fixture(scope="session")
def made_manifest() -> Path:
    """Return dbt's manifest; remake it, as `make install` does, if a model has changed."""
    manifest.refresh(print)
    return manifest.manifest_file()


@pytest.fixture(scope="session")
def definitions(tmp_path_factory: pytest.TempPathFactory, made_manifest: Path) -> dg.Definitions:
    """Return the definitions for an empty home, independent of the user's data and portals."""
    assert made_manifest
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(tmp_path_factory.mktemp("home")))
        patch.delenv(PORTALS_VARIABLE, raising=False)
        # As with an environment that is not activated: dbt is beside the interpreter, not on PATH.
        patch.setenv("PATH", "/usr/bin:/bin")
        return defs()
