"""WARC files: writing and reading, damage, recovery and the index."""

from __future__ import annotations

import gzip
import re
from contextlib import suppress
from pathlib import Path

import pytest

from tests.warehouse.archive.warc.warc_files import (
    CRAWL,
    FEED_DATE,
    PAGE,
    STARTED,
    crawl_info,
    crawl_report,
    write_page,
    write_warc,
)
from warehouse.archive.files import PART_SUFFIX, index_file, part_path, report_file, warc_file
from warehouse.archive.index.build import update_index
from warehouse.archive.index.locks import PortalBusyError, portal_lock
from warehouse.archive.state.queries import open_state
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.archive.warc.reader import read_captures, read_info, read_report
from warehouse.archive.warc.records import payload_digest
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.storage import StoredFile


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_captures_read_back_as_they_were_written(home: Home) -> None:
    compressed = gzip.compress(PAGE)
    with WarcWriter(home, crawl_info()) as writer:
        write_page(writer, 7, compressed, b"gzip")
        warc = writer.close(crawl_report(1))

    (stored,) = read_captures(warc)

    assert stored.payload == compressed
    assert stored.body().content == PAGE
    assert stored.capture.payload_digest == payload_digest(compressed)
    assert stored.capture.url == "https://myduc.hanoi.test/tin/-/view_content/7-tin-tức"
    assert (stored.capture.status, stored.capture.article_key, stored.capture.bytes) == (200, "7", len(compressed))
    assert stored.capture.captured_at == STARTED
    assert stored.capture.feed_date == FEED_DATE
    assert stored.capture.content_type == "text/html; charset=utf-8"
    assert read_info(warc) == crawl_info()
    assert read_report(warc) == crawl_report(1)


def test_each_record_is_a_gzip_member_at_its_offset(home: Home) -> None:
    warc = write_warc(home)
    data = warc.read()
    for stored in read_captures(warc):
        assert data[stored.capture.warc_offset :].startswith(b"\x1f\x8b")
        assert stored.capture.capture_id.encode() in gzip.decompress(data[stored.capture.warc_offset :])[:400]


def test_a_file_has_its_final_name_only_when_it_is_complete(home: Home) -> None:
    path = warc_file(home, "my-duc", CRAWL)
    with WarcWriter(home, crawl_info()) as writer:
        write_page(writer, 1)
        assert not path.exists()
    assert not path.exists()
    assert part_path(home, path).exists()


def test_the_captures_of_a_killed_crawl_are_recovered(home: Home) -> None:
    path = warc_file(home, "my-duc", CRAWL)
    with WarcWriter(home, crawl_info()) as writer:
        for number in range(5):
            write_page(writer, number)
    part = part_path(home, path)
    whole = part.read_bytes()
    part.write_bytes(whole[:-40])

    update = update_index(home)

    assert update.recovered == (path,)
    assert not part.exists()
    assert len(list(read_captures(path))) == 4
    report = read_report(path)
    assert report is not None
    # The end is the last capture's time, not the file's.
    assert (report.verdict, report.captures, report.ended_at) == ("partial", 4, STARTED)
    with open_state(home, "my-duc") as state:
        assert [number for number in range(5) if state.article(str(number))] == [0, 1, 2, 3]


def test_only_the_given_portals_are_recovered(home: Home) -> None:
    paths = {portal: warc_file(home, portal, f"{portal}-1") for portal in ("ba-vi", "my-duc")}
    for portal in paths:
        with WarcWriter(home, crawl_info(f"{portal}-1", portal)) as writer:
            write_page(writer, 1)
    assert update_index(home, {"ba-vi"}).recovered == (paths["ba-vi"],)
    assert update_index(home).recovered == (paths["my-duc"],)


def test_the_file_of_a_running_crawl_is_left_alone(home: Home) -> None:
    path = warc_file(home, "my-duc", CRAWL)
    with portal_lock(home, "my-duc"), WarcWriter(home, crawl_info()) as writer:
        write_page(writer, 1)
        assert update_index(home).recovered == ()
        assert part_path(home, path).exists()
        with pytest.raises(PortalBusyError, match="my-duc"), portal_lock(home, "my-duc"):
            pass


@pytest.mark.parametrize("damage", ["cut", "flipped", "garbage"])
def test_damage_is_reported_and_whole_records_are_recovered(home: Home, damage: str) -> None:
    warc = write_warc(home, 6)
    update_index(home)
    data = bytearray(warc.read())
    third = [stored.capture.warc_offset for stored in read_captures(warc)][2]
    if damage == "cut":
        del data[third + 50 :]
    elif damage == "flipped":
        data[third + 60] ^= 0xFF
    else:
        data[third : third + 30] = b"\x00" * 30
    warc.put(bytes(data))

    with pytest.raises(DamagedWarcError, match=f"{re.escape(str(warc))}: damaged at byte {third}: .*archive recover"):
        list(read_captures(warc))
    assert recover_warc(home, warc).captures == (2 if damage == "cut" else 5)
    assert update_index(home).damaged == ()
    assert report_file(home, warc).exists()
    assert Path(f"{warc}.damaged").read_bytes() == data


def test_a_file_that_is_not_a_warc_file_is_reported(home: Home) -> None:
    warc = warc_file(home, "my-duc", CRAWL)
    warc.put(b"<html>not a WARC</html>" * 50)
    (error,) = update_index(home).damaged
    assert str(warc) in str(error)


def test_a_deleted_index_is_made_again(home: Home) -> None:
    warc = write_warc(home)
    assert update_index(home).indexed == (warc,)
    before = index_file(home, warc).read()
    index_file(home, warc).delete()
    report_file(home, warc).delete()
    assert update_index(home).indexed == (warc,)
    assert index_file(home, warc).read() == before
    assert update_index(home).indexed == ()


def test_a_damaged_index_is_made_again(home: Home) -> None:
    warc = write_warc(home)
    update_index(home)
    good = index_file(home, warc).read()
    index_file(home, warc).put(good[:100])
    assert update_index(home).indexed == (warc,)
    assert index_file(home, warc).read() == good


@pytest.mark.parametrize("line", [b"HTTP/1.1 99999 Odd", b"HTTP/1.1 -5", b"HTTP/1.1", b"HTTP/1.1 20"])
def test_an_invalid_status_is_zero(home: Home, line: bytes) -> None:
    with WarcWriter(home, crawl_info()) as writer:
        writer.write("https://myduc.hanoi.test/", STARTED, line, [], PAGE)
        writer.close(crawl_report(1))
    (warc,) = update_index(home).indexed
    assert [stored.capture.status for stored in read_captures(warc)] == [0]


def test_a_flipped_bit_of_a_record_is_detected_or_harmless(home: Home) -> None:
    warc = write_warc(home, 2)
    whole = warc.read()
    offset = [stored.capture.warc_offset for stored in read_captures(warc)][1]
    for position in range(offset, offset + 24):
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[position] ^= 1 << bit
            warc.put(bytes(damaged))
            with suppress(DamagedWarcError):
                assert [stored.payload for stored in read_captures(warc)] == [PAGE, PAGE]


def test_a_second_recovery_keeps_the_first_damaged_file(home: Home) -> None:
    warc = write_warc(home, 3)
    update_index(home)
    second = [stored.capture.warc_offset for stored in read_captures(warc)][1]
    damaged = bytearray(warc.read())
    damaged[second + 60] ^= 0xFF
    warc.put(bytes(damaged))
    assert recover_warc(home, warc).captures == 2
    with pytest.raises(FileExistsError):
        recover_warc(home, warc)
    assert Path(f"{warc}.damaged").read_bytes() == damaged
    assert len(list(read_captures(warc))) == 2


def test_an_unfinished_file_is_not_recovered_by_hand(home: Home) -> None:
    path = warc_file(home, "my-duc", CRAWL)
    with WarcWriter(home, crawl_info()) as writer:
        write_page(writer, 1)
        with pytest.raises(DamagedWarcError, match="next build"):
            recover_warc(home, StoredFile(path.storage, path.key + PART_SUFFIX))


def test_a_file_is_not_recovered_while_its_portal_is_crawled(home: Home) -> None:
    warc = write_warc(home)
    with portal_lock(home, "my-duc"), pytest.raises(PortalBusyError):
        recover_warc(home, warc)


@pytest.mark.parametrize(
    "fields", [b"software: other/1.0\r\nformat: WARC File Format 1.1\r\n", b'{"crawl_id": "x"}', b"[]"]
)
def test_a_warc_file_of_another_tool_is_reported(home: Home, fields: bytes) -> None:
    warc = warc_file(home, "my-duc", "foreign")
    record = b"WARC/1.1\r\nWARC-Type: warcinfo\r\nWARC-Date: 2026-09-14T01:15:00Z\r\n"
    record += b"WARC-Record-ID: <urn:uuid:105dfd3a-6464-495c-b71c-8648e76c68bd>\r\n"
    record += b"Content-Type: application/warc-fields\r\nContent-Length: %d\r\n\r\n" % len(fields)
    warc.put(gzip.compress(record + fields + b"\r\n\r\n"))
    (error,) = update_index(home).damaged
    assert str(warc) in str(error)
    assert "warcinfo" in str(error)
