"""The Dagster instance of a home.

Belongs here: the instance folder and the environment variables of Dagster's processes.
Does not belong here: definitions (`dagster_project.defs`).
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from warehouse.durable import replacing
from warehouse.home import HOME_VARIABLE, Home, HomeError

REPOSITORY = Path(__file__).resolve().parent.parent
"""The folder that holds the packages: that of a checkout, or `site-packages`."""

IS_CHECKOUT = (REPOSITORY / "pyproject.toml").is_file()
"""Whether this is a checkout and not an installed wheel, whose folders may be read-only."""

WORKSPACE = (REPOSITORY if IS_CHECKOUT else Path(__file__).parent) / "workspace.yaml"
"""Where Dagster finds the definitions, as its commands read it."""

_INSTANCE_SETTINGS = Path(__file__).parent / "dagster.yaml"

# Dagster makes an address of the path, and takes what follows for the options of a database.
_ENDS_AN_ADDRESS: Final = "?"

# SHA-256 of what earlier versions copied into a home: without `run_launcher`, dead runs are not ended; without
# `event_log_storage`, every event waits for the disk.
_FORMER_SETTINGS = frozenset(
    {
        "4a7685b42ea2b8fb36e76d3732755c6350b5ea2b21cb380ccc4d57de40bc36ab",
        "e096238fd063b5056be95c6b0c6d8079843a9a6fcb96035cac3508e30ad20e91",
        "4acb1a8d047773da59f3ccf314547532631a1d80942aa1613bef6a7eb2db71a2",
        "6fef64135dfb3666c67bf8f30274ecf60247e62a53d4172b1c51efd68478783e",
        "66bd8f0c0acc6e8e5538847be088341501386eb00369ebf4a5ee99c8c7e47e73",
    }
)


def dagster_environment(home: Home) -> dict[str, str]:
    """Return the environment variables of a Dagster process; create the home's instance folder if missing.

    Instance settings that an earlier version copied, and nobody edited, are replaced by today's.
    """
    settings = home.dagster / "dagster.yaml"
    if not settings.exists() or hashlib.sha256(settings.read_bytes()).hexdigest() in _FORMER_SETTINGS:
        with replacing(settings) as temporary:
            shutil.copyfile(_INSTANCE_SETTINGS, temporary)
    return {
        **os.environ,
        HOME_VARIABLE: str(home.root),
        "DAGSTER_HOME": str(_addressable(home.dagster)),
        # dbt and dg are installed beside this interpreter, even if its virtual environment is not activated.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def _addressable(instance: Path) -> Path:
    """Return a path by which Dagster opens its SQLite files: the instance folder, or a link to it."""
    return _link_to(instance) if _ENDS_AN_ADDRESS in str(instance) else instance


@cache
def _link_to(folder: Path) -> Path:
    """Make a link to a folder, which lasts as long as this process."""
    place = tempfile.mkdtemp(prefix="hanoi-corpus-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    if _ENDS_AN_ADDRESS in place:
        raise HomeError(f"{folder}: Dagster needs a link to it, but TMPDIR has the same character in its path: {place}")
    link = Path(place) / "dagster"
    link.symlink_to(folder)
    return link


def program(name: str) -> str:
    """Return the path of a program in the environment of this interpreter."""
    return str(Path(sys.executable).parent / name)
