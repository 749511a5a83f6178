"""Runs dbt on the project `dbt_models`: its path, dbt's arguments, environment and output.

Belongs here: the command, how much of its output is forwarded, and what a full disk looks like in it.
Does not belong here: the warehouse lock (`dagster_project.warehouse_access`), and the manifest
(`dagster_project.dbt.manifest`).
"""

from __future__ import annotations

import json
import re
import shutil
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from dagster_project.children import LAST_LINES, LINE_MAX, run_child
from dagster_project.instance import REPOSITORY, program
from dagster_project.stage import Log, StageError, Steps, progress_of
from warehouse.home import Home

WAREHOUSE_VARIABLE = "HANOI_CORPUS_WAREHOUSE"
DBT_PROJECT = REPOSITORY / "dbt_models"
LINES_MAX: Final = 200
"""Number of lines of dbt's warnings and errors that are forwarded."""

# Characters of one line of dbt's output, which is the JSON of one event; a longer one is forwarded cut off.
_EVENT_MAX: Final = 1_000_000
_FORWARDED: Final = frozenset({"warn", "error"})

# dbt's log keeps what it did, without the megabytes of each build's events, and so that a person can read it.
_OF_EVERY_COMMAND = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_LOG_FORMAT_FILE": "text",
    "DBT_LOG_LEVEL_FILE": "info",
}
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
    with progress_of(log).stage("marts", "models and tests") as steps:
        target = dbt_target(home)
        run_dbt("build", target, home.root / "logs", dbt_environment(home), log, failure=failure, steps=steps)


def run_dbt(
    command: str,
    target: Path,
    logs: Path,
    environment: Mapping[str, str],
    log: Log,
    *,
    failure: str,
    steps: Steps | None = None,
) -> None:
    """Run a dbt command on the project in a child process; forward its warnings and errors.

    Up to 200 lines of them are forwarded. `steps` shows how many models and tests are done.

    Raises:
        StageError: dbt failed; the message is `failure`, then the last lines of dbt's output, or one line that says
            that the disk is full.
    """
    project = str(DBT_PROJECT)
    arguments = ["--log-format", "json", "--no-use-colors", command, "--project-dir", project]
    arguments += ["--profiles-dir", project, "--target-path", str(target), "--log-path", str(logs)]
    output = _Output(steps or Steps(command))
    status, _ = run_child(
        [program("dbt"), *arguments], {**_OF_EVERY_COMMAND, **environment}, output.add, line_max=_EVENT_MAX
    )
    if status != 0 and output.cause:
        raise StageError(full_disk(failure, target, output.cause))
    output.forward(log, logs)
    if status != 0:
        raise StageError(f"{failure}\n{output.last_lines}".strip())


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


def test_statuses(target: Path) -> Mapping[str, str]:
    """Return each test's status in the last run of dbt, such as `pass` or `warn`; empty if unknown."""
    try:
        results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
        found = [(str(result["unique_id"]).split("."), str(result["status"])) for result in results]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {parts[2]: status for parts, status in found if parts[0] == "test"}


def dbt_environment(home: Home) -> dict[str, str]:
    """Return dbt's environment variables: the warehouse, its log, and no usage statistics."""
    return {WAREHOUSE_VARIABLE: str(home.warehouse_file), **_OF_EVERY_COMMAND}


class _Output:
    """What dbt printed: the first and last warnings and errors, and the cause if the disk is full.

    dbt prints an event a line, as JSON. Other lines are Python's: the traceback of a dbt that failed early, and on a
    full disk one for every event that dbt cannot log; so nothing is forwarded before the end.
    """

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._first: list[str] = []
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._count = 0
        self.cause: str | None = None

    @property
    def last_lines(self) -> str:
        """The last lines, joined."""
        return "\n".join(self._last)

    def add(self, line: str) -> None:
        """Take the next line that dbt printed."""
        event = _event(line)
        if event is None:
            self._take(line)
            return
        if event.is_node_done:
            self._steps.reach(self._steps.done + 1, event.nodes)
        if event.level in _FORWARDED:
            for part in event.message.splitlines():
                self._take(part)

    def forward(self, log: Log, logs: Path) -> None:
        """Log the first lines, and how many there were beyond them; the last are in the message of a failure."""
        for line in self._first:
            log(line)
        if self._count > LINES_MAX:
            log(f"{self._count - LINES_MAX:,} more lines of dbt are not shown; dbt's own log is {logs / 'dbt.log'}")

    def _take(self, line: str) -> None:
        self._count += 1
        if len(self._first) < LINES_MAX:
            self._first.append(line[:LINE_MAX])
        self._last.append(line[:LINE_MAX])
        self.cause = self.cause or full_disk_cause(line)


class _Event(NamedTuple):
    """An event of dbt's log.

    Attributes:
        is_node_done: whether a model or test is done, or is skipped.
        nodes: the number of models and tests of the command; None if the event does not say.
    """

    level: str
    message: str
    is_node_done: bool
    nodes: int | None


def _event(line: str) -> _Event | None:
    """Return the event of a line; None if the line is not one."""
    try:
        found = json.loads(line)
        info, data = found["info"], found["data"]
        nodes = data.get("total", data.get("num_models"))
        is_done = "index" in data and info["name"] != "LogStartLine"
        return _Event(str(info["level"]), str(info["msg"]), is_done, nodes if isinstance(nodes, int) else None)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
