"""The operator's settings, the file `settings.yml` in the home folder: the keys and their defaults.

Belongs here: the file's model, and reading the file.
Does not belong here: settings of one portal (its portal file), and secrets, which come from environment variables.
"""

from __future__ import annotations

import os
import re
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, SecretStr

from warehouse import strict_yaml
from warehouse.clock import HANOI_TIME
from warehouse.errors import InputError
from warehouse.home import Home
from warehouse.strict_yaml import Strict

SMTP_PASSWORD_VARIABLE = "HANOI_CORPUS_SMTP_PASSWORD"  # noqa: S105 - the variable's name
WEBHOOK_TOKEN_VARIABLE = "HANOI_CORPUS_WEBHOOK_TOKEN"  # noqa: S105 - the variable's name

# A build has as much again beside DuckDB, in Python; the crawls, Dagster and the disk's cache need the other half.
_MEMORY_SHARE = 0.25
_MEMORY_MIN_BYTES = 500_000_000
# The limits of the container or service: of version 2 of control groups, and of version 1.
_CGROUP_LIMITS = (("", "memory.max"), ("memory", "memory.limit_in_bytes"))

_HOURS = {"h": 1, "d": 24, "w": 24 * 7}
# Longer ones would reach back before the first year that a date can have.
_DURATION_MAX = timedelta(days=36_525)


class SettingsError(InputError):
    """A settings file that cannot be used; the message names the file and, if known, line and key."""


def _duration(value: object) -> timedelta:
    found = re.fullmatch(r"([1-9]\d{0,4})([hdw])", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be a duration such as 6h, 2d or 3w")
    duration = timedelta(hours=int(found[1]) * _HOURS[found[2]])
    if duration > _DURATION_MAX:
        raise ValueError("must be at most 100 years")
    return duration


def _duration_text(value: timedelta) -> str:
    hours = round(value.total_seconds() / 3600)
    return f"{hours // 24}d" if hours % 24 == 0 else f"{hours}h"


def _time(value: object) -> time:
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError('must be a time such as "07:30"')
    return time.fromisoformat(value)


def _increasing(ages: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    if any(later <= earlier for earlier, later in pairwise(ages)):
        raise ValueError("each age must be greater than the one before")
    return ages


def _secret_url(secret: SecretStr) -> SecretStr:
    # A chat service puts its secret into path or query; the messages must not show any part of the URL.
    value = secret.get_secret_value()
    try:
        parts = urlsplit(value)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or not re.fullmatch(r"[!-~]+", value):
        raise ValueError("must be an absolute http or https URL of ASCII characters without spaces")
    return secret


def _shown_url(secret: SecretStr) -> str:
    parts = urlsplit(secret.get_secret_value())
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{secret}"


def _user_name(value: str) -> str:
    if not re.fullmatch(r"[ -~]+", value):
        raise ValueError("must have ASCII characters only: the login of mail servers knows no others")
    return value


def _address(value: str) -> str:
    # The address goes into a message header, so it must be a single address without a display name.
    if not re.fullmatch(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+", value):
        raise ValueError("must be an e-mail address such as crawler@example.org")
    return value


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(_duration_text)]
Ages: TypeAlias = Annotated[tuple[Duration, ...], AfterValidator(_increasing)]
TimeOfDay: TypeAlias = Annotated[time, BeforeValidator(_time), PlainSerializer(lambda value: f"{value:%H:%M}")]
Address: TypeAlias = Annotated[str, AfterValidator(_address)]
SecretUrl: TypeAlias = Annotated[SecretStr, AfterValidator(_secret_url), PlainSerializer(_shown_url, when_used="json")]


def _ages(*texts: str) -> tuple[timedelta, ...]:
    return tuple(_duration(age) for age in texts)


class Refetch(Strict):
    """The ages at which a known article is refetched, for each tier of portals."""

    hourly: Ages = _ages("2h", "6h", "1d", "3d", "7d", "30d")
    daily: Ages = _ages("1d", "3d", "7d", "30d")
    weekly: Ages = _ages("7d", "30d", "90d")


class QuietHours(Strict):
    """A period of every day in Hanoi time; if `end` is before `begin`, the period spans midnight."""

    begin: TimeOfDay
    end: TimeOfDay

    def left_at(self, moment: datetime) -> timedelta | None:
        """Return the time from `moment` (with a time zone) to the end; None if `moment` is not in the period."""
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
        raise ValueError('must be two different times such as "07:30-08:30"')
    return {"begin": times[0], "end": times[1]}


Quiet: TypeAlias = Annotated[
    QuietHours,
    BeforeValidator(_quiet_hours),
    PlainSerializer(lambda quiet: f"{quiet.begin:%H:%M}-{quiet.end:%H:%M}"),
]


class Email(Strict):
    """The mail server and recipients of alerts; the server's password is in `HANOI_CORPUS_SMTP_PASSWORD`."""

    host: str = Field(pattern=r"^\S+$")
    port: int = Field(default=587, ge=1, le=65535)
    starttls: bool = Field(default=True, description="encrypt, and verify the server's certificate")
    username: Annotated[str, AfterValidator(_user_name)] | None = Field(
        default=None, description="none if the server requires no login"
    )
    sender: Address
    recipients: tuple[Address, ...] = Field(min_length=1)


class Alerts(Strict):
    """Where alerts are sent: a webhook, e-mail, both or neither."""

    webhook_url: SecretUrl | None = None
    email: Email | None = None
    digest_at: TimeOfDay = Field(default=time(7), description="when the digest of the day before is sent, Hanoi time")


class Releases(Strict):
    """Which releases are kept; one is deleted only if neither rule keeps it and it is not pinned."""

    keep_count: int = Field(default=10, ge=1, le=10**6, description="the newest ones, however old")
    keep_for: Duration = Field(default=timedelta(days=30), description="all that are younger, however many")


class Settings(Strict):
    """The settings of a home."""

    refetch: Refetch = Refetch()
    full_crawl_every: Duration = Field(
        default=timedelta(days=30), description="a crawl is a full one when the last full crawl is older than this"
    )
    quiet_hours: tuple[Quiet, ...] = Field(default=(), description="when no requests are sent to portals")
    free_space_min_gb: float = Field(
        default=2.0, ge=0, le=10**6, description="no crawl or build starts with less free space"
    )
    memory_limit_gb: float | None = Field(
        default=None,
        ge=0.1,
        le=10**6,
        description="what DuckDB may use in a build; by default a quarter of the machine's memory, and at least 0.5",
    )
    requests_per_host_per_day: int = Field(default=20_000, ge=1, le=10**9)
    releases: Releases = Releases()
    alerts: Alerts = Alerts()

    @property
    def free_space_min_bytes(self) -> int:
        """The bytes that must stay free on the home's disk."""
        return round(self.free_space_min_gb * 1_000_000_000)

    @property
    def memory_limit_bytes(self) -> int:
        """The bytes of memory that DuckDB may use in a build; beyond them it writes to the disk."""
        if self.memory_limit_gb is not None:
            return round(self.memory_limit_gb * 1_000_000_000)
        return max(round(machine_memory_bytes() * _MEMORY_SHARE), _MEMORY_MIN_BYTES)

    def quiet_until(self, moment: datetime) -> datetime | None:
        """Return when the quiet hours at `moment` (with a time zone) end; None outside quiet hours.

        Adjacent and overlapping quiet hours count as one.
        """
        until = moment
        # One pass per entry is enough; a loop until nothing changes would never end if entries cover the whole day.
        for _ in self.quiet_hours:
            left = [found for quiet in self.quiet_hours if (found := quiet.left_at(until)) is not None]
            until += max(left, default=timedelta())
        return until if until > moment else None


def machine_memory_bytes(cgroups: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> int:
    """Return the bytes of memory of this machine; of the container or service it is in, if fewer."""
    found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for line in own.read_text(encoding="utf-8").splitlines() if own.exists() else ():
        _, controllers, path = line.split(":", 2)
        for controller, name in _CGROUP_LIMITS:
            if controller in controllers.split(","):
                # A group has no more than the groups that it is in; within a container, its own is the outermost.
                group = cgroups / controller / path.lstrip("/")
                for folder in (group, *group.parents):
                    if folder.is_relative_to(cgroups / controller):
                        found += _numbers(folder / name)
    return min(found)


def _numbers(file: Path) -> list[int]:
    try:
        return [int(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError):  # there is no limit: no such file, or `max`
        return []


def settings_or_defaults(home: Home) -> Settings:
    """Return a home's settings; the defaults if the file is wrong, which stops no build."""
    try:
        return load_settings(home)
    except SettingsError:
        return Settings()


def load_settings(home: Home) -> Settings:
    """Return a home's settings; the defaults if it has no settings file.

    Raises:
        SettingsError: the file cannot be read, is not valid YAML, or does not fit the model.
    """
    if not os.path.lexists(home.settings_file):  # a link that leads nowhere is an error, not a missing file
        return Settings()
    try:
        return strict_yaml.read(home.settings_file, "a settings file").as_model(Settings)
    except strict_yaml.FileError as error:
        # Without the errors that led to it: they quote the file, which may hold the secret URL of a webhook.
        raise SettingsError(str(error)) from None
