"""What cannot be imported is refused by name, and nothing of a portal is dropped in silence."""

from __future__ import annotations

import gzip
import random
import re
from pathlib import Path

import brotli
import pytest
from backports import zstd

from spiders.portal import Portal
from tests.spiders.extract.staging import my_duc
from tests.spiders.imports.external_warcs import (
    FIRST_ID,
    HTTP,
    ONE,
    TWO,
    TWO_PAGES,
    answer,
    page,
    record,
    with_wrong_length,
    write,
)
from tests.spiders.imports.importing import NOW, bring, captures
from tests.warehouse.archive.warc.warc_files import FEED_DATE, write_warc
from warehouse.archive.files import warc_files
from warehouse.archive.upkeep.export import export
from warehouse.archive.warc import external
from warehouse.archive.warc.external import ExternalWarcError
from warehouse.home import Home

OTHER_ID = "<urn:uuid:22222222-6464-495c-b71c-8648e76c68bd>"


REFUSED = {
    "undated": record("response", ONE, answer(page(1)), date=""),
    "undated: no zone": record("response", ONE, answer(page(1)), date="2015-03-01T02:03:04"),
    "undated: the future": record("response", ONE, answer(page(1)), date="3000-01-01T00:00:00Z"),
    "undated: the last year": record("response", ONE, answer(page(1)), date="9999-12-31T23:59:59Z"),
    "undated: before the web": record("response", ONE, answer(page(1)), date="1970-01-01T00:00:00Z"),
    "without_url": record("response", "", answer(page(1))),
    "untyped": record("", ONE, answer(page(1))),
    "resource": record("resource", ONE, page(1), Content_Type="text/html"),
    "segmented": record("response", ONE, answer(page(1)), WARC_Segment_Number="1"),
    "not_http": record("response", ONE, page(1), Content_Type="text/html"),
    "not_http: no status": record("response", ONE, page(1)),
    "not_http: no type, no status": record("response", ONE, page(1), Content_Type=""),
    "not_http: broken chunks": record(
        "response", ONE, answer(b"3\r\ntin\r\n3\r\ntuc???", "Transfer-Encoding: chunked")
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("form", ["members", "one_member", "plain"])
def test_a_record_is_refused_by_name(home: Home, portal: Portal, tmp_path: Path, name: str, form: str) -> None:
    two = TWO_PAGES[1]
    done = bring(home, portal, write(tmp_path / "a.warc", [two, REFUSED[name]], form))
    (refusal,) = done.refused
    offset = {"members": len(gzip.compress(two, mtime=0)), "one_member": 0, "plain": len(two)}[form]
    assert (refusal.offset, refusal.kind) == (offset, name.partition(":")[0])
    assert refusal.url == ("" if name == "without_url" else ONE)
    assert [stored.capture.url for stored in captures(home)] == [TWO]
    counted = {} if name == "without_url" else {refusal.kind: 1}
    assert done.reports["my-duc"].errors == counted
    assert done.has_captures


def test_a_file_of_refused_records_alone_makes_no_crawl(home: Home, portal: Portal, tmp_path: Path) -> None:
    done = bring(home, portal, write(tmp_path / "a.warc.gz", [REFUSED["not_http: no status"]]))
    assert (done.reports, len(done.refused), done.has_captures) == ({}, 1, True)
    assert warc_files(home) == []
    assert not list(home.warc.glob("*/*.part"))


def test_a_record_that_is_too_large_is_refused(
    home: Home, portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(external, "RECORD_MAX_BYTES", len(TWO_PAGES[0]))
    large = record("response", ONE, answer(page(1) * 2), WARC_Record_ID=OTHER_ID)
    done = bring(home, portal, write(tmp_path / "a.warc.gz", [large, TWO_PAGES[1]]))
    assert [(one.url, one.kind) for one in done.refused] == [(ONE, "too_large")]
    assert [stored.capture.url for stored in captures(home)] == [TWO]


def test_what_is_out_of_scope_is_never_refused(home: Home, portal: Portal, tmp_path: Path) -> None:
    others = [one.replace(b"myduc.hanoi.test", b"khac.hanoi.test") for one in REFUSED.values()]
    others.append(record("response", "http://[::hanoi", answer(page(1))))
    done = bring(home, portal, write(tmp_path / "a.warc.gz", [*others, *TWO_PAGES]))
    assert [one.kind for one in done.refused] == ["without_url"]
    assert dict(done.skipped) == {"out_of_scope": len(others) - 1}
    assert len(captures(home)) == 2


def test_a_refused_record_comes_from_a_sound_copy_of_the_file(home: Home, portal: Portal, tmp_path: Path) -> None:
    broken = [with_wrong_length(TWO_PAGES[0], -1), TWO_PAGES[1]]
    done = bring(home, portal, write(tmp_path / "a.warc.gz", broken))
    assert [(fault.offset, fault.url) for fault in done.faults] == [(0, ONE)]
    assert [stored.capture.url for stored in captures(home)] == [TWO]
    done = bring(home, portal, write(tmp_path / "b.warc.gz", TWO_PAGES))
    assert (done.faults, done.known) == ((), 1)
    assert sorted(stored.capture.url for stored in captures(home)) == [ONE, TWO]


@pytest.mark.parametrize(
    "type_", [HTTP, "application/http;msgtype=response", "application/http", "Application/HTTP; msgtype=RESPONSE", ""]
)
@pytest.mark.parametrize("status", ["200", "200 OK", "200 "])
def test_responses_are_taken_whatever_their_type_and_status_line_look_like(
    home: Home, portal: Portal, tmp_path: Path, type_: str, status: str
) -> None:
    file = write(tmp_path / "a.warc.gz", [record("Response", ONE, answer(page(1), status=status), Content_Type=type_)])
    done = bring(home, portal, file)
    assert (done.refused, done.reports["my-duc"].articles_new) == ((), 1)
    assert captures(home)[0].body().content == page(1)


@pytest.mark.parametrize("url", [f"{ONE}#binh-luan", f"<{ONE}>", f" {ONE} "])
def test_urls_are_those_that_were_requested(home: Home, portal: Portal, tmp_path: Path, url: str) -> None:
    bring(home, portal, write(tmp_path / "a.warc.gz", [record("response", url, answer(page(1)))]))
    assert [stored.capture.url for stored in captures(home)] == [ONE]


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("gzip", page(1)),
        ("gzip", gzip.compress(page(1), mtime=0)),
        ("br", page(1)),
        ("br", brotli.compress(page(1))),
        ("zstd", zstd.compress(page(1))),
        ("zstd", page(1)),
    ],
)
def test_bodies_are_kept_as_received_and_read_even_if_the_crawler_undid_the_encoding(
    home: Home, portal: Portal, tmp_path: Path, header: str, body: bytes
) -> None:
    block = answer(body, f"Content-Encoding: {header}", f"Content-Length: {len(body) + 7}")
    bring(home, portal, write(tmp_path / "a.warc.gz", [record("response", ONE, block)]))
    (stored,) = captures(home)
    assert stored.payload == body
    assert stored.body().content == page(1)


def test_the_dates_of_feeds_come_with_an_export_of_ours_alone(home: Home, tmp_path: Path) -> None:
    first = Home(tmp_path / "first")
    archived = write_warc(first, 2)
    exported = tmp_path / "ours.warc.gz"
    export(first, "my-duc", exported, None, None, NOW)
    portal = my_duc().model_copy(update={"scope": my_duc().scope.model_copy(update={"allow": ()})})
    with archived.local() as path:
        for number, file in enumerate((exported, path)):
            copy = Home(tmp_path / f"copy-{number}")
            bring(copy, portal, file)
            assert [stored.capture.feed_date for stored in captures(copy)] == [FEED_DATE, FEED_DATE]
    info = record("warcinfo", "", b"software: Heritrix/3.4\r\n", Content_Type="application/warc-fields")
    other = record("response", ONE, answer(page(1)), Hanoi_Corpus_Feed_Date=FEED_DATE.encode().decode("latin-1"))
    bring(home, portal, write(tmp_path / "other.warc.gz", [info, other]))
    assert [stored.capture.feed_date for stored in captures(home)] == [None]


def test_damage_raises_nothing_and_adds_no_capture(portal: Portal, tmp_path: Path) -> None:
    fields = {"WARC_Refers_To": f"<urn:uuid:{FIRST_ID}>", "WARC_Record_ID": ""}
    later = record("revisit", ONE, answer(b""), date="2015-03-09T00:00:00Z", **fields)
    whole = write(tmp_path / "a.warc", [later, *TWO_PAGES], "plain").read_bytes()
    heads = [found.start() for found in re.finditer(rb"WARC/1.0", whole)]
    for seed in range(40):
        chosen = random.Random(seed)  # noqa: S311 - test data
        data = bytearray(whole)
        for _ in range(3):
            data[chosen.choice(heads) + chosen.randrange(330)] = chosen.choice(b"\0\r\n :<[]0\xff")
        file = tmp_path / f"{seed}.warc"
        file.write_bytes(data)
        home = Home(tmp_path / f"home-{seed}")
        try:
            done = bring(home, portal, file)
        except ExternalWarcError:
            continue
        found = captures(home)
        assert len(found) == sum(report.captures for report in done.reports.values()) <= 3
        assert len(found) == 3 or done.faults or done.refused or done.skipped
