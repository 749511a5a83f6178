"""The alert sensors: reports, findings and runs produce each message once, whatever fails in between."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.corpus import PORTALS_VARIABLE
from dagster_project.defs.alerts import alert_sensor
from dagster_project.operations.alerting.delivery import DeliveryError
from dagster_project.operations.findings import SHARES, SILENCE, forget_failure, record, record_failure
from dagster_project.runs.failures import in_words, said_by_portals
from tests.crawling import define_portal
from tests.receivers import Webhook, webhook
from warehouse.archive.index.reports import report_json
from warehouse.clock import Clock
from warehouse.corpus.release import ReleaseError
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


def test_a_share_that_is_not_as_usual_and_its_recovery_are_reported_once(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
    record(home, SHARES, {"near_duplicates": None, "singletons": "200 of 200 articles"}, NOW)
    cursor = tick(instance, home, tick(instance, home, None))
    assert [post["turned_bad"] for post in hook.posts] == [
        [{"name": "share of singletons", "since": NOW.isoformat(), "reasons": ["200 of 200 articles"]}]
    ]
    record(home, SHARES, {"near_duplicates": None, "singletons": None}, NOW + timedelta(days=1))
    tick(instance, home, tick(instance, home, cursor))
    assert [post["recovered"][0]["name"] for post in hook.posts[1:]] == ["share of singletons"]


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
            raise ValueError("the guard\x1b[2J refused")

    @dg.job
    def collect_daily() -> None:
        publish()

    failed = collect_daily.execute_in_process(instance=instance, raise_on_error=False)
    cursor = tick(instance, home, None, collect_daily)
    collect_daily.execute_in_process(instance=instance, raise_on_error=False)
    cursor = tick(instance, home, cursor, collect_daily)
    (post,) = hook.posts
    assert post["turned_bad"][0]["name"] == "job collect_daily"
    assert post["turned_bad"][0]["reasons"] == [f"publish: ValueError: the guard [2J refused (run {failed.run_id})"]
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


def test_a_failed_jobs_reason_is_the_error_of_each_failed_step_on_one_line_of_bounded_length(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
    @dg.op
    def publish() -> None:
        with in_words():
            raise ReleaseError("not published: the new release falls short.\n  - captures: 658 before, 644 now")

    @dg.op
    def read() -> None:
        raise ValueError("x" * 5_000)

    @dg.job
    def rebuild() -> None:
        publish()
        read()

    failed = rebuild.execute_in_process(instance=instance, raise_on_error=False)
    tick(instance, home, None, rebuild)
    first, second = hook.posts[0]["turned_bad"][0]["reasons"]
    assert first == (
        f"publish: not published: the new release falls short. - captures: 658 before, 644 now (run {failed.run_id})"
    )
    assert second.startswith("read: ValueError: xxx")
    assert len(second) < 600


def test_a_run_that_died_outside_its_steps_is_reported_with_the_reason(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
    @dg.job
    def rebuild() -> None: ...

    run = instance.create_run_for_job(rebuild, status=dg.DagsterRunStatus.STARTED)
    instance.report_run_failed(run, "the run's process 4711 is gone")
    tick(instance, home, None, rebuild)
    assert hook.posts[0]["turned_bad"][0]["reasons"] == [f"run {run.run_id} failed: the run's process 4711 is gone"]


ONE_CAUSE = "/home: 0.1 GB are free, but 2.0 GB must stay free"


def failing_run(instance: dg.DagsterInstance, failure: dg.Failure) -> dg.JobDefinition:
    """Return a job after a run that failed."""

    @dg.op
    def judge_crawls() -> None:
        raise failure

    @dg.job
    def collect_daily() -> None:
        judge_crawls()

    collect_daily.execute_in_process(instance=instance, raise_on_error=False)
    return collect_daily


@pytest.mark.parametrize("what", ["no report", "unreachable"])
def test_one_cause_for_all_portals_of_a_run_is_one_alert_and_one_recovery(
    instance: dg.DagsterInstance, home: Home, hook: Webhook, what: str
) -> None:
    for number, slug in enumerate(SLUGS):
        if what == "unreachable":
            crawled(home, slug, "unreachable", run_id="run-1")
        else:
            record_failure(home, slug, ONE_CAUSE.replace("0.1", f"0.{number}"), NOW, "run-1")
    job = failing_run(instance, said_by_portals("none of 2 portals came back well"))
    cursor = tick(instance, home, tick(instance, home, None, job), job)
    (post,) = hook.posts
    (bad,) = post["turned_bad"]
    assert bad["name"] == "crawls"
    assert bad["reasons"] == [
        f"none of 2 portals came back well, all for one reason: {ONE_CAUSE.replace('0.1', '0.0')}"
        if what == "no report"
        else "none of 2 portals could be reached: this machine's network or its DNS may be down. Such as ba-vi: "
        "unreachable: why unreachable"
    ]
    for slug in SLUGS:
        crawled(home, slug, "ok", NOW + timedelta(hours=1), run_id="run-2")
        forget_failure(home, slug)
    tick(instance, home, tick(instance, home, cursor, job), job)
    assert [found["name"] for found in hook.posts[1]["recovered"]] == ["crawls"]
    assert len(hook.posts) == 2


def test_a_portal_that_was_bad_before_a_common_cause_recovers_by_itself(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
    crawled(home, "ba-vi", "broken", run_id="run-1")
    crawled(home, "me-linh", "ok", run_id="run-1")
    cursor = tick(instance, home, None)
    for slug in SLUGS:
        crawled(home, slug, "unreachable", NOW + timedelta(hours=1), run_id="run-2")
    cursor = tick(instance, home, tick(instance, home, cursor))
    crawled(home, "me-linh", "ok", NOW + timedelta(hours=2), run_id="run-3")
    crawled(home, "ba-vi", "broken", NOW + timedelta(hours=2), run_id="run-3")
    cursor = tick(instance, home, tick(instance, home, cursor))
    crawled(home, "ba-vi", "ok", NOW + timedelta(hours=3), run_id="run-4")
    tick(instance, home, tick(instance, home, cursor))
    told = [
        {what: [found["name"] for found in post[what]] for what in ("turned_bad", "recovered") if post[what]}
        for post in hook.posts
    ]
    assert told == [
        {"turned_bad": ["portal ba-vi"]},
        {"turned_bad": ["crawls"]},
        {"recovered": ["crawls"]},
        {"recovered": ["portal ba-vi"]},
    ]


def test_portals_that_are_bad_for_reasons_of_their_own_are_named_each(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
    crawled(home, "ba-vi", "broken")
    crawled(home, "me-linh", "unreachable")
    job = failing_run(instance, said_by_portals("none of 2 portals came back well"))
    tick(instance, home, None, job)
    assert [found["name"] for found in hook.posts[0]["turned_bad"]] == ["portal ba-vi", "portal me-linh"]


def test_another_problem_of_a_portal_is_told_beside_the_common_cause(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
    for slug in SLUGS:
        crawled(home, slug, "unreachable")
    record(home, SILENCE, {"ba-vi": "silent for 20 days", "me-linh": None}, NOW)
    tick(instance, home, None)
    assert {found["name"]: len(found["reasons"]) for found in hook.posts[0]["turned_bad"]} == {
        "crawls": 1,
        "portal ba-vi": 1,
    }


def test_no_alert_while_a_crawl_will_be_retried(instance: dg.DagsterInstance, home: Home, hook: Webhook) -> None:
    crawled(home, "ba-vi", "ok")
    cursor = tick(instance, home, None)

    @dg.op
    def crawl(context: dg.OpExecutionContext) -> int:
        crawled(home, "ba-vi", "unreachable", NOW + timedelta(minutes=1), run_id=context.run_id)
        assert tick(instance, home, cursor) == cursor, "the run may crawl it again"
        return 1

    @dg.op
    def build(_crawled: int) -> None:
        assert tick(instance, home, cursor) != cursor

    @dg.job
    def collect() -> None:
        build(crawl())

    assert collect.execute_in_process(instance=instance).success
    (post,) = hook.posts
    assert post["turned_bad"][0]["reasons"] == ["verdict: unreachable: why unreachable"]


def test_a_run_killed_before_its_retry_does_not_suppress_the_alert(
    instance: dg.DagsterInstance, home: Home, hook: Webhook
) -> None:
    @dg.op
    def crawl() -> None: ...

    @dg.job
    def collect() -> None:
        crawl()

    run = instance.create_run_for_job(collect, status=dg.DagsterRunStatus.STARTED)
    crawled(home, "ba-vi", "unreachable", run_id=run.run_id)
    instance.report_run_failed(run, "killed")
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
    record_failure(
        home, "ba-vi", "the crawl process ended with status -9 and no report", NOW + timedelta(hours=1), "run-1"
    )
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
