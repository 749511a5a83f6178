"""Child processes: each runs in its own process group, which is ended if the caller is interrupted.

Belongs here: starting a command, forwarding its output lines, and ending it.
Does not belong here: which commands are run (`dagster_project.crawls`, `dagster_project.dbt`).
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# A crawl that shuts down gracefully finishes its open requests and completes its WARC files in this time.
_GRACE_SECONDS = 30.0


def run_child(
    command: Sequence[str], environment: Mapping[str, str], log: Callable[[str], None], folder: Path | None = None
) -> tuple[int, str]:
    """Run a command in its own process group, log its output lines, and return status and last 40 lines.

    If the wait is interrupted, the group gets SIGINT; if the child is still running after 30 seconds, SIGKILL.
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
        lines: list[str] = []
        try:
            for line in child.stdout or ():
                lines.append(line.rstrip())
                log(line.rstrip())
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
