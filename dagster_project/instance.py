"""The Dagster instance of a home, and starting Dagster's own programs on it.

Here: the instance folder and the environment that Dagster's processes must find. Not here: any definition.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from warehouse.home import HOME_VARIABLE, Home

REPOSITORY = Path(__file__).resolve().parent.parent
_INSTANCE_SETTINGS = Path(__file__).parent / "dagster.yaml"


def dagster_environment(home: Home) -> dict[str, str]:
    """Return the environment of a Dagster process for a home, its instance folder prepared."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    settings = home.dagster / "dagster.yaml"
    if not settings.exists():
        shutil.copyfile(_INSTANCE_SETTINGS, settings)
    return {
        **os.environ,
        HOME_VARIABLE: str(home.root),
        "DAGSTER_HOME": str(home.dagster),
        # dbt and dg stand beside this interpreter, whether or not its environment is activated.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def program(name: str) -> str:
    """Return the path of a program that was installed with this project."""
    return str(Path(sys.executable).parent / name)


def open_ui(home: Home, port: int) -> None:
    """Become `dg dev`: the Dagster UI and daemon for a home, until they are stopped. Does not return."""
    environment = dagster_environment(home)
    dg = program("dg")
    os.chdir(REPOSITORY)  # dg takes the project's settings from the folder it stands in
    os.execve(dg, [dg, "dev", "-w", "workspace.yaml", "--port", str(port)], environment)  # noqa: S606 - our own program
