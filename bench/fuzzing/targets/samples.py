"""A small archive of our own, and files of other crawlers, for the targets that read WARC files."""

from __future__ import annotations

import gzip
import re
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from spiders.portal import portal_of_platform
from warehouse.archive.warc.format import REFERRED_AT, CrawlInfo
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.records import CrawlReport

BEGUN_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""The start of the crawl whose file is written."""
PORTAL: Final = portal_of_platform("generic", "https://xa.test/tin")
"""The portal of all samples; its slug is `undefined`."""
INFO: Final = CrawlInfo(
    crawl_id="undefined-20260101T000000Z-1",
    portal=PORTAL.slug,
    run_id="fuzz",
    started_at=BEGUN_AT,
    user_agent="hanoi-corpus fuzz",
    portal_definition=PORTAL.model_dump(mode="json"),
)
"""The first record of that file."""

_ID: Final = re.compile(rb"urn:uuid:[0-9a-f-]{36}")
_OFFSET: Final = re.compile(rb"(" + REFERRED_AT.encode() + rb": \S+ )(\d+)")
_HTTP: Final = "application/http; msgtype=response"


def page(number: int) -> bytes:
    """Return a page of some kilobytes that differs by its number."""
    text = f"Tin số {number}: xã họp bàn việc làng. " * 60
    return (
        f"<html><head><title>Tin {number}</title></head><body><h1>Tin {number}</h1><p>{text}</p></body></html>".encode()
    )


def report_of(captures: int) -> CrawlReport:
    """Return the report of the crawl with that number of captures."""
    return CrawlReport(
        crawl_id=INFO.crawl_id,
        portal=INFO.portal,
        run_id=INFO.run_id,
        started_at=BEGUN_AT,
        ended_at=BEGUN_AT + timedelta(minutes=1),
        verdict="ok",
        verdict_reason="written for a test",
        requests=captures,
        captures=captures,
        list_rows_seen=0,
        articles_found=captures,
        articles_new=captures,
        errors={},
        warc_file=f"{INFO.portal}/{INFO.crawl_id}.warc.gz",
    )


def own_warc(folder: Path) -> bytes:
    """Return the bytes of a WARC file of this project: responses, one compressed, and a revisit."""
    home = Home(folder)
    headers = [(b"Content-Type", b"text/html; charset=utf-8")]
    with WarcWriter(home, INFO) as writer:
        for number in range(4):
            at = BEGUN_AT + timedelta(seconds=number)
            body, more = page(number), []
            if number == 1:
                body, more = gzip.compress(body, mtime=0), [(b"Content-Encoding", b"gzip")]
            reference = writer.write(f"https://xa.test/tin-{number}.html", at, b"HTTP/1.1 200 OK", headers + more, body)
        later = BEGUN_AT + timedelta(seconds=9)
        writer.write_revisit(reference.url, later, b"HTTP/1.1 304 Not Modified", [], reference)
        with writer.close(report_of(5)).local() as path:
            return _with_fixed_ids(path.read_bytes())


def _with_fixed_ids(data: bytes) -> bytes:
    """Return a WARC file with record IDs, and offsets that name records, that are the same in each run."""
    ids: dict[bytes, bytes] = {}

    def fixed(found: re.Match[bytes]) -> bytes:
        return ids.setdefault(found[0], b"urn:uuid:00000000-0000-4000-8000-%012x" % len(ids))

    offsets: dict[int, int] = {}
    members: list[bytes] = []
    begin = 0
    while begin < len(data):
        unpacker = zlib.decompressobj(wbits=31)
        record = _ID.sub(fixed, unpacker.decompress(data[begin:]))
        record = _OFFSET.sub(lambda found: found[1] + str(offsets[int(found[2])]).encode(), record)
        offsets[begin] = sum(map(len, members))
        members.append(gzip.compress(record, mtime=0))
        begin = len(data) - len(unpacker.unused_data)
    return b"".join(members)


def foreign_record(kind: str, url: str, block: bytes, date: str = "2015-03-01T02:03:04Z", **fields: str) -> bytes:
    """Return a record as other crawlers write it; names of further fields have `_` for hyphens."""
    named = {
        "WARC-Type": kind,
        "WARC-Target-URI": url,
        "WARC-Date": date,
        "WARC-Record-ID": f"<urn:uuid:105dfd3a-6464-495c-b71c-{abs(hash_of(url + kind)):012x}>",
        "Content-Type": _HTTP,
        **{name.replace("_", "-"): value for name, value in fields.items()},
        "Content-Length": str(len(block)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


def hash_of(text: str) -> int:
    """Return a number of 48 bits that depends on the text alone, unlike Python's own hash."""
    number = 0
    for byte in text.encode():
        number = (number * 257 + byte) % 2**48
    return number


def foreign_warcs() -> list[bytes]:
    """Return files of other crawlers: gzip for each record or for the file, and plain."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    body = page(7)
    chunked = answer + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    records = [
        foreign_record("warcinfo", "", b"software: wget\r\n", Content_Type="application/warc-fields"),
        foreign_record("request", "https://xa.test/tin-7.html", b"GET / HTTP/1.1\r\n\r\n"),
        foreign_record("response", "https://xa.test/tin-7.html", chunked),
        foreign_record(
            "response", "https://xa.test/tin-8.html", answer + b"\r\n" + page(8), "2016-04-02T03:04:05.250Z"
        ),
        foreign_record("resource", "https://xa.test/a.pdf", b"%PDF-1.4 x", Content_Type="application/pdf"),
        foreign_record(
            "revisit",
            "https://xa.test/tin-8.html",
            answer + b"\r\n",
            "2017-04-02T03:04:05Z",
            WARC_Profile="http://netpreserve.org/warc/1.0/revisit/identical-payload-digest",
            WARC_Refers_To_Target_URI="https://xa.test/tin-8.html",
            WARC_Refers_To_Date="2016-04-02T03:04:05.250Z",
        ),
    ]
    members = b"".join(gzip.compress(record, mtime=0) for record in records)
    return [members, gzip.compress(b"".join(records), mtime=0), b"".join(records)]
