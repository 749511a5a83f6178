"""Parsing a response: charset, broken markup, and bodies that are no page."""

from __future__ import annotations

import codecs
import contextlib
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from spiders.pages.html import NotAPage, parse_page

URL = "https://xa.test/tin"
TEXT = "Ủy ban nhân dân xã họp giao ban về giải phóng mặt bằng"


def html(text: str = TEXT, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{head}<title>x</title></head><body><p>{text}</p></body></html>"


def words(body: bytes, content_type: str | None = None) -> tuple[str, tuple[str, ...]]:
    page = parse_page(body, URL, content_type)
    return str(page.tree.text_content()).removeprefix("x"), page.flags


META_1252 = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">'


@pytest.mark.parametrize(
    ("body", "content_type", "flags"),
    [
        (html().encode(), "text/html; charset=UTF-8", ()),
        (html().encode(), "text/html", ()),
        (html().encode(), None, ()),
        (html(head="<meta charset=utf-8>").encode(), None, ()),
        (html().encode(), "text/html; charset=iso-8859-1", ("wrong_charset",)),
        (html().encode(), 'text/html; charset="latin1"', ("wrong_charset",)),
        (html().encode(), "text/html; charset='latin1'", ()),  # no charset to a browser either
        (html().encode(), "text/html; charset=utf8", ()),
        (html(head=META_1252).encode(), "text/html", ("wrong_charset",)),
        (html(head=META_1252).encode(), "text/html; charset=utf-8", ()),
        (html().encode(), "text/html; charset=no-such-charset", ()),
        (html().encode(), "text/html; charset=hex", ()),
        (codecs.BOM_UTF8 + html().encode(), "text/html; charset=iso-8859-1", ()),
        (codecs.BOM_UTF16_LE + html().encode("utf-16-le"), None, ()),
        (codecs.BOM_UTF16_BE + html().encode("utf-16-be"), "text/html", ()),
        (html().encode().replace(b"giao", b"gi\x00ao"), None, ()),
        (b'<?xml version="1.0" encoding="iso-8859-1"?>' + html().encode(), None, ("wrong_charset",)),
        (html(head=f"<!-- {META_1252} -->").encode(), None, ()),
        (codecs.BOM_UTF32_BE + html().encode("utf-32-be"), None, ()),
    ],
)
def test_valid_utf8_is_decoded_as_utf8_whatever_is_declared(
    body: bytes, content_type: str | None, flags: tuple[str, ...]
) -> None:
    assert words(body, content_type) == (TEXT, flags)


def test_ascii_never_has_a_wrong_charset() -> None:
    assert words(html("plain").encode(), "text/html; charset=iso-8859-1") == ("plain", ())


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        ("", "text/html; charset=iso-8859-1"),
        ("", "text/html; charset=us-ascii"),
        ("<meta charset=latin1>", "text/html; charset=no-such-charset"),
        ('<meta name="description" content="charset=koi8-r"><meta charset=latin1>', None),
        ("<!-- <meta charset=koi8-r> --><meta charset=latin1>", None),
    ],
)
def test_the_declared_charset_decodes_bytes_that_are_not_utf8(head: str, content_type: str | None) -> None:
    body = html("café – naïve", head).encode("cp1252")
    assert words(body, content_type) == ("café – naïve", ())


def test_an_xml_declaration_declares_the_charset() -> None:
    body = b'<?xml version="1.0" encoding="koi8-r"?>' + html("Ханой").encode("koi8-r")
    assert words(body) == ("Ханой", ())


def test_windows_1258_is_guessed_without_a_usable_declaration() -> None:
    decomposed = "Ho\u0323p đô\u0323t xuâ\u0301t"  # Họp đột xuất as this charset encodes it
    body = html(decomposed).encode("cp1258")
    assert words(body) == (decomposed, ("guessed_charset",))
    assert words(body, "text/html; charset=utf-8") == (decomposed, ("wrong_charset",))


def test_a_page_cut_inside_a_character_is_still_utf8() -> None:
    body = html().encode()[: html().encode().index("Ủ".encode()) + 1]
    assert words(html().encode() + body)[1] == ("stray_bytes",)


def test_comments_do_not_divide_a_text() -> None:
    assert words(html("một <!-- lời chú --> câu").encode())[0] == "một  câu"


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (b"", None, "empty"),
        (b" \r\n\t", "text/html", "empty"),
        (b"%PDF-1.7\n<html>", "text/html", "a PDF file"),
        (b"PK\x03\x04" + b"a" * 50, None, "binary"),
        (b"\x1f\x8b\x08" + b"a" * 50, "text/html", "binary"),
        (bytes(range(256)) * 20, "text/html", "binary"),
        (b"\x00" * 5000, None, "binary"),
        (b"User-agent: *\nDisallow: /\n", "text/plain", "no HTML tag"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title></channel></rss>', "text/xml", "feed"),
        (b'<urlset xmlns="x"><url><loc>a</loc></url></urlset>', None, "feed or a sitemap"),
        (b'{"html": "<p>x</p>"}', "application/json", "header says application/json"),
        (b"<html><p>x</p>", "image/png", "header says image/png"),
        (b"<p>" + b"<b>x</b>" * 70_000, None, "30,000 elements"),
    ],
)
def test_a_body_that_is_no_page_is_refused_with_the_reason(body: bytes, content_type: str | None, message: str) -> None:
    with pytest.raises(NotAPage, match=f"https://xa.test/tin: .*{message}"):
        parse_page(body, URL, content_type)


@pytest.mark.parametrize("tag", [b"<p>", b"<br>x", b"</p>", b"<!---->"])
def test_millions_of_tags_are_refused_before_they_are_parsed(monkeypatch: pytest.MonkeyPatch, tag: bytes) -> None:
    monkeypatch.setattr("spiders.pages.html._parse", lambda _: pytest.fail("it was parsed"))
    with pytest.raises(NotAPage, match="far more tags than 30,000 elements have"):
        parse_page(b"<html><body>" + tag * 2_000_001, URL, None)


@pytest.mark.parametrize("tag", [b"<div>", b"<b>", b"<table><tr><td>", b"<font size=1>"])
@pytest.mark.slow
def test_five_megabytes_of_nested_tags_use_bounded_memory(tag: bytes) -> None:
    body = b"<html><body><p>chao</p>" + tag * (5_000_000 // len(tag))
    tracemalloc.start()
    page = parse_page(body, URL, None)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "too_deep" in page.flags
    assert sum(1 for _ in page.tree.iter()) < 10_000
    assert peak_bytes < 60_000_000
    assert str(page.tree.text_content()).startswith("chao")


def test_a_stray_paragraph_end_divides_text_as_in_a_browser() -> None:
    page = parse_page(b"<body><div>Mot</p> Hai</p><p>Ba</p><p>Bon<div>Nam</div></p></div>", URL, None)
    first = next(page.tree.iter("div"))
    assert first.text == "Mot"
    assert first[0].tag == "p"
    assert first[0].tail == " Hai"


def test_a_stray_paragraph_end_is_repaired_after_more_than_100_other_errors() -> None:
    page = parse_page(b"<body><div>" + b"</b>" * 150 + b"Mot</p> Hai<p>Ba<div>Nam</div></div>", URL, None)
    assert [element.tail for element in page.tree.iter("p")] == [" Hai", None]


@pytest.mark.parametrize(
    ("markup", "heading"),
    [
        ("<h1><p>a</p><p>b</p></h1>c", ["a", "b"]),
        ("<H2 class='t'>\n<a href='/'><P class='x'>a</P></a></H2>c", ["a"]),
        ("<h1>a</h1><p>b</p>c", ["a"]),
        ("<h1><p>a" + "b" * 9_000 + "</p></h1>c", []),  # too long to be a heading
    ],
)
def test_paragraphs_in_a_heading_stay_inside(markup: str, heading: list[str]) -> None:
    tree = parse_page(f"<html><body>{markup}</body></html>".encode(), "https://a.test/", None).tree
    assert [text for each in tree.iter("h1", "h2") for text in each.itertext() if text.strip()] == heading


def test_thousands_of_open_headings_take_little_time() -> None:
    start = time.process_time()
    for markup in ("<h1><p>", "<h1><p></h2>", "<h1 " + "a" * 50 + "><a><a><a>", "<h1><p></h1>"):
        try_parse(markup * 20_000)
    assert time.process_time() - start < 20


def try_parse(markup: str) -> None:
    with contextlib.suppress(NotAPage):
        parse_page(f"<html><body>{markup}</body></html>".encode(), "https://a.test/", None)


def test_markup_without_stray_ends_is_unchanged() -> None:
    page = parse_page(b"<body><div><p>Mot</p><P class=a>Hai</P></div>", URL, None)
    assert [p.text for p in page.tree.iter("p")] == ["Mot", "Hai"]


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    try:
        page = parse_page(b"<p>" + body, URL, None)
    except NotAPage:
        return
    assert isinstance(page.tree, etree._Element)
