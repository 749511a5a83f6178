"""The sensors that tell an operator what turned bad, one for each way of delivery, off until it is set.

One each, because a sensor's cursor is what it has told, and moves only when the message was delivered: a way that
fails shows in its tick's error and is tried again at the next, and the other way says nothing twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import dagster as dg

from dagster_project.corpus import Corpus, clock_of
from dagster_project.defs.vocabulary import CRAWLING, portal_tag
from dagster_project.operations.alerts import Condition, Told, alert, digest
from dagster_project.operations.conditions import portal_conditions, reports_of_the_day
from dagster_project.operations.delivery import WAYS, ways_set
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.settings import load_settings

_INTERVAL_SECONDS = 60
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]


def alert_sensors(corpus: Corpus) -> list[dg.SensorDefinition]:
    """Return one sensor for each way of delivery."""
    return [alert_sensor(way, corpus.home, list(corpus.portals)) for way in WAYS]


def alert_sensor(way: str, home: Home, slugs: Sequence[str]) -> dg.SensorDefinition:
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
        now = clock_of(home).now()
        told = Told.model_validate_json(context.cursor) if context.cursor else Told.nothing(now, alerts.digest_at)
        jobs = context.repository_def.job_names if context.repository_def else ()
        present = {
            **portal_conditions(home, slugs, partial(_is_under_way, context.instance)),
            **job_conditions(context.instance, [job for job in jobs if not job.startswith("__")]),
        }
        message, after = alert(told, present)
        if message is None:  # one message a tick, so that none is told twice where the second fails
            message, after = digest(after, present, reports_of_the_day(home, slugs, now), now, alerts.digest_at)
        if message is not None:
            WAYS[way](alerts, message)
        said = f"told: {message.subject}" if message else "nothing turned bad or recovered"
        return dg.SensorResult(skip_reason=said, cursor=after.model_dump_json())

    return tell


def job_conditions(instance: dg.DagsterInstance, jobs: Iterable[str]) -> Mapping[str, Condition]:
    """Return how every job is that has ended, by the name that alerts give it."""
    found: dict[str, Condition] = {}
    for job in jobs:
        ended = instance.get_run_records(dg.RunsFilter(job_name=job, statuses=_ENDED), limit=1)
        if ended:
            found[f"job {job}"] = _of_run(instance, ended[0])
    return found


def _of_run(instance: dg.DagsterInstance, record: dg.RunRecord) -> Condition:
    run = record.dagster_run
    at = datetime.fromtimestamp(record.end_time or record.update_timestamp.timestamp(), UTC)
    if run.status == dg.DagsterRunStatus.SUCCESS:
        return Condition((), at)
    stats = instance.get_run_step_stats(run.run_id)
    steps = sorted(step.step_key for step in stats if step.status and step.status.value == "FAILURE")
    return Condition((f"run {run.run_id} failed{' in ' + ', '.join(steps) if steps else ''}",), at)


def _is_under_way(instance: dg.DagsterInstance, report: CrawlReport) -> bool:
    """Tell whether the run that a report is of may crawl the portal again: it does where that was unreachable."""
    if report.verdict != "unreachable":
        return False
    run = instance.get_run_by_id(report.run_id)
    return run is not None and not run.is_finished and run.tags.get(portal_tag(report.portal)) == CRAWLING
