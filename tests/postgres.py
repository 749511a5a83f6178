"""A temporary Postgres server on loopback for one test.

Belongs here: starting and stopping it as a user that Postgres accepts. Does not belong here: its contents.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.services import free_port

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Postgres:
    """A running server; it trusts connections over its socket and asks for a password over TCP."""

    folder: Path
    port: int
    programs: Path

    def as_administrator(self) -> dict[str, str]:
        """Return environment variables that make psql connect as the administrator."""
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        return {"PGHOST": str(self.folder), "PGPORT": str(self.port), "PGUSER": "postgres", "PATH": path}

    def databases(self) -> list[str]:
        """Return the names of its databases."""
        return self.ask("select datname from pg_database").split()

    def ask(self, sql: str) -> str:
        """Execute a statement as the administrator, and return the rows as text."""
        done = subprocess.run(
            [self.programs / "psql", "--tuples-only", "--no-align", "-c", sql],
            env={**os.environ, **self.as_administrator()},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=True,
        )
        return done.stdout


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Start a server; skip the test if Postgres is not installed."""
    programs = _programs()
    user = _unprivileged_user()
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder, port = Path(name), free_port()
        if "user" in user:
            os.chown(folder, user["user"], user["group"])
        data = str(folder / "data")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        init = ["initdb", "-D", data, "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256"]
        _run(programs, [*init, "--no-sync", "--encoding=UTF8", "--locale=C"], user)
        _run(programs, ["pg_ctl", "start", "-w", "-D", data, "-l", str(folder / "log"), "-o", options], user)
        try:
            yield Postgres(folder, port, programs)
        finally:
            _run(programs, ["pg_ctl", "stop", "-w", "-m", "immediate", "-D", data], user)


def _programs() -> Path:
    """Return the folder of `initdb`; Debian does not put it on PATH."""
    found = [Path(path) for path in (shutil.which("initdb"),) if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if not found:
        pytest.skip("Postgres is not installed")
    return found[0].resolve().parent


def _unprivileged_user() -> dict[str, Any]:
    """Return `subprocess` arguments for an unprivileged user if this is root; Postgres refuses root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _run(programs: Path, command: list[str], user: dict[str, Any]) -> None:
    # Not a pipe: the started server would keep it open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [programs / command[0], *command[1:]],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT_SECONDS,
            check=False,
            **user,
        )
        output.seek(0)
        assert done.returncode == 0, output.read().decode(errors="replace")
