"""Sitemaps: each form of the protocol gives its addresses, and large ones are bounded."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime

import pytest

from spiders.pages.syndication.bodies import NotXmlError, TooLargeError
from spiders.pages.syndication.sitemaps import read_sitemap
from warehouse.clock import HANOI_TIME

SITE = "https://thunghiem.test"
SITEMAP_URL = f"{SITE}/sitemap.xml"


def sitemap(*pages: str) -> bytes:
    urls = "".join(f"<url><loc>{page}</loc></url>" for page in pages)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()


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

        packed = gzip.compress(b" " * padding + body, compresslevel=1, mtime=0)

        assert read_sitemap(packed, SITEMAP_URL).pages == ("https://thunghiem.test/a-1.html",)

    def test_several_members_of_gzip_are_one_sitemap(self) -> None:
        body = sitemap("/a-1.html", "/b-2.html")

        found = read_sitemap(gzip.compress(body[:90], mtime=0) + gzip.compress(body[90:]), SITEMAP_URL)

        assert found.pages == (f"{SITE}/a-1.html", f"{SITE}/b-2.html")

    def test_a_plain_sitemap_is_bounded_too(self) -> None:
        with pytest.raises(TooLargeError, match="has more than 52428800 bytes"):
            read_sitemap(sitemap("/a-1.html") + b" " * 52_428_800, SITEMAP_URL)

    def test_entries_are_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("spiders.pages.syndication.xml.ENTRIES_MAX", 1000)

        assert len(read_sitemap(sitemap(*map(str, range(1000))), SITEMAP_URL).pages) == 1000
        with pytest.raises(TooLargeError, match="has more than 1000 entries"):
            read_sitemap(sitemap(*map(str, range(1001))), SITEMAP_URL)

    def test_a_sitemap_after_a_warning_is_read(self) -> None:
        body = b"<br />\n<b>Deprecated</b>: x\n" + sitemap("/a-1.html").replace(b"</loc>", b"</loc><br>")

        assert read_sitemap(body, SITEMAP_URL).pages == (f"{SITE}/a-1.html",)

    def test_an_image_is_no_page_in_ill_formed_xml_either(self) -> None:
        body = (
            b'<urlset xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><image:image>'
            b"<image:loc>/anh.jpg</image:loc><image:title>A & B</image:title></image:image><loc>/a-1.html</loc>"
            b"<lastmod>2026-10-20</lastmod></url></urlset>"
        )

        found = read_sitemap(body, SITEMAP_URL)

        assert found.pages == (f"{SITE}/a-1.html",)
        assert found.dates == {f"{SITE}/a-1.html": "lastmod 2026-10-20"}

    def test_an_index_without_loc_is_read(self) -> None:
        body = b"<sitemapindex><sitemap>\n https://thunghiem.test/a.xml\n</sitemap></sitemapindex>"

        assert list(read_sitemap(body, SITEMAP_URL).sitemaps) == [f"{SITE}/a.xml"]

    @pytest.mark.parametrize(
        "lastmod", ["9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01", "0001-01-01T00:00:00+14:00"]
    )
    def test_a_lastmod_at_the_ends_of_the_calendar_is_none(self, lastmod: str) -> None:
        body = f"<sitemapindex><sitemap><loc>/a.xml</loc><lastmod>{lastmod}</lastmod></sitemap></sitemapindex>"

        assert read_sitemap(body.encode(), SITEMAP_URL).sitemaps == {f"{SITE}/a.xml": None}

    def test_the_newest_sitemaps_come_first_and_those_without_date_before(self) -> None:
        entries = (("a", "2026-10-01"), ("b", "2026-10-03T08:00:00Z"), ("c", ""), ("d", "2026-10-02"))
        body = "".join(f"<sitemap><loc>/{name}</loc><lastmod>{at}</lastmod></sitemap>" for name, at in entries)

        found = read_sitemap(f"<sitemapindex>{body}</sitemapindex>".encode(), SITEMAP_URL).newest_first()

        assert [url.removeprefix(f"{SITE}/") for url, _ in found] == ["c", "b", "d", "a"]


class TestOtherForms:
    @pytest.mark.parametrize(
        "body",
        [
            f"{SITE}/1\n{SITE}/2\n".encode(),
            f"{SITE}/1\r\n\r\n  {SITE}/2 ".encode(),
            f"{SITE}/1\n{SITE}/2\n{SITE}/1".encode("utf-8-sig"),
            f"{SITE}/1\n{SITE}/2".encode("utf-16"),
            gzip.compress(f"{SITE}/1\n{SITE}/2".encode(), mtime=0),
            f"# danh sách\n{SITE}/1\n{SITE}/2".encode(),
        ],
    )
    def test_a_text_has_one_address_a_line(self, body: bytes) -> None:
        found = read_sitemap(body, SITEMAP_URL)

        assert found.pages == (f"{SITE}/1", f"{SITE}/2")
        assert found.sitemaps == {}

    @pytest.mark.parametrize(
        "body", [b"User-agent: *\nSitemap: https://thunghiem.test/a.xml\n", f"Xem {SITE}/1\nhoặc\n{SITE}/2".encode()]
    )
    def test_a_text_with_other_lines_is_no_sitemap(self, body: bytes) -> None:
        with pytest.raises(NotXmlError, match="not XML: no element found, not <urlset> or <sitemapindex>"):
            read_sitemap(body, SITEMAP_URL)

    def test_a_feed_is_a_sitemap(self) -> None:
        body = "<item><link>/1</link><pubDate>Mon, 14 Oct 2024 17:41:00 +0700</pubDate></item><item/>"

        found = read_sitemap(f"<rss><channel>{body}</channel></rss>".encode(), SITEMAP_URL)

        assert found.pages == (f"{SITE}/1",)
        assert found.dates == {f"{SITE}/1": "pubDate Mon, 14 Oct 2024 17:41:00 +0700"}
        assert (found.sitemaps, found.entry_count) == ({}, 2)

    def test_atom_is_a_sitemap(self) -> None:
        body = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/1"/></entry></feed>'

        assert read_sitemap(body, SITEMAP_URL).pages == (f"{SITE}/1",)

    def test_a_page_is_no_sitemap(self) -> None:
        with pytest.raises(NotXmlError, match="its root element is <html>"):
            read_sitemap(b"<html><body>https://thunghiem.test/1</body></html>", SITEMAP_URL)


def _gzip_of_spaces(length: int) -> bytes:
    packer = zlib.compressobj(wbits=31)
    chunk = b" " * 1_000_000
    return b"".join(packer.compress(chunk) for _ in range(length // len(chunk))) + packer.flush()
