"""Absolute links: whatever a slug, an anchor or a variable holds, a link leads to the site and nowhere else."""

from __future__ import annotations

import pytest

from dagster_project.operations import links

HOSTILE = "../a b?c#d<é>)"
QUOTED = "..%2Fa%20b%3Fc%23d%3C%C3%A9%3E%29"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (links.SITE_VARIABLE, links.UI_VARIABLE):
        monkeypatch.delenv(variable, raising=False)


def test_without_a_variable_links_lead_to_the_site_of_dev() -> None:
    assert links.health_url() == "http://127.0.0.1:3001/"
    assert links.portal_url("my-duc") == "http://127.0.0.1:3001/portals/my-duc"
    assert links.runbook_url("a-portal-is-red") == "http://127.0.0.1:3001/runbook#a-portal-is-red"
    assert links.asset_url("captures", "my_duc") is None
    assert links.complaints() == []


@pytest.mark.parametrize("address", ["https://corpus.example.org", "http://[::1]:80/", "https://example.org/a/b/"])
def test_a_variable_names_the_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv(links.SITE_VARIABLE, address)
    monkeypatch.setenv(links.UI_VARIABLE, address)
    base = address.rstrip("/")
    assert links.health_url() == f"{base}/"
    assert links.portal_url("my-duc") == f"{base}/portals/my-duc"
    assert links.asset_url("captures", "my_duc") == f"{base}/assets/captures/my_duc"
    assert links.complaints() == []


def test_slugs_and_anchors_are_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(links.UI_VARIABLE, "http://ui.test")
    assert links.portal_url(HOSTILE) == f"{links.DEFAULT_SITE}/portals/{QUOTED}"
    assert links.runbook_url(HOSTILE) == f"{links.DEFAULT_SITE}/runbook#{QUOTED}"
    assert links.asset_url(HOSTILE) == f"http://ui.test/assets/{QUOTED}"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("127.0.0.1:3001", "does not begin with http"),
        ("javascript:alert(1)", "does not begin with http"),
        ("file:///srv/page.html", "does not begin with http"),
        ("http://", "names no host"),
        ("http:///path", "names no host"),
        ("http://me:secret@example.org", "a user name or a password"),
        ("http://example.org:port", "its port cannot be read"),
        ("http://example.org:0", "its port is 0"),
        ("http://example.org:99999", "its port cannot be read"),
        ("http://[::1", "its host or its port cannot be read"),
        ("http://example.org/?page=1", "characters other than"),
        ("http://example.org/#a", "characters other than"),
        ("http://example.org/a b", "characters other than"),
        ("http://example.org/>)[x](y", "characters other than"),
        ("http://example.org\nhttp://other.org", "characters other than"),
        ("http://việt.example", "characters other than"),
    ],
)
def test_a_value_that_is_no_address_is_named_and_not_used(
    monkeypatch: pytest.MonkeyPatch, value: str, why: str
) -> None:
    monkeypatch.setenv(links.SITE_VARIABLE, value)
    monkeypatch.setenv(links.UI_VARIABLE, value)
    site, ui = links.complaints()
    assert site.startswith(f"{links.SITE_VARIABLE}: ")
    assert ui.startswith(f"{links.UI_VARIABLE}: ")
    assert why in site
    assert "secret" not in site
    assert links.site_url() == links.DEFAULT_SITE
    assert links.asset_url("crawls") is None
