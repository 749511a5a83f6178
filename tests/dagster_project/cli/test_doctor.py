"""`hanoi-corpus doctor`: what it finds wrong, its way out and its exit code; no host gets a request."""

from __future__ import annotations

import json
import os
import platform
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

import pytest
import trustme

from dagster_project.corpus import PORTALS_VARIABLE, DemoCorpus
from dagster_project.diagnosis import installation, network
from dagster_project.diagnosis.installation import wrong_dependencies
from dagster_project.diagnosis.network import Target, examine_network, targets_of
from spiders.crawl.settings import CONTACT_VARIABLE
from spiders.portal import Tls, portal_of_platform
from tests.dagster_project.cli.commands import Command
from tests.spiders.fetch.connection.test_tls import served, server_context
from tests.warehouse.archive.warc.warc_files import write_warc
from warehouse.archive.files import PART_SUFFIX
from warehouse.archive.index.build import update_index
from warehouse.archive.index.reports import crawl_reports, report_json
from warehouse.home import Home
from warehouse.settings import WEBHOOK_TOKEN_VARIABLE


@pytest.fixture(autouse=True)
def contact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what a sound installation has."""
    monkeypatch.setenv(CONTACT_VARIABLE, "https://example.org/about-our-crawler")
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def levels(command: Command, *options: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """Return the exit code, and by topic the level and what was found."""
    done = command("doctor", "--json", *(options or ("--offline",)))
    said = [json.loads(line) for line in done.out.splitlines()]
    assert all(one.keys() == {"topic", "level", "found", "way_out"} for one in said)
    return done.status, {one["topic"]: (one["level"], f"{one['found']} -> {one['way_out']}") for one in said}


def test_a_sound_installation_passes_and_nothing_is_left_behind(home: Home, command: Command) -> None:
    home.root.mkdir()
    status, said = levels(command)
    assert status == 0
    assert {topic for topic, (level, _) in said.items() if level == "fail"} == set()
    assert {*("python", "dependencies", "programs", "dbt manifest", "home", "disk", "temporary files", "clock"),
            *("settings", "alerts", "portal files", "contact", "locks", "network")} <= said.keys()  # fmt: skip
    assert list(home.root.iterdir()) == []
    text = command("doctor", "--offline")
    assert text.status == 0
    assert [line.split()[0] for line in text.out.splitlines() if not line.startswith(" ")].count("ok") >= 10


def test_a_home_that_does_not_exist_is_not_made(home: Home, command: Command) -> None:
    assert levels(command)[1]["home"][0] == "ok"
    assert not home.root.exists()


def test_a_demo_home_needs_no_network_and_no_contact(
    home: Home, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(CONTACT_VARIABLE)
    DemoCorpus.begin_day(home, 1)
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("a connection"))
    status, said = levels(command, "--json")
    assert status == 0
    assert (said["network"][0], said["contact"][0]) == ("ok", "ok")


def test_each_fault_of_settings_and_files_is_named_with_a_way_out(
    home: Home, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.root.mkdir()
    home.settings_file.write_text("quiet: 1\n", encoding="utf-8")
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "nowhere"))
    monkeypatch.setenv(CONTACT_VARIABLE, "nobody")
    status, said = levels(command)
    assert status == 3
    assert said["settings"] == ("fail", f"{home.settings_file}:1: quiet: unknown key -> docs/operate.md#settings")
    assert said["portal files"][0] == said["contact"][0] == "fail"
    assert str(tmp_path / "nowhere") in said["portal files"][1]
    assert command("doctor", "--offline").status == 3


def test_credentials_of_alerts_are_checked_and_not_shown(
    home: Home, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.root.mkdir()
    home.settings_file.write_text("alerts: {webhook_url: 'https://a.invalid/Geheim1'}\n", encoding="utf-8")
    assert levels(command)[1]["alerts"][0] == "ok"
    monkeypatch.setenv(WEBHOOK_TOKEN_VARIABLE, "Geheim2 ")
    status, said = levels(command)
    assert (status, said["alerts"][0]) == (3, "fail")
    assert "Geheim" not in str(said)


def test_too_little_space_fails(home: Home, command: Command) -> None:
    home.root.mkdir()
    home.settings_file.write_text("free_space_min_gb: 900000\n", encoding="utf-8")
    status, said = levels(command)
    assert (status, said["disk"][0]) == (3, "fail")


def test_folders_of_another_user_fail(home: Home, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    (home.warc / "my-duc").mkdir(parents=True)
    monkeypatch.setattr(os, "geteuid", lambda: home.root.stat().st_uid + 1)
    status, said = levels(command)
    assert (status, said["home"][0]) == (3, "fail")
    for folder in (home.root, home.root / "archive", home.warc, home.warc / "my-duc"):
        assert f"{folder} is owned by user" in said["home"][1]


def test_clocks_that_disagree_fail(home: Home, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    home.root.mkdir()
    true = time.time
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: true() + 3600)
        status, said = levels(command)
    assert (status, said["clock"][0]) == (3, "fail")
    assert "file system differs by -3600 seconds" in said["clock"][1]
    write_warc(home)
    update_index(home)
    (file,) = (home.root / "archive" / "crawls" / "my-duc").glob("*.json")
    (report,) = crawl_reports(home, "my-duc")
    later = replace(report, ended_at=datetime.now(UTC) + timedelta(days=2))
    file.write_text(report_json(later), encoding="utf-8")
    assert "the archive has a crawl of my-duc that ended at" in levels(command)[1]["clock"][1]


def test_what_killed_processes_left_is_named(home: Home, command: Command) -> None:
    (home.warc / "my-duc").mkdir(parents=True)
    part = home.warc / "my-duc" / f"a.warc.gz{PART_SUFFIX}"
    part.write_bytes(b"")
    status, said = levels(command)
    assert (status, said["unfinished crawl"][0]) == (0, "warn")
    assert str(part) in said["unfinished crawl"][1]


def test_dependencies_that_are_missing_or_old_fail(
    home: Home, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(wrong_dependencies()) == []
    wanted = ["duckdb>=900", "no-such-package>=1", "pyyaml>=1", "tomli>=9; python_version < '3'", "rich; extra == 'x'"]
    monkeypatch.setattr(installation, "requires", lambda _name: wanted)
    assert list(wrong_dependencies()) == [
        f"duckdb is {metadata.version('duckdb')}; >=900 is needed",
        "no-such-package is missing; >=1 is needed",
    ]
    monkeypatch.setattr(installation, "program", lambda name: f"/nowhere/{name}")
    monkeypatch.setattr(platform, "python_version", lambda: "3.9.1")
    status, said = levels(command)
    assert status == 3
    assert {said[topic][0] for topic in ("python", "dependencies", "programs")} == {"fail"}
    assert sys.prefix in said["python"][1]


# network


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """Return a certificate authority that this machine trusts."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "root.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
    return made


@pytest.fixture
def loopback_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let servers on this machine pass for portals."""
    monkeypatch.setattr(network, "is_public", lambda _address: True)


@pytest.fixture
def silent() -> Iterator[int]:
    """Listen on a port and answer nothing; yield the port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def said_of(url: str) -> tuple[str, str]:
    """Return level and finding for the host of an address."""
    (found,) = examine_network([portal_of_platform("generic", url).model_copy(update={"seed_urls": (url,)})])
    return found.level, found.found


@pytest.mark.usefixtures("loopback_is_public")
def test_a_host_with_a_trusted_certificate_passes_and_gets_no_request(authority: trustme.CA) -> None:
    with served(authority.issue_cert("localhost"), server_context()) as port:
        level, found = said_of(f"https://localhost:{port}/tin")
    assert level == "ok"
    assert f"port {port}, TLS, " in found


@pytest.mark.usefixtures("loopback_is_public")
def test_untrusted_certificates_and_those_of_other_hosts_fail(authority: trustme.CA) -> None:
    with served(trustme.CA().issue_cert("localhost"), server_context()) as port:
        level, found = said_of(f"https://localhost:{port}/")
    assert (level, "certificate verify failed" in found) == ("fail", True)
    with served(authority.issue_cert("other.test"), server_context()) as port:
        level, found = said_of(f"https://localhost:{port}/")
    assert (level, "the certificate is for another host" in found) == ("fail", True)


@pytest.mark.usefixtures("loopback_is_public")
def test_a_silent_server_a_closed_port_and_a_name_that_does_not_exist_fail_in_time(
    silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "_SECONDS_MAX", 0.3)
    assert said_of(f"http://127.0.0.1:{silent}/")[0] == "ok"
    level, found = said_of(f"https://127.0.0.1:{silent}/")
    assert (level, "no TLS handshake in time" in found) == ("fail", True)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    assert said_of(f"http://127.0.0.1:{port}/")[0] == "fail"
    assert said_of("https://khong-co.invalid/")[0] == "fail"


def test_private_addresses_are_refused_as_crawls_refuse_them(silent: int) -> None:
    level, found = said_of(f"http://127.0.0.1:{silent}/")
    assert (level, "not a public IP address" in found) == ("fail", True)


def test_only_the_proxy_is_connected_to_where_one_is_set(silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"http://ten:Geheim3@127.0.0.1:{silent}")
    monkeypatch.setenv("no_proxy", "gan.test")
    portals = [
        portal_of_platform("generic", url).model_copy(update={"seed_urls": (url,)})
        for url in ("https://xa.invalid/tin", "https://cung-xa.invalid/tin", "https://gan.test/")
    ]
    proxy, near = targets_of(portals)
    assert proxy == Target("http", "127.0.0.1", silent, Tls(), proxy=True)
    assert (near.host, near.port, near.proxy) == ("gan.test", 443, False)
    (found,) = examine_network(portals[:2])
    assert (found.level, found.topic) == ("ok", "network: proxy 127.0.0.1")
    monkeypatch.setenv("https_proxy", "socks5://ten:Geheim4@127.0.0.1:1")
    (found,) = examine_network(portals)
    assert found.level == "fail"
    assert "Geheim4" not in found.found
