"""Feeds: each entry gives its address, whatever the form and however broken the XML."""

from __future__ import annotations

import gzip

import pytest

from spiders.pages.syndication.bodies import NotXmlError
from spiders.pages.syndication.feeds import read_feed

SITE = "https://thunghiem.test"
FEED_URL = f"{SITE}/rss/tin-tuc.rss"
ATOM = "http://www.w3.org/2005/Atom"


def rss(*links: str) -> bytes:
    return rss_of(*(f"<link>{link}</link>" for link in links))


def rss_of(*items: str, head: str = "", attributes: str = "") -> bytes:
    entries = "".join(f"<item><title>Tin</title>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"{attributes}><channel>{head}{entries}</channel></rss>'
    ).encode()


def atom_of(*entries: str, attributes: str = "") -> bytes:
    return f'<feed xmlns="{ATOM}"{attributes}>{"".join(f"<entry>{entry}</entry>" for entry in entries)}</feed>'.encode()


def paths(body: bytes, content_type: str | None = None, content_location: str | None = None) -> list[str]:
    """Return the addresses of a feed's entries, without the site of the feed."""
    feed = read_feed(body, FEED_URL, content_type=content_type, content_location=content_location)
    return [page.removeprefix(SITE) for page in feed.pages]


class TestFeeds:
    def test_rss_links_come_in_feed_order_each_once(self) -> None:
        body = rss("https://thunghiem.test/b-2.html", "https://thunghiem.test/a-1.html", "/b-2.html")

        assert read_feed(body, FEED_URL).pages == ("https://thunghiem.test/b-2.html", "https://thunghiem.test/a-1.html")

    def test_the_link_of_an_rss_channel_is_no_entry(self) -> None:
        body = (
            b"<rss><channel><link>https://thunghiem.test/</link><item><link>\n /a-1.html </link></item></channel></rss>"
        )

        assert read_feed(body, FEED_URL).pages == ("https://thunghiem.test/a-1.html",)

    def test_rss_1_with_namespaces_is_parsed(self) -> None:
        body = (
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
            b"<item><link>/a-1.html</link></item></rdf:RDF>"
        )

        assert read_feed(body, FEED_URL).pages == ("https://thunghiem.test/a-1.html",)

    def test_an_atom_entry_gives_its_alternate_link(self) -> None:
        body = (
            b'<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://thunghiem.test/"/><entry>'
            b'<link rel="self" href="/atom/1"/><link rel="enclosure" href="/anh.jpg"/>'
            b'<link rel="alternate" href="/a-1.html"/></entry><entry><link href="b-2.html"/></entry></feed>'
        )

        assert read_feed(body, FEED_URL).pages == (
            "https://thunghiem.test/a-1.html",
            "https://thunghiem.test/rss/b-2.html",
        )

    def test_escaped_bare_and_cdata_ampersands_give_the_same_url(self) -> None:
        body = rss("/x?a=1&amp;b=2", "/x?a=1&b=2", "<![CDATA[/x?a=1&b=2]]>")

        assert read_feed(body, FEED_URL).pages == ("https://thunghiem.test/x?a=1&b=2",)

    def test_only_the_entry_with_an_invalid_url_is_dropped(self) -> None:
        assert read_feed(rss("http://[thunghiem", "", "/a-1.html"), FEED_URL).pages == (
            "https://thunghiem.test/a-1.html",
        )

    def test_truncated_xml_gives_the_entries_before_its_end(self) -> None:
        body = rss("/a-1.html", "/b-2.html")

        cut = body[: body.index(b"/b-2")]

        assert read_feed(cut, FEED_URL).pages == ("https://thunghiem.test/a-1.html",)

    def test_white_space_before_the_xml_is_ignored(self) -> None:
        assert read_feed(b"\n\n " + rss("/a-1.html"), FEED_URL).pages == ("https://thunghiem.test/a-1.html",)

    def test_a_utf_16_feed_is_parsed(self) -> None:
        body = rss("/x?a=1&amp;b=2").decode().replace("utf-8", "utf-16").encode("utf-16")

        assert read_feed(body, FEED_URL).pages == ("https://thunghiem.test/x?a=1&b=2",)

    def test_an_empty_feed_has_no_links(self) -> None:
        assert read_feed(rss(), FEED_URL).pages == ()

    @pytest.mark.parametrize("body", [b"", b"   ", b"khong co gi", b"<", b"<!-- only -->", b"\x89PNG\r\n\x1a\n\x00"])
    def test_other_bytes_are_not_xml(self, body: bytes) -> None:
        with pytest.raises(NotXmlError, match="not XML"):
            read_feed(body, FEED_URL)

    def test_an_html_page_is_not_an_empty_feed(self) -> None:
        with pytest.raises(NotXmlError, match="its root element is <html>, not <rss> or <RDF> or <feed>"):
            read_feed(b"<!DOCTYPE html><html><body><p>Trang ch\xe1\xbb\xa7<br></body></html>", FEED_URL)


class TestAddressOfAnEntry:
    @pytest.mark.parametrize(
        ("item", "expected"),
        [
            (f"<guid>{SITE}/a-1.html</guid>", ["/a-1.html"]),
            (f'<guid isPermaLink="true"> {SITE}/a-1.html\n</guid>', ["/a-1.html"]),
            (f'<guid isPermaLink="FALSE">{SITE}/a-1.html</guid>', []),
            ("<guid>tag:thunghiem.test,2026:1</guid>", []),
            ("<guid>1234</guid>", []),
            ("<guid>/a-1.html</guid>", []),
            (f"<link></link><guid>{SITE}/a-1.html</guid>", ["/a-1.html"]),
            (f"<link>javascript:void(0)</link><guid>{SITE}/a-1.html</guid>", ["/a-1.html"]),
            (f"<guid>{SITE}/1</guid><link>{SITE}/a-1.html</link>", ["/a-1.html"]),
            (f"<link/>{SITE}/a-1.html", ["/a-1.html"]),
            ("<link>mailto:vanthu@thunghiem.test</link>", []),
        ],
    )
    def test_rss_has_a_link_or_a_guid_that_is_an_address(self, item: str, expected: list[str]) -> None:
        body = rss_of(item)

        assert paths(body) == expected
        assert read_feed(body, FEED_URL).entry_count == 1

    def test_the_original_link_behind_feedburner_comes_first(self) -> None:
        item = f"<link>https://feeds.test/~3/1</link><feedburner:origLink>{SITE}/a-1.html</feedburner:origLink>"
        declared = ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'

        assert paths(rss_of(item, attributes=declared)) == ["/a-1.html"]

    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            (f"<id>{SITE}/a-1.html</id>", ["/a-1.html"]),
            ("<id>tag:thunghiem.test,2026:1</id>", []),
            (f'<id>{SITE}/1</id><link rel="enclosure" href="/a.mp3"/>', ["/1"]),
            (
                '<link rel="alternate" type="application/json" href="/1.json"/><link type="text/html" href="/1"/>',
                ["/1"],
            ),
            ('<link rel="http://www.iana.org/assignments/relation/alternate" href="/1"/>', ["/1"]),
            ('<link rel="ALTERNATE" href="/1"/>', ["/1"]),
            ('<source><id>x</id><link href="/khac"/></source><link href="/1"/>', ["/1"]),
            ('<link rel="replies" href="/1/binh-luan"/>', []),
        ],
    )
    def test_atom_has_an_alternate_link_or_an_id_that_is_an_address(self, entry: str, expected: list[str]) -> None:
        assert paths(atom_of(entry)) == expected
        # The same where a mark of an entity makes the XML ill-formed.
        assert paths(atom_of(f"<title>Họp & bàn</title>{entry}")) == expected

    def test_an_item_of_rdf_has_its_own_address(self) -> None:
        body = (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
            f'<channel rdf:about="{SITE}/rss"><link>{SITE}/</link></channel>'
            f'<item rdf:about="{SITE}/a-1.html"/></rdf:RDF>'
        )

        assert paths(body.encode()) == ["/a-1.html"]

    def test_an_old_atom_feed_is_read(self) -> None:
        body = '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><link href="/1"/></entry></feed>'

        assert paths(body.encode()) == ["/1"]

    def test_links_of_other_vocabularies_come_last(self) -> None:
        other = "<media:link>/khung-phat</media:link>"
        declared = ' xmlns:media="http://search.yahoo.com/mrss/"'

        assert paths(rss_of(f"{other}<link>/1</link>", f"{other}<link>/2</link>", attributes=declared)) == ["/1", "/2"]
        assert paths(rss_of(f"{other}<link>/1</link>")) == ["/1"]
        assert paths(rss_of(f'<a:link xmlns:a="{ATOM}" href="/1"/>')) == ["/1"]


class TestBase:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (rss_of("<link>1</link>", attributes=f' xml:base="{SITE}/tin/"'), "/tin/1"),
            (rss_of('<link xml:base="2026/">1</link>', attributes=f' xml:base="{SITE}/tin/"'), "/tin/2026/1"),
            (rss_of("<link>1</link>", attributes=' xml:base="http://["'), "/rss/1"),
            (rss_of("<link>1</link>", head=f"<link>{SITE}/xa/</link>"), "/xa/1"),
            (rss_of("<link>1</link>", head="<link>http://localhost/</link>"), "/rss/1"),
            (rss_of("<link>1</link>", head="<link>http://10.0.0.5/</link>"), "/rss/1"),
            (rss_of("<link>1</link>", head=f"<image><link>{SITE}/anh/</link></image>"), "/rss/1"),
            (atom_of('<link href="1"/>', attributes=f' xml:base="{SITE}/tin/"'), "/tin/1"),
            (atom_of('<link href="1"/>'), "/rss/1"),
        ],
    )
    def test_a_relative_link_is_resolved_against_what_the_feed_says(self, body: bytes, expected: str) -> None:
        assert paths(body) == [expected]

    @pytest.mark.parametrize(
        ("location", "expected"),
        [
            ("/tin/moi.xml", "/tin/1"),
            (f"{SITE}/tin/", "/tin/1"),
            ("http://10.0.0.5/tin/", "/xa/1"),
            ("http://[", "/xa/1"),
        ],
    )
    def test_the_header_precedes_the_link_of_the_channel(self, location: str, expected: str) -> None:
        assert paths(rss_of("<link>1</link>", head=f"<link>{SITE}/xa/</link>"), content_location=location) == [expected]

    def test_xml_base_precedes_the_header(self) -> None:
        body = rss_of("<link>1</link>", attributes=f' xml:base="{SITE}/tin/"')

        assert paths(body, content_location=f"{SITE}/khac/") == ["/tin/1"]

    def test_an_entry_in_ill_formed_xml_has_its_base_too(self) -> None:
        body = rss_of("<description><br></description><link>1</link>", attributes=f" xml:base='{SITE}/tin/'")

        assert paths(body) == ["/tin/1"]


RAW_HTML = "<description><img src='/a.jpg' alt=\"A > B\"><br>Tin số một<p>hết</description>"


class TestIllFormedXml:
    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(rss_of(f"{RAW_HTML}<link>/1</link>", f"{RAW_HTML}<link>/2</link>"), id="raw HTML"),
            pytest.param(rss_of("<link>/1<br></link>", "<link>/2"), id="unfinished links"),
            pytest.param(rss_of("<title>Họp & bàn</title><link>/1</link>", "<link>/2</link>"), id="bare ampersand"),
            pytest.param(rss_of("<title>a&nbsp;b</title><link>/1</link>", "<link>/2</link>"), id="entity of HTML"),
            pytest.param(rss_of("<slash:section>x</slash:section><link>/1</link>", "<link>/2</link>"), id="prefix"),
            pytest.param(rss_of("<title>\x0b\x1f</title><link>/1</link>", "<link>/2</link>"), id="control characters"),
            pytest.param(rss_of("<description><![CDATA[x</description><link>/1</link>", "<link>/2</link>"), id="CDATA"),
            pytest.param(rss_of("<!-- x <link>/1</link>", "<link>/2</link>"), id="comment"),
            pytest.param(rss_of("<a b=c d>x</a><link>/1</link>", "<link>/2</link>"), id="unquoted attribute"),
            pytest.param(rss("/1", "/2").removesuffix(b"</channel></rss>"), id="no end"),
            pytest.param(rss("/1", "/2") + b"<script>x</script> & <p>", id="text behind the end"),
            pytest.param(rss("/1") + rss("/2"), id="two documents"),
            pytest.param(rss("/1", "/2").replace(b"item", b"ITEM").replace(b"link", b"Link"), id="upper case"),
            pytest.param(rss("/1", "/2").replace(b"</title>", b"</titel>"), id="another end tag"),
            pytest.param(rss("/1", "/2").replace(b"<?xml", b"<b>Warning</b>: x<br />\n<?xml"), id="PHP before"),
            pytest.param(
                rss("/1", "/2").replace(b"<rss", b"<br />Notice: <b>x</b>\n<rss"), id="PHP behind declaration"
            ),
            pytest.param(rss("/1", "/2").replace(b"<item>", b"<br /><b>Warning</b> x<item>"), id="PHP between entries"),
            pytest.param(b"\xef\xbb\xbf\n<!-- <rss> -->\n" + rss("/1", "/2"), id="mark and comment before"),
            pytest.param(b"<!DOCTYPE rss [<!ENTITY x 'y'>]>" + rss("/1", "/2")[38:], id="document type"),
        ],
    )
    def test_each_entry_is_found(self, body: bytes) -> None:
        assert paths(body) == ["/1", "/2"]

    def test_links_and_dates_of_raw_html_are_not_those_of_the_entry(self) -> None:
        html = '<link rel="stylesheet" href="/a.css"><a href="/khac">khác</a><image><link>/anh</link></image><br>'
        body = rss_of(f"<description>{html}</description><link>/1</link><pubDate>Mon, 14 Oct 2024 17:41 GMT</pubDate>")

        assert paths(body) == ["/1"]
        assert read_feed(body, FEED_URL).dates == {f"{SITE}/1": "pubDate Mon, 14 Oct 2024 17:41 GMT"}

    def test_half_an_address_is_none(self) -> None:
        body = rss("/tin-1.html", "/tin-22.html")

        assert paths(body[: body.index(b"2.html")]) == ["/tin-1.html"]

    def test_an_address_is_the_same_in_ill_formed_xml(self) -> None:
        link = "<link>/x?a=1&amp;b=%C3%A0&amp;c=<![CDATA[2&3]]>&#38;d</link>"

        assert paths(rss_of(link)) == paths(rss_of(f"<br>{link}")) == ["/x?a=1&b=%C3%A0&c=2&3&d"]

    def test_a_reference_that_is_not_finished_stays_in_the_address(self) -> None:
        assert paths(rss("/x?a=1&copy=2&lt=3")) == ["/x?a=1&copy=2&lt=3"]


class TestCharsets:
    TEXT = rss("/bản-tin").decode()

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            (TEXT.replace("utf-8", "utf-16").encode(), "text/xml; charset=utf-8"),
            (TEXT.replace("utf-8", "utf-16").encode(), None),
            (TEXT.encode(), "text/xml; charset=utf-16"),
            (TEXT.encode(), "text/xml; charset=iso-8859-1"),
            (TEXT.replace("utf-8", "us-ascii").encode(), None),
            (TEXT.replace("utf-8", "no-such-charset").encode(), None),
            (TEXT.replace("utf-8", "utf-16").encode("utf-16"), None),
            (TEXT.replace("utf-8", "utf-16").encode("utf-16-le"), None),
            (TEXT.replace("utf-8", "utf-16").encode("utf-16-be"), "text/xml"),
            (TEXT.encode("utf-8-sig"), "text/xml; charset=windows-1258"),
        ],
    )
    def test_the_bytes_say_what_the_declaration_does_not(self, body: bytes, content_type: str | None) -> None:
        assert paths(body, content_type) == ["/bản-tin"]

    def test_a_declared_charset_is_believed_where_the_bytes_allow_it(self) -> None:
        text = rss("/Straße").decode().replace("utf-8", "iso-8859-1")

        assert paths(text.encode("iso-8859-1")) == ["/Straße"]

    def test_utf_16_is_not_believed_of_other_bytes(self) -> None:
        text = rss_of("<description>Stra\xdfe</description><link>/1</link>").decode().replace("utf-8", "utf-16")

        assert paths(text.encode("iso-8859-1")) == ["/1"]


class TestGzip:
    BODY = rss("/1", "/2")

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(gzip.compress(BODY), id="one member"),
            pytest.param(gzip.compress(BODY[:50]) + gzip.compress(BODY[50:]), id="two members"),
            pytest.param(gzip.compress(BODY)[:-8], id="no trailer"),
            pytest.param(gzip.compress(BODY) + b"\0" * 100, id="padding"),
        ],
    )
    def test_a_feed_that_no_header_calls_gzip_is_decompressed(self, body: bytes) -> None:
        assert paths(body) == ["/1", "/2"]


class TestOtherFormats:
    @pytest.mark.parametrize("body", [b'{"items": []}', b'\xef\xbb\xbf [{"url": "https://thunghiem.test/1"}]'])
    def test_json_is_named(self, body: bytes) -> None:
        with pytest.raises(NotXmlError, match="it is JSON, not <rss> or <RDF> or <feed>"):
            read_feed(body, FEED_URL)

    def test_a_page_that_shows_the_markup_of_a_feed_is_none(self) -> None:
        with pytest.raises(NotXmlError, match="its root element is <html>"):
            read_feed(b"<!DOCTYPE html><html><body><pre>" + rss("/1") + b"</pre></body></html>", FEED_URL)

    def test_a_sitemap_is_no_feed(self) -> None:
        with pytest.raises(NotXmlError, match="its root element is <urlset>"):
            read_feed(b"<urlset><url><loc>/1</loc></url></urlset>", FEED_URL)
