"""The clock of a corpus; demos and tests set it ahead instead of waiting for days.

Belongs here: the clock that crawls, checks and reports use, which times it can have shown, and Hanoi's time zone.
Does not belong here: measuring durations (use `time.monotonic`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from warehouse.errors import WarehouseError

HANOI_TIME = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam's time since 1975, without daylight saving time."""

WEB_FROM: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing was captured on the Web before."""

AHEAD_MAX: Final = timedelta(hours=1)
"""How far a time may lie in the future of the clock: clocks of machines differ by minutes."""

_ANNOUNCED_MAX: Final = timedelta(days=2)
# This program did not exist before. A machine without a battery for its clock starts in 1970 or at a fixed year.
_PROGRAM_FROM: Final = datetime(2026, 1, 1, tzinfo=UTC)
# Later times leave the calendar when something is added to them.
_CLOCK_UNTIL: Final = datetime(2999, 12, 31, tzinfo=UTC)
# `CLOCK_BOOTTIME` goes on while a machine is suspended, as `CLOCK_MONOTONIC` does not.
_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class WrongClockError(WarehouseError):
    """This machine's clock cannot be right; the message says what it shows."""


def is_possible(at: datetime, now: datetime) -> bool:
    """Tell whether something can have happened at a time; both have a time zone."""
    return at >= WEB_FROM and at - now <= AHEAD_MAX


def is_publishable(at: datetime, now: datetime) -> bool:
    """Tell whether a page can rightly say at a time `now` that it was, or will be, published at another.

    Offices announce things of tomorrow, and not those of the day after.
    """
    return at >= WEB_FROM and at - now <= _ANNOUNCED_MAX


def check_clock(now: datetime) -> None:
    """Check what the clock shows before anything is decided by it.

    Raises:
        WrongClockError: it shows a time before this program existed, by which everything in the archive is future, or
            one after the year 2999.
    """
    if not _PROGRAM_FROM <= now < _CLOCK_UNTIL:
        why = "before this program existed" if now < _PROGRAM_FROM else "after the year 2999"
        raise WrongClockError(
            f"this machine's clock shows {now:%Y-%m-%d %H:%M} UTC, which is {why}. Nothing was "
            "done: set the clock right (`timedatectl` shows whether it is kept right), and run the command again."
        )


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

    @property
    def moved(self) -> timedelta:
        """How far the system clock was moved since this clock was made, as far as it can tell."""
        return timedelta()

    def steady(self) -> Clock:
        """Return a clock that shows the same time now, and goes on evenly if the system clock is moved."""
        return _SteadyClock(self.ahead, began_at=datetime.now(UTC) + self.ahead, began=time.clock_gettime(_STEADY))


@dataclass(frozen=True, slots=True)
class _SteadyClock(Clock):
    """A clock that a move of the system clock leaves alone.

    Attributes:
        began_at: the time when it was made.
        began: the steady clock of the machine then, in seconds.
    """

    began_at: datetime = field(kw_only=True)
    began: float = field(kw_only=True)

    def now(self) -> datetime:
        return self.began_at + timedelta(seconds=time.clock_gettime(_STEADY) - self.began)

    @property
    def moved(self) -> timedelta:
        return datetime.now(UTC) + self.ahead - self.now()
