"""Plans of crawls, by the outcome of earlier crawls."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from spiders.crawl.plan import Bounds, CrawlPlan, first_pages, plan_backfill, plan_crawl
from spiders.portal import Portal, load_portals
from tests.crawling import define_portal
from tests.warehouse.archive.state.stored_crawls import DAY, HOUR, NOW, PORTAL, add_crawl
from warehouse.archive.observations import AskedPage, Observations
from warehouse.archive.state.queries import open_state
from warehouse.home import Home
from warehouse.settings import Settings

LIST = "https://thunghiem.test/tin"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def portal(tmp_path: Path) -> Portal:
    define_portal(tmp_path / "p", PORTAL, "thunghiem.test", platform="liferay_point", seed_urls=[LIST])
    (portal,) = load_portals([tmp_path / "p"]).valid.values()
    return portal


def planned(home: Home, portal: Portal, now: datetime) -> CrawlPlan:
    with open_state(home, PORTAL) as state:
        return plan_crawl(state, portal, Settings(), now)


def test_the_first_crawl_and_one_after_a_month_are_full(home: Home, portal: Portal) -> None:
    assert planned(home, portal, NOW).kind == "full"
    add_crawl(home, NOW, is_complete=False, verdict="partial")
    assert planned(home, portal, NOW + DAY).kind == "full"
    add_crawl(home, NOW + DAY)
    assert planned(home, portal, NOW + 2 * DAY).kind == "incremental"
    assert planned(home, portal, NOW + DAY + Settings().full_crawl_every).kind == "full"


def test_a_crawl_in_the_future_is_ignored(home: Home, portal: Portal) -> None:
    add_crawl(home, NOW + timedelta(days=400))
    assert planned(home, portal, NOW).kind == "full"


@pytest.mark.parametrize(
    ("verdict", "hours", "is_resumed"), [("partial", 11, True), ("partial", 13, False), ("blocked", 1, False)]
)
def test_pages_of_an_interrupted_crawl_are_replayed_for_half_a_day(
    home: Home, portal: Portal, verdict: str, hours: int, is_resumed: bool
) -> None:
    add_crawl(home, NOW - DAY)
    add_crawl(home, NOW, kind="incremental", is_complete=False, verdict=verdict)  # type: ignore[arg-type]  # one of them
    plan = planned(home, portal, NOW + hours * HOUR)
    assert bool(plan.resumes) is is_resumed
    assert plan.known_before == NOW


def test_only_first_pages_within_the_scope_are_planned(portal: Portal) -> None:
    lists = (LIST, f"{LIST}?page=0", f"{LIST}?page=2", "https://khac.test/tin")
    assert first_pages(lists, portal) == (LIST, f"{LIST}?page=0")


def test_a_backfill_continues_with_its_frontier_and_then_ends(home: Home, portal: Portal) -> None:
    bounds = Bounds(depth=3, requests_max=10)
    pages = (AskedPage(LIST, LIST, is_list=True),)
    add_crawl(home, NOW, None, Observations(pages=pages))
    for frontier in ((f"{LIST}?page=2",), ()):
        left = Observations(backfill=bounds.name, frontier=frontier)
        with open_state(home, PORTAL) as state:
            plan = plan_backfill(state, portal, bounds, NOW)
        assert plan is not None
        assert plan.lists == ((LIST,) if frontier else (f"{LIST}?page=2",))
        add_crawl(home, NOW + (HOUR if frontier else 2 * HOUR), None, left, kind="backfill")
    with open_state(home, PORTAL) as state:
        assert plan_backfill(state, portal, bounds, NOW) is None
