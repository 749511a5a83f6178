"""Child processes: a stage that must not share this process, in a process group that ends with its caller's wait.

Here: starting a command, passing its lines on, and ending it. Not here: which commands (`dagster_project.pipeline`).
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence

# Time for a crawl to end in good order: to finish its open requests and complete its WARC files.
_GRACE_SECONDS = 30.0


def run_child(command: Sequence[str], environment: Mapping[str, str], tell: Callable[[str], None]) -> tuple[int, str]:
    """Run a command in a process group of its own; pass its lines on, return its status and its last words.

    Whatever ends the caller's wait ends the child too: SIGINT first, then SIGKILL to the group, so that none is left.
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
        start_new_session=True,
    ) as child:
        lines: list[str] = []
        try:
            for line in child.stdout or ():
                lines.append(line.rstrip())
                tell(line.rstrip())
            status = child.wait()
        except BaseException:
            _end(child)
            raise
    return status, "\n".join(lines[-40:])


def _end(child: subprocess.Popen[str]) -> None:
    os.killpg(child.pid, signal.SIGINT)
    try:
        child.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
