"""Why a run failed: errors with a message fail a step in words, and alerts read the words back.

Dagster wraps an exception of a step in one of its own, whose message is the first that a person sees; a
`dagster.Failure` is shown as it is.
Does not belong here: which alert is due (`dagster_project.operations.alerting.alerts`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dagster as dg

from warehouse.archive.upkeep.space import DiskAlmostFullError
from warehouse.errors import WarehouseError

# Errors whose message is all that an operator needs: the command line prints them without a traceback, too.
_IN_WORDS = (DiskAlmostFullError, WarehouseError)

_SAID_BY_PORTALS = "said_by_portals"


@dataclass(frozen=True, slots=True)
class FailedStep:
    """A step that failed a run.

    Attributes:
        reason: the message of its error; it may quote a portal, so it is untrusted.
        is_said_by_portals: whether the states of the portals say the same.
    """

    step: str
    reason: str
    is_said_by_portals: bool = False


@contextmanager
def in_words() -> Iterator[None]:
    """Turn an error with a message for operators into a failure of the step with that message.

    Raises:
        dagster.Failure: the block raised such an error.
    """
    try:
        yield
    except _IN_WORDS as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def said_by_portals(reason: str) -> dg.Failure:
    """Return the failure of a step for a reason that alerts on the portals say."""
    return dg.Failure(reason, metadata={_SAID_BY_PORTALS: True}, allow_retries=False)


def failed_steps(instance: dg.DagsterInstance, run_id: str) -> list[FailedStep]:
    """Return the steps that failed a run, in order; none if the run failed outside its steps."""
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    events = [record.event_log_entry.get_dagster_event() for record in records]
    return [_failed(event) for event in events]


def run_failure(instance: dg.DagsterInstance, run_id: str) -> str | None:
    """Return the message of a run's failure, such as of one whose process is gone; None if there is none."""
    found = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.RUN_FAILURE, limit=1, ascending=False)
    return found.records[0].event_log_entry.get_dagster_event().message if found.records else None


def _failed(event: dg.DagsterEvent) -> FailedStep:
    data = event.step_failure_data
    by_us, error = data.user_failure_data, data.error
    if by_us is not None and by_us.description:
        return FailedStep(str(event.step_key), by_us.description, _SAID_BY_PORTALS in (by_us.metadata or {}))
    while error is not None and error.cause is not None:  # of Dagster's own wrapping
        error = error.cause
    return FailedStep(str(event.step_key), error.message.strip() if error else "without an error")
