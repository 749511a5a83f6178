"""Probing a portal: nothing is off if everything fits, and everything that does not fit is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from spiders.extract.article import page_or_reason
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.server import Handler, Mirror
from spiders.mirror.sites.base import Response
from spiders.onboarding.probe import Probe, probe, set_verified
from spiders.portal import SHIPPED_PORTALS, Portal, load_portal, portal_of_platform
from tests.visiting import captured, mirror, pages, played, redirect_to
from warehouse.records import Article

__all__ = ["mirror"]

HOST = "https://cong.test"
TEXT = (
    "Sáng nay, Ủy ban nhân dân phường họp giao ban, bàn ba việc của tháng và giao các phòng chuyên môn thực hiện. " * 3
)


def an_article(title: str, *, head: str = "", text: str = TEXT, date_line: str = "14/10/2025 08:15") -> str:
    return (
        f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1><span class='date'>{date_line}</span>"
        f"<div class='content'><p>{text}</p><p>{text}</p></div></body></html>"
    )


def a_list(*numbers: int) -> str:
    rows = "".join(
        f"<div class='row'><h3><a href='/tin/bai-so-{n}.html'>Bài báo cáo số {n} của phường</a></h3>"
        f"<span>14/10/2025</span></div>"
        for n in numbers
    )
    return f"<html><body><main>{rows}</main></body></html>"


def a_site(article: Callable[[int], str | Response], count: int = 5, **others: str | Response) -> Handler:
    numbers = range(1001, 1001 + count)
    return pages(
        {
            "/tin": a_list(*numbers),
            **{f"/tin/bai-so-{number}.html": article(number) for number in numbers},
            **{f"/{name}": page for name, page in others.items()},
        }
    )


def a_portal(rows: int = 5, **fields: object) -> Portal:
    portal = portal_of_platform("generic", f"{HOST}/tin")
    expectations = portal.expectations.model_copy(update={"list_rows_min": rows})
    return portal.model_copy(update={"expectations": expectations, **fields})


def probed(site: Handler, portal: Portal | None = None) -> Probe:
    with played({"cong.test": site}) as served:
        return probed_at(served, portal or a_portal())


def probed_at(served: Mirror, portal: Portal) -> Probe:
    return probe(captured(served, partial(probe, portal=portal)), portal)


def titled(number: int) -> str:
    return f"Bài báo cáo số {number} của phường"


def test_nothing_is_off_with_a_portal_that_fits() -> None:
    found = probed(a_site(lambda number: an_article(titled(number))))
    assert found.off == ()
    assert found.line == "nothing is off"
    assert found.rows == 5
    assert len(found.articles) == 3


def test_each_field_is_shown_beside_what_the_page_declares() -> None:
    head = (
        '<meta property="og:title" content="Tên khác hẳn">'
        '<meta name="description" content="Tóm tắt của trang.">'
        '<meta property="article:published_time" content="2025-10-14T08:15:00+07:00">'
        '<script type="application/ld+json">{"@type":"WebPage","headline":"Tên trong JSON"}</script>'
    )
    found = probed(a_site(lambda number: an_article(titled(number), head=head)))
    fields = {field.name: field for field in found.articles[0].fields}
    assert "og:title: Tên khác hẳn" in fields["title"].declared
    assert "JSON-LD title: Tên trong JSON" in fields["title"].declared
    assert fields["lead"].declared == ("description: Tóm tắt của trang.",)
    assert fields["published_at"].value.startswith("2025-10-14 08:15")
    assert fields["published_at"].declared == ("article:published_time: 2025-10-14T08:15:00+07:00",)
    assert fields["body"].value.startswith("2 paragraphs")


def test_a_title_that_differs_from_og_title_is_off() -> None:
    """The template takes the visible headline, which agrees with the page's own title; og:title says another."""
    head = '<meta property="og:title" content="Kết quả xổ số hôm nay">'
    found = probed(a_site(lambda number: an_article(titled(number), head=head if number == 1001 else "")))
    assert found.off == ("title differs from og:title on 1 of 3",)


def test_a_declared_title_may_end_in_the_site_name() -> None:
    def article(number: int) -> str:
        return an_article(titled(number), head=f'<meta property="og:title" content="{titled(number)} | Cổng phường">')

    assert probed(a_site(article)).off == ()


def test_missing_dates_and_short_bodies_are_counted() -> None:
    def article(number: int) -> str:
        return an_article(titled(number), date_line="" if number < 1003 else "14/10/2025 08:15")

    assert probed(a_site(article)).off == ("no date on 2 of 3",)
    short = probed(
        a_site(
            lambda number: an_article(
                titled(number), text="Phường họp giao ban tháng Mười, bàn ba việc của xã và của các tổ dân phố."
            )
        )
    )
    assert "body under 200 characters on 3 of 3" in short.off


def with_rows(rows: str) -> Handler:
    """Return a site whose list has these rows; its articles have a date and a text."""
    articles = {f"/tin/bai-so-{n}.html": an_article(titled(n)) for n in range(1001, 1009)}
    return pages({"/tin": f"<html><body><main>{rows}</main></body></html>", **articles})


def a_row(number: int, date_line: str) -> str:
    link = f"<a href='/tin/bai-so-{number}.html'>{titled(number)}</a>"
    return f"<div class='row'><h3>{link}</h3><span>{date_line}</span></div>"


def test_rows_with_another_date_than_their_articles_are_off() -> None:
    found = probed(with_rows("".join(a_row(n, f"0{n % 10}/09/2025") for n in range(1001, 1006))))
    assert found.off == ("another date in the list row on 3 of 3",)


def test_rows_with_one_and_the_same_time_are_off() -> None:
    found = probed(with_rows("".join(a_row(n, "14/10/2025 08:15") for n in range(1001, 1009))))
    assert found.off == ("the same date and time in 8 of 8 rows of https://cong.test/tin",)
    assert probed(with_rows("".join(a_row(n, "14/10/2025") for n in range(1001, 1009)))).off == ()


def test_rows_of_which_few_have_a_date_are_off() -> None:
    rows = [*(a_row(n, "") for n in range(1001, 1006)), a_row(1006, "14/10/2025")]
    assert "a date in only 1 of 6 list rows" in probed(with_rows("".join(rows))).off


def test_patterns_that_fit_few_rows_are_off() -> None:
    portal = a_portal(article_patterns=(r"^/tin/bai-so-100[12]\.html$",))
    found = probed(a_site(lambda number: an_article(titled(number))), portal)
    assert "2 of 5 rows and feed entries have the address of an article" in found.off


def test_a_feed_of_other_articles_than_the_lists_is_off() -> None:
    items = "".join(f"<item><link>{HOST}/tin/bai-so-{n}.html</link></item>" for n in range(2001, 2008))
    feed = Response(200, {"Content-Type": "text/xml"}, f"<rss><channel>{items}</channel></rss>".encode())
    portal = a_portal(feeds=(f"{HOST}/rss",))
    found = probed(a_site(lambda number: an_article(titled(number)), count=6, rss=feed), portal)
    assert "none of the 7 feed entries is linked on a list" in found.off


def test_a_date_in_the_feed_replaces_one_on_the_page() -> None:
    items = "".join(
        f"<item><link>{HOST}/tin/bai-so-{n}.html</link><pubDate>Tue, 14 Oct 2025 08:1{n % 10}:00 +0700</pubDate></item>"
        for n in range(1001, 1006)
    )
    feed = Response(200, {"Content-Type": "text/xml"}, f"<rss><channel>{items}</channel></rss>".encode())
    site = a_site(lambda number: an_article(titled(number), date_line=""), rss=feed)
    assert probed(site, a_portal(feeds=(f"{HOST}/rss",))).off == ()
    assert probed(site).off == ("no date on 3 of 3",)


def test_a_sitemap_without_articles_is_off() -> None:
    sitemap = Response(200, {}, f"<urlset><url><loc>{HOST}/gioi-thieu</loc></url></urlset>".encode())
    portal = a_portal(sitemaps=(f"{HOST}/map",))
    site = a_site(lambda number: an_article(titled(number)), map=sitemap)
    assert "no article in 1 of 1 sitemaps" in probed(site, portal).off


def test_too_few_rows_are_off() -> None:
    assert probed(a_site(lambda number: an_article(titled(number))), a_portal(rows=20)).off == (
        "list rows 5 < 20 expected",
    )


def test_a_portal_of_another_platform_falls_back() -> None:
    portal = a_portal(platform="liferay_point", expectations=a_portal(1).expectations)
    found = probed(a_site(lambda number: an_article(titled(number))), portal)
    assert "list rows 0 < 1 expected" in found.off


def test_pages_that_only_generic_extracts_are_reported() -> None:
    """As after a redesign of the article page: the lists are still the platform's."""
    rows = "".join(
        f'<div class="asset-abstract"><h3 class="asset-title"><a href="/tin/-/view_content/{n}-bai">Bài số {n}</a></h3>'
        f'<div class="assetPublishDate">14/10/2025 | 08:1{n}</div></div>'
        for n in range(1, 5)
    )
    head = '<meta property="og:type" content="article"><meta property="article:published_time" content="2025-10-14">'
    site = pages(
        {
            "/tin": f"<html><body>{rows}</body></html>",
            **{f"/tin/-/view_content/{n}-bai": an_article(f"Bài số {n} của phường", head=head) for n in range(1, 5)},
        }
    )
    found = probed(site, a_portal(4, platform="liferay_point"))
    assert found.off == ("fell back to generic on 3 of 3",)


@pytest.mark.slow
def test_one_missing_article_is_ignored_and_many_are_reported() -> None:
    gone = Response(404, {}, b"")
    some = a_site(lambda number: gone if number == 1001 else an_article(titled(number)))
    assert probed(some).off == ()
    most = a_site(lambda number: gone if number != 1001 else an_article(titled(number)))
    assert probed(most).off == ("http_404 on 4 of 5 article pages",)


def test_lists_in_place_of_articles_are_reported() -> None:
    assert "no article on 5 of 5 article pages" in probed(a_site(lambda _: a_list(1, 2, 3, 4))).off


@pytest.mark.parametrize(
    ("article", "reason"),
    [
        (
            f"<html><body><div>{''.join(f'<p>Đoạn {n}: {TEXT}</p>' for n in range(4))}</div></body></html>",
            "refused_prose",
        ),
        ("<html><body><div id=root></div><script src='/main.js'></script></body></html>", "drawn_by_scripts"),
        ("<html><body><h1>Server Error in '/' Application.</h1></body></html>", "error_page"),
    ],
)
def test_pages_without_an_article_say_why(article: str, reason: str) -> None:
    found = probed(a_site(lambda _: article))
    assert {one.unread for one in found.articles} == {reason}
    assert f"{reason} on 5 of 5 article pages" in found.off


def test_a_start_url_that_redirects_out_of_scope_is_reported_with_its_target() -> None:
    found = probed(pages({"/tin": redirect_to("https://phuongtayho.hanoi.test/")}))
    assert found.off == ("redirected out of scope, to https://phuongtayho.hanoi.test/",)
    assert found.articles == ()


def test_an_html_page_in_place_of_a_feed_is_reported() -> None:
    portal = a_portal(feeds=(f"{HOST}/rss",))
    found = probed(a_site(lambda number: an_article(titled(number)), rss="<html><body>Không có</body></html>"), portal)
    assert found.off == ("not reached: not_a_feed",)
    assert len(found.articles) == 3


@pytest.mark.parametrize("file", sorted(MIRROR_PORTALS.glob("*.yml")), ids=lambda path: path.stem)
def test_every_mirror_portal_fits_its_file_except_the_blocked_one(mirror: Mirror, file: Path) -> None:
    found = probed_at(mirror, load_portal(file))
    expected = ("blocked: challenge_d1n",) if file.stem == "xa-soc-son-thu-nghiem" else ()
    assert found.off == expected
    assert len(found.articles) >= 3 or expected


def test_a_host_that_does_not_answer_is_reported(mirror: Mirror) -> None:
    assert probed_at(mirror, portal_of_platform("generic", "https://vang-mat.test/")).off == (
        "not reached: connection",
    )


FILE = """\
# Đầu tệp
slug: cong   # tên
verified_on: null   # chưa ai xem
note: >-
  verified_on: không phải dòng này
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FILE, FILE.replace("null   #", "2026-11-24   #")),
        ("a: 1\nverified_on: 2025-01-02\n", "a: 1\nverified_on: 2026-11-24\n"),
        ("a: 1\nverified_on:\nnote: b\n", "a: 1\nverified_on: 2026-11-24\nnote: b\n"),
        ("a: 1\nnote: b\n", "a: 1\nverified_on: 2026-11-24\nnote: b\n"),
        ("a: 1", "a: 1\nverified_on: 2026-11-24\n"),
        ("a: 1\r\nverified_on: null\r\nb: 2\r\n", "a: 1\r\nverified_on: 2026-11-24\r\nb: 2\r\n"),
    ],
)
def test_set_verified_changes_one_line(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "cong.yml"
    file.write_bytes(before.encode())
    set_verified(file, date(2026, 11, 24))
    assert file.read_bytes().decode() == after


def test_every_portal_file_of_the_project_can_be_marked(tmp_path: Path) -> None:
    for source in (*SHIPPED_PORTALS.glob("*.yml"), *MIRROR_PORTALS.glob("*.yml")):
        file = tmp_path / source.name
        file.write_bytes(source.read_bytes())
        set_verified(file, date(2026, 11, 24))
        assert load_portal(file) == load_portal(source).model_copy(update={"verified_on": date(2026, 11, 24)})


def test_a_page_on_which_the_extractor_fails_is_named_and_the_others_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(body: bytes, url: str, *values: Any) -> Article | str:
        if "1002" in url:
            raise RecursionError
        return page_or_reason(body, url, *values)

    monkeypatch.setattr("spiders.onboarding.captures.page_or_reason", read)
    found = probed(a_site(lambda number: an_article(f"Bài báo cáo số {number} của phường")), a_portal())
    assert {one.unread for one in found.articles} == {"", "extractor_error"}
