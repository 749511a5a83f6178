"""Extraction by units of work: one WARC file in, one Parquet file out, and nothing done twice."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from spiders.extract.article import article_or_reason
from spiders.extract.version import EXTRACTOR_VERSION
from spiders.portal import Portal
from tests.archived import derived_file, path_of, rows_of
from tests.spiders.extract.staging import NOW, PAGE, TEXT, extract, identify, my_duc, write_crawl
from warehouse.archive.warc.format import CrawlInfo, StoredCapture
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.writer import WarcWriter
from warehouse.datasets import ARTICLES, CAPTURE_KEYS, IDENTITIES, UNREAD_PAGES
from warehouse.derive.identity import IDENTIFICATION
from warehouse.home import Home
from warehouse.records import Article, Capture, CaptureKey, CrawlReport
from warehouse.stages import StageReport
from warehouse.storage import StoredFile


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def portal() -> Portal:
    return my_duc()


def articles_file(warc: StoredFile) -> StoredFile:
    return derived_file(ARTICLES, EXTRACTOR_VERSION, warc)


def unread_pages_file(warc: StoredFile) -> StoredFile:
    return derived_file(UNREAD_PAGES, EXTRACTOR_VERSION, warc)


def written(done: StageReport) -> dict[StoredFile, int]:
    """Return how many articles each file got that was written."""
    return {articles_file(result.unit.warc): result.rows[ARTICLES.name] for result in done.units}


def test_each_warc_file_gives_one_parquet_file_named_by_it_and_the_version(home: Home, portal: Portal) -> None:
    warcs = [write_crawl(home, portal, f"my-duc-{number}", articles=number + 1) for number in range(2)]
    done = extract(home, {"my-duc": portal})
    assert written(done) == {articles_file(warcs[0]): 1, articles_file(warcs[1]): 2}
    assert done.count("undecodable") == 2
    table = rows_of(articles_file(warcs[1]))
    assert table.column_names == ARTICLES.schema.names
    assert table["title"].to_pylist() == ["Tin số 0", "Tin số 1"]
    assert set(table["crawl_id"].to_pylist()) == {"my-duc-1"}
    assert str(articles_file(warcs[1])).endswith(f"/articles/{EXTRACTOR_VERSION}/my-duc/my-duc-1.parquet")


def test_what_was_asked_for_as_an_article_and_is_none_stands_beside_with_the_reason(home: Home, portal: Portal) -> None:
    plain = [(b"Content-Type", b"text/html")]
    broken = [*plain, (b"Content-Encoding", b"gzip")]
    text = f"<html><body><p>{TEXT}</p></body></html>".encode()
    answers: list[tuple[str, str | None, bytes, list[tuple[bytes, bytes]]]] = [
        ("leer", "1", b"", plain),
        ("hong", "2", b"no\x00gzip", broken),
        ("that", "3", PAGE.format(number=3, text=TEXT).encode(), plain),
        ("trang-chu", None, b"<html><body><p>Trang</p></body></html>", plain),
        ("rong", "5", b"<html><body><p></p></body></html>", plain),
    ]
    info = CrawlInfo("my-duc-1", portal.slug, "run", NOW, "test", portal.model_dump(mode="json"))
    with WarcWriter(home, info) as writer:
        for name, key, body, headers in answers:
            writer.write(f"https://myduc.hanoi.test/{name}", NOW, b"HTTP/1.1 200 OK", headers, body, article_key=key)
        writer.write("https://myduc.hanoi.test/het", NOW, b"HTTP/1.1 404 Not Found", plain, text, article_key="6")
        warc = writer.close(CrawlReport("my-duc-1", portal.slug, "run", NOW, NOW, "ok", "", 6, 6, 6, 6, 6, {}, ""))
    assert extract(home, {"my-duc": portal}).rows(UNREAD_PAGES) == 3
    table = rows_of(unread_pages_file(warc))
    assert table.schema.names == UNREAD_PAGES.schema.names
    assert [(row["url"].rpartition("/")[2], row["reason"], row["crawl_id"]) for row in table.to_pylist()] == [
        ("leer", "empty", "my-duc-1"),
        ("hong", "undecodable", "my-duc-1"),
        ("rong", "no_article", "my-duc-1"),
    ]


def test_flaws_of_a_compressed_page_are_flags_of_its_article_and_of_its_revisits(home: Home, portal: Portal) -> None:
    packed = gzip.compress(PAGE.format(number=1, text=TEXT).encode())
    headers = [(b"Content-Type", b"text/html"), (b"Content-Encoding", b"gzip")]
    info = CrawlInfo("my-duc-1", portal.slug, "run", NOW, "test", portal.model_dump(mode="json"))
    with WarcWriter(home, info) as writer:
        place = ("https://myduc.hanoi.test/tin/-/view_content/1-tin", NOW, b"HTTP/1.1 200 OK", headers)
        reference = writer.write(*place, packed[:-8])
        writer.write_revisit(*place, reference)
        writer.write(*place, packed[:-30])
        writer.write(*place, packed)
        warc = writer.close(CrawlReport("my-duc-1", portal.slug, "run", NOW, NOW, "ok", "", 4, 4, 1, 1, 1, {}, ""))
    extract(home, {"my-duc": portal})
    of_rows: list[list[str]] = [row["quality_flags"] for row in rows_of(articles_file(warc)).to_pylist()]
    flags = [set(row) & {"checksum_failed", "truncated"} for row in of_rows]
    assert flags == [{"checksum_failed"}, {"checksum_failed"}, {"truncated"}, set()]


def test_captures_that_were_requested_as_articles_have_keys(home: Home, portal: Portal) -> None:
    generic = portal.model_copy(update={"platform": "generic", "formerly": ("huyenmyduc.hanoi.test",)})
    plain = [(b"Content-Type", b"text/html")]
    moved = [*plain, (b"Location", b"/tin/moi.html?utm_source=zalo#dau")]
    away = [*plain, (b"Location", b"https://dangnhap.test/")]
    former = "http://www.myduc.hanoi.test/tin/cu.html"
    answers = [
        (former, b"301 Moved Permanently", former, moved),
        ("https://myduc.hanoi.test/tin/moi.html", b"404 Not Found", former, plain),
        ("https://myduc.hanoi.test/tin/la.html", b"302 Found", "https://myduc.hanoi.test/tin/la.html", away),
        ("http://huyenmyduc.hanoi.test/tin/xa.html/", b"304 Not Modified", "huyenmyduc.hanoi.test/tin/xa.html", moved),
        ("https://myduc.hanoi.test/tin", b"200 OK", None, plain),
    ]
    info = CrawlInfo("my-duc-1", portal.slug, "run", NOW, "test", generic.model_dump(mode="json"))
    with WarcWriter(home, info) as writer:
        for url, status, key, headers in answers:
            writer.write(url, NOW, b"HTTP/1.1 " + status, headers, b"<html></html>", article_key=key)
        warc = writer.close(CrawlReport("my-duc-1", portal.slug, "run", NOW, NOW, "ok", "", 5, 5, 5, 5, 5, {}, ""))
    extract(home, {"my-duc": generic})
    rows = rows_of(derived_file(CAPTURE_KEYS, EXTRACTOR_VERSION, warc)).to_pylist()
    assert [(row["article_key"], row["page_key"], row["redirect_key"]) for row in rows] == [
        ("myduc.hanoi.test/tin/cu.html", "myduc.hanoi.test/tin/cu.html", None),
        ("myduc.hanoi.test/tin/cu.html", "myduc.hanoi.test/tin/moi.html", None),
        ("myduc.hanoi.test/tin/la.html", "myduc.hanoi.test/tin/la.html", None),
        ("myduc.hanoi.test/tin/xa.html", "myduc.hanoi.test/tin/xa.html", None),
    ]


def test_a_file_that_is_missing_beside_the_articles_is_made_again(home: Home, portal: Portal) -> None:
    warc = write_crawl(home, portal, "my-duc-1")
    extract(home, {"my-duc": portal})
    unread_pages_file(warc).delete()
    assert list(written(extract(home, {"my-duc": portal}))) == [articles_file(warc)]
    assert unread_pages_file(warc).exists()
    warc.delete()
    extract(home, {"my-duc": portal})
    assert not unread_pages_file(warc).exists()
    assert not articles_file(warc).exists()


def test_nothing_is_extracted_twice_and_a_new_file_alone_is_read(home: Home, portal: Portal) -> None:
    write_crawl(home, portal, "my-duc-1")
    extract(home, {"my-duc": portal})
    second = write_crawl(home, portal, "my-duc-2")
    done = extract(home, {"my-duc": portal})
    assert list(written(done)) == [articles_file(second)]
    assert done.unchanged == 1


def test_a_changed_definition_is_read_anew(home: Home, portal: Portal) -> None:
    warc = write_crawl(home, portal, "my-duc-1")
    extract(home, {"my-duc": portal})
    changed = portal.model_copy(update={"platform": "generic"})
    assert list(written(extract(home, {"my-duc": changed}))) == [articles_file(warc)]
    renamed = changed.model_copy(update={"name": "Tên khác"})
    assert not written(extract(home, {"my-duc": renamed}))


def test_a_new_version_replaces_the_old_ones_files(home: Home, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    warc = write_crawl(home, portal, "my-duc-1")
    extract(home, {"my-duc": portal})
    old = articles_file(warc)
    monkeypatch.setattr("spiders.extract.stage.EXTRACTOR_VERSION", "2-0000")
    extract(home, {"my-duc": portal})
    assert derived_file(ARTICLES, "2-0000", warc).exists()
    assert not old.exists()


def test_a_portal_that_is_no_longer_defined_is_read_as_the_archive_knows_it(home: Home, portal: Portal) -> None:
    warc = write_crawl(home, portal, "my-duc-1")
    assert written(extract(home, {})) == {articles_file(warc): 2}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.slow
def test_a_damaged_file_keeps_no_other_from_being_read(
    home: Home, portal: Portal, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.executors._TRIAL_SECONDS", 0.0)
    damaged = write_crawl(home, portal, "my-duc-1")
    damaged.put(damaged.read()[:-700])
    good = [write_crawl(home, portal, f"my-duc-{number}") for number in (2, 3)]
    done = extract(home, {"my-duc": portal}, workers=workers)
    assert set(written(done)) == {articles_file(warc) for warc in good}
    assert [error.file for error in done.damaged] == [str(damaged)]
    assert not articles_file(damaged).exists()


def write_revisits(home: Home, portal: Portal, of: StoredFile, crawl_id: str = "my-duc-2") -> StoredFile:
    """Write a crawl, a day later, that met the first article of another unchanged: once by digest, once by 304."""
    later = NOW + timedelta(days=1)
    first = next(read_captures(of))
    info = CrawlInfo(crawl_id, portal.slug, "run", later, "test", portal.model_dump(mode="json"))
    with WarcWriter(home, info) as writer:
        for line in (b"HTTP/1.1 200 OK", b"HTTP/1.1 304 Not Modified"):
            writer.write_revisit(first.capture.url, later, line, [], first.reference, article_key="0")
        return writer.close(CrawlReport(crawl_id, portal.slug, "run", later, later, "ok", "", 2, 2, 2, 2, 0, {}, ""))


def test_an_unchanged_page_is_an_article_of_its_own_capture(home: Home, portal: Portal) -> None:
    first = write_crawl(home, portal, "my-duc-1")
    second = write_revisits(home, portal, first)
    assert written(extract(home, {"my-duc": portal}))[articles_file(second)] == 2
    old = rows_of(articles_file(first)).to_pylist()[0]
    captures = [stored.capture for stored in read_captures(second)]
    own = ("capture_id", "crawl_id", "captured_at")
    for row, capture in zip(rows_of(articles_file(second)).to_pylist(), captures, strict=True):
        assert [row[name] for name in own] == [getattr(capture, name) for name in own]
        assert {name: value for name, value in row.items() if name not in own} == {
            name: value for name, value in old.items() if name not in own
        }
    assert extract(home, {"my-duc": portal}).unchanged == 2


def test_an_unchanged_page_is_read_as_of_the_day_of_its_bytes(home: Home, portal: Portal) -> None:
    info = CrawlInfo("my-duc-1", portal.slug, "run", NOW, "test", portal.model_dump(mode="json"))
    body = PAGE.format(number=1, text=TEXT).replace("14/10/2024 | 17:41", "Hôm nay, 07:00").encode()
    with WarcWriter(home, info) as writer:
        url = "https://myduc.hanoi.test/tin/-/view_content/1-tin"
        writer.write(url, NOW, b"HTTP/1.1 200 OK", [(b"Content-Type", b"text/html")], body)
        first = writer.close(CrawlReport("my-duc-1", portal.slug, "run", NOW, NOW, "ok", "", 1, 1, 1, 1, 1, {}, ""))
    second = write_revisits(home, portal, first)
    extract(home, {"my-duc": portal})
    published = rows_of(articles_file(first))["published_at"].to_pylist()
    assert published[0] is not None
    assert rows_of(articles_file(second))["published_at"].to_pylist() == published * 2


def test_a_revisit_whose_file_is_gone_is_unread_until_it_is_back(home: Home, portal: Portal, tmp_path: Path) -> None:
    first = write_crawl(home, portal, "my-duc-1")
    second = write_revisits(home, portal, first)
    away = path_of(first).rename(tmp_path / "away")
    for _ in range(2):  # it is tried anew by each build
        assert written(extract(home, {"my-duc": portal})) == {articles_file(second): 0}
    unread = rows_of(unread_pages_file(second)).to_pylist()
    assert [row["reason"] for row in unread] == ["revisit_unresolved"] * 2
    away.rename(path_of(first))
    assert written(extract(home, {"my-duc": portal}))[articles_file(second)] == 2


def test_identities_follow_their_articles(home: Home, portal: Portal) -> None:
    warc = write_crawl(home, portal, "my-duc-1")
    extract(home, {"my-duc": portal})
    (result,) = identify(home).units
    assert result.rows == {IDENTITIES.name: 2}
    rows = rows_of(derived_file(IDENTITIES, IDENTIFICATION.version, warc)).to_pylist()
    # Equal bodies under different titles: one content, two revisions.
    assert len({row["content_hash"] for row in rows}) == 1
    assert len({row["revision_hash"] for row in rows}) == 2
    assert identify(home).unchanged == 1
    articles_file(warc).delete()
    extract(home, {"my-duc": portal.model_copy(update={"platform": "generic"})})
    assert [result.unit.name for result in identify(home).units] == ["my-duc/my-duc-1"]


@pytest.mark.parametrize(
    "error", [ValueError, RecursionError, MemoryError, OverflowError, UnicodeError, AssertionError]
)
def test_a_page_on_which_the_extractor_fails_is_flagged_and_the_others_are_read(
    home: Home, portal: Portal, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def read(capture: Capture, body: bytes, portal: Portal, flags: tuple[str, ...] = ()) -> Article | str:
        if b"number 2" in body:
            raise error("secret")
        return article_or_reason(capture, body, portal, flags)

    monkeypatch.setattr("spiders.extract.stage.article_or_reason", read)
    warc = write_pages(home, portal, [f"number {number} {TEXT}" for number in range(4)])
    done = extract(home, {"my-duc": portal}, workers=1)
    assert rows_of(articles_file(warc))["title"].to_pylist() == ["Tin số 0", "Tin số 1", "Tin số 3"]
    (page,) = rows_of(unread_pages_file(warc)).to_pylist()
    assert (page["reason"], page["detail"]) == ("extractor_error", error.__name__)
    assert done.count("extractor_errors") == 1
    (note,) = [note for unit in done.units for note in unit.notes]
    offset = [stored.capture.warc_offset for stored in read_captures(warc)][2]
    assert str(warc) in note
    assert f"byte {offset}, https://myduc.hanoi.test/tin/-/view_content/2-tin, with {error.__name__}" in note
    assert "secret" not in note


def test_an_article_that_no_table_can_hold_is_flagged(
    home: Home, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(capture: Capture, body: bytes, portal: Portal, flags: tuple[str, ...] = ()) -> Article | str:
        found = article_or_reason(capture, body, portal, flags)
        assert isinstance(found, Article)
        if "1-tin" in capture.url:
            return replace(found, title="\ud800")
        return replace(found, view_count=2**70) if "2-tin" in capture.url else found

    monkeypatch.setattr("spiders.extract.stage.article_or_reason", read)
    warc = write_pages(home, portal, [TEXT] * 3)
    extract(home, {"my-duc": portal}, workers=1)
    assert rows_of(articles_file(warc))["title"].to_pylist() == ["Tin số 0"]
    assert rows_of(unread_pages_file(warc))["detail"].to_pylist() == ["UnicodeEncodeError", "OverflowError"]


def test_a_capture_whose_keys_cannot_be_made_keeps_those_recorded(
    home: Home, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def key(stored: StoredCapture, portal: Portal) -> CaptureKey | None:
        raise IndexError(stored.capture.url)

    monkeypatch.setattr("spiders.extract.stage.capture_key", key)
    warc = write_pages(home, portal, [TEXT] * 2)
    done = extract(home, {"my-duc": portal}, workers=1)
    keys = rows_of(derived_file(CAPTURE_KEYS, EXTRACTOR_VERSION, warc))
    assert keys["article_key"].to_pylist() == ["0", "1"]
    assert len(rows_of(articles_file(warc))) == 2
    assert done.count("extractor_errors") == 2


def test_only_some_pages_are_named_of_a_file_on_which_the_extractor_always_fails(
    home: Home, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(capture: Capture, body: bytes, portal: Portal, flags: tuple[str, ...] = ()) -> Article | str:
        raise ValueError

    monkeypatch.setattr("spiders.extract.stage.article_or_reason", read)
    write_pages(home, portal, [TEXT] * 9)
    (result,) = extract(home, {"my-duc": portal}, workers=1).units
    assert len(result.notes) == 6
    assert result.notes[-1].endswith("the extractor failed on 4 more pages")


def test_a_full_disk_or_a_damaged_file_is_no_error_of_a_page(
    home: Home, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(capture: Capture, body: bytes, portal: Portal, flags: tuple[str, ...] = ()) -> Article | str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("spiders.extract.stage.article_or_reason", read)
    write_pages(home, portal, [TEXT])
    with pytest.raises(OSError, match="No space"):
        extract(home, {"my-duc": portal}, workers=1)


def write_pages(home: Home, portal: Portal, texts: list[str]) -> StoredFile:
    info = CrawlInfo("my-duc-1", portal.slug, "run", NOW, "test", portal.model_dump(mode="json"))
    with WarcWriter(home, info) as writer:
        for number, text in enumerate(texts):
            body = PAGE.format(number=number, text=text).encode()
            url = f"https://myduc.hanoi.test/tin/-/view_content/{number}-tin"
            headers = [(b"Content-Type", b"text/html")]
            writer.write(url, NOW, b"HTTP/1.1 200 OK", headers, body, article_key=str(number))
        return writer.close(CrawlReport("my-duc-1", portal.slug, "run", NOW, NOW, "ok", "", 9, 9, 9, 9, 9, {}, ""))
