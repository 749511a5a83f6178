"""Importing WARC files of other crawlers: what is imported and kept, and how damage is reported."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spiders.extract.version import EXTRACTOR_VERSION
from spiders.imports import portal_part
from spiders.imports.warc_import import import_warc
from spiders.portal import Portal, portal_of_platform
from tests.archived import derived_file
from tests.spiders.extract.staging import extract
from tests.spiders.imports.external_warcs import (
    FIRST_ID,
    ONE,
    SECOND,
    SECOND_ID,
    TWO,
    TWO_PAGES,
    answer,
    cut,
    page,
    record,
    write,
)
from tests.spiders.imports.importing import NOW, bring, captures
from warehouse.archive.files import warc_files
from warehouse.archive.index.build import update_index
from warehouse.archive.observations import Observations
from warehouse.archive.upkeep.space import DiskAlmostFullError
from warehouse.archive.warc.external import ExternalWarcError
from warehouse.archive.warc.reader import read_captures, read_info, read_report
from warehouse.archive.warc.writer import WarcWriter
from warehouse.datasets import ARTICLES
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.storage import StoredFile


@pytest.mark.parametrize("form", ["members", "one_member", "plain"])
def test_responses_keep_time_record_id_and_bytes(home: Home, portal: Portal, tmp_path: Path, form: str) -> None:
    file = write(tmp_path / "old.warc", TWO_PAGES, form)
    done = bring(home, portal, file)
    first, second = captures(home)
    assert (first.capture.captured_at, second.capture.captured_at) == (
        datetime(2015, 3, 1, 2, 3, 4, tzinfo=UTC),
        datetime(2016, 4, 2, 3, 4, 5, 250_000, tzinfo=UTC),
    )
    assert [one.capture.capture_id for one in (first, second)] == [FIRST_ID, SECOND_ID]
    assert (first.payload, second.payload) == (page(1), page(2))
    assert [one.capture.article_key for one in (first, second)] == ["1", "2"]
    report = done.reports["my-duc"]
    assert (report.kind, report.verdict, report.is_complete, report.captures) == ("import", "ok", False, 2)
    assert (report.articles_found, report.articles_new, report.articles_captured) == (2, 2, 2)
    assert (report.started_at, report.ended_at) == (first.capture.captured_at, second.capture.captured_at)
    assert (done.faults, done.refused) == ((), ())


def test_the_warc_file_names_its_source(home: Home, portal: Portal, tmp_path: Path) -> None:
    info = record("warcinfo", "", b"software: Wget/1.21\r\nformat: WARC\r\n", Content_Type="application/warc-fields")
    file = write(tmp_path / "old.warc.gz", [info, *TWO_PAGES])
    report = bring(home, portal, file).reports["my-duc"]
    (warc,) = warc_files(home)
    assert read_report(warc) == report
    found = read_info(warc)
    assert found.imported_from is not None
    assert (found.imported_from["file"], len(found.imported_from["sha256"])) == ("old.warc.gz", 64)
    assert found.user_agent == "Wget/1.21"


def test_a_file_is_imported_once(home: Home, portal: Portal, tmp_path: Path) -> None:
    file = write(tmp_path / "old.warc.gz", TWO_PAGES)
    bring(home, portal, file)
    (warc,) = warc_files(home)
    again = bring(home, portal, file.rename(tmp_path / "renamed.warc.gz"))
    assert (again.already, again.reports) == ((warc,), {})
    assert warc_files(home) == [warc]


def test_a_record_of_an_earlier_file_is_not_imported_again(home: Home, portal: Portal, tmp_path: Path) -> None:
    bring(home, portal, write(tmp_path / "a.warc.gz", TWO_PAGES[:1]))
    done = bring(home, portal, write(tmp_path / "b.warc.gz", TWO_PAGES))
    assert (done.known, done.reports["my-duc"].captures) == (1, 1)
    done = bring(home, portal, write(tmp_path / "c.warc", TWO_PAGES, "plain"))
    assert (done.known, done.reports) == (2, {})
    assert len(warc_files(home)) == 2
    assert not list(home.warc.glob("*/*.part"))


def test_a_known_article_is_not_new(home: Home, portal: Portal, tmp_path: Path) -> None:
    bring(home, portal, write(tmp_path / "a.warc.gz", TWO_PAGES[:1]))
    later = record("response", ONE, answer(page(1)), date="2017-01-01T00:00:00Z", **SECOND)
    report = bring(home, portal, write(tmp_path / "b.warc.gz", [later])).reports["my-duc"]
    assert (report.verdict, report.captures, report.articles_new) == ("no_news", 1, 0)


@pytest.mark.parametrize("record_id", ["", "<urn:x-other:5>", f"<urn:uuid:{FIRST_ID}>"])
def test_an_invalid_or_duplicate_record_id_is_replaced(
    home: Home, portal: Portal, tmp_path: Path, record_id: str
) -> None:
    other = record("response", TWO, answer(page(2)), WARC_Record_ID=record_id)
    bring(home, portal, write(tmp_path / "a.warc.gz", [TWO_PAGES[0], other]))
    first, second = (stored.capture.capture_id for stored in captures(home))
    assert first == FIRST_ID
    assert len(second) == 36
    assert second != FIRST_ID


def test_each_portal_gets_its_own_responses(home: Home, portal: Portal, tmp_path: Path) -> None:
    other = portal_of_platform("generic", "https://khac.hanoi.test/").model_copy(update={"slug": "khac"})
    records = [*TWO_PAGES, record("response", "https://khac.hanoi.test/a", answer(b"<html>a</html>"))]
    foreign = record("response", "https://example.org/", answer(b"x"))
    file = write(tmp_path / "a.warc.gz", [*records, foreign])
    done = import_warc(home, [portal, other], file, "run", NOW)
    assert {slug: report.captures for slug, report in done.reports.items()} == {"my-duc": 2, "khac": 1}
    assert dict(done.skipped) == {"out_of_scope": 1}


def test_records_that_are_no_captures_are_counted_and_skipped(home: Home, portal: Portal, tmp_path: Path) -> None:
    others = [record(kind, ONE, b"x", Content_Type="text/plain") for kind in ("metadata", "conversion")]
    others.append(record("request", ONE, b"GET / HTTP/1.1\r\n\r\n", Content_Type="application/http; msgtype=request"))
    others.append(record("response", "dns:myduc.hanoi.test", b"x", Content_Type="text/dns"))
    others.append(record("resource", "urn:view:https://myduc.hanoi.test/", b"x", Content_Type="image/png"))
    done = bring(home, portal, write(tmp_path / "a.warc.gz", [*others, *TWO_PAGES]))
    assert dict(done.skipped) == dict.fromkeys(["metadata", "conversion", "request", "response", "resource"], 1)
    assert done.refused == ()
    assert len(captures(home)) == 2


def chunked(body: bytes, at: int = 700) -> bytes:
    parts = [body[begin : begin + at] for begin in range(0, len(body), at)]
    return b"".join(b"%x;name=value\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    "body", [chunked(gzip.compress(page(1))), gzip.compress(page(1))], ids=["chunked", "undone already"]
)
def test_chunked_transfer_is_decoded_and_content_encoding_is_kept(
    home: Home, portal: Portal, tmp_path: Path, body: bytes
) -> None:
    block = answer(body, "Transfer-Encoding: chunked", "Content-Encoding: gzip")
    bring(home, portal, write(tmp_path / "a.warc.gz", [record("response", ONE, block)]))
    (stored,) = captures(home)
    assert gzip.decompress(stored.payload) == stored.body().content == page(1)
    assert b"transfer-encoding" not in {name.lower() for name, _ in stored.headers}


def test_a_body_cut_in_transfer_is_kept_up_to_the_cut(home: Home, portal: Portal, tmp_path: Path) -> None:
    block = answer(chunked(page(1), 100)[:350], "Transfer-Encoding: chunked")
    done = bring(home, portal, write(tmp_path / "a.warc.gz", [record("response", ONE, block, WARC_Truncated="length")]))
    (stored,) = captures(home)
    assert page(1).startswith(stored.payload)
    assert len(stored.payload) == 300
    assert done.reports["my-duc"].errors == {"truncated": 1}


def test_urls_in_brackets_and_headers_with_bare_line_feeds_are_read(home: Home, portal: Portal, tmp_path: Path) -> None:
    block = b"HTTP/1.0 200 OK\nContent-Type: text/html\n\n" + page(1)
    bring(home, portal, write(tmp_path / "a.warc.gz", [record("response", f"<{ONE}>", block)]))
    (stored,) = captures(home)
    assert (stored.capture.url, stored.capture.content_type, stored.body().content) == (ONE, "text/html", page(1))


@pytest.mark.parametrize(
    "fields",
    [
        {"WARC_Refers_To": f"<urn:uuid:{FIRST_ID}>"},
        {"WARC_Refers_To_Target_URI": ONE, "WARC_Refers_To_Date": "2015-03-01T02:03:04Z"},
    ],
)
def test_revisits_are_resolved_within_the_file(
    home: Home, portal: Portal, tmp_path: Path, fields: dict[str, str]
) -> None:
    profile = {"WARC_Profile": "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest", **fields}
    later = record("revisit", ONE, answer(b""), date="2015-03-09T00:00:00Z", **SECOND, **profile)
    done = bring(home, portal, write(tmp_path / "a.warc.gz", [TWO_PAGES[0], later]))
    assert extract(home, {"my-duc": portal}).rows(ARTICLES) == 2
    (warc,) = warc_files(home)
    assert [stored.capture.is_revisit for stored in read_captures(warc)] == [False, True]
    assert extract(home, {"my-duc": portal}).units == ()
    assert derived_file(ARTICLES, EXTRACTOR_VERSION, warc).exists()
    assert done.reports["my-duc"].not_modified == 1


def flip(data: bytes) -> bytes:
    at = data.rindex(b"\x1f\x8b\x08") + 60
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def overwrite(data: bytes) -> bytes:
    at = data.rindex(b"\x1f\x8b\x08")
    return data[:at] + bytes(30) + data[at + 30 :]


@pytest.mark.parametrize("damage", [cut, flip, overwrite])
def test_the_records_before_the_damage_are_kept(
    home: Home, portal: Portal, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    file = write(tmp_path / "a.warc.gz", TWO_PAGES)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    done = bring(home, portal, file)
    assert [stored.capture.capture_id for stored in captures(home)] == [FIRST_ID]
    assert [fault.offset for fault in done.faults] == [whole.rindex(b"\x1f\x8b\x08")]


@pytest.mark.parametrize("form", ["one_member", "plain"])
def test_a_truncated_file_of_one_gzip_member_is_kept_up_to_the_cut(
    home: Home, portal: Portal, tmp_path: Path, form: str
) -> None:
    file = write(tmp_path / "a.warc", [*TWO_PAGES, *TWO_PAGES], form)
    data = file.read_bytes()
    file.write_bytes(data[: -20 if form == "one_member" else -200])
    done = bring(home, portal, file)
    assert len(done.faults) == 1
    assert len(captures(home)) >= 2


@pytest.mark.parametrize(
    "content", [b"", b"<html>no WARC</html>" * 40, b"\x1f\x8b\x08broken", gzip.compress(b"hello", mtime=0)]
)
def test_a_file_without_warc_records_is_refused(home: Home, portal: Portal, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.warc.gz").write_bytes(content)
    with pytest.raises(ExternalWarcError, match=r"a\.warc\.gz: (damaged at byte 0|it is empty)"):
        bring(home, portal, tmp_path / "a.warc.gz")
    assert warc_files(home) == []


def test_a_killed_import_leaves_no_captures(
    home: Home, portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "a.warc.gz", TWO_PAGES)

    class Killed(WarcWriter):
        def discard(self) -> None:
            self._file.close()

        def close(self, report: CrawlReport, observations: Observations | None = None) -> StoredFile:
            raise OSError("killed")

    monkeypatch.setattr(portal_part, "WarcWriter", Killed)
    with pytest.raises(OSError, match="killed"):
        bring(home, portal, file)
    monkeypatch.undo()
    assert list(home.warc.glob("*/*.part"))
    assert update_index(home).recovered == ()
    assert not list(home.warc.glob("*/*.part"))
    assert bring(home, portal, file).reports["my-duc"].captures == 2


def test_an_almost_full_disk_is_not_filled(home: Home, portal: Portal, tmp_path: Path) -> None:
    file = write(tmp_path / "a.warc.gz", TWO_PAGES)
    with pytest.raises(DiskAlmostFullError):
        import_warc(home, [portal], file, "run", NOW, least_free_bytes=10**18)
    assert not list(home.warc.glob("*/*.warc*"))
