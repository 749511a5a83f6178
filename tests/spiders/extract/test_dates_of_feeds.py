"""The date of a feed's entry in an article: as far as its platform's feeds are true, behind what the page states."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import escape

import pytest

from bench.extraction.cases import SHARED
from spiders.extract.article import extract_article
from spiders.pages.syndication.feeds import read_feed
from spiders.portal_values import PlatformName
from tests.spiders.platforms.pages import a_capture, a_portal
from warehouse.records import Article

MEZZANINE = SHARED / "cases/cms/mezzanine-no-date"
CAPTURED_AT = datetime(2024, 10, 16, 3, tzinfo=UTC)
URL = "https://goime.hanoi.test/vi/news/tin-tuc/nao-vet-kenh-14.html"
TEXT = (
    "Sáng thứ Bảy, bà con thôn Gò Mè ra quân nạo vét tuyến kênh dài hơn ba cây số chạy dọc cánh đồng phía tây của xã. "
    "Sau hai ngày làm việc, toàn bộ bèo và rác đã được đưa lên bờ, dòng chảy thông suốt trước khi mùa mưa bắt đầu."
)


def extract(line: str, feed_date: str | None, platform: PlatformName = "generic", text: str = TEXT) -> Article:
    """Return the article of a page with one line below its headline."""
    headline = "<h1>Thôn Gò Mè nạo vét kênh trước mùa mưa</h1>"
    body = f"<html><body>{headline}<h6>{escape(line)}</h6><p>{text}</p></body></html>".encode()
    patterns = ("^/vi/news/",) if platform == "generic" else ()
    capture = a_capture(URL, body, captured_at=CAPTURED_AT, feed_date=feed_date)
    article = extract_article(capture, body, a_portal(platform, URL, *patterns))
    assert article is not None
    return article


def dated(article: Article) -> tuple[str | None, str | None, str | None]:
    at = article.published_at
    return at.isoformat() if at else None, article.published_precision, article.published_basis


@pytest.mark.parametrize(
    "line", ["", "Đăng bởi: Ban biên tập", "2 ngày trước", "Posted by: Ban biên tập 1 day, 10 hours ago"]
)
def test_a_page_without_an_exact_date_has_that_of_the_feed(line: str) -> None:
    article = extract(line, "pubDate Mon, 14 Oct 2024 10:41:09 +0000")
    assert dated(article) == ("2024-10-14T17:41:09+07:00", "second", "feed")
    assert not {"no_date", "date_reckoned", "date_from_text"} & set(article.quality_flags)


def test_a_date_on_the_page_is_never_replaced() -> None:
    article = extract("12/10/2024 | 08:15", "pubDate Mon, 14 Oct 2024 10:41:09 +0000")
    assert dated(article) == ("2024-10-12T08:15:00+07:00", "minute", "date_line")
    assert "dates_disagree" not in article.quality_flags


def test_a_date_in_the_text_ranks_behind_the_feed() -> None:
    text = f"{TEXT} Ngày 12/10/2024, xã sẽ nghiệm thu tuyến kênh."
    assert dated(extract("", "pubDate Mon, 14 Oct 2024 10:41:09 +0000", text=text))[2] == "feed"


@pytest.mark.parametrize(
    "feed_date", [None, "lastmod 2024-10-14T17:41:00+07:00", "updated 2024-10-14", "pubDate now", "\0"]
)
def test_a_change_is_no_publication(feed_date: str | None) -> None:
    article = extract("", feed_date)
    assert dated(article) == (None, None, None)
    assert "no_date" in article.quality_flags


def test_a_news_sitemap_states_the_publication() -> None:
    assert dated(extract("", "publication_date 2024-10-14T17:41:09+07:00")) == (
        "2024-10-14T17:41:09+07:00", "second", "sitemap",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("feed_date", "flag"),
    [
        ("pubDate Thu, 17 Oct 2024 10:41:00 +0700", "published_after_capture"),
        ("pubDate Thu, 01 Jan 1970 00:00:00 GMT", "published_before_portal"),
        ("pubDate 2199-12-31T23:59:59-14:00", "published_after_capture"),
    ],
)
def test_an_impossible_date_of_a_feed_is_dropped_and_flagged(feed_date: str, flag: str) -> None:
    article = extract("", feed_date)
    assert dated(article) == (None, None, None)
    assert flag in article.quality_flags


def test_the_minutes_of_nukeviets_feeds_are_false() -> None:
    feed_date = "pubDate Mon, 14 Oct 2024 10:10:00 GMT"
    assert dated(extract("", feed_date, "nukeviet")) == ("2024-10-14T00:00:00+07:00", "day", "feed")
    assert dated(extract("", feed_date)) == ("2024-10-14T17:10:00+07:00", "minute", "feed")
    shown = extract("14/10/2024", feed_date, "nukeviet")
    assert dated(shown) == ("2024-10-14T00:00:00+07:00", "day", "date_line")


@pytest.mark.skipif(not MEZZANINE.is_dir(), reason="the shared folder is not at hand")
def test_each_entry_of_a_mezzanine_feed_dates_its_page() -> None:
    base, seen_at = "https://phuongmoi.hanoi.test", datetime(2026, 11, 28, 20, tzinfo=UTC)
    source, page = (MEZZANINE / "feed.xml").read_bytes(), (MEZZANINE / "page.html").read_bytes()
    feed = read_feed(source, f"{base}/blog/feeds/rss/", seen_at)
    assert len(feed.dates) == len(feed.pages) == 20
    for url, written in feed.dates.items():
        capture = a_capture(url, page, captured_at=seen_at, feed_date=written)
        article = extract_article(capture, page, a_portal("generic", base, "^/blog/."))
        assert article is not None
        assert article.published_at == parsedate_to_datetime(written.removeprefix("pubDate "))
        assert (article.published_basis, "no_date" in article.quality_flags) == ("feed", False)
