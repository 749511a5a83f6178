"""The Dagster UI on the demo's home: the location, the graph with its groups, and a portal's page with its verdict."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from dagster_project.instance import REPOSITORY
from tests.dagster_ui import ask, served_ui
from tests.demonstration import Demo

# Everything that Chromium would otherwise fetch on its own account.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGE_TIMEOUT_MILLISECONDS = 60_000
CHALLENGED = "xa_soc_son_thu_nghiem"
HEALTHY = "my_duc_thu_nghiem"
GROUPS = ("collect", "extract", "clean", "raw", "staging", "intermediate", "marts", "publish")
LOCATION_QUERY = """{
  workspaceOrError { ... on Workspace { locationEntries { name loadStatus } } }
  assetNodes { assetKey { path } groupName }
}"""


@pytest.fixture(scope="module")
def ui(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of `hanoi-corpus dev` on a copy of the demo's home; it is stopped with all that it started."""
    folder = tmp_path_factory.mktemp("ui")
    with served_ui(demo.copy(folder / "home"), folder / "dev.log") as address:
        yield address


def test_the_workspace_loads_as_one_location_with_the_demos_assets(ui: str, demo: Demo) -> None:
    data = ask(ui, LOCATION_QUERY)
    workspace = yaml.safe_load((REPOSITORY / "workspace.yaml").read_text(encoding="utf-8"))
    name = workspace["load_from"][0]["python_module"]["location_name"]
    assert data["workspaceOrError"]["locationEntries"] == [{"name": name, "loadStatus": "LOADED"}]
    keys = {"/".join(node["assetKey"]["path"]) for node in data["assetNodes"]}
    assert {f"captures/{CHALLENGED}", f"captures/{HEALTHY}", "crawls", "raw/articles", "marts/fct_articles"} <= keys
    assert {node["groupName"] for node in data["assetNodes"]} == set(GROUPS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("needs Chromium; install it with `apt-get install -y chromium`, or put `chromium` on PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.set_default_timeout(PAGE_TIMEOUT_MILLISECONDS)
    yield page
    page.close()


@pytest.mark.browser
def test_the_asset_graph_shows_the_groups_and_what_is_in_them(ui: str, page: Any, tmp_path: Path) -> None:
    opened = ",".join(f"global@global:{group}" for group in ("collect", "extract", "clean", "marts", "publish"))
    page.goto(f"{ui}/asset-groups?{urlencode({'expanded': opened})}")
    for name in (*GROUPS, "crawls", "articles", "identities", "fct_articles", "dim_portals", "corpus"):
        page.get_by_text(name, exact=True).first.wait_for()
    page.screenshot(path=tmp_path / "asset-graph.png")
    assert page.get_by_text("Failed to load", exact=False).count() == 0


@pytest.mark.browser
@pytest.mark.parametrize(("portal", "verdict"), [(HEALTHY, "ok"), (CHALLENGED, "blocked")])
def test_a_portals_page_shows_its_verdict(ui: str, page: Any, tmp_path: Path, portal: str, verdict: str) -> None:
    page.goto(f"{ui}/assets/captures/{portal}?view=checks&checkDetail=verdict")
    page.get_by_text(verdict, exact=True).first.wait_for()
    page.get_by_text("Passed" if verdict == "ok" else "Failed", exact=True).first.wait_for()
    page.screenshot(path=tmp_path / "portal-check.png")
    page.goto(f"{ui}/assets/captures/{portal}")
    page.get_by_text("articles_found" if verdict == "ok" else "Never materialized").first.wait_for()
    assert (page.get_by_text("Never materialized").count() == 0) == (verdict == "ok")
    page.screenshot(path=tmp_path / "portal-asset.png")
