"""Stages derive datasets from the archive and from other datasets, one crawl at a time.

A stage is a versioned pure function of one unit: a WARC file, or the Parquet files of one crawl in the stage's input
datasets. It writes one Parquet file per output dataset, `<dataset>/<version>/<portal>/<crawl_id>.parquet`, with a
fingerprint of everything that the file depends on. Outputs are remade only if the fingerprint changed, so a stage that
runs twice, or is restarted after a kill, gives the same files. An executor applies a stage to units.
Belongs here: the declaration of stages, units, and bringing a stage's outputs up to date.
Does not belong here: executors (`warehouse.executors`), what a stage does (`spiders.extract.stage`,
`warehouse.derive`), and steps that compare articles of several crawls (dbt).
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import pyarrow as pa

from warehouse.datasets import Dataset
from warehouse.errors import WarehouseError
from warehouse.home import SET_ASIDE_FOLDER, WARC_FOLDER, WARC_SUFFIX
from warehouse.parquet import DamagedTableError, parquet_bytes, read_metadata, read_schema, read_table
from warehouse.storage import MissingObjectError, Storage, Stored, StoredFile

_FINGERPRINT_KEY = b"hanoi_corpus.fingerprint"
_COUNT_KEY = b"hanoi_corpus.count."
_NOTES_KEY = b"hanoi_corpus.notes"
_PROVISIONAL_KEY = b"hanoi_corpus.provisional"
_PARQUET_SUFFIX = ".parquet"

_logger = logging.getLogger(__name__)


class DamagedInputError(WarehouseError):
    """A unit's input is damaged; the message names the file and the remedy. Other units are processed."""

    file: str


class DamagedFileError(DamagedInputError):
    """A derived file cannot be read; the message names it and says what to do."""

    def __init__(self, file: object, problem: str) -> None:
        """Take the file, and what is wrong with what to do, as a sentence."""
        super().__init__(f"{file}: {problem}")
        self.file = str(file)
        self.problem = problem

    def __reduce__(self) -> tuple[type[DamagedFileError], tuple[str, str]]:
        """Make the error picklable: worker processes send it to their parent."""
        return type(self), (self.file, self.problem)


@dataclass(frozen=True)
class Unit:
    """The input files of one crawl, from which a stage makes one file per output dataset.

    Attributes:
        name: `<portal>/<crawl_id>`, as in the names of the WARC file and of all files derived from it.
        inputs: the files to read, by the name of the input dataset; the WARC file as `warc`.
        mark: a text that changes when the content of an input changes.
        size_bytes: the total size of the inputs.
        fingerprint: a digest of everything that the outputs depend on, stored in the outputs; empty until computed.
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
        """The WARC file; only for stages that read the archive."""
        return self.inputs["warc"]

    def read(self, dataset: Dataset) -> pa.Table:
        """Return the rows of an input.

        Raises:
            DamagedFileError: the file cannot be read.
        """
        file = self.inputs[dataset.name]
        try:
            return read_table(file)
        except (DamagedTableError, MissingObjectError) as error:
            problem = error.problem if isinstance(error, DamagedTableError) else "it is missing"
            raise DamagedFileError(
                file,
                f"cannot be read as a file of {dataset.name.replace('_', ' ')}: {problem}. "
                "`hanoi-corpus build` remakes it from the archive.",
            ) from error


def _no_digest(_unit: Unit) -> str:
    return ""


@dataclass(frozen=True)
class Stage:
    """A versioned pure function of one unit.

    Attributes:
        name: the stage's name in logs.
        version: part of the outputs' keys; increase it when the same inputs give different outputs.
        inputs: the datasets that the stage reads; empty if it reads WARC files.
        outputs: the datasets that the stage makes; `run` returns a table for each, by the dataset's name.
        run: the function; it may run in another process, and must read only its unit.
        depends_on: returns a digest of everything else that a unit's outputs depend on, such as a portal's definition.
    """

    name: str
    version: str
    inputs: tuple[Dataset, ...]
    outputs: tuple[Dataset, ...]
    run: Callable[[Unit], Mapping[str, pa.Table]]
    depends_on: Callable[[Unit], str] = _no_digest


@dataclass(frozen=True)
class UnitResult:
    """The result of one unit.

    Attributes:
        rows: the number of rows written, by dataset.
        counts: the stage's other counts.
        notes: lines for the operator, such as on a page that could not be read because of a bug.
        damage: the error of a damaged input, in which case nothing was written; else None.
    """

    unit: Unit
    rows: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    damage: DamagedInputError | None = None


@dataclass(frozen=True)
class StageReport:
    """The result of bringing a stage's outputs up to date.

    Attributes:
        units: the units whose outputs were made, in order of completion.
        unchanged: the number of units that were already up to date.
        damaged: the errors of units with damaged inputs; their outputs are unchanged.
    """

    stage: str
    units: tuple[UnitResult, ...]
    unchanged: int
    damaged: tuple[DamagedInputError, ...]

    def rows(self, dataset: Dataset) -> int:
        """Return the number of rows written to a dataset."""
        return sum(result.rows[dataset.name] for result in self.units)

    def count(self, name: str) -> int:
        """Return the sum of one of the stage's counts over `units`."""
        return sum(result.counts.get(name, 0) for result in self.units)


class Executor(Protocol):
    """Applies a stage to units, in any order."""

    def map(self, stage: Stage, units: Iterable[Unit]) -> Iterator[UnitResult]:
        """Make the outputs of each unit, and yield its result as soon as it is done."""


def bring_up_to_date(
    stage: Stage,
    storage: Storage,
    executor: Executor,
    on_unit: Callable[[UnitResult], None] = lambda _result: None,
    on_todo: Callable[[int], None] = lambda _count: None,
) -> StageReport:
    """Make every unit's missing, outdated and damaged outputs; delete outputs without a unit.

    Every output is read and compared with its checksum. The stage's input datasets must be up to date. `on_todo` is
    called with the number of units whose outputs will be made, `on_unit` with each one's result as soon as it is done.

    Raises:
        DamagedFileError: an input dataset has files of several versions.
        OSError: a file cannot be written.
    """
    present = {stored.key for dataset in stage.outputs for stored in storage.list(folder_of(dataset, stage))}
    todo: list[Unit] = []
    damaged: list[DamagedInputError] = []
    unchanged = 0
    for found in units_of(stage, storage):
        try:
            unit = replace(found, fingerprint=_fingerprint(stage, found))
        except DamagedInputError as error:
            damaged.append(error)
            continue
        outputs = [output_file(dataset, stage, unit) for dataset in stage.outputs]
        if all(file.key in present and _is_made(file, unit.fingerprint) for file in outputs):
            unchanged += 1
        else:
            todo.append(unit)
    on_todo(len(todo))
    made: list[UnitResult] = []
    for result in executor.map(stage, todo):
        if result.damage is not None:
            damaged.append(result.damage)
            continue
        made.append(result)
        on_unit(result)
    _delete_stale_outputs(stage, storage)
    return StageReport(stage.name, tuple(made), unchanged, tuple(damaged))


def make(stage: Stage, unit: Unit) -> UnitResult:
    """Make and write the outputs of one unit; executors call this.

    Raises:
        OSError: a file cannot be written; the old file is unchanged.
    """
    try:
        tables = stage.run(unit)
    except DamagedInputError as error:
        return UnitResult(unit, damage=error)
    counts, rows, notes = Counter[str](), dict[str, int](), list[str]()
    is_final = not any(_PROVISIONAL_KEY in (table.schema.metadata or {}) for table in tables.values())
    for dataset in stage.outputs:
        table = tables[dataset.name].cast(dataset.schema)  # raises if a non-nullable column holds a null
        for key, value in (tables[dataset.name].schema.metadata or {}).items():
            if key.startswith(_COUNT_KEY):
                counts[key.removeprefix(_COUNT_KEY).decode()] += int(value)
            elif key == _NOTES_KEY:
                notes += value.decode().splitlines()
        marked = table.replace_schema_metadata({_FINGERPRINT_KEY: unit.fingerprint.encode()} if is_final else {})
        file, content = output_file(dataset, stage, unit), parquet_bytes(marked)
        # A file that has this content keeps its mark: nothing is made again from it.
        if not file.exists() or file.read() != content:
            file.put(content)
        rows[dataset.name] = table.num_rows
    return UnitResult(unit, rows, counts, tuple(notes))


def with_counts(table: pa.Table, *, is_final: bool = True, notes: Iterable[str] = (), **counts: int) -> pa.Table:
    """Return a stage's output table with metadata that `make` reads.

    `is_final` is False if something that the unit refers to is missing; the next build then remakes the unit's outputs.
    `notes` are lines for the operator, logged when the outputs are made. `counts` are shown to the operator, summed
    over the units.
    """
    metadata = {_COUNT_KEY + name.encode(): str(count).encode() for name, count in counts.items()}
    if lines := "\n".join(notes):
        metadata[_NOTES_KEY] = lines.encode()
    if not is_final:
        metadata[_PROVISIONAL_KEY] = b""
    return table.replace_schema_metadata(metadata)


def folder_of(dataset: Dataset, stage: Stage) -> str:
    """Return the folder of a stage's output dataset."""
    return f"{dataset.name}/{stage.version}"


def output_file(dataset: Dataset, stage: Stage, unit: Unit) -> StoredFile:
    """Return the file of a unit's rows in an output dataset."""
    return StoredFile(unit.storage, f"{folder_of(dataset, stage)}/{unit.name}{_PARQUET_SUFFIX}")


def chained(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """Return the stages in order, appending to each version the versions of the stages that it reads from.

    If a stage's version changes, the outputs of all stages that depend on it are therefore remade.

    Raises:
        ValueError: two stages make the same dataset, or one reads a dataset that no stage before it makes.
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
    """Return the units of a stage, sorted by name, without fingerprints.

    WARC files that are set aside are none.

    Raises:
        DamagedFileError: an input dataset has files of several versions, because its stage was interrupted.
    """
    if not stage.inputs:
        aside = {_unit_name(stored, ".json") for stored in storage.list(SET_ASIDE_FOLDER, ".json", depth=2)}
        files = storage.list(WARC_FOLDER, WARC_SUFFIX, depth=2)
        return [_unit_of_warc(storage, stored) for stored in files if _unit_name(stored, WARC_SUFFIX) not in aside]
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
    """Return a derived file's fingerprint, equal when the file is remade; if it has none, its mark."""
    try:
        metadata = read_metadata(StoredFile(storage, stored.key))
    except (DamagedTableError, MissingObjectError):
        return stored.mark
    return _fingerprint_of(metadata) or stored.mark


def _unit_of_warc(storage: Storage, stored: Stored) -> Unit:
    # Only a recovery changes a complete WARC file, and it removes bytes. Copying changes the modification time.
    size_bytes = stored.size_bytes
    inputs = {"warc": StoredFile(storage, stored.key)}
    return Unit(_unit_name(stored, WARC_SUFFIX), storage, inputs, mark=str(size_bytes), size_bytes=size_bytes)


def _files_of(dataset: Dataset, storage: Storage) -> dict[str, Stored]:
    """Return the files of a dataset by the names of their units."""
    stored = storage.list(dataset.name, _PARQUET_SUFFIX, depth=3)
    if len(versions := sorted({each.key.split("/")[1] for each in stored})) > 1:
        raise DamagedFileError(
            storage.location(dataset.name),
            f"holds the versions {', '.join(versions)}, probably because a run was interrupted. "
            "Run `hanoi-corpus build`, which completes the current version.",
        )
    return {_unit_name(each, _PARQUET_SUFFIX): each for each in stored}


def _unit_name(stored: Stored, suffix: str) -> str:
    return "/".join(stored.key.removesuffix(suffix).split("/")[-2:])


def _fingerprint(stage: Stage, unit: Unit) -> str:
    """Return a digest of everything that a unit's outputs depend on.

    Raises:
        DamagedInputError: `depends_on` reads an input that is damaged.
    """
    digests = (dataset.digest for dataset in stage.outputs)
    parts = [stage.name, stage.version, unit.mark, stage.depends_on(unit), *digests]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _is_made(file: StoredFile, fingerprint: str) -> bool:
    """Tell whether an output is intact and has a fingerprint; the log names a damaged one."""
    try:
        schema = read_schema(file)
    except DamagedTableError as error:
        _logger.warning("%s; it is made again", error)
        return False
    except MissingObjectError:
        return False
    return schema is not None and _fingerprint_of(schema.metadata or {}) == fingerprint


def _fingerprint_of(metadata: Mapping[bytes, bytes]) -> str:
    """Return the fingerprint in a derived file's metadata; empty if the file is provisional."""
    return metadata.get(_FINGERPRINT_KEY, b"").decode("ascii", "replace")


def _delete_stale_outputs(stage: Stage, storage: Storage) -> None:
    """Delete the outputs of other versions, and those whose inputs no longer exist.

    Outputs can be remade at any time. Rows without a WARC record could not be traced to their source; the guard reports
    the lost rows. List outputs before inputs: outputs that another process is making must not count as stale.
    """
    present = {dataset: storage.list(dataset.name) for dataset in stage.outputs}
    units = {unit.name for unit in units_of(stage, storage)}
    for dataset in stage.outputs:
        storage.sweep(dataset.name)
        current = folder_of(dataset, stage)
        kept = {f"{current}/{name}{_PARQUET_SUFFIX}" for name in units}
        for stored in present[dataset]:
            if stored.key.startswith(f"{current}/") and stored.key not in kept:
                storage.delete(stored.key)
        for folder in {"/".join(stored.key.split("/")[:2]) for stored in present[dataset]} - {current}:
            storage.delete_folder(folder)
