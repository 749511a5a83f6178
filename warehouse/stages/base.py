"""What a stage is: a versioned pure function of one unit, and writing one unit's outputs.

Belongs here: the declaration of stages and units, their errors and results, and making one unit's files.
Does not belong here: which units to make (`warehouse.stages.updating`), and executors (`warehouse.executors`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import pyarrow as pa

from warehouse.datasets import Dataset
from warehouse.errors import WarehouseError
from warehouse.parquet import DamagedTableError, parquet_bytes, read_table
from warehouse.storage import MissingObjectError, Storage, StoredFile

FINGERPRINT_KEY = b"hanoi_corpus.fingerprint"
PARQUET_SUFFIX = ".parquet"

_COUNT_KEY = b"hanoi_corpus.count."
_NOTES_KEY = b"hanoi_corpus.notes"
_PROVISIONAL_KEY = b"hanoi_corpus.provisional"


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
        marks: the mark of each file as it was written, by key.
        is_final: False if something that the unit refers to is missing: the next build makes the unit again.
        damage: the error of a damaged input, in which case nothing was written; else None.
    """

    unit: Unit
    rows: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    is_final: bool = True
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


def make(stage: Stage, unit: Unit) -> UnitResult:
    """Make and write the outputs of one unit; executors call this.

    Raises:
        OSError: a file cannot be written; the old file is unchanged.
    """
    try:
        tables = stage.run(unit)
    except DamagedInputError as error:
        return UnitResult(unit, damage=error)
    counts, rows, notes, marks = Counter[str](), dict[str, int](), list[str](), dict[str, str]()
    is_final = not any(_PROVISIONAL_KEY in (table.schema.metadata or {}) for table in tables.values())
    for dataset in stage.outputs:
        table = tables[dataset.name].cast(dataset.schema)  # raises if a non-nullable column holds a null
        for key, value in (tables[dataset.name].schema.metadata or {}).items():
            if key.startswith(_COUNT_KEY):
                counts[key.removeprefix(_COUNT_KEY).decode()] += int(value)
            elif key == _NOTES_KEY:
                notes += value.decode().splitlines()
        marked = table.replace_schema_metadata({FINGERPRINT_KEY: unit.fingerprint.encode()} if is_final else {})
        file, content = output_file(dataset, stage, unit), parquet_bytes(marked)
        # A file that has this content keeps its mark: nothing is made again from it.
        if not file.exists() or file.read() != content:
            file.put(content)
        if stored := file.storage.find(file.key):
            marks[file.key] = stored.mark
        rows[dataset.name] = table.num_rows
    return UnitResult(unit, rows, counts, tuple(notes), marks, is_final)


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
    return StoredFile(unit.storage, f"{folder_of(dataset, stage)}/{unit.name}{PARQUET_SUFFIX}")


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
