"""Archive, index and datasets in a storage that is not a folder: none of their files are on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiders.portal import Portal
from tests.spiders.extract.staging import extract, identify, my_duc, write_crawl
from warehouse.archive.files import warc_files
from warehouse.archive.index.build import update_index
from warehouse.archive.index.newest import first_captures
from warehouse.archive.index.reports import crawl_reports
from warehouse.archive.state.queries import open_state
from warehouse.archive.upkeep.backup import backup, open_store
from warehouse.archive.upkeep.export import export
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.upkeep.verify import verify_archive
from warehouse.archive.warc.reader import read_captures
from warehouse.datasets import ARTICLES
from warehouse.derive.identity import IDENTIFICATION
from warehouse.home import Home
from warehouse.stages import Stage
from warehouse.storage import MemoryStorage
from warehouse.tables import load, lock


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home with a storage in memory."""
    memory = MemoryStorage()
    monkeypatch.setattr(Home, "storage", property(lambda _: memory))
    return Home(tmp_path / "home")


@pytest.fixture
def portal() -> Portal:
    return my_duc()


def on_disk(home: Home) -> list[str]:
    """Return the files below the home, without locks and databases."""
    names = (path.relative_to(home.root).as_posix() for path in home.root.rglob("*") if path.is_file())
    return sorted(
        name
        for name in names
        if "lock" not in name and not name.endswith((".sqlite", ".sqlite.sha256", ".duckdb", ".wal"))
    )


def test_crawls_are_stored_indexed_extracted_and_loaded(home: Home, portal: Portal) -> None:
    warcs = [write_crawl(home, portal, f"my-duc-{number}", articles=number + 1) for number in range(2)]
    assert warc_files(home) == warcs
    assert str(warcs[0]) == "memory:///archive/warc/my-duc/my-duc-0.warc.gz"
    assert update_index(home).indexed == tuple(warcs)
    assert [report.crawl_id for report in crawl_reports(home, "my-duc")] == ["my-duc-1", "my-duc-0"]
    extracted, identified = extract(home, {"my-duc": portal}), identify(home)
    assert extracted.rows(ARTICLES) == 3
    stages = (Stage("extraction", _version(home), (), (ARTICLES,), lambda _unit: {}), IDENTIFICATION)
    with lock.hold(home, "test", 0):
        loads = load.load(home, stages, [])
    assert {name: done.rows for name, done in loads.items() if name != "raw.portals"} == {
        "raw.crawls": 2,
        "raw.captures": 5,
        "raw.articles": 3,
        "raw.identities": 3,
    }
    assert len(identified.units) == 2
    with open_state(home, "my-duc") as state:
        assert len(state.history()) == 2
    assert first_captures(home, "my-duc", 5) == []
    assert on_disk(home) == []


def test_the_archive_is_verified_backed_up_exported_and_recovered(home: Home, portal: Portal, tmp_path: Path) -> None:
    warc = write_crawl(home, portal, "my-duc-1", articles=3)
    update_index(home)
    assert verify_archive(home).findings == ()
    assert backup(home, open_store(str(tmp_path / "copies"), create=True)).copied == ["my-duc/my-duc-1.warc.gz"]
    now = next(iter(read_captures(warc))).capture.captured_at
    assert export(home, "my-duc", tmp_path / "out.warc.gz", None, None, now).captures == 4

    data = bytearray(warc.read())
    data[[stored.capture.warc_offset for stored in read_captures(warc)][1] + 60] ^= 0xFF
    warc.put(bytes(data))
    (found,) = verify_archive(home).findings
    assert (found.kind, found.file) == ("warc", warc.key)
    assert recover_warc(home, warc).captures == 3
    assert [finding.kind for finding in verify_archive(home).findings] == []
    assert home.storage.read(f"{warc.key}.damaged") == bytes(data)
    assert on_disk(home) == []


def _version(home: Home) -> str:
    """Return the extractor version of the articles."""
    (version,) = {stored.key.split("/")[1] for stored in home.storage.list("articles")}
    return version
