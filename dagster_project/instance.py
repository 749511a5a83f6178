"""The Dagster instance of a home, and starting the Dagster UI on it.

Belongs here: the instance folder and the environment variables of Dagster's processes.
Does not belong here: definitions (`dagster_project.defs`).
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
    """Return the environment variables of a Dagster process; create the home's instance folder if missing."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    settings = home.dagster / "dagster.yaml"
    if not settings.exists():
        shutil.copyfile(_INSTANCE_SETTINGS, settings)
    return {
        **os.environ,
        HOME_VARIABLE: str(home.root),
        "DAGSTER_HOME": str(home.dagster),
        # dbt and dg are installed beside this interpreter, even if its virtual environment is not activated.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def program(name: str) -> str:
    """Return the path of a program in the environment of this interpreter."""
    return str(Path(sys.executable).parent / name)


def open_ui(home: Home, port: int) -> None:
    """Replace this process with `dg dev`, which runs the Dagster UI and daemon for a home."""
    environment = dagster_environment(home)
    dg = program("dg")
    os.chdir(REPOSITORY)  # dg reads the project's settings from the working directory
    os.execve(dg, [dg, "dev", "-w", "workspace.yaml", "--port", str(port)], environment)  # noqa: S606 - our own program
