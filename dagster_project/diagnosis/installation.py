"""Examines the installation: Python, the dependencies and their programs, and dbt's manifest."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from dagster_project.dbt import manifest
from dagster_project.diagnosis.diagnoses import FAIL, OK, WARN, Diagnosis
from dagster_project.instance import program

_PACKAGE = "hanoi-corpus"
_PROGRAMS = ("dagster", "dagster-daemon", "dagster-webserver", "dbt")
_INSTALL = "install it again, as `docs/operate.md#upgrading` says; in a checkout: `make install`"


def examine_installation() -> Iterator[Diagnosis]:
    """Yield a diagnosis of Python, of the dependencies, of their programs, and of dbt's manifest."""
    wanted = metadata(_PACKAGE)["Requires-Python"]
    fits = SpecifierSet(wanted).contains(platform.python_version(), prereleases=True)
    yield Diagnosis(
        "python",
        OK if fits else FAIL,
        f"{platform.python_version()} in {sys.prefix}; {wanted} is needed",
        "" if fits else "make an environment with such a Python, and install the program there",
    )
    wrong = list(wrong_dependencies())
    yield Diagnosis(
        "dependencies",
        FAIL if wrong else OK,
        "; ".join(wrong) or f"{_PACKAGE} {version(_PACKAGE)} has the versions that it needs",
        _INSTALL if wrong else "",
    )
    missing = [name for name in _PROGRAMS if not os.access(program(name), os.X_OK)]
    yield Diagnosis(
        "programs",
        FAIL if missing else OK,
        f"missing beside {sys.executable}: {', '.join(missing)}" if missing else ", ".join(_PROGRAMS),
        _INSTALL if missing else "",
    )
    complaint = manifest.complaint()
    yield Diagnosis(
        "dbt manifest",
        WARN if complaint else OK,
        complaint or f"{manifest.manifest_file()} fits the models",
        "builds need none; `hanoi-corpus dev` and `hanoi-corpus demo` write it" if complaint else "",
    )


def wrong_dependencies() -> Iterator[str]:
    """Yield what is wrong with each requirement of the package that the environment does not meet."""
    for text in requires(_PACKAGE) or ():
        wanted = Requirement(text)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            yield f"{wanted.name} is missing; {wanted.specifier or 'any version'} is needed"
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            yield f"{wanted.name} is {found}; {wanted.specifier} is needed"
