"""The rows of dbt's `int_articles__changes`.

Belongs here: calling the comparison for rows of `int_articles__edits`, in a form that worker processes can import.
Does not belong here: the comparison (`warehouse.derive.revisions.edits`, `warehouse.derive.revisions.significance`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from warehouse.derive.revisions.edits import FIELDS, Edit, edit_of
from warehouse.derive.revisions.significance import significance_of

_OF_EDITS: Final = tuple(field.name for field in fields(Edit))


def change_rows(pairs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what each pair of consecutive revisions changed; a pair is a row of `int_articles__edits`."""
    return [_row(pair) for pair in pairs]


def _row(pair: Mapping[str, Any]) -> dict[str, Any]:
    before, after = ({field: pair[f"{field}_{side}"] for field in FIELDS} for side in ("before", "after"))
    edit = edit_of(before, after)
    return {
        "article_id": pair["article_id"],
        "revision": pair["revision"],
        **{name: getattr(edit, name) for name in _OF_EDITS},
        "significance": significance_of(edit, before, after),
    }
