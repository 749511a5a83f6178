"""Dates at and beyond the ends of the calendar: every public reader gives a possible date or none, and never raises."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from protego import Protego

from spiders.crawl.outcomes.lists import Row
from spiders.crawl.validators import moves_with_clock
from spiders.extract.article import page_or_reason, read_page
from spiders.fetch.politeness import http_date, retry_after_seconds, robots_delay_seconds
from spiders.pages.syndication.dates import credible_dates, read_feed_date, written_date
from spiders.pages.syndication.feeds import read_feed
from spiders.pages.syndication.sitemaps import read_sitemap
from spiders.platforms.parts.dating import date_in_url
from spiders.portal import portal_of_platform
from warehouse.archive.state.queries import KnownPage
from warehouse.archive.warc.external_record import date_in
from warehouse.archive.warc.format import RecordReference
from warehouse.clock import HANOI_TIME, is_possible, is_publishable
from warehouse.records import Article, ListRow
from warehouse.text.dates import parse_moment

NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)
DAYS = (
    *((1, 1, 1), (1, 1, 2), (1899, 12, 31), (1969, 12, 31), (1970, 1, 1), (1989, 12, 31), (1990, 1, 1)),
    *((2026, 11, 2), (2026, 11, 3), (2199, 12, 31), (2200, 1, 1), (2999, 1, 1), (9998, 12, 31), (9999, 12, 31)),
)
ENDS = tuple(datetime(*day, hour, minute, tzinfo=UTC) for day in DAYS for hour, minute in ((0, 0), (23, 59)))
ZONES = ("", "Z", "+07:00", "+14:00", "-14:00", "+23:59", "-23:59", "+99:99", " GMT", " EST", " (GMT+7)")
NUMBERS = tuple(
    f"{sign}{number}"
    for sign in ("", "-")
    for number in ("0", "1", str(2**31), str(2**63), str(10**18), "1" + "0" * 30, "9" * 400, "1e400", "nan", "inf")
)
CAPTURED = tuple(
    datetime(*day, tzinfo=zone)
    for day in (
        (1, 1, 1, 0),
        (1970, 1, 1, 0),
        (1989, 12, 31, 23),
        (2026, 11, 1, 6),
        (2999, 1, 1, 0),
        (9999, 12, 31, 23),
    )
    for zone in (UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=14)))
)


def written() -> Iterator[str]:
    for at, zone in itertools.product(ENDS, ZONES):
        year = f"{at.year:04d}"
        iso = f"{year}-{at:%m-%dT%H:%M:%S}{zone.strip()}"
        yield from (iso, iso.replace("-", "").replace(":", ""), iso.replace("T", " "))
        yield f"{at:%d/%m}/{year} {at:%H:%M}{zone}"
        yield f"{at:%a, %d %b} {year} {at:%H:%M:%S}{zone}"
    yield from NUMBERS
    yield from ("", "0000-00-00", "0000-00-00T00:00:00Z", "10000-01-01", "99999999999999-01-01", "24:00 31/12/9999")
    yield from (
        "Mon, 01 Jan 2024 00:00:00 +9999999999",
        "Mon, 01 Jan 99999999999 00:00:00 GMT",
        ", ,",
        "١٢٣",
        "1 1 1 1",
    )
    yield from (
        "999 tuần trước",
        "999 ngày trước",
        "hôm kia",
        "cách đây 999 tuần",
        "31/12",
        "ngày 1/1",
        "Tháng 1 1, 0001",
    )


TEXTS = tuple(dict.fromkeys(written()))


def is_in_range(at: datetime) -> bool:
    return 1899 <= at.year <= 2200 and at.tzinfo is not None  # a zone may lead over the end of a year


def test_moments() -> None:
    for text, seen_at in itertools.product(TEXTS, (None, *CAPTURED)):
        found = parse_moment(text, seen_at=seen_at, near=seen_at.date() if seen_at else None)
        assert found is None or is_in_range(found.at) or (seen_at and found.at.year <= seen_at.year), (text, seen_at)


@pytest.mark.parametrize("near", [date.min, date(1, 12, 31), date(9, 3, 1), date.max])
def test_days_without_a_year(near: date) -> None:
    for text in ("ngày 31/12", "ngày 1/1", "ngày 29/2", "Sáng 30-2"):
        parse_moment(text, near=near)


def test_dates_of_feeds_and_sitemaps() -> None:
    for element, text in itertools.product(("pubDate", "updated", "lastmod", "publication_date"), TEXTS):
        found = read_feed_date(written_date(element, text))
        assert found is None or is_in_range(found.moment.at), text
    dates = {str(number): f"pubDate {text}" for number, text in enumerate(TEXTS)}
    for seen_at in (None, *CAPTURED):
        credible_dates(dates, TEXTS, seen_at)


def test_feeds_and_sitemaps() -> None:
    entries = "".join(
        f"<item><title>Tin {number}</title><link>https://portal.test/{number}.html</link><pubDate>{text}</pubDate></item>"
        for number, text in enumerate(TEXTS)
    )
    feed = f"<rss version='2.0'><channel><pubDate>{TEXTS[0]}</pubDate>{entries}</channel></rss>".encode()
    assert len(read_feed(feed, "https://portal.test/rss", NOW).pages) == len(TEXTS)
    locations = "".join(
        f"<sitemap><loc>https://portal.test/{number}.xml</loc><lastmod>{text}</lastmod></sitemap>"
        for number, text in enumerate(TEXTS)
    )
    index = f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{locations}</sitemapindex>"
    sitemap = read_sitemap(index.encode(), "https://portal.test/sitemap.xml")
    assert len(list(sitemap.newest_first())) == len(TEXTS)
    changes = [at for at in sitemap.sitemaps.values() if at]
    assert changes
    assert all(1990 <= at.year <= 2200 for at in changes)


def test_headers() -> None:
    for text, now in itertools.product(TEXTS, (NOW, CAPTURED[0], CAPTURED[-1])):
        wait = retry_after_seconds(text, now)
        assert wait is None or 0 <= wait <= 1e12, text
        at = http_date(text)
        assert at is None or 1970 <= at.year <= 9998, text
    assert retry_after_seconds("1" + "0" * 30, NOW) is None
    assert retry_after_seconds("-5", NOW) is None
    reference = RecordReference("1", "https://portal.test/", NOW, "x", 0, "")
    for text in TEXTS:
        page = KnownPage("https://portal.test/", NOW, None, text, reference)
        for other in (text, "Mon, 02 Nov 2026 06:00:00 GMT"):
            moves_with_clock(page, other, NOW + timedelta(days=1))


@pytest.mark.parametrize("number", NUMBERS)
def test_delays_of_robots_txt(number: str) -> None:
    for line in (f"Crawl-delay: {number}", f"Request-rate: {number}/{number}s", f"Request-rate: 1/{number}d"):
        delay = robots_delay_seconds(Protego.parse(f"User-agent: *\n{line}\n"), "x")
        assert delay >= 0, line


def test_dates_of_other_crawlers() -> None:
    for text in TEXTS:
        at = date_in(text)
        assert at is None or isinstance(is_possible(at, NOW), bool), text


def test_dates_in_urls() -> None:
    for at in ENDS:
        for url in (f"/{at.year:04d}/{at:%m/%d}/x", f"/{at.year:04d}{at:%m%d}", f"/x-{at.year:04d}{at:%m%d%H%M%S}.htm"):
            found = date_in_url(f"https://portal.test{url}")
            assert found is None or is_in_range(found.at)


@pytest.mark.parametrize("captured_at", CAPTURED, ids=str)
def test_pages(captured_at: datetime) -> None:
    body = (
        "<p>" + "Ủy ban nhân dân phường họp giao ban, bàn ba việc của tháng và giao các phòng thực hiện. " * 4 + "</p>"
    )
    for text in (*TEXTS[:: len(TEXTS) // 20], *NUMBERS):
        declared = json.dumps({"@type": "NewsArticle", "datePublished": text, "dateModified": text})
        raw = f'{{"@type": "NewsArticle", "datePublished": {text or 0}, "dateModified": {text or 0}}}'
        page = (
            f"<html><head><title>Tin</title><meta property='article:published_time' content='{text}'>"
            f"<meta property='article:modified_time' content='{text}'><meta property='og:type' content='article'>"
            f"<script type='application/ld+json'>{declared}</script><script type='application/ld+json'>{raw}</script>"
            f"</head><body><article><h1>Tin của phường</h1><time datetime='{text}'>{text}</time>"
            f"<div class='date'>{text}</div>{body}{body}</article></body></html>"
        ).encode()
        for platform in ("generic", "wordpress"):
            portal = portal_of_platform(platform, "https://portal.test/tin")
            found = page_or_reason(page, "https://portal.test/2999/12/31/tin-cua-phuong.html", portal, captured_at)
            if isinstance(found, Article):
                for at in (found.published_at, found.updated_at):
                    assert at is None or is_in_range(at), text
                assert found.published_at or set(found.quality_flags) & {
                    *("no_date", "published_after_capture", "published_before_portal"),
                }


@pytest.mark.parametrize("captured_at", [None, CAPTURED[0], CAPTURED[-1], NOW], ids=str)
def test_rows_of_lists(captured_at: datetime | None) -> None:
    rows = "".join(
        f"<div class='row'><h3><a href='/tin/bai-so-{n}.html'>Bài báo cáo số {n} của phường ta</a></h3>"
        f"<span>{text}</span></div>"
        for n, text in enumerate(TEXTS[::17])
    )
    page = f"<html><body><main>{rows}</main></body></html>".encode()
    portal = portal_of_platform("generic", "https://portal.test/tin")
    reading = read_page(page, "https://portal.test/tin", portal, captured_at=captured_at)
    for row in reading.rows:
        at = Row("1", row.url, row).published_at(NOW)
        assert at is None or is_publishable(at, NOW)


@pytest.mark.parametrize(
    ("at", "kept"),
    [
        (NOW + timedelta(days=1), True),
        (NOW + timedelta(days=3), False),
        (datetime(1989, 12, 31, tzinfo=UTC), False),
        (datetime(9999, 12, 31, 23, tzinfo=HANOI_TIME), False),
        (datetime(1, 1, 2, tzinfo=HANOI_TIME), False),
    ],
)
def test_a_row_of_a_list_has_only_a_possible_date(at: datetime, kept: bool) -> None:
    row = Row("1", "https://portal.test/1", ListRow("Tin", "https://portal.test/1", None, at, "day", None))
    assert row.published_at(NOW) == (at if kept else None)


def test_an_old_time_of_change_is_dropped_with_a_flag() -> None:
    body = (
        "<p>" + "Ủy ban nhân dân phường họp giao ban, bàn ba việc của tháng và giao các phòng thực hiện. " * 4 + "</p>"
    )
    text = (
        "<html><head><title>Tin</title><meta property='og:type' content='article'></head><body><article>"
        "<h1>Tin của phường</h1><span class='date'>14/10/2026 08:00</span><span>Cập nhật: 01/01/1970 07:00</span>"
        f"{body}{body}</article></body></html>"
    )
    portal = portal_of_platform("generic", "https://portal.test/tin")
    found = page_or_reason(text.encode(), "https://portal.test/tin-cua-phuong.html", portal, NOW)
    assert isinstance(found, Article)
    assert found.updated_at is None
    assert "updated_before_web" in found.quality_flags
