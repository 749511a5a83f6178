"""Lists without boxes: on which side of a title its row's date and summary stand.

Belongs here: telling the sides from the whole list. Does not belong here: reading a row
(`spiders.platforms.generic.lists.row_text`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from datetime import datetime
from itertools import takewhile
from typing import Final, Literal

from spiders.platforms.generic.lists.repeated import RepeatedRow, shape_of
from spiders.platforms.generic.lists.row_text import Node, read_row

_SAMPLE_MAX: Final = 100


def beside_titles(rows: Sequence[RepeatedRow], seen_at: datetime | None) -> list[tuple[Node, ...]]:
    """Return what is on each row's own side of its title; nothing if the side is not clear.

    The rows are all those in one element, in page order.
    """
    before, after = [row.before for row in rows], [row.after for row in rows]
    side = _side(before, after, seen_at)
    if side == "before":
        known = {shape for nodes in before[1:] for shape in _shapes(nodes)}
        return [tuple(reversed(list(takewhile(_is_of(known), reversed(before[0]))))), *before[1:]]
    if side == "after":
        known = {shape for nodes in after[:-1] for shape in _shapes(nodes)}
        return [*after[:-1], tuple(takewhile(_is_of(known), after[-1]))]
    return [()] * len(rows)


def _side(
    before: Sequence[Sequence[Node]], after: Sequence[Sequence[Node]], seen_at: datetime | None
) -> Literal["before", "after"] | None:
    """Tell on which side of their titles rows have their dates, or their texts if there are no dates.

    On that side, the outermost row has something of the kind that the rows have between them.
    """
    for shapes_of in (lambda nodes: _dated_shapes(nodes, seen_at), _shapes):
        inner_before = {shape for nodes in before[1:_SAMPLE_MAX] for shape in shapes_of(nodes)}
        inner_after = {shape for nodes in after[:-1][:_SAMPLE_MAX] for shape in shapes_of(nodes)}
        if inner_before or inner_after:
            is_before = bool(inner_before & shapes_of(before[0]))
            is_after = bool(inner_after & shapes_of(after[-1]))
            return None if is_before == is_after else "before" if is_before else "after"
    return None


def _is_of(shapes: Set[str]) -> Callable[[Node], bool]:
    """Return a test whether a node has one of the shapes, or is not shown."""
    return lambda node: next(shown((node,)), None) is None or shape_of(node) in shapes


def _dated_shapes(nodes: Sequence[Node], seen_at: datetime | None) -> set[str]:
    return {shape_of(node) for node in shown(nodes) if read_row([node], "", None, seen_at).moment}


def _shapes(nodes: Sequence[Node]) -> set[str]:
    return {shape_of(node) for node in shown(nodes)}


def shown(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield the elements and texts that a reader sees."""
    return (node for node in nodes if (node.strip() if isinstance(node, str) else node.tag != "br"))
