"""A digest of the code: the models, the packages whose code they call, and the installed libraries.

Part of what the marts depend on (`warehouse.tables.inputs`). Files are compared by content, since git and copies change
their times. Which module or library matters to a model is not known for certain, so all of them count.
Does not belong here: the versions of stages, which decide about their files (`warehouse.stages`).
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from dagster_project.instance import REPOSITORY

_PACKAGES: Final = ("dagster_project", "dbt_models", "spiders", "warehouse")
# What Python and dbt write beside the sources, and what only a wheel has in a package.
_NO_CODE: Final = frozenset({"__pycache__", "docs", "logs", "target", "workspace.yaml"})


def code_digest() -> str:
    """Return a digest that changes with any file of the packages, any library, and Python itself."""
    digest = hashlib.sha256(sys.version.encode())
    for name, version in sorted({(each.name, each.version) for each in distributions()}):
        digest.update(f"\n{name} {version}".encode())
    for file in _files():
        content = file.read_bytes()
        digest.update(f"\n{file.relative_to(REPOSITORY).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    for package in _PACKAGES:
        for file in sorted((REPOSITORY / package).rglob("[!.]*")):
            if file.is_file() and _NO_CODE.isdisjoint(file.relative_to(REPOSITORY).parts):
                yield file
