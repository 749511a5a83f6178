"""The sensors that tell an operator what turned bad, one for each way of delivery, off until it is set.

One each, because a sensor's cursor is what it has told, and moves only when the message was delivered: a way that
fails shows in its tick's error and is tried again at the next, and the other way says nothing twice.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (  # public nowhere, and all that tells a check's history
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

from dagster_project import pipeline
from dagster_project.defs.vocabulary import PORTAL_CHECKS, captures_key
from dagster_project.operations.alerts import Condition, Told, alert, digest
from dagster_project.operations.delivery import WAYS, ways_set
from spiders.portal import Portal
from warehouse.archive.index.reports import crawl_reports
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.settings import load_settings

_INTERVAL_SECONDS = 60
_EVALUATED = {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]


def alert_sensor(way: str, home: Home, portals: Mapping[str, Portal]) -> dg.SensorDefinition:
    """Return the sensor that tells by one way of delivery."""

    @dg.sensor(
        name=f"alerts_by_{way}",
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Tells once by {way} what turned bad and what recovered, and sends the daily digest.",
    )
    def tell(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        alerts = load_settings(home).alerts
        if way not in ways_set(alerts):
            return dg.SkipReason(f"{home.settings_file} sets no alerts by {way}")
        now = pipeline.clock(home).now()
        told = Told.model_validate_json(context.cursor) if context.cursor else Told.nothing(now, alerts.digest_at)
        jobs = context.repository_def.job_names if context.repository_def else ()
        present = conditions(context.instance, portals, [job for job in jobs if not job.startswith("__")])
        message, after = alert(told, present)
        if message is None:  # one message a tick, so that none is told twice where the second fails
            message, after = digest(after, present, _reports_of_the_day(home, portals, now), now, alerts.digest_at)
        if message is not None:
            WAYS[way](alerts, message)
        said = f"told: {message.subject}" if message else "nothing turned bad or recovered"
        return dg.SensorResult(skip_reason=said, cursor=after.model_dump_json())

    return tell


def conditions(instance: dg.DagsterInstance, portals: Mapping[str, Portal], jobs: list[str]) -> Mapping[str, Condition]:
    """Return how every portal is, of which a check was ever evaluated, and every job that has ended."""
    found: dict[str, Condition] = {}
    keys = [dg.AssetCheckKey(captures_key(slug), check) for slug in portals for check in PORTAL_CHECKS]
    newest = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    for slug in portals:
        own = [dg.AssetCheckKey(captures_key(slug), check) for check in PORTAL_CHECKS]
        records = [record for key in own if (record := _evaluated(instance, newest.get(key))) is not None]
        if records:
            found[f"portal {slug}"] = _of_portal(records)
    for job in jobs:
        ended = instance.get_run_records(dg.RunsFilter(job_name=job, statuses=_ENDED), limit=1)
        if ended:
            found[f"job {job}"] = _of_run(instance, ended[0])
    return found


def _evaluated(
    instance: dg.DagsterInstance, newest: AssetCheckExecutionRecord | None
) -> AssetCheckExecutionRecord | None:
    """Return a check's last evaluation: while a run is under way, the newest record is only planned."""
    if newest is None or newest.status in _EVALUATED:
        return newest
    history = instance.event_log_storage.get_asset_check_execution_history(newest.key, limit=1, status=_EVALUATED)
    return history[0] if history else None


def _of_portal(records: list[AssetCheckExecutionRecord]) -> Condition:
    red = [record for record in records if record.status == AssetCheckExecutionRecordStatus.FAILED]
    reasons = tuple(f"{record.key.name}: {_description(record)}" for record in red)
    at = min(record.create_timestamp for record in red) if red else max(record.create_timestamp for record in records)
    return Condition(reasons, datetime.fromtimestamp(at, UTC))


def _description(record: AssetCheckExecutionRecord) -> str:
    event = record.event.dagster_event if record.event else None
    return (event.asset_check_evaluation_data.description if event else None) or "no reason was given"


def _of_run(instance: dg.DagsterInstance, record: dg.RunRecord) -> Condition:
    run = record.dagster_run
    at = datetime.fromtimestamp(record.end_time or record.update_timestamp.timestamp(), UTC)
    if run.status == dg.DagsterRunStatus.SUCCESS:
        return Condition((), at)
    stats = instance.get_run_step_stats(run.run_id)
    steps = sorted(step.step_key for step in stats if step.status and step.status.value == "FAILURE")
    return Condition((f"run {run.run_id} failed{' in ' + ', '.join(steps) if steps else ''}",), at)


def _reports_of_the_day(home: Home, portals: Mapping[str, Portal], now: datetime) -> list[CrawlReport]:
    found: list[CrawlReport] = []
    for slug in portals:
        for report in crawl_reports(home, slug):
            if report.ended_at <= now - timedelta(days=1):
                break
            found.append(report)
    return found


_HOME = Home.from_environment()
_PORTALS = pipeline.portals(_HOME)
alerts_by_webhook = alert_sensor("webhook", _HOME, _PORTALS)
alerts_by_email = alert_sensor("email", _HOME, _PORTALS)
