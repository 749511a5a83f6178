"""Content decoding: streams as servers send them, headers that are not true, and bombs."""

from __future__ import annotations

import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from warehouse.archive.warc.encoding import DecodedBody, UndecodableBodyError, UnpackedTooLargeError, decode

# Varied words, so that the streams have several blocks and cut-off ones hold a part of the text.
WORDS = ("xã", "Đại Thanh", "khánh thành", "nhà văn hóa", "thôn", "ngày", "kinh phí", "đồng", "bà con", "sân chơi")
CHOSEN = random.Random(5)  # noqa: S311 - test data
TEXT, LONG_TEXT = (
    " ".join(f"{CHOSEN.choice(WORDS)} {CHOSEN.randrange(10_000)}" for _ in range(n)) for n in (3_000, 30_000)
)
PAGE = f"<!DOCTYPE html>\n<html><body><p>{TEXT}</p></body></html>\n".encode()
PACKED, BROTLI = gzip.compress(PAGE), brotli.compress(PAGE)
WHOLE = DecodedBody(PAGE, is_proven_whole=True)
PLAIN = DecodedBody(PAGE)
HTML = (b"Content-Type", b"text/html; charset=utf-8")


def raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-15)


def decoded(payload: bytes, *encodings: bytes, content_type: bytes | None = None) -> DecodedBody:
    headers = [(b"content-Encoding", value) for value in encodings]
    return decode(payload, headers + ([(b"Content-Type", content_type)] if content_type else []))


def zstd_with_checksum(data: bytes) -> bytes:
    return zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})


CODECS: dict[bytes, Callable[[bytes], bytes]] = {
    b"gzip": gzip.compress,
    b"x-gzip": gzip.compress,
    b"deflate": zlib.compress,
    b"br": brotli.compress,
    b"zstd": zstd_with_checksum,
}


@pytest.mark.parametrize("encoding", CODECS)
def test_each_encoding_is_decoded(encoding: bytes) -> None:
    assert decoded(CODECS[encoding](PAGE), encoding) == WHOLE
    assert decoded(CODECS[encoding](PAGE), b" " + encoding.upper()) == WHOLE
    assert decoded(CODECS[encoding](b""), encoding).content == b""
    assert decoded(b"", encoding) == DecodedBody(b"")


@pytest.mark.parametrize("encoding", CODECS)
@pytest.mark.parametrize("padding", [b"\x00" * 300, b"\r\n\r\n", b"</html>", b"\x00"])
def test_what_follows_the_stream_is_ignored(encoding: bytes, padding: bytes) -> None:
    assert decoded(CODECS[encoding](PAGE) + padding, encoding) == WHOLE


@pytest.mark.parametrize("encoding", CODECS)
def test_of_a_stream_that_is_cut_off_the_text_before_the_cut_is_taken(encoding: bytes) -> None:
    long = LONG_TEXT.encode()
    packed = CODECS[encoding](long)
    found = decoded(packed[: len(packed) * 9 // 10], encoding)
    assert found.flags == ("truncated",)
    assert not found.is_proven_whole
    assert 0 < len(found.content) < len(long)
    assert long.startswith(found.content)


@pytest.mark.parametrize("encoding", CODECS)
def test_a_stream_that_is_damaged_inside_is_undecodable(encoding: bytes) -> None:
    # Text before the damage can be wrong too: the formats notice it only some bytes later.
    packed = bytearray(CODECS[encoding](PAGE))
    packed[100:1_000] = bytes(900)
    with pytest.raises(UndecodableBodyError, match="corrupt"):
        decoded(bytes(packed), encoding)


@pytest.mark.parametrize("encoding", CODECS)
def test_plain_bytes_are_read_as_they_are_whatever_the_header_says(encoding: bytes) -> None:
    assert decoded(PAGE, encoding) == PLAIN
    for plain in (
        b"\xef\xbb\xbf \r\n<html>",
        b"<p>ng\xe0y",
        b"%PDF-1.7 \x00\x01",
        b'{"tin": []}',
        "<p>tin".encode("utf-16"),
    ):
        assert decoded(plain, encoding).content == plain


@pytest.mark.parametrize("encoding", CODECS)
def test_bytes_that_are_neither_plain_nor_compressed_are_undecodable(encoding: bytes) -> None:
    with pytest.raises(UndecodableBodyError):
        decoded(b"\xfe\xfd\x00\x01\x02\x03" * 40, encoding)


class TestGzip:
    def test_of_several_members_all_are_read(self) -> None:
        packed = b"".join(gzip.compress(PAGE[at : at + 700]) for at in range(0, len(PAGE), 700))
        assert decoded(packed, b"gzip") == WHOLE
        assert decoded(gzip.compress(PAGE[:900]) + bytes(512) + gzip.compress(PAGE[900:]), b"gzip") == WHOLE
        assert decoded(gzip.compress(b"") + PACKED, b"gzip") == WHOLE

    def test_a_missing_or_wrong_checksum_is_flagged(self) -> None:
        wrong = (PACKED[:-8], PACKED[:-6], PACKED[:-8] + bytes(8), PACKED[:-4] + bytes(4))
        assert {decoded(packed, b"gzip") for packed in wrong} == {DecodedBody(PAGE, ("checksum_failed",))}
        assert decoded(PACKED[:-4], b"gzip") == WHOLE, "the checksum is there; only the length is missing"

    def test_a_member_without_trailer_hides_no_later_one(self) -> None:
        packed = gzip.compress(PAGE[:900])[:-8] + gzip.compress(PAGE[900:])
        assert decoded(packed, b"gzip") == DecodedBody(PAGE, ("checksum_failed",))

    def test_a_later_member_that_is_damaged_cuts_the_text(self) -> None:
        damaged = bytearray(gzip.compress(PAGE[900:]))
        damaged[30:90] = bytes(60)
        found = decoded(gzip.compress(PAGE[:900]) + damaged, b"gzip")
        assert found == DecodedBody(PAGE[:900], ("truncated",))
        assert decoded(gzip.compress(PAGE[:900]) + PACKED[:6], b"gzip") == found

    def test_a_header_with_every_field_is_skipped(self) -> None:
        content = PACKED[10:]
        fields = b"\x04\x00abcd" + b"trang.html\x00" + "ghi chú\x00".encode() + b"\x00\x00"
        assert decoded(b"\x1f\x8b\x08\x1e" + bytes(6) + fields + content, b"gzip") == WHOLE
        for cut in (b"\x1f\x8b\x08", b"\x1f\x8b\x08\x08" + bytes(6) + b"trang.html", b"\x1f\x8b\x08\x04" + bytes(6)):
            with pytest.raises(UndecodableBodyError, match="before its first byte"):
                decoded(cut, b"gzip")

    @pytest.mark.parametrize("content_type", [b"text/html", b"application/rss+xml; charset=utf-8", b"TEXT/XML"])
    def test_of_a_page_it_is_undone_though_no_header_names_it(self, content_type: bytes) -> None:
        assert decoded(PACKED, content_type=content_type) == WHOLE
        assert decoded(gzip.compress(PACKED), b"gzip", content_type=content_type) == WHOLE
        assert decoded(PACKED[:-8], content_type=content_type) == DecodedBody(PACKED[:-8])
        assert decoded(PACKED[:400] + b"\x00" * 99, content_type=content_type).content != PAGE

    @pytest.mark.parametrize("content_type", [b"application/gzip", b"application/octet-stream", b"text/plain", None])
    def test_of_another_file_it_is_left(self, content_type: bytes | None) -> None:
        assert decoded(PACKED, content_type=content_type) == DecodedBody(PACKED)


class TestDeflate:
    def test_a_raw_stream_is_read(self) -> None:
        assert decoded(raw_deflate(PAGE), b"deflate") == WHOLE

    def test_gzip_under_its_name_is_read(self) -> None:
        assert decoded(PACKED, b"deflate") == WHOLE
        assert decoded(PACKED, b"br") == WHOLE

    def test_a_missing_or_wrong_checksum_is_flagged(self) -> None:
        packed = zlib.compress(PAGE)
        for wrong in (packed[:-4], packed[:-1] + b"\x00"):
            assert decoded(wrong, b"deflate") == DecodedBody(PAGE, ("checksum_failed",))


class TestZstd:
    def test_of_several_frames_all_are_read(self) -> None:
        skipped = b"\x53\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"abcde"
        frames = zstd.compress(PAGE[:900]) + skipped + zstd.compress(PAGE[900:])
        assert decoded(skipped + frames, b"zstd") == WHOLE

    def test_a_window_that_would_fill_memory_is_refused(self) -> None:
        options: dict[int, int] = {
            zstd.CompressionParameter.window_log: 27,
            zstd.CompressionParameter.content_size_flag: 0,
        }
        packer = zstd.ZstdCompressor(options=options)
        packed = packer.compress(PAGE) + packer.flush()
        with pytest.raises(UndecodableBodyError, match="too much memory"):
            decoded(packed, b"zstd")


class TestSeveralEncodings:
    def test_they_are_undone_in_reverse_order(self) -> None:
        packed = gzip.compress(brotli.compress(zlib.compress(PAGE)))
        assert decoded(packed, b"deflate, br", b"gzip") == WHOLE

    def test_one_that_is_named_twice_may_be_there_once(self) -> None:
        assert decoded(PACKED, b"gzip", b"gzip") == WHOLE
        assert decoded(PACKED, b"gzip, x-gzip") == WHOLE

    def test_a_flaw_of_an_inner_one_is_flagged(self) -> None:
        assert decoded(gzip.compress(PACKED[:-8]), b"gzip, gzip") == DecodedBody(PAGE, ("checksum_failed",))

    def test_too_many_are_refused(self) -> None:
        with pytest.raises(UndecodableBodyError, match="more than 5"):
            decoded(PACKED, b", ".join([b"gzip"] * 6))


@pytest.mark.parametrize("value", [b"identity", b"utf-8", b"none", b"", b"chunked", b"\xff"])
def test_values_that_are_no_encodings_are_ignored(value: bytes) -> None:
    assert decoded(PAGE, value) == PLAIN
    assert decoded(PACKED, value + b", gzip") == WHOLE


@pytest.mark.parametrize("encoding", [b"compress", b"x-compress", b"dcb", b"dcz"])
def test_an_encoding_that_is_not_supported_is_undecodable(encoding: bytes) -> None:
    with pytest.raises(UndecodableBodyError, match=f"'{encoding.decode()}' is not supported"):
        decoded(b"\x1f\x9d\x90" + bytes(range(64)), encoding)


@pytest.mark.parametrize("encoding", CODECS)
def test_a_bomb_never_fills_memory(encoding: bytes) -> None:
    bomb = CODECS[encoding](b"<p>" + bytes(80_000_000))
    nested = CODECS[encoding](bomb)
    tracemalloc.start()
    try:
        for payload, named in ((bomb, (encoding,)), (nested, (encoding, encoding))):
            with pytest.raises(UnpackedTooLargeError, match="unpacks to more than"):
                decoded(payload, *named)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60_000_000


def test_a_body_of_many_members_is_bounded() -> None:
    members = gzip.compress(b"") * 20_000
    with pytest.raises(UndecodableBodyError, match="more than 10000 members"):
        decoded(members + PACKED, b"gzip")
    with pytest.raises(UndecodableBodyError, match="more than 10000 members"):
        decoded(zstd.compress(b"") * 20_000, b"zstd")


@given(
    payload=st.binary(max_size=300),
    begin=st.sampled_from(
        [b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x78\x9c", PACKED[:200], brotli.compress(PAGE)[:99]]
    ),
    encodings=st.lists(st.sampled_from([*CODECS, b"compress", b"identity"]), max_size=4),
)
def test_no_bytes_raise_another_error(payload: bytes, begin: bytes, encodings: list[bytes]) -> None:
    try:
        found = decode(begin + payload, [HTML, *((b"Content-Encoding", name) for name in encodings)])
    except UndecodableBodyError:
        return
    assert set(found.flags) <= {"truncated", "checksum_failed"}


@pytest.mark.parametrize(
    ("name", "encodings"), [("bomb.br", b"br"), ("bomb.gzgz", b"gzip, gzip"), ("bomb.gzgz", b"br")]
)
def test_bombs_of_a_kilobyte_are_refused_in_little_memory(shared: Path, name: str, encodings: bytes) -> None:
    body = (shared / "cases" / "faults" / name).read_bytes()
    tracemalloc.start()
    try:
        with pytest.raises(UnpackedTooLargeError):
            decoded(body, encodings)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_layers_share_the_limit_and_only_one_is_kept(pack: Callable[[bytes], bytes]) -> None:
    body = random.Random(1).randbytes(1_000_000)  # noqa: S311 - test data
    for _ in range(5):
        body = pack(body)
    tracemalloc.start()
    try:
        decoded(body, b", ".join([b"gzip" if pack is gzip.compress else b"deflate"] * 5))
        assert tracemalloc.get_traced_memory()[1] < 3.5 * len(body)
    finally:
        tracemalloc.stop()
