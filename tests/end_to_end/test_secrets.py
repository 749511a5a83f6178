"""Runs that fail in every way, with secrets set: none of them is in what a run writes, prints or shows to others."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from dagster_project.corpus import PORTALS_VARIABLE
from dagster_project.instance import dagster_environment
from spiders.crawl.settings import CONTACT_VARIABLE
from tests.crawling import define_portal
from tests.dagster_project.operations.alerting.test_delivery import speaking
from tests.raw_server import answer, serve_raw
from warehouse.home import HOME_VARIABLE, Home
from warehouse.settings import SMTP_PASSWORD_VARIABLE, WEBHOOK_TOKEN_VARIABLE

pytestmark = [pytest.mark.process, pytest.mark.slow]

PROXY, TOKEN, PASSWORD, HOOK, POSTGRES, STORE = (f"Geheim{number}" for number in range(1, 7))
LOGINS = (f"ten:{PROXY}", f"\0corpus\0{PASSWORD}", PASSWORD)
MARKERS = [b"Geheim", *(base64.b64encode(login.encode()) for login in LOGINS)]

# The commands, two ticks of each sensor, and a run of the crawl's assets; each failure is printed as Dagster keeps it.
DRIVER = """
import logging, sys
import dagster as dg
from dagster._utils.error import serializable_error_info_from_exc_info
from dagster_project.cli.main import main
from dagster_project.corpus import Corpus
from dagster_project.defs.alerts import alert_sensor
from dagster_project.defs.captures import captures_assets
from warehouse.home import Home
from warehouse.settings import load_settings

logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
for arguments in (["settings"], ["alerts", "test"], ["crawl", "cong", "khoa"], ["portals", "probe", "cong"],
                  ["archive", "backup", "s3://KEY:Geheim6@bucket/a"], ["archive", "backup", "s3://bucket.invalid/a"]):
    sys.argv = ["hanoi-corpus", *arguments]
    try:
        main()
    except SystemExit as end:
        print("ended", arguments[:2], end.code)
home = Home.from_environment()

@dg.asset
def breaks():
    load_settings(Home(home.root.parent / "broken"))

with dg.DagsterInstance.get() as instance:
    corpus = Corpus.open(home)
    portals = {slug: corpus.portals[slug] for slug in ("cong",)}
    done = dg.materialize(
        [captures_assets(portals), breaks], resources={"corpus": corpus}, instance=instance, raise_on_error=False
    )
    print("run succeeded", done.success)
    for channel in ("webhook", "email"):
        sensor = alert_sensor(channel, home, ["cong"])
        try:
            sensor(dg.build_sensor_context(instance=instance))
        except Exception:
            print("tick failed", channel, serializable_error_info_from_exc_info(sys.exc_info()))
"""


def written_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each file below a folder, but for the settings, which hold the URL of the webhook."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "settings.yml":
            yield str(path), path.read_bytes()


def command_lines() -> bytes:
    """Return the command lines of all processes, as any user of the machine sees them."""
    found = b""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += file.read_bytes()
        except OSError:
            continue  # it has ended
    return found


def test_no_secret_is_written_printed_or_shown(tmp_path: Path) -> None:
    define_portal(
        tmp_path / "portals", "cong", "cong.hanoi.test", platform="generic", seed_urls=["http://cong.hanoi.test/tin"]
    )
    define_portal(
        tmp_path / "portals", "khoa", "khoa.hanoi.test", platform="generic", seed_urls=["https://khoa.hanoi.test/tin"]
    )
    home = Home(tmp_path / "home")
    home.root.mkdir()
    broken = Home(tmp_path / "broken")
    broken.root.mkdir()
    broken.settings_file.write_text(f"alerts: {{webhook_url: 'ftp://a.test/{HOOK}', token: {TOKEN}}}\n")
    seen: list[bytes] = []

    def answers(host: str, path: str) -> Iterable[bytes]:
        seen.append(command_lines())
        if host:  # a request to the proxy
            return [answer(b"<p>ten</p>", 'Proxy-Authenticate: Basic realm="a"', status="407 Login Required")]
        return [f"HTTP/1.1 200 OK\r\nBearer {TOKEN} at {path}\r\n\r\n".encode()]

    login = base64.b64encode(f"\0corpus\0{PASSWORD}".encode())
    says = [b"220 a\r\n250-a\r\n250 AUTH PLAIN\r\n535 you sent " + login + b" or " + PASSWORD.encode() + b"\r\n"]
    with serve_raw(answers) as server, speaking(lambda: says) as port:
        place = f"127.0.0.1:{server.server_address[1]}"
        home.settings_file.write_text(
            f"alerts:\n  webhook_url: http://{place}/{HOOK}?key={HOOK}\n"
            f"  email: {{host: 127.0.0.1, port: {port}, starttls: false, username: corpus, sender: a@example.org, "
            "recipients: [b@example.org]}\n"
        )
        proxy = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), f"http://ten:{PROXY}@{place}")
        environment = {
            **dagster_environment(home),
            **proxy,
            "no_proxy": "127.0.0.1",
            "NO_PROXY": "127.0.0.1",
            HOME_VARIABLE: str(home.root),
            PORTALS_VARIABLE: str(tmp_path / "portals"),
            CONTACT_VARIABLE: "mailto:ai-do@example.org",
            WEBHOOK_TOKEN_VARIABLE: TOKEN,
            SMTP_PASSWORD_VARIABLE: PASSWORD,
            "DAGSTER_POSTGRES_PASSWORD": POSTGRES,
            "AWS_ACCESS_KEY_ID": "KEY",
            "AWS_SECRET_ACCESS_KEY": STORE,
            "AWS_ENDPOINT": "http://127.0.0.1:1",
        }
        driver = tmp_path / "driver.py"
        driver.write_text(DRIVER)
        done = subprocess.run(
            [sys.executable, str(driver)], env=environment, capture_output=True, check=False, timeout=150, cwd=tmp_path
        )
    printed = done.stdout + done.stderr
    for expected in (
        *(b"ended ['settings'] ", b"ended ['alerts', 'test'] 1", b"ended ['crawl', 'cong'] 3", b"run succeeded False"),
        *(
            b"ended ['portals', 'probe'] ",
            b"ended ['archive', 'backup'] 1",
            b"tick failed webhook",
            b"tick failed email",
        ),
    ):
        assert expected in printed, printed.decode()[-6_000:]
    assert len(seen) > 4
    places = {"printed": printed, "the list of processes": b"".join(seen), **dict(written_in(home.root))}
    assert len(places) > 8
    found = {(place, marker) for place, text in places.items() for marker in MARKERS if marker in text}
    assert not found, found
