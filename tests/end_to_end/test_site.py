"""The site in a browser after the mirror's day 3, on a desktop and on a phone.

CI keeps the screenshots.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from dagster_project.corpus import DemoCorpus
from dagster_project.operations import links
from tests.dagster_ui import browser_page, picture
from tests.demonstration import PROGRAM, Demo, environment, hanoi_corpus
from tests.services import free_port, running

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.slow]

DOWN, NEVER_WELL, WELL = "xa-dong-anh-thu-nghiem", "xa-soc-son-thu-nghiem", "bao-do-thi-thu-nghiem"
FORBIDDEN = "phuong-tay-ho-thu-nghiem"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def site(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the site of a copy of the demo's home, after the crawl of day 3."""
    folder = tmp_path_factory.mktemp("site")
    home = demo.copy(folder / "home")
    DemoCorpus.begin_day(home, 3)
    assert hanoi_corpus(home, "crawl").returncode == 3, "some portals are down"
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    variables = environment(home, **{links.SITE_VARIABLE: address, links.UI_VARIABLE: "http://127.0.0.1:1"})
    command = ["env", *(f"{name}={value}" for name, value in variables.items()), PROGRAM, "site", "--port", str(port)]
    with running(command, folder / "site.log") as service:
        service.wait_until_served(port, "/healthz")
        yield address


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Return a page of one of the sizes; it must load all that it names."""
    complaints: list[str] = []
    with browser_page(*SIZES[request.param]) as opened:
        opened.name = request.param
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
    assert complaints == []


def look(page: Any, address: str, name: str) -> None:
    """Open a page, keep a picture of it, and check that it is no wider than the screen."""
    page.goto(address)
    page.screenshot(path=picture(f"site-{name}-{page.name}"), full_page=True)
    width, screen = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= screen, f"{name} scrolls sideways"


def test_red_portals_come_first_with_what_to_do(site: str, page: Any) -> None:
    look(page, f"{site}/", "overview")
    rows = page.locator(".portals tbody tr")
    standings = [row.get_attribute("class") for row in rows.all()]
    assert standings == ["red"] * 3 + ["well"] * 6
    first = rows.first
    for words in (FORBIDDEN, "blocked: no page came: it forbids the crawl", "A portal is red"):
        assert words in first.inner_text()
    assert first.locator(".problems").bounding_box()["y"] < page.viewport_size["height"], "seen without scrolling"
    first.get_by_role("link", name="A portal is red").click()
    page.wait_for_url(re.compile("#a-portal-is-red$"))
    box = page.locator("#a-portal-is-red").bounding_box()
    assert 0 <= box["y"] < page.viewport_size["height"], "the runbook opens at the section"


@pytest.mark.parametrize(
    ("portal", "standing", "words"),
    [
        (DOWN, "red", ["unreachable: no page came", "connections to it break off", "red since", "A portal is red"]),
        (NEVER_WELL, "red", ["sets the cookie D1N", "last healthy crawl", "never", "A portal is silent"]),
        (WELL, "well", ["Nothing is wrong", "list rows", "last healthy crawl"]),
    ],
)
def test_a_portals_page_begins_with_its_present_state(
    site: str, page: Any, portal: str, standing: str, words: list[str]
) -> None:
    look(page, f"{site}/portals/{portal}", portal)
    now = page.locator("section").first
    assert standing in (now.get_attribute("class") or "").split()
    assert [word for word in words if word not in now.inner_text()] == []
    box = now.bounding_box()
    assert box["y"] + box["height"] < page.viewport_size["height"], "all of the state is seen without scrolling"
    articles = page.locator("section").nth(1).locator("a[href^='https://']")
    assert articles.count() == (0 if portal == NEVER_WELL else 10)


def test_pages_of_the_documentation_fit_the_screen(site: str, page: Any) -> None:
    for name in ("operate.md", "analyst.md", "data-model.md"):
        look(page, f"{site}/docs/{name}", name.removesuffix(".md"))
