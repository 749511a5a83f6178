"""Bad input of every kind: a flag on the row or a reason for none, no exception, no wrong value."""

from __future__ import annotations

import gzip
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spiders.extract.article import extract_article
from spiders.extract.stage import extraction
from spiders.extract.version import EXTRACTOR_VERSION
from spiders.pages.html import NotAPage, Reason, parse_page
from spiders.portal import portal_of_platform
from spiders.portal_values import PlatformName
from tests.archived import derived_file, rows_of
from tests.spiders.platforms.pages import a_capture, a_portal
from tests.warehouse.text.encoders import ENCODERS, read_as, to_tcvn3, to_utf8_twice, to_vni
from tests.warehouse.text.foreign import FOREIGN
from warehouse.archive.warc.format import CrawlInfo
from warehouse.archive.warc.writer import WarcWriter
from warehouse.datasets import ARTICLES, CAPTURE_KEYS, UNREAD_PAGES
from warehouse.executors import LocalProcesses
from warehouse.home import Home
from warehouse.records import Article, CrawlReport
from warehouse.stages import bring_up_to_date

URL = "https://dongtam.hanoi.test/tin-tuc/-/view_content/3310023-hoi-nghi"
TITLE = "Hội nghị giao ban công tác tháng Mười của Ủy ban nhân dân xã"
BODY = (
    "Sáng 14/10, Ủy ban nhân dân xã tổ chức hội nghị giao ban công tác tháng. Các thôn báo cáo tiến độ giải phóng mặt "
    "bằng, việc thu quỹ và lịch tiêm phòng cho đàn gia súc.",
    "Đồng chí Chủ tịch yêu cầu các đơn vị đẩy nhanh tiến độ, xử lý nghiêm những trường hợp vi phạm đất đai, trật tự "
    "xây dựng ở các thôn ven sông Đáy.",
)
SECONDS_MAX = 20.0
"""CPU time; a bounded case takes three seconds at most."""


def same(text: str) -> str:
    return text


def page(encode: Callable[[str], str] = same, head: str = "", body: tuple[str, ...] = BODY) -> str:
    """Return an article page, its article in another encoding than its menu."""
    paragraphs = "".join(f"<p>{encode(text)}</p>" for text in body)
    return (
        f"<!DOCTYPE html><html><head>{head}<title>Cổng thử</title></head><body><ul><li>Trang chủ</li><li>Giới "
        f'thiệu</li></ul><div><div class="asset-full-content-title">{encode(TITLE)}</div><div class="assetPublishDate">'
        f'14/10/2024 | 17:41</div><div class="asset-full-content"><div class="journal-content-article">{paragraphs}'
        "</div></div></div></body></html>"
    )


def with_tones_apart(text: str) -> str:
    """Write each tone mark after its vowel, as Windows-1258 must."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    letters = ""
    for letter in text:
        marks = unicodedata.normalize("NFD", letter)
        bare = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in tones))
        letters += bare + "".join(mark for mark in marks if mark in tones)
    return letters


def extract(body: bytes, content_type: str | None = None, platform: PlatformName = "liferay_point") -> Article | None:
    capture = a_capture(URL, body, content_type=content_type)
    return extract_article(capture, body, a_portal(platform, URL))


# --- Characters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content_type", "flags"),
    [
        (page().encode(), None, ()),
        (page(encode=lambda text: text.replace("á", "a\u0301").replace("ị", "i\u0323")).encode(), None, ()),
        (page(to_vni).encode(), None, ("converted_vni",)),
        (page(to_utf8_twice).encode(), None, ("converted_utf8_twice",)),
        (page(lambda text: to_utf8_twice(text, "cp1258")).encode(), "text/html", ("converted_utf8_twice",)),
        (page(ENCODERS["viscii"]).encode(), None, ("converted_viscii",)),
        (to_vni(page()).encode("cp1252"), "text/html; charset=iso-8859-1", ("converted_vni",)),
        (to_vni(page()).encode("cp1252"), None, ("converted_vni", "guessed_charset")),
        (to_vni(page()).encode("cp1252"), "text/html; charset=utf-8", ("converted_vni", "wrong_charset")),
        (page().encode("utf-16-le"), None, ("guessed_charset",)),
        (page().encode("utf-16-be"), "text/html; charset=utf-8", ("guessed_charset",)),
        (page().encode(), "text/html; charset=idna", ()),
        (page().encode(), "text/html; charset=punycode", ()),
        (page().encode().replace(b"giao", b"g\x00iao"), None, ()),
    ],
)  # fmt: skip
def test_text_in_every_encoding_is_decoded(body: bytes, content_type: str | None, flags: tuple[str, ...]) -> None:
    article = extract(body, content_type)
    assert article is not None
    assert article.title == TITLE
    assert article.body == BODY
    assert article.quality_flags == flags


def test_tcvn3_is_decoded_without_the_capitals_that_it_lacks() -> None:
    meant = tuple(text.replace("Ủy", "ủy") for text in (TITLE, *BODY))
    for body in (page(to_tcvn3).encode(), page(lambda text: read_as("cp1258", to_tcvn3(text))).encode()):
        article = extract(body)
        assert article is not None
        assert (article.title, *article.body) == meant
        assert article.quality_flags == ("converted_tcvn3",)


def test_a_font_of_capitals_yields_capitals() -> None:
    body = (f'<font face=".VnTimeH">{to_tcvn3("ủy ban nhân dân xã")} thanh tri</font>: {to_tcvn3(BODY[0])}', BODY[1])
    article = extract(page(body=body).encode())
    assert article is not None
    assert article.body[0].startswith("ỦY BAN NHÂN DÂN XÃ THANH TRI: Sáng 14/10")
    assert article.body[1] == BODY[1]


def test_windows_1258_declared_as_utf8_is_decoded() -> None:
    body = with_tones_apart(page(head="<meta charset=utf-8>")).encode("cp1258")
    article = extract(body, "text/html")
    assert article is not None
    assert article.title == TITLE
    assert article.body == BODY
    assert article.quality_flags == ("wrong_charset",)


def test_text_that_cannot_be_restored_is_flagged_and_unchanged() -> None:
    lost = "".join(letter if letter.isascii() or number % 3 else "\ufffd" for number, letter in enumerate(BODY[0] * 2))
    article = extract(page(body=(lost, BODY[1])).encode())
    assert article is not None
    assert article.quality_flags == ("mojibake",)
    assert article.body == (lost, BODY[1])


@pytest.mark.parametrize("language", FOREIGN)
def test_pages_in_other_languages_are_unchanged(language: str) -> None:
    article = extract(
        page(head='<style>p {font-family: "VNI-Times", .VnTime}</style>', body=(FOREIGN[language],)).encode()
    )
    assert article is not None
    assert article.body == (FOREIGN[language],)
    assert not {flag for flag in article.quality_flags if flag.startswith(("converted", "mojibake"))}


def test_an_english_page_is_flagged() -> None:
    text = (
        "The office of the ward is open from Monday to Friday, and on Saturday morning for the registration of births. "
    )
    article = extract(page(body=(text * 3,)).replace(TITLE, "Opening hours of the office").encode())
    assert article is not None
    assert (article.language, article.quality_flags) == ("en", ("language_en",))


# --- Not a page ----------------------------------------------------------------------------------------------------

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 40
ATTRIBUTES = b" ".join(b'a%d="<x>"' % number for number in range(50_000))
NO_PAGES: list[tuple[bytes, str | None, Reason]] = [
    (b"", None, "empty"),
    (b" \r\n\t ", "text/html", "empty"),
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n<html>", "text/html", "pdf"),
    (b"\r\n%PDF-1.4\n", "text/html", "pdf"),
    (JPEG, "text/html", "binary"),
    (b"\x00" * 5000, None, "binary"),
    (gzip.compress(page().encode())[:200], "text/html", "binary"),
    (page().encode(), "application/pdf", "other_media_type"),
    (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "text/xml", "feed"),
    ("Thông báo: hôm nay nghỉ.".encode(), "text/html", "plain_text"),
    (b"<p>" + b"x" * 20_000_000, None, "too_large"),
    (b"<p>" + b"<b>x</b>" * 40_000, None, "too_many_elements"),
    (b"<p><table><tr><td colspan=1000>x" + b"<tr><td>x" * 5_000, None, "too_many_elements"),
    (b"<p><div " + ATTRIBUTES + b">x</div>", None, "too_many_attributes"),
    (b"<p>" + b"<div>" * 300 + b"<p>x</p>" * 10_000, None, "too_nested"),
]


@pytest.mark.parametrize(("body", "content_type", "reason"), NO_PAGES, ids=[reason for _, _, reason in NO_PAGES])
def test_a_body_that_is_not_a_page_has_a_reason_and_no_row(
    body: bytes, content_type: str | None, reason: Reason
) -> None:
    begun = time.process_time()
    with pytest.raises(NotAPage, match=URL) as refusal:
        parse_page(body, URL, content_type)
    assert refusal.value.reason == reason
    assert extract(body, content_type) is None
    assert extract(body, content_type, "generic") is None
    assert time.process_time() - begun < SECONDS_MAX


# --- Size and form ---------------------------------------------------------------------------------------------------


def with_inside(markup: bytes) -> bytes:
    """Return the article page with this markup between its paragraphs."""
    return page().encode().replace(b"</p><p>", b"</p>" + markup + b"<p>")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(with_inside(b"<p>" + "Tin của xã. ".encode() * 400_000 + b"</p>"), id="5 MB of text"),
        pytest.param(with_inside(b"<p>" + b"x" * 5_000_000 + b"</p>"), id="a word of 5 MB"),
        pytest.param(with_inside(b"<p>" + to_tcvn3("Hội nghị giao ban ").encode() * 250_000), id="5 MB of TCVN3"),
        pytest.param(with_inside(b"<!-- " + b"x" * 5_000_000 + b" -->"), id="a comment of 5 MB"),
        pytest.param(with_inside(b"<a href='/" + b"a-" * 2_500_000 + b"1.html'>x</a>"), id="a URL of 5 MB"),
        pytest.param(
            with_inside(b"<img src='data:image/png;base64," + b"QUJD" * 1_250_000 + b"'>"), id="a picture inside"
        ),
        pytest.param(with_inside(b"<div>" * 100_000), id="100,000 nested elements"),
        pytest.param(with_inside(b"<div " + ATTRIBUTES[:60_000] + b"></div>"), id="many attributes"),
        pytest.param(with_inside(b"<p>x</p>" * 20_000), id="many paragraphs"),
    ],
)
@pytest.mark.parametrize("platform", ["liferay_point", "generic"])
@pytest.mark.slow
def test_an_oversized_page_is_extracted_in_bounded_time(body: bytes, platform: PlatformName) -> None:
    begun = time.process_time()
    extract(body, None, platform)
    assert time.process_time() - begun < SECONDS_MAX


@pytest.mark.parametrize("platform", ["liferay_point", "generic"])
def test_a_truncated_page_is_extracted_or_refused(platform: PlatformName) -> None:
    whole = page().encode()
    for end in range(0, len(whole), 7):
        article = extract(whole[:end], None, platform)
        for text in article.body if article else ():
            assert any(paragraph.startswith(text.rstrip("\ufffd")) for paragraph in BODY), text


# --- The batch -------------------------------------------------------------------------------------------------------


def test_a_batch_with_bad_input_yields_its_good_rows(tmp_path: Path) -> None:
    portal = portal_of_platform("liferay_point", URL).model_copy(update={"slug": "dong-tam"})
    now = datetime(2026, 1, 1, tzinfo=UTC)
    info = CrawlInfo("dong-tam-1", portal.slug, "run", now, "test", portal.model_dump(mode="json"))
    no_pages = [(body, header, reason) for body, header, reason in NO_PAGES if reason != "too_large"]
    bodies = [(body, header) for body, header, _ in no_pages]
    bodies += [(page().encode(), "text/html"), (page(to_vni).encode(), "text/html; charset=undefined")]
    home = Home(tmp_path)
    with WarcWriter(home, info) as writer:
        for number, (body, header) in enumerate(bodies):
            fields = [(b"Content-Type", header.encode())] if header else []
            writer.write(f"{URL}-{number}", now, b"HTTP/1.1 200 OK", fields, body, article_key=str(number))
        packed = gzip.compress(page().encode())
        broken = packed[:20] + b"\xff" * 40 + packed[60:]
        gzipped = [(b"Content-Encoding", b"gzip")]
        writer.write(f"{URL}-gz", now, b"HTTP/1.1 200 OK", gzipped, broken, article_key="gz")
        report = CrawlReport("dong-tam-1", portal.slug, "run", now, now, "ok", "", 1, 1, 1, 1, 1, {}, "")
        warc = writer.close(report)
    (done,) = bring_up_to_date(extraction({portal.slug: portal}), home.storage, LocalProcesses(1)).units
    assert done.rows == {
        ARTICLES.name: 2,
        UNREAD_PAGES.name: len(no_pages) + 1,
        CAPTURE_KEYS.name: len(bodies) + 1,
    }
    assert done.counts == {"undecodable": 1, "extractor_errors": 0}
    unread = rows_of(derived_file(UNREAD_PAGES, EXTRACTOR_VERSION, warc))
    assert unread["reason"].to_pylist() == [*(reason for _, _, reason in no_pages), "undecodable"]
    table = rows_of(derived_file(ARTICLES, EXTRACTOR_VERSION, warc))
    assert table["title"].to_pylist() == [TITLE, TITLE]
    assert table["quality_flags"].to_pylist() == [[], ["converted_vni"]]
