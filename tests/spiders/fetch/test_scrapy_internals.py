"""Private names of Scrapy: the crawl uses only those listed here, and they still exist."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

import spiders.crawl
import spiders.fetch

USED = {
    "spiders.fetch.connection.download.HttpDownloadHandler._pool",
    "spiders.fetch.connection.tls.PortalDownloadHandler._contextFactory",
}
"""A comment at each use names the upstream issue."""


def modules() -> Iterator[str]:
    for package in (spiders.crawl, spiders.fetch):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield found.name


def private_names_of_scrapy(cls: type) -> set[str]:
    """Return the private names that Scrapy's base classes of a class define or set on their instances."""
    bases = [base for base in cls.__mro__[1:] if base.__module__.startswith("scrapy.")]
    sources = [ast.parse(inspect.getsource(base)) for base in bases]
    found = {name for base in bases for name in vars(base)}
    found |= {node.attr for source in sources for node in ast.walk(source) if isinstance(node, ast.Attribute)}
    return {name for name in found if name.startswith("_") and not name.startswith(("__", "_abc_"))}


def own_names(cls: type) -> set[str]:
    """Return the names that a class defines or reads from its instances."""
    nodes = ast.walk(ast.parse(inspect.getsource(cls)))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"}
    return attributes | set(vars(cls))


def test_no_other_private_name_of_a_scrapy_class_is_used() -> None:
    classes = [
        cls
        for name in modules()
        for cls in vars(importlib.import_module(name)).values()
        if inspect.isclass(cls) and cls.__module__ == name
    ]
    assert {
        f"{cls.__module__}.{cls.__qualname__}.{name}"
        for cls in classes
        for name in own_names(cls) & private_names_of_scrapy(cls)
    } == USED


def test_no_private_name_of_scrapy_is_imported() -> None:
    for name in modules():
        path = importlib.import_module(name).__file__
        assert path
        for node in ast.walk(ast.parse(Path(path).read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("scrapy"):
                parts = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
                assert not [part for part in parts if part.startswith("_")], name


def test_scrapys_handler_takes_its_tls_from_the_private_attribute() -> None:
    assert "_contextFactory" in HTTP11DownloadHandler.__init__.__code__.co_names
    assert "_contextFactory" in HTTP11DownloadHandler.download_request.__code__.co_names
