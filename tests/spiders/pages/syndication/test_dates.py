"""The dates of feeds and sitemaps: in every form they are read or dropped, and false ones of a kind are dropped."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from bench.extraction.cases import SHARED
from spiders.pages.syndication.bodies import NotXmlError
from spiders.pages.syndication.dates import better_date, read_feed_date, states_publication, written_date
from spiders.pages.syndication.feeds import read_feed
from spiders.pages.syndication.sitemaps import read_sitemap

BASE = "https://thunghiem.test"
SEEN_AT = datetime(2024, 10, 14, 12, tzinfo=UTC)
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'


def rss(*entries: str, head: str = "") -> bytes:
    """Return a feed whose entries `/1`, `/2`, … have these child elements."""
    items = "".join(f"<item><link>{BASE}/{number}</link>{entry}</item>" for number, entry in enumerate(entries, 1))
    return f'<rss version="2.0" {DC}><channel>{head}{items}</channel></rss>'.encode()


def dates(body: bytes, seen_at: datetime | None = SEEN_AT) -> dict[str, str]:
    """Return the dates of a feed by the paths of its entries."""
    return {url.removeprefix(BASE): date for url, date in read_feed(body, f"{BASE}/rss", seen_at).dates.items()}


def pub_dates(*texts: str) -> list[str]:
    return [f"<pubDate>{text}</pubDate>" for text in texts]


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        # RFC 822, with its zones and without
        ("Mon, 14 Oct 2024 10:41:00 +0000", "2024-10-14T17:41:00", "minute"),
        ("Mon, 14 Oct 2024 17:41:09 +0700", "2024-10-14T17:41:09", "second"),
        ("Mon, 14 Oct 2024 10:41:00 GMT", "2024-10-14T17:41:00", "minute"),
        ("Mon, 14 Oct 2024 18:30:00 UT", "2024-10-15T01:30:00", "minute"),
        ("14 Oct 2024 05:41 EST", "2024-10-14T17:41:00", "minute"),
        ("Mon, 14 Oct 2024 10:41:00 -0000", "2024-10-14T17:41:00", "minute"),
        ("Mon, 14 Oct 24 10:41:00 GMT", "2024-10-14T17:41:00", "minute"),
        ("Wed, 14-Oct-98 10:41:00 GMT", "1998-10-14T17:41:00", "minute"),
        ("Mon, 14 Oct 2024 17:41:00", "2024-10-14T17:41:00", "minute"),
        ("Mon, 14 Oct 2024 17:41:00 GMT+0700 (Indochina Time)", "2024-10-14T17:41:00", "minute"),
        ("Mon, 14 Oct 2024 17:41:00 ICT", "2024-10-14T17:41:00", "minute"),
        ("Mon, 14 Oct 2024 17:41:00 GMT+7", "2024-10-14T17:41:00", "minute"),
        ("Mon, 14 Oct 2024 17:41:00 SE Asia Standard Time", "2024-10-14T17:41:00", "minute"),
        ("Mon, 14 Oct 2024 00:00:00 GMT", "2024-10-14T00:00:00", "day"),
        ("Mon, 14 Oct 2024", "2024-10-14T00:00:00", "day"),
        ("Mon Oct 14 17:41:00 ICT 2024", "2024-10-14T17:41:00", "minute"),
        ("Mon, 14 Oct 2024 5:41:00 PM", "2024-10-14T17:41:00", "minute"),
        # ISO 8601
        ("2024-10-14T10:41:00Z", "2024-10-14T17:41:00", "minute"),
        ("2024-10-14T17:41:00.5+07:00", "2024-10-14T17:41:00", "minute"),
        ("2024-10-14 17:41:00", "2024-10-14T17:41:00", "minute"),
        ("2024-10-14", "2024-10-14T00:00:00", "day"),
        ("20241014T104100Z", "2024-10-14T17:41:00", "minute"),
        # as Vietnamese systems write it
        ("T2, 14/10/2024", "2024-10-14T00:00:00", "day"),
        ("Thứ Hai, 14/10/2024 17:41", "2024-10-14T17:41:00", "minute"),
        ("14/10/2024 5:41:00 CH", "2024-10-14T17:41:00", "minute"),
        ("Thứ hai, 14 Tháng 10 2024 17:41:00 +0700", "2024-10-14T17:41:00", "minute"),
        ("08/09/2024 10:00", "2024-09-08T10:00:00", "minute"),
    ],
)  # fmt: skip
def test_a_date_is_read_in_every_form(text: str, at: str, precision: str) -> None:
    found = read_feed_date(f"pubDate {text}")
    assert found is not None
    assert (found.moment.at.isoformat(), found.moment.precision) == (f"{at}+07:00", precision)
    assert (found.basis, found.moment.weekday_differs) == ("feed", False)


@pytest.mark.parametrize(
    "text",
    [
        "", "hôm qua", "3 giờ trước", "2024", "2024-10", "1728900060", "/Date(1728900060000)/", "now",
        "Mon, 31 Nov 2024 10:00:00 GMT", "10/14/2024 5:41:00 PM", "2024-14-10", "0001-01-01T00:00:00",
        "9999-12-31T23:59:59Z", "-0001-01-01T00:00:00Z", "Mon, 01 Jan 0001 00:00:00 GMT", "99999-01-01",
        "Mon, 14 Oct 2024 17:41:00 BST", "Mon, 14 Oct 2024 17:41:00 CST", "9" * 100, "((((((" * 16, " \0",
    ],
)  # fmt: skip
def test_a_date_that_cannot_be_read_is_none(text: str) -> None:
    assert read_feed_date(f"pubDate {text}") is None


@pytest.mark.parametrize(
    "written", [None, "", "pubDate", " ", "lastmod 2024-10-14", "updated 2024-10-14", "x 2024-10-14"]
)
def test_only_a_date_of_publication_is_read(written: str | None) -> None:
    assert read_feed_date(written) is None
    assert not states_publication(written or "") or written == "pubDate"


def test_a_wrong_weekday_is_kept_for_the_flag() -> None:
    found = read_feed_date("pubDate Sun, 14 Oct 2024 17:41:00 +0700")
    assert found is not None
    assert found.moment.weekday_differs


def test_a_platform_may_trust_only_the_day() -> None:
    found = read_feed_date("pubDate Mon, 14 Oct 2024 18:10:00 GMT", "day")
    assert found is not None
    assert (found.moment.at.isoformat(), found.moment.precision) == ("2024-10-15T00:00:00+07:00", "day")


class TestEntries:
    def test_each_format_states_its_date(self) -> None:
        assert dates(
            rss("<pubDate>\n Mon, 14 Oct 2024\t17:41:00 +0700 </pubDate>", f"<dc:date {DC}>2024-10-13</dc:date>")
        ) == {
            "/1": "pubDate Mon, 14 Oct 2024 17:41:00 +0700",
            "/2": "date 2024-10-13",
        }
        atom = (
            '<feed xmlns="http://www.w3.org/2005/Atom"><updated>2024-10-14T10:00:00Z</updated>'
            '<entry><link href="/1"/><updated>2024-10-14T09:00:00Z</updated><published>2024-10-12T09:00:00Z</published>'
            '</entry><entry><link href="/2"/><updated>2024-10-14T09:00:00Z</updated></entry>'
            '<entry><link href="/3"/><source><published>2020-01-01T00:00:00Z</published></source></entry></feed>'
        )
        assert dates(atom.encode()) == {"/1": "published 2024-10-12T09:00:00Z", "/2": "updated 2024-10-14T09:00:00Z"}

    def test_an_undeclared_prefix_does_not_hide_a_date(self) -> None:
        body = b"<rss><channel><item><link>/1</link><dc:date>2024-10-13</dc:date></item></channel></rss>"
        assert dates(body) == {"/1": "date 2024-10-13"}

    def test_a_date_of_no_vocabulary_may_be_that_of_an_event(self) -> None:
        assert dates(rss("<Date>2024-10-30</Date>", '<date xmlns="urn:lich">2024-10-30</date>')) == {}

    def test_an_entry_without_a_readable_line_has_no_date(self) -> None:
        assert (
            dates(rss(*pub_dates("", " ", "x" * 101, "14/10\u202e/2024"), "<pubDate><b>14/10/2024</b></pubDate>")) == {}
        )

    def test_a_comment_is_not_its_article(self) -> None:
        body = rss().replace(
            b"</channel>", b"<item><link>/1#comment-5</link><pubDate>14/10/2024</pubDate></item></channel>"
        )
        assert read_feed(body, BASE).pages == (f"{BASE}/1#comment-5",)
        assert dates(body) == {}

    def test_two_dates_of_one_article_are_none(self) -> None:
        entry = "<item><link>/{}</link><pubDate>{} Oct 2024 17:41:00 GMT</pubDate></item>"
        entries = (entry.format(*each) for each in ((1, 12), (1, 13), (2, 13), (2, 13)))
        body = f"<rss><channel>{''.join(entries)}</channel></rss>".encode()
        assert dates(body) == {"/2": "pubDate 13 Oct 2024 17:41:00 GMT"}

    def test_a_sitemap_states_changes_and_a_news_sitemap_publications(self) -> None:
        body = (
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/'
            'sitemap-news/0.9" xmlns:v="http://www.google.com/schemas/sitemap-video/1.1">'
            "<url><loc>/1</loc><lastmod>2024-10-14</lastmod></url><url><loc>/2</loc><lastmod>2024-10-14</lastmod>"
            "<n:news><n:publication_date>2024-10-12T09:00:00+07:00</n:publication_date></n:news></url>"
            "<url><loc>/3</loc><v:video><v:publication_date>2020-01-01</v:publication_date></v:video></url></urlset>"
        )
        found = read_sitemap(body.encode(), f"{BASE}/sitemap.xml").dates
        assert found == {
            f"{BASE}/1": "lastmod 2024-10-14",
            f"{BASE}/2": "publication_date 2024-10-12T09:00:00+07:00",
        }
        assert read_feed_date(found[f"{BASE}/1"]) is None
        news = read_feed_date(found[f"{BASE}/2"])
        assert news is not None
        assert news.basis == "sitemap"


class TestFalseDates:
    """Kinds of false dates that show only if all entries of a feed are compared."""

    def test_the_time_at_which_the_feed_was_made(self) -> None:
        made = [f"Mon, 14 Oct 2024 11:59:{second} GMT" for second in (10, 10, 11)]
        assert dates(rss(*pub_dates(*made))) == {}
        assert len(dates(rss(*pub_dates(*made[:2])))) == 2
        assert len(dates(rss(*pub_dates(*made, "Mon, 14 Oct 2024 11:41:00 GMT")))) == 4

    def test_local_time_under_the_name_of_utc(self) -> None:
        older, new = "Sat, 12 Oct 2024 16:20:00 GMT", "Mon, 14 Oct 2024 18:31:00 GMT"
        assert dates(rss(*pub_dates(new, older, "Fri, 11 Oct 2024 08:20:00 +0700"))) == {
            "/3": "pubDate Fri, 11 Oct 2024 08:20:00 +0700"
        }
        assert len(dates(rss(*pub_dates(new, older)), SEEN_AT + timedelta(hours=7))) == 2
        assert len(dates(rss(*pub_dates(new, older)), None)) == 2
        head = "<lastBuildDate>Mon, 14 Oct 2024 19:00:00 GMT</lastBuildDate>"
        assert dates(rss(*pub_dates(older), head=head)) == {}
        assert len(dates(rss(*pub_dates(older), head=head.replace("19:00", "12:00")))) == 1

    def test_a_year_that_is_mistyped_does_not_speak_of_the_others(self) -> None:
        assert len(dates(rss(*pub_dates("Mon, 14 Oct 2042 09:31:00 GMT", "Sat, 12 Oct 2024 16:20:00 GMT")))) == 2

    def test_the_month_first(self) -> None:
        texts = "10/14/2024 9:31:00 AM", "10/09/2024 8:31:00 AM"
        assert dates(rss(*pub_dates(*texts))) == {}
        assert len(dates(rss(*pub_dates("14/10/2024 9:31:00", texts[1])))) == 2

    def test_the_month_in_place_of_the_minutes(self) -> None:
        texts = "Mon, 14 Oct 2024 10:10:00 GMT", "Thu, 4 Apr 2024 11:04:00 GMT", "Sat, 30 Sep 2023 20:09:07 GMT"
        assert dates(rss(*pub_dates(*texts))) == {
            "/1": "pubDate 2024-10-14", "/2": "pubDate 2024-04-04", "/3": "pubDate 2023-10-01",
        }  # fmt: skip
        one_true = (*texts, "Sun, 13 Oct 2024 10:41:00 GMT")
        assert dates(rss(*pub_dates(*one_true)))["/1"] == f"pubDate {texts[0]}"


class TestBetterDate:
    @pytest.mark.parametrize(
        ("known", "other", "better"),
        [
            (None, None, None),
            (None, "lastmod 2024-10-14", "lastmod 2024-10-14"),
            ("lastmod 2024-10-14", None, "lastmod 2024-10-14"),
            ("lastmod 2024-10-14", "pubDate now", "pubDate now"),
            ("pubDate now", "pubDate 14/10/2024", "pubDate 14/10/2024"),
            ("pubDate 14/10/2024", "lastmod 2024-10-14", "pubDate 14/10/2024"),
            ("pubDate 14/10/2024", "pubDate 16/10/2024", "pubDate 14/10/2024"),
        ],
    )
    def test_a_readable_publication_is_best_and_the_first_known_stays(
        self, known: str | None, other: str | None, better: str | None
    ) -> None:
        assert better_date(known, other) == better

    def test_a_line_is_short_and_printable(self) -> None:
        assert written_date("pubDate", " 14/10/2024\r\n 17:41 ") == "pubDate 14/10/2024 17:41"
        assert written_date("pubDate", "14/10/2024" + " " * 10_000) == "pubDate 14/10/2024"
        assert written_date("pubDate", "1" * 101) is None


class TestHostileFeeds:
    def test_any_number_of_entries_and_dates_is_read_in_time(self) -> None:
        begin = time.process_time()
        many = rss(*("<pubDate>Mon, 14 Oct 2024 10:41:00 GMT</pubDate>" * 3 for _ in range(20_000)))
        assert len(read_feed(many, BASE, SEEN_AT).pages) == 20_000
        wide = rss("<pubDate>x</pubDate>" * 100_000, head="<pubDate>Mon, 14 Oct 2024</pubDate>" * 100_000)
        assert dates(wide) == {"/1": "pubDate x"}
        assert time.process_time() - begin < 20

    @pytest.mark.skipif(not (SHARED / "peers").is_dir(), reason="the shared folder is not at hand")
    def test_feeds_of_other_projects_are_read(self) -> None:
        for file in sorted((SHARED / "peers/feedparser").rglob("*.xml")):
            try:
                found = read_feed(file.read_bytes(), BASE, SEEN_AT).dates
            except NotXmlError:
                continue
            assert all(read_feed_date(date) for date in found.values() if states_publication(date)), file
