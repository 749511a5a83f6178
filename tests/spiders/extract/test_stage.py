"""Extraction by units of work: one WARC file in, one Parquet file out, and nothing done twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from spiders.extract.stage import articles_path, extract_archive, unread_pages_path
from spiders.extract.version import EXTRACTOR_VERSION
from spiders.portal import Portal, portal_of_platform
from warehouse.archive.index.build import warc_path
from warehouse.archive.warc.files import CrawlInfo, WarcWriter, read_captures
from warehouse.derive.identity import identify_articles
from warehouse.home import Home
from warehouse.records import ARTICLE_SCHEMA, UNREAD_PAGE_SCHEMA, CrawlReport

NOW = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)
PAGE = (
    '<html><body><div class="asset-full-content-title">Tin số {number}</div>'
    '<div class="assetPublishDate">Ngày đăng 14/10/2024 | 17:41 | View count: 7</div>'
    '<div class="asset-full-content"><div class="journal-content-article"><p>{text}</p></div></div></body></html>'
)
TEXT = (
    "Sáng 14/10, Ủy ban nhân dân huyện tổ chức hội nghị giao ban công tác tháng, đánh giá kết quả thu ngân sách. " * 2
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def portal() -> Portal:
    return portal_of_platform("liferay_point", "https://myduc.hanoi.test/tin").model_copy(update={"slug": "my-duc"})


def write_crawl(home: Home, portal: Portal, crawl_id: str, articles: int = 2) -> Path:
    info = CrawlInfo(crawl_id, portal.slug, "run", NOW, "test", portal.model_dump(mode="json"))
    with WarcWriter(warc_path(home, portal.slug, crawl_id), info) as writer:
        for number in range(articles):
            body = PAGE.format(number=number, text=TEXT).encode()
            url = f"https://myduc.hanoi.test/tin/-/view_content/{number}-tin"
            writer.write(url, NOW, b"HTTP/1.1 200 OK", [(b"Content-Type", b"text/html")], body)
        broken = [(b"Content-Type", b"text/html"), (b"Content-Encoding", b"gzip")]
        writer.write("https://myduc.hanoi.test/hong", NOW, b"HTTP/1.1 200 OK", broken, b"no gzip")
        report = CrawlReport(
            crawl_id, portal.slug, "run", NOW, NOW, "ok", "", articles, articles, articles, articles, articles, {}, ""
        )
        return writer.close(report)


def test_each_warc_file_gives_one_parquet_file_named_by_it_and_the_version(home: Home, portal: Portal) -> None:
    warcs = [write_crawl(home, portal, f"my-duc-{number}", articles=number + 1) for number in range(2)]
    done = extract_archive(home, {"my-duc": portal})
    assert dict(done.articles) == {articles_path(home, warcs[0]): 1, articles_path(home, warcs[1]): 2}
    assert done.undecodable == 2
    table = pq.read_table(articles_path(home, warcs[1]))
    assert table.column_names == ARTICLE_SCHEMA.names
    assert table["title"].to_pylist() == ["Tin số 0", "Tin số 1"]
    assert set(table["warc_file"].to_pylist()) == {"my-duc/my-duc-1.warc.gz"}
    assert EXTRACTOR_VERSION in str(articles_path(home, warcs[1]))


def test_what_was_asked_for_as_an_article_and_is_none_stands_beside_with_the_reason(home: Home, portal: Portal) -> None:
    plain = [(b"Content-Type", b"text/html")]
    broken = [*plain, (b"Content-Encoding", b"gzip")]
    text = f"<html><body><p>{TEXT}</p></body></html>".encode()
    answers: list[tuple[str, str | None, bytes, list[tuple[bytes, bytes]]]] = [
        ("leer", "1", b"", plain),
        ("hong", "2", b"no gzip", broken),
        ("that", "3", PAGE.format(number=3, text=TEXT).encode(), plain),
        ("trang-chu", None, b"<html><body><p>Trang</p></body></html>", plain),
        ("rong", "5", b"<html><body><p></p></body></html>", plain),
    ]
    info = CrawlInfo("my-duc-1", portal.slug, "run", NOW, "test", portal.model_dump(mode="json"))
    with WarcWriter(warc_path(home, portal.slug, "my-duc-1"), info) as writer:
        for name, key, body, headers in answers:
            writer.write(f"https://myduc.hanoi.test/{name}", NOW, b"HTTP/1.1 200 OK", headers, body, article_key=key)
        writer.write("https://myduc.hanoi.test/het", NOW, b"HTTP/1.1 404 Not Found", plain, text, article_key="6")
        warc = writer.close(CrawlReport("my-duc-1", portal.slug, "run", NOW, NOW, "ok", "", 6, 6, 6, 6, 6, {}, ""))
    assert extract_archive(home, {"my-duc": portal}).unread_pages == 3
    table = pq.read_table(unread_pages_path(home, warc))
    assert table.schema.names == UNREAD_PAGE_SCHEMA.names
    assert [(row["url"].rpartition("/")[2], row["reason"], row["crawl_id"]) for row in table.to_pylist()] == [
        ("leer", "empty", "my-duc-1"),
        ("hong", "undecodable", "my-duc-1"),
        ("rong", "no_article", "my-duc-1"),
    ]


def test_a_file_that_is_missing_beside_the_articles_is_made_again(home: Home, portal: Portal) -> None:
    warc = write_crawl(home, portal, "my-duc-1")
    extract_archive(home, {"my-duc": portal})
    unread_pages_path(home, warc).unlink()
    assert list(extract_archive(home, {"my-duc": portal}).articles) == [articles_path(home, warc)]
    assert unread_pages_path(home, warc).exists()
    warc.unlink()
    extract_archive(home, {"my-duc": portal})
    assert not unread_pages_path(home, warc).exists()
    assert not articles_path(home, warc).exists()


def test_nothing_is_extracted_twice_and_a_new_file_alone_is_read(home: Home, portal: Portal) -> None:
    write_crawl(home, portal, "my-duc-1")
    extract_archive(home, {"my-duc": portal})
    second = write_crawl(home, portal, "my-duc-2")
    done = extract_archive(home, {"my-duc": portal})
    assert list(done.articles) == [articles_path(home, second)]
    assert done.unchanged == 1


def test_a_changed_definition_is_read_anew(home: Home, portal: Portal) -> None:
    warc = write_crawl(home, portal, "my-duc-1")
    extract_archive(home, {"my-duc": portal})
    changed = portal.model_copy(update={"platform": "generic"})
    assert list(extract_archive(home, {"my-duc": changed}).articles) == [articles_path(home, warc)]
    renamed = changed.model_copy(update={"name": "Tên khác"})
    assert not extract_archive(home, {"my-duc": renamed}).articles


def test_a_new_version_replaces_the_old_ones_files(home: Home, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    warc = write_crawl(home, portal, "my-duc-1")
    extract_archive(home, {"my-duc": portal})
    old = articles_path(home, warc)
    monkeypatch.setattr("spiders.extract.stage.EXTRACTOR_VERSION", "2-0000")
    extract_archive(home, {"my-duc": portal})
    assert articles_path(home, warc).exists()
    assert not old.exists()


def test_a_portal_that_is_no_longer_defined_is_read_as_the_archive_knows_it(home: Home, portal: Portal) -> None:
    warc = write_crawl(home, portal, "my-duc-1")
    assert dict(extract_archive(home, {}).articles) == {articles_path(home, warc): 2}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_damaged_file_keeps_no_other_from_being_read(home: Home, portal: Portal, workers: int) -> None:
    damaged = write_crawl(home, portal, "my-duc-1")
    damaged.write_bytes(damaged.read_bytes()[:-700])
    good = [write_crawl(home, portal, f"my-duc-{number}") for number in (2, 3)]
    done = extract_archive(home, {"my-duc": portal}, workers=workers)
    assert set(done.articles) == {articles_path(home, warc) for warc in good}
    assert [error.path for error in done.damaged] == [damaged]
    assert not articles_path(home, damaged).exists()


def write_revisits(home: Home, portal: Portal, of: Path, crawl_id: str = "my-duc-2") -> Path:
    """Write a crawl, a day later, that met the first article of another unchanged: once by digest, once by 304."""
    later = NOW + timedelta(days=1)
    first = next(read_captures(of))
    info = CrawlInfo(crawl_id, portal.slug, "run", later, "test", portal.model_dump(mode="json"))
    with WarcWriter(warc_path(home, portal.slug, crawl_id), info) as writer:
        for line in (b"HTTP/1.1 200 OK", b"HTTP/1.1 304 Not Modified"):
            writer.write_revisit(first.capture.url, later, line, [], first.reference, article_key="0")
        return writer.close(CrawlReport(crawl_id, portal.slug, "run", later, later, "ok", "", 2, 2, 2, 2, 0, {}, ""))


def test_an_unchanged_page_is_an_article_of_its_own_capture(home: Home, portal: Portal) -> None:
    first = write_crawl(home, portal, "my-duc-1")
    second = write_revisits(home, portal, first)
    assert dict(extract_archive(home, {"my-duc": portal}).articles)[articles_path(home, second)] == 2
    old = pq.read_table(articles_path(home, first)).to_pylist()[0]
    captures = [stored.capture for stored in read_captures(second)]
    own = ("capture_id", "crawl_id", "captured_at", "warc_file", "warc_offset")
    for row, capture in zip(pq.read_table(articles_path(home, second)).to_pylist(), captures, strict=True):
        assert [row[name] for name in own] == [getattr(capture, name) for name in own]
        assert {name: value for name, value in row.items() if name not in own} == {
            name: value for name, value in old.items() if name not in own
        }
    assert extract_archive(home, {"my-duc": portal}).unchanged == 2


def test_an_unchanged_page_is_read_as_of_the_day_of_its_bytes(home: Home, portal: Portal) -> None:
    info = CrawlInfo("my-duc-1", portal.slug, "run", NOW, "test", portal.model_dump(mode="json"))
    body = PAGE.format(number=1, text=TEXT).replace("14/10/2024 | 17:41", "Hôm nay, 07:00").encode()
    with WarcWriter(warc_path(home, portal.slug, "my-duc-1"), info) as writer:
        url = "https://myduc.hanoi.test/tin/-/view_content/1-tin"
        writer.write(url, NOW, b"HTTP/1.1 200 OK", [(b"Content-Type", b"text/html")], body)
        first = writer.close(CrawlReport("my-duc-1", portal.slug, "run", NOW, NOW, "ok", "", 1, 1, 1, 1, 1, {}, ""))
    second = write_revisits(home, portal, first)
    extract_archive(home, {"my-duc": portal})
    published = pq.read_table(articles_path(home, first))["published_at"].to_pylist()
    assert published[0] is not None
    assert pq.read_table(articles_path(home, second))["published_at"].to_pylist() == published * 2


def test_a_revisit_whose_file_is_gone_is_unread_until_it_is_back(home: Home, portal: Portal, tmp_path: Path) -> None:
    first = write_crawl(home, portal, "my-duc-1")
    second = write_revisits(home, portal, first)
    away = first.rename(tmp_path / "away")
    for _ in range(2):  # it is tried anew by each build
        assert dict(extract_archive(home, {"my-duc": portal}).articles) == {articles_path(home, second): 0}
    unread = pq.read_table(unread_pages_path(home, second)).to_pylist()
    assert [row["reason"] for row in unread] == ["revisit_unresolved"] * 2
    away.rename(first)
    assert dict(extract_archive(home, {"my-duc": portal}).articles)[articles_path(home, second)] == 2


def test_identities_follow_their_articles(home: Home, portal: Portal) -> None:
    warc = write_crawl(home, portal, "my-duc-1")
    extract_archive(home, {"my-duc": portal})
    (file,) = identify_articles(home, EXTRACTOR_VERSION).identities
    rows = pq.read_table(file).to_pylist()
    # Equal bodies under different titles: one content, two revisions.
    assert len({row["content_hash"] for row in rows}) == 1
    assert len({row["revision_hash"] for row in rows}) == 2
    assert identify_articles(home, EXTRACTOR_VERSION).unchanged == 1
    articles_path(home, warc).unlink()
    extract_archive(home, {"my-duc": portal.model_copy(update={"platform": "generic"})})
    assert list(identify_articles(home, EXTRACTOR_VERSION).identities) == [file]


def test_a_page_that_makes_the_extractor_fail_is_named(
    home: Home, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    warc = write_crawl(home, portal, "my-duc-1")

    def fail(*_: object) -> None:
        raise OverflowError("too large")

    monkeypatch.setattr("spiders.extract.stage.article_or_reason", fail)
    with pytest.raises(OverflowError) as told:
        extract_archive(home, {"my-duc": portal}, workers=1)
    (note,) = told.value.__notes__
    assert "https://myduc.hanoi.test/tin/-/view_content/0-tin" in note
    assert str(warc) in note
