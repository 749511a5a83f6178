"""Compare two snapshots row by row, and describe the first rows that differ.

Does not belong here: values that are excluded from the comparison (`tests.snapshot.published`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.snapshot.store import Row, Tables, as_line

SHOWN_ROWS: Final = 5
_SHOWN_CHARACTERS: Final = 100
_BEFORE_DIFFERENCE: Final = 30


def compared(one: Tables, other: Tables) -> list[str]:
    """Return lines that describe the differences, table by table; none if the two are equal."""
    return [line for table in sorted(one.keys() | other.keys()) for line in _table(table, one, other)]


def _table(table: str, one: Tables, other: Tables) -> Iterator[str]:
    for has, lacks, which in ((one, other, "first"), (other, one, "second")):
        if table not in lacks:
            yield f"{table}: only in the {which} snapshot, {len(has[table])} rows"
            return
    lines, others = _by_line(one[table]), _by_line(other[table])
    only, only_other = (_without(*both) for both in ((lines, others), (others, lines)))
    if only or only_other:
        yield (
            f"{table}: {len(only)} rows only in the first, {len(only_other)} only in the second"
            f" (of {len(one[table])} and {len(other[table])})"
        )
        yield from _first_rows(only, only_other)


def _by_line(rows: Sequence[Row]) -> list[tuple[str, Row]]:
    """Return the rows with their text; the order of columns does not matter."""
    return [(as_line(dict(sorted(row.items()))), row) for row in rows]


def _without(rows: Sequence[tuple[str, Row]], others: Sequence[tuple[str, Row]]) -> list[Row]:
    """Return the multiset difference: each row of `others` removes one equal row."""
    left = Counter(line for line, _ in others)
    found = []
    for line, row in rows:
        if left[line]:
            left[line] -= 1
        else:
            found.append(row)
    return found


def _first_rows(only: Sequence[Row], only_other: Sequence[Row]) -> Iterator[str]:
    """Show the first rows, each beside the most similar row of the other snapshot."""
    unmatched = list(only_other)
    for row in only[:SHOWN_ROWS]:
        nearest = max(unmatched, key=lambda other: len(_equal(row, other)), default=None)
        if nearest is None or 2 * len(_equal(row, nearest)) < len(row):
            yield f"  - {_shown(as_line(row))}"
        else:
            unmatched.remove(nearest)
            yield from _changed(row, nearest)
    if len(only) <= SHOWN_ROWS:
        yield from (f"  + {_shown(as_line(row))}" for row in unmatched[:SHOWN_ROWS])


def _equal(row: Row, other: Row) -> list[str]:
    return [column for column in row if column in other and row[column] == other[column]]


def _changed(row: Row, other: Row) -> Iterator[str]:
    """Identify the row by its first equal columns, and show the columns that differ."""
    equal = _equal(row, other)
    yield "  " + ", ".join(f"{column} {_shown(row[column])}" for column in equal[:3])
    for column in dict.fromkeys((*row, *other)):
        if column not in equal:
            start = _first_difference(str(row.get(column)), str(other.get(column)))
            yield f"    - {column}: {_shown(row.get(column), start)}"
            yield f"    + {column}: {_shown(other.get(column), start)}"


def _first_difference(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _shown(value: Any, start: int = 0) -> str:
    """Return a value on one line; of a long value, the part from shortly before `start`."""
    text = str(value).replace("\n", "⏎")
    begin = max(start - _BEFORE_DIFFERENCE, 0) if len(text) > _SHOWN_CHARACTERS else 0
    end = begin + _SHOWN_CHARACTERS
    return ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else "")
