"""A portal's health and silence, as read from the marts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.warehouse.tables import made_up
from warehouse.home import Home
from warehouse.tables import lock, store
from warehouse.tables.health import DAYS, PortalHealth, portals_health
from warehouse.tables.staleness import staleness_of

pytestmark = [pytest.mark.process, pytest.mark.slow]

NOW = datetime(2025, 3, 13, 18, tzinfo=UTC)  # the 14th in Hanoi


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    copied = made_up.copy_of(made_up.built(tmp_path_factory)[0], tmp_path_factory.mktemp("health") / "data")
    with lock.hold(copied, "test", 5):
        yield copied


@pytest.fixture(scope="module")
def health(home: Home) -> dict[str, PortalHealth]:
    return {portal.slug: portal for portal in portals_health(home, NOW)}


def test_every_portal_has_all_days_up_to_hanois_today(health: dict[str, PortalHealth]) -> None:
    assert list(health) == sorted(portal.slug for portal in made_up.PORTALS)
    for portal in health.values():
        days = [day.day for day in portal.days]
        assert days == [date(2025, 3, 14) - timedelta(days=ago) for ago in reversed(range(DAYS))]


def test_days_have_their_verdict_and_articles(health: dict[str, PortalHealth]) -> None:
    days = {day.day: (day.verdict, day.articles_new) for day in health["my-duc"].days}
    assert days[date(2025, 3, 1)] == ("ok", 0)
    assert days[date(2025, 3, 10)] == ("not_looked", 3)
    assert days[date(2025, 3, 13)] == ("blocked", 0)
    assert days[date(2025, 3, 14)] == ("not_looked", 0)


def test_coverage_is_that_of_the_newest_crawl(home: Home, health: dict[str, PortalHealth]) -> None:
    with store.connect(home) as warehouse:
        (row,) = warehouse.execute(
            "select share_with_title, share_with_date, share_with_body from marts.fct_extraction_quality"
            " where portal = 'thu-do' order by looked_at desc limit 1"
        ).fetchall()
    coverage = health["thu-do"].coverage
    assert coverage is not None
    assert (coverage.title, coverage.date, coverage.body) == row


@pytest.mark.parametrize(("days_max", "is_too_long"), [(11, True), (12, True), (13, False)])
def test_silence_is_the_age_of_the_newest_article(home: Home, days_max: int, is_too_long: bool) -> None:
    silence = staleness_of(home, {"my-duc": days_max}, NOW)["my-duc"]
    assert silence.newest is not None
    assert silence.newest.title == "Tin số 3 của my-duc"
    assert silence.newest.appeared_at == datetime(2025, 3, 1, 1, 3, tzinfo=UTC)
    assert silence.is_too_long == is_too_long
    assert str(silence).startswith(f"no new article for 12 days, with a limit of {days_max} days")
    assert ("hanoi-corpus portals probe my-duc" in str(silence)) == is_too_long


def test_a_date_in_the_future_does_not_hide_silence(home: Home) -> None:
    with store.connect(home) as warehouse:
        warehouse.execute("begin")
        warehouse.execute(
            "update marts.fct_articles set published_at = timestamptz '2099-01-01 00:00:00+00'"
            " where title = 'Tin số 3 của my-duc'"
        )
        warehouse.execute("commit")
    found = staleness_of(home, {"my-duc": 30}, NOW)["my-duc"].newest
    assert found is not None
    assert found.appeared_at == datetime(2025, 3, 10, 1, tzinfo=UTC), "when it was first captured"


def test_a_portal_without_articles_is_silent_and_one_without_crawls_is_not_judged(home: Home) -> None:
    with store.connect(home) as warehouse:
        warehouse.execute("delete from marts.fct_articles where portal = 'thu-do'")
    found = staleness_of(home, {"thu-do": 30, "ba-vi": 30}, NOW)
    assert list(found) == ["thu-do"]
    assert found["thu-do"].is_too_long
    assert "no article was ever found" in str(found["thu-do"])
