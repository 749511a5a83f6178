"""Writes and checks dbt's manifest, from which Dagster gets its dbt assets.

`make install` writes it, in the checkout; where the project is installed as a wheel, it is in the home. `hanoi-corpus
demo` and `hanoi-corpus dev` write it again if a model has changed. By hand:

    python -m dagster_project.dbt.manifest

A file beside the manifest holds a digest of the model files, to detect an outdated manifest. File times would not do,
since git and copies change them. `hanoi-corpus build` needs no manifest.
Does not belong here: the assets that Dagster makes from it (`dagster_project.defs.dbt_models`).
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from dagster_project.dbt.project import DBT_PROJECT, dbt_target, run_dbt
from dagster_project.instance import IS_CHECKOUT
from dagster_project.stage import Log, StageError, progress_of
from warehouse.durable import replacing
from warehouse.errors import WarehouseError
from warehouse.home import Home

_MODULE = "dagster_project.dbt.manifest"
_SUFFIXES = (".md", ".py", ".sql", ".yml")
# Parsing takes seconds, so another process that is parsing ends long before this timeout.
_TIMEOUT_SECONDS = 120.0


def manifest_file() -> Path:
    """Return the manifest's path: in the checkout, or in the home if the project is installed.

    Raises:
        warehouse.home.HomeError: there is no such home.
    """
    folder = DBT_PROJECT / "target" if IS_CHECKOUT else dbt_target(Home.from_environment()) / "parsed"
    return folder / "manifest.json"


def complaint() -> str | None:
    """Return why the manifest cannot be used, and what to do; None if it can be used."""
    reason = _problem()
    command = "`make install`" if IS_CHECKOUT else f"`{sys.executable} -m {_MODULE}`"
    return reason and f"{manifest_file()} {reason}. Run {command}, then reload the code location."


def refresh(log: Log) -> None:
    """Write the manifest if it is missing, unreadable or outdated.

    Raises:
        StageError: dbt cannot parse the models; the message quotes dbt.
    """
    if _problem() is None:
        return
    file = manifest_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_suffix(".lock"), timeout=_TIMEOUT_SECONDS):
        if _problem() is None:  # another process wrote it
            return
        digest = _digest_of_sources()
        with (
            progress_of(log).stage("parsing the dbt models"),
            tempfile.TemporaryDirectory(dir=file.parent) as folder,
        ):
            target = Path(folder)
            run_dbt(("parse",), target, target, {}, log, failure=f"dbt cannot parse the models of {DBT_PROJECT}.")
            # Write the digest last: if the process is killed in between, the manifest counts as outdated.
            (target / file.name).replace(file)
        with replacing(_digest_file()) as temporary:
            temporary.write_text(digest, encoding="utf-8")


def _problem() -> str | None:
    try:
        json.loads(manifest_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "is missing"
    except (OSError, ValueError):
        return "cannot be read"
    try:
        digest = _digest_file().read_text(encoding="utf-8")
    except (OSError, ValueError):
        digest = None
    return None if digest == _digest_of_sources() else "does not match the current models"


def _digest_file() -> Path:
    return manifest_file().with_name("sources.sha256")


def _digest_of_sources() -> str:
    """Return a digest of the project's files and dbt's version, which together determine the manifest."""
    digest = hashlib.sha256(version("dbt-core").encode())
    for file in sorted(_sources()):
        content = file.read_bytes()
        digest.update(f"\n{file.relative_to(DBT_PROJECT).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield from DBT_PROJECT.glob("[!.]*.yml")
    for folder in ("macros", "models", "tests"):
        yield from (path for path in (DBT_PROJECT / folder).rglob("[!.]*") if path.suffix in _SUFFIXES)


if __name__ == "__main__":
    try:
        refresh(lambda line: print(line, file=sys.stderr))
    except (StageError, WarehouseError) as error:
        sys.exit(str(error))
