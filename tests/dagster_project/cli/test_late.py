"""Commands are imported when they run: what the help says of them before, and what light commands leave alone."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer.main

from dagster_project.cli.input.late import LateGroup
from dagster_project.cli.main import app
from tests.demonstration import environment
from warehouse.home import Home

GROUP = typer.main.get_command(app)
# They take from 0.1 to a second to import, and neither help nor queries need them.
HEAVY = {"cryptography", "dagster", "dbt", "lxml", "pandas", "pyarrow", "scrapy", "trafilatura",
         "twisted"}  # fmt: skip
# What only crawls, extraction and builds need.
WORKING = {"dagster", "dbt", "scrapy", "trafilatura", "twisted"}
# Runs the command line in this interpreter, and then names the packages that were imported.
IMPORTED = """
import sys
from dagster_project.cli.main import main
try:
    main()
finally:
    print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


def test_the_help_of_a_command_is_the_first_line_of_its_docstring() -> None:
    assert isinstance(GROUP, LateGroup)
    said = {name: late.help for name, late in GROUP.late.items()}
    assert said == {name: (command.help or "").partition("\n")[0] for name, command in GROUP.commands.items()}
    assert all(command.name == name for name, command in GROUP.commands.items())


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (("--help",), HEAVY),
        (("crwal",), HEAVY),
        (("query", "--help"), HEAVY),
        (("query", "select 1"), HEAVY),
        (("status",), WORKING),
        (("crawl", "--help"), WORKING),
        (("crawl", "tay-hoo"), WORKING),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
@pytest.mark.process
def test_light_commands_import_nothing_heavy(home: Home, words: tuple[str, ...], heavy: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *words], env=environment(home), capture_output=True, text=True, timeout=60
    )
    imported = set(done.stderr.splitlines()[-1].split())
    assert {"dagster_project", "typer"} <= imported
    assert imported & heavy == set()
