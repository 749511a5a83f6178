"""Bytes of a page that look like records are never taken for records, however the record around them is damaged."""

from __future__ import annotations

import gzip
import hashlib
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from tests.archived import path_of, rows_of
from tests.spiders.imports.external_warcs import answer, record
from tests.warehouse.archive.warc.warc_files import OK, STARTED, crawl_info, crawl_report, write_page
from warehouse.archive.files import index_file
from warehouse.archive.index.build import index_warc, update_index
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.upkeep.verify import verify_archive
from warehouse.archive.warc import external
from warehouse.archive.warc.external_record import ExternalRecord, Fault
from warehouse.archive.warc.reader import read_captures, read_report
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.parquet import parquet_bytes
from warehouse.storage import StoredFile

FORGED_URL = "https://myduc.hanoi.test/gia-mao"
FORGED_BODY = b"<html>forged</html>"
FORGED = record(
    "response",
    FORGED_URL,
    answer(FORGED_BODY),
    WARC_Payload_Digest=f"sha256:{hashlib.sha256(FORGED_BODY).hexdigest()}",
    WARC_Record_ID="<urn:uuid:11111111-6464-495c-b71c-8648e76c68bd>",
)
MEMBER = gzip.compress(FORGED, mtime=0)
NOISE = random.Random(7).randbytes(70_000)  # noqa: S311 - test data
# Compressed, it is stored as it is, so that forged members stand in the file where its data may seem to end.
ATTACHMENT = NOISE + (MEMBER + bytes(8)) * 40 + NOISE[:40_000] + MEMBER


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def write_crawl(home: Home, attachment: bytes = ATTACHMENT) -> tuple[StoredFile, list[int]]:
    """Write a crawl of a page, an attachment and two pages; return where the captures begin."""
    with WarcWriter(home, crawl_info()) as writer:
        write_page(writer, 1)
        writer.write(
            "https://myduc.hanoi.test/tep.zip", STARTED, OK, [(b"Content-Type", b"application/zip")], attachment
        )
        write_page(writer, 2)
        write_page(writer, 3)
        warc = writer.close(crawl_report(4))
    return warc, [stored.capture.warc_offset for stored in read_captures(warc)]


def block_headers(data: bytes, begin: int, end: int) -> list[int]:
    """Return where the stored blocks of a gzip member begin: their lengths are followed by their complements."""
    return [
        at - 1
        for at in range(begin + 11, end - 4)
        if int.from_bytes(data[at : at + 2], "little") ^ 0xFFFF == int.from_bytes(data[at + 2 : at + 4], "little")
    ]


def flipped(data: bytes, at: int, mask: int = 0x10) -> bytes:
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def urls(warc: StoredFile) -> list[str]:
    return [stored.capture.url.rpartition("/")[2] for stored in read_captures(warc)]


def recovered(home: Home, warc: StoredFile, data: bytes) -> list[str]:
    """Damage a file as given, and return what a recovery keeps of it."""
    path_of(warc).write_bytes(data)
    for aside in path_of(warc).parent.glob("*.damaged"):
        aside.unlink()
    done = recover_warc(home, warc)
    kept = urls(warc)
    assert done.captures == len(kept)
    assert done.lost
    return kept


PAGES = ["1-tin-tức", "2-tin-tức", "3-tin-tức"]


def test_with_an_index_all_but_the_damaged_record_is_kept(home: Home) -> None:
    warc, at = write_crawl(home)
    whole = path_of(warc).read_bytes()
    headers = block_headers(whole, at[1], at[2])
    assert len(headers) > 2
    for damaged in (
        flipped(whole, at[1] + 60),
        flipped(whole, at[1] + 60_000),
        flipped(whole, at[2] - 6),
        flipped(whole, at[2] - 2),
        *(flipped(whole, header, 1) for header in headers),
        *(flipped(whole, header + 2) for header in headers),
        whole[: at[1] + 512] + bytes(512) + whole[at[1] + 1024 :],
    ):
        path_of(warc).write_bytes(whole)
        index_warc(home, warc)
        assert recovered(home, warc, damaged) == PAGES
        assert read_report(warc) == crawl_report(4)


def test_without_an_index_nothing_after_a_record_without_a_proven_end_is_kept(home: Home) -> None:
    warc, at = write_crawl(home)
    whole = path_of(warc).read_bytes()
    for header in block_headers(whole, at[1], at[2]):
        assert recovered(home, warc, flipped(whole, header + 2)) == PAGES[:1]
        index_file(home, warc).delete()
        # The block says that it is the last: its end is one of the compressed data, but not of the record.
        assert set(recovered(home, warc, flipped(whole, header, 1))) <= set(PAGES)
        index_file(home, warc).delete()
    # The length of the data is right: its end is proven without an index.
    assert recovered(home, warc, flipped(whole, at[1] + 60_000)) == PAGES


def test_lost_bytes_are_reported_as_verify_reports_them(home: Home) -> None:
    warc, at = write_crawl(home)
    update_index(home)
    path_of(warc).write_bytes(flipped(path_of(warc).read_bytes(), at[1] + 60))
    (finding,) = verify_archive(home).findings
    assert (finding.begin, finding.end, finding.urls) == (at[1], at[2], ("https://myduc.hanoi.test/tep.zip",))
    (lost,) = recover_warc(home, warc).lost
    assert (lost.begin, lost.end, lost.problem) == (at[1], at[2], finding.problem)


def test_an_index_of_another_file_proves_nothing(home: Home) -> None:
    """Its offsets may be those of bytes that a page holds: a record there needs the ID that the index has."""
    warc, at = write_crawl(home)
    data = path_of(warc).read_bytes()
    forged_at = data.index(MEMBER, at[1])
    update_index(home)
    index = index_file(home, warc)
    table = _index_at(index, at[2], forged_at)
    index.put(table)
    assert FORGED_URL.rpartition("/")[2] not in recovered(home, warc, flipped(data, at[1] + 60))


def _index_at(index: StoredFile, offset: int, other: int) -> bytes:
    table = rows_of(index)
    offsets = [other if at == offset else at for at in table["warc_offset"].to_pylist()]
    column = table.schema.get_field_index("warc_offset")
    changed = table.set_column(column, table.schema.field(column), pa.array(offsets, table.schema.field(column).type))
    return bytes(parquet_bytes(changed))


def test_the_unfinished_file_of_a_killed_crawl_ends_at_its_first_broken_record(home: Home) -> None:
    warc, at = write_crawl(home)
    data = path_of(warc).read_bytes()
    part = path_of(warc).with_name(f"{warc.name}.part")
    for damaged, aside in (
        (flipped(data, block_headers(data, at[1], at[2])[0] + 2), True),
        (data[: data.index(MEMBER, at[1]) + len(MEMBER)], False),
        (data[: at[1]] + bytes(5000), False),
    ):
        warc.delete()
        part.write_bytes(damaged)
        update = update_index(home)
        assert update.recovered == (warc,)
        assert urls(warc) == PAGES[:1]
        assert not part.exists()
        kept = [path.read_bytes() for path in part.parent.glob("*.damaged")]
        assert kept == [damaged] * aside
        # What was lost is named, unless it was never written completely.
        assert len(update.damaged) == aside
        assert all(f"damaged at byte {at[1]}" in str(error) for error in update.damaged)
        for path in part.parent.glob("*.damaged"):
            path.unlink()


def url(number: int) -> str:
    return f"https://myduc.hanoi.test/tin/{number}"


INFO_ID = "<urn:uuid:22222222-6464-495c-b71c-8648e76c68bd>"


def stored(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=0, mtime=0)


def page(number: int, body: bytes, **fields: str) -> bytes:
    return record("response", url(number), answer(body), **fields)


def read(path: Path, data: bytes) -> tuple[list[str], list[Fault]]:
    path.write_bytes(data)
    items = list(external.records(path, external.check(path)))
    found = [item.url for item in items if isinstance(item, ExternalRecord) and item.url]
    return found, [item for item in items if isinstance(item, Fault)]


def isize(data: bytes) -> bytes:
    return (len(data) % 2**32).to_bytes(4, "little")


def crossing(next_header_bytes: int) -> bytes:
    """Return the header of a gzip member whose extra field hides the end of the record, and the next header."""
    hidden = 4 + 8 + next_header_bytes
    return b"\x1f\x8b\x08\x04" + bytes(4) + b"\x00\x03" + hidden.to_bytes(2, "little")


def with_isize(number: int) -> bytes:
    """Return a page with a forged member after the length that the page's own record has."""
    guess = page(number, b"<html>" + b"0000" + MEMBER + b"</html>")
    return page(number, b"<html>" + isize(guess) + MEMBER + b"</html>")


HOSTILE: dict[str, bytes] = {
    "members": page(1, b"<html>" + MEMBER * 3 + b"</html>"),
    "the record's length before the member": with_isize(1),
    "an extra field over the record's end": page(1, b"<html>" + MEMBER + crossing(10)),
    "a comment over the record's end": page(1, b"<html>" + MEMBER + b"\x1f\x8b\x08\x10" + bytes(5) + b"\x03"),
    "many members": page(1, b"<html>" + MEMBER * 150 + b"</html>"),
}
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "its head": lambda member: flipped(member, 40),
    "the end of its head": lambda member: flipped(member, 330),
    "its block's length": lambda member: flipped(member, 11),
    "its last flag": lambda member: flipped(member, 10, 2),
    "its checksum": lambda member: flipped(member, len(member) - 6),
    "its length": lambda member: flipped(member, len(member) - 2),
    "a sector": lambda member: member[:20] + bytes(200) + member[220:],
}


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("damage", DAMAGES)
def test_an_import_takes_no_record_out_of_a_damaged_one(tmp_path: Path, hostile: str, damage: str) -> None:
    members = [gzip.compress(page(0, b"<html>0</html>"), mtime=0), DAMAGES[damage](stored(HOSTILE[hostile]))]
    members.append(gzip.compress(page(2, b"<html>2</html>"), mtime=0))
    found, faults = read(tmp_path / "a.warc.gz", b"".join(members))
    assert FORGED_URL not in found
    assert found[0] == url(0)
    assert faults[0].offset == len(members[0])
    assert found == [url(0), url(2)]


@pytest.mark.parametrize("is_damaged", [False, True])
def test_an_import_takes_no_record_out_of_one_that_is_cut_off(tmp_path: Path, is_damaged: bool) -> None:
    hostile = stored(page(1, b"<html>" + MEMBER * 3 + b"</html>"))
    whole = hostile[: hostile.rindex(MEMBER) + len(MEMBER)]
    first = gzip.compress(record("warcinfo", "", b"software: x/1\r\n", WARC_Record_ID=INFO_ID), mtime=0)
    second = gzip.compress(page(0, b"<html>0</html>", WARC_Warcinfo_ID=INFO_ID), mtime=0)
    data = first + second + (flipped(whole, 300) if is_damaged else whole)
    found, (fault,) = read(tmp_path / "a.warc.gz", data)
    assert found == [url(0)]
    assert f"bytes up to byte {len(data)} were not read" in fault.problem


@pytest.mark.parametrize(
    "fields", [{"WARC_Warcinfo_ID": INFO_ID}, {"WARC_Concurrent_To": "<urn:uuid:33333333-6464-495c-b71c-8648e76c68bd>"}]
)
def test_an_import_goes_on_after_several_damages_where_records_name_the_files_ids(
    tmp_path: Path, fields: dict[str, str]
) -> None:
    ids = {"WARC_Record_ID": "<urn:uuid:33333333-6464-495c-b71c-8648e76c68bd>"}
    info = record("warcinfo", "", b"software: x/1\r\n", WARC_Record_ID=INFO_ID)
    body = b"<html>" + MEMBER + b"</html>" + NOISE[:5000]
    pages = [stored(page(number, body, **(ids if number in (1, 4) else fields))) for number in range(7)]
    for number in (1, 4):
        pages[number] = flipped(pages[number], 400 + 11)
        pages[number] = pages[number][:3000] + b"\x07" + pages[number][3001:-600]
    found, faults = read(tmp_path / "a.warc.gz", gzip.compress(info, mtime=0) + b"".join(pages))
    assert found == [url(number) for number in (0, 2, 3, 5, 6)]
    assert len(faults) == 2


def test_a_forged_end_of_the_compressed_data_is_none(tmp_path: Path) -> None:
    """A stored block that claims to be the last ends inside the page, where a forged member may stand."""
    body = NOISE[:40_000] + (MEMBER + b"\x00" * 8) * 200
    packed = zlib.compressobj(0, wbits=31)
    member = packed.compress(page(1, body)) + packed.flush()
    whole = gzip.compress(page(0, b"<html>0</html>"), mtime=0)
    for at in block_headers(member, 0, len(member)):
        for mask in (1, 2, 4):
            tail = gzip.compress(page(2, b"<html>2</html>"), mtime=0)
            found, _ = read(tmp_path / "a.warc.gz", whole + flipped(member, at, mask) + tail)
            assert found in ([url(0)], [url(0), url(2)])
