"""Hostile and damaged feeds and sitemaps: nothing is loaded or expanded, and reading ends, without a crash."""

from __future__ import annotations

import gzip
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.pages.syndication.bodies import NotXmlError
from spiders.pages.syndication.feeds import read_feed
from spiders.pages.syndication.sitemaps import read_sitemap

FEED_URL = "https://thunghiem.test/rss/tin-tuc.rss"
SITEMAP_URL = "https://thunghiem.test/sitemap.xml"


class TestHostileXml:
    def test_external_entities_are_not_loaded(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret.txt"
        secret.write_text("https://thunghiem.test/secret", encoding="utf-8")
        body = (
            f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
            "<rss><channel><item><link>&x;</link></item><item><link>/a-1.html</link></item></channel></rss>"
        ).encode()

        assert read_feed(body, FEED_URL).pages == ("https://thunghiem.test/a-1.html",)

    def test_an_external_dtd_is_not_loaded(self, tmp_path: Path) -> None:
        dtd = tmp_path / "rss.dtd"
        dtd.write_text('<!ENTITY x "/secret">', encoding="utf-8")
        body = (
            f'<?xml version="1.0"?><!DOCTYPE rss SYSTEM "{dtd.as_uri()}">'
            "<rss><channel><item><link>&x;</link></item></channel></rss>"
        ).encode()

        assert read_feed(body, FEED_URL).pages == ()

    def test_nested_entities_are_not_expanded(self) -> None:
        entities = '<!ENTITY a "ha">' + "".join(
            f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True)
        )
        body = (
            f'<?xml version="1.0"?><!DOCTYPE urlset [{entities}]><urlset><url><loc>/a-1.html</loc></url>'
            "<url><loc>/b-2.html</loc><title>&j;</title></url><url><loc>/&j;</loc></url></urlset>"
        ).encode()

        pages = read_sitemap(body, SITEMAP_URL).pages

        assert pages[0] == "https://thunghiem.test/a-1.html"
        assert not any("ha" in page for page in pages)

    @pytest.mark.parametrize("part", [b"<a>", b"<![CDATA[", b"&", b"&a", b"<item><link>"])
    def test_repeated_unclosed_parts_are_parsed(self, part: bytes) -> None:
        assert read_feed(b"<rss>" + part * 100_000, FEED_URL).pages == ()

    @pytest.mark.parametrize(
        "part",
        [
            b"<item/>",
            b"</item>",
            b"<!--",
            b"<![CDATA[",
            b"<link><![CDATA[a",
            b"<link><!--",
            b'<link a="',
            b"<link <",
            b"<image>",
            b"<x:link>",
            b"<item a='>",
            b"<?x",
            b"<!DOCTYPE x [",
        ],
    )
    def test_any_number_of_odd_parts_has_no_address(self, part: bytes) -> None:
        assert read_feed(b"<rss><channel>" + part * 20_000, FEED_URL).pages == ()
        with suppress(NotXmlError):
            assert read_feed(part * 20_000 + b"<rss>", FEED_URL).pages == ()

    def test_any_number_of_attributes_is_read(self) -> None:
        attributes = " ".join(f'a{number}="1"' for number in range(50_000))

        assert read_feed(f"<rss><item {attributes}><link>/1</link></item></rss>".encode(), FEED_URL).entry_count == 1

    def test_any_number_of_small_gzip_members_is_refused(self) -> None:
        with pytest.raises(NotXmlError, match="broken gzip"):
            read_sitemap(gzip.compress(b"") * 100_000, SITEMAP_URL)


def test_the_namespace_of_an_entry_need_not_be_a_uri() -> None:
    body = b"""<urlset xmlns="=K%;.(maps.org">
        <url><loc>https://thunghiem.test/1</loc></url><sitemap><loc>https://thunghiem.test/2</loc></sitemap></urlset>"""
    found = read_sitemap(body, SITEMAP_URL)
    assert found.pages == ("https://thunghiem.test/1",)
    assert list(found.sitemaps) == ["https://thunghiem.test/2"]


DAMAGED: Final = (
    b'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xml:base="https://thunghiem.test/"><channel><title>Tin'
    b"</title><link>https://thunghiem.test/</link><item><title>A &amp; B</title><link>/tin/1</link><guid>1</guid>"
    b"<pubDate>Mon, 14 Oct 2024 17:41:00 +0700</pubDate><description><![CDATA[<p>X</p>]]></description></item>"
    b"<item><link><![CDATA[/tin/2]]></link><dc:date>2024-10-14</dc:date></item></channel></rss>",
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry xml:base="/tin/"><id>urn:1</id><link rel="alternate" href="1"/>'
    b"<updated>2024-10-14T17:41:00Z</updated><content type='html'>&lt;p&gt;X</content></entry></feed>",
    b"<sitemapindex><sitemap><loc>https://thunghiem.test/a.xml.gz</loc><lastmod>2024-10-14</lastmod></sitemap>"
    b"<sitemap><loc>/b.xml</loc></sitemap></sitemapindex>",
    b"\xef\xbb\xbfhttps://thunghiem.test/tin/1\r\nhttps://thunghiem.test/tin/2\r\n",
    '<?xml version="1.0" encoding="utf-16"?><urlset><url><loc>/tin/1</loc></url></urlset>'.encode("utf-16"),
    gzip.compress(b"<urlset><url><loc>/tin/1</loc><lastmod>2024-10-14</lastmod></url></urlset>", mtime=0),
)
_ADDRESSES: Final = ("http://", "https://")


def _damaged(body: bytes, at: float, to: float, inserted: bytes) -> bytes:
    begin, end = sorted((int(at * len(body)), int(to * len(body))))
    return body[:begin] + inserted + body[end:]


SHARES: Final = st.floats(0, 1)
TOKENS: Final = st.sampled_from(
    (b"", b"<", b">", b"&", b"&#0;", b"<item>", b"</item>", b"<link", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"\x00",
     b"\xff", b"<url>", b"<html>", b'"', b"xmlns:x='y'", b"http://[", b"\xef\xbf\xbe")
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(DAMAGED), st.lists(st.tuples(SHARES, SHARES, st.binary(max_size=4) | TOKENS), max_size=4))
def test_a_damaged_body_gives_addresses_or_its_own_error(
    body: bytes, damages: list[tuple[float, float, bytes]]
) -> None:
    for at, to, inserted in damages:
        body = _damaged(body, at, at + (to - at) / 20, inserted)
    try:
        feed = read_feed(body, FEED_URL)
        assert all(page.startswith(_ADDRESSES) for page in feed.pages)
        assert feed.entry_count >= len(feed.pages)
        assert feed.dates.keys() <= set(feed.pages)
    except NotXmlError:
        pass
    try:
        sitemap = read_sitemap(body, SITEMAP_URL)
        assert all(page.startswith(_ADDRESSES) for page in (*sitemap.pages, *sitemap.sitemaps))
    except NotXmlError:
        pass


@pytest.mark.parametrize("body", DAMAGED[:2])
def test_every_truncation_gives_a_beginning_of_the_addresses(body: bytes) -> None:
    whole = read_feed(body, FEED_URL).pages
    assert whole
    for end in range(body.index(b"<item" if b"<item" in body else b"<entry"), len(body)):
        assert whole[: len(found := read_feed(body[:end], FEED_URL).pages)] == found, body[:end]
