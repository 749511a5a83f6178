"""What the tests ask of a CMS, whichever it is, and the servers that they start.

Belongs here: the interface of a site, changes to posts, processes on loopback. Does not belong here: any one CMS.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tests.cms.posts import Post

START_TIMEOUT_SECONDS = 30
COMMAND_TIMEOUT_SECONDS = 60


class NotInstalledError(Exception):
    """The CMS cannot run on this machine; the message says what is missing."""


@dataclass(frozen=True)
class Change:
    """What an editor does to one post; None where a part stays as it is.

    Attributes:
        key: the post's.
        post: the post with its new text.
    """

    key: str
    post: Post | None = None
    section: str | None = None
    slug: str | None = None
    removed: bool = False


@dataclass(frozen=True)
class Stored:
    """One public article as the CMS's database has it.

    Attributes:
        url: where the CMS shows it now.
        section, tags: as the CMS shows them.
        byline: the author that the CMS shows beside the text; a signature in the text goes before it.
        source: as `byline`.
        html: the text, in its pages' order.
    """

    key: str
    url: str
    title: str
    published_at: datetime
    section: str
    tags: tuple[str, ...]
    byline: str | None
    source: str | None
    html: str


class Site(Protocol):
    """A running CMS that the test has filled."""

    slug: str
    url: str

    def publish(self, posts: Sequence[Post]) -> None:
        """Enter posts, with drafts, scheduled and protected ones."""

    def change(self, changes: Sequence[Change]) -> None:
        """Do an editor's work."""

    def stored(self) -> Mapping[str, Stored]:
        """Return what readers can see, by key, from the CMS's database."""


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def start(
    stack: ExitStack, command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a server that ends with the stack, with all processes that it started."""
    output = stack.enter_context(log.open("wb"))
    process = subprocess.Popen(
        [str(word) for word in command],
        stdout=output,
        stderr=output,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )
    stack.callback(stop, process)
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server's process group."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def wait_until_served(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers, whatever it answers."""
    until = time.monotonic() + START_TIMEOUT_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=START_TIMEOUT_SECONDS):  # noqa: S310 - a URL of this test
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} was not served:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None, data: str = "") -> str:
    """Run a command to its end and return its output.

    Raises:
        AssertionError: it failed; the message has its error output.
    """
    done = subprocess.run(
        [str(word) for word in command],
        input=data,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout
