"""Stages: making, remaking and deleting outputs, and failures, with small stages as examples."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pytest

from tests.archived import flipped, rows_of
from warehouse import executors as module
from warehouse.archive.files import warc_files
from warehouse.datasets import Dataset
from warehouse.executors import KilledProcessError, LocalProcesses
from warehouse.home import Home
from warehouse.parquet import parquet_bytes
from warehouse.records import Int32
from warehouse.stages import (
    DamagedFileError,
    DamagedInputError,
    Stage,
    StageReport,
    Unit,
    UnitResult,
    bring_up_to_date,
    chained,
    damaged_outputs,
    folder_of,
    with_counts,
)
from warehouse.storage import REGISTER_KEY, FolderStorage, MemoryStorage, Register, Storage, StoredFile, UnwritableError
from warehouse.storage import folder as folder_module

FIRST, SECOND, THIRD = "my-duc/my-duc-1", "my-duc/my-duc-2", "ba-vi/ba-vi-1"
HERE = LocalProcesses(1)


class UnreadableError(DamagedInputError):
    """A damaged input of a test stage."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.file = file


@dataclass(frozen=True, slots=True)
class Line:
    unit: str
    number: Int32
    text: str


@dataclass(frozen=True, slots=True)
class LongerLine:
    unit: str
    number: Int32
    text: str
    length: int


@dataclass(frozen=True, slots=True)
class Length:
    text: str
    length: int


LINES = Dataset("lines", Line, "The lines of a file, one row each.")
ODD_LINES = Dataset("odd_lines", Line, "Every second line of a file, one row each.")
LENGTHS = Dataset("lengths", Length, "The lengths of lines, one row each.")


def split(unit: Unit) -> Mapping[str, pa.Table]:
    """Split a file into lines; its first word can make it damaged, provisional, or kill the process."""
    content = unit.warc.read().decode()
    if content.startswith("damaged"):
        raise UnreadableError(str(unit.warc))
    if content.startswith("killed"):
        os.kill(os.getpid(), signal.SIGKILL)
    lines = [Line(unit.name, number, text) for number, text in enumerate(content.splitlines())]
    blank = sum(line.text == "" for line in lines)
    is_final = not content.startswith("provisional")
    return {
        "lines": with_counts(LINES.table(lines), is_final=is_final, blank=blank, process=os.getpid()),
        "odd_lines": with_counts(ODD_LINES.table(lines[1::2]), blank=100),
    }


def split_longer(unit: Unit) -> Mapping[str, pa.Table]:
    tables = split(unit)
    lines = (LongerLine(**row, length=len(row["text"])) for row in tables["lines"].to_pylist())
    return {**tables, "lines": replace(LINES, record=LongerLine).table(lines)}


def texts_of(table: pa.Table) -> list[str]:
    return [row["text"] for row in table.to_pylist()]


def measure(unit: Unit) -> Mapping[str, pa.Table]:
    texts = texts_of(unit.read(LINES))
    return {"lengths": LENGTHS.table(Length(text, len(text)) for text in texts)}


def measure_both(unit: Unit) -> Mapping[str, pa.Table]:
    texts = [text for dataset in (LINES, ODD_LINES) for text in texts_of(unit.read(dataset))]
    return {"lengths": LENGTHS.table(Length(text, len(text)) for text in texts)}


SPLIT = Stage("split", "1-a", (), (LINES, ODD_LINES), split)
MEASURE = Stage("measure", "7", (LINES,), (LENGTHS,), measure)


@pytest.fixture(params=["folder", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """Return a storage with three small files."""
    made: Storage = MemoryStorage() if request.param == "memory" else FolderStorage(tmp_path / "home")
    fill(made)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> FolderStorage:
    made = FolderStorage(tmp_path / "home")
    fill(made)
    return made


def fill(storage: Storage) -> None:
    for unit, content in ((FIRST, "a\n\nb\n"), (SECOND, "c\nd\n"), (THIRD, "e\n")):
        write(storage, unit, content)


def write(storage: Storage, unit: str, content: str) -> None:
    storage.put(f"archive/warc/{unit}.warc.gz", content.encode())


def remove(storage: Storage, unit: str) -> None:
    storage.delete(f"archive/warc/{unit}.warc.gz")


def run(storage: Storage, stage: Stage = SPLIT) -> StageReport:
    return bring_up_to_date(stage, storage, HERE)


def made(report: StageReport) -> set[str]:
    """Return the units that were made, and check that none was made twice."""
    names = [result.unit.name for result in report.units]
    assert len(names) == len(set(names))
    return set(names)


def keys(storage: Storage, *folders: str) -> list[str]:
    return [stored.key for folder in folders for stored in storage.list(folder)]


def contents(storage: Storage, *folders: str) -> dict[str, bytes]:
    return {key: storage.read(key) for key in keys(storage, *folders)}


def texts(storage: Storage, key: str) -> list[str]:
    return texts_of(rows_of(StoredFile(storage, key)))


# Making


def test_outputs_are_named_by_unit_and_version(storage: Storage) -> None:
    report = run(storage)
    assert made(report) == {FIRST, SECOND, THIRD}
    assert keys(storage, "lines", "odd_lines") == [
        f"{dataset}/1-a/{unit}.parquet" for dataset in ("lines", "odd_lines") for unit in sorted((FIRST, SECOND, THIRD))
    ]
    table = rows_of(StoredFile(storage, f"lines/1-a/{FIRST}.parquet"))
    assert table.schema.equals(LINES.schema)
    assert table.to_pylist() == [{"unit": FIRST, "number": n, "text": text} for n, text in enumerate(("a", "", "b"))]
    assert texts(storage, f"odd_lines/1-a/{SECOND}.parquet") == ["d"]
    assert texts(storage, f"odd_lines/1-a/{THIRD}.parquet") == []


def test_the_properties_of_a_unit(storage: Storage) -> None:
    units = {result.unit.name: result.unit for result in run(storage).units}
    assert units[THIRD].portal == "ba-vi"
    assert units[THIRD].warc == StoredFile(storage, f"archive/warc/{THIRD}.warc.gz")
    assert units[FIRST].size_bytes == len("a\n\nb\n")
    assert len({unit.fingerprint for unit in units.values()}) == 3


def test_counts_and_rows_add_up_over_the_units_that_were_made(storage: Storage) -> None:
    results: list[UnitResult] = []
    report = bring_up_to_date(SPLIT, storage, HERE, results.append)
    assert (report.stage, report.unchanged, report.damaged) == ("split", 0, ())
    assert (report.rows(LINES), report.rows(ODD_LINES)) == (6, 2)
    assert (report.count("blank"), report.count("nobody counted this")) == (301, 0)
    assert tuple(results) == report.units
    write(storage, SECOND, "\n\n\n")
    report = run(storage)
    assert (report.rows(LINES), report.count("blank"), report.unchanged) == (3, 103, 2)
    assert dict(report.units[0].rows) == {"lines": 3, "odd_lines": 1}


def test_an_empty_storage_has_no_units() -> None:
    report = run(MemoryStorage())
    assert (report.units, report.unchanged, report.damaged) == ((), 0, ())


def test_files_at_other_levels_are_no_units(folder: FolderStorage) -> None:
    for key in ("archive/warc/x.warc.gz", "archive/warc/my-duc/old/x.warc.gz"):
        folder.put(key, b"x")
    assert made(run(folder)) == {FIRST, SECOND, THIRD}
    for key in ("lines/x.parquet", f"lines/1-a/old/{FIRST}.parquet"):
        folder.put(key, b"x")
    assert made(run(folder, MEASURE)) == {FIRST, SECOND, THIRD}
    # As in the archive's own listing.
    assert {f"{warc.folder}/{warc.name}" for warc in warc_files(Home(folder.root))} == {
        f"{unit}.warc.gz" for unit in (FIRST, SECOND, THIRD)
    }


# Remaking


def test_a_second_run_makes_nothing(storage: Storage) -> None:
    run(storage)
    before = contents(storage, "lines", "odd_lines")
    marks = [stored.mark for stored in storage.list("lines")]
    report = run(storage)
    assert (report.units, report.unchanged) == ((), 3)
    assert contents(storage, "lines", "odd_lines") == before
    assert [stored.mark for stored in storage.list("lines")] == marks


def test_remade_files_have_the_same_bytes(storage: Storage) -> None:
    run(storage)
    before = contents(storage, "lines", "odd_lines")
    for key in before:
        storage.delete(key)
    run(storage)
    assert contents(storage, "lines", "odd_lines") == before


def test_a_rewritten_file_with_the_same_content_is_unchanged(storage: Storage) -> None:
    run(storage)
    for key, content in contents(storage, "archive").items():
        storage.put(key, content)
    assert run(storage).unchanged == 3


def test_only_a_file_of_another_size_is_read_again(storage: Storage) -> None:
    run(storage)
    before = contents(storage, "lines")
    write(storage, FIRST, "a\n")
    assert made(run(storage)) == {FIRST}
    after = contents(storage, "lines")
    assert {key for key in after if after[key] != before[key]} == {f"lines/1-a/{FIRST}.parquet"}
    assert run(storage).unchanged == 3


def test_only_a_new_file_is_read(storage: Storage) -> None:
    run(storage)
    write(storage, "my-duc/my-duc-3", "f\n")
    report = run(storage)
    assert (made(report), report.unchanged) == ({"my-duc/my-duc-3"}, 3)


def test_a_changed_dependency_remakes_its_units(storage: Storage) -> None:
    of_portals = {"my-duc": "x", "ba-vi": "y"}
    stage = replace(SPLIT, depends_on=lambda unit: of_portals[unit.portal])
    run(storage, stage)
    assert run(storage, stage).unchanged == 3
    of_portals["my-duc"] = "z"
    report = run(storage, stage)
    assert (made(report), report.unchanged) == ({FIRST, SECOND}, 1)
    assert run(storage, stage).unchanged == 3


@pytest.mark.parametrize("missing", [f"lines/1-a/{FIRST}.parquet", f"odd_lines/1-a/{FIRST}.parquet"])
def test_a_missing_output_remakes_its_unit(storage: Storage, missing: str) -> None:
    run(storage)
    before = contents(storage, "lines", "odd_lines")
    storage.delete(missing)
    report = run(storage)
    assert (made(report), report.unchanged) == ({FIRST}, 2)
    assert contents(storage, "lines", "odd_lines") == before


def test_a_new_column_remakes_all_units(storage: Storage) -> None:
    run(storage)
    longer = replace(LINES, record=LongerLine)
    stage = replace(SPLIT, outputs=(longer, ODD_LINES), run=split_longer)
    assert made(run(storage, stage)) == {FIRST, SECOND, THIRD}
    table = rows_of(StoredFile(storage, f"lines/1-a/{FIRST}.parquet"))
    assert table.schema.equals(longer.schema)
    assert table["length"].to_pylist() == [1, 0, 1]
    assert run(storage, stage).unchanged == 3


def test_provisional_outputs_are_remade_until_they_are_final(storage: Storage) -> None:
    write(storage, FIRST, "provisional\nx\n")
    run(storage)
    for _ in range(2):
        report = run(storage)
        assert (made(report), report.unchanged) == ({FIRST}, 2)
    assert texts(storage, f"lines/1-a/{FIRST}.parquet") == ["provisional", "x"]
    write(storage, FIRST, "final\n")
    assert made(run(storage)) == {FIRST}
    assert run(storage).unchanged == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: b"PAR1",
        lambda _: b"<html>no Parquet file</html>" * 100,
        lambda whole: whole[:-1],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-200] + bytes(200),
        lambda whole: whole + b"?",
    ],
    ids=["empty", "PAR1", "html", "one byte less", "half", "zeros", "one byte more"],
)
@pytest.mark.parametrize("dataset", ["lines", "odd_lines"])
def test_a_damaged_output_is_remade(storage: Storage, dataset: str, damage: Callable[[bytes], bytes]) -> None:
    run(storage)
    before = contents(storage, "lines", "odd_lines")
    key = f"{dataset}/1-a/{FIRST}.parquet"
    storage.put(key, damage(before[key]))
    assert made(run(storage)) == {FIRST}
    assert contents(storage, "lines", "odd_lines") == before


# Deleting


def test_outputs_without_an_input_are_deleted(storage: Storage) -> None:
    run(storage)
    remove(storage, FIRST)
    report = run(storage)
    assert (report.units, report.unchanged) == ((), 2)
    assert keys(storage, "lines", "odd_lines") == [
        f"{dataset}/1-a/{unit}.parquet" for dataset in ("lines", "odd_lines") for unit in (THIRD, SECOND)
    ]


@pytest.mark.parametrize("version", ["1-b", "1", "1-aa"])
def test_a_new_version_remakes_all_and_then_deletes_the_old_files(storage: Storage, version: str) -> None:
    run(storage)
    old = contents(storage, "lines/1-a", "odd_lines/1-a")
    assert len(old) == 6
    kept: list[bool] = []
    new = replace(SPLIT, version=version)
    report = bring_up_to_date(
        new, storage, HERE, lambda _: kept.append(contents(storage, "lines/1-a", "odd_lines/1-a") == old)
    )
    assert made(report) == {FIRST, SECOND, THIRD}
    assert kept == [True] * 3
    assert {key.split("/")[1] for key in keys(storage, "lines", "odd_lines")} == {version}
    assert len(keys(storage, "lines", "odd_lines")) == 6


def test_all_other_versions_are_deleted_and_other_datasets_kept(folder: FolderStorage) -> None:
    run(folder)
    for key in ("lines/0/my-duc/x.parquet", "lines/2/.hidden", "odd_lines/0/a.txt"):
        (folder.root / key).parent.mkdir(parents=True, exist_ok=True)
        (folder.root / key).write_bytes(b"x")
    folder.put("lines/2/my-duc/x.parquet", b"x")
    folder.put("lines_of_others/0/my-duc/x.parquet", b"x")
    run(folder)
    assert sorted(path.name for path in (folder.root / "lines").iterdir()) == ["1-a"]
    assert sorted(path.name for path in (folder.root / "odd_lines").iterdir()) == ["1-a"]
    assert keys(folder, "lines_of_others") == ["lines_of_others/0/my-duc/x.parquet"]


def test_a_failed_run_keeps_the_old_versions_files(storage: Storage) -> None:
    run(storage)
    old = contents(storage, "lines", "odd_lines")

    def fail_late(unit: Unit) -> Mapping[str, pa.Table]:
        if unit.name == SECOND:
            raise RuntimeError("a fault of the stage")
        return split(unit)

    new = replace(SPLIT, version="2")
    with pytest.raises(RuntimeError, match="a fault of the stage"):
        run(storage, replace(new, run=fail_late))
    assert contents(storage, "lines/1-a", "odd_lines/1-a") == old
    assert keys(storage, "lines/2") == [f"lines/2/{THIRD}.parquet"]  # the smallest unit comes first
    report = run(storage, new)
    assert (made(report), report.unchanged) == ({FIRST, SECOND}, 1)
    assert keys(storage, "lines/1-a", "odd_lines/1-a") == []


# Errors


@pytest.mark.parametrize("was_whole", [True, False])
def test_a_damaged_input_affects_only_its_unit(storage: Storage, was_whole: bool) -> None:
    if was_whole:
        run(storage)
    before = contents(storage, "lines", "odd_lines")
    write(storage, FIRST, "damaged, and longer than before\n")
    write(storage, SECOND, "newer\n")
    results: list[UnitResult] = []
    for is_first_run in (True, False):  # each run tries it
        report = bring_up_to_date(SPLIT, storage, HERE, results.append)
        assert [error.file for error in report.damaged] == [storage.location(f"archive/warc/{FIRST}.warc.gz")]
        assert report.rows(LINES) == sum(result.rows["lines"] for result in report.units)
        others = {SECOND} if was_whole else {SECOND, THIRD}
        assert made(report) == (others if is_first_run else set())
        assert report.unchanged == 2 - len(report.units)
    assert FIRST not in {result.unit.name for result in results}
    for key in (f"lines/1-a/{FIRST}.parquet", f"odd_lines/1-a/{FIRST}.parquet"):
        assert contents(storage, "lines", "odd_lines").get(key) == before.get(key)
    assert texts(storage, f"lines/1-a/{SECOND}.parquet") == ["newer"]
    write(storage, FIRST, "repaired\n")
    assert (made(run(storage)), run(storage).damaged) == ({FIRST}, ())


def test_an_error_in_depends_on_is_a_damaged_input(storage: Storage) -> None:
    run(storage)
    before = contents(storage, "lines", "odd_lines")

    def depends_on(unit: Unit) -> str:
        if unit.name == FIRST:
            raise UnreadableError(str(unit.warc))
        return "x"

    report = run(storage, replace(SPLIT, depends_on=depends_on))
    assert made(report) == {SECOND, THIRD}
    assert [error.file for error in report.damaged] == [storage.location(f"archive/warc/{FIRST}.warc.gz")]
    after = contents(storage, "lines", "odd_lines")
    assert {key for key in after if after[key] == before[key]} == {
        f"lines/1-a/{FIRST}.parquet",
        f"odd_lines/1-a/{FIRST}.parquet",
    }


def test_a_full_disk_is_reported_and_keeps_old_files(folder: FolderStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder)
    before = contents(folder, "lines", "odd_lines")
    write(folder, FIRST, "other\nlines\n")
    put = FolderStorage._put

    def fill_up(storage: FolderStorage, key: str, data: bytes | memoryview) -> None:
        if key.startswith("odd_lines"):
            raise OSError(28, "No space left on device")
        put(storage, key, data)

    monkeypatch.setattr(FolderStorage, "_put", fill_up)
    with pytest.raises(UnwritableError, match=f"odd_lines/1-a/{FIRST}"):
        run(folder)
    monkeypatch.undo()
    assert folder.read(f"odd_lines/1-a/{FIRST}.parquet") == before[f"odd_lines/1-a/{FIRST}.parquet"]
    # Only one of two outputs was written: the unit is not done.
    assert made(run(folder)) == {FIRST}
    assert texts(folder, f"odd_lines/1-a/{FIRST}.parquet") == ["lines"]


def test_a_null_in_a_non_nullable_column_is_never_written(storage: Storage) -> None:
    run(storage)
    before = contents(storage, "lines", "odd_lines")

    def without_text(unit: Unit) -> Mapping[str, pa.Table]:
        table = split(unit)["lines"]
        nulls = pa.nulls(table.num_rows, pa.string())
        schema = pa.schema([field.with_nullable(True) for field in LINES.schema])
        return {"lines": pa.table([table["unit"], table["number"], nulls], schema=schema)}

    write(storage, FIRST, "more\nlines\n")
    with pytest.raises((pa.ArrowInvalid, ValueError), match="text"):
        run(storage, replace(SPLIT, run=without_text))
    assert contents(storage, "lines", "odd_lines") == before


# Stages that read other stages' outputs


def test_a_chain_of_stages_follows_its_first_one(storage: Storage) -> None:
    for stage in (SPLIT, MEASURE):
        assert made(run(storage, stage)) == {FIRST, SECOND, THIRD}
    assert keys(storage, "lengths") == [f"lengths/7/{unit}.parquet" for unit in sorted((FIRST, SECOND, THIRD))]
    assert rows_of(StoredFile(storage, f"lengths/7/{FIRST}.parquet"))["length"].to_pylist() == [1, 0, 1]
    assert [run(storage, stage).unchanged for stage in (SPLIT, MEASURE)] == [3, 3]
    write(storage, FIRST, "long lines\nalone\n")
    assert [made(run(storage, stage)) for stage in (SPLIT, MEASURE)] == [{FIRST}, {FIRST}]
    assert rows_of(StoredFile(storage, f"lengths/7/{FIRST}.parquet"))["length"].to_pylist() == [10, 5]
    remove(storage, SECOND)
    assert [made(run(storage, stage)) for stage in (SPLIT, MEASURE)] == [set(), set()]
    assert keys(storage, "lengths") == [f"lengths/7/{unit}.parquet" for unit in sorted((FIRST, THIRD))]
    new = replace(SPLIT, version="2")
    assert [made(run(storage, stage)) for stage in (new, MEASURE)] == [{FIRST, THIRD}] * 2


def test_a_later_stages_unit_reads_the_files_of_one_crawl(storage: Storage) -> None:
    run(storage)
    (unit,) = (result.unit for result in run(storage, MEASURE).units if result.unit.name == FIRST)
    file = StoredFile(storage, f"lines/1-a/{FIRST}.parquet")
    assert dict(unit.inputs) == {"lines": file}
    assert unit.size_bytes == file.size_bytes


def test_a_stage_of_two_inputs_has_the_units_that_have_both(storage: Storage) -> None:
    stage = Stage("measure both", "1", (LINES, ODD_LINES), (LENGTHS,), measure_both)
    run(storage)
    storage.delete(f"odd_lines/1-a/{SECOND}.parquet")
    assert made(run(storage, stage)) == {FIRST, THIRD}
    assert rows_of(StoredFile(storage, f"lengths/1/{FIRST}.parquet"))["length"].to_pylist() == [1, 0, 1, 0]
    run(storage)
    # The first stage remade the deleted file.
    assert made(run(storage, stage)) == {SECOND}
    assert run(storage, stage).unchanged == 3


@pytest.mark.parametrize("dataset", ["lines", "odd_lines"])
def test_a_stage_follows_each_of_two_inputs(storage: Storage, dataset: str) -> None:
    stage = Stage("measure both", "1", (LINES, ODD_LINES), (LENGTHS,), measure_both)
    run(storage)
    run(storage, stage)
    line = Line(FIRST, 0, "alone")
    storage.put(f"{dataset}/1-a/{FIRST}.parquet", parquet_bytes(LINES.table([line])))
    assert made(run(storage, stage)) == {FIRST}
    assert "alone" in texts(storage, f"lengths/1/{FIRST}.parquet")


def test_an_input_in_two_versions_is_refused(storage: Storage) -> None:
    run(storage)
    run(storage, MEASURE)
    before = contents(storage, "lengths")
    storage.put(f"lines/0/{FIRST}.parquet", storage.read(f"lines/1-a/{FIRST}.parquet"))
    with pytest.raises(DamagedFileError, match=r"lines: holds the versions 0, 1-a, .* Run `hanoi-corpus build`"):
        run(storage, MEASURE)
    assert contents(storage, "lengths") == before
    run(storage)
    assert run(storage, MEASURE).unchanged == 3


def test_an_unreadable_input_affects_only_its_unit(storage: Storage) -> None:
    run(storage)
    key = f"lines/1-a/{FIRST}.parquet"
    storage.put(key, storage.read(key)[:-30])
    report = run(storage, MEASURE)
    [error] = report.damaged
    assert error.file == storage.location(key)
    assert str(error).startswith(f"{storage.location(key)}: cannot be read as a file of lines: ")
    assert str(error).endswith("`hanoi-corpus build` remakes it from the archive.")
    assert len(report.units) == 2


def test_any_flipped_bit_of_an_output_is_noticed_and_the_output_is_remade(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    run(storage)
    before = contents(storage, "lines", "odd_lines")
    key = f"lines/1-a/{FIRST}.parquet"
    for bit in random.Random(13).sample(range(8 * len(before[key])), 100):  # noqa: S311 - not for secrets
        storage.put(key, flipped(before[key], bit))
        assert made(run(storage)) == {FIRST}
        assert contents(storage, "lines", "odd_lines") == before
    assert caplog.text.count(f"{storage.location(key)}: damaged: ") > 90, "the rest were taken for old files"


# In worker processes


@dataclass(frozen=True, slots=True)
class DyingStorage(FolderStorage):
    """A folder storage that kills the process once, in the middle of putting one key."""

    def _put(self, key: str, data: bytes | memoryview) -> None:
        mark = self.root / "died"
        if key.endswith(f"{SECOND}.parquet") and not mark.exists():
            mark.touch()
            path = self._path(key)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(f".{path.name}.{os.getpid()}-00000000.tmp").write_bytes(bytes(data)[:100])
            os.kill(os.getpid(), signal.SIGKILL)
        FolderStorage._put(self, key, data)


@pytest.fixture
def no_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TRIAL_SECONDS", 0.0)


@pytest.mark.usefixtures("no_trial")
def test_worker_processes_make_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for workers in (1, 2):
        storage = FolderStorage(tmp_path / str(workers))
        fill(storage)
        for number in range(4):
            write(storage, f"ba-vi/ba-vi-2{number}", "a line of some length\n" * (number + 4) * 1200)
        report = bring_up_to_date(SPLIT, storage, LocalProcesses(workers))
        assert len(made(report)) == 7
        processes = {result.counts["process"] for result in report.units}
        assert (processes == {os.getpid()}) is (workers == 1)
        assert os.getpid() not in processes or workers == 1
        assert report.rows(LINES) == 6 + 1200 * (4 + 5 + 6 + 7)
        assert report.count("blank") == 701
        found.append(contents(storage, "lines", "odd_lines"))
        assert bring_up_to_date(SPLIT, storage, LocalProcesses(workers)).unchanged == 7
    assert found[0] == found[1]


def test_little_work_is_done_without_worker_processes(storage: Storage) -> None:
    report = bring_up_to_date(SPLIT, storage, LocalProcesses(8))
    assert {result.counts["process"] for result in report.units} == {os.getpid()}


@pytest.mark.usefixtures("no_trial")
def test_damage_in_a_worker_process_is_reported(folder: FolderStorage) -> None:
    write(folder, FIRST, "damaged\n")
    report = bring_up_to_date(SPLIT, folder, LocalProcesses(2))
    assert made(report) == {SECOND, THIRD}
    assert [(type(error), error.file) for error in report.damaged] == [
        (UnreadableError, folder.location(f"archive/warc/{FIRST}.warc.gz"))
    ]


@pytest.mark.usefixtures("no_trial")
@pytest.mark.slow
def test_a_unit_that_kills_its_process_is_named_and_the_others_are_made(folder: FolderStorage) -> None:
    write(folder, SECOND, "killed\n")
    report = bring_up_to_date(SPLIT, folder, LocalProcesses(2))
    assert made(report) == {FIRST, THIRD}
    (error,) = report.damaged
    assert (type(error), error.file) == (KilledProcessError, folder.location(f"archive/warc/{SECOND}.warc.gz"))
    assert error.file in str(error)
    write(folder, SECOND, "c\nd\n")
    again = bring_up_to_date(SPLIT, folder, LocalProcesses(2))
    assert (made(again), again.unchanged, again.damaged) == ({SECOND}, 2, ())


@pytest.mark.usefixtures("no_trial")
def test_a_worker_killed_while_writing_leaves_no_partial_file(folder: FolderStorage) -> None:
    run(folder)
    whole = contents(folder, "lines", "odd_lines")
    for dataset in ("lines", "odd_lines"):
        folder.delete_folder(dataset)
    dying = DyingStorage(folder.root)
    report = bring_up_to_date(SPLIT, dying, LocalProcesses(2))
    assert (folder.root / "died").exists()
    assert made(report) == {FIRST, SECOND, THIRD}  # a process that dies once is replaced
    assert report.damaged == ()
    assert contents(folder, "lines", "odd_lines") == whole


# Chains


def test_a_version_is_followed_by_those_of_its_inputs() -> None:
    first, second = chained((SPLIT, MEASURE))
    assert first == SPLIT
    assert second == replace(MEASURE, version=f"{MEASURE.version}.{SPLIT.version}")
    assert chained(()) == ()


def test_a_new_version_outdates_the_outputs_of_later_stages(folder: FolderStorage) -> None:
    run(folder)
    run(folder, chained((SPLIT, MEASURE))[1])
    newer = replace(SPLIT, version="2")
    run(folder, newer)
    assert keys(folder, folder_of(LENGTHS, chained((newer, MEASURE))[1])) == []


def test_two_stages_with_the_same_output_are_refused() -> None:
    other = Stage("split again", "1", (), (ODD_LINES,), split)
    with pytest.raises(ValueError, match="stages split and split again both make odd_lines"):
        chained((SPLIT, other))


@pytest.mark.parametrize("stages", [(MEASURE,), (MEASURE, SPLIT)])
def test_a_stage_whose_input_no_stage_before_makes_is_refused(stages: tuple[Stage, ...]) -> None:
    with pytest.raises(ValueError, match="stage measure reads lines, which no stage before it makes"):
        chained(stages)


# Not reading again


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the keys of the Parquet files that were opened, in a file system with fine times."""
    monkeypatch.setattr(folder_module, "_COARSEST_STEP_NS", 20_000_000)
    found: list[str] = []
    read, open_ = FolderStorage._read, FolderStorage._open

    def reading(self: FolderStorage, key: str) -> bytes:
        found.append(key)
        return read(self, key)

    def opening(self: FolderStorage, key: str, begin: int) -> BinaryIO:
        found.append(key)
        return open_(self, key, begin)

    monkeypatch.setattr(FolderStorage, "_read", reading)
    monkeypatch.setattr(FolderStorage, "_open", opening)
    return found


def run_both(storage: Storage) -> None:
    for stage in chained((SPLIT, MEASURE)):
        run(storage, stage)
        time.sleep(0.1)


def parquet_files(opened: list[str]) -> set[str]:
    found = {key for key in opened if key.endswith(".parquet")}
    opened.clear()
    return found


def test_files_that_are_as_they_were_left_are_not_read_again(folder: FolderStorage, opened: list[str]) -> None:
    run_both(folder)
    run_both(folder)
    opened.clear()
    run_both(folder)
    assert parquet_files(opened) == set()
    write(folder, FIRST, "a\n")
    run_both(folder)
    assert {Path(key).stem for key in parquet_files(opened)} == {Path(FIRST).name}


@pytest.mark.parametrize("sets_back_its_time", [True, False])
def test_a_bit_that_a_program_flipped_is_found(
    folder: FolderStorage, opened: list[str], sets_back_its_time: bool
) -> None:
    run_both(folder)
    run_both(folder)
    before = contents(folder, "lines", "odd_lines", "lengths")
    path = folder.root / f"odd_lines/1-a/{FIRST}.parquet"
    times = path.stat()
    path.write_bytes(flipped(path.read_bytes(), 333))
    if sets_back_its_time:
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert made(run(folder)) == {FIRST}
    assert contents(folder, "lines", "odd_lines", "lengths") == before


def test_what_decayed_unseen_is_found_by_reading_everything(folder: FolderStorage, opened: list[str]) -> None:
    run_both(folder)
    run_both(folder)
    key = f"odd_lines/1-a/{FIRST}.parquet"
    whole = folder.read(key)
    register = Register(folder)
    (folder.root / key).write_bytes(flipped(whole, 333))
    time.sleep(0.1)
    decayed = folder.find(key)
    assert decayed is not None
    # As if nobody had written it: the register knows the damaged file as it is.
    sound = dict(line.split("\t")[::2] for line in folder.read(REGISTER_KEY).decode().splitlines()[1:])
    register.note(decayed, sound[key])
    register.write()
    assert run(folder).unchanged == 3
    assert damaged_outputs(SPLIT, folder) == [
        f"{folder.root / key}: damaged: the content does not match the checksum of the file"
    ]
    assert made(run(folder)) == {FIRST}
    assert folder.read(key) == whole
    assert damaged_outputs(SPLIT, folder) == []


def test_a_file_that_changed_between_making_and_noting_is_read(folder: FolderStorage, opened: list[str]) -> None:
    path = folder.root / f"lines/1-a/{FIRST}.parquet"

    def damage(result: UnitResult) -> None:
        if result.unit.name == FIRST:
            time.sleep(0.05)
            path.write_bytes(flipped(path.read_bytes(), 333))
            time.sleep(0.05)

    bring_up_to_date(SPLIT, folder, HERE, damage)
    assert made(run(folder)) == {FIRST}


def test_provisional_outputs_are_remade_although_they_are_known(folder: FolderStorage, opened: list[str]) -> None:
    write(folder, FIRST, "provisional\nx\n")
    for _ in range(3):
        assert FIRST in made(run(folder))
        time.sleep(0.1)


def test_a_lost_register_costs_time_alone(folder: FolderStorage, opened: list[str]) -> None:
    run_both(folder)
    run_both(folder)
    folder.put(REGISTER_KEY, b"no register")
    opened.clear()
    assert run(folder).unchanged == 3
    assert len(parquet_files(opened)) == 6
