"""What holds for every answer: it can only be read, loads nothing from elsewhere, and is for no other host."""

from __future__ import annotations

import pytest

from dagster_project.operations import links
from tests.dagster_project.site.asked import RED, Site

PATHS = ["/", f"/portals/{RED}", "/portals/nowhere", "/runbook", "/docs/images/asset-graph.png", "/metrics", "/nowhere"]


@pytest.mark.parametrize("path", PATHS)
def test_headers_forbid_all_that_the_pages_do_not_need(site: Site, path: str) -> None:
    headers = site.ask(path).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy == {
        **dict.fromkeys(("default-src", "base-uri", "form-action", "frame-ancestors"), "'none'"),
        **dict.fromkeys(("style-src", "img-src"), "'self'"),
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/metrics", "/nowhere"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_only_reading_is_allowed(site: Site, path: str, method: str) -> None:
    answer = site.ask(path, method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_head_request_is_answered(site: Site) -> None:
    answer = site.ask("/", "HEAD")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host", ["127.0.0.1:3001", "localhost:3001", "[::1]:3001", "192.168.1.7", "site:3001", "corpus.example.org"]
)
def test_hosts_that_are_meant_are_served(site: Site, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv(links.SITE_VARIABLE, "https://corpus.example.org/health")
    assert site.ask("/", host=host).status_code == 200


@pytest.mark.parametrize("host", ["rebound.example.com", "127.0.0.1.example.com:3001", "corpus.example.org.evil.test"])
def test_the_name_of_another_host_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv(links.SITE_VARIABLE, "https://corpus.example.org")
    answer = site.ask("/", host=host)
    assert answer.status_code == 421
    assert links.SITE_VARIABLE in answer.text
    assert "Cổng" not in answer.text


def test_the_style_and_the_icon_are_served_and_no_template_is(site: Site) -> None:
    assert site.ask("/style.css").headers["content-type"].startswith("text/css")
    assert site.ask("/icon.svg").headers["content-type"].startswith("image/svg")
    assert site.ask("/base.html.j2").status_code == 404
