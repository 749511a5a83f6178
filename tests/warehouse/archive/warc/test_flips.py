"""Flipped bits, lost sectors and cuts in records of every kind: the same values, or an error that names the file."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from bench.torture.flips import Damage, damages, flips
from tests.archived import path_of
from tests.spiders.imports.external_warcs import answer, record, write
from tests.warehouse.archive.warc.warc_files import LATER, OK, PAGE, STARTED, crawl_info, crawl_report
from warehouse.archive.index.build import index_warc
from warehouse.archive.observations import ListedArticle, Observations
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.warc import external
from warehouse.archive.warc.external import ExternalWarcError
from warehouse.archive.warc.external_record import ExternalRecord
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.archive.warc.reader import (
    read_capture,
    read_captures,
    read_crawl,
    read_info,
    read_observations,
    read_report,
)
from warehouse.archive.warc.recovery import parts_of
from warehouse.archive.warc.revisits import Revisits, UnresolvedRevisitError
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.storage import StoredFile

FLIPS = 100
HTML = [(b"Content-Type", b"text/html; charset=utf-8"), (b"ETag", b'"x"')]
BINARY = random.Random(5).randbytes(30_000)  # noqa: S311 - test data
LARGE = PAGE * 4000 + random.Random(6).randbytes(900_000)  # noqa: S311 - test data
SITE = "https://myduc.hanoi.test"
KINDS = ("warcinfo", "response", "redirect", "attachment", "revisit", "observations", "report")


@dataclass(frozen=True)
class Written:
    """An intact WARC file: its bytes, and where each kind of record begins and ends."""

    home: Home
    warc: StoredFile
    data: bytes
    places: dict[str, tuple[int, int]]

    def put(self, damage: Damage) -> None:
        path_of(self.warc).write_bytes(damage.of(self.data))


def written(root: Path, *, large: bool) -> Written:
    home = Home(root)
    seen = ListedArticle("1", "/tin", "mark", STARTED, None, f"{SITE}/tin/1")
    with WarcWriter(home, crawl_info()) as writer:
        if large:
            writer.write(f"{SITE}/lon", STARTED, OK, HTML, LARGE)
            kinds: tuple[str, ...] = ("warcinfo", "large", "observations", "report")
        else:
            first = writer.write(f"{SITE}/tin/1", STARTED, OK, HTML, PAGE, article_key="1", feed_date="pubDate x")
            moved = [(b"Location", f"{SITE}/tin/1".encode())]
            writer.write(f"{SITE}/cu", STARTED, b"HTTP/1.1 301 Moved Permanently", moved, b"")
            writer.write(f"{SITE}/tep.zip", STARTED, OK, [(b"Content-Type", b"application/zip")], BINARY)
            writer.write_revisit(f"{SITE}/tin/1", LATER, OK, HTML, first, article_key="1")
            kinds = KINDS
        captures = writer.captures
        warc = writer.close(crawl_report(captures), Observations(listed=(seen,), missing={"9": STARTED}))
    index_warc(home, warc)
    with path_of(warc).open("rb") as file:
        parts = list(parts_of(file, {}))
    return Written(
        home, warc, warc.read(), {kind: (part.begin, part.end) for kind, part in zip(kinds, parts, strict=True)}
    )


def readers(one: Written) -> dict[str, Callable[[], object]]:
    """Return every reader of an archive's WARC file."""
    offsets = [stored.capture.warc_offset for stored in read_captures(one.warc)]

    def resolved() -> object:
        revisits = [stored for stored in read_captures(one.warc) if stored.refers_to]
        return [Revisits(one.home.storage).resolve(revisit) for revisit in revisits]

    return {
        "info": lambda: read_info(one.warc),
        "report": lambda: read_report(one.warc),
        "observations": lambda: read_observations(one.warc),
        "captures": lambda: list(read_captures(one.warc)),
        "crawl": lambda: read_crawl(one.warc),
        **{str(offset): partial(read_capture, one.warc, offset) for offset in offsets},
        "resolved": resolved,
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return written(tmp_path_factory.mktemp("small"), large=False)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return written(tmp_path_factory.mktemp("large"), large=True)


def check(one: Written, kind: str, made: list[Damage], *, may_be_whole: bool) -> None:
    path_of(one.warc).write_bytes(one.data)
    found = readers(one)
    right = {name: read() for name, read in found.items()}
    begin, end = one.places[kind]
    for damage in made:
        one.put(damage)
        errors: list[DamagedWarcError] = []
        for name, read in found.items():
            try:
                assert read() == right[name], (kind, name, damage)
            except DamagedWarcError as error:
                errors.append(error)
            except UnresolvedRevisitError:
                assert name == "resolved"
        assert errors or may_be_whole, (kind, damage)
        assert {error.file for error in errors} <= {str(one.warc)}
        if damage.kind == "bit":
            assert all(begin <= error.offset < end for error in errors)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_changes_nothing_or_is_named(small: Written, kind: str) -> None:
    # A bit of a gzip header may mean nothing.
    check(small, kind, list(flips(1, *small.places[kind], FLIPS)), may_be_whole=True)


@pytest.mark.slow
def test_a_flipped_bit_in_a_large_record_is_named(large: Written) -> None:
    begin, end = large.places["large"]
    check(large, "large", list(flips(2, begin + 10, end, FLIPS)), may_be_whole=False)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["warcinfo", "response", "attachment", "report"])
def test_lost_sectors_and_cuts_are_named(small: Written, kind: str) -> None:
    check(small, kind, list(damages(3, *small.places[kind], 40)), may_be_whole=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_recovery_keeps_all_but_the_damaged_record(tmp_path: Path, kind: str) -> None:
    one = written(tmp_path, large=False)
    right = {stored.capture.capture_id: stored for stored in read_captures(one.warc)}
    index = path_of(one.warc).parent
    for damage in flips(4, one.places[kind][0] + 10, one.places[kind][1], 5):
        one.put(damage)
        for other in index.glob("*.damaged"):
            other.unlink()
        done = recover_warc(one.home, one.warc)
        kept = {stored.capture.capture_id: stored for stored in read_captures(one.warc)}
        (lost,) = done.lost
        assert (lost.begin, lost.end) == one.places[kind]
        assert done.captures == len(kept) == len(right) - (kind in ("response", "redirect", "attachment", "revisit"))
        assert all(kept[key].payload == right[key].payload for key in kept)
        assert read_info(one.warc).portal == "my-duc"
        # The index of the whole file again, for the next damage.
        path_of(one.warc).write_bytes(one.data)
        index_warc(one.home, one.warc)


EXTERNAL = [
    record("warcinfo", "", b"software: Heritrix/3.4\r\n", Content_Type="application/warc-fields"),
    record("response", f"{SITE}/tin/1", answer(PAGE)),
    record("response", f"{SITE}/lon", answer(PAGE * 4000)),
    record("response", f"{SITE}/cu", answer(b"", f"Location: {SITE}/tin/1", status="301 Moved")),
    record("response", f"{SITE}/tep.zip", answer(BINARY)),
    record("revisit", f"{SITE}/tin/1", answer(b""), WARC_Profile="http://netpreserve.org/warc/1.0/revisit/x"),
    record("request", f"{SITE}/tin/1", b"GET / HTTP/1.1\r\n\r\n", Content_Type="application/http; msgtype=request"),
    record("metadata", f"{SITE}/tin/1", b"via: x\r\n", Content_Type="application/warc-fields"),
]


def blocks(file: Path) -> list[tuple[Mapping[str, str], bytes | None]]:
    """Return the records of a file; each is named that is not among them."""
    items = list(external.records(file, external.check(file)))
    found = [(item.headers, item.block) for item in items if isinstance(item, ExternalRecord)]
    assert len(found) == len(EXTERNAL) or len(items) > len(found)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", range(len(EXTERNAL)))
def test_a_flipped_bit_in_another_crawlers_file_adds_no_record(tmp_path: Path, kind: int) -> None:
    file = write(tmp_path / "a.warc.gz", EXTERNAL)
    data = file.read_bytes()
    right = blocks(file)
    sizes = [len(write(tmp_path / "b.warc.gz", [one]).read_bytes()) for one in EXTERNAL]
    begin = sum(sizes[:kind])
    for damage in flips(kind, begin, begin + sizes[kind], FLIPS):
        file.write_bytes(damage.of(data))
        try:
            found = blocks(file)
        except ExternalWarcError:
            continue
        assert [one for one in right if one in found] == found, damage
