"""Revisits in imported files: their responses are found by ID, place or digest, in any file and order."""

from __future__ import annotations

import base64
import gzip
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spiders.extract.version import EXTRACTOR_VERSION
from spiders.imports.warc_import import Imported, import_warcs
from spiders.portal import Portal
from tests.archived import derived_file
from tests.spiders.extract.staging import extract
from tests.spiders.imports.external_warcs import FIRST_ID, ONE, SECOND, TWO, answer, page, record, write
from warehouse.archive.files import index_file, warc_files
from warehouse.archive.warc.format import StoredCapture
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.revisits import Revisits
from warehouse.datasets import ARTICLES
from warehouse.home import Home

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(page(1)), page(1))
RESPONSE = record("response", ONE, answer(page(1)))
THIRD_ID = "11111111-6464-495c-b71c-8648e76c68bd"


def digest(algorithm: str, data: bytes, *, in_hex: bool = False) -> str:
    value = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    return f"{algorithm}:{value.hex() if in_hex else base64.b32encode(value).decode()}"


def revisit(fields: dict[str, str], block: bytes = answer(b""), url: str = ONE) -> bytes:
    return record("revisit", url, block, date="2015-03-09T00:00:00Z", **{**SECOND, **fields})


def bring(home: Home, portal: Portal, *files: Path) -> list[Imported]:
    return list(import_warcs(home, [portal], files, "run", NOW))


def stored(home: Home) -> list[StoredCapture]:
    return sorted(
        (one for warc in warc_files(home) for one in read_captures(warc)),
        key=lambda one: (one.capture.captured_at, one.capture.url),
    )


def check_resolved(home: Home, url: str = ONE) -> None:
    """Check that the archive has one response and one revisit of it, and nothing twice."""
    first, second = stored(home)
    assert (first.capture.is_revisit, second.capture.is_revisit) == (False, True)
    assert second.capture.url == url
    assert second.capture.capture_id == SECOND["WARC_Record_ID"][10:-1]
    assert Revisits(home.storage).resolve(second).payload == first.payload == page(1)


def refused(outcomes: list[Imported]) -> list[tuple[str, int, str]]:
    return [(done.file.name, one.offset, one.kind) for done in outcomes for one in done.refused]


BY_ID = {"WARC_Refers_To": f"<urn:uuid:{FIRST_ID}>"}
BY_PLACE = {"WARC_Refers_To_Target_URI": f"<{ONE}>", "WARC_Refers_To_Date": "2015-03-01T02:03:04Z"}
REFERENCES = [
    BY_ID,
    {"WARC_Refers_To": f"urn:uuid:{FIRST_ID.upper()}"},
    BY_PLACE,
    {**BY_PLACE, "WARC_Refers_To": f"<urn:uuid:{THIRD_ID}>"},
    {"WARC_Payload_Digest": digest("sha1", page(1))},
    {"WARC_Payload_Digest": digest("sha1", page(1), in_hex=True)},
    {"WARC_Payload_Digest": digest("sha256", page(1))},
    {"WARC_Payload_Digest": digest("sha256", page(1), in_hex=True)},
    {"WARC_Payload_Digest": digest("md5", page(1), in_hex=True)},
]


@pytest.mark.parametrize("fields", REFERENCES)
def test_the_response_may_be_before_or_after_or_in_another_file(
    home: Home, portal: Portal, tmp_path: Path, fields: dict[str, str]
) -> None:
    later = revisit(fields)
    for number, records in enumerate(([RESPONSE, later], [later, RESPONSE])):
        one_file = Home(tmp_path / f"home-{number}")
        assert refused(bring(one_file, portal, write(tmp_path / f"{number}.warc.gz", records))) == []
        check_resolved(one_file)
    a, b = write(tmp_path / "a.warc.gz", [RESPONSE]), write(tmp_path / "b.warc.gz", [later])
    for number, files in enumerate(([a, b], [b, a])):
        together = Home(tmp_path / f"together-{number}")
        assert refused(bring(together, portal, *files)) == []
        check_resolved(together)
    bring(home, portal, a)
    assert refused(bring(home, portal, b)) == []
    check_resolved(home)


@pytest.mark.parametrize("fields", [BY_ID, BY_PLACE, {"WARC_Payload_Digest": digest("sha1", page(1))}])
def test_a_refused_revisit_comes_when_its_response_has_come(
    home: Home, portal: Portal, tmp_path: Path, fields: dict[str, str]
) -> None:
    two = record("response", TWO, answer(page(2)), WARC_Record_ID=f"<urn:uuid:{THIRD_ID}>")
    b = write(tmp_path / "b.warc.gz", [two, revisit(fields)])
    at = len(gzip.compress(two, mtime=0))
    for _ in range(2):
        assert refused(bring(home, portal, b)) == [("b.warc.gz", at, "revisit_unresolved")]
        assert [one.capture.url for one in stored(home)] == [TWO]
    bring(home, portal, write(tmp_path / "a.warc.gz", [RESPONSE]))
    for _ in range(2):
        assert refused(bring(home, portal, b)) == []
        assert [(one.capture.url, one.capture.is_revisit) for one in stored(home)] == [
            (ONE, False),
            (TWO, False),
            (ONE, True),
        ]
    assert len(warc_files(home)) == 3
    assert all(index_file(home, warc).exists() for warc in warc_files(home))
    assert not list(home.warc.glob("*/*.part"))


def test_files_that_refer_to_each_other_are_imported_together(home: Home, portal: Portal, tmp_path: Path) -> None:
    two = record("response", TWO, answer(page(2)), WARC_Record_ID=f"<urn:uuid:{THIRD_ID}>")
    of_two = revisit({"WARC_Refers_To": f"<urn:uuid:{THIRD_ID}>", "WARC_Record_ID": ""}, url=TWO)
    a, b = write(tmp_path / "a.warc.gz", [RESPONSE, of_two]), write(tmp_path / "b.warc.gz", [revisit(BY_ID), two])
    assert refused(bring(home, portal, a, b)) == []
    assert [one.capture.is_revisit for one in stored(home)] == [False, False, True, True]
    count = len(warc_files(home))
    assert refused(bring(home, portal, b, a)) == []
    assert len(warc_files(home)) == count


def test_a_revisit_of_a_revisit_leads_to_the_response(home: Home, portal: Portal, tmp_path: Path) -> None:
    last = record(
        "revisit",
        ONE,
        answer(b""),
        date="2015-03-20T00:00:00Z",
        WARC_Record_ID="",
        WARC_Refers_To=SECOND["WARC_Record_ID"],
    )
    assert refused(bring(home, portal, write(tmp_path / "a.warc.gz", [last, revisit(BY_ID), RESPONSE]))) == []
    first, *others = stored(home)
    assert [Revisits(home.storage).resolve(one).capture.capture_id for one in others] == [FIRST_ID] * 2
    assert first.capture.capture_id == FIRST_ID
    later = record(
        "revisit",
        ONE,
        answer(b""),
        date="2015-04-20T00:00:00Z",
        WARC_Record_ID="",
        WARC_Refers_To=SECOND["WARC_Record_ID"],
    )
    assert refused(bring(home, portal, write(tmp_path / "b.warc.gz", [later]))) == []
    assert Revisits(home.storage).resolve(stored(home)[-1]).capture.capture_id == FIRST_ID


def test_record_ids_that_are_no_uuids_lead_to_responses_of_the_same_command(
    home: Home, portal: Portal, tmp_path: Path
) -> None:
    response = record("response", ONE, answer(page(1)), WARC_Record_ID="<urn:x-crawler:17>")
    a = write(tmp_path / "a.warc.gz", [response])
    b = write(tmp_path / "b.warc.gz", [revisit({"WARC_Refers_To": "<urn:x-crawler:17>"})])
    bring(home, portal, a)
    assert refused(bring(home, portal, b)) == [("b.warc.gz", 0, "revisit_unresolved")]
    assert refused(bring(home, portal, b, a)) == []
    check_resolved(home)


@pytest.mark.parametrize("of", [CHUNKED, page(1)])
def test_a_digest_may_be_of_the_body_with_its_chunks_or_without(
    home: Home, portal: Portal, tmp_path: Path, of: bytes
) -> None:
    response = record("response", ONE, answer(CHUNKED, "Transfer-Encoding: chunked"))
    file = write(tmp_path / "a.warc.gz", [revisit({"WARC_Payload_Digest": digest("sha1", of)}), response])
    assert refused(bring(home, portal, file)) == []
    check_resolved(home)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"WARC_Refers_To": "<urn:uuid:nobody>"},
        {"WARC_Refers_To_Target_URI": ONE},
        {"WARC_Refers_To_Target_URI": ONE, "WARC_Refers_To_Date": "2015-03-01T02:03:05Z"},
        {"WARC_Refers_To_Target_URI": TWO, "WARC_Refers_To_Date": "2015-03-01T02:03:04Z"},
        {"WARC_Payload_Digest": digest("sha1", page(2))},
        {"WARC_Payload_Digest": digest("sha1", b"")},
        {"WARC_Payload_Digest": "sha1:unknown"},
    ],
)
def test_a_revisit_without_its_response_is_refused_by_name(
    home: Home, portal: Portal, tmp_path: Path, fields: dict[str, str]
) -> None:
    outcomes = bring(home, portal, write(tmp_path / "a.warc.gz", [revisit(fields), RESPONSE]))
    assert refused(outcomes) == [("a.warc.gz", 0, "revisit_unresolved")]
    (refusal,) = outcomes[-1].refused
    assert refusal.url == ONE
    assert outcomes[0].reports["my-duc"].errors == {"revisit_unresolved": 1}
    assert len(stored(home)) == 1


def test_a_response_that_states_another_digest_is_another_one(home: Home, portal: Portal, tmp_path: Path) -> None:
    response = record("response", ONE, answer(page(1)), WARC_Payload_Digest=digest("sha1", page(1)))
    later = revisit({**BY_ID, "WARC_Payload_Digest": digest("sha1", page(2))})
    outcomes = bring(home, portal, write(tmp_path / "a.warc.gz", [response, later]))
    assert refused(outcomes) == [("a.warc.gz", len(gzip.compress(response, mtime=0)), "revisit_unresolved")]


@pytest.mark.parametrize(
    ("block", "status"),
    [
        (answer(b"", status="304 Not Modified"), 304),
        (answer(b"", status="200"), 200),
        (b"", 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200),
    ],
)
@pytest.mark.parametrize("type_", ["application/http; msgtype=response", ""])
def test_a_resolved_revisit_is_one_of_ours(
    home: Home, portal: Portal, tmp_path: Path, block: bytes, status: int, type_: str
) -> None:
    later = revisit({**BY_ID, "Content_Type": type_}, block)
    assert refused(bring(home, portal, write(tmp_path / "a.warc.gz", [later, RESPONSE]))) == []
    check_resolved(home)
    assert stored(home)[1].capture.status == status
    assert extract(home, {"my-duc": portal}).rows(ARTICLES) == 2
    # The unit is final: a build does not try it again.
    assert extract(home, {"my-duc": portal}).units == ()
    assert derived_file(ARTICLES, EXTRACTOR_VERSION, warc_files(home)[0]).exists()


def test_captures_without_uuid_are_not_stored_twice(home: Home, portal: Portal, tmp_path: Path) -> None:
    one = record("response", ONE, answer(page(1)), WARC_Record_ID="<urn:x:1>")
    again = record("response", ONE, answer(page(1)), WARC_Record_ID="")
    bring(home, portal, write(tmp_path / "a.warc.gz", [one, again]))
    bring(home, portal, write(tmp_path / "b.warc", [one], "plain"))
    assert [stored_one.capture.url for stored_one in stored(home)] == [ONE]
