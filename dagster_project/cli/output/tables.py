"""Prints rows: as CSV, as a drawn table on a terminal, otherwise as aligned plain text.

Page content is untrusted. In tables, markup and terminal control sequences in values have no effect; in CSV, text that
a spreadsheet would run as a formula can be escaped.
Does not belong here: the query (`warehouse.corpus.query`), and JSON (`dagster_project.cli.output.console`).
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TextIO

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from dagster_project.cli.output.console import json_text
from dagster_project.operations.plain_text import printable

# Wider values are printed whole, but other rows are not filled up to their width.
_PLAIN_WIDTH_MAX = 60
_IDENTIFIER_MAX = 40
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection; CWE-1236). Some skip white space and
# invisible characters before it, and read the fullwidth forms as the ASCII ones.
_FORMULA: Final = re.compile(r"[\s\x00\ufeff\u200b-\u200f\u2060]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


def print_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows below their column names; on a terminal, long values are broken into lines."""
    cells = [[printable(value) for value in row] for row in rows]
    # Not by what rich takes for a terminal: FORCE_COLOR, for one, would cut what is piped.
    if sys.stdout.isatty():
        table = Table(*(_column(name, [row[at] for row in cells]) for at, name in enumerate(names)))
        for row in cells:
            table.add_row(*(Text(value) for value in row))
        Console().print(table)
        return
    shown = [list(names), *cells]
    widths = [min(max(len(row[column]) for row in shown), _PLAIN_WIDTH_MAX) for column in range(len(names))]
    for row in shown:
        print("  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip())


def _column(name: str, values: Sequence[str]) -> Column:
    """Return a column of a drawn table; identifiers keep their width, so that they can be copied."""
    is_identifier = all(len(value) <= _IDENTIFIER_MAX and not value.count(" ") for value in values)
    return Column(name, overflow="fold", no_wrap=is_identifier)


def write_csv(file: TextIO, names: Sequence[str], rows: Sequence[Sequence[object]], *, escape_formulas: bool) -> None:
    """Write column names and rows as CSV; lists, structs and maps as JSON.

    Args:
        file: where to; opened without translation of line ends.
        names: the column names.
        rows: the rows.
        escape_formulas: whether text that a spreadsheet would run as a formula gets an apostrophe before it, and all
            text quotes around it. Numbers stay numbers, negative ones too. Otherwise values are written exactly.
    """
    if not escape_formulas:
        writer = csv.writer(_Lines(file))
        writer.writerow(names)
        writer.writerows([_cell(value) for value in row] for row in rows)
        return
    writer = csv.writer(_Lines(file), quoting=csv.QUOTE_NONNUMERIC)
    for row in (names, *rows):
        writer.writerow([_without_formula(_cell(value)) for value in row])


class _Lines:
    """A file whose rows end as lines do here, so that a shell can read them.

    With another `lineterminator`, the `csv` module would not quote a lone carriage return.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> int:
        """Write a row."""
        return self._file.write(row.removesuffix("\r\n") + "\n")


def _cell(value: object) -> object:
    return json_text(value) if isinstance(value, list | tuple | dict) else value


def _without_formula(value: object) -> object:
    """Return a number or None as it is, and other values as text that is no formula."""
    if value is None or isinstance(value, int | float | Decimal):
        return value
    text = str(value)
    return f"'{text}" if _FORMULA.match(text) else text
