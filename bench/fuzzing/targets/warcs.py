"""WARC files: our own through readers and recovery, those of other crawlers through the import.

Belongs here: what must hold for any bytes in a WARC file. Does not belong here: commands on a whole home (see
`bench.torture`).
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.fuzzing.pages import Case
from bench.fuzzing.targets.samples import INFO, PORTAL, foreign_warcs, own_warc
from bench.fuzzing.targets.target import byte_target, require
from spiders.imports.warc_import import import_warcs
from warehouse.archive.files import warc_file, warc_files
from warehouse.archive.index.build import update_index
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.upkeep.verify import verify_archive
from warehouse.archive.warc.format import DamagedWarcError, StoredCapture
from warehouse.archive.warc.reader import read_captures, read_info, read_observations, read_report
from warehouse.home import Home
from warehouse.storage import StoredFile

_NOW: Final = datetime(2026, 2, 1, tzinfo=UTC)
_WORDS: Final = (
    b"WARC/1.1\r\n", b"WARC/1.0\r\n", b"WARC/0.17\r\n", b"WARC-Type: response\r\n", b"WARC-Type: revisit\r\n",
    b"WARC-Date: 9999-12-31T23:59:59Z\r\n", b"WARC-Date: 0001-01-01T00:00:00Z\r\n",
    b"WARC-Date: 3000-01-01T00:00:00Z\r\n", b"\r\n\r\n",
    b"WARC-Date: x\r\n", b"Content-Length: 0\r\n", b"Content-Length: 99999999999\r\n", b"Content-Length: -5\r\n",
    b"WARC-Target-URI: <http://[>\r\n", b"WARC-Target-URI: file:///etc/passwd\r\n", b"WARC-Record-ID: x\r\n",
    b"WARC-Payload-Digest: sha1:AAAA\r\n", b"WARC-Refers-To: <urn:uuid:x>\r\n", b"WARC-Segment-Number: 2\r\n",
    b"HTTP/1.1 200 OK\r\n", b"\x1f\x8b\x08\x00", b"\x1f\x8b\x08\xff", b"\x00" * 512, b"\xff", b": ", b"\r", b"\n",
)  # fmt: skip


def _own() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        return [own_warc(Path(folder))]


def _check_archive(case: Case) -> str:
    """Check the readers, the index, verify and the recovery on a damaged file of this project."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        warc = warc_file(home, INFO.portal, INFO.crawl_id)
        path = home.root / warc.key
        path.parent.mkdir(parents=True)
        path.write_bytes(case.body)
        before, is_whole = _captures_of(warc)
        update_index(home)
        found = verify_archive(home)
        require(path.read_bytes() == case.body, "changed by verify")
        require(found.is_whole or not is_whole or found.findings, "damage without a finding")
        try:
            recovered = recover_warc(home, warc)
        except DamagedWarcError:
            return "unreadable"
        after, is_mended = _captures_of(warc)
        require(is_mended, "recovered file is damaged")
        require(len(after) == recovered.captures, f"recovered count: {recovered.captures} of {len(after)}")
        lost = {one.capture.capture_id for one in before} - {one.capture.capture_id for one in after}
        require(not lost, f"recovery lost {len(lost)} readable captures")
        require(path.with_name(f"{path.name}.damaged").read_bytes() == case.body, "no copy of the damaged file")
    return "whole" if is_whole else "damaged"


def _captures_of(warc: StoredFile) -> tuple[list[StoredCapture], bool]:
    """Return the captures before the first damage, and whether there is none."""
    found: list[StoredCapture] = []
    try:
        read_info(warc)
        read_report(warc)
        read_observations(warc)
        found.extend(read_captures(warc))
    except DamagedWarcError as error:
        require(error.offset >= 0 and str(error.file) in str(error), "damage without a place")
        return found, False
    return found, True


def _check_import(case: Case) -> str:
    """Check an import: everything stored can be read, and a second import adds nothing."""
    with tempfile.TemporaryDirectory() as folder:
        home, file = Home(Path(folder) / "home"), Path(folder) / "crawl.warc.gz"
        file.write_bytes(case.body)
        stored = _import(home, file)
        again = _import(home, file)
        require(again == 0, f"imported twice: {again} captures")
        captures = [one for warc in warc_files(home) for one in read_captures(warc)]
        require(len(captures) == stored, f"reported count: {stored} of {len(captures)}")
        ids = [one.capture.capture_id for one in captures]
        require(len(set(ids)) == len(ids), "repeated capture IDs")
        for one in captures:
            require(one.capture.captured_at <= _NOW.replace(day=2), f"future capture: {one.capture.captured_at}")
            require(PORTAL.scope.covers(one.capture.url), "capture out of scope")
    return "imported" if captures else "nothing"


def _import(home: Home, file: Path) -> int:
    done = list(import_warcs(home, [PORTAL], [file], "fuzz", _NOW, least_free_bytes=0))
    require(done, "import without an outcome")
    return sum(report.captures for one in done for report in one.reports.values())


TARGETS: Final = (
    byte_target("archive", _own, _check_archive, _WORDS, lines=False),
    byte_target("imports", foreign_warcs, _check_import, _WORDS),
)
