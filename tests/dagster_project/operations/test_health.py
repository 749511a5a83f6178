"""The health page: every verdict has its letter, and page content is escaped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import get_args

from lxml import html

from dagster_project.operations.health import LETTERS, PortalRow, as_html, as_markdown
from warehouse.records import Verdict
from warehouse.tables.health import DAYS, Coverage, PortalDay, PortalHealth
from warehouse.tables.staleness import NewestArticle, Staleness

NOW = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> | [x](javascript:y) `z`"


def portal(
    slug: str, *verdicts: str, url: str = "https://tin.hanoi.test", name: str = "Cổng thử nghiệm"
) -> PortalHealth:
    shown = ["not_looked"] * (DAYS - len(verdicts)) + list(verdicts)
    days = tuple(
        PortalDay(date(2026, 9, 14) - timedelta(days=DAYS - 1 - number), verdict, number % 4 if number > 20 else 0)
        for number, verdict in enumerate(shown)
    )
    return PortalHealth(slug, name, url, days, HOSTILE, NOW, Coverage(1.0, 0.955, 0.5))


def silence(slug: str, days: int) -> Staleness:
    at = NOW - timedelta(days=days)
    return Staleness(slug, NewestArticle(HOSTILE, "https://tin.hanoi.test/1", at), NOW - at, 14)


def text_of(element: html.HtmlElement) -> str:
    return str(html.tostring(element, method="text", encoding="unicode"))


def test_every_verdict_has_its_own_letter() -> None:
    assert LETTERS.keys() == {*get_args(Verdict), "not_looked"}
    assert len(set(LETTERS.values())) == len(LETTERS)


def rows() -> list[PortalRow]:
    health = [portal("ba-vi", "ok", "no_news", "blocked"), portal("my-duc", *get_args(Verdict), "ok")]
    silences = {"ba-vi": silence("ba-vi", 15)}
    return [PortalRow(one, silences.get(one.slug)) for one in health]


def test_the_page_shows_each_portal_with_its_strip() -> None:
    page = html.fromstring(as_html(rows(), [], NOW))
    strips = ["".join(str(day.text) for day in row.cssselect(".day")) for row in page.cssselect("tbody tr")]
    assert strips == ["·" * 27 + "ONB", "·" * 23 + "ONBXUPO"]
    assert [cell.get("class") for cell in page.cssselect("tbody tr:first-child .day")][-3:] == [
        "day ok",
        "day no_news",
        "day blocked",
    ]
    assert [link.get("href") for link in page.cssselect("a")] == ["https://tin.hanoi.test"] * 2
    (first, second) = (text_of(row) for row in page.cssselect("tbody tr"))
    assert "100% / 96% / 50%" in first
    assert "15 of 14, too long" in first
    assert "2026-09-14 08:15" in first
    assert "not judged" in second


def test_the_page_loads_no_other_resource() -> None:
    page = html.fromstring(as_html(rows(), [], NOW))
    assert page.cssselect("script, link, img, iframe") == []
    assert "url(" not in as_html(rows(), [], NOW)


def test_page_content_is_escaped() -> None:
    hostile = [PortalRow(portal("ba-vi", "blocked", name=HOSTILE, url='javascript:alert("1")'), None)]
    page = html.fromstring(as_html(hostile, [], NOW))
    assert page.cssselect("script, a") == []
    assert text_of(page).count("<script>alert(1)</script>") == 2, "in the name and in the reason"
    assert "javascript" not in as_markdown(hostile, [])


def test_the_markdown_table() -> None:
    head, _, first, second, _, legend = as_markdown(rows(), []).splitlines()
    assert head == "| portal | 30 days | articles | title/date/body | last healthy crawl | silent days |"
    assert first == (
        rf"| [ba\-vi](<https://tin.hanoi.test>) | {'·' * 27}ONB | 13 | 100% / 96% / 50% | 2026\-09\-14 08:15 "
        "| 15 of 14, too long |"
    )
    assert second.endswith("| not judged |")
    assert legend == r"O ok, N no\_news, P partial, B blocked, X broken, U unreachable, · not\_looked"


def test_a_portal_whose_file_is_invalid_is_marked_and_others_are_not() -> None:
    marked = [PortalRow(portal("ba-vi", "ok"), None, HOSTILE), PortalRow(portal("my-duc", "ok"), None)]
    _, first, second = html.fromstring(as_html(marked, [HOSTILE], NOW)).iter("tr")
    assert "not crawled: its file is invalid" in text_of(first)
    assert "invalid" not in text_of(second)
