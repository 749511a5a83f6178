"""What the commands share: exit codes, lines on standard error, and values in JSON.

Here: how a command ends and speaks. Not here: any command (`dagster_project.cli.main`, `dagster_project.cli.portals`),
and tables (`dagster_project.cli.tables`).
"""

from __future__ import annotations

import secrets
import sys
from datetime import date, datetime
from typing import Annotated, Any, Final, NoReturn

import typer

EXIT_FAILED: Final = 1
EXIT_BAD_INPUT: Final = 2
EXIT_INCOMPLETE: Final = 3
EXIT_BUSY: Final = 4

AsJson = Annotated[bool, typer.Option("--json", help="print JSON, for a program to read")]


def progress(line: str) -> None:
    """Tell how far a command is; standard output is for its result."""
    print(line, file=sys.stderr, flush=True)


def new_run_id() -> str:
    """Return a new name for what one command does, for its reports to carry."""
    return f"cli-{secrets.token_hex(6)}"


def fail(message: str, status: int) -> NoReturn:
    """End the command with a message and an exit code."""
    print(message, file=sys.stderr)
    raise SystemExit(status)


def json_default(value: object) -> Any:
    """Return what stands in JSON for a value that it has no type for."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return str(value)
