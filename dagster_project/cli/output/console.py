"""Shared by all commands: exit codes, errors and progress on standard error, and JSON output.

Does not belong here: the commands (`dagster_project.cli.main` …), tables (`dagster_project.cli.output.tables`), and
bars (`dagster_project.cli.output.progress`).
"""

from __future__ import annotations

import itertools
import json
import math
import secrets
import sys
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final, NoReturn

import typer

from dagster_project.cli.output.progress import TerminalProgress
from dagster_project.operations.plain_text import printable

EXIT_FAILED: Final = 1
EXIT_BAD_INPUT: Final = 2
EXIT_INCOMPLETE: Final = 3
EXIT_BUSY: Final = 4
EXIT_STOPPED: Final = 130

AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
AllowPrivate = Annotated[
    bool,
    typer.Option("--allow-private", help="allow a server of your own on this machine or its private network"),
]


progress: Final = TerminalProgress()
"""Shows lines and stages on standard error; standard output is for results."""


def new_run_id() -> str:
    """Return a new run ID, which marks the crawl reports and the release of this command."""
    return f"cli-{secrets.token_hex(6)}"


class CommandError(Exception):
    """A command ends here, with a message and an exit code."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def fail(message: str, status: int) -> NoReturn:
    """End the command with a message and an exit code."""
    raise CommandError(message, status)


def asks_for_json(arguments: Sequence[str]) -> bool:
    """Return whether a command's arguments have the option --json, also if they are wrong otherwise."""
    return "--json" in itertools.takewhile(lambda argument: argument != "--", arguments)


def print_error(message: str, status: int, *, as_json: bool) -> None:
    """Print why a command ends to standard error: as text, or as one line of JSON.

    The message may quote a page or an address: control characters have no effect on the terminal.
    """
    text = "\n".join(map(printable, message.split("\n")))
    error = {"error": {"message": text, "exit_code": status}}
    print(json.dumps(error, ensure_ascii=False) if as_json else text, file=sys.stderr)


def print_json(value: object) -> None:
    """Print a value as one line of JSON."""
    print(json_text(value))


def json_text(value: object) -> str:
    """Return a value as one line of JSON."""
    return json.dumps(_as_json(value), default=json_default, ensure_ascii=False)


def _as_json(value: object) -> object:
    """Return a value in which keys are text, and numbers that JSON lacks (NaN, infinite) are, too."""
    if isinstance(value, dict):
        return {_key(name): _as_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _key(name: object) -> str:
    return name if isinstance(name, str) else str(json_default(name))


def json_default(value: object) -> Any:
    """Convert a value that JSON lacks: a date to ISO text, a dataclass to an object, others to text."""
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return str(value)
