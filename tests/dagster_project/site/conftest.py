"""The site of a home with three portals: one red, one well, one never crawled."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.corpus import PORTALS_VARIABLE
from dagster_project.operations import links
from tests.dagster_project.site.asked import NEW, RED, WELL, Site
from warehouse.home import HOME_VARIABLE, Home


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Return the site of a home whose portals are red, well, and never crawled."""
    for variable in (links.SITE_VARIABLE, links.UI_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "own"))
    # Only the portals of the test: those that are shipped would be never crawled.
    monkeypatch.setattr("dagster_project.corpus.SHIPPED_PORTALS", tmp_path / "own")
    found = Site(Home(tmp_path / "home"), tmp_path / "own")
    for slug, name in ((RED, "Cổng hỏng"), (WELL, "Cổng lành"), (NEW, "Cổng mới")):
        found.define(slug, name=name)
    found.crawled(RED, "ok", 9)
    found.crawled(RED, "blocked", 7)
    found.crawled(RED, "blocked", 2)
    found.crawled(WELL, "no_news", 1)
    return found
