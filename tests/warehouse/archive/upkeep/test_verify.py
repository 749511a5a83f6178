"""Verification: damage is reported with its bytes and captures, and wrong derived files are remade."""

from __future__ import annotations

import errno
import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.archived import flipped, path_of, rows_of
from tests.warehouse.archive.warc.warc_files import (
    CRAWL,
    crawl_info,
    write_first,
    write_page,
    write_revisits,
    write_warc,
)
from warehouse import durable
from warehouse.archive.files import index_file, observations_file, report_file, warc_file
from warehouse.archive.index.build import update_index
from warehouse.archive.index.locks import portal_lock
from warehouse.archive.state.queries import open_state, state_path
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.upkeep.verify import Finding, verify_archive
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.parquet import parquet_bytes
from warehouse.storage import StoredFile

WARC = f"archive/warc/my-duc/{CRAWL}.warc.gz"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def verified(home: Home) -> list[Finding]:
    return list(verify_archive(home).findings)


def offsets(warc: StoredFile) -> list[int]:
    return [stored.capture.warc_offset for stored in read_captures(warc)]


def url(number: int) -> str:
    return f"https://myduc.hanoi.test/tin/-/view_content/{number}-tin-tức"


def test_a_whole_archive_has_no_findings(home: Home) -> None:
    write_revisits(home, write_first(home)[1].reference)
    update_index(home)
    seen: list[str] = []
    found = verify_archive(home, on_file=seen.append)
    assert (found.files, found.captures, found.findings, found.is_whole) == (2, 5, (), True)
    assert seen == ["my-duc/my-duc-1.warc.gz", "my-duc/my-duc-2.warc.gz"]


@pytest.mark.parametrize("damage", ["flipped", "garbage", "zeros"])
def test_a_damaged_record_is_reported_with_its_bytes_and_capture(home: Home, damage: str) -> None:
    warc = write_warc(home, 6)
    update_index(home)
    data, at = bytearray(warc.read()), offsets(warc)
    if damage == "flipped":
        data[at[2] + 60] ^= 0xFF
    else:
        data[at[2] : at[2] + 30] = b"\x00" * 30 if damage == "zeros" else b"<html>not a record</html>....."
    warc.put(bytes(data))
    found = verify_archive(home)
    (finding,) = found.findings
    assert (finding.kind, finding.file, finding.begin, finding.end) == ("warc", WARC, at[2], at[3])
    assert finding.urls == (url(2),)
    assert not found.is_whole
    assert warc.read() == data


def test_all_damage_of_a_file_is_found(home: Home) -> None:
    warc = write_warc(home, 6)
    update_index(home)
    data, at = bytearray(warc.read()), offsets(warc)
    for number in (1, 4):
        data[at[number] + 60] ^= 0xFF
    warc.put(bytes(data))
    assert [(finding.begin, finding.urls) for finding in verified(home)] == [
        (at[1], (url(1),)),
        (at[4], (url(4),)),
    ]


def test_a_truncated_file_is_reported(home: Home) -> None:
    warc = write_warc(home, 3)
    update_index(home)
    at = offsets(warc)
    warc.put(warc.read()[: at[2] + 20])
    (finding,) = verified(home)
    assert (finding.kind, finding.begin, finding.end, finding.urls) == ("warc", at[2], at[2] + 20, (url(2),))


def test_a_missing_crawl_report_is_reported(home: Home) -> None:
    warc = write_warc(home, 2)
    data = warc.read()
    warc.put(data[: data.rindex(b"\x1f\x8b\x08")])
    (finding,) = verified(home)
    assert (finding.kind, finding.problem) == ("warc", "the file ends without a crawl report")


def test_a_payload_that_does_not_match_its_digest_is_reported(home: Home) -> None:
    warc = write_warc(home, 3)
    data, at = warc.read(), offsets(warc)
    record = gzip.decompress(data[at[1] : at[2]]).replace(b"giao ban", b"giao lan")
    warc.put(data[: at[1]] + gzip.compress(record) + data[at[2] :])
    (finding,) = verified(home)
    assert (finding.begin, finding.problem) == (at[1], "the payload does not match the record's digest")


def test_an_empty_file_and_one_of_another_kind_are_reported(home: Home) -> None:
    for name, content in (("a", b""), ("b", b"<html>not a WARC</html>" * 50)):
        warc = warc_file(home, "my-duc", name)
        warc.put(content)
    assert [(finding.kind, finding.file[-9:]) for finding in verified(home)] == [
        ("warc", "a.warc.gz"),
        ("warc", "b.warc.gz"),
    ]


def test_wrong_indexes_and_reports_are_remade(home: Home) -> None:
    warc = write_warc(home, 3)
    update_index(home)
    index, report = index_file(home, warc), report_file(home, warc)
    good = index.read(), report.read()
    differed = "it differed from the WARC file; rebuilt"
    for damaged_index, damaged_report, problem, problem_of_report in (
        (None, None, "it was missing; rebuilt", "it was missing; rebuilt"),
        (b"PAR1?", b"{", "it was damaged: Parquet file size is 5 bytes", differed),
        (good[0][:-9] + b"?" + good[0][-8:], b"\xff", "it was damaged: the content does not match", differed),
        (_index_of_another_file(index), b"{}", differed, differed),
    ):
        for file, content in ((index, damaged_index), (report, damaged_report)):
            file.delete() if content is None else file.put(content)
        found = verify_archive(home)
        first, second = found.findings
        assert (first.kind, second.kind, second.problem) == ("index", "report", problem_of_report)
        assert first.problem.startswith(problem)
        assert found.is_whole
        assert (index.read(), report.read()) == good
    assert verified(home) == []


def _index_of_another_file(index: StoredFile) -> bytes:
    """Return a valid index with other rows."""
    return bytes(parquet_bytes(rows_of(index).slice(1)))


def test_wrong_observations_are_remade(home: Home) -> None:
    file = observations_file(home, write_warc(home, 1))
    update_index(home)
    good = file.read()
    file.put(b"{}")
    assert [finding.kind for finding in verified(home)] == ["observations"]
    assert file.read() == good
    file.delete()
    assert [finding.problem for finding in verified(home)] == ["it was missing; rebuilt"]
    assert file.read() == good


def test_a_missing_file_is_reported_from_its_index(home: Home) -> None:
    warc = write_warc(home, 2)
    update_index(home)
    warc.delete()
    (finding,) = verified(home)
    assert (finding.kind, finding.file, finding.urls) == ("warc_missing", WARC, (url(0), url(1)))
    assert finding.is_damage


def test_unresolved_revisits_are_reported(home: Home) -> None:
    reference = write_first(home)[1].reference
    write_revisits(home, replace(reference, warc_file="my-duc/my-duc-9.warc.gz"))
    update_index(home)
    found = verify_archive(home)
    assert [(finding.kind, finding.problem) for finding in found.findings] == [
        ("revisit", "my-duc/my-duc-9.warc.gz is not in the archive")
    ] * 2
    assert not found.is_whole


def test_other_files_are_reported_but_are_not_damage(home: Home, tmp_path: Path) -> None:
    warc = write_warc(home, 3)
    data = bytearray(warc.read())
    data[offsets(warc)[1] + 60] ^= 0xFF
    warc.put(bytes(data))
    recover_warc(home, warc)
    with WarcWriter(home, crawl_info("killed")) as writer:
        write_page(writer, 1)
    folder = path_of(warc).parent
    (folder / ".x.warc.gz.12.tmp").touch()
    (folder / "notes").symlink_to(tmp_path / "elsewhere")
    found = verify_archive(home)
    assert {finding.kind: Path(finding.file).name for finding in found.findings} == {
        "left_over": ".x.warc.gz.12.tmp",
        "unfinished": "killed.warc.gz.part",
        "set_aside": f"{CRAWL}.warc.gz.damaged",
        "foreign": "notes",
    }
    assert found.is_whole
    assert not (folder / ".x.warc.gz.12.tmp").exists()


def test_a_damaged_crawl_state_is_reported_and_deleted(home: Home) -> None:
    write_warc(home, 1)
    update_index(home)
    with open_state(home, "my-duc"):
        pass
    path = state_path(home, "my-duc")
    assert verified(home) == []
    path.write_bytes(flipped(path.read_bytes(), 8 * 5000))
    with portal_lock(home, "my-duc"):
        assert verified(home) == []  # a crawl is using it
    [finding] = verified(home)
    assert (finding.kind, finding.is_damage) == ("state", False)
    assert finding.problem == "damaged: it does not match its checksum; the next crawl rebuilds it"
    assert list(path.parent.iterdir()) == []


def test_a_full_disk_is_reported_and_the_other_files_are_verified(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    warc = write_warc(home, 1)
    update_index(home)
    index_file(home, warc).put(b"damaged")
    warc_file(home, "my-duc", "other").put(b"")

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(durable, "sync", full)
    found = verify_archive(home)
    assert [(finding.kind, finding.is_open) for finding in found.findings] == [("index", True), ("warc", False)]
    assert "not rebuilt: " in found.findings[0].problem
    assert "No space left on device" in found.findings[0].problem
    assert not found.is_done


def test_a_running_crawls_file_is_no_finding(home: Home) -> None:
    with (
        portal_lock(home, "my-duc"),
        WarcWriter(home, crawl_info()) as writer,
    ):
        write_page(writer, 1)
        assert verified(home) == []


def test_only_the_given_portals_are_verified(home: Home) -> None:
    warc = write_warc(home, 1)
    warc.put(b"")
    assert verify_archive(home, ["thach-that"]).files == 0
    assert verify_archive(home, ["my-duc"]).files == 1


def test_a_report_that_differs_from_the_warc_file_is_remade(home: Home) -> None:
    warc = write_warc(home, 1)
    update_index(home)
    file = report_file(home, warc)
    file.put(file.read().replace(b'"verdict": "ok"', b'"verdict": "no_news"'))
    assert [finding.kind for finding in verified(home)] == ["report"]
    assert json.loads(file.read())["verdict"] == "ok"


def test_a_folder_that_is_a_link_is_one_finding(home: Home, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("one", "two"):
        (elsewhere / name).touch()
    home.warc.mkdir(parents=True, exist_ok=True)
    (home.warc / "linked").symlink_to(elsewhere)
    found = [finding for finding in verify_archive(home).findings if "linked" in finding.file]
    assert [(finding.kind, finding.file) for finding in found] == [("foreign", "archive/warc/linked")]
    assert sorted(path.name for path in elsewhere.iterdir()) == ["one", "two"]
