"""Stages: how datasets are derived from the archive and from one another, one file at a time; the one mechanism.

A stage is a versioned pure function of one unit: a WARC file, or the Parquet files of one crawl in the stage's input
datasets. It makes one Parquet file in each of its output datasets, `<dataset>/<version>/<portal>/<crawl_id>.parquet`,
which bears a fingerprint of all that it was made from. So a unit is made again when, and only when, that changes;
running a stage twice, or killing it half way, gives the same files. An executor maps a stage over units.
Here: the declaration, units, and bringing a stage's outputs up to date. Not here: who executes
(`warehouse.executors`), and what any stage does (`spiders.extract.stage`, `warehouse.derive`). What joins articles with
each other is no stage of one unit: its datasets are declared alike, and loaded alike.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.datasets import Dataset
from warehouse.home import WARC_FOLDER, WARC_SUFFIX
from warehouse.parquet import parquet_bytes
from warehouse.storage import LEFTOVER_AGE, Storage, Stored, StoredFile

_FINGERPRINT_KEY = b"hanoi_corpus.fingerprint"
_COUNT_KEY = b"hanoi_corpus.count."
_PROVISIONAL_KEY = b"hanoi_corpus.provisional"
_PARQUET_SUFFIX = ".parquet"


class DamagedInputError(Exception):
    """A unit's input that cannot be read whole; says which file, and the way out. It holds up its unit alone."""

    file: str


class DamagedFileError(Exception):
    """A derived file that cannot be read; the message names it and says what to do."""


@dataclass(frozen=True)
class Unit:
    """One file's worth of work.

    Attributes:
        name: `<portal>/<crawl_id>`, which names the WARC file and everything that is derived from it.
        inputs: the files to read: by the names of the stage's input datasets, or the WARC file as `warc`.
        mark: what tells the inputs from those that stood there before.
        size_bytes: of the inputs.
        fingerprint: a digest of all that the outputs are made from; they bear it.
    """

    name: str
    storage: Storage
    inputs: Mapping[str, StoredFile]
    mark: str = ""
    size_bytes: int = 0
    fingerprint: str = ""

    @property
    def portal(self) -> str:
        """The slug of the portal."""
        return self.name.partition("/")[0]

    @property
    def warc(self) -> StoredFile:
        """The WARC file, of a stage that reads the archive."""
        return self.inputs["warc"]

    def read(self, dataset: Dataset) -> pa.Table:
        """Return the rows of an input.

        Raises:
            DamagedFileError: the file cannot be read.
        """
        file = self.inputs[dataset.name]
        try:
            with file.open() as opened:
                return pq.ParquetFile(opened).read()
        except (pa.ArrowException, OSError) as error:
            raise DamagedFileError(
                f"{file}: cannot be read as a file of {dataset.name.replace('_', ' ')}: {error}. "
                "Delete it and run `hanoi-corpus build`: it is made again from the archive."
            ) from error


def _nothing_else(_unit: Unit) -> str:
    return ""


@dataclass(frozen=True)
class Stage:
    """A versioned pure function of one unit.

    Attributes:
        name: what it does, as a reader of a log calls it.
        version: names its outputs; raised when what it makes of the same inputs changes.
        inputs: datasets that it reads; empty where it reads WARC files.
        outputs: datasets that it makes, of each a table, which `run` returns by the dataset's name.
        run: the function; it may be sent to another process, and reads nothing but its unit.
        depends_on: returns a digest of whatever else the outputs of a unit depend on, such as a portal's definition.
    """

    name: str
    version: str
    inputs: tuple[Dataset, ...]
    outputs: tuple[Dataset, ...]
    run: Callable[[Unit], Mapping[str, pa.Table]]
    depends_on: Callable[[Unit], str] = _nothing_else


@dataclass(frozen=True)
class UnitResult:
    """What came of one unit.

    Attributes:
        rows: by dataset, how many were written.
        counts: what the stage counted besides.
        damage: why its inputs could not be read whole; then nothing was written.
    """

    unit: Unit
    rows: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    damage: DamagedInputError | None = None


@dataclass(frozen=True)
class StageReport:
    """What bringing a stage's outputs up to date did.

    Attributes:
        stage: its name.
        units: those that were made, as they came.
        unchanged: how many were as they should be.
        damaged: errors of the units that could not be read; their outputs are as they were.
    """

    stage: str
    units: tuple[UnitResult, ...]
    unchanged: int
    damaged: tuple[DamagedInputError, ...]

    def rows(self, dataset: Dataset) -> int:
        """Return how many rows of a dataset were written."""
        return sum(result.rows[dataset.name] for result in self.units)

    def count(self, name: str) -> int:
        """Return what the stage counted under a name, in the units that were made."""
        return sum(result.counts.get(name, 0) for result in self.units)


class Executor(Protocol):
    """Maps a stage over units, in whatever order."""

    def map(self, stage: Stage, units: Iterable[Unit]) -> Iterator[UnitResult]:
        """Make the outputs of each unit, and yield what came of it as soon as it is done."""


def bring_up_to_date(
    stage: Stage,
    storage: Storage,
    executor: Executor,
    on_unit: Callable[[UnitResult], None] | None = None,
) -> StageReport:
    """Make every unit's outputs that are missing or made from something else; remove those without a unit.

    Args:
        stage: what is to be made; its input datasets are up to date.
        storage: where inputs and outputs stand.
        executor: who makes them.
        on_unit: called with each unit's result as it is done.

    Raises:
        DamagedFileError: a derived file cannot be read.
        OSError: a file cannot be written.
    """
    units = units_of(stage, storage)
    present = {stored.key for dataset in stage.outputs for stored in storage.list(folder_of(dataset, stage))}
    todo: list[Unit] = []
    damaged: list[DamagedInputError] = []
    unchanged = 0
    for found in units:
        try:
            unit = replace(found, fingerprint=_fingerprint(stage, found))
        except DamagedInputError as error:
            damaged.append(error)
            continue
        outputs = [output_file(dataset, stage, unit) for dataset in stage.outputs]
        if all(file.key in present and _fingerprint_in(file) == unit.fingerprint for file in outputs):
            unchanged += 1
        else:
            todo.append(unit)
    made: list[UnitResult] = []
    for result in executor.map(stage, todo):
        if result.damage is not None:
            damaged.append(result.damage)
            continue
        made.append(result)
        if on_unit:
            on_unit(result)
    _remove_others(stage, storage)
    return StageReport(stage.name, tuple(made), unchanged, tuple(damaged))


def make(stage: Stage, unit: Unit) -> UnitResult:
    """Make and write the outputs of one unit: what an executor does with each.

    Raises:
        OSError: a file cannot be written; what stood there is as it was.
    """
    try:
        tables = stage.run(unit)
    except DamagedInputError as error:
        return UnitResult(unit, damage=error)
    counts: Counter[str] = Counter()
    rows: dict[str, int] = {}
    is_final = not any(_PROVISIONAL_KEY in (table.schema.metadata or {}) for table in tables.values())
    for dataset in stage.outputs:
        table = tables[dataset.name].cast(dataset.schema)  # which refuses nulls where none may be
        for key, value in (tables[dataset.name].schema.metadata or {}).items():
            if key.startswith(_COUNT_KEY):
                counts[key.removeprefix(_COUNT_KEY).decode()] += int(value)
        marked = table.replace_schema_metadata({_FINGERPRINT_KEY: unit.fingerprint.encode()} if is_final else {})
        output_file(dataset, stage, unit).put(parquet_bytes(marked))
        rows[dataset.name] = table.num_rows
    return UnitResult(unit, rows, counts)


def noted(table: pa.Table, *, is_final: bool = True, **counts: int) -> pa.Table:
    """Return a stage's table with what its run tells besides rows.

    Args:
        table: the rows.
        is_final: False where something that the unit refers to may come back: the next build makes it again.
        counts: what an operator is told, added up over the units.
    """
    notes = {_COUNT_KEY + name.encode(): str(count).encode() for name, count in counts.items()}
    if not is_final:
        notes[_PROVISIONAL_KEY] = b""
    return table.replace_schema_metadata(notes)


def folder_of(dataset: Dataset, stage: Stage) -> str:
    """Return the folder, in the storage, of what a stage makes of a dataset."""
    return f"{dataset.name}/{stage.version}"


def output_file(dataset: Dataset, stage: Stage, unit: Unit) -> StoredFile:
    """Return where a unit's rows of an output stand."""
    return StoredFile(unit.storage, f"{folder_of(dataset, stage)}/{unit.name}{_PARQUET_SUFFIX}")


def chained(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """Return stages in their order, the version of each followed by those of the stages whose datasets it reads.

    So what was made of an earlier version's output never passes for what is made of today's.

    Raises:
        ValueError: two make the same dataset, or one reads what no stage before it makes.
    """
    producers: dict[str, Stage] = {}
    for stage in stages:
        if missing := [dataset.name for dataset in stage.inputs if dataset.name not in producers]:
            raise ValueError(f"stage {stage.name} reads {', '.join(missing)}, which no stage before it makes")
        read = dict.fromkeys(producers[dataset.name].version for dataset in stage.inputs)
        made = replace(stage, version=".".join([stage.version, *read]))
        for dataset in stage.outputs:
            if dataset.name in producers:
                raise ValueError(f"stages {producers[dataset.name].name} and {stage.name} both make {dataset.name}")
            producers[dataset.name] = made
    return tuple({stage.name: stage for stage in producers.values()}.values())


def units_of(stage: Stage, storage: Storage) -> list[Unit]:
    """Return the units of a stage, by name; they bear no fingerprints yet.

    Raises:
        DamagedFileError: an input stands in two versions: the stage that makes it was not brought up to date.
    """
    if not stage.inputs:
        return [_unit_of_warc(storage, stored) for stored in _listed(storage, WARC_FOLDER, 2, WARC_SUFFIX)]
    found = {dataset.name: _files_of(dataset, storage) for dataset in stage.inputs}
    names = set.intersection(*(set(files) for files in found.values()))
    return [
        Unit(
            name,
            storage,
            inputs={dataset: StoredFile(storage, files[name].key) for dataset, files in found.items()},
            mark=" ".join(_mark(storage, files[name]) for files in found.values()),
            size_bytes=sum(files[name].size_bytes for files in found.values()),
        )
        for name in sorted(names)
    ]


def _mark(storage: Storage, stored: Stored) -> str:
    """Return what tells a derived file from another: what it was made from, whenever that was done."""
    return _fingerprint_in(StoredFile(storage, stored.key)) or stored.mark


def _unit_of_warc(storage: Storage, stored: Stored) -> Unit:
    # A complete WARC file never changes but by a recovery, which drops bytes; its time says when it was copied.
    size_bytes = stored.size_bytes
    inputs = {"warc": StoredFile(storage, stored.key)}
    return Unit(_unit_name(stored, WARC_SUFFIX), storage, inputs, mark=str(size_bytes), size_bytes=size_bytes)


def _files_of(dataset: Dataset, storage: Storage) -> dict[str, Stored]:
    """Return the files of a dataset by the names of the units that they were made of."""
    stored = _listed(storage, dataset.name, 3, _PARQUET_SUFFIX)
    if len(versions := sorted({each.key.split("/")[1] for each in stored})) > 1:
        raise DamagedFileError(
            f"{storage.location(dataset.name)}: stands in the versions {', '.join(versions)}, as where a run ended "
            "before its end. Run `hanoi-corpus build`: it makes one of them whole."
        )
    return {_unit_name(each, _PARQUET_SUFFIX): each for each in stored}


def _listed(storage: Storage, folder: str, depth: int, suffix: str) -> list[Stored]:
    """Return the files so many levels below a folder; what stands elsewhere is nothing that this project put there."""
    levels = folder.count("/") + depth
    return [stored for stored in storage.list(folder, suffix) if stored.key.count("/") == levels]


def _unit_name(stored: Stored, suffix: str) -> str:
    return "/".join(stored.key.removesuffix(suffix).split("/")[-2:])


def _fingerprint(stage: Stage, unit: Unit) -> str:
    """Return a digest of all that a unit's outputs are made from.

    Raises:
        DamagedInputError: an input that says so cannot be read.
    """
    parts = [
        stage.name,
        stage.version,
        unit.mark,
        stage.depends_on(unit),
        *(dataset.digest for dataset in stage.outputs),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _fingerprint_in(file: StoredFile) -> str | None:
    """Return the fingerprint that a derived file bears; None where it is provisional, or spoilt and made again."""
    try:
        with file.open() as opened:
            return (pq.read_schema(opened).metadata or {}).get(_FINGERPRINT_KEY, b"").decode() or None
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return None


def _remove_others(stage: Stage, storage: Storage) -> None:
    """Remove what other versions made, and what was made of files that were taken away.

    It can be made again at any time, and rows that can be traced to nothing would only be in the way; that they go is
    for the guard to tell. Outputs are listed before their inputs: what another process makes meanwhile has its input.
    """
    present = {dataset: storage.list(dataset.name) for dataset in stage.outputs}
    units = {unit.name for unit in units_of(stage, storage)}
    for dataset in stage.outputs:
        storage.sweep(LEFTOVER_AGE, dataset.name)
        current = folder_of(dataset, stage)
        kept = {f"{current}/{name}{_PARQUET_SUFFIX}" for name in units}
        stale = set()
        for stored in present[dataset]:
            folder = "/".join(stored.key.split("/")[:2])
            if folder != current:
                stale.add(folder)
            elif stored.key not in kept:
                storage.delete(stored.key)
        for folder in stale:
            storage.delete_folder(folder)
