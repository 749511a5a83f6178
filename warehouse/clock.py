"""The clock of a corpus; demos and tests set it ahead instead of waiting for days.

Belongs here: the clock that crawls, checks and reports use, and Hanoi's time zone.
Does not belong here: measuring durations (use `time.monotonic`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

HANOI_TIME = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam's time since 1975, without daylight saving time."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock with a fixed offset from the system clock.

    Attributes:
        ahead: the offset; negative if this clock is behind the system clock.
    """

    ahead: timedelta = timedelta()

    @classmethod
    def at(cls, moment: datetime) -> Clock:
        """Return a clock that shows `moment` now; `moment` must have a time zone."""
        return cls(moment - datetime.now(UTC))

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC) + self.ahead
