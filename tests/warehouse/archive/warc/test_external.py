"""Reading other crawlers' WARC files: forms, wrong lengths, damage, and bytes of a page that look like records."""

from __future__ import annotations

import base64
import gzip
import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.spiders.imports.external_warcs import answer, record, with_wrong_length, write
from warehouse.archive.warc.external import ExternalWarcError, check, records
from warehouse.archive.warc.external_record import ExternalRecord, Fault

FORGED_URL = "https://myduc.hanoi.test/gia-mao"
FORGED = record("response", FORGED_URL, answer(b"<html>forged</html>"))


def url(number: int) -> str:
    return f"https://myduc.hanoi.test/tin/{number}"


def page(number: int, body: bytes = b"") -> bytes:
    return record("response", url(number), answer(body or f"<html>Hội nghị số {number}</html>".encode() * 20))


def read(path: Path) -> tuple[list[str], list[Fault]]:
    """Return the URLs of the records of a file, and its faults."""
    items = list(records(path, check(path)))
    found = [item for item in items if isinstance(item, ExternalRecord)]
    return [one.url for one in found], [item for item in items if isinstance(item, Fault)]


def with_header(one: bytes, *lines: str) -> bytes:
    return one.replace(b"\r\n", b"\r\n" + "".join(f"{line}\r\n" for line in lines).encode(), 1)


@pytest.mark.parametrize("by", [-300, -17, -4, -3, -2, -1, 1, 2, 3, 4, 5, 300, 10_000_000])
def test_a_wrong_length_loses_no_other_gzip_member(tmp_path: Path, by: int) -> None:
    sound = [page(0), page(2), page(3)]
    file = write(tmp_path / "a.warc.gz", [sound[0], with_wrong_length(page(1), by), *sound[1:]])
    urls, (fault,) = read(file)
    assert urls == [url(0), url(2), url(3)]
    assert (fault.offset, fault.url) == (len(gzip.compress(sound[0], mtime=0)), url(1))


def sha1_in_base32(data: bytes) -> str:
    return f"sha1:{base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()}"


DIGESTS: dict[str, Callable[[bytes], str]] = {
    "sha1 in base32": sha1_in_base32,
    "sha1 in lower case": lambda data: sha1_in_base32(data).lower(),
    "sha256 in hex": lambda data: f"sha256:{hashlib.sha256(data).hexdigest()}",
    "sha-256 in base32, padded": lambda data: f"sha-256:{base64.b32encode(hashlib.sha256(data).digest()).decode()}",
    "md5": lambda data: f"md5:{hashlib.md5(data, usedforsecurity=False).hexdigest()}",
}


@pytest.mark.parametrize("form", ["members", "one_member", "plain"])
@pytest.mark.parametrize("by", [-400, -1, 1, 400])
@pytest.mark.parametrize("name", DIGESTS)
def test_a_digest_proves_the_true_length(tmp_path: Path, form: str, by: int, name: str) -> None:
    body = b"<html>" + b"Phu luc " * 100 + b"\r\n\r\n" + FORGED + b"</html>"
    stated = f"WARC-Payload-Digest: {DIGESTS[name](body)}"
    wrong = with_wrong_length(with_header(page(1, body), stated), by)
    file = write(tmp_path / "a.warc", [page(0), wrong, page(2)], form)
    items = list(records(file, check(file)))
    _, repaired, fault, last = items
    assert isinstance(repaired, ExternalRecord)
    assert repaired.block == answer(body)
    assert isinstance(fault, Fault)
    assert fault.url == url(1)
    assert isinstance(last, ExternalRecord)
    assert last.url == url(2)


@pytest.mark.parametrize("form", ["members", "one_member", "plain"])
@pytest.mark.parametrize("name", DIGESTS)
@pytest.mark.parametrize("of", ["Block", "Payload"])
def test_a_changed_body_is_named_where_a_digest_shows_it(tmp_path: Path, form: str, name: str, of: str) -> None:
    body = b"<html>" + b"Phu luc " * 100 + b"</html>"
    block = answer(b"3\r\n" + body[:3] + b"\r\n%x\r\n" % (len(body) - 3) + body[3:], "Transfer-Encoding: chunked")
    digest = DIGESTS[name](block if of == "Block" else body)
    right = with_header(record("response", url(1), block), f"WARC-{of}-Digest: {digest}")
    assert read(write(tmp_path / "a.warc", [page(0), right, page(2)], form)) == ([url(0), url(1), url(2)], [])
    urls, faults = read(write(tmp_path / "b.warc", [page(0), right.replace(b"luc", b"lic", 1), page(2)], form))
    if of == "Payload" and form == "members":
        # The record is as the crawler wrote it: its digest is of something else.
        assert (urls, faults) == ([url(0), url(1), url(2)], [])
    else:
        assert urls == [url(0), url(2)]
        assert [fault.url for fault in faults] == [url(1)]
        assert "does not match its digest; the record was not read" in faults[0].problem


@pytest.mark.parametrize("form", ["members", "one_member", "plain"])
@pytest.mark.parametrize("by", [-2, 2])
def test_the_length_in_the_http_head_proves_a_length_that_is_nearly_right(tmp_path: Path, form: str, by: int) -> None:
    block = answer(b"x" * 500, "Content-Length: 500")
    wrong = with_wrong_length(record("response", url(1), block), by)
    urls, faults = read(write(tmp_path / "a.warc", [page(0), wrong, page(2)], form))
    assert urls == [url(0), url(1), url(2)]
    assert [fault.url for fault in faults] == [url(1)]


@pytest.mark.parametrize("form", ["one_member", "plain"])
@pytest.mark.parametrize("by", [-30, -1, 1, 7])
def test_without_proof_nothing_in_a_page_is_taken_for_a_record(tmp_path: Path, form: str, by: int) -> None:
    # The forged record ends where the true one does, so that all records after it seem to follow it.
    body = b"<html>\r\n\r\n" + FORGED.removesuffix(b"\r\n\r\n")
    file = write(tmp_path / "a.warc", [page(0), with_wrong_length(page(1, body), by), page(2)], form)
    urls, (fault,) = read(file)
    assert urls == [url(0)]
    assert fault.url == url(1)
    if form == "plain":
        lost = file.stat().st_size - len(page(0))
        assert f"{lost:,} bytes from there to the end of the file were not read" in fault.problem
    else:
        assert "were not read" in fault.problem or "was not read" in fault.problem


def test_after_a_crawlers_own_record_the_next_line_that_looks_like_one_is_one(tmp_path: Path) -> None:
    info = record("warcinfo", "", b"software: Heritrix/1.14\r\n", Content_Type="application/warc-fields")
    urls, faults = read(write(tmp_path / "a.warc", [with_wrong_length(info, -1), page(1)], "plain"))
    assert (urls, len(faults)) == ([url(1)], 1)


def stored(data: bytes) -> bytes:
    """Return a gzip member that holds its data uncompressed, as it is for a page of compressed bytes."""
    return gzip.compress(data, compresslevel=0, mtime=0)


@pytest.mark.parametrize("at", [20, 300, -40, -6])
def test_a_record_inside_a_damaged_gzip_member_is_not_read(tmp_path: Path, at: int) -> None:
    forged = gzip.compress(FORGED, mtime=0)
    outer = bytearray(stored(page(1, b"<html>" + forged * 3 + b"</html>")))
    outer[at] ^= 0x55
    members = [gzip.compress(page(0), mtime=0), bytes(outer), gzip.compress(page(2), mtime=0)]
    file = tmp_path / "a.warc.gz"
    file.write_bytes(b"".join(members))
    urls, (fault,) = read(file)
    assert urls == [url(0), url(2)]
    assert fault.offset == len(members[0])


@pytest.mark.parametrize("version", ["0.17", "0.18", "1.0", "1.1"])
@pytest.mark.parametrize("form", ["members", "one_member", "plain"])
def test_each_version_is_read(tmp_path: Path, version: str, form: str) -> None:
    pages = [page(number).replace(b"WARC/1.0", f"WARC/{version}".encode(), 1) for number in range(3)]
    assert read(write(tmp_path / "a.warc", pages, form)) == ([url(0), url(1), url(2)], [])


def test_header_lines_may_be_continued_or_end_with_line_feeds_or_be_latin_1(tmp_path: Path) -> None:
    folded = page(0).replace(url(0).encode(), f"\r\n\t{url(0)}".encode())
    latin_1 = with_header(page(1), "X-Office: x").replace(
        b"X-Office: x", "X-Office: Hà Nội".encode("cp1258", "replace")
    )
    head, _, rest = page(2).partition(b"\r\n\r\n")
    bare = head.replace(b"\r\n", b"\n") + b"\n\n" + rest.removesuffix(b"\r\n\r\n") + b"\n\n"
    assert read(write(tmp_path / "a.warc", [folded, latin_1, bare, page(3)], "plain")) == (
        [url(n) for n in range(4)],
        [],
    )


def test_gzip_members_need_not_be_records(tmp_path: Path) -> None:
    data = b"".join(page(number) for number in range(6))
    file = tmp_path / "a.warc.gz"
    file.write_bytes(b"".join(gzip.compress(data[at : at + 500], mtime=0) for at in range(0, len(data), 500)))
    assert read(file) == ([url(number) for number in range(6)], [])
    file.write_bytes(gzip.compress(page(0) + page(1)) + gzip.compress(b"", mtime=0) + gzip.compress(page(2) + page(3)))
    assert read(file) == ([url(number) for number in range(4)], [])


@pytest.mark.parametrize("form", ["members", "plain"])
def test_padding_is_no_damage_and_other_bytes_at_the_end_are(tmp_path: Path, form: str) -> None:
    file = write(tmp_path / "a.warc", [page(0), page(1)], form)
    whole = file.read_bytes()
    file.write_bytes(whole + bytes(1000))
    assert read(file) == ([url(0), url(1)], [])
    file.write_bytes(whole + b"<html>404 Not Found</html>")
    urls, (fault,) = read(file)
    assert urls[:1] == [url(0)]
    assert fault.offset <= len(whole)


def test_bytes_between_gzip_members_are_passed_over(tmp_path: Path) -> None:
    members = [gzip.compress(page(number), mtime=0) for number in range(3)]
    file = tmp_path / "a.warc.gz"
    file.write_bytes(members[0] + b"lost and found" + members[1] + members[2])
    urls, (fault,) = read(file)
    assert urls == [url(0), url(1), url(2)]
    assert fault.offset == len(members[0])
    assert "14 bytes" in fault.problem


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"\x28\xb5\x2f\xfd" + bytes(20), "zstd -d"),
        (b"\x5d\x2a\x4d\x18" + bytes(20), "Zstandard"),
        (b"PK\x03\x04" + bytes(20), "WACZ"),
        (b"BZh91AY&SY", "bunzip2"),
        (b"\xfd7zXZ\x00", "unxz"),
        (b"filedesc://a.arc 0.0.0.0 20150301020304 text/plain 200\n", "warcio recompress"),
        (gzip.compress(b"filedesc://a.arc 0.0.0.0 20150301020304 text/plain 200\n", mtime=0), "warcio recompress"),
        (b"", "empty"),
    ],
)
def test_other_formats_are_named_with_what_helps(tmp_path: Path, content: bytes, hint: str) -> None:
    (tmp_path / "a.warc.zst").write_bytes(content)
    with pytest.raises(ExternalWarcError, match=rf"a\.warc\.zst: .*{hint}"):
        check(tmp_path / "a.warc.zst")


def test_a_long_record_is_read_past_without_loading_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.archive.warc.external.RECORD_MAX_BYTES", 5000)
    file = write(tmp_path / "a.warc.gz", [page(0), page(1, b"x" * 6000), page(2)])
    items = [item for item in records(file, check(file)) if isinstance(item, ExternalRecord)]
    assert [(one.url, one.block is None) for one in items] == [(url(0), False), (url(1), True), (url(2), False)]


CHOSEN = random.Random(3)  # noqa: S311 - test data
MEMBERS = [
    gzip.compress(record("response", url(number), answer(CHOSEN.randbytes(40 * number) + b"tin" * 300)), mtime=0)
    for number in range(6)
]


def damaged(seed: int) -> tuple[bytes, set[int]]:
    """Return the members of a file with one damage, and the numbers of those that it touched."""
    chosen = random.Random(seed)  # noqa: S311 - test data
    data = bytearray(b"".join(MEMBERS))
    at = chosen.randrange(len(data))
    end = len(data) if seed % 4 == 0 else min(at + (chosen.randrange(1, 400) if seed % 4 == 1 else 1), len(data))
    if seed % 4 == 0:
        del data[at:]
    elif seed % 4 == 1:
        data[at:end] = bytes(end - at)
    else:
        data[at] ^= 1 << chosen.randrange(8)
    starts = [sum(map(len, MEMBERS[:number])) for number in range(len(MEMBERS) + 1)]
    return bytes(data), {n for n in range(len(MEMBERS)) if starts[n] < end and at < starts[n + 1]}


@pytest.mark.parametrize("seed", range(100))
def test_damage_costs_only_the_gzip_members_that_it_touches(tmp_path: Path, seed: int) -> None:
    data, touched = damaged(seed)
    file = tmp_path / "a.warc.gz"
    file.write_bytes(data)
    urls, faults = read(file) if data else ([], [])
    untouched = [url(number) for number in range(len(MEMBERS)) if number not in touched]
    assert [one for one in urls if one in untouched] == untouched
    # A bit of the gzip header may mean nothing.
    assert faults or len(urls) == len(MEMBERS) or file.stat().st_size in {sum(map(len, MEMBERS[:n])) for n in range(7)}


@pytest.mark.parametrize("form", ["one_member", "plain"])
def test_damage_of_other_forms_is_named_and_adds_no_record(tmp_path: Path, form: str) -> None:
    file = write(tmp_path / "a.warc", [page(number) for number in range(6)], form)
    whole = file.read_bytes()
    known = {url(number) for number in range(6)}
    for seed in range(60):
        chosen = random.Random(seed)  # noqa: S311 - test data
        data = bytearray(whole)
        at = chosen.randrange(1, len(data))
        if seed % 3:
            data[at] = chosen.randrange(256)
        else:
            del data[at:]
        file.write_bytes(data)
        urls, faults = read(file)
        assert len(urls) <= 6
        # A byte inside a URL or a page can change without a trace in the framing.
        assert faults or len(urls) == 6 or (not seed % 3 and set(urls) < known)
