"""Progress of commands on standard error: lines, and on a terminal also bars of the running stages.

Belongs here: what is a terminal, and the bars. Does not belong here: the stages (`dagster_project.stage`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from dagster_project.stage import Progress, Steps

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

_DUMB: Final = frozenset({"", "dumb", "unknown"})
# The spinner, the time, the bar and the spaces between the columns.
_OTHER_COLUMNS: Final = 34


class TerminalProgress(Progress):
    """Lines on standard error, and bars if it is a terminal.

    There are none if the terminal understands no control codes, or `NO_COLOR` is set.
    """

    def __init__(self) -> None:
        """Show nothing yet; what standard error is, is looked at when a stage begins."""
        super().__init__(self._print)
        self._bars: Bars | None = None

    def show_cursor(self) -> None:
        """Give the terminal its cursor back, before the process ends without leaving its stages."""
        if self._bars is not None:
            self._bars.console.show_cursor(True)

    def _print(self, line: str) -> None:
        if self._bars is None:
            print(line, file=sys.stderr, flush=True)
        else:
            # Above the bars, and without a meaning for what looks like markup.
            self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def _shown(self, steps: Steps) -> Iterator[None]:
        if self._bars is not None or not _is_terminal():
            yield  # the stage around this one is shown
            return
        bars = _new_bars()
        task = bars.add_task(steps.name, total=None, detail="", counted="")

        def update() -> None:
            done = f"{steps.done:,}" if steps.total is None else f"{steps.done:,} of {steps.total:,}"
            counted = f"{done} {steps.unit}" if steps.unit else ""
            # What is too long for the line would take the room of the counts.
            room = max(0, bars.console.width - _OTHER_COLUMNS - len(steps.name) - len(counted))
            bars.update(task, completed=steps.done, total=steps.total, counted=counted, detail=steps.detail[:room])

        steps.on_change = update
        with bars:
            self._bars = bars
            try:
                yield
            finally:
                self._bars = None


def _is_terminal() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") not in _DUMB


def _new_bars() -> Bars:
    # Imported here: most commands have no stage, and must start at once.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    return Progress(
        SpinnerColumn("line"),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        BarColumn(20),
        TextColumn("{task.fields[counted]}", markup=False),
        TextColumn("{task.fields[detail]}", markup=False),
        console=Console(file=sys.stderr, force_terminal=True),
        # Only the line of the stage stays.
        transient=True,
        # On the same terminal, results are printed above the bars; into a file, they stay in it.
        redirect_stdout=sys.stdout.isatty(),
    )
