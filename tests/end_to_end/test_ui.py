"""The Dagster UI after the mirror's day 3: one portal answers 403, one is down.

The UI is that of the installed wheel, in a home whose path has all that paths may have. CI keeps the screenshots.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from dagster_project.corpus import DemoCorpus
from dagster_project.instance import WORKSPACE
from tests.dagster_ui import ask, browser_page, materialise, picture, served_ui
from tests.demonstration import ODD_NAME, Demo
from tests.installed import Installed
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

# A run waits for the daemon, loads the code location in its own process, and crawls.
RUN_TIMEOUT_MILLISECONDS = 150_000
CHALLENGED = "xa_soc_son_thu_nghiem"
FORBIDDEN = "phuong_tay_ho_thu_nghiem"
DOWN = "xa_dong_anh_thu_nghiem"
HEALTHY = "bao_do_thi_thu_nghiem"
GROUPS = ("collect", "extract", "clean", "raw", "staging", "intermediate", "marts", "publish")
LOCATION_QUERY = """{
  workspaceOrError { ... on Workspace { locationEntries { name loadStatus } } }
  assetNodes { assetKey { path } groupName }
}"""
MATERIALISATIONS_QUERY = """query ($path: [String!]!) {
  assetOrError(assetKey: {path: $path}) { ... on Asset { assetMaterializations(limit: 10) { runId } } }
}"""


@dataclass(frozen=True)
class Ui:
    """A running UI.

    Attributes:
        address: its URL.
        home: its home.
    """

    address: str
    home: Home


@pytest.fixture(scope="module")
def ui(demo: Demo, installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    """Return the UI of a copy of the demo's home after the crawl of day 3; its clock is on day 4."""
    folder = tmp_path_factory.mktemp("ui")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        home = demo.copy(folder / ODD_NAME)
        DemoCorpus.begin_day(home, 3)
        materialise(home, "group:collect")
        DemoCorpus.begin_day(home, 4)
        with served_ui(home, folder / "dev.log", installed.program) as address:
            yield Ui(address, home)


@pytest.fixture
def page() -> Iterator[Any]:
    with browser_page() as page:
        yield page


def test_the_workspace_loads_as_one_location_with_the_demos_assets(ui: Ui) -> None:
    data = ask(ui.address, LOCATION_QUERY)
    workspace = yaml.safe_load(WORKSPACE.read_text(encoding="utf-8"))
    name = workspace["load_from"][0]["python_module"]["location_name"]
    assert data["workspaceOrError"]["locationEntries"] == [{"name": name, "loadStatus": "LOADED"}]
    keys = {"/".join(node["assetKey"]["path"]) for node in data["assetNodes"]}
    assert {
        f"captures/{CHALLENGED}",
        f"captures/{HEALTHY}",
        "crawls",
        "raw/articles",
        "marts/fct_articles",
    } <= keys
    assert {node["groupName"] for node in data["assetNodes"]} == set(GROUPS)


@pytest.mark.browser
def test_the_asset_graph_shows_groups_and_assets(ui: Ui, page: Any) -> None:
    opened = ",".join(f"global@global:{group}" for group in ("collect", "extract", "clean", "marts", "publish"))
    # Dagster draws what is in the window alone, and the marts are one above the other.
    page.set_viewport_size({"width": 1600, "height": 1400})
    page.goto(f"{ui.address}/asset-groups?{urlencode({'expanded': opened})}")
    for name in (*GROUPS, "crawls", "articles", "identities", "fct_articles", "dim_portals", "corpus"):
        page.get_by_text(name, exact=True).first.wait_for()
    page.screenshot(path=picture("asset-graph"))
    assert page.get_by_text("Failed to load", exact=False).count() == 0


@pytest.mark.browser
@pytest.mark.parametrize(
    ("portal", "verdict", "reason", "healthy"),
    [
        (HEALTHY, "ok", "list rows", "Crawled 20"),
        (CHALLENGED, "blocked", "no page came: it answers with a script that sets the cookie D1N", "never well"),
        (DOWN, "unreachable", "connections to it break off", "last healthy crawl 20"),
    ],
)
def test_a_portals_check_shows_its_present_state_and_what_to_do(
    ui: Ui, page: Any, portal: str, verdict: str, reason: str, healthy: str
) -> None:
    page.goto(f"{ui.address}/assets/captures/{portal}?view=checks&checkDetail=verdict")
    page.get_by_text("Passed" if verdict == "ok" else "Failed", exact=True).first.wait_for()
    page.get_by_text(f"{verdict}: ").filter(has_text=reason).filter(has_text=healthy).first.wait_for()
    assert bool(page.locator("a[href*='/runbook#a-portal-is-red']").count()) == (verdict != "ok")
    page.screenshot(path=picture(f"check-{verdict}"))


@pytest.mark.browser
@pytest.mark.parametrize(("portal", "state"), [(HEALTHY, "well"), (CHALLENGED, "never-well"), (DOWN, "red")])
def test_a_portals_page_leads_to_its_present_state_and_says_nothing_that_may_be_old(
    ui: Ui, page: Any, portal: str, state: str
) -> None:
    page.goto(f"{ui.address}/assets/captures/{portal}")
    link = page.get_by_text("Its present state, and what to do").first
    link.wait_for()
    assert link.evaluate("node => node.closest('a').href").endswith(f"/portals/{portal.replace('_', '-')}")
    # A bad crawl leaves its figures, and no materialization: the date is that of the last healthy crawl.
    page.get_by_text("Never materialized" if state == "never-well" else "articles_new").first.wait_for()
    page.get_by_text("requests", exact=True).first.wait_for()
    page.screenshot(path=picture(f"portal-{state}"))
    for words in ("verdict_reason", "ok: ", "blocked: ", "unreachable: "):
        assert page.get_by_text(words).count() == 0


@pytest.mark.browser
def test_a_portals_newest_articles_are_in_its_check_and_its_figures_are_plotted(ui: Ui, page: Any) -> None:
    page.goto(f"{ui.address}/assets/captures/{HEALTHY}?view=checks&checkDetail=verdict")
    page.get_by_text("[Show Markdown]").first.click()
    page.get_by_text("first captured", exact=True).first.wait_for()
    assert page.locator("table a[href^='https://'][href*='.test/']").count() == 10
    page.screenshot(path=picture("portal-newest-articles"))
    page.goto(f"{ui.address}/assets/captures/{HEALTHY}")
    page.get_by_text("Plots", exact=True).first.click()
    for count in ("articles_new", "list_rows", "requests", "share_read"):
        page.get_by_text(count, exact=True).first.wait_for()
    page.locator("canvas").first.wait_for()
    page.screenshot(path=picture("portal-plots"))


@pytest.mark.browser
def test_a_failed_portal_can_be_recrawled_from_its_page_and_passes(ui: Ui, page: Any) -> None:
    def materialisations() -> list[str]:
        found = ask(ui.address, MATERIALISATIONS_QUERY, path=["captures", FORBIDDEN])
        return [event["runId"] for event in found["assetOrError"]["assetMaterializations"]]

    before = materialisations()
    page.goto(f"{ui.address}/assets/captures/{FORBIDDEN}?view=checks&checkDetail=verdict")
    page.get_by_text("Failed", exact=True).first.wait_for()
    page.get_by_text("blocked: no page came: it forbids the crawl").first.wait_for()
    page.screenshot(path=picture("red-portal"))
    page.locator("button").filter(has_text="Materialize").first.click()
    page.get_by_text("Launched run").first.wait_for()
    page.get_by_text("Passed", exact=True).first.wait_for(timeout=RUN_TIMEOUT_MILLISECONDS)
    page.get_by_text("ok: ").filter(has_text="of them new").first.wait_for()
    page.screenshot(path=picture("green-again"))
    assert materialisations()[1:] == before
    # The other two checks run after the build; all three pass in the end.
    page.goto(f"{ui.address}/assets/captures/{FORBIDDEN}?view=checks&checkDetail=silence")
    page.get_by_text("Passed", exact=True).first.wait_for(timeout=RUN_TIMEOUT_MILLISECONDS)


@pytest.mark.browser
def test_the_health_asset_shows_all_portals_at_once_and_leads_to_the_site(ui: Ui, page: Any) -> None:
    page.goto(f"{ui.address}/assets/portal_health")
    page.locator("td").filter(has_text=FORBIDDEN.replace("_", "-")).first.wait_for()
    link = page.get_by_text("The page of all portals", exact=True).first
    page.screenshot(path=picture("health-asset"))
    page.goto(link.get_attribute("href"))
    page.get_by_role("heading", name="All portals").wait_for()
    page.locator("tr.red").filter(has_text="no page came: it answers with a script").wait_for()
