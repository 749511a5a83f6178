"""Feeds and sitemaps: their URLs are found in broken XML, and hostile XML does no harm."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spiders.pages.feeds import NotXmlError, feed_links, read_sitemap
from warehouse.clock import HANOI_TIME

FEED_URL = "https://thunghiem.test/rss/tin-tuc.rss"
SITEMAP_URL = "https://thunghiem.test/sitemap.xml"


def rss(*links: str) -> bytes:
    items = "".join(f"<item><title>Tin</title><link>{link}</link></item>" for link in links)
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()


def sitemap(*pages: str) -> bytes:
    urls = "".join(f"<url><loc>{page}</loc></url>" for page in pages)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()


class TestFeeds:
    def test_rss_links_come_in_feed_order_each_once(self) -> None:
        body = rss("https://thunghiem.test/b-2.html", "https://thunghiem.test/a-1.html", "/b-2.html")

        assert feed_links(body, FEED_URL) == ("https://thunghiem.test/b-2.html", "https://thunghiem.test/a-1.html")

    def test_the_link_of_an_rss_channel_is_no_entry(self) -> None:
        body = (
            b"<rss><channel><link>https://thunghiem.test/</link><item><link>\n /a-1.html </link></item></channel></rss>"
        )

        assert feed_links(body, FEED_URL) == ("https://thunghiem.test/a-1.html",)

    def test_rss_1_with_namespaces_is_parsed(self) -> None:
        body = (
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
            b"<item><link>/a-1.html</link></item></rdf:RDF>"
        )

        assert feed_links(body, FEED_URL) == ("https://thunghiem.test/a-1.html",)

    def test_an_atom_entry_gives_its_alternate_link(self) -> None:
        body = (
            b'<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://thunghiem.test/"/><entry>'
            b'<link rel="self" href="/atom/1"/><link rel="enclosure" href="/anh.jpg"/>'
            b'<link rel="alternate" href="/a-1.html"/></entry><entry><link href="b-2.html"/></entry></feed>'
        )

        assert feed_links(body, FEED_URL) == ("https://thunghiem.test/a-1.html", "https://thunghiem.test/rss/b-2.html")

    def test_escaped_bare_and_cdata_ampersands_give_the_same_url(self) -> None:
        body = rss("/x?a=1&amp;b=2", "/x?a=1&b=2", "<![CDATA[/x?a=1&b=2]]>")

        assert feed_links(body, FEED_URL) == ("https://thunghiem.test/x?a=1&b=2",)

    def test_only_the_entry_with_an_invalid_url_is_dropped(self) -> None:
        assert feed_links(rss("http://[thunghiem", "", "/a-1.html"), FEED_URL) == ("https://thunghiem.test/a-1.html",)

    def test_truncated_xml_gives_the_entries_before_its_end(self) -> None:
        body = rss("/a-1.html", "/b-2.html")

        cut = body[: body.index(b"/b-2")]

        assert feed_links(cut, FEED_URL) == ("https://thunghiem.test/a-1.html",)

    def test_white_space_before_the_xml_is_ignored(self) -> None:
        assert feed_links(b"\n\n " + rss("/a-1.html"), FEED_URL) == ("https://thunghiem.test/a-1.html",)

    def test_a_utf_16_feed_is_parsed(self) -> None:
        body = rss("/x?a=1&amp;b=2").decode().replace("utf-8", "utf-16").encode("utf-16")

        assert feed_links(body, FEED_URL) == ("https://thunghiem.test/x?a=1&b=2",)

    def test_an_empty_feed_has_no_links(self) -> None:
        assert feed_links(rss(), FEED_URL) == ()

    @pytest.mark.parametrize("body", [b"", b"   ", b"khong co gi", b"<", b"<!-- only -->", b"\x89PNG\r\n\x1a\n\x00"])
    def test_other_bytes_are_not_xml(self, body: bytes) -> None:
        with pytest.raises(NotXmlError, match="not XML"):
            feed_links(body, FEED_URL)

    def test_an_html_page_is_not_an_empty_feed(self) -> None:
        with pytest.raises(NotXmlError, match="its root element is <html>, not <rss> or <RDF> or <feed>"):
            feed_links(b"<!DOCTYPE html><html><body><p>Trang ch\xe1\xbb\xa7<br></body></html>", FEED_URL)


class TestSitemaps:
    def test_each_page_is_listed_once(self) -> None:
        body = sitemap("https://thunghiem.test/a-1.html", " /b-2.html\n", "https://thunghiem.test/a-1.html", "")

        found = read_sitemap(body, SITEMAP_URL)

        assert found.pages == ("https://thunghiem.test/a-1.html", "https://thunghiem.test/b-2.html")
        assert found.sitemaps == {}

    def test_image_urls_are_not_pages(self) -> None:
        body = (
            b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            b'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><image:image>'
            b"<image:loc>/anh.jpg</image:loc></image:image><loc>/a-1.html</loc></url></urlset>"
        )

        assert read_sitemap(body, SITEMAP_URL).pages == ("https://thunghiem.test/a-1.html",)

    def test_an_index_lists_sitemaps_with_their_last_change(self) -> None:
        body = (
            b"<sitemapindex><sitemap><loc>/sitemap-1.xml.gz</loc><lastmod>2026-10-20</lastmod></sitemap>"
            b"<sitemap><loc>/sitemap-2.xml.gz</loc><lastmod>2026-10-20T08:15:00Z</lastmod></sitemap>"
            b"<sitemap><loc>/sitemap-3.xml.gz</loc><lastmod>hier</lastmod></sitemap></sitemapindex>"
        )

        found = read_sitemap(body, SITEMAP_URL)

        assert found.pages == ()
        assert found.sitemaps == {
            "https://thunghiem.test/sitemap-1.xml.gz": datetime(2026, 10, 21, tzinfo=HANOI_TIME),
            "https://thunghiem.test/sitemap-2.xml.gz": datetime(2026, 10, 20, 8, 15, tzinfo=UTC),
            "https://thunghiem.test/sitemap-3.xml.gz": None,
        }

    def test_a_gzipped_sitemap_is_uncompressed(self) -> None:
        body = gzip.compress(sitemap("/a-1.html"))

        assert read_sitemap(body, SITEMAP_URL).pages == ("https://thunghiem.test/a-1.html",)

    def test_broken_gzip_is_an_error(self) -> None:
        with pytest.raises(NotXmlError, match="broken gzip"):
            read_sitemap(b"\x1f\x8b\x07 no such method of compression", SITEMAP_URL)

    def test_truncated_gzip_gives_the_pages_before_its_end(self) -> None:
        pages = [f"/trang-{number}.html" for number in range(5000)]
        body = gzip.compress(sitemap(*pages))

        found = read_sitemap(body[: len(body) // 2], SITEMAP_URL).pages

        assert 1000 < len(found) < 5000
        assert found[0] == "https://thunghiem.test/trang-0.html"

    def test_a_gzip_bomb_is_refused_before_it_is_uncompressed(self) -> None:
        bomb = _gzip_of_spaces(300_000_000)
        assert len(bomb) < 1_000_000

        with pytest.raises(NotXmlError, match="unpacks to more than 52428800 bytes"):
            read_sitemap(bomb, SITEMAP_URL)

    def test_a_sitemap_of_the_maximum_size_is_parsed(self) -> None:
        body = sitemap("/a-1.html")
        padding = 52_428_800 - len(body)

        packed = gzip.compress(b" " * padding + body, compresslevel=1)

        assert read_sitemap(packed, SITEMAP_URL).pages == ("https://thunghiem.test/a-1.html",)

    def test_a_feed_is_not_a_sitemap(self) -> None:
        with pytest.raises(NotXmlError, match="its root element is <rss>, not <urlset> or <sitemapindex>"):
            read_sitemap(rss("/a-1.html"), SITEMAP_URL)


class TestHostileXml:
    def test_external_entities_are_not_loaded(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret.txt"
        secret.write_text("https://thunghiem.test/secret", encoding="utf-8")
        body = (
            f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
            "<rss><channel><item><link>&x;</link></item><item><link>/a-1.html</link></item></channel></rss>"
        ).encode()

        assert feed_links(body, FEED_URL) == ("https://thunghiem.test/a-1.html",)

    def test_an_external_dtd_is_not_loaded(self, tmp_path: Path) -> None:
        dtd = tmp_path / "rss.dtd"
        dtd.write_text('<!ENTITY x "/secret">', encoding="utf-8")
        body = (
            f'<?xml version="1.0"?><!DOCTYPE rss SYSTEM "{dtd.as_uri()}">'
            "<rss><channel><item><link>&x;</link></item></channel></rss>"
        ).encode()

        assert feed_links(body, FEED_URL) == ()

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
        assert feed_links(b"<rss>" + part * 200_000, FEED_URL) == ()


def _gzip_of_spaces(length: int) -> bytes:
    packer = zlib.compressobj(wbits=31)
    chunk = b" " * 1_000_000
    return b"".join(packer.compress(chunk) for _ in range(length // len(chunk))) + packer.flush()
