"""The Dagster definitions, loaded once a process: what they are depends on the home at that moment."""

from __future__ import annotations

import dagster as dg
import pytest

from dagster_project.pipeline import PORTALS_VARIABLE
from warehouse.home import HOME_VARIABLE


@pytest.fixture(scope="session")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    """Return the definitions of an empty home, whatever data and portals the user has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(tmp_path_factory.mktemp("home")))
        patch.delenv(PORTALS_VARIABLE, raising=False)
        # As where the environment is not activated: dbt stands beside the interpreter and not on PATH.
        patch.setenv("PATH", "/usr/bin:/bin")
        from dagster_project.definitions import defs

        return defs()
