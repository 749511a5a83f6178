"""Feeds and sitemaps: which addresses and dates the crawl reads in them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from bench.fuzzing.mutations import CHARSETS, DATES, ENTITIES, HOSTS
from bench.fuzzing.pages import Case, mirror_documents
from bench.fuzzing.targets.target import byte_target, require
from spiders.pages.syndication.bodies import NotXmlError
from spiders.pages.syndication.dates import better_date, read_feed_date, states_publication
from spiders.pages.syndication.feeds import Feed, read_feed
from spiders.pages.syndication.sitemaps import read_sitemap
from warehouse.records import Precision

_PRECISIONS: Final[tuple[Precision, ...]] = ("second", "day")
_SEEN_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_YEAR_MIN, _YEAR_MAX = 1899, 2200  # 1900 to 2199 in any time zone

_RSS: Final = b"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Tin</title><link>https://xa.test/</link>
<lastBuildDate>Mon, 05 Jan 2026 08:00:00 +0700</lastBuildDate>
<item><title>H\xe1\xbb\x99i l\xc3\xa0ng</title><link>https://xa.test/tin/hoi-lang-12.html</link>
<guid isPermaLink="false">12</guid>
<pubDate>Mon, 05 Jan 2026 07:30:00 +0700</pubDate><description><![CDATA[<p>Tin &amp; b</p>]]></description>
</item>
<item><title>B</title><guid>https://xa.test/tin/b-13.html</guid><dc:date>2026-01-04T10:00:00Z</dc:date>
<media:content url="https://xa.test/a.jpg"/></item></channel></rss>"""
_ATOM: Final = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://xa.test/goc/">
<updated>2026-01-05T00:00:00Z</updated><entry><id>urn:uuid:1</id><link rel="alternate" type="text/html" href="a.html"/>
<published>2026-01-03T09:00:00+07:00</published><updated>2026-01-04T09:00:00+07:00</updated></entry>
<entry><id>https://xa.test/b.html</id><link rel="self" href="b.atom"/><issued>2026-01-02</issued></entry></feed>"""
_RDF: Final = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://xa.test/"><title>x</title><link>https://xa.test/</link></channel>
<item rdf:about="https://xa.test/c.html"><title>C</title></item></rdf:RDF>"""
_SITEMAP: Final = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://xa.test/a-1.html</loc><lastmod>2026-01-03</lastmod><priority>0.5</priority></url>
<url><loc> https://xa.test/b-2.html </loc><lastmod>2026-01-04T10:00:00+07:00</lastmod>
<news:news><news:publication_date>2026-01-04T09:00:00+07:00</news:publication_date></news:news></url></urlset>"""
_INDEX: Final = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://xa.test/s1.xml</loc><lastmod>2026-01-04</lastmod></sitemap>
<sitemap><loc>https://xa.test/s2.xml.gz</loc><lastmod>2025-01-04T00:00:00</lastmod></sitemap>
<sitemap><loc>https://xa.test/s3.xml</loc></sitemap></sitemapindex>"""
_TEXT: Final = b"https://xa.test/a-1.html\nhttps://xa.test/b-2.html\r\nhttp://xa.test/c-3.html\n"
_WARNING: Final = b"<br />\n<b>Warning</b>: include(x.php) on line <b>3</b><br />\n"
_WORDS: Final = (
    b"<item>", b"</item>", b"<entry>", b"</channel>", b"<link>", b"<link/>", b'<link href="', b"<guid>", b"<url>",
    b"<loc>", b"</loc>", b"<sitemap>", b"<lastmod>", b"<pubDate>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?php",
    b"<RSS>", b"<ITEM>", b"<rss:item>", b'xml:base="', b'isPermaLink="', b'rel="self"',
    b"<!DOCTYPE r [<!ENTITY a 'b'>]>",
    b"<!ENTITY % p SYSTEM 'file:///etc/passwd'>", b"&a;", b"&#0;", b"<html>", b'encoding="utf-16"', b"\x1f\x8b\x08",
    b"<a:b:c>", b"xmlns=''", b'xmlns:rdf="x"', *DATES, *HOSTS, *ENTITIES,
)  # fmt: skip
_TYPES: Final = (None, None, "application/rss+xml", "text/html", *(f"text/xml; charset={name}" for name in CHARSETS))


def _check_feed(case: Case) -> str:
    def read() -> Feed:
        return read_feed(case.body, case.url, _SEEN_AT, content_type=case.content_type, content_location="/goc/")

    try:
        feed = read()
    except NotXmlError as error:
        require(str(error), "refusal without a reason")
        return "refused"
    require(read() == feed, "two readings differ")
    _check_pages(feed.pages)
    _check_dates(feed.pages, feed.dates)
    require(feed.entry_count >= len(feed.pages), f"more pages than entries: {feed.entry_count}")
    return "entries" if feed.pages else "empty"


def _check_sitemap(case: Case) -> str:
    try:
        sitemap = read_sitemap(case.body, case.url, content_type=case.content_type, content_location="/goc/")
    except NotXmlError as error:
        require(str(error), "refusal without a reason")
        return "refused"
    _check_pages((*sitemap.pages, *sitemap.sitemaps))
    _check_dates(sitemap.pages, sitemap.dates)
    ordered = sitemap.newest_first()
    require(len(ordered) == len(sitemap.sitemaps), "order loses sitemaps")
    for _, changed_at in ordered:
        require(changed_at is None or changed_at.tzinfo, "lastmod without a time zone")
    return "entries" if sitemap.pages or sitemap.sitemaps else "empty"


def _check_pages(pages: Iterable[str]) -> None:
    seen: set[str] = set()
    for page in pages:
        parts = urlsplit(page)
        require(parts.scheme in ("http", "https") and parts.hostname, f"no address: {page!r}")
        require(page.isprintable() and not any(map(str.isspace, page)), f"unprintable address: {page!r}")
        page.encode()
        seen.add(page)


def _check_dates(pages: Iterable[str], dates: Mapping[str, str]) -> None:
    known = set(pages)
    for page, date in dates.items():
        require(page in known, f"date of no page: {page!r}")
        require(date.isprintable(), f"unprintable date: {date!r}")
        states_publication(date)
        better_date(date, "pubDate 2026-01-01")
        for precision in _PRECISIONS:
            found = read_feed_date(date, precision)
            require(found is None or _YEAR_MIN <= found.moment.at.year <= _YEAR_MAX, f"far year: {date!r}")


def _feeds() -> list[bytes]:
    own = [_RSS, _ATOM, _RDF, _WARNING + _RSS, gzip.compress(_RSS, mtime=0), _RSS.decode().encode("utf-16")]
    return [*own, *mirror_documents("rss", "feed")]


def _sitemaps() -> list[bytes]:
    own = [_SITEMAP, _INDEX, _TEXT, _RSS, gzip.compress(_SITEMAP, mtime=0) + gzip.compress(_INDEX, mtime=0)]
    return [*own, *mirror_documents("urlset", "sitemapindex")]


TARGETS: Final = (
    byte_target("feeds", _feeds, _check_feed, _WORDS, url="https://xa.test/rss.xml", content_types=_TYPES),
    byte_target("sitemaps", _sitemaps, _check_sitemap, _WORDS, url="https://xa.test/sitemap.xml", content_types=_TYPES),
)
