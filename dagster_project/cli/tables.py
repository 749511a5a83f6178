"""Prints rows: as CSV, as a drawn table on a terminal, otherwise as aligned plain text.

Page content is untrusted. In tables, markup and terminal control sequences in values have no effect; in CSV, text that
a spreadsheet would run as a formula can be escaped.
Does not belong here: the query (`warehouse.corpus.query`), and JSON (`dagster_project.cli.console`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dagster_project.operations.plain_text import printable

_PLAIN_WIDTH_MAX = 60
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection; CWE-1236). Some skip white space and
# invisible characters before it, and read the fullwidth forms as the ASCII ones.
_FORMULA: Final = re.compile(r"[\s\x00\ufeff\u200b-\u200f\u2060]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


def print_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows below their column names; plain text cuts values off after 60 characters."""
    console = Console()
    cells = [[printable(value) for value in row] for row in rows]
    if console.is_terminal:
        table = Table(*names)
        for row in cells:
            table.add_row(*(Text(value) for value in row))
        console.print(table)
        return
    shown = [[_shortened(value) for value in row] for row in [list(names), *cells]]
    widths = [max(len(row[column]) for row in shown) for column in range(len(names))]
    for row in shown:
        print("  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip())


def write_csv(file: TextIO, names: Sequence[str], rows: Sequence[Sequence[object]], *, escape_formulas: bool) -> None:
    """Write column names and rows as CSV.

    Args:
        file: where to; opened without translation of line ends.
        names: the column names.
        rows: the rows.
        escape_formulas: whether text that a spreadsheet would run as a formula gets an apostrophe before it, and all
            text quotes around it. Numbers stay numbers, negative ones too. Otherwise values are written exactly.
    """
    if not escape_formulas:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(rows)
        return
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
    for row in (names, *rows):
        writer.writerow([_without_formula(value) for value in row])


def _without_formula(value: object) -> object:
    """Return a number or None as it is, and other values as text that is no formula."""
    if value is None or isinstance(value, int | float | Decimal):
        return value
    text = str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def _shortened(value: str) -> str:
    return value if len(value) <= _PLAIN_WIDTH_MAX else value[: _PLAIN_WIDTH_MAX - 1] + "…"
