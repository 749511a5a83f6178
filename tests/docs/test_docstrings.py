"""Docstrings and pages name only what exists, and a docstring's first line fits on one line of a page."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, REPOSITORY, prose

PACKAGES = ("bench", "dagster_project", "spiders", "warehouse")
FIRST_LINE_MAX = 100
# Not a name: the files `warehouse.duckdb` and `warehouse.lock`.
_NAME = re.compile(rf"`((?:{'|'.join((*PACKAGES, 'tests'))})(?!\.(?:duckdb|lock)\b)(?:\.\w+)+)(?=[`(\[])")


def docstrings(package: str) -> Iterator[tuple[str, str]]:
    """Yield every docstring of a package with its module's path, those under assignments included."""
    for module in sorted((REPOSITORY / package).rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                yield str(module.relative_to(REPOSITORY)), node.value.value


def exists(name: str) -> bool:
    """Tell whether a dotted name is a module, or an attribute or annotated field of one."""
    module, *attributes = name.split(".")
    found: object = importlib.import_module(module)
    for attribute in attributes:
        module += f".{attribute}"
        if attribute in getattr(found, "__annotations__", ()) and not hasattr(found, attribute):
            return True
        try:
            found = getattr(found, attribute) if hasattr(found, attribute) else importlib.import_module(module)
        except ModuleNotFoundError:
            return False
    return True


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_name_what_exists(package: str) -> None:
    found = {(module, name) for module, text in docstrings(package) for name in _NAME.findall(text)}
    assert sorted(f"{module}: {name}" for module, name in found if not exists(name)) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_begin_with_a_short_line(package: str) -> None:
    """The notes under constants have no first line of their own: they are whole sentences."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first_lines = [
        (module.relative_to(REPOSITORY), (ast.get_docstring(node) or "").partition("\n")[0])
        for module in sorted((REPOSITORY / package).rglob("*.py"))
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, documented)
    ]
    assert [f"{module}: {line}" for module, line in first_lines if len(line) > FIRST_LINE_MAX] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_pages_name_what_exists(page: Path) -> None:
    assert sorted({name for name in _NAME.findall(prose(page)) if not exists(name)}) == []


def test_a_name_that_does_not_exist_is_found() -> None:
    assert _NAME.findall("see `spiders.nowhere`, `warehouse.home.Home.storage` and `bench`") == [
        *("spiders.nowhere", "warehouse.home.Home.storage")
    ]
    assert [exists(name) for name in ("spiders.nowhere", "warehouse.home.Home.storage")] == [False, True]
