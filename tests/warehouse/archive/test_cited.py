"""The bytes that a row cites: found wherever they are, and never others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.archived import path_of
from tests.warehouse.archive.warc.warc_files import PAGE, write_first, write_revisits
from warehouse.archive.cited import CitedBytes, CitedBytesError, read_cited
from warehouse.archive.files import warc_file
from warehouse.archive.index.build import index_warc
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.warc.reader import read_captures
from warehouse.home import Home
from warehouse.records import Capture


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def captures(home: Home) -> list[Capture]:
    """Return three responses of one file, and the two revisits of the second one, which are in another file."""
    first = write_first(home)
    second = write_revisits(home, first[1].reference)
    index_warc(home, warc_file(home, "my-duc", "my-duc-1"))  # by which a recovery knows what is whole
    return [stored.capture for stored in (*first, *read_captures(second))]


def read(home: Home, cited: Capture, digest: str | None = None) -> CitedBytes:
    place = (cited.capture_id, cited.warc_file, cited.warc_offset)
    return read_cited(home.storage, *place, digest or cited.payload_digest)


def damage(home: Home, capture: Capture) -> None:
    """Change a byte in a record's compressed content."""
    path = path_of(warc_file(home, "my-duc", capture.crawl_id))
    data = bytearray(path.read_bytes())
    data[capture.warc_offset + 60] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.parametrize(("number", "body"), [(0, b"0"), (1, b"1"), (2, b"2"), (3, b"1"), (4, b"1")])
def test_the_bytes_are_those_of_the_capture_or_of_its_response(
    home: Home, captures: list[Capture], number: int, body: bytes
) -> None:
    found = read(home, captures[number])
    assert found.response.payload == PAGE + body
    assert found.digest == captures[number].payload_digest == found.response.capture.payload_digest
    assert found.response.capture.warc_file == "my-duc/my-duc-1.warc.gz"
    assert (found.revisit and found.revisit.capture) == (captures[number] if number > 2 else None)


def test_a_record_that_a_recovery_moved_is_found(home: Home, captures: list[Capture]) -> None:
    damage(home, captures[0])
    recover_warc(home, warc_file(home, "my-duc", "my-duc-1"))
    for number, body in ((1, b"1"), (2, b"2"), (3, b"1")):
        found = read(home, captures[number])
        assert found.response.payload == PAGE + body
        assert found.response.capture.warc_offset < captures[min(number, 2)].warc_offset or number == 3


def test_a_record_that_a_recovery_lost_is_named(home: Home, captures: list[Capture]) -> None:
    damage(home, captures[1])
    recover_warc(home, warc_file(home, "my-duc", "my-duc-1"))
    with pytest.raises(CitedBytesError, match=f"the record {captures[1].capture_id} is no longer in this file"):
        read(home, captures[1])
    with pytest.raises(CitedBytesError, match=r"the revisit of .* has no intact response"):
        read(home, captures[3])
    assert read(home, captures[0]).response.payload == PAGE + b"0"


def test_a_damaged_record_is_named_with_its_byte_and_others_are_read(home: Home, captures: list[Capture]) -> None:
    damage(home, captures[1])
    with pytest.raises(CitedBytesError, match=f"damaged at byte {captures[1].warc_offset}: .*archive recover"):
        read(home, captures[1])
    with pytest.raises(CitedBytesError, match="has no intact response"):
        read(home, captures[4])
    assert read(home, captures[0]).response.payload == PAGE + b"0"
    assert read(home, captures[2]).response.payload == PAGE + b"2"


@pytest.mark.parametrize("number", [0, 3])
def test_a_missing_file_is_named_with_the_way_to_get_it_back(home: Home, captures: list[Capture], number: int) -> None:
    path_of(warc_file(home, "my-duc", "my-duc-1")).unlink()
    with pytest.raises(CitedBytesError, match=r"my-duc-1\.warc\.gz is not in the archive.*archive restore"):
        read(home, captures[number])


@pytest.mark.parametrize("number", [0, 3])
def test_other_bytes_than_those_recorded_are_refused(home: Home, captures: list[Capture], number: int) -> None:
    recorded = f"sha256:{'0' * 64}"
    with pytest.raises(CitedBytesError, match=f"not those that were cited: sha256:.*, recorded {recorded}"):
        read(home, captures[number], recorded)


@pytest.mark.parametrize("name", ["../my-duc/my-duc-1.warc.gz", "/etc/passwd", "my-duc/../my-duc-1.warc.gz", ""])
def test_a_name_that_leads_out_of_the_archive_is_no_file_of_it(home: Home, name: str) -> None:
    with pytest.raises(CitedBytesError, match="is not in the archive"):
        read_cited(home.storage, "c", name, 0, "sha256:00")
