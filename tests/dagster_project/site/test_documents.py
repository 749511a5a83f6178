"""The documentation in the site: GitHub's anchors, and no dead link."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from lxml import html

from dagster_project.site import documents
from dagster_project.site.documents import document, documentation
from tests.dagster_project.site.asked import Site
from tests.docs.pages import DOCS
from tests.docs.test_links import anchors

PAGES = sorted(name for name in documentation() if name.endswith(".md"))


def test_all_pages_are_found() -> None:
    assert {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} == set(PAGES)


def test_the_runbook_is_served_under_its_short_name(site: Site) -> None:
    answer = site.ask("/runbook")
    assert (answer.status_code, answer.url.path) == (200, "/docs/operate.md")
    page = html.fromstring(answer.text)
    (heading,) = page.cssselect("#a-portal-is-red")
    assert (heading.tag, heading.text) == ("h2", "A portal is red")


@pytest.mark.parametrize("name", PAGES)
def test_headings_have_the_anchors_of_github_and_links_lead_somewhere(name: str) -> None:
    files = documentation()
    page = html.fromstring(f"<div>{document(files, name).html}</div>")
    assert anchors(files[name]) <= {heading.get("id") for heading in page.cssselect("h1, h2, h3, h4")}
    for link in [*page.cssselect("a[href]"), *page.cssselect("img[src]")]:
        target = urlsplit(urljoin(f"/{name}", link.get("href") or link.get("src")))
        if target.scheme:
            assert target.scheme in ("http", "https")
            continue
        path = target.path.removeprefix("/")
        assert path in files
        if target.fragment:
            assert unquote(target.fragment) in anchors(files[path])


def test_links_out_of_the_folder_are_text_and_markup_is_escaped(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text(
        "# Một *hai* `ba`\n\n## Hai!\n\n## Hai!\n\n[out](../README.md) [gone](b.md) [self](a.md#hai) "
        "[web](https://example.org/) [bad](javascript:alert(1)) <script>alert(1)</script>\n\n| a |\n| - |\n| b |\n",
        encoding="utf-8",
    )
    found = document({"a.md": file}, "a.md")
    page = html.fromstring(f"<div>{found.html}</div>")
    assert found.title == "Một hai ba"
    assert [heading.get("id") for heading in page.cssselect("h1, h2")] == ["một-hai-ba", "hai", "hai-1"]
    assert [link.get("href") for link in page.cssselect("a")] == ["a.md#hai", "https://example.org/"]
    assert "out gone" in html.tostring(page, method="text", encoding="unicode")
    assert page.cssselect("script") == []
    assert len(page.cssselect(".wide > table")) == 1


@pytest.mark.parametrize("path", ["/docs/", "/docs/nowhere.md", "/docs/../pyproject.toml", "/docs/..%2Fpyproject.toml"])
def test_nothing_else_is_served(site: Site, path: str) -> None:
    assert site.ask(path).status_code == 404


def test_images_are_served(site: Site) -> None:
    answer = site.ask("/docs/images/asset-graph.png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content == (DOCS / "images" / "asset-graph.png").read_bytes()


def test_the_folder_in_an_installed_package_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "operate.md").write_text("# Operating\n", encoding="utf-8")
    monkeypatch.setattr(documents, "_PACKAGED", tmp_path)
    assert documentation() == {"operate.md": tmp_path / "operate.md"}
