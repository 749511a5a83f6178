"""From captures to articles: the seeds in their platform's markup, flags, versions, and hostile input."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spiders.extract import (
    EXTRACTOR_VERSION,
    QUALITY_FLAGS,
    PageReading,
    extract_article,
    read_page,
)
from spiders.page import PageKind
from spiders.parse import NotAPage
from spiders.portal import PlatformName
from tests.spiders.platforms.pages import FIXTURES, a_capture, a_portal
from warehouse.records import ARTICLE_SCHEMA, Article, to_table
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


# --- The two seeds of this platform, put into its markup at run time -------------------------------------------------

PICTURE = '<img src="/documents/1/2/anh.jpg" alt="" />'
CAPTIONED: dict[str, Callable[[str], str]] = {
    "same paragraph": lambda text: f'<p style="text-align: center;">{PICTURE}<br />{text}</p>',
    "italic line": lambda text: f'<p align="center">{PICTURE}</p><p align="center"><em>{text}</em></p>',
    "short line": lambda text: f"<p>{PICTURE}</p>\n<p>{text}</p>",
    "twice": lambda text: f"<p>{PICTURE}</p><p><i>{text}</i></p><p><i>{text}</i></p>",
    "figure": lambda text: f"<figure>{PICTURE}<figcaption>{text}</figcaption></figure>",
    "table": lambda text: f"<table><tr><td>{PICTURE}</td></tr><tr><td>{text}</td></tr></table>",
    "picture lost": lambda text: f'<p style="text-align: justify;">{text}</p>',
}
SIGNED: dict[str, Callable[[str], tuple[str, str]]] = {
    "by the template": lambda name: ("", f'<p align="right" class="view-content-author"><strong>{name}</strong></p>'),
    "last line": lambda name: (f"<p>{name}</p>", ""),
    "last line to the right": lambda name: (f'<p style="text-align: right;"><b>{name}</b></p>', ""),
}


def seed_page(text: str, roles: dict[str, str], caption: str, signature: str) -> bytes:
    """Put the lines of a seed into a detail page, each by the role that gold gives it."""
    lines = text.split("\n")
    body, parts, end = "", {"chrome": "", "title": "", "meta": ""}, ""
    for number, role in sorted(roles.items(), key=lambda item: int(item[0])):
        line = html.escape(lines[int(number) - 1])
        if role == "caption":
            body += CAPTIONED[caption](line)
        elif role == "byline":
            inside, end = SIGNED[signature](line)
            body += inside
        elif role == "body":
            body += f'<p style="text-align: justify;">{line}</p>\n'
        else:
            parts[role] = line
    breadcrumb = f'<span class="tintuc"><p>{parts["chrome"]}</p></span>'
    return liferay(body, title=parts["title"], date=parts["meta"], breadcrumb=breadcrumb, end=end)


@pytest.fixture(scope="module")
def gold(shared: Path) -> dict[str, dict[str, Any]]:
    read: dict[str, dict[str, Any]] = json.loads((shared / "seeds/gold.json").read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("signature", SIGNED)
@pytest.mark.parametrize("caption", CAPTIONED)
@pytest.mark.parametrize("seed", ["000", "004"])
def test_seeds_come_out_as_gold_says(
    shared: Path, gold: dict[str, dict[str, Any]], seed: str, caption: str, signature: str
) -> None:
    name, said = next((name, said) for name, said in gold.items() if name.startswith(seed))
    text = (shared / f"seeds/{name}.txt").read_text(encoding="utf-8")
    article = extract(seed_page(text, said["line_roles"], caption, signature))
    assert article is not None
    assert article.title == said["title"]
    assert article.published_at is not None
    assert (article.published_at.isoformat(), article.published_precision) == (
        said["published_at"],
        said["published_precision"],
    )
    assert (article.byline, article.view_count) == (said["byline"], said["view_count"])
    assert list(article.captions) == said["captions"]
    assert article.section == said["section"]
    assert article.credited_source_name is None
    assert len(article.body) == said["body_paragraph_count"]
    assert article.body[0].startswith(said["body_first_words"])
    assert article.body[-1].endswith(said["body_last_words"])
    whole = "\n".join(article.body)
    for line in (*said["chrome"], *said["captions"], said["byline"], "View count", "Trang chủ", "Tin khác"):
        assert line not in whole


# --- Rows ----------------------------------------------------------------------------------------------------------


def test_an_article_carries_its_provenance_and_version() -> None:
    body = liferay(PARAGRAPH)
    article = extract(body, warc_file="a.warc.gz", warc_offset=77, capture_id="c7", crawl_id="k7")
    assert article is not None
    assert (article.warc_file, article.warc_offset, article.capture_id, article.crawl_id) == (
        "a.warc.gz",
        77,
        "c7",
        "k7",
    )
    assert (article.extractor, article.extractor_version) == ("liferay_point", EXTRACTOR_VERSION)
    assert (article.word_count, article.language, article.quality_flags) == (40, "vi", ())
    assert to_table([article], ARTICLE_SCHEMA).num_rows == 1


def test_extraction_is_a_function_of_the_bytes() -> None:
    assert extract(liferay(PARAGRAPH)) == extract(liferay(PARAGRAPH))


@pytest.mark.parametrize(
    "url", [f"{URL}.html", f"{URL}-moi?p_auth=9", f"{HOST}/khac/-/view_content/4400001-ten-khac", f"{URL}/vi"]
)
def test_article_id_is_of_the_platforms_own_id(url: str) -> None:
    article = extract(liferay(PARAGRAPH), url)
    assert article is not None
    assert article.article_id == article_id("cong-thu", "4400001")


def test_an_article_shown_at_a_list_address_has_the_id_that_the_template_prints() -> None:
    article = extract(liferay(PARAGRAPH), f"{HOST}/dang-doan-the?p_p_id=59")
    assert article is not None
    assert article.article_id == article_id("cong-thu", "4400001")


def test_a_generic_article_is_known_by_its_canonical_address() -> None:
    url = "https://bao.test/tin/hop-giao-ban-thang-chin-12.html"
    text = PARAGRAPH + PARAGRAPH.replace("tám", "mười") + PARAGRAPH.replace("tám", "hai")
    body = f"<html><body><h1>Họp giao ban tháng chín</h1><div>{text}</div></body></html>".encode()
    article = extract(body, f"{url}?utm_source=x", "generic")
    assert article is not None
    assert (article.url, article.article_id) == (url, article_id("cong-thu", url))


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
        (liferay(PARAGRAPH, date="01/01/1970 | 07:00"), ("published_before_web",)),
        (liferay("<p>" + "The office is open to the public on Saturdays in the ward. " * 4 + "</p>"), ("language_en",)),
    ],
)
def test_flags(body: bytes, flags: tuple[str, ...]) -> None:
    article = extract(body)
    assert article is not None
    assert article.quality_flags == flags
    assert (article.published_at is None) == any("date" in flag or "published" in flag for flag in flags)
    assert (article.published_precision is None) == (article.published_at is None)


def test_a_wrong_charset_is_flagged_and_read_right() -> None:
    article = extract(liferay(PARAGRAPH), content_type="text/html; charset=iso-8859-1")
    assert article is not None
    assert article.quality_flags == ("wrong_charset",)
    assert article.title == "Tên bài"


def test_a_date_of_the_capture_day_is_kept() -> None:
    article = extract(liferay(PARAGRAPH, date="01/01/2026 | 06:59"))
    assert article is not None
    assert article.published_at is not None
    assert extract(liferay(PARAGRAPH, date="01/01/2026 | 07:01")).published_at is None  # type: ignore[union-attr]  # an article, as above


def test_a_change_later_than_the_capture_is_dropped() -> None:
    body = (FIXTURES / "generic/json_ld_and_figures/page.html").read_bytes()
    url = "https://bao.test/do-thi/pho-di-bo-moi-ben-ho-4411.html"
    article = extract(body, url, "generic", captured_at=datetime(2025, 9, 8, 8, 0, tzinfo=UTC))
    assert article is not None
    assert article.published_at is not None
    assert article.updated_at is None
    assert article.quality_flags == ("updated_after_capture",)


def test_a_page_without_the_template_is_read_by_generic_and_says_so() -> None:
    body = (FIXTURES / "generic/microdata_and_captions_twice/page.html").read_bytes()
    article = extract(body)
    assert article is not None
    assert article.extractor == "generic"
    assert "fallback" in article.quality_flags
    assert article.article_id == article_id("cong-thu", "4400001")


def test_every_flag_is_explained() -> None:
    assert all(meaning and flag == flag.lower() for flag, meaning in QUALITY_FLAGS.items())


def test_the_version_is_a_number_and_a_fingerprint() -> None:
    number, fingerprint = EXTRACTOR_VERSION.split("-")
    assert int(number) >= 1
    assert int(fingerprint, 16) >= 0
    assert len(fingerprint) == 8


def test_the_fingerprint_follows_code_and_libraries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import spiders.extract as module

    before = module._fingerprint()
    assert before == module._fingerprint()
    changed = tmp_path / "parse.py"
    changed.write_bytes(b"# another")
    monkeypatch.setattr(module, "_SOURCES", (*module._SOURCES[1:], changed))
    assert module._fingerprint() != before
    monkeypatch.undo()
    monkeypatch.setattr(module, "version", lambda name: "0.0")
    assert module._fingerprint() != before


# --- What is no article --------------------------------------------------------------------------------------------

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
def test_what_is_no_article_gives_none(body: bytes, platform: PlatformName) -> None:
    assert extract(body, platform=platform) is None


@pytest.mark.parametrize("status", [301, 304, 404, 410, 500])
def test_only_a_successful_answer_is_an_article(status: int) -> None:
    assert extract(liferay(PARAGRAPH), status=status) is None


def test_nul_bytes_in_a_page_are_no_harm() -> None:
    article = extract(liferay(PARAGRAPH).replace("đúng".encode(), "đú\x00ng".encode()))
    assert article is not None
    assert article.body[0].startswith("Câu này có đúng tám chữ")


def test_captures_are_extracted_in_order_and_others_left_out() -> None:
    first, second = liferay(PARAGRAPH, title="Một"), liferay(PARAGRAPH, title="Hai")
    bodies = [(URL, first), (f"{HOST}/dang-doan-the", LIST), (f"{HOST}/a.pdf", b"%PDF"), (f"{URL}-2", second)]
    readings = [extract_article(a_capture(url, body), body, PORTAL) for url, body in bodies]
    articles = [article for article in readings if article]
    assert [article.title for article in articles] == ["Một", "Hai"]


def test_read_page_gives_the_rows_of_a_list() -> None:
    reading = read_page(LIST, URL, PORTAL, "text/html")
    assert isinstance(reading, PageReading)
    assert (reading.kind, reading.extractor, reading.parts) == (PageKind.LIST, "liferay_point", None)
    assert [row.view_count for row in reading.rows] == [9]


def test_read_page_says_what_is_wrong_with_bytes() -> None:
    with pytest.raises(NotAPage, match="is empty"):
        read_page(b"", URL, PORTAL)
