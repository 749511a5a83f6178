"""The command `query`, which prints what analysts ask of a release.

Belongs here: arguments and output; nothing that takes long to import, since analysts call it often.
Does not belong here: opening and asking a release (`warehouse.corpus`).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from dagster_project.cli.input.releases import KeptRelease
from dagster_project.cli.output.console import EXIT_BAD_INPUT, AsJson, fail, print_json
from dagster_project.cli.output.tables import print_table, write_csv
from warehouse.corpus.query import ask
from warehouse.corpus.release import open_release, release_file
from warehouse.home import Home

_STANDARD_INPUT: Final = "-"


def query(
    sql: Annotated[
        str | None,
        typer.Argument(help="a SELECT, or - to read it from standard input; `show tables`, `describe fct_articles`"),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", exists=True, dir_okay=False, help="read the SQL from this file")
    ] = None,
    release: KeptRelease = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="print CSV")] = False,
    escape_formulas: Annotated[
        bool, typer.Option("--escape-formulas", help="with --csv: text that a spreadsheet would run gets a ' before it")
    ] = False,
) -> None:
    """Query the published corpus, read-only.

    Of several statements, the last one's result is printed.
    """
    if escape_formulas and not as_csv:
        fail("--escape-formulas needs --csv: only CSV is opened in a spreadsheet", EXIT_BAD_INPUT)
    if as_json and as_csv:
        fail("give either --json or --csv", EXIT_BAD_INPUT)
    text, source = _sql(sql, file)
    path = release_file(Home.from_environment(), release)
    with open_release(path) as corpus:
        names, rows = ask(corpus, text, path, source)
    if as_json:
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            fail(f"several columns are named {', '.join(repeated)}: give each a different name", EXIT_BAD_INPUT)
        for row in rows:
            print_json(dict(zip(names, row, strict=True)))
    elif as_csv:
        write_csv(sys.stdout, names, rows, escape_formulas=escape_formulas)
    else:
        print_table(names, rows)


def _sql(argument: str | None, file: Path | None) -> tuple[str, str]:
    """Return the SQL, and where it is from; end the command if it is not given in exactly one way."""
    if (argument is None) == (file is None):
        fail("give either SQL, or - to read it from standard input, or --file with a file of it", EXIT_BAD_INPUT)
    if argument is not None and argument != _STANDARD_INPUT:
        return argument, ""
    name = str(file) if file else "standard input"
    text = file.read_bytes() if file else sys.stdin.buffer.read()
    try:
        return text.decode("utf-8-sig"), name
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        fail(f"{name}:{line}: the SQL is not UTF-8: {error.reason}", EXIT_BAD_INPUT)
