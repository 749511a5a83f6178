"""The alert sensors: one per delivery channel; each skips if settings.yml does not set its channel.

A sensor's cursor records which alerts its channel has sent, and changes only after a delivery. If a delivery fails, the
tick fails and the next tick retries it. Each channel has its own sensor, so the other channels send nothing twice.
Does not belong here: which message is due (`dagster_project.operations.alerting.alerts`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import dagster as dg

from dagster_project.corpus import Corpus, clock_of
from dagster_project.defs.vocabulary import CRAWL_STEP
from dagster_project.operations.alerting.alerts import AlertState, Condition, alert, digest
from dagster_project.operations.alerting.conditions import file_conditions, portal_conditions, reports_of_the_day
from dagster_project.operations.alerting.delivery import CHANNELS, active_channels, check_credentials
from dagster_project.operations.plain_text import one_line
from dagster_project.operations.states import corpus_state
from dagster_project.runs.failures import failed_steps, run_failure
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.settings import load_settings

_INTERVAL_SECONDS = 60
# Characters of a step's error: the guard's names every figure, and dbt's quotes many lines.
_REASON_MAX = 500
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
        corpus = Corpus.open(home)
        present = {
            **portal_conditions(corpus_state(corpus, slugs, partial(_will_be_retried, context.instance)), now),
            **file_conditions(corpus.files, now),
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
    """Return the condition of each job that has a finished run, by the last one; keyed by name in alerts.

    If nothing failed but the crawls of all its portals, the conditions of crawls and portals say why.
    """
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
    steps = failed_steps(instance, run.run_id)
    reasons = tuple(f"{step.step}: {one_line(step.reason, _REASON_MAX)} (run {run.run_id})" for step in steps)
    if not reasons:
        message = one_line(run_failure(instance, run.run_id), _REASON_MAX)
        reasons = (f"run {run.run_id} failed: {message or 'no reason is recorded'}",)
    return Condition(reasons, at, is_said=bool(steps) and all(step.is_said_by_portals for step in steps))


def _will_be_retried(instance: dg.DagsterInstance, report: CrawlReport) -> bool:
    """Return whether the report's run may retry the portal: it does so until its crawl step has ended."""
    if report.verdict != "unreachable":
        return False
    run = instance.get_run_by_id(report.run_id)
    if run is None or run.is_finished:
        return False
    return any(step.end_time is None for step in instance.get_run_step_stats(run.run_id, [CRAWL_STEP]))
