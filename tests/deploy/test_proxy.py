"""The reverse proxy's example: nginx accepts it, and lets in who its comments say, before servers of the test."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import trustme

from dagster_project.instance import REPOSITORY
from tests.services import free_port

CONF = REPOSITORY / "deploy" / "nginx" / "hanoi-corpus.conf"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
BEHIND = {"the UI": 3000, "the site": 3001, "the viewer": 3002}
SITE, WATCH, OPERATE = "corpus.example.org", "watch.corpus.example.org", "operate.corpus.example.org"
WATCHER, OPERATOR = ("lan", "mật khẩu của Lan"), ("minh", "mật khẩu của Minh")
# As `htpasswd -B` writes them.
WATCHERS = "lan:$2b$05$abcdefghijklmnopqrstuu1t328mq7hoyed/S4K8T6.E0Igsklknu\n"
OPERATORS = "minh:$2b$05$zyxwvutsrqponmlkjihgfebN/aTtxemQej75WkP04F2Mm4F3qdpaC\n"

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(NGINX is None, reason="needs nginx (Debian's package nginx-light)"),
]


class Proxy:
    """A running nginx with the example's configuration."""

    def __init__(self, http: int, https: int, client: httpx.Client) -> None:
        self.http = http
        self._base = f"https://127.0.0.1:{https}"
        self._client = client

    def get(self, host: str, path: str = "/", who: tuple[str, str] | None = None, **headers: str) -> httpx.Response:
        return self._client.get(
            f"{self._base}{path}",
            headers={"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}},
            auth=who,
            extensions={"sni_hostname": host},
        )


class _Shows(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        text = f"{self.server.server_name}\n{self.headers}".encode()  # type: ignore[attr-defined]  # set below
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def behind(name: str) -> Iterator[int]:
    """Serve a page that shows the server's name and the request's headers; yield the port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Shows) as server:
        server.server_name = name
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@contextmanager
def running(folder: Path, scraper: str) -> Iterator[Proxy]:
    """Run nginx with the example's configuration: only paths, ports and the scraper's address are others."""
    ca, http, https = trustme.CA(), free_port(), free_port()
    certificate = ca.issue_cert(SITE, WATCH, OPERATE)
    certificate.private_key_pem.write_to_path(folder / "privkey.pem")
    for part in certificate.cert_chain_pems:
        part.write_to_path(folder / "fullchain.pem", append=True)
    (folder / "hanoi-corpus-watchers").write_text(WATCHERS, encoding="utf-8")
    (folder / "hanoi-corpus-operators").write_text(OPERATORS, encoding="utf-8")
    text = CONF.read_text(encoding="utf-8")
    with ExitStack() as stack:
        changes = {
            f"127.0.0.1:{port}": f"127.0.0.1:{stack.enter_context(behind(name))}" for name, port in BEHIND.items()
        }
        changes |= {"listen 80": f"listen 127.0.0.1:{http}", "listen 443": f"listen 127.0.0.1:{https}"}
        changes |= {"/etc/nginx/": f"{folder}/", "/etc/ssl/hanoi-corpus/": f"{folder}/", "192.0.2.10": scraper}
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        main = folder / "nginx.conf"
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.getuid() == 0 else ""
        main.write_text(
            f"daemon off; {user} pid {folder}/pid; error_log stderr; events {{}}\n"
            f"http {{ access_log off; {temporary}\n{text} }}",
            encoding="utf-8",
        )
        checked = subprocess.run([str(NGINX), "-t", "-c", str(main)], capture_output=True, text=True, check=False)
        assert (checked.returncode, "warn" in checked.stderr) == (0, False), checked.stderr
        context = ssl.create_default_context()
        ca.configure_trust(context)
        client = stack.enter_context(httpx.Client(verify=context, trust_env=False))
        with subprocess.Popen([str(NGINX), "-c", str(main)]) as process:
            try:
                proxy = Proxy(http, https, client)
                deadline = time.monotonic() + 20
                while not _answers(proxy):
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
                yield proxy
            finally:
                process.terminate()


def _answers(proxy: Proxy) -> bool:
    try:
        proxy.get(SITE)
    except httpx.ConnectError:
        return False
    return True


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with running(tmp_path_factory.mktemp("nginx"), "192.0.2.10") as proxy:
        yield proxy


@pytest.mark.parametrize("host", [SITE, WATCH, OPERATE])
@pytest.mark.parametrize("path", ["/", "/metrics", "/graphql", "/server_info"])
def test_nobody_sees_anything_without_a_login(proxy: Proxy, host: str, path: str) -> None:
    assert proxy.get(host, path).status_code == 401
    assert proxy.get(host, path, (WATCHER[0], "đoán")).status_code == 401


def test_a_watcher_sees_the_site_and_the_viewer_and_not_the_operators_ui(proxy: Proxy) -> None:
    assert proxy.get(SITE, "/", WATCHER).text.startswith("the site\n")
    assert proxy.get(SITE, "/metrics", WATCHER).text.startswith("the site\n")
    assert proxy.get(WATCH, "/graphql", WATCHER).text.startswith("the viewer\n")
    assert proxy.get(OPERATE, "/", WATCHER).status_code == 401


def test_an_operator_has_the_whole_ui(proxy: Proxy) -> None:
    assert proxy.get(OPERATE, "/graphql", OPERATOR).text.startswith("the UI\n")


def test_passwords_stay_in_the_proxy_and_live_pages_work(proxy: Proxy) -> None:
    shown = proxy.get(WATCH, "/graphql", WATCHER, Connection="Upgrade", Upgrade="websocket").text
    assert f"Host: {WATCH}" in shown
    assert "Upgrade: websocket" in shown
    assert "Authorization" not in shown


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("mode", ["cors", "no-cors", "websocket"])
def test_a_page_of_another_site_cannot_use_an_operators_login(proxy: Proxy, site: str, mode: str) -> None:
    foreign = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": mode}
    assert proxy.get(OPERATE, "/graphql", OPERATOR, **foreign).status_code == 403
    followed = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": "navigate"}
    assert proxy.get(OPERATE, "/runs", OPERATOR, **followed).status_code == 200


def test_plain_http_leads_to_tls(proxy: Proxy) -> None:
    answer = httpx.get(f"http://127.0.0.1:{proxy.http}/runs?a=1", headers={"Host": OPERATE}, trust_env=False)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{OPERATE}/runs?a=1")


def test_prometheus_reads_metrics_from_its_address_without_a_password(tmp_path: Path) -> None:
    with running(tmp_path, "127.0.0.1") as proxy:
        assert proxy.get(SITE, "/metrics").text.startswith("the site\n")
        assert proxy.get(SITE, "/").status_code == 401
