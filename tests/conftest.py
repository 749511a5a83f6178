"""Fixtures that more than one part of the tests needs."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the demo, or the installed wheel: they take long, and run in processes."""
    for item in items:
        if {"demo", "installed"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("process")
            item.add_marker("slow")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real pages beside the repository; skip where it is absent."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "portals").is_dir():
        pytest.skip("needs the folder of real saved pages, `shared`, beside the repository")
    return folder
