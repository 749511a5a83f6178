"""Shared by all commands: exit codes, progress on standard error, and JSON output.

Does not belong here: the commands (`dagster_project.cli.main` …), and tables (`dagster_project.cli.tables`).
"""

from __future__ import annotations

import json
import secrets
import sys
from datetime import date
from typing import Annotated, Any, Final, NoReturn

import typer

EXIT_FAILED: Final = 1
EXIT_BAD_INPUT: Final = 2
EXIT_INCOMPLETE: Final = 3
EXIT_BUSY: Final = 4

AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
AllowPrivate = Annotated[
    bool,
    typer.Option("--allow-private", help="allow a server of your own on this machine or its private network"),
]


def progress(line: str) -> None:
    """Print a line of progress to standard error; standard output is for results."""
    print(line, file=sys.stderr, flush=True)


def new_run_id() -> str:
    """Return a new run ID, which marks the crawl reports and the release of this command."""
    return f"cli-{secrets.token_hex(6)}"


def fail(message: str, status: int) -> NoReturn:
    """Print a message to standard error and end the command with an exit code."""
    print(message, file=sys.stderr)
    raise SystemExit(status)


def print_json(value: object) -> None:
    """Print a value as one line of JSON."""
    print(json.dumps(value, default=json_default, ensure_ascii=False))


def json_default(value: object) -> Any:
    """Convert a value that JSON lacks: a date to ISO text, a dataclass to an object, others to text."""
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return str(value)
