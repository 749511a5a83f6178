"""WARC files as other crawlers write them, for tests."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from pathlib import Path

from tests.spiders.extract.staging import PAGE, TEXT

HTTP = "application/http; msgtype=response"
FIRST_ID, SECOND_ID = "105dfd3a-6464-495c-b71c-8648e76c68bd", "00000000-6464-495c-b71c-8648e76c68bd"
ONE = "https://myduc.hanoi.test/tin/-/view_content/1-tin"
TWO = "https://myduc.hanoi.test/tin/-/view_content/2-tin"


def page(number: int) -> bytes:
    return PAGE.format(number=number, text=TEXT).encode()


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def record(kind: str, url: str, block: bytes, *, date: str = "2015-03-01T02:03:04Z", **fields: str) -> bytes:
    named = {
        "WARC-Type": kind,
        "WARC-Target-URI": url,
        "WARC-Date": date,
        "WARC-Record-ID": f"<urn:uuid:{FIRST_ID}>",
        "Content-Type": HTTP,
        **{name.replace("_", "-"): value for name, value in fields.items()},
        "Content-Length": str(len(block)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


def write(path: Path, records: Sequence[bytes], form: str = "members") -> Path:
    """Write records as most crawlers do, as one gzip member, or uncompressed."""
    if form == "members":
        path.write_bytes(b"".join(gzip.compress(one, mtime=0) for one in records))
    else:
        path.write_bytes(gzip.compress(b"".join(records), mtime=0) if form == "one_member" else b"".join(records))
    return path


def with_wrong_length(one: bytes, by: int) -> bytes:
    """Return a record that states a length that is wrong by some bytes."""
    return re.sub(rb"(?m)^(Content-Length: )(\d+)", lambda found: found[1] + b"%d" % (int(found[2]) + by), one, count=1)


def cut(data: bytes) -> bytes:
    return data[:-30]


SECOND = {"WARC_Record_ID": f"<urn:uuid:{SECOND_ID}>"}
TWO_PAGES = [
    record("response", ONE, answer(page(1))),
    record("response", TWO, answer(page(2)), date="2016-04-02T03:04:05.250Z", **SECOND),
]
