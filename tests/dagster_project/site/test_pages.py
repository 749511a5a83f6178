"""The pages of the portals: the present state first, red portals first, and nothing of a portal can act in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from dagster_project.operations import findings, links
from dagster_project.operations.health import write_figures
from tests.dagster_project.site.asked import NEW, NOW, RED, WELL, Site
from warehouse.archive.index.reports import report_json
from warehouse.home import CRAWLS_FOLDER
from warehouse.records import CrawlReport
from warehouse.tables.health import DAYS, Coverage, PortalDay, PortalHealth
from warehouse.tables.staleness import NewestArticle, Staleness

HOSTILE = "<script>alert(1)</script> \" onclick='x' {{ 7 * 7 }} \x1b[2J"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


def text_of(element: html.HtmlElement) -> str:
    return " ".join(str(html.tostring(element, method="text", encoding="unicode")).split())


def page_of(site: Site, path: str) -> html.HtmlElement:
    answer = site.ask(path)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.content)


def built(site: Site) -> None:
    """Leave the figures of a build."""
    today = NOW.date()
    days = tuple(PortalDay(today - timedelta(days=ago), "ok", ago % 3) for ago in reversed(range(DAYS)))
    newest = NewestArticle("Tin", "https://hong.test/1", NOW - timedelta(days=40))
    silent = {RED: Staleness(RED, newest, timedelta(days=40), 30)}
    write_figures(site.home, [PortalHealth(RED, days, Coverage(1.0, 0.5, 0.25))], silent, NOW)


def test_red_portals_come_first_with_reason_since_and_what_to_do(site: Site) -> None:
    built(site)
    page = page_of(site, "/")
    rows = page.cssselect(".portals tbody tr")
    assert [row.get("class") for row in rows] == ["red", "never_crawled", "well"]
    red, new, well = map(text_of, rows)
    for words in ("Cổng hỏng", "blocked: why blocked", "7 days ago", "9 days ago", "40 of 30, too long", "100% / 50%"):
        assert words in red
    assert "Cổng mới" in new
    assert "never crawled" in new
    assert "no news" in well
    assert "not in a build yet" in well
    assert [link.get("href") for link in rows[0].cssselect("a")] == ["./portals/hong", "./runbook#a-portal-is-red"]
    assert text_of(page.cssselect(".counts")[0]) == "red 1 never crawled 1 well 1"
    assert "".join(text.text or "" for text in rows[0].cssselect(".strip text")) == "O" * DAYS
    assert {bar.get("height") for bar in rows[0].cssselect(".bar")} == {"0", "11", "22"}


def test_without_a_build_the_state_is_shown_all_the_same(site: Site) -> None:
    page = page_of(site, "/")
    assert "There are no figures of a build yet." in text_of(page)
    assert "There is no release that can be read." in text_of(page)
    assert page.cssselect(".complaint") == []
    assert page.cssselect(".portals tr.red") != []


def test_what_is_wrong_with_the_corpus_is_named(site: Site) -> None:
    findings.record(site.home, findings.SILENCE, {}, NOW)
    findings.record(site.home, findings.SHARES, {"singletons": "200 of 200 articles <b>"}, NOW)
    (site.home.root / "findings" / "silence.json").write_text("{", encoding="utf-8")
    site.home.portal_health_file.write_text("{", encoding="utf-8")
    site.home.corpus_file.write_bytes(b"no release" * 1_000)
    (site.folder / "No Slug.yml").write_text("slug: x\n", encoding="utf-8")
    for path in ("/", f"/portals/{RED}"):
        complaints = [text_of(one) for one in page_of(site, path).cssselect(".complaint")]
        for words in ("silence.json", "200 of 200 articles <b>", "portal_health.json", "corpus.duckdb", "No Slug.yml"):
            assert any(words in complaint for complaint in complaints), (path, words)


def test_a_red_portals_page_begins_with_its_present_state(site: Site) -> None:
    built(site)
    findings.record(site.home, findings.SILENCE, {RED: "silent for 40 days"}, NOW - timedelta(days=1))
    page = page_of(site, f"/portals/{RED}")
    first, *others = page.cssselect("main section")
    assert text_of(first.cssselect("h2")[0]) == "Now"
    now = text_of(first)
    for words in (
        "verdict blocked: why blocked",
        "silence silent for 40 days",
        "red since",
        "7 days ago",
        "9 days ago",
    ):
        assert words in now
    assert [link.get("href") for link in first.cssselect("a")] == [
        "../runbook#a-portal-is-red",
        "../runbook#a-portal-is-silent",
    ]
    headings = [text_of(section.cssselect("h2")[0]) for section in others]
    assert [heading.split(" as of")[0].split(" 2")[0] for heading in headings] == [
        *("Newest articles", "Last crawls", "30 days", "Figures of the last good crawl")
    ]
    verdicts = [text_of(cell) for cell in others[1].cssselect("tbody td:nth-child(3)")]
    assert verdicts == ["blocked", "blocked", "ok"]
    assert "articles new 55" in text_of(others[-1])
    assert "http_404 3" in text_of(others[-1])


def test_a_portal_that_was_never_crawled_says_so_and_what_to_do(site: Site) -> None:
    page = text_of(page_of(site, f"/portals/{NEW}"))
    assert "It was never crawled. What to do:" in page
    assert "last healthy crawl never" in page
    assert "Figures of the last good crawl" not in page


def test_a_well_portal_says_that_nothing_is_wrong(site: Site) -> None:
    page = page_of(site, f"/portals/{WELL}")
    assert "Nothing is wrong: why no_news" in text_of(page.cssselect(".now.well")[0])
    assert "red since" not in text_of(page)


def test_a_portal_whose_file_is_invalid_says_which_line(site: Site) -> None:
    (site.folder / f"{RED}.yml").write_text("tierr: daily\n", encoding="utf-8")
    now = text_of(page_of(site, f"/portals/{RED}").cssselect(".now.red")[0])
    assert "hong.yml:1: tierr: unknown key" in now
    assert "verdict blocked: why blocked" in now


def test_an_inactive_portal_says_until_when(site: Site) -> None:
    site.define(RED, active_until="2026-01-31")
    page = text_of(page_of(site, f"/portals/{RED}"))
    assert "It is inactive: no schedule crawls it today. Active until 2026-01-31." in page


@pytest.mark.parametrize("slug", ["chua", "..%2F..%2Fetc", "%3Cscript%3E", "hong%00"])
def test_an_unknown_portal_is_not_found(site: Site, slug: str) -> None:
    answer = site.ask(f"/portals/{slug}")
    assert answer.status_code == 404
    assert "<script" not in answer.text
    assert html.fromstring(answer.text).cssselect("a[href$='../']")


def test_the_asset_in_the_ui_is_linked_if_the_ui_is_known(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Dagster" not in site.ask(f"/portals/{RED}").text
    monkeypatch.setenv(links.UI_VARIABLE, "http://127.0.0.1:3000")
    assert 'href="http://127.0.0.1:3000/assets/captures/hong"' in site.ask(f"/portals/{RED}").text


def test_names_reasons_and_errors_are_escaped(site: Site) -> None:
    site.define(RED, name=HOSTILE.replace("\x1b", ""))
    at = NOW
    report = CrawlReport(f"{at:%Y%m%dT%H%M%SZ}", RED, "r", at, at, "broken", HOSTILE, 1, 1, 1, 1, 1, {HOSTILE: 1}, "w")
    site.home.storage.put(f"{CRAWLS_FOLDER}/{RED}/{report.crawl_id}.json", report_json(report).encode())
    findings.record(site.home, findings.EXTRACTION, {RED: HOSTILE}, at)
    for path in ("/", f"/portals/{RED}"):
        content = site.ask(path).text
        page = html.fromstring(content)
        assert page.cssselect("script, [onclick], iframe, object, form, style, [style]") == []
        assert ESCAPED in content
        assert "{{ 7 * 7 }}" in content
        assert "\x1b" not in content
        addresses = [str(element.get("href") or element.get("src")) for element in page.cssselect("[href], [src]")]
        assert [found for found in addresses if ":" in found and not found.startswith("https://hong.test")] == []


def test_a_demo_home_that_is_damaged_is_named(site: Site) -> None:
    site.home.root.joinpath("demo.json").write_text("{", encoding="utf-8")
    answer = site.ask("/")
    assert answer.status_code == 503
    assert "demo.json" in answer.text
    assert site.ask("/metrics").status_code == 503
    assert site.ask("/healthz").text == "ok\n"


def test_times_are_those_of_hanoi(site: Site) -> None:
    at = datetime(2026, 9, 13, 18, 30, tzinfo=UTC)
    report = CrawlReport("20260913T183000Z", NEW, "r", at, at, "ok", "why", 1, 1, 1, 1, 1, {}, "w")
    site.home.storage.put(f"{CRAWLS_FOLDER}/{NEW}/{report.crawl_id}.json", report_json(report).encode())
    assert "2026-09-14 01:30" in site.ask(f"/portals/{NEW}").text
