"""What time it is, as one corpus reckons it.

Here: the clock that crawls, checks and reports ask. Not here: measuring how long something takes, which is the
monotonic clock's business. A demo or a test shifts the clock, so that days pass without waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

HANOI_TIME = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam has had no other time, and no daylight saving, since 1975."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that runs as fast as the world's, ahead of it or behind it by a fixed time.

    Attributes:
        ahead: how far ahead of the world it is; negative where it is behind.
    """

    ahead: timedelta = timedelta()

    @classmethod
    def at(cls, moment: datetime) -> Clock:
        """Return the clock that shows `moment`, which must have a time zone, now."""
        return cls(moment - datetime.now(UTC))

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC) + self.ahead
