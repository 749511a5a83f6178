"""Proxies in the environment: which are used, and how invalid ones are refused without showing a password."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from spiders.fetch.connection.proxies import proxy_error, proxy_hosts, proxy_of

VALID = [
    *("http://proxy.test:3128", "proxy.test:3128", "proxy.test", "https://proxy.test/", "http://[::1]:3128"),
    *("http://ten:Geheim7@proxy.test:3128", "ten:Geheim7@proxy.test", "http://ten@proxy.test", "http://ten:@p.test"),
    *("http://ten:Ge%40heim%2F7%3A@proxy.test", "HTTP://PROXY.test:3128"),
]
INVALID = [
    *("http://ten:Ge/heim7@proxy.test", "http://ten:Ge#heim7@proxy.test", "http://ten:Ge?heim7@proxy.test"),
    *("http://ten:Ge@heim7@proxy.test", "http://ten:Ge heim7@proxy.test", "http://ten:Geheim7@proxy.test:3128 "),
    *(
        "http://ten:Geheim7@",
        "http://ten:Geheim7@[",
        "http://ten:Geheim7@proxy.test:0",
        "http://t:Geheim7@p.test:65536",
    ),
    *("socks5://ten:Geheim7@proxy.test", "/run/Geheim7.sock", "http://ten:%E1%BB%87Geheim7@proxy.test", "http:///Gehe"),
    *("http://ten:Geheim7@proxy.test/path", "http://ten:Geheim7@proxy.test:Geheim7", "http://ten:Geheim7@p.test\n"),
]


@pytest.fixture(autouse=True)
def _no_other_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("url", VALID)
def test_a_proxy_is_used_with_or_without_a_login(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("https_proxy", url)
    assert proxy_error() is None
    assert len(proxy_hosts()) == 1
    assert "Geheim" not in "".join(proxy_hosts())
    assert proxy_of("https") in (url, f"http://{url}")
    assert proxy_of("http") is None


@pytest.mark.parametrize("url", INVALID)
def test_an_invalid_proxy_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("http_proxy", url)
    error = proxy_error()
    assert error is not None
    assert error.startswith("http_proxy is not the URL of a proxy")
    assert "Gehe" not in error
    assert proxy_hosts() == set()


def test_without_a_proxy_there_is_nothing_to_refuse() -> None:
    assert (proxy_error(), proxy_hosts(), proxy_of("http")) == (None, set(), None)


@pytest.mark.process
@pytest.mark.slow
def test_a_crawl_does_not_begin_with_an_invalid_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("http_proxy", "http://ten:Ge/heim7@proxy.test")
    options = ["--home", str(tmp_path / "home"), "--definitions", str(tmp_path), "cong"]
    done = subprocess.run(
        [sys.executable, "-m", "spiders.crawl", *options], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("http_proxy is not the URL of a proxy")
    assert "heim7" not in done.stderr
    assert not (tmp_path / "home").exists()
