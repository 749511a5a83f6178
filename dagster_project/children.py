"""Child processes: each runs in its own process group, which is ended if the caller is interrupted.

Belongs here: starting a command, forwarding its output lines, and ending it.
Does not belong here: which commands are run (`dagster_project.crawls`, `dagster_project.dbt`).
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

LAST_LINES: Final = 40
"""Number of lines of output that are kept for the message of a failure."""

LINE_MAX: Final = 2_000
"""Characters of one line of output that are forwarded by default; the rest of the line is left out."""

# A crawl that shuts down gracefully finishes its open requests and completes its WARC files in this time.
_GRACE_SECONDS = 30.0

_running: set[subprocess.Popen[str]] = set()


def run_child(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Callable[[str], None],
    folder: Path | None = None,
    line_max: int = LINE_MAX,
) -> tuple[int, str]:
    """Run a command in its own process group, log its output lines, and return status and last 40 lines.

    Lines of more than `line_max` characters are cut. If the wait is interrupted, the group gets SIGINT; if the child is
    still running after 30 seconds, SIGKILL.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **environment},
        cwd=folder,
        start_new_session=True,
    ) as child:
        last_lines: deque[str] = deque(maxlen=LAST_LINES)
        _running.add(child)
        try:
            for line in _lines(child.stdout, line_max):
                last_lines.append(line)
                log(line)
            status = child.wait()
        except BaseException:
            _end(child)
            raise
        finally:
            _running.discard(child)
    return status, "\n".join(last_lines)


def kill_children() -> None:
    """Kill every child that runs, with its process group, for a process that ends at once."""
    for child in list(_running):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def _lines(output: IO[str] | None, line_max: int) -> Iterator[str]:
    """Yield each line of a child's output, cut to `line_max` characters, which is all that is held."""
    while output and (piece := output.readline(line_max)):
        line = piece
        while piece and not piece.endswith("\n"):
            piece = output.readline(line_max)
        yield line.rstrip()


def _end(child: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGINT)
    try:
        child.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
