"""What an operator is told, and when: once when something turns bad, once when it recovers, and a digest a day.

Pure: from what one way of delivery has told before and how things are now, to the message that is due. Not here: where
the conditions come from (`dagster_project.operations.conditions`, of jobs `dagster_project.defs.alerts`) and how a
message is delivered (`dagster_project.operations.delivery`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from dagster_project.operations.baselines import HEALTHY, NEWS_KINDS
from dagster_project.operations.plain_text import printable
from warehouse.clock import HANOI_TIME
from warehouse.records import CrawlReport

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Condition:
    """How a portal or a job is.

    Attributes:
        reasons: why it is bad, one line each; none where it is well.
        at: when that was found, with a time zone.
    """

    reasons: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be delivered.

    Attributes:
        event: `alert`, `digest` or `test`.
        fields: the same for a program to read.
    """

    event: str
    subject: str
    lines: tuple[str, ...]
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """A name that is the same when the same is delivered again, for receivers that want to know."""
        told = "\n".join((self.event, self.subject, *self.lines))
        return hashlib.sha256(told.encode()).hexdigest()[:32]


class Told(BaseModel):
    """What one way of delivery has told: the cursor of its sensor.

    Attributes:
        bad: since when those are bad that were told to be, by their name.
        digest_on: the day, in Hanoi, whose digest was told last.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bad: dict[str, datetime] = {}
    digest_on: date

    @classmethod
    def nothing(cls, now: datetime, digest_at: time) -> Told:
        """Return the beginning: the first digest is due the next time that its hour comes."""
        local = now.astimezone(HANOI_TIME)
        return cls(digest_on=local.date() if local.time() >= digest_at else local.date() - _DAY)


def alert(told: Told, present: Mapping[str, Condition]) -> tuple[Message | None, Told]:
    """Return the message about what turned bad or recovered, if any did, and what is told once it is delivered.

    Args:
        told: what was told before.
        present: by name, how everything is of which something is known; what is gone from it is forgotten silently.
    """
    turned = {name: found for name, found in present.items() if found.reasons and name not in told.bad}
    recovered = {name: told.bad[name] for name in sorted(told.bad) if name in present and not present[name].reasons}
    still = {name: since for name, since in told.bad.items() if name in present and present[name].reasons}
    after = told.model_copy(update={"bad": still | {name: found.at for name, found in turned.items()}})
    if not turned and not recovered:
        return None, after
    counts = [f"{len(names)} {what}" for names, what in ((turned, "turned bad"), (recovered, "recovered")) if names]
    lines = [line for name, found in sorted(turned.items()) for line in _bad(name, found.at, found.reasons)]
    lines += [f"recovered: {name}, bad since {_spelled(since)}" for name, since in recovered.items()]
    fields = {
        "turned_bad": [_fields(name, found.at, found.reasons) for name, found in sorted(turned.items())],
        "recovered": [_fields(name, since, ()) for name, since in recovered.items()],
    }
    return Message("alert", f"hanoi-corpus: {', '.join(counts)}", tuple(lines), fields), after


def digest(
    told: Told, present: Mapping[str, Condition], reports: Iterable[CrawlReport], now: datetime, digest_at: time
) -> tuple[Message | None, Told]:
    """Return the day's digest, where its hour has come and it was not told, and what is told once it is delivered.

    Args:
        told: what was told before.
        present: as of `alert`.
        reports: of the crawls that ended in the day before `now`, newest first for each portal.
        now: the time.
        digest_at: the hour, in Hanoi.
    """
    local = now.astimezone(HANOI_TIME)
    if local.time() < digest_at or told.digest_on >= local.date():
        return None, told
    of_portal: dict[str, list[CrawlReport]] = {}
    for report in reports:
        of_portal.setdefault(report.portal, []).append(report)
    news = {portal: [crawl for crawl in crawls if crawl.kind in NEWS_KINDS] for portal, crawls in of_portal.items()}
    last = {portal: crawls[0].verdict for portal, crawls in news.items() if crawls}
    articles_new = {portal: sum(crawl.articles_new for crawl in crawls) for portal, crawls in sorted(of_portal.items())}
    verdicts: dict[str, int] = dict(sorted(Counter[str](last.values()).items()))
    well = sum(verdict in HEALTHY for verdict in last.values())
    red = {name: (since, present[name].reasons) for name, since in sorted(told.bad.items()) if name in present}
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
    return Message("digest", subject, tuple(lines), fields), told.model_copy(update={"digest_on": local.date()})


def _bad(name: str, since: datetime, reasons: Sequence[str]) -> list[str]:
    return [f"bad: {name}, since {_spelled(since)}", *(f"  {_one_line(reason)}" for reason in reasons)]


def _fields(name: str, since: datetime, reasons: Sequence[str]) -> dict[str, Any]:
    return {"name": name, "since": since.isoformat(), "reasons": [_one_line(reason) for reason in reasons]}


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _spelled(moment: datetime) -> str:
    return f"{moment.astimezone(HANOI_TIME):%Y-%m-%d %H:%M}"


def _one_line(reason: str) -> str:
    """Return a reason, which may quote a portal, on one line and without control characters."""
    return " ".join(printable(reason).split())
