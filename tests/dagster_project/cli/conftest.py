"""Fixtures of the command-line tests."""

from __future__ import annotations

import pytest

from tests.dagster_project.cli.commands import Command, Done, run
from tests.demonstration import Demo
from warehouse.home import HOME_VARIABLE, Home


@pytest.fixture
def command(home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs a command in this process."""

    def run_here(*arguments: str) -> Done:
        return run(monkeypatch, capsys, *arguments)

    return run_here


@pytest.fixture
def published(demo: Demo, home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return the demo's home, which the test's commands use."""
    monkeypatch.setenv(HOME_VARIABLE, str(demo.home.root))
    return demo.home
