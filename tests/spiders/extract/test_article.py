"""Extraction of articles: the seeds in their platform's markup, flags, versions, and hostile input."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from bench.extraction.bodies import CAPTIONED, SIGNED
from bench.extraction.cases import Case
from bench.extraction.report import faults
from bench.extraction.score import score
from bench.extraction.seeds import liferay_case, read_seeds
from spiders.extract.article import (
    QUALITY_FLAGS,
    UNREAD_REASONS,
    PageReading,
    article_or_reason,
    extract_article,
    extract_page,
    read_page,
)
from spiders.extract.version import EXTRACTOR_VERSION
from spiders.onboarding.gold_cases import as_json
from spiders.pages.html import NotAPage, Reason
from spiders.pages.no_content import NO_CONTENT_KINDS
from spiders.pages.page import PageKind
from spiders.portal_values import PlatformName
from tests.spiders.platforms.pages import FIXTURES, a_capture, a_portal
from warehouse.datasets import ARTICLES
from warehouse.records import Article
from warehouse.text.identity import article_id

HOST = "https://myduc.hanoi.test"
URL = f"{HOST}/dang-doan-the/-/view_content/4400001-bai"
PORTAL = a_portal("liferay_point", HOST)
PARAGRAPH = "<p>" + "Câu này có đúng tám chữ thôi nhé. " * 5 + "</p>"


def liferay(
    body: str, *, title: str | None = "Tên bài", date: str = "14/10/2024 | 17:41", breadcrumb: str = "", end: str = ""
) -> bytes:
    """Return an article page of the platform around the body."""
    heading = f'<div class="asset-full-content-title">{title}</div>' if title else ""
    return (
        f'<!DOCTYPE html><html class="aui ltr"><head><title>Cổng thử</title></head><body><div id="main">'
        f'<div class="dd_chuyenmuc"><span class="trangchu"><a href="/">Trang chủ</a></span>{breadcrumb}</div>'
        f'<div class="portlet-body"><div>{heading}<div class="assetPublishDate block_timer">{date}</div>'
        f'<div class="asset-full-content  show-asset-title"><div class="asset-content" id="_101_4400001">'
        f'<div class="sapo-wrapper clearfix"><p class="sapo"><strong></strong></p></div>'
        f'<div class="journal-content-article">{body}</div>{end}</div></div>'
        f'<div class="related_asset"><div class="related_asset_title">Tin khác</div><ul class="related_asset_list">'
        f'<li><a href="/dang-doan-the/-/view_content/4400002-khac">Một bài khác</a></li></ul></div>'
        f"</div></div></div></body></html>"
    ).encode()


def extract(body: bytes, url: str = URL, platform: PlatformName = "liferay_point", **fields: object) -> Article | None:
    return extract_article(a_capture(url, body, **fields), body, a_portal(platform, url))


# --- The two seeds of this platform, rendered in its markup ----------------------------------------------------------


@pytest.mark.parametrize("signature", SIGNED)
@pytest.mark.parametrize("caption", CAPTIONED)
def test_a_seed_is_extracted_as_in_gold(shared: Path, caption: str, signature: str) -> None:
    seed = next(seed for seed in read_seeds(shared) if seed.key == "000")
    assert_matches_gold(liferay_case(shared, seed, caption, signature))


@pytest.mark.parametrize("signature", SIGNED)
def test_a_seed_without_pictures_is_extracted_as_in_gold(shared: Path, signature: str) -> None:
    seed = next(seed for seed in read_seeds(shared) if seed.key == "004")
    assert_matches_gold(liferay_case(shared, seed, "short line", signature))


def assert_matches_gold(case: Case) -> None:
    article = extract_page(case.body, case.url, a_portal("liferay_point", case.url), case.captured_at)
    assert article is not None
    assert list(faults(score(case, as_json(article)))) == []
    assert case.gold is not None
    assert list(article.body) == case.gold["body"]
    assert list(article.captions) == case.gold["captions"]
    assert (article.published_precision, article.view_count) == ("minute", case.gold["view_count"])


# --- Rows ----------------------------------------------------------------------------------------------------------


def test_an_article_carries_its_provenance_and_version() -> None:
    body = liferay(PARAGRAPH)
    article = extract(body, capture_id="c7", crawl_id="k7")
    assert article is not None
    assert (article.capture_id, article.crawl_id) == ("c7", "k7")
    assert (article.extractor, article.extractor_version) == ("liferay_point", EXTRACTOR_VERSION)
    assert (article.word_count, article.language, article.quality_flags) == (40, "vi", ())
    assert ARTICLES.table([article]).num_rows == 1


def test_extraction_is_a_function_of_the_bytes() -> None:
    assert extract(liferay(PARAGRAPH)) == extract(liferay(PARAGRAPH))


@pytest.mark.parametrize(
    "url", [f"{URL}.html", f"{URL}-moi?p_auth=9", f"{HOST}/khac/-/view_content/4400001-ten-khac", f"{URL}/vi"]
)
def test_article_id_is_derived_from_the_platforms_own_id(url: str) -> None:
    article = extract(liferay(PARAGRAPH), url)
    assert article is not None
    assert article.article_id == article_id("cong-thu", "4400001")


def test_an_article_at_a_list_url_has_the_id_that_the_template_prints() -> None:
    article = extract(liferay(PARAGRAPH), f"{HOST}/dang-doan-the?p_p_id=59")
    assert article is not None
    assert article.article_id == article_id("cong-thu", "4400001")


def test_a_generic_article_is_identified_by_its_canonical_url() -> None:
    url = "https://bao.test/tin/hop-giao-ban-thang-chin-12.html"
    text = PARAGRAPH + PARAGRAPH.replace("tám", "mười") + PARAGRAPH.replace("tám", "hai")
    body = f"<html><body><h1>Họp giao ban tháng chín</h1><div>{text}</div></body></html>".encode()
    article = extract(body, f"{url}?utm_source=x", "generic")
    assert article is not None
    assert (article.url, article.article_id) == (url, article_id("cong-thu", url.removeprefix("https://")))


@pytest.mark.parametrize(
    ("body", "flags"),
    [
        (liferay(PARAGRAPH), ()),
        (liferay(PARAGRAPH, title=None), ("no_title",)),
        (liferay(PARAGRAPH, date=""), ("no_date",)),
        (liferay(PARAGRAPH, date="31/02/2024 | 10:00"), ("no_date",)),
        (liferay("<p>Xem lịch tại bảng tin.</p>"), ("short_body",)),
        (liferay('<p>Xem tệp.</p><p><a href="a.pdf">Tệp</a></p>'), ("attachment_only",)),
        (liferay(PARAGRAPH, date="14/10/2031 | 17:41"), ("published_after_capture",)),
        (liferay(PARAGRAPH, date="01/01/1970 | 07:00"), ("published_before_portal",)),
        (liferay("<p>" + "The office is open to the public on Saturdays in the ward. " * 4 + "</p>"), ("language_en",)),
    ],
)
def test_flags(body: bytes, flags: tuple[str, ...]) -> None:
    article = extract(body)
    assert article is not None
    assert article.quality_flags == flags
    assert (article.published_at is None) == any("date" in flag or "published" in flag for flag in flags)
    assert (article.published_precision is None) == (article.published_at is None)


def test_a_wrong_charset_is_flagged_and_corrected() -> None:
    article = extract(liferay(PARAGRAPH), content_type="text/html; charset=iso-8859-1")
    assert article is not None
    assert article.quality_flags == ("wrong_charset",)
    assert article.title == "Tên bài"


def test_a_date_on_the_capture_day_is_kept_with_some_clock_skew() -> None:
    article = extract(liferay(PARAGRAPH, date="01/01/2026 | 06:59"))
    assert article is not None
    assert article.published_at is not None
    assert extract(liferay(PARAGRAPH, date="01/01/2026 | 07:11")).published_at is None  # type: ignore[union-attr]  # an article, as above


def test_a_modification_date_after_the_capture_is_dropped() -> None:
    body = (FIXTURES / "generic/json_ld_and_figures/page.html").read_bytes()
    url = "https://bao.test/do-thi/pho-di-bo-moi-ben-ho-4411.html"
    article = extract(body, url, "generic", captured_at=datetime(2025, 9, 8, 8, 0, tzinfo=UTC))
    assert article is not None
    assert article.published_at is not None
    assert article.updated_at is None
    assert article.quality_flags == ("updated_after_capture",)


def test_a_page_without_a_matching_template_is_read_by_generic_and_flagged() -> None:
    body = (FIXTURES / "generic/microdata_and_captions_twice/page.html").read_bytes()
    article = extract(body)
    assert article is not None
    assert article.extractor == "generic"
    assert "fallback" in article.quality_flags
    assert article.article_id == article_id("cong-thu", "4400001")


def test_every_flag_is_explained() -> None:
    assert all(meaning and flag == flag.lower() for flag, meaning in QUALITY_FLAGS.items())


# --- Other pages ---------------------------------------------------------------------------------------------------

LIST = (FIXTURES / "liferay_point/gone_shows_list/page.html").read_bytes()
CHALLENGE = (
    b'<html><body><script>document.cookie="D1N=0a1b2c3d;expires=Fri, 31-Dec-2038 23:59:59 GMT; path=/";'
    b"window.location.reload(true);</script></body></html>"
)


@pytest.mark.parametrize("platform", ["liferay_point", "generic"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"\x00" * 400,
        bytes(range(256)) * 8,
        b"%PDF-1.4 \xe2\xe3",
        b"just words",
        b"<html></html>",
        b"<html><body>" + b"<div>" * 1_000_000,
        b"<html><body>" + b"<p><b>x" * 300_000,
        CHALLENGE,
        LIST,
        b'<div class="asset-full-content"><div class="journal-content-article"></div></div>',
        b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script><h1>x</h1>",
    ],
    ids=[
        "empty",
        "blank",
        "NULs",
        "binary",
        "PDF",
        "text",
        "bare",
        "nested",
        "huge",
        "challenge",
        "list",
        "frame",
        "JSON",
    ],
)
def test_other_pages_give_no_article(body: bytes, platform: PlatformName) -> None:
    assert extract(body, platform=platform) is None


@pytest.mark.parametrize("status", [301, 304, 404, 410, 500])
def test_only_a_successful_response_is_an_article(status: int) -> None:
    assert extract(liferay(PARAGRAPH), status=status) is None


def test_nul_bytes_in_a_page_are_ignored() -> None:
    article = extract(liferay(PARAGRAPH).replace("đúng".encode(), "đú\x00ng".encode()))
    assert article is not None
    assert article.body[0].startswith("Câu này có đúng tám chữ")


def test_articles_are_extracted_in_order_and_other_captures_skipped() -> None:
    first, second = liferay(PARAGRAPH, title="Một"), liferay(PARAGRAPH, title="Hai")
    bodies = [(URL, first), (f"{HOST}/dang-doan-the", LIST), (f"{HOST}/a.pdf", b"%PDF"), (f"{URL}-2", second)]
    readings = [extract_article(a_capture(url, body), body, PORTAL) for url, body in bodies]
    articles = [article for article in readings if article]
    assert [article.title for article in articles] == ["Một", "Hai"]


def test_read_page_returns_the_rows_of_a_list() -> None:
    reading = read_page(LIST, URL, PORTAL, "text/html")
    assert isinstance(reading, PageReading)
    assert (reading.kind, reading.extractor, reading.parts) == (PageKind.LIST, "liferay_point", None)
    assert [row.view_count for row in reading.rows] == [9]


def test_read_page_reports_why_the_bytes_are_not_a_page() -> None:
    with pytest.raises(NotAPage, match="is empty"):
        read_page(b"", URL, PORTAL)


# --- Unread pages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b" \n ", "text/html", "empty"),
        (b"%PDF-1.7 \x00\x01", "text/html", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "text/html", "binary"),
        (b"<html><p>Tin</p></html>", "image/png", "other_media_type"),
        (b"<rss><channel></channel></rss>", "text/xml", "feed"),
        ("Xin chào bà con".encode(), "text/html", "plain_text"),
        (b"<html><body>" + b"<b></b>" * 70_000 + b"</body></html>", "text/html", "too_many_elements"),
        (CHALLENGE, "text/html", "challenge"),
        (LIST, "text/html", "list_in_its_place"),
        (b"<html><body><p></p></body></html>", "text/html", "no_article"),
    ],
)
def test_reasons_for_unread_pages(body: bytes, content_type: str, reason: str) -> None:
    capture = a_capture(URL, body, content_type=content_type)
    assert article_or_reason(capture, body, PORTAL) == reason
    assert extract_article(capture, body, PORTAL) is None
    assert reason in UNREAD_REASONS


def test_every_reason_is_explained() -> None:
    of_pages = {*NO_CONTENT_KINDS, "search_results", "several_texts", "static_page", "refused_prose"}
    of_pages |= {"challenge", "further_page", "list_in_its_place", "no_article", "redirect_page", "undecodable"}
    of_pages |= {"revisit_unresolved", "extractor_error"}
    assert UNREAD_REASONS.keys() == {*get_args(Reason), *of_pages}
    assert list(UNREAD_REASONS) == sorted(UNREAD_REASONS)
