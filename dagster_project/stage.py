"""Shared by all stages: how they show progress, and the error.

A stage logs one line when it ends. Whoever has a terminal shows more meanwhile (`dagster_project.cli.output.progress`).
Does not belong here: the stages (`dagster_project.pipeline`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import monotonic
from typing import TypeAlias

from warehouse.errors import WarehouseError

Log: TypeAlias = Callable[[str], None]
"""Logs one line of progress."""


class StageError(WarehouseError):
    """A stage failed; the message says which stage, why, and what to do."""


class Steps:
    """How far a running stage is.

    Attributes:
        name: the stage's name.
        unit: what its steps are, in the plural; empty if it is not divided.
        done: the number of steps that are done.
        total: the number of steps as far as it is known; None if it is not.
        detail: a few words on what is being done; empty for none.
        on_change: called after each change.
    """

    def __init__(self, name: str, unit: str = "") -> None:
        """Take the name and the unit; nothing is done."""
        self.name = name
        self.unit = unit
        self.done = 0
        self.total: int | None = None
        self.detail = ""
        self.on_change: Callable[[], None] = lambda: None

    def expect(self, total: int) -> None:
        """Set the number of steps."""
        self.reach(self.done, total)

    def advance(self, count: int = 1) -> None:
        """Add steps that are done."""
        self.reach(self.done + count, self.total)

    def reach(self, done: int, total: int | None) -> None:
        """Set how many steps are done, of how many."""
        self.done, self.total = done, total
        self.on_change()

    def say(self, detail: str) -> None:
        """Set what is being done."""
        self.detail = detail
        self.on_change()

    def take(self, item: str) -> None:
        """Add a step that is done, and say what it was."""
        self.detail = item
        self.advance()


class Progress:
    """A log that also shows stages: each is one line when it ends, with its seconds."""

    def __init__(self, log: Log) -> None:
        """Take the log for the lines."""
        self._log = log

    def __call__(self, line: str) -> None:
        """Log a line."""
        self._log(line)

    @contextmanager
    def stage(self, name: str, unit: str = "") -> Iterator[Steps]:
        """Show a stage while the block runs; log its line unless the block raises."""
        began = monotonic()
        steps = Steps(name, unit)
        with self._shown(steps):
            yield steps
        counted = [f"{steps.done:,} {unit}"] if unit else []
        self(f"{name}: {', '.join([*counted, f'{monotonic() - began:.1f} s'])}")

    def _shown(self, steps: Steps) -> AbstractContextManager[None]:
        """Show how far a stage is while a block runs: a log of lines shows nothing."""
        return nullcontext()


def progress_of(log: Log) -> Progress:
    """Return the progress that a log shows: its own if it has more than lines."""
    return log if isinstance(log, Progress) else Progress(log)
