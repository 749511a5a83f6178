"""URLs, dates, IDs and digests of records as other crawlers write them."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest

from warehouse.archive.warc.external_record import (
    ExternalRecord,
    date_in,
    digest_of,
    headers_from,
    stated_digest,
    url_in,
    uuid_in,
)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://myduc.hanoi.test/a", "https://myduc.hanoi.test/a"),
        ("<https://myduc.hanoi.test/a>", "https://myduc.hanoi.test/a"),
        (" < https://myduc.hanoi.test/a > ", "https://myduc.hanoi.test/a"),
        ("https://myduc.hanoi.test/tệp 1.html", "https://myduc.hanoi.test/tệp%201.html"),
        ("https://myduc.hanoi.test/a?b#c", "https://myduc.hanoi.test/a?b"),
        (None, ""),
    ],
)
def test_urls_are_those_that_a_crawler_requests(written: str | None, url: str) -> None:
    assert url_in(written) == url


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2015-03-01T02:03:04Z", datetime(2015, 3, 1, 2, 3, 4, tzinfo=UTC)),
        ("2015-03-01T09:03:04.250+07:00", datetime(2015, 3, 1, 2, 3, 4, 250_000, tzinfo=UTC)),
        ("2015-03-01T02:03:04.123456789Z", datetime(2015, 3, 1, 2, 3, 4, 123_456, tzinfo=UTC)),
        ("2015-03-01T02:03Z", datetime(2015, 3, 1, 2, 3, tzinfo=UTC)),
        ("2015-03-01T02:03:04", None),
        ("2015-03-01", None),
        ("01/03/2015", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_need_a_time_and_a_zone(written: str | None, at: datetime | None) -> None:
    assert date_in(written) == at


def test_only_uuids_are_record_ids_of_the_archive() -> None:
    assert uuid_in("<urn:uuid:105DFD3A-6464-495c-b71c-8648e76c68bd>") == "105dfd3a-6464-495c-b71c-8648e76c68bd"
    assert [uuid_in(other) for other in ("<urn:x:5>", "<http://a/105dfd3a>", "", None)] == [None] * 4


def test_digests_are_read_in_each_notation() -> None:
    digest = digest_of("sha1", b"tin")
    encoded = base64.b32encode(hashlib.sha1(b"tin", usedforsecurity=False).digest()).decode()
    for written in (encoded, encoded.lower(), digest.value.hex(), digest.value.hex().upper()):
        assert stated_digest(f"sha1:{written}") == digest
        assert stated_digest(f" SHA-1:{written} ") == digest
    padded = base64.b32encode(hashlib.sha256(b"tin").digest()).decode()
    assert padded.endswith("=")
    assert (
        stated_digest(f"sha256:{padded}")
        == stated_digest(f"sha256:{padded.rstrip('=')}")
        == digest_of("sha256", b"tin")
    )


@pytest.mark.parametrize("written", [None, "", "sha1", "sha1:", "sha1:xyz", "crc32:00000000", "sha1:" + "1" * 32])
def test_other_digests_are_none(written: str | None) -> None:
    assert stated_digest(written) is None


def test_the_digest_of_no_bytes_says_nothing_of_a_revisit() -> None:
    assert stated_digest(f"sha1:{hashlib.sha1(b'', usedforsecurity=False).hexdigest()}") is None


def test_of_repeated_headers_the_first_counts_and_lines_are_joined() -> None:
    head = b"WARC/1.0\r\nWARC-Type: response\r\nX: a\r\n b\r\nWARC-type: revisit\r\n more\r\nno colon\r\n"
    assert headers_from(head) == {"warc-type": "response", "x": "a b"}


@pytest.mark.parametrize(
    ("stated", "block", "is_http"),
    [
        ("application/http; msgtype=response", b"", True),
        ("application/http;msgtype=response", b"", True),
        ("Application/HTTP", b"", True),
        ("application/http; msgtype = request", b"", False),
        ("message/http", b"HTTP/1.0 200 OK\r\n\r\n", True),
        ("", b"HTTP/1.0 200 OK\r\n\r\n", True),
        ("", b"<html>", False),
        ("text/dns", b"HTTP/1.0 200 OK\r\n\r\n", False),
    ],
)
def test_responses_are_known_by_type_or_beginning(stated: str, block: bytes, *, is_http: bool) -> None:
    assert ExternalRecord(0, "response", {"content-type": stated} if stated else {}, block).is_http is is_http
