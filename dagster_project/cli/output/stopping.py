"""Ctrl-C and SIGTERM: a command says what was stopped and what is kept, and ends with code 130.

Belongs here: the signals and the message. Does not belong here: ending child processes (`dagster_project.children`).
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from dagster_project.children import kill_children
from dagster_project.cli.output.console import EXIT_STOPPED, fail, progress

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_STDERR: Final = 2


@contextmanager
def stoppable(what: str, kept: Callable[[], str]) -> Iterator[None]:
    """End the command with a message if a signal stops the block: what was stopped, and what is kept.

    The block ends as after an error, and its child processes gracefully. A second signal ends everything at once, which
    is as safe as a kill: nothing that is stored is lost, and the next command cleans up.

    Args:
        what: what is stopped, such as `the build`.
        kept: returns a sentence on what is kept and how to go on; called after the block has ended.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread receives signals
        return
    stopping = _Stopping()
    before = {number: signal.signal(number, stopping.on_signal) for number in _SIGNALS}
    try:
        yield
    except BaseException:
        # DuckDB, for one, raises an error of its own.
        if not stopping.has_begun:
            raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if stopping.has_begun:
        fail(f"stopped: {what}. {kept()}", EXIT_STOPPED)


class _Stopping:
    """What the signals do; `has_begun` says whether one came."""

    def __init__(self) -> None:
        self.has_begun = False

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self.has_begun:
            kill_children()
            progress.show_cursor()
            os._exit(EXIT_STOPPED)
        self.has_begun = True
        # Not by `print`: the signal may have interrupted one.
        os.write(_STDERR, b"\nstopping; once more ends at once\n")
        raise KeyboardInterrupt
