"""The alert sensors: from what Dagster recorded to what arrives, once, whatever fails on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from dagster_project import pipeline
from dagster_project.operations.delivery import DeliveryError
from spiders.portal import Portal, portal_of_platform
from tests.receivers import Webhook, webhook
from warehouse.clock import Clock
from warehouse.home import Home

pytestmark = pytest.mark.usefixtures("definitions")  # the sensors' module reads the home when it is first imported
NOW = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)
SLUGS = ("ba-vi", "me-linh")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with webhook() as received:
        yield received


@pytest.fixture
def home(tmp_path: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch) -> Home:
    made = Home(tmp_path)
    made.settings_file.write_text(f"alerts: {{webhook_url: {hook.url}}}\n")
    monkeypatch.setattr(pipeline, "clock", lambda _: Clock.at(NOW))
    return made


def portals() -> dict[str, Portal]:
    made = portal_of_platform("generic", "https://tin.hanoi.test/")
    return {slug: made.model_copy(update={"slug": slug}) for slug in SLUGS}


def evaluate(instance: dg.DagsterInstance, check: str, **passed: bool) -> None:
    """Record in Dagster how a check went for portals."""
    from dagster_project.defs.vocabulary import captures_key

    for name, is_green in passed.items():
        result = dg.AssetCheckEvaluation(
            asset_key=captures_key(name), check_name=check, passed=is_green, metadata={}, description=f"why {check}"
        )
        instance.report_runless_asset_event(result)


def tick(instance: dg.DagsterInstance, home: Home, cursor: str | None, *jobs: dg.JobDefinition) -> str | None:
    """Run the webhook's sensor once; return its cursor."""
    from dagster_project.defs.alerts import alert_sensor

    sensor = alert_sensor("webhook", home, portals())
    repository = dg.Definitions(sensors=[sensor], jobs=jobs).get_repository_def()
    context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository)
    done = sensor(context)
    return done.cursor if isinstance(done, dg.SensorResult) else cursor


def test_off_until_it_is_set(instance: dg.DagsterInstance, home: Home, hook: Webhook) -> None:
    home.settings_file.unlink()
    evaluate(instance, "verdict", ba_vi=False)
    assert tick(instance, home, None) is None
    assert hook.posts == []


def test_a_portal_that_turns_bad_and_recovers_is_told_twice_in_all(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
    evaluate(instance, "verdict", ba_vi=False, me_linh=True)
    cursor = tick(instance, home, None)
    assert [post["text"].splitlines()[0] for post in hook.posts] == ["hanoi-corpus: 1 turned bad"]
    assert hook.posts[0]["turned_bad"][0]["name"] == "portal ba-vi"
    assert hook.posts[0]["turned_bad"][0]["reasons"] == ["verdict: why verdict"]

    evaluate(instance, "silence", ba_vi=False)
    evaluate(instance, "verdict", ba_vi=True)
    cursor = tick(instance, home, tick(instance, home, cursor))
    assert len(hook.posts) == 1, "still bad, by another check"

    evaluate(instance, "silence", ba_vi=True)
    cursor = tick(instance, home, tick(instance, home, cursor))
    assert [post["text"].splitlines()[0] for post in hook.posts[1:]] == ["hanoi-corpus: 1 recovered"]


def test_what_could_not_be_delivered_is_told_at_the_next_tick(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
    evaluate(instance, "verdict", ba_vi=False)
    hook.status = 503
    with pytest.raises(DeliveryError, match="it answered 503"):
        tick(instance, home, None)
    hook.status = 200
    cursor = tick(instance, home, None)
    assert len(hook.posts) == 1
    assert cursor is not None
    assert list(json.loads(cursor)["bad"]) == ["portal ba-vi"]


def test_a_failed_build_is_told_once_and_its_recovery(instance: dg.DagsterInstance, home: Home, hook: Webhook) -> None:
    is_broken = [True]

    @dg.op
    def publish() -> None:
        if is_broken:
            raise ValueError("the guard refused")

    @dg.job
    def collect_daily() -> None:
        publish()

    failed = collect_daily.execute_in_process(instance=instance, raise_on_error=False)
    cursor = tick(instance, home, None, collect_daily)
    collect_daily.execute_in_process(instance=instance, raise_on_error=False)
    cursor = tick(instance, home, cursor, collect_daily)
    (post,) = hook.posts
    assert post["turned_bad"][0]["name"] == "job collect_daily"
    assert post["turned_bad"][0]["reasons"] == [f"run {failed.run_id} failed in publish"]
    is_broken.clear()
    collect_daily.execute_in_process(instance=instance)
    tick(instance, home, cursor, collect_daily)
    assert [told["name"] for told in hook.posts[1]["recovered"]] == ["job collect_daily"]


def test_the_digest_comes_the_next_morning_after_the_alert(
    instance: dg.DagsterInstance, home: Home, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = tick(instance, home, None)
    assert hook.posts == [], "the hour of the first day's is past"
    monkeypatch.setattr(pipeline, "clock", lambda _: Clock.at(NOW + timedelta(days=1)))
    evaluate(instance, "verdict", ba_vi=False)
    for _ in range(3):
        cursor = tick(instance, home, cursor)
    assert [post["event"] for post in hook.posts] == ["alert", "digest"]
    assert hook.posts[1]["red"][0]["name"] == "portal ba-vi"


def test_while_a_portal_is_crawled_again_it_is_as_it_was(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
    from dagster_project.defs.vocabulary import captures_key

    evaluate(instance, "verdict", ba_vi=False)
    cursor = tick(instance, home, None)
    key = captures_key("ba-vi")

    @dg.asset(key=key, check_specs=[dg.AssetCheckSpec("verdict", asset=key)])
    def crawl() -> Iterator[dg.Output[None] | dg.AssetCheckResult]:
        tick(instance, home, cursor)
        assert len(hook.posts) == 1, "its check is planned, and neither red nor green"
        yield dg.Output(None)
        yield dg.AssetCheckResult(check_name="verdict", passed=True)

    assert dg.materialize([crawl], instance=instance).success
    tick(instance, home, cursor)
    assert [told["name"] for told in hook.posts[1]["recovered"]] == ["portal ba-vi"]
