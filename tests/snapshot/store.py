"""Write and read a snapshot: one JSON Lines file per table, one row per line, lines sorted.

Does not belong here: where the rows come from (`tests.snapshot.parts`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]
Tables: TypeAlias = Mapping[str, Sequence[Row]]
"""Rows by table name."""

_ENDING = ".jsonl"


def as_line(row: Row) -> str:
    """Return the row as JSON: columns in table order, times and dates as ISO text."""
    return json.dumps(row, ensure_ascii=False, default=str)


def write(folder: Path, tables: Tables) -> None:
    """Write the tables; tables that the folder already has are deleted."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"*{_ENDING}"):
        old.unlink()
    for name, rows in tables.items():
        lines = sorted(as_line(row) for row in rows)
        (folder / f"{name}{_ENDING}").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read(folder: Path, parts: Iterable[str]) -> dict[str, list[Row]]:
    """Return the rows of the given parts by `part/…/table`."""
    return {
        path.relative_to(folder).with_suffix("").as_posix(): [
            json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line
        ]
        for part in parts
        for path in sorted((folder / part).rglob(f"*{_ENDING}"))
    }
