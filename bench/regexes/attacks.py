"""Texts that make a backtracking matcher work: repeats of what a pattern can read in many ways.

Belongs here: deriving them from a pattern's parse tree. Does not belong here: running them (see `bench.regexes.audit`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, product
from re import _constants as codes  # type: ignore[attr-defined]  # no stubs, and no other way to a pattern's tree
from re import _parser as parser  # type: ignore[attr-defined]  # no stubs, and no other way to a pattern's tree
from typing import Any, Final, TypeAlias

Node: TypeAlias = tuple[Any, Any]
Tree: TypeAlias = Sequence[Node]

SUFFIXES: Final = ("", "\x00", "!", "\n")
"""What follows the repeats: something that no pattern expects, so that it fails after all of them."""

_CHARACTERS: Final = "a A0 \n\t<>/-.,:;&=\"'()%_é\u00a0\x00"
_COMMON: Final = (" ", "a", "0", "<", "\n", "/", "-", "&", "A")
_VARIANTS_MAX: Final = 3
_PAIRED_MAX: Final = 9


def attacks(pattern: re.Pattern[Any], *, thorough: bool) -> list[tuple[str, str, str]]:
    """Return attacks on a pattern, each as prefix, repeated part and suffix.

    `thorough` adds all pairs of characters that the pattern names, and more suffixes.
    """
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = list(parser.parse(source, pattern.flags & ~re.DEBUG))
    found: dict[tuple[str, str, str], None] = {}

    ends = SUFFIXES if thorough else SUFFIXES[1:2]

    def add(prefix: str, part: str, suffixes: Sequence[str] = ends) -> None:
        for suffix in suffixes if part else ():
            found[prefix, part, suffix] = None

    for prefix, body in _repeats(tree, ""):
        for part in _samples(body):
            add(prefix, part)
            add("", prefix + part, ends[:2])
        add("", prefix, SUFFIXES[:1])
    for sample in _samples(tree):
        for part in (sample, sample[:-1]):
            add("", part, SUFFIXES[:1])
    for character in _COMMON:
        add("", character, ends[:2])
    if thorough:
        named = list(dict.fromkeys(chain(_literals(tree), " a0")))[:_PAIRED_MAX]
        for one, other in product(named, repeat=2):
            add("", one + other if one != other else one, SUFFIXES[:2])
    return list(found)


def _repeats(tree: Tree, prefix: str) -> Iterator[tuple[str, Tree]]:
    """Yield what precedes each repeat in a tree, as one text that matches it, and the repeat's body."""
    for code, value in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            _, most, body = value
            if most > 1:
                yield prefix, list(body)
            yield from _repeats(list(body), prefix)
        else:
            for inner in _parts(code, value):
                yield from _repeats(inner, prefix)
        prefix += _sample((code, value))


def _parts(code: Any, value: Any) -> list[Tree]:
    """Return the trees inside a node that is no repeat."""
    if code is codes.SUBPATTERN:
        return [list(value[3])]
    if code is codes.ATOMIC_GROUP:
        return [list(value)]
    if code is codes.BRANCH:
        return [list(branch) for branch in value[1]]
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return [list(value[1])]
    return []


def _samples(tree: Tree) -> list[str]:
    """Return a few different texts that a tree matches, lookarounds aside."""
    found: dict[str, None] = {}
    for variant in range(_VARIANTS_MAX):
        found["".join(_sample(node, variant) for node in tree)] = None
    return [sample for sample in found if sample]


def _sample(node: Node, variant: int = 0) -> str:
    code, value = node
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.ANY:
        return ("a", " ", "<")[variant % 3]
    if code is codes.NOT_LITERAL:
        return next(one for one in _CHARACTERS if ord(one) != value)
    if code is codes.IN:
        fitting: list[str] = [one for one in chain(_named(value), _CHARACTERS) if _is_in(one, value)]
        return fitting[min(variant * 2, len(fitting) - 1)] if fitting else "a"
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        least, _, body = value
        return "".join(_sample(inner, variant) for inner in body) * max(1, min(int(least), 50))
    if code is codes.BRANCH:
        branches = value[1]
        return "".join(_sample(inner, variant) for inner in branches[variant % len(branches)])
    if code in (codes.SUBPATTERN, codes.ATOMIC_GROUP):
        return "".join(_sample(inner, variant) for inner in _parts(code, value)[0])
    return ""


def _named(items: Tree) -> Iterator[str]:
    for code, value in items:
        if code is codes.LITERAL:
            yield chr(value)
        elif code is codes.RANGE:
            yield chr(value[0])


def _is_in(character: str, items: Tree) -> bool:
    """Return whether a character is in a set, as far as the set is of characters, ranges and classes."""
    is_negated = bool(items) and items[0][0] is codes.NEGATE
    return any(_fits(character, code, value) for code, value in items) is not is_negated


def _fits(character: str, code: Any, value: Any) -> bool:
    if code is codes.LITERAL:
        return bool(ord(character) == value)
    if code is codes.RANGE:
        least, most = value
        return int(least) <= ord(character) <= int(most)
    if code is codes.CATEGORY:
        classes = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}
        name = str(value).removeprefix("CATEGORY_")
        matched = re.match(classes.get(name.removeprefix("NOT_"), r"\w"), character) is not None
        return matched is not name.startswith("NOT_")
    return False


def _literals(tree: Tree) -> Iterator[str]:
    for code, value in tree:
        if code is codes.LITERAL:
            yield chr(value)
        elif code is codes.IN:
            yield from _named(value)
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            yield from _literals(list(value[2]))
        else:
            for inner in _parts(code, value):
                yield from _literals(inner)
