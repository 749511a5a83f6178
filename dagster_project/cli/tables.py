"""Prints rows: as a drawn table on a terminal, otherwise as aligned plain text.

Page content is untrusted, so markup and terminal control sequences in values have no effect.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dagster_project.operations.plain_text import printable

_PLAIN_WIDTH_MAX = 60


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


def _shortened(value: str) -> str:
    return value if len(value) <= _PLAIN_WIDTH_MAX else value[: _PLAIN_WIDTH_MAX - 1] + "…"
