"""Portal files and settings: what people write by hand, and what a generator of YAML writes for them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from bench.fuzzing.pages import Case
from bench.fuzzing.targets.target import byte_target, require
from spiders.mirror import MIRROR_PORTALS
from spiders.portal import PortalError, load_portal
from warehouse.home import Home
from warehouse.settings import SettingsError, load_settings

_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SLUG: Final = "xa-thu"
_MESSAGE_MAX: Final = 20_000
_PORTAL: Final = """slug: xa-thu
name: "Cổng xã thử"
owner: {office: Ủy ban nhân dân xã, administrative_unit: xã Thử}
platform: generic
seed_urls: [https://xa.test/tin, "https://xa.test/thong-bao?page=1"]
feeds:
  - https://xa.test/rss.xml
sitemaps: [https://xa.test/sitemap.xml]
scope:
  hosts: [xa.test, www.xa.test]
  deny: ['^/en/']
formerly: [xacu.test]
article_patterns: ['-\\d+\\.html$']
templates:
  - {name: cũ, until: 2024-01-31, title: h1.t, body: "div.b > p", date: .ngay}
tier: weekly
politeness: {delay_seconds: 2.5, connections: 2, retry_delays_seconds: [1, 2, 3]}
tls: {minimum_version: "1.0", allow_old_ciphers: true}
expectations: {list_rows_min: 3, silence_days_max: 60}
active_from: 2025-01-01
active_until: 2030-12-31
verified_on: 2026-01-01
note: >-
  Ghi chú
"""
_SETTINGS: Final = """refetch:
  hourly: [2h, 6h, 1d]
  daily: [1d, 3d]
full_crawl_every: 30d
quiet_hours: ["07:30-08:30", "22:00-05:00"]
free_space_min_gb: 1.5
requests_per_host_per_day: 1000
alerts:
  webhook_url: https://hook.test/x
  digest_at: "07:30"
  email: {host: mail.test, port: 587, sender: a@xa.test, recipients: [b@xa.test]}
"""
_WORDS: Final = tuple(
    word.encode()
    for word in (
        "&a", "*a", "<<: *a", "&a [*a, *a]", "{", "}", "[", "]", "- ", "? ", ": ", "!!python/object:os.system x",
        "!!binary ", "!!set ", "!!timestamp ", "!!int ", "!!float ", "!!null ", "!x ", "|", ">", "%YAML 9.9", "---",
        "...",
        ".inf", ".nan", "-.inf", "0x1f", "0o17", "1_000", "1:30:00", "0b1", "~", "null", "yes", "'", '"', "#",
        "\t", "\x00",
        "\x85", "\ufeff", "\u2028", "\ud7ff", "2001-99-99", "9" * 5000, "1e999", "(a+)+$", "(?P<a>", "[", "a{99999}",
        "(?<=a*)b", "\\", "//*[@x", "p::before", "html", "http://[", "https://xa.test:99999/", "https://xa.test/á",
        "../../etc/passwd", "-----BEGIN CERTIFICATE-----", "slug", "scope", "hosts", "tls", "extra_certificates: [x]",
    )
)  # fmt: skip


def _portals() -> list[bytes]:
    return [
        _PORTAL.encode(),
        *(
            path.read_bytes().replace(path.stem.encode(), _SLUG.encode(), 1)
            for path in sorted(MIRROR_PORTALS.glob("*.yml"))
        ),
    ]


def _settings() -> list[bytes]:
    return [_SETTINGS.encode(), b"refetch: {}\n", b"{}\n"]


def _check_portal(case: Case) -> str:
    return _in_file(f"{_SLUG}.yml", case.body, _load_portal)


def _load_portal(path: Path) -> str:
    try:
        portal = load_portal(path)
    except PortalError as error:
        return _refused(str(error), path)
    require(portal.slug == _SLUG, "another slug")
    require(portal.start_urls, "no start")
    portal.is_active(date(2026, 1, 1))
    require(all(portal.scope.covers(url) for url in portal.start_urls), "starts outside the scope")
    portal.model_dump_json()
    return "valid"


def _check_settings(case: Case) -> str:
    return _in_file("settings.yml", case.body, _load_settings)


def _load_settings(path: Path) -> str:
    try:
        settings = load_settings(Home(path.parent))
    except SettingsError as error:
        return _refused(str(error), path)
    require(settings.free_space_min_bytes >= 0, "negative space")
    until = settings.quiet_until(_NOW)
    require(until is None or until > _NOW, "quiet hours in the past")
    settings.model_dump_json()
    return "valid"


def _refused(message: str, path: Path) -> str:
    require(str(path) in message, "refusal without the file")
    require(len(message) <= _MESSAGE_MAX, f"long refusal: {len(message)} characters")
    return "refused"


def _in_file(name: str, content: bytes, check: Callable[[Path], str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return check(path)


TARGETS: Final = (
    byte_target("portals", _portals, _check_portal, _WORDS),
    byte_target("settings", _settings, _check_settings, _WORDS),
)
