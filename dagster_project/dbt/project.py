"""Runs dbt on the project `dbt_models`: its path, dbt's arguments, environment and output.

Belongs here: the commands, how much of their output is forwarded, and what a full disk looks like in it.
Does not belong here: the warehouse lock (`dagster_project.warehouse_access`), the manifest
(`dagster_project.dbt.manifest`), and what the outcomes of models and tests say (`dagster_project.dbt.results`).
"""

from __future__ import annotations

import json
import re
import shutil
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from dagster_project.children import LAST_LINES, LINE_MAX, run_child
from dagster_project.dbt.results import Outcome, outcome_of_node, outcomes_of_changed_rows, record_tests
from dagster_project.instance import REPOSITORY, program
from dagster_project.stage import Log, StageError, Steps, progress_of
from warehouse.home import Home
from warehouse.tables import store
from warehouse.tables.inputs import BuildMode

WAREHOUSE_VARIABLE = "HANOI_CORPUS_WAREHOUSE"
MEMORY_VARIABLE = "HANOI_CORPUS_DUCKDB_MEMORY"
DBT_PROJECT = REPOSITORY / "dbt_models"
LINES_MAX: Final = 200
"""Number of lines of dbt's warnings and errors that are forwarded."""

# Characters of one line of dbt's output, which is the JSON of one event; a longer one is forwarded cut off.
_EVENT_MAX: Final = 1_000_000
_FORWARDED: Final = frozenset({"warn", "error"})
# Events about a model or test that begins, and about the end of a run.
_NOT_DONE: Final = frozenset({"LogStartLine", "LogHookStartLine", "LogHookEndLine"})
# An increment's part of the memory: a quarter, and all of it if a fifth of the crawls changed. With half a gigabyte for
# DuckDB, 1,000 new articles beside a million take 1.4 GB of resident memory; with two, 2.9 GB, and a fifth less time.
_MEMORY_SHARE_MIN: Final = 0.25
_MEMORY_SHARE_BY_CHANGES: Final = 4.0
# Where less is free after dbt has failed, it failed for lack of space.
_FULL_BYTES: Final = 1_000_000

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
# dbt names the node in the line before DuckDB's error.
_NODE = re.compile(r"Error in (?P<node>(?:model|test|unit_test) \w+)")
_OUT_OF_MEMORY = re.compile(r"Out of Memory Error: .+")


class DbtError(StageError):
    """dbt failed; the message quotes it.

    Attributes:
        outcomes: those of the models and tests that were done before.
    """

    def __init__(self, message: str, outcomes: Sequence[Outcome] = ()) -> None:
        """Take the message and the outcomes."""
        super().__init__(message)
        self.outcomes = outcomes


def build_models(
    home: Home, log: Log, mode: BuildMode, names: Sequence[str] = (), *, changed_share: float = 1.0
) -> list[Outcome]:
    """Make and test the models; return their outcomes. The caller holds the warehouse lock.

    A full build makes everything anew, and runs dbt's tests and unit tests. An incremental one makes neither views nor
    anything else that only new code changes, and tests the rows that changed; where a small share of the crawls changed
    (`changed_share`, 0 to 1), DuckDB gets a part of its memory, which it would fill with what it has read. `names` are
    the models and tests that a full build is limited to; empty for all.

    Raises:
        DbtError: a model or a test failed, or the disk is full.
    """
    if mode is BuildMode.FULL:
        return _build(home, log, ("build", "--full-refresh", *_selected(names)))
    memory_share = min(1.0, _MEMORY_SHARE_MIN + _MEMORY_SHARE_BY_CHANGES * changed_share)
    return _build(home, log, ("run", "--exclude", "config.materialized:view", "--no-write-json"), memory_share)


def test_models(home: Home, log: Log) -> list[Outcome]:
    """Run all tests on all rows of the models as they are; return their outcomes.

    The caller holds the warehouse lock.

    Raises:
        DbtError: a test failed, or the disk is full.
    """
    return _build(home, log, ("test", "--resource-type", "test"))


def _selected(names: Sequence[str]) -> tuple[str, ...]:
    return ("--indirect-selection", "empty", "--select", *names) if names else ()


def _build(home: Home, log: Log, command: Sequence[str], memory_share: float = 1.0) -> list[Outcome]:
    tested = "tests" if command[0] == "test" else "models and tests"
    target = dbt_target(home)
    failure = "dbt build failed, so nothing was published."
    with progress_of(log).stage("marts", tested) as steps:
        outcomes = run_dbt(
            command, target, home.root / "logs", dbt_environment(home, memory_share), log, failure=failure, steps=steps
        )
        if command[0] == "run":
            _judge_changed_rows(outcomes, log, failure, steps)
        record_tests(target, (outcome for outcome in outcomes if outcome.kind == "test"))
    return outcomes


def _judge_changed_rows(outcomes: Sequence[Outcome], log: Log, failure: str, steps: Steps) -> None:
    """Log what the tests of changed rows found.

    Raises:
        DbtError: a test found an error.
    """
    tests = [outcome for outcome in outcomes if outcome.kind == "test"]
    if not tests:
        raise DbtError(f"{failure} dbt said nothing about the tests of changed rows.", outcomes)
    steps.reach(len(outcomes), len(outcomes))
    found = [outcome for outcome in tests if not outcome.is_good]
    for outcome in found:
        log(str(outcome))
    if failed := [str(outcome) for outcome in found if outcome.status != "warn"]:
        raise DbtError("\n".join([failure, *failed]), outcomes)


def run_dbt(
    command: Sequence[str],
    target: Path,
    logs: Path,
    environment: Mapping[str, str],
    log: Log,
    *,
    failure: str,
    steps: Steps | None = None,
) -> list[Outcome]:
    """Run a dbt command on the project in a child process; return the outcomes of its models and tests.

    Up to 200 lines of warnings and errors are forwarded. `steps` shows how many models and tests are done.

    Raises:
        DbtError: dbt failed; the message is `failure`, then the last lines of dbt's output, or one line that says
            that the disk is full, or which model needs more memory.
    """
    project = str(DBT_PROJECT)
    arguments = ["--log-format", "json", "--no-use-colors", *command, "--project-dir", project]
    arguments += ["--profiles-dir", project, "--target-path", str(target), "--log-path", str(logs)]
    output = _Output(steps or Steps(command[0]))
    status, _ = run_child(
        [program("dbt"), *arguments], {**_OF_EVERY_COMMAND, **environment}, output.add, line_max=_EVENT_MAX
    )
    if status != 0 and (cause := output.cause or _nothing_is_free(target)):
        raise DbtError(_full_disk(failure, target, cause), output.outcomes)
    if status != 0 and output.too_large:
        message = _out_of_memory(failure, output.too_large, environment.get(MEMORY_VARIABLE, "limit"))
        raise DbtError(message, output.outcomes)
    output.forward(log, logs)
    if status != 0:
        raise DbtError(f"{failure}\n{output.last_lines}".strip(), output.outcomes)
    return output.outcomes


def full_disk_cause(output: str) -> str | None:
    """Return the words in dbt's output that say that the disk is full; None if there are none."""
    found = _FULL_DISK.search(output)
    return found and found[0]


def _nothing_is_free(folder: Path) -> str | None:
    """Return the cause if hardly a byte is free: then dbt failed for that, whatever it could print."""
    return "nothing is free" if _free_bytes(folder) < _FULL_BYTES else None


def _full_disk(failure: str, folder: Path, cause: str) -> str:
    """Return the message, one line, for a dbt command that ended since the disk is full."""
    return (
        f"{failure} The disk is full ({cause}): {_existing(folder)} has {_free_bytes(folder):,} bytes free. "
        "Free some space and run the command again: everything stored so far is kept."
    )


def _out_of_memory(failure: str, node: str, limit: str) -> str:
    """Return the message, one line, for a node of dbt, such as `model x`, that needs more memory."""
    return (
        f"{failure} The {node} needs more memory than the {limit} that DuckDB may use. Raise memory_limit_gb in "
        "settings.yml, or free memory, and run the command again: everything stored so far is kept."
    )


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(_existing(folder)).free


def dbt_target(home: Home) -> Path:
    """Return the folder for dbt's compiled files; only the holder of the warehouse lock may use it."""
    return home.root / "dbt"


def dbt_environment(home: Home, memory_share: float = 1.0) -> dict[str, str]:
    """Return dbt's environment variables: the warehouse, DuckDB's memory, dbt's log, no statistics."""
    return {
        WAREHOUSE_VARIABLE: str(home.warehouse_file),
        MEMORY_VARIABLE: store.memory_limit(home, memory_share),
        **_OF_EVERY_COMMAND,
    }


class _Output:
    """What dbt printed: the first and last complaints, why a disk is full, what needs more memory.

    dbt prints an event a line, as JSON. Other lines are Python's: the traceback of a dbt that failed early, and on a
    full disk one for every event that dbt cannot log; so nothing is forwarded before the end.
    """

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._first: list[str] = []
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._count = 0
        self._node = "build"
        self.cause: str | None = None
        self.too_large: str | None = None
        self.outcomes: list[Outcome] = []

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
        self.outcomes += event.outcomes
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
        if found := _NODE.search(line):
            self._node = found["node"]
        if _OUT_OF_MEMORY.search(line):
            self.too_large = self.too_large or self._node


class _Event(NamedTuple):
    """An event of dbt's log.

    Attributes:
        is_node_done: whether a model or test is done, or is skipped.
        nodes: the number of models and tests of the command; None if the event does not say.
        outcomes: of the model or test that is done, or of tests that are done together.
    """

    level: str
    message: str
    is_node_done: bool
    nodes: int | None
    outcomes: Sequence[Outcome]


def _event(line: str) -> _Event | None:
    """Return the event of a line; None if the line is not one."""
    try:
        found = json.loads(line)
        info, data = found["info"], found["data"]
        nodes = data.get("total", data.get("num_models"))
        is_done = "index" in data and info["name"] not in _NOT_DONE
        outcome = outcome_of_node(data)
        outcomes = [outcome] if outcome else outcomes_of_changed_rows(str(info["msg"]))
        return _Event(
            str(info["level"]), str(info["msg"]), is_done, nodes if isinstance(nodes, int) else None, outcomes
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
