"""Commands run in the test's own process, and their results."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from dagster_project.cli import main as cli


@dataclass(frozen=True)
class Done:
    """The result of a command: exit code, standard output, standard error."""

    status: int
    out: str
    err: str


Command = Callable[..., Done]


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> Done:
    """Run `hanoi-corpus` with these arguments."""
    monkeypatch.setattr(sys, "argv", ["hanoi-corpus", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return Done(int(end.value.code or 0), printed.out, printed.err)
