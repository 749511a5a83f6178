"""Runs dbt on the project `dbt_models`: its path, dbt's arguments, environment and output.

Belongs here: the command, how much of its output is forwarded, and what a full disk looks like in it.
Does not belong here: the warehouse lock (`dagster_project.warehouse_access`), and the manifest
(`dagster_project.dbt.manifest`).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dagster_project.children import run_child
from dagster_project.instance import REPOSITORY, program
from dagster_project.stage import Log, StageError
from warehouse.home import Home

WAREHOUSE_VARIABLE = "HANOI_CORPUS_WAREHOUSE"
DBT_PROJECT = REPOSITORY / "dbt_models"
LINES_MAX: Final = 200
"""Number of lines of dbt's output that are forwarded; dbt prints only warnings and errors."""

_NO_STATISTICS = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
# Python's errors ENOSPC, EFBIG and EDQUOT, and DuckDB's of its file and of its temporary files.
_FULL_DISK = re.compile(
    r"No space left on device|Disk quota exceeded|File too large|Could not write all required bytes"
    r"|failed to offload data block|max_temp_directory_size"
)


def build_models(home: Home, log: Log) -> None:
    """Run and test every model; the caller holds the warehouse lock.

    Raises:
        StageError: a model or a test failed, and the message quotes dbt; or the disk is full.
    """
    failure = "dbt build failed, so nothing was published."
    run_dbt("build", dbt_target(home), home.root / "logs", dbt_environment(home), log, failure=failure)


def run_dbt(command: str, target: Path, logs: Path, environment: Mapping[str, str], log: Log, *, failure: str) -> None:
    """Run a dbt command on the project in a child process; forward up to 200 lines of its output.

    Raises:
        StageError: dbt failed; the message is `failure`, then the last lines of dbt's output, or one line that says
            that the disk is full.
    """
    project = str(DBT_PROJECT)
    arguments = ["--quiet", command, "--project-dir", project, "--profiles-dir", project]
    arguments += ["--target-path", str(target), "--log-path", str(logs)]
    output = _Output()
    status, last_lines = run_child([program("dbt"), *arguments], {**_NO_STATISTICS, **environment}, output.add)
    if status != 0 and output.cause:
        raise StageError(full_disk(failure, target, output.cause))
    output.forward(log, logs)
    if status != 0:
        raise StageError(f"{failure}\n{last_lines}".strip())


def full_disk_cause(output: str) -> str | None:
    """Return the words in dbt's output that say that the disk is full; None if there are none."""
    found = _FULL_DISK.search(output)
    return found and found[0]


def full_disk(failure: str, folder: Path, cause: str) -> str:
    """Return the message, one line, for a dbt command that ended since the disk is full."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free_bytes = shutil.disk_usage(there).free
    return (
        f"{failure} The disk is full ({cause}): {there} has {free_bytes:,} bytes free. "
        "Free some space and run the command again: everything stored so far is kept."
    )


def dbt_target(home: Home) -> Path:
    """Return the folder for dbt's compiled files; only the holder of the warehouse lock may use it."""
    return home.root / "dbt"


def dbt_environment(home: Home) -> dict[str, str]:
    """Return dbt's environment variables: the warehouse, and no usage statistics."""
    return {WAREHOUSE_VARIABLE: str(home.warehouse_file), **_NO_STATISTICS}


class _Output:
    """What dbt printed: its first lines, and the cause if one says that the disk is full.

    Nothing is forwarded before: on a full disk, dbt prints a traceback for every line that it cannot log.
    """

    def __init__(self) -> None:
        self._first: list[str] = []
        self._count = 0
        self.cause: str | None = None

    def add(self, line: str) -> None:
        """Take the next line."""
        self._count += 1
        if len(self._first) < LINES_MAX:
            self._first.append(line)
        self.cause = self.cause or full_disk_cause(line)

    def forward(self, log: Log, logs: Path) -> None:
        """Log the first lines, and how many there were beyond them; the last are in the message of a failure."""
        for line in self._first:
            log(line)
        if self._count > LINES_MAX:
            log(f"{self._count - LINES_MAX:,} more lines of dbt are not shown; dbt's own log is {logs / 'dbt.log'}")
