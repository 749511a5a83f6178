"""The Dagster definitions, loaded once a process: what they are depends on the home at that moment."""

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
    """Return dbt's manifest, made as `make install` does where a model was changed since."""
    manifest.refresh(print)
    return manifest.MANIFEST


@pytest.fixture(scope="session")
def definitions(tmp_path_factory: pytest.TempPathFactory, made_manifest: Path) -> dg.Definitions:
    """Return the definitions of an empty home, whatever data and portals the user has."""
    assert made_manifest
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(tmp_path_factory.mktemp("home")))
        patch.delenv(PORTALS_VARIABLE, raising=False)
        # As where the environment is not activated: dbt stands beside the interpreter and not on PATH.
        patch.setenv("PATH", "/usr/bin:/bin")
        return defs()
