"""The operator's settings of a home, `settings.yml`: what may be said there, and the defaults.

Here: the file's model, and reading it with errors that name file, line and key. Not here: what one portal is asked
and how gently (its portal file), and secrets, which come from environment variables.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from warehouse import strict_yaml
from warehouse.clock import HANOI_TIME
from warehouse.home import Home
from warehouse.strict_yaml import Strict

SMTP_PASSWORD_VARIABLE = "HANOI_CORPUS_SMTP_PASSWORD"  # noqa: S105 - the variable's name
WEBHOOK_TOKEN_VARIABLE = "HANOI_CORPUS_WEBHOOK_TOKEN"  # noqa: S105 - the variable's name

_HOURS = {"h": 1, "d": 24, "w": 24 * 7}


class SettingsError(Exception):
    """A settings file that cannot be used; the message names file, line and key."""


def _duration(value: object) -> timedelta:
    found = re.fullmatch(r"([1-9]\d{0,4})([hdw])", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be a duration such as 6h, 2d or 3w")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


def _spelled_duration(value: timedelta) -> str:
    hours = round(value.total_seconds() / 3600)
    return f"{hours // 24}d" if hours % 24 == 0 else f"{hours}h"


def _time(value: object) -> time:
    # Without quotes YAML reads 17:30 as a number to the base of 60.
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError('must be a time such as "07:30", in quotes')
    return time.fromisoformat(value)


def _increasing(ages: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    if any(later <= earlier for earlier, later in pairwise(ages)):
        raise ValueError("each age must be greater than the one before")
    return ages


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an absolute http or https address")
    return value


def _address(value: str) -> str:
    # It is put into a message's header: one address, and no name beside it.
    if not re.fullmatch(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+", value):
        raise ValueError("must be an e-mail address such as crawler@example.org")
    return value


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(_spelled_duration)]
Ages: TypeAlias = Annotated[tuple[Duration, ...], AfterValidator(_increasing)]
TimeOfDay: TypeAlias = Annotated[time, BeforeValidator(_time), PlainSerializer(lambda value: f"{value:%H:%M}")]
Address: TypeAlias = Annotated[str, AfterValidator(_address)]


def _hours(*spelled: str) -> tuple[timedelta, ...]:
    return tuple(_duration(age) for age in spelled)


class Refetch(Strict):
    """The ages at which a known article is asked for again, by the tier of its portal."""

    hourly: Ages = _hours("2h", "6h", "1d", "3d", "7d", "30d")
    daily: Ages = _hours("1d", "3d", "7d", "30d")
    weekly: Ages = _hours("7d", "30d", "90d")


class QuietHours(Strict):
    """A part of every day in Hanoi's time; one that ends before it begins goes on past midnight."""

    begin: TimeOfDay
    end: TimeOfDay

    def left_at(self, moment: datetime) -> timedelta | None:
        """Return how long it still lasts at a moment with a time zone; None where it is not on then."""
        now = moment.astimezone(HANOI_TIME)
        since_midnight = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
        day = timedelta(days=1)
        begin, end = (timedelta(hours=at.hour, minutes=at.minute) for at in (self.begin, self.end))
        since_begin, length = (since_midnight - begin) % day, (end - begin) % day
        return length - since_begin if since_begin < length else None


def _quiet_hours(value: object) -> object:
    """Return the two times of a text such as `07:30-08:30`."""
    begin, dash, end = value.partition("-") if isinstance(value, str) else ("", "", "")
    times = begin.strip(), end.strip()
    if not dash or not all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", at) for at in times) or times[0] == times[1]:
        raise ValueError('must be two different times such as "07:30-08:30", in quotes')
    return {"begin": times[0], "end": times[1]}


Quiet: TypeAlias = Annotated[
    QuietHours,
    BeforeValidator(_quiet_hours),
    PlainSerializer(lambda quiet: f"{quiet.begin:%H:%M}-{quiet.end:%H:%M}"),
]


class Email(Strict):
    """The mail server that alerts go by, and to whom; its password is `HANOI_CORPUS_SMTP_PASSWORD`."""

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    starttls: bool = Field(default=True, description="encrypt, and verify the server's certificate")
    username: str | None = Field(default=None, description="none: the server wants no login")
    sender: Address
    recipients: tuple[Address, ...] = Field(min_length=1)


class Alerts(Strict):
    """Who is told when a portal turns bad; nobody where neither a webhook nor e-mail is set."""

    webhook_url: Annotated[str, AfterValidator(_http_url)] | None = None
    email: Email | None = None
    digest_at: TimeOfDay = Field(default=time(7), description="when the digest of the day before is sent, Hanoi time")

    @property
    def is_on(self) -> bool:
        """Whether there is anyone to tell."""
        return self.webhook_url is not None or self.email is not None


class Settings(Strict):
    """What the operator of a home decides."""

    refetch: Refetch = Refetch()
    full_crawl_every: Duration = Field(
        default=timedelta(days=30), description="a crawl follows every list to its end when the last such one is older"
    )
    quiet_hours: tuple[Quiet, ...] = Field(default=(), description="when no portal is asked for anything")
    free_space_min_gb: float = Field(default=2.0, ge=0, description="less than this, and no crawl or build begins")
    requests_per_host_per_day: int = Field(default=20_000, ge=1)
    alerts: Alerts = Alerts()

    @property
    def free_space_min_bytes(self) -> int:
        """How many bytes are to stay free on the home's disk."""
        return round(self.free_space_min_gb * 1_000_000_000)

    def quiet_until(self, moment: datetime) -> datetime | None:
        """Return when the quiet hours that are on at `moment` (with a time zone) end; None where none are.

        Hours that meet or overlap are one.
        """
        until = moment
        # Each hours can take the end on once; hours around the whole day would go on for ever.
        for _ in self.quiet_hours:
            left = [found for quiet in self.quiet_hours if (found := quiet.left_at(until)) is not None]
            until += max(left, default=timedelta())
        return until if until > moment else None


def load_settings(home: Home) -> Settings:
    """Return a home's settings; the defaults where it has no settings file.

    Raises:
        SettingsError: the file cannot be read, is no YAML, or says something the model does not know.
    """
    if not home.settings_file.exists():
        return Settings()
    try:
        return strict_yaml.read(home.settings_file, "a settings file").as_model(Settings)
    except strict_yaml.FileError as error:
        raise SettingsError(str(error)) from error
