"""Two processes on one archive: neither deletes the other's new files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from spiders.extract.stage import extraction
from spiders.portal import Portal
from tests.spiders.extract.staging import extract, my_duc, write_crawl
from warehouse.archive.files import index_file, observations_file, report_file
from warehouse.archive.index import build
from warehouse.archive.index.build import update_index
from warehouse.archive.index.recovery import recover_parts
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.archive.upkeep.verify import verify_archive
from warehouse.archive.warc.reader import read_captures
from warehouse.datasets import ARTICLES
from warehouse.executors import LocalProcesses
from warehouse.home import Home
from warehouse.stages import Stage, Unit, UnitResult, bring_up_to_date
from warehouse.storage import FolderStorage, StoredFile


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def portal() -> Portal:
    return my_duc()


def test_a_slow_extraction_keeps_the_files_of_a_faster_one(home: Home, portal: Portal) -> None:
    write_crawl(home, portal, "my-duc-1")

    class Slow(LocalProcesses):
        def map(self, stage: Stage, units: Iterable[Unit]) -> Iterator[UnitResult]:
            yield from super().map(stage, units)
            # Meanwhile a crawl and another build finish.
            write_crawl(home, portal, "my-duc-2")
            extract(home, {"my-duc": portal})

    bring_up_to_date(extraction({"my-duc": portal}), home.storage, Slow())
    assert [stored.name for stored in home.storage.list(ARTICLES.name)] == ["my-duc-1.parquet", "my-duc-2.parquet"]


def test_an_index_that_was_made_meanwhile_is_kept(
    home: Home,
    portal: Portal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_crawl(home, portal, "my-duc-1")
    later: list[StoredFile] = []

    def while_a_crawl_ends(*arguments: object) -> object:
        found = recover_parts(*arguments)  # type: ignore[arg-type]
        if not later:
            later.append(write_crawl(home, portal, "my-duc-2"))
            build.index_warc(home, later[0])
        return found

    monkeypatch.setattr("warehouse.archive.index.build.recover_parts", while_a_crawl_ends)
    update_index(home)
    (warc,) = later
    assert all(made(home, warc).exists() for made in (index_file, observations_file, report_file))


def test_unknown_files_in_the_archives_folders_are_kept(home: Home, portal: Portal) -> None:
    warc = write_crawl(home, portal, "my-duc-1")
    folder = home.warc / "my-duc"
    others = [folder / "notes#2024", folder / "copy.warc.gz#1", home.root / "archive/crawls/readme.json"]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(warc.read())
    update_index(home)
    update_index(home)
    assert all(path.exists() for path in others)


def test_a_killed_recovery_leaves_no_index_of_the_damaged_file(
    home: Home,
    portal: Portal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    warc = write_crawl(home, portal, "my-duc-1", articles=3)
    update_index(home)
    data = bytearray(warc.read())
    data[[stored.capture.warc_offset for stored in read_captures(warc)][1] + 60] ^= 0xFF
    warc.put(bytes(data))
    adopt = FolderStorage.adopt

    def adopt_and_die(storage: FolderStorage, key: str, file: Path) -> None:
        adopt(storage, key, file)
        if key == warc.key:
            raise KeyboardInterrupt

    monkeypatch.setattr(FolderStorage, "adopt", adopt_and_die)
    with pytest.raises(KeyboardInterrupt):
        recover_warc(home, warc)
    monkeypatch.undo()
    assert update_index(home).indexed == (warc,)
    assert verify_archive(home).is_whole
