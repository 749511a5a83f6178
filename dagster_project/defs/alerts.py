"""The alert sensors: one per delivery channel; each skips if settings.yml does not set its channel.

A sensor's cursor records which alerts its channel has sent, and changes only after a delivery. If a delivery fails, the
tick fails and the next tick retries it. Each channel has its own sensor, so the other channels send nothing twice.
Does not belong here: which message is due (`dagster_project.operations.alerts`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import dagster as dg

from dagster_project.corpus import Corpus, clock_of
from dagster_project.defs.vocabulary import CRAWLING, portal_tag
from dagster_project.operations.alerts import AlertState, Condition, alert, digest
from dagster_project.operations.conditions import file_conditions, portal_conditions, reports_of_the_day
from dagster_project.operations.delivery import CHANNELS, active_channels, check_credentials
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.settings import load_settings

_INTERVAL_SECONDS = 60
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]


def alert_sensors(corpus: Corpus) -> list[dg.SensorDefinition]:
    """Return one sensor per delivery channel."""
    return [alert_sensor(channel, corpus.home, corpus.slugs) for channel in CHANNELS]


def alert_sensor(channel: str, home: Home, slugs: Sequence[str]) -> dg.SensorDefinition:
    """Return the sensor that sends alerts over one delivery channel."""

    @dg.sensor(
        name=f"alerts_by_{channel}",
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Reports once by {channel} that a portal or job turned bad or recovered; sends the daily digest.",
    )
    def send_alerts(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        alerts = load_settings(home).alerts
        if channel not in active_channels(alerts):
            return dg.SkipReason(f"{home.settings_file} sets no alerts by {channel}")
        check_credentials(channel, alerts)  # now, not when the first message is due
        now = clock_of(home).now()
        initial = AlertState.initial(now, alerts.digest_at)
        state = AlertState.model_validate_json(context.cursor) if context.cursor else initial
        jobs = context.repository_def.job_names if context.repository_def else ()
        present = {
            **portal_conditions(home, slugs, partial(_will_be_retried, context.instance)),
            **file_conditions(Corpus.open(home).files, now),
            **job_conditions(context.instance, [job for job in jobs if not job.startswith("__")]),
        }
        message, after = alert(state, present)
        if message is None:  # one per tick: if a second one failed, the first would be sent again
            message, after = digest(after, present, reports_of_the_day(home, slugs, now), now, alerts.digest_at)
        if message is not None:
            CHANNELS[channel](alerts, message)
        result = f"sent: {message.subject}" if message else "nothing turned bad or recovered"
        return dg.SensorResult(skip_reason=result, cursor=after.model_dump_json())

    return send_alerts


def job_conditions(instance: dg.DagsterInstance, jobs: Iterable[str]) -> Mapping[str, Condition]:
    """Return the condition of each job that has a finished run, by the last one; keyed by name in alerts."""
    found: dict[str, Condition] = {}
    for job in jobs:
        ended = instance.get_run_records(dg.RunsFilter(job_name=job, statuses=_ENDED), limit=1)
        if ended:
            found[f"job {job}"] = _condition(instance, ended[0])
    return found


def _condition(instance: dg.DagsterInstance, record: dg.RunRecord) -> Condition:
    run = record.dagster_run
    at = datetime.fromtimestamp(record.end_time or record.update_timestamp.timestamp(), UTC)
    if run.status == dg.DagsterRunStatus.SUCCESS:
        return Condition((), at)
    stats = instance.get_run_step_stats(run.run_id)
    steps = sorted(step.step_key for step in stats if step.status and step.status.value == "FAILURE")
    return Condition((f"run {run.run_id} failed{' in ' + ', '.join(steps) if steps else ''}",), at)


def _will_be_retried(instance: dg.DagsterInstance, report: CrawlReport) -> bool:
    """Return whether the report's run may still retry the portal; a run retries unreachable portals."""
    if report.verdict != "unreachable":
        return False
    run = instance.get_run_by_id(report.run_id)
    return run is not None and not run.is_finished and run.tags.get(portal_tag(report.portal)) == CRAWLING
