"""The operator's settings: defaults, valid values, and errors that name file, line and key."""

from __future__ import annotations

import os
import traceback
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import yaml

from dagster_project.cli.operator import show_settings
from warehouse.clock import HANOI_TIME
from warehouse.home import HOME_VARIABLE, Home
from warehouse.settings import Settings, SettingsError, load_settings, machine_memory_bytes, settings_or_defaults

FULL = """\
refetch:
  hourly: [1h, 6h, 1d]
  daily: [2d, 1w]
full_crawl_every: 3w
quiet_hours: ["07:30-08:30", "23:00-01:00"]
free_space_min_gb: 10
requests_per_host_per_day: 500
alerts:
  webhook_url: https://hooks.example.org/services/T0/B0
  email:
    host: mail.example.org
    username: corpus
    sender: corpus@example.org
    recipients: [an@example.org, binh@example.org]
  digest_at: "06:45"
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def settings_of(home: Home, text: str) -> Settings:
    home.settings_file.write_text(text, encoding="utf-8")
    return load_settings(home)


def test_without_a_file_the_defaults_are_used(home: Home) -> None:
    settings = load_settings(home)
    assert settings == Settings()
    assert [age / timedelta(hours=1) for age in settings.refetch.hourly] == [2, 6, 24, 72, 168, 720]
    assert [age.days for age in settings.refetch.daily] == [1, 3, 7, 30]
    assert [age.days for age in settings.refetch.weekly] == [7, 30, 90]
    assert settings.full_crawl_every == timedelta(days=30)
    assert (settings.alerts.webhook_url, settings.alerts.email) == (None, None)


@pytest.mark.parametrize(
    ("groups", "own", "limit"),
    [
        ({}, "0::/", None),
        ({"memory.max": "max"}, "0::/", None),
        ({"memory.max": "4000000000"}, "0::/", 4_000_000_000),
        # A limit of a group counts for the groups within it, and the least of all.
        ({"a/memory.max": "3000000000", "a/b/memory.max": "max"}, "0::/a/b", 3_000_000_000),
        ({"a/memory.max": "3000000000", "a/b/memory.max": "2000000000"}, "0::/a/b", 2_000_000_000),
        ({"memory/a/memory.limit_in_bytes": "1500000000"}, "4:cpu,memory:/a\n0::/", 1_500_000_000),
        ({"memory/memory.limit_in_bytes": "1400000000"}, "4:memory:/of/the/host", 1_400_000_000),
    ],
)
def test_the_memory_is_that_of_the_machine_or_the_container(
    tmp_path: Path, groups: dict[str, str], own: str, limit: int | None
) -> None:
    for name, value in groups.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
    (tmp_path / "own").write_text(f"{own}\n", encoding="utf-8")
    machine = machine_memory_bytes(tmp_path, tmp_path / "none")
    assert machine == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert machine_memory_bytes(tmp_path, tmp_path / "own") == (limit or machine)


@pytest.mark.parametrize(("machine", "limit"), [(8_000_000_000, 2_000_000_000), (1_000_000_000, 500_000_000)])
def test_duckdb_may_use_a_quarter_of_the_memory_or_what_is_set(
    home: Home, monkeypatch: pytest.MonkeyPatch, machine: int, limit: int
) -> None:
    monkeypatch.setattr("warehouse.settings.machine_memory_bytes", lambda: machine)
    assert load_settings(home).memory_limit_bytes == limit
    assert settings_of(home, "memory_limit_gb: 0.256").memory_limit_bytes == 256_000_000
    home.settings_file.write_text("memory_limit_gb: much", encoding="utf-8")
    assert settings_or_defaults(home).memory_limit_bytes == limit


def test_the_file_overrides_defaults(home: Home) -> None:
    settings = settings_of(home, FULL)
    assert settings.refetch.hourly == (timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
    assert settings.refetch.daily == (timedelta(days=2), timedelta(weeks=1))
    assert settings.refetch.weekly == Settings().refetch.weekly
    assert settings.full_crawl_every == timedelta(weeks=3)
    assert settings.free_space_min_gb == 10
    assert settings.requests_per_host_per_day == 500
    assert settings.alerts.digest_at == time(6, 45)
    assert settings.alerts.email is not None
    assert (settings.alerts.email.port, settings.alerts.email.starttls) == (587, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("refetch: {hourly: [2 hours]}", "1: refetch.hourly.0: must be a duration such as 6h, 2d or 3w"),
        ("refetch:\n  daily:\n    - 3d\n    - 1d\n", "2: refetch.daily: each age must be greater than the one before"),
        ("full_crawl_every: 30", "1: full_crawl_every: must be a duration such as 6h, 2d or 3w"),
        ("full_crawl_every: 0d", "1: full_crawl_every: must be a duration such as 6h, 2d or 3w"),
        ("quiet_hours: [07:30]", '1: quiet_hours.0: must be two different times such as "07:30-08:30"'),
        ('quiet_hours: ["07:30-07:30"]', "1: quiet_hours.0: must be two different times"),
        ("alerts:\n  digest_at: 25:30", '2: alerts.digest_at: must be a time such as "07:30"'),
        ("alerts: {webhook_url: hooks.example.org}", "1: alerts.webhook_url: must be an absolute http or https"),
        (
            "alerts:\n  email:\n    host: a\n    sender: An <a@b>\n    recipients: [a@b]",
            "4: alerts.email.sender: must be",
        ),
        (
            'alerts: {email: {host: a, sender: a@b, recipients: ["a@b\\nBcc: c@d"]}}',
            "1: alerts.email.recipients.0: must",
        ),
        ("alerts: {email: {host: a, sender: a@b, recipients: []}}", "1: alerts.email.recipients: Tuple should have"),
        ('alerts: {email: {host: "a b", sender: a@b, recipients: [a@b]}}', "1: alerts.email.host: String should match"),
        ("requests_per_host_per_day: yes", "1: requests_per_host_per_day: must not be yes or no"),
        ("refech: {}", "1: refech: unknown key"),
        ("free_space_min_gb: 1\nfree_space_min_gb: 2", "2: free_space_min_gb: the key is given twice"),
        ("- a", "1: a settings file must be a mapping of keys to values"),
        ("refetch: [", "1: "),
    ],
)
def test_a_fault_is_reported_with_file_line_and_key(home: Home, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_of(home, text)
    assert str(caught.value).startswith(f"{home.settings_file}:{message}")


@pytest.mark.parametrize(
    ("hour", "minute", "left_minutes"),
    [(7, 29, None), (7, 30, 60), (8, 29, 1), (8, 30, None), (23, 0, 120), (0, 59, 1), (1, 0, None), (22, 59, None)],
)
def test_quiet_hours_are_in_hanoi_time_and_may_span_midnight(
    home: Home, hour: int, minute: int, left_minutes: int | None
) -> None:
    settings = settings_of(home, FULL)
    moment = datetime(2026, 9, 14, hour, minute, tzinfo=HANOI_TIME).astimezone(UTC)
    until = settings.quiet_until(moment)
    assert until == (None if left_minutes is None else moment + timedelta(minutes=left_minutes))


@pytest.mark.parametrize(
    ("hours", "until"),
    [
        pytest.param('"22:00-00:00", "00:00-06:00"', (15, 6), id="that meet at midnight"),
        pytest.param('"00:00-06:00", "22:00-00:00"', (15, 6), id="whatever their order"),
        pytest.param('"21:00-23:30", "23:00-04:00"', (15, 4), id="that overlap"),
        pytest.param('"22:00-23:30", "23:31-04:00"', (14, 23.5), id="that do not meet"),
    ],
)
def test_adjacent_quiet_hours_are_merged(home: Home, hours: str, until: tuple[int, float]) -> None:
    settings = settings_of(home, f"quiet_hours: [{hours}]")
    day, hour = until
    end = datetime(2026, 9, day, tzinfo=HANOI_TIME) + timedelta(hours=hour)
    assert settings.quiet_until(datetime(2026, 9, 14, 23, tzinfo=HANOI_TIME)) == end


def test_quiet_hours_around_the_whole_day_still_end(home: Home) -> None:
    settings = settings_of(home, 'quiet_hours: ["00:00-12:00", "12:00-00:00"]')
    assert settings.quiet_until(datetime(2026, 9, 14, 1, tzinfo=HANOI_TIME)) is not None


def test_the_dumped_settings_are_a_valid_settings_file(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_of(home, FULL)
    monkeypatch.setenv(HOME_VARIABLE, str(home.root))
    show_settings()
    printed = capsys.readouterr()
    assert f"{home.settings_file}: as the file says" in printed.err
    assert yaml.safe_load(printed.out)["quiet_hours"] == ["07:30-08:30", "23:00-01:00"]
    dumped = settings_of(home, printed.out.replace("hooks.example.org/**********", "hooks.example.org/services/T0/B0"))
    assert dumped == settings


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://a.test/Geheim7",
            "Geheim7",
            "https:///Geheim7",
            "https://a.test/Geheim7 x",
            "https://a.test/Gehe\u00ef7",
        ),
        *("https://a.test:Geheim7/", "https://a.test:0/Geheim7", "https://[Geheim7/", "https://a.test/Geheim7\\x00"),
        *("https://ａ／b.test/Geheim7", "https://a.test:99999/Geheim7"),
    ],
)
def test_an_invalid_webhook_is_refused_without_showing_it(home: Home, url: str) -> None:
    reason = "webhook_url: must be an absolute http or https URL|2: a value holds a control character"
    with pytest.raises(SettingsError, match=reason) as caught:
        settings_of(home, f'alerts:\n  webhook_url: "{url}"\n')
    assert "Gehe" not in "".join(traceback.format_exception(caught.value))


def test_a_file_that_is_no_yaml_is_not_quoted(home: Home) -> None:
    text = "alerts:\n  webhook_url: https://a.test/Geheim7: {\n"
    with pytest.raises(SettingsError) as caught:
        settings_of(home, text)
    assert "Geheim7" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "key", ["https://a.test/Geheim7: x", "alerts:\n  https://a.test/Geheim7:", "a/Geheim7: 1\na/Geheim7: 2"]
)
def test_an_address_in_the_place_of_a_key_is_not_quoted(home: Home, key: str) -> None:
    with pytest.raises(SettingsError, match=r"unknown key|given twice") as caught:
        settings_of(home, key)
    assert "Geheim7" not in "".join(traceback.format_exception(caught.value))


def test_the_webhook_stands_in_no_text_of_the_settings(home: Home) -> None:
    settings = settings_of(home, FULL)
    for text in (repr(settings), str(settings), settings.model_dump_json(), repr(settings.model_dump())):
        assert "T0" not in text


@pytest.mark.parametrize("place", ["a.test", "a.test:8443", "[::1]:8443"])
def test_of_a_webhook_only_the_place_is_shown(home: Home, place: str) -> None:
    settings = settings_of(home, f"alerts:\n  webhook_url: https://ten:Geheim7@{place}/Geheim8?a=Geheim9\n")
    assert settings.model_dump(mode="json")["alerts"]["webhook_url"] == f"https://{place}/**********"


def test_a_user_name_that_no_login_can_send_is_refused(home: Home) -> None:
    with pytest.raises(SettingsError, match="username: must have ASCII characters only"):
        settings_of(home, FULL.replace("username: corpus", "username: người"))
