"""WARC files of another portal, and what is none at all, are named and hold up nothing else."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.archived import path_of
from tests.warehouse.archive.warc.warc_files import (
    CRAWL,
    STARTED,
    crawl_info,
    crawl_report,
    write_first,
    write_page,
    write_revisits,
    write_warc,
)
from warehouse.archive.files import index_file, warc_file
from warehouse.archive.index.build import index_warc, update_index
from warehouse.archive.index.recovery import crawl_info as info_left
from warehouse.archive.observations import Observations
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.upkeep.verify import verify_archive
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.archive.warc.reader import (
    MisplacedWarcError,
    read_capture,
    read_captures,
    read_crawl,
    read_info,
    read_observations,
    read_report,
)
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.storage import StoredFile


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize("place", ["ba-vi/{}.warc.gz", "my-duc/another-name.warc.gz"])
def test_a_file_of_another_portal_or_crawl_is_named_and_the_rest_goes_on(home: Home, place: str) -> None:
    warc = write_warc(home)
    copy = StoredFile(home.storage, f"archive/warc/{place.format(CRAWL)}")
    path_of(copy).parent.mkdir(exist_ok=True)
    shutil.copy(path_of(warc), path_of(copy))

    update = update_index(home)

    assert update.indexed == (warc,)
    (error,) = update.damaged
    assert error.file == str(copy)
    assert f"the file is the crawl '{CRAWL}' of portal 'my-duc'" in str(error)
    assert f"Move it to `my-duc/{CRAWL}.warc.gz`" in str(error)
    for read in (read_info, read_crawl, lambda file: list(read_captures(file))):
        with pytest.raises(MisplacedWarcError):
            read(copy)
    found = verify_archive(home)
    assert [finding.file for finding in found.findings] == [copy.key]
    assert not found.is_whole
    with pytest.raises(MisplacedWarcError):
        recover_warc(home, copy)
    assert path_of(copy).read_bytes() == path_of(warc).read_bytes()


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("nothing"))


@pytest.mark.parametrize("suffix", [".warc.gz", ".warc.gz.part"])
@pytest.mark.parametrize("make", [folder, pipe, link_to_itself, link_to_nothing])
def test_what_is_no_plain_file_is_named_and_never_opened(home: Home, make: Callable[[Path], None], suffix: str) -> None:
    warc = write_warc(home)
    odd = path_of(warc).with_name(f"odd{suffix}")
    make(odd)
    update = update_index(home)
    assert update.indexed == (warc,)
    assert [str(error) for error in update.damaged] == [
        f"{odd}: damaged at byte 0: it is not a plain file. Move it away."
    ]
    assert [finding.file for finding in verify_archive(home).findings] == [odd.relative_to(home.root).as_posix()]


def test_a_file_that_may_not_be_read_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    warcs = [write_warc(home), *(warc_file(home, "my-duc", name) for name in ("my-duc-1", "my-duc-2"))]
    write_revisits(home, write_first(home)[1].reference)
    opened = StoredFile.open

    def refuse(file: StoredFile, begin: int = 0) -> Any:
        if file == warcs[0]:
            raise PermissionError(13, "Permission denied", str(file))
        return opened(file, begin)

    monkeypatch.setattr(StoredFile, "open", refuse)
    update = update_index(home)
    assert update.indexed == tuple(warcs[1:])
    assert [str(error) for error in update.damaged] == [
        f"{warcs[0]}: damaged at byte 0: it may not be read. Give this user the right to read it."
    ]


def test_a_disk_that_cannot_read_a_sector_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    warc = write_warc(home)

    def fail(*_: object) -> Any:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("warehouse.archive.warc.members.unpacking.MemberReader.read", fail)
    with pytest.raises(DamagedWarcError, match="byte 0: it cannot be read: Input/output error"):
        read_crawl(warc)


def changed(warc: StoredFile, number: int, change: Callable[[bytes], bytes]) -> None:
    """Change the bytes of a record whose gzip member stays intact."""
    data = path_of(warc).read_bytes()
    starts = [found.start() for found in re.finditer(rb"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", data)]
    ends = [*starts[1:], len(data)]
    member = gzip.compress(change(gzip.decompress(data[starts[number] : ends[number]])), mtime=0)
    path_of(warc).write_bytes(data[: starts[number]] + member + data[ends[number] :])


def json_of(values: dict[str, Any]) -> Callable[[bytes], bytes]:
    """Return the change of a record's JSON object, with the right length."""

    def change(record: bytes) -> bytes:
        head, _, block = record.removesuffix(b"\r\n\r\n").partition(b"\r\n\r\n")
        content = json.dumps({**json.loads(block), **values}).encode()
        head = re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(content), head)
        return head + b"\r\n\r\n" + content + b"\r\n\r\n"

    return change


def text(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(record: bytes) -> bytes:
        assert old in record
        return record.replace(old, new, 1)

    return change


DEEP: dict[str, Any] = {}
_inner = DEEP
for _ in range(400):
    _inner["x"] = _inner = {}

INFO, FIRST, OBSERVED, REPORT = 0, 1, 3, 4
BROKEN: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "a crawl ID that is a number": (INFO, json_of({"crawl_id": 5})),
    "a start that is no time": (INFO, json_of({"started_at": "yesterday"})),
    "a start without a zone": (INFO, json_of({"started_at": "2026-09-14T01:15:00"})),
    "a start after all times": (INFO, json_of({"started_at": "99999-01-01T00:00:00Z"})),
    "an unknown kind": (INFO, json_of({"kind": "hourly"})),
    "a definition that is a list": (INFO, json_of({"portal_definition": [1]})),
    "deep JSON": (INFO, json_of({"portal_definition": DEEP})),
    "no JSON": (INFO, text(b"{", b"<")),
    "no UTF-8": (INFO, text(b"run-1", b"run\xff1")),
    "no WARC-Type": (INFO, text(b"WARC-Type", b"WARC-Typo")),
    "no version": (INFO, text(b"WARC/1.1", b"WORC/1.1")),
    "a wrong length": (FIRST, text(b"Content-Length: 1", b"Content-Length: 2")),
    "an enormous length": (FIRST, text(b"Content-Length: ", b"Content-Length: 99999999999")),
    "a length with a sign": (FIRST, text(b"Content-Length: ", b"Content-Length: -")),
    "no length": (FIRST, text(b"Content-Length", b"Content-Longth")),
    "two lengths": (FIRST, text(b"Content-Type", b"Content-Length: 1\r\nContent-Type")),
    "a date that is none": (FIRST, text(b"WARC-Date: 2026", b"WARC-Date: soon")),
    "a date without a zone": (FIRST, text(b"15:00Z", b"15:00+")),
    "a date out of range": (FIRST, text(b"WARC-Date: 2026-09", b"WARC-Date: 2026-19")),
    "an ID that is none": (FIRST, text(b"<urn:uuid:", b"<urn:ixid:")),
    "no URL": (FIRST, text(b"WARC-Target-URI", b"WARC-Target-URN")),
    "a header without a name": (FIRST, text(b"WARC-Target-URI: ", b": ")),
    "headers that are no UTF-8": (FIRST, text(b"WARC-Target-URI: h", b"WARC-Target-URI: \xff")),
    "a digest that is another": (FIRST, text(b"sha256:", b"sha256:0")),
    "no digest": (FIRST, text(b"WARC-Payload-Digest", b"WARC-Payload-Degist")),
    "another body": (FIRST, text(b"giao ban", b"giao lan")),
    "no end of the HTTP head": (FIRST, lambda record: re.sub(rb"charset=utf-8\r\n\r\n", b"charset=utf-8----", record)),
    "listed rows that are text": (OBSERVED, json_of({"listed": "rows"})),
    "refused keys that are text": (OBSERVED, json_of({"refused": "abc"})),
    "hosts that are numbers": (OBSERVED, json_of({"hosts": {"a": 5}})),
    "missing articles at no time": (OBSERVED, json_of({"missing": {"1": 5}})),
    "pages without URLs": (OBSERVED, json_of({"pages": [{"page_key": 1, "url": None, "is_list": "x"}]})),
    "a margin that is text": (OBSERVED, json_of({"margin_pages": "3"})),
    "deep observations": (OBSERVED, json_of({"missing": DEEP})),
    "a number of captures that is text": (REPORT, json_of({"captures": "many"})),
    "a number of captures without end": (REPORT, json_of({"captures": 10**30})),
    "a negative number of captures": (REPORT, json_of({"captures": -1})),
    "errors that are a list": (REPORT, json_of({"errors": []})),
    "an unknown verdict": (REPORT, json_of({"verdict": "fine"})),
    "an end without a zone": (REPORT, json_of({"ended_at": "2026-09-14T01:15:00"})),
    "a report that is a list": (REPORT, lambda record: text(b"{", b"[")(record)),
}


READERS: list[Callable[[StoredFile], Any]] = [
    read_info,
    read_report,
    read_observations,
    lambda warc: list(read_captures(warc)),
]


@pytest.mark.parametrize("name", BROKEN)
def test_a_record_that_holds_something_else_is_named_by_file_and_offset(home: Home, name: str) -> None:
    with WarcWriter(home, crawl_info()) as writer:
        for number in range(2):
            write_page(writer, number)
        warc = writer.close(crawl_report(2), Observations(missing={"9": STARTED}))
    right = [read(warc) for read in READERS]
    offsets = [stored.capture.warc_offset for stored in read_captures(warc)]
    number, change = BROKEN[name]
    changed(warc, number, change)
    with pytest.raises(DamagedWarcError, match=f"^{re.escape(str(warc))}: damaged at byte \\d+: ") as raised:
        read_crawl(warc)
    assert raised.value.offset in ({INFO: [0], FIRST: offsets[:1]}.get(number) or range(offsets[1] + 1, 10**6))
    assert len(str(raised.value)) < 700 + 2 * len(str(warc))
    readers: list[Callable[[StoredFile], Any]] = [*READERS, partial(read_capture, offset=offsets[0])]
    for read, value in zip(readers, [*right, right[3][0]], strict=True):
        with suppress(DamagedWarcError):
            assert read(warc) == value
    update = update_index(home)
    assert (update.indexed, [error.file for error in update.damaged]) == ((), [str(warc)])
    assert not index_file(home, warc).exists()
    assert [finding.kind for finding in verify_archive(home).findings] == ["warc"]


def test_a_file_whose_first_record_is_damaged_keeps_all_others(home: Home) -> None:
    other = write_first(home)
    warc = write_warc(home)
    right = list(read_captures(warc))
    index_warc(home, warc)
    data = bytearray(path_of(warc).read_bytes())
    data[40] ^= 1
    path_of(warc).write_bytes(data)
    done = recover_warc(home, warc)
    assert (done.captures, [(lost.begin, lost.end) for lost in done.lost]) == (3, [(0, right[0].capture.warc_offset)])
    found = read_info(warc)
    assert (found.crawl_id, found.portal, found.run_id, found.started_at) == (CRAWL, "my-duc", "run-1", STARTED)
    assert found.portal_definition == read_info(warc_file(home, "my-duc", other[0].capture.crawl_id)).portal_definition
    assert [stored.payload for stored in read_captures(warc)] == [stored.payload for stored in right]
    assert read_report(warc) == crawl_report(3)
    assert verify_archive(home).is_whole


def test_a_file_that_is_damaged_throughout_gives_an_empty_crawl(home: Home) -> None:
    warc = warc_file(home, "my-duc", CRAWL)
    warc.put(b"\x00" * 10_000)
    done = recover_warc(home, warc)
    assert done.captures == 0
    assert list(read_captures(warc)) == []
    assert path_of(warc).with_name(f"{warc.name}.damaged").read_bytes() == b"\x00" * 10_000


def test_the_info_of_an_intact_file_is_its_own(home: Home) -> None:
    warc = write_warc(home)
    assert info_left(home, warc, path_of(warc), {}) == crawl_info()
    assert asdict(crawl_info())["started_at"] == datetime.fromisoformat("2026-09-14T01:15:00Z")


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", bytes(4096)])
def test_an_unfinished_file_without_a_whole_record_is_deleted(home: Home, content: bytes) -> None:
    part = home.warc / "my-duc" / f"{CRAWL}.warc.gz.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(content)
    update = update_index(home)
    assert (update.recovered, update.damaged) == ((), ())
    assert not part.exists()


@pytest.mark.slow
@pytest.mark.parametrize("stated", [5, 10**14])
def test_a_record_that_unpacks_to_gigabytes_fills_no_memory(home: Home, stated: int) -> None:
    warc = write_warc(home)
    first = next(iter(read_captures(warc))).capture.warc_offset
    packer = zlib.compressobj(1, wbits=31)
    head = f"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: {stated}\r\n\r\n".encode()
    member = packer.compress(head)
    zeros = bytes(10_000_000)
    member += b"".join(packer.compress(zeros) for _ in range(30)) + packer.flush()
    path_of(warc).write_bytes(path_of(warc).read_bytes()[:first] + member)
    tracemalloc.start()
    try:
        with pytest.raises(DamagedWarcError, match=f"byte {first}: it unpacks to more than"):
            list(read_captures(warc))
        assert tracemalloc.get_traced_memory()[1] < 150_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("step", [1, 7, 50, 400])
def test_records_are_read_wherever_the_reads_of_the_file_end(
    home: Home, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    warc = write_warc(home)
    right = read_crawl(warc)
    monkeypatch.setattr("warehouse.archive.warc.members.unpacking._STEP_BYTES", step)
    monkeypatch.setattr("warehouse.archive.warc.members.unpacking._EXCESS_MAX_BYTES", 600)
    assert read_crawl(warc) == right
