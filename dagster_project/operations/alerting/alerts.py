"""Decides which message is due: an alert when a portal or job turns bad or recovers, or the digest.

Belongs here: pure functions that compare the alerts already sent with the current conditions.
Does not belong here: the conditions of portals (`dagster_project.operations.alerting.conditions`) and of jobs
(`dagster_project.defs.alerts`), and delivery (`dagster_project.operations.alerting.delivery`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from dagster_project.operations.links import health_url
from dagster_project.operations.plain_text import hanoi_minute, one_line
from warehouse.clock import HANOI_TIME
from warehouse.records import HEALTHY_VERDICTS, REGULAR_KINDS, CrawlReport

_DAY = timedelta(days=1)
# Characters of one reason: a message of a failed process quotes its last lines of output.
_REASON_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition of a portal or a job.

    Attributes:
        reasons: why it is bad, one string per reason; empty if it is not bad.
        at: when that was found, with a time zone.
        is_said: whether another condition says why it is bad, so that it turns bad without a message.
    """

    reasons: tuple[str, ...]
    at: datetime
    is_said: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A message to deliver.

    Attributes:
        event: `alert`, `digest` or `test`.
        fields: the same content as JSON values.
    """

    event: str
    subject: str
    lines: tuple[str, ...]
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """A digest of the content: a message sent again has the same ID, so receivers can drop duplicates."""
        content = "\n".join((self.event, self.subject, *self.lines))
        return hashlib.sha256(content.encode()).hexdigest()[:32]


class AlertState(BaseModel):
    """The alerts that one delivery channel has sent: the cursor of its sensor, as JSON.

    Attributes:
        bad: since when portals and jobs are bad, by name; those reported as bad and not yet as recovered.
        digest_on: the date, in Hanoi, of the last digest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bad: dict[str, datetime] = {}
    digest_on: date

    @classmethod
    def initial(cls, now: datetime, digest_at: time) -> AlertState:
        """Return the state before any alert: the first digest is due at the next `digest_at`."""
        local = now.astimezone(HANOI_TIME)
        return cls(digest_on=local.date() if local.time() >= digest_at else local.date() - _DAY)


def alert(state: AlertState, present: Mapping[str, Condition]) -> tuple[Message | None, AlertState]:
    """Return the alert about new problems and recoveries, None if there are none, and the next state.

    A name that has no current condition any more is removed without a message.
    """
    turned = {
        name: found for name, found in present.items() if found.reasons and not found.is_said and name not in state.bad
    }
    recovered = {name: state.bad[name] for name in sorted(state.bad) if name in present and not present[name].reasons}
    still = {name: since for name, since in state.bad.items() if name in present and present[name].reasons}
    after = state.model_copy(update={"bad": still | {name: found.at for name, found in turned.items()}})
    if not turned and not recovered:
        return None, after
    counts = [f"{len(names)} {what}" for names, what in ((turned, "turned bad"), (recovered, "recovered")) if names]
    lines = [line for name, found in sorted(turned.items()) for line in _bad(name, found.at, found.reasons)]
    lines += [f"recovered: {name}, bad since {hanoi_minute(since)}" for name, since in recovered.items()]
    lines += [f"what to do: {health_url()}"] if turned else []
    fields = {
        "turned_bad": [_fields(name, found.at, found.reasons) for name, found in sorted(turned.items())],
        "recovered": [_fields(name, since, ()) for name, since in recovered.items()],
    }
    return Message("alert", f"hanoi-corpus: {', '.join(counts)}", tuple(lines), fields), after


def digest(
    state: AlertState, present: Mapping[str, Condition], reports: Iterable[CrawlReport], now: datetime, digest_at: time
) -> tuple[Message | None, AlertState]:
    """Return the day's digest, None if it is not due or was sent, and the state after its delivery.

    The digest is due at `digest_at`, Hanoi time. `reports` are those of crawls that ended in the 24 hours before `now`,
    newest first for each portal.
    """
    local = now.astimezone(HANOI_TIME)
    # A wrong clock may have sent the digest of a future day.
    if local.time() < digest_at or state.digest_on == local.date():
        return None, state
    articles, last = Counter[str](), dict[str, str]()
    for report in reports:
        articles[report.portal] += report.articles_new
        if report.kind in REGULAR_KINDS:
            last.setdefault(report.portal, report.verdict)
    articles_new = dict(sorted(articles.items()))
    verdicts = dict(sorted(Counter(last.values()).items()))
    well = sum(verdict in HEALTHY_VERDICTS for verdict in last.values())
    red = {name: (since, present[name].reasons) for name, since in sorted(state.bad.items()) if name in present}
    lines = [
        f"verdicts: {_counted(verdicts) or 'no portal was crawled'}",
        f"new articles: {_counted({portal: count for portal, count in articles_new.items() if count}) or 'none'}",
        *(line for name, (since, reasons) in red.items() for line in _bad(name, since, reasons)),
    ]
    subject = (
        f"hanoi-corpus, digest of {local:%Y-%m-%d}: {well} of {len(last)} portals well, "
        f"{sum(articles_new.values())} new articles, {len(red)} red"
    )
    fields = {
        "verdicts": verdicts,
        "articles_new": articles_new,
        "red": [_fields(name, since, reasons) for name, (since, reasons) in red.items()],
    }
    return Message("digest", subject, tuple(lines), fields), state.model_copy(update={"digest_on": local.date()})


def _bad(name: str, since: datetime, reasons: Sequence[str]) -> list[str]:
    return [f"bad: {name}, since {hanoi_minute(since)}", *(f"  {_one_line(reason)}" for reason in reasons)]


def _fields(name: str, since: datetime, reasons: Sequence[str]) -> dict[str, Any]:
    return {"name": name, "since": since.isoformat(), "reasons": [_one_line(reason) for reason in reasons]}


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _one_line(reason: str) -> str:
    """Return a reason as one line without control characters, since it may quote a portal."""
    return one_line(reason, _REASON_MAX)
