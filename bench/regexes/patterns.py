"""The patterns in the code: found in the syntax tree, with the functions that apply them.

Belongs here: which expressions are patterns, and what they evaluate to. Does not belong here: texts for them (see
`bench.regexes.attacks`).
"""

from __future__ import annotations

import ast
import importlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeGuard

from bench.figures import REPOSITORY
from bench.regexes.bounds import ANCHORED
from spiders.pages.syndication.feeds import FEED
from spiders.pages.syndication.sitemaps import SITEMAP

PACKAGES: Final = ("spiders", "warehouse", "dagster_project")
"""The audited packages; `spiders.mirror`, which reads only what the project wrote, is left out."""

_LEFT_OUT: Final = ("spiders.mirror", "spiders.crawl.__main__", "spiders.onboarding.__main__")
_FUNCTIONS: Final = frozenset(
    {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
)
# `spiders.pages.signatures.signature` takes a pattern as its third argument.
_SIGNATURE: Final = "signature"
_ANCHORED: Final = frozenset({"match", "fullmatch"})


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern in the code.

    Attributes:
        place: module and the name that it is assigned to, or module and function for one that is not: stable under
            changes elsewhere.
        line: the line, for people.
        pattern: the compiled pattern.
        methods: the methods that apply it; `search` if it is passed on.
    """

    place: str
    line: int
    pattern: re.Pattern[Any]
    methods: frozenset[str]


@cache
def all_patterns() -> tuple[list[Found], list[str]]:
    """Return every pattern of the packages, and the places whose pattern depends on values at run time."""
    trees = {_name(path): ast.parse(path.read_text(encoding="utf-8")) for path in _modules()}
    uses = _uses(trees)
    found: list[Found] = []
    dynamic: list[str] = []
    for module, tree in trees.items():
        for call, place in _calls(module, tree):
            if (pattern := _evaluated(module, call)) is None:
                dynamic.append(place)
                continue
            if isinstance(call.func, ast.Name):
                found.append(Found(place, call.lineno, pattern, frozenset({"search"})))
                continue
            name = place.rpartition(":")[2]
            used = uses[module].get(name) if name.startswith("_") else _anywhere(uses, name)
            methods = {str(getattr(call.func, "attr", ""))} - {"compile"} or used or {"search"}
            found.append(Found(place, call.lineno, pattern, frozenset(methods)))
    found += [
        Found(f"spiders.pages.syndication.repair:markup of {name}", 0, vocabulary.markup, frozenset({"search"}))
        for name, vocabulary in (("feeds", FEED), ("sitemaps", SITEMAP))
    ]
    return found, sorted(set(dynamic))


def is_anchored(found: Found) -> bool:
    """Return whether a pattern is only ever applied at one position of a text."""
    return found.methods <= _ANCHORED or found.place in ANCHORED


def _modules() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            if not _name(path).startswith(_LEFT_OUT):
                yield path


def _name(path: Path) -> str:
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")


def _anywhere(uses: Mapping[str, Mapping[str, set[str]]], name: str) -> set[str]:
    return {method for names in uses.values() for method in names.get(name, ())}


def _uses(trees: Mapping[str, ast.Module]) -> dict[str, dict[str, set[str]]]:
    """Return by module the methods by which each name is used there; other uses of it count as `search`."""
    found: dict[str, dict[str, set[str]]] = {}
    for module, tree in trees.items():
        uses = found[module] = defaultdict(set)
        owners = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                owners.add(node.value)
                if node.attr in _FUNCTIONS:
                    uses[node.value.id].add(node.attr)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node not in owners:
                uses[node.id].add("search")
    return found


def _calls(module: str, tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Yield each call of a function of `re` that takes a pattern, with its place."""

    def visit(node: ast.AST, where: str) -> Iterator[tuple[ast.Call, str]]:
        for child in ast.iter_child_nodes(node):
            inner = where
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = child.name
            elif isinstance(child, ast.Assign | ast.AnnAssign) and where == "":
                target = child.targets[0] if isinstance(child, ast.Assign) else child.target
                inner = target.id if isinstance(target, ast.Name) else where
            if _is_call(child):
                yield child, f"{module}:{where or 'module'}"
            yield from visit(child, inner)

    yield from visit(tree, "")


def _is_call(node: ast.AST) -> TypeGuard[ast.Call]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id == _SIGNATURE
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in _FUNCTIONS
    )


def _evaluated(module: str, call: ast.Call) -> re.Pattern[Any] | None:
    """Return the compiled pattern of a call; None if it depends on local values."""
    names = vars(importlib.import_module(module))
    try:
        if isinstance(call.func, ast.Name):
            return re.compile(_value(call.args[2], names), re.IGNORECASE)
        pattern, *values = (_value(node, names) for node in (call.args[0], *_flags(call)))
    except NameError:
        return None
    return pattern if isinstance(pattern, re.Pattern) else re.compile(pattern, *values)


def _flags(call: ast.Call) -> list[ast.expr]:
    places = {"compile": 1, "search": 2, "match": 2, "fullmatch": 2, "findall": 2, "finditer": 2}
    place = places.get(str(getattr(call.func, "attr", "")), len(call.args))
    return [*call.args[place : place + 1], *(word.value for word in call.keywords if word.arg == "flags")]


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    code = compile(ast.Expression(node), "pattern", "eval")
    return eval(code, dict(names))  # noqa: S307 - an expression of the project's own, with names of its module
