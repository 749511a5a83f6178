"""The project as pip installs it: its wheel in an environment of its own, which does not see the checkout.

Does not belong here: what an installed project must do (`tests.end_to_end.test_installed`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import REPOSITORY

# The programs of dependencies that commands start; pip puts them beside `hanoi-corpus`.
_PROGRAMS = ("dagster", "dagster-daemon", "dagster-webserver", "dbt")


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel.

    Attributes:
        packages: its `site-packages`.
    """

    folder: Path

    @property
    def program(self) -> str:
        return str(self.folder / "bin" / "hanoi-corpus")

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    @property
    def packages(self) -> Path:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.folder / "lib" / version / "site-packages"


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all pytest workers of a session share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Return the environment; it is made once, however many pytest workers there are."""
    folder = shared_folder(tmp_path_factory)
    made, done = Installed(folder / "installed"), folder / "installed.txt"
    with FileLock(folder / "installed.lock"):
        if not done.exists():
            install(build(folder / "dist"), made)
            done.touch()
    return made


def build(folder: Path) -> Path:
    """Build the wheel of the checkout, without the network; return its path."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, into: Installed) -> None:
    """Install a wheel in a new environment, whose dependencies are those of this one.

    They are on its path as a folder, so what this environment has as `editable`, the checkout, is not.
    """
    venv.create(into.folder, symlinks=True)
    (into.packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", into.python, "install", "--no-index", "--no-deps", "--quiet"]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    for name in _PROGRAMS:
        there = into.folder / "bin" / name
        shutil.copy(Path(sysconfig.get_path("scripts")) / name, there)
        text = there.read_text(encoding="utf-8")
        there.write_text(text.replace(sys.executable, into.python, 1), encoding="utf-8")
