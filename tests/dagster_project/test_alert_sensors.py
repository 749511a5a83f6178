"""The alert sensors: reports, findings and runs produce each message once, whatever fails in between."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.corpus import PORTALS_VARIABLE
from dagster_project.defs.alerts import alert_sensor
from dagster_project.defs.vocabulary import CRAWLING, portal_tag
from dagster_project.operations.delivery import DeliveryError
from dagster_project.operations.findings import SILENCE, record, record_failure
from tests.crawling import define_portal
from tests.receivers import Webhook, webhook
from warehouse.archive.index.reports import report_json
from warehouse.clock import Clock
from warehouse.home import CRAWLS_FOLDER, Home
from warehouse.records import CrawlKind, CrawlReport, Verdict

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
    monkeypatch.setattr("dagster_project.defs.alerts.clock_of", lambda _: Clock.at(NOW))
    return made


def crawled(
    home: Home, slug: str, verdict: Verdict, at: datetime = NOW, kind: CrawlKind = "incremental", run_id: str = "cli-1"
) -> None:
    """Store the report of a crawl of a portal in the archive."""
    crawl_id = f"{slug}-{at:%Y%m%dT%H%M%SZ}-0000"
    report = CrawlReport(crawl_id, slug, run_id, at, at, verdict, f"why {verdict}", 9, 8, 7, 6, 5, {}, "w", kind)
    home.storage.put(f"{CRAWLS_FOLDER}/{slug}/{crawl_id}.json", report_json(report).encode())


def tick(instance: dg.DagsterInstance, home: Home, cursor: str | None, *jobs: dg.JobDefinition) -> str | None:
    """Evaluate the webhook's sensor once; return its cursor."""
    sensor = alert_sensor("webhook", home, SLUGS)
    repository = dg.Definitions(sensors=[sensor], jobs=jobs).get_repository_def()
    context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository)
    done = sensor(context)
    return done.cursor if isinstance(done, dg.SensorResult) else cursor


def test_no_alerts_without_settings(instance: dg.DagsterInstance, home: Home, hook: Webhook) -> None:
    home.settings_file.unlink()
    crawled(home, "ba-vi", "broken")
    assert tick(instance, home, None) is None
    assert hook.posts == []


def test_one_alert_when_a_portal_turns_bad_and_one_when_it_recovers(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
    crawled(home, "ba-vi", "broken")
    crawled(home, "me-linh", "no_news")
    cursor = tick(instance, home, None)
    assert [post["text"].splitlines()[0] for post in hook.posts] == ["hanoi-corpus: 1 turned bad"]
    assert hook.posts[0]["turned_bad"][0]["name"] == "portal ba-vi"
    assert hook.posts[0]["turned_bad"][0]["reasons"] == ["verdict: broken: why broken"]

    record(home, SILENCE, {"ba-vi": "silent for 20 days", "me-linh": None}, NOW)
    crawled(home, "ba-vi", "ok", NOW + timedelta(hours=1))
    cursor = tick(instance, home, tick(instance, home, cursor))
    assert len(hook.posts) == 1, "still bad, by another check"

    record(home, SILENCE, {"ba-vi": None, "me-linh": None}, NOW + timedelta(hours=1))
    cursor = tick(instance, home, tick(instance, home, cursor))
    assert [post["text"].splitlines()[0] for post in hook.posts[1:]] == ["hanoi-corpus: 1 recovered"]


def test_a_failed_delivery_is_retried_at_the_next_tick(instance: dg.DagsterInstance, home: Home, hook: Webhook) -> None:
    crawled(home, "ba-vi", "broken")
    hook.status = 503
    with pytest.raises(DeliveryError, match="it answered 503"):
        tick(instance, home, None)
    hook.status = 200
    cursor = tick(instance, home, None)
    assert len(hook.posts) == 1
    assert cursor is not None
    assert list(json.loads(cursor)["bad"]) == ["portal ba-vi"]


def test_a_failed_job_and_its_recovery_are_reported_once(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
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
    assert [found["name"] for found in hook.posts[1]["recovered"]] == ["job collect_daily"]


def test_the_digest_is_sent_the_next_morning_after_the_alert(
    instance: dg.DagsterInstance, home: Home, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = tick(instance, home, None)
    assert hook.posts == [], "it is after digest_at of the first day"
    monkeypatch.setattr("dagster_project.defs.alerts.clock_of", lambda _: Clock.at(NOW + timedelta(days=1)))
    crawled(home, "ba-vi", "broken")
    for _ in range(3):
        cursor = tick(instance, home, cursor)
    assert [post["event"] for post in hook.posts] == ["alert", "digest"]
    assert hook.posts[1]["red"][0]["name"] == "portal ba-vi"


def test_no_alert_while_a_crawl_will_be_retried(instance: dg.DagsterInstance, home: Home, hook: Webhook) -> None:
    crawled(home, "ba-vi", "ok")
    cursor = tick(instance, home, None)

    @dg.op
    def crawl(context: dg.OpExecutionContext) -> None:
        instance.add_run_tags(context.run_id, {portal_tag("ba-vi"): CRAWLING})
        crawled(home, "ba-vi", "unreachable", NOW + timedelta(minutes=1), run_id=context.run_id)
        assert tick(instance, home, cursor) == cursor, "the run will crawl it again"
        instance.add_run_tags(context.run_id, {portal_tag("ba-vi"): "unreachable"})
        assert tick(instance, home, cursor) != cursor

    @dg.job
    def collect() -> None:
        crawl()

    assert collect.execute_in_process(instance=instance).success
    (post,) = hook.posts
    assert post["turned_bad"][0]["reasons"] == ["verdict: unreachable: why unreachable"]


def test_a_run_killed_before_its_retry_does_not_suppress_the_alert(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
    @dg.op
    def crawl(context: dg.OpExecutionContext) -> None:
        instance.add_run_tags(context.run_id, {portal_tag("ba-vi"): CRAWLING})
        crawled(home, "ba-vi", "unreachable", run_id=context.run_id)
        raise ValueError("killed")

    @dg.job
    def collect() -> None:
        crawl()

    collect.execute_in_process(instance=instance, raise_on_error=False)
    tick(instance, home, None)
    assert [found["name"] for found in hook.posts[0]["turned_bad"]] == ["portal ba-vi"]


@pytest.mark.parametrize("kind", ["backfill", "import"])
def test_backfills_and_imports_do_not_change_a_portals_condition(
    instance: dg.DagsterInstance, home: Home, hook: Webhook, kind: CrawlKind
) -> None:
    crawled(home, "ba-vi", "ok")
    crawled(home, "ba-vi", "partial", NOW + timedelta(hours=1), kind=kind)
    tick(instance, home, None)
    assert hook.posts == []


def test_a_portal_whose_crawl_left_no_report_is_bad_until_the_next_report(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
    crawled(home, "ba-vi", "ok")
    record_failure(home, "ba-vi", "the crawl process ended with status -9 and no report", NOW + timedelta(hours=1))
    cursor = tick(instance, home, None)
    assert hook.posts[0]["turned_bad"][0]["reasons"] == [
        "verdict: the crawl process ended with status -9 and no report"
    ]
    crawled(home, "ba-vi", "no_news", NOW + timedelta(hours=2))
    tick(instance, home, cursor)
    assert [found["name"] for found in hook.posts[1]["recovered"]] == ["portal ba-vi"]


def test_an_invalid_portal_file_is_reported_once_and_once_when_it_is_right(
    instance: dg.DagsterInstance, home: Home, hook: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "own"))
    define_portal(tmp_path / "own", "ba-vi", "bavi.test", platform="generic", seed_urls=["https://bavi.test/"])
    file = tmp_path / "own" / "ba-vi.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(f"tierr: daily\n{text}", encoding="utf-8")
    cursor = tick(instance, home, None)
    cursor = tick(instance, home, cursor)
    (post,) = hook.posts
    (bad,) = post["turned_bad"]
    assert (bad["name"], bad["reasons"]) == ("portal file ba-vi", [f"{file}:1: tierr: unknown key"])
    file.write_text(text, encoding="utf-8")
    tick(instance, home, tick(instance, home, cursor))
    assert [found["name"] for found in hook.posts[1]["recovered"]] == ["portal file ba-vi"]
    assert len(hook.posts) == 2
