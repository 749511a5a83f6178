"""Surveys of real saved pages, served from a host of the test."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from spiders.mirror.sites.base import Response
from spiders.onboarding.draft import identity_of, propose
from spiders.onboarding.survey import Survey, survey
from tests.crawling import serve_folder
from tests.visiting import captured_for_survey, played

SAVED_FROM = b"http://127.0.0.1:8089"
TODAY = date(2026, 11, 24)


def nukeviet(shared: Path) -> Survey:
    folder = shared / "portals" / "nukeviet"
    types = {".html": "text/html; charset=utf-8", ".xml": "text/xml", ".txt": "text/plain"}

    def page(name: str) -> Response:
        body = (folder / name).read_bytes().replace(SAVED_FROM, b"https://nukeviet.test")
        return Response(200, {"Content-Type": types[Path(name).suffix]}, body)

    places = {
        "/": "home.html",
        "/robots.txt": "robots.txt",
        "/sitemap.xml": "sitemap.xml",
        "/sitemap-vi.news.xml": "sitemap-vi.news.xml",
        "/rss/": "rss-all.xml",
        "/feeds/": "feeds.html",
        "/dang-doan-the/": "list-dang-doan-the-p1.html",
        "/tin-quan-huyen/": "list-tin-quan-huyen-p1.html",
    }
    details = {
        name: (folder / name).read_text(encoding="utf-8") for name in (f"detail-{n}.html" for n in range(16, 21))
    }

    def handle(_method: str, target: str) -> Response:
        if target in places:
            return page(places[target])
        number = target.removesuffix(".html").rpartition("-")[2]
        name = f"detail-{number}.html"
        return page(name) if name in details else Response(404, {"Content-Type": "text/html"}, b"<html></html>")

    with played({"nukeviet.test": handle}) as served:
        return survey(captured_for_survey(served, "https://nukeviet.test/"), "https://nukeviet.test/")


def test_a_nukeviet_portal(shared: Path) -> None:
    seen = nukeviet(shared)
    assert seen.match.system == "nukeviet"
    assert seen.feeds
    assert [one.url for one in seen.sitemaps] == ["https://nukeviet.test/sitemap.xml"]
    assert {urlsplit(one.url).path for one in seen.lists} >= {"/dang-doan-the/", "/tin-quan-huyen/"}
    assert [one for one in seen.articles if one.article and one.article.title and one.article.published_at]
    portal = propose(seen, "nukeviet", identity_of(seen), TODAY, 2.0).portal
    assert portal.platform == seen.platform
    assert "https://nukeviet.test/rss/" in portal.feeds


def test_a_department_on_liferay_point(shared: Path) -> None:
    index = json.loads((shared / "portals/liferay-point/index.json").read_text("utf-8"))
    saved = {f"/{entry['source_path']}": shared / "portals/liferay-point/pages" / entry["file"] for entry in index}
    home = next(path for path, file in saved.items() if b"asset-abstract" in file.read_bytes())
    with played({"sotttt.test": serve_folder({**saved, "/": saved[home]})}) as served:
        seen = survey(captured_for_survey(served, "https://sotttt.test/"), "https://sotttt.test/")
    assert seen.platform == "liferay_point"
    assert seen.lists[0].rows == 20
