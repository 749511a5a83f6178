"""Revisit records: written as ISO 28500 specifies, and resolved to their responses."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.warehouse.archive.warc.warc_files import (
    FEED_DATE,
    LATER,
    OK,
    PAGE,
    URL,
    crawl_info,
    crawl_report,
    write_first,
    write_revisits,
)
from warehouse.archive.files import warc_file
from warehouse.archive.index.build import index_warc
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.warc.format import DamagedWarcError, RecordReference, StoredCapture
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.records import payload_digest
from warehouse.archive.warc.revisits import Revisits, UnresolvedRevisitError
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def revisits(home: Home) -> list[StoredCapture]:
    return list(read_captures(write_revisits(home, write_first(home)[1].reference)))


def test_a_revisit_reads_back_as_it_was_written(home: Home) -> None:
    same, not_modified = revisits(home)
    assert (same.capture.status, same.capture.is_revisit, same.capture.article_key) == (200, True, "1")
    assert (not_modified.capture.status, not_modified.capture.is_revisit) == (304, True)
    assert (same.capture.feed_date, not_modified.capture.feed_date) == (FEED_DATE, None)
    assert not_modified.capture.etag == '"a"'
    assert same.capture.captured_at == LATER
    assert same.capture.payload_digest == not_modified.capture.payload_digest == payload_digest(PAGE + b"1")
    assert (same.capture.bytes, same.payload) == (0, b"")
    first = list(read_captures(warc_file(home, "my-duc", "my-duc-1")))[1]
    assert same.refers_to == not_modified.refers_to == first.reference
    assert same.capture.refers_to == not_modified.capture.refers_to == first.capture.capture_id
    assert first.capture.refers_to is None


def test_the_headers_follow_the_standard(home: Home) -> None:
    stored_first = write_first(home)[1]
    first = stored_first.capture
    warc = write_revisits(home, stored_first.reference)
    same, not_modified = (
        gzip.decompress(warc.read()[stored.capture.warc_offset :]).decode() for stored in read_captures(warc)
    )
    for record in (same, not_modified):
        assert record.startswith("WARC/1.1\r\nWARC-Type: revisit\r\n")
        assert f"WARC-Refers-To: <urn:uuid:{first.capture_id}>\r\n" in record
        assert f"WARC-Refers-To-Target-URI: {first.url}\r\n" in record
        assert "WARC-Refers-To-Date: 2026-09-14T01:15:00Z\r\n" in record
        assert f"WARC-Payload-Digest: {first.payload_digest}\r\n" in record
    profile = "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/"
    assert f"{profile}identical-payload-digest\r\n" in same
    assert "WARC-Truncated: length\r\n" in same.split("WARC/1.1")[1]
    assert f"{profile}server-not-modified\r\n" in not_modified
    assert 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n' in not_modified


def test_a_revisit_resolves_to_its_response(home: Home) -> None:
    resolver = Revisits(home.storage)
    for revisit in revisits(home):
        assert resolver.resolve(revisit).body().content == PAGE + b"1"


def test_a_response_is_found_after_a_recovery_shifted_it(home: Home) -> None:
    first = write_first(home)
    warc = warc_file(home, "my-duc", "my-duc-1")
    index_warc(home, warc)
    data = bytearray(warc.read())
    data[first[0].capture.warc_offset + 60] ^= 0xFF
    warc.put(bytes(data))
    later = list(read_captures(write_revisits(home, first[1].reference)))
    recover_warc(home, warc)
    resolver = Revisits(home.storage)
    assert [resolver.resolve(revisit).payload for revisit in later] == [PAGE + b"1"] * 2


def test_a_response_before_the_damage_of_its_file_is_found(home: Home) -> None:
    first = write_first(home)
    warc = warc_file(home, "my-duc", "my-duc-1")
    warc.put(warc.read()[: first[2].capture.warc_offset + 20])
    (revisit, _) = read_captures(write_revisits(home, first[1].reference))
    assert Revisits(home.storage).resolve(revisit).payload == PAGE + b"1"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda reference: replace(reference, warc_file="my-duc/my-duc-9.warc.gz"), "not in the archive"),
        (lambda reference: replace(reference, warc_file="../../my-duc-1.warc.gz"), "not a valid WARC file name"),
        (lambda reference: replace(reference, warc_file="/etc/my-duc-1.warc.gz"), "not a valid WARC file name"),
        (lambda reference: replace(reference, record_id="00000000-0000-4000-8000-000000000000"), "no intact response"),
        (lambda reference: replace(reference, payload_digest="sha256:00"), "another payload digest"),
    ],
)
def test_a_dangling_reference_is_an_error(
    home: Home, change: Callable[[RecordReference], RecordReference], problem: str
) -> None:
    reference = change(write_first(home)[1].reference)
    for revisit in read_captures(write_revisits(home, reference)):
        with pytest.raises(UnresolvedRevisitError, match=problem):
            Revisits(home.storage).resolve(revisit)


def test_a_wrong_offset_is_corrected_by_the_record_id(home: Home) -> None:
    reference = write_first(home)[1].reference
    for offset in (-1, 0, 3, 10**9):
        (revisit, _) = read_captures(write_revisits(home, replace(reference, warc_offset=offset)))
        assert Revisits(home.storage).resolve(revisit).payload == PAGE + b"1"
        warc_file(home, "my-duc", "my-duc-2").delete()


def test_a_revisit_of_a_revisit_has_no_body(home: Home) -> None:
    (revisit, _) = revisits(home)
    with WarcWriter(home, crawl_info("my-duc-3")) as writer:
        writer.write_revisit(URL, LATER, OK, [], revisit.reference)
        (again,) = read_captures(writer.close(crawl_report(1)))
    with pytest.raises(UnresolvedRevisitError):
        Revisits(home.storage).resolve(again)


def test_a_revisit_with_an_invalid_reference_is_damage(home: Home) -> None:
    warc = write_revisits(home, write_first(home)[1].reference)
    offset, after = (stored.capture.warc_offset for stored in read_captures(warc))
    whole = warc.read()
    record = gzip.decompress(whole[offset:after]).replace(b"WARC-Refers-To-Date: 2026", b"WARC-Refers-To-Date: soon")
    warc.put(whole[:offset] + gzip.compress(record) + whole[after:])
    with pytest.raises(DamagedWarcError, match="reference to its body is invalid"):
        list(read_captures(warc))


def test_times_are_written_in_utc(home: Home) -> None:
    reference = replace(
        write_first(home)[1].reference, captured_at=datetime.fromisoformat("2026-09-14T08:15:00.5+07:00")
    )
    (revisit, _) = read_captures(write_revisits(home, reference))
    assert revisit.refers_to is not None
    assert revisit.refers_to.captured_at == datetime(2026, 9, 14, 1, 15, 0, 500_000, tzinfo=UTC)
