"""Brings a stage's outputs up to date, and checks them.

A file that the storage's register knows as it is, is not read again.
Belongs here: the units that there are, which of them must be made, and the outputs of units that are gone.
Does not belong here: making one unit (`warehouse.stages.base`).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from warehouse.datasets import Dataset
from warehouse.home import SET_ASIDE_FOLDER, WARC_FOLDER, WARC_SUFFIX
from warehouse.parquet import DamagedTableError, read_metadata, read_schema
from warehouse.stages.base import (
    FINGERPRINT_KEY,
    PARQUET_SUFFIX,
    DamagedFileError,
    DamagedInputError,
    Executor,
    Stage,
    StageReport,
    Unit,
    UnitResult,
    folder_of,
    output_file,
)
from warehouse.storage import MissingObjectError, Register, Storage, Stored, StoredFile

_logger = logging.getLogger(__name__)


def bring_up_to_date(
    stage: Stage,
    storage: Storage,
    executor: Executor,
    on_unit: Callable[[UnitResult], None] = lambda _result: None,
    on_todo: Callable[[int], None] = lambda _count: None,
) -> StageReport:
    """Make every unit's missing, outdated and damaged outputs; delete outputs without a unit.

    Every output that has changed since it was last read is read and compared with its checksum. The stage's input
    datasets must be up to date. `on_todo` is called with the number of units whose outputs will be made, `on_unit` with
    each one's result as soon as it is done.

    Raises:
        DamagedFileError: an input dataset has files of several versions.
        OSError: a file cannot be written.
    """
    register = Register(storage)
    present = _outputs_of(stage, storage)
    todo: list[Unit] = []
    damaged: list[DamagedInputError] = []
    unchanged = 0
    for found in _units(stage, storage, register):
        try:
            unit = replace(found, fingerprint=_fingerprint(stage, found))
        except DamagedInputError as error:
            damaged.append(error)
            continue
        outputs = [output_file(dataset, stage, unit) for dataset in stage.outputs]
        if all(_is_made(file, present.get(file.key), unit.fingerprint, register) for file in outputs):
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
    _note(register, stage, made, _outputs_of(stage, storage))
    return StageReport(stage.name, tuple(made), unchanged, tuple(damaged))


def damaged_outputs(stage: Stage, storage: Storage) -> list[str]:
    """Read every output of a stage; return a message for each damaged one.

    The next build makes these again.

    Raises:
        OSError: the storage failed.
    """
    register = Register(storage)
    damaged = []
    for key, stored in _outputs_of(stage, storage).items():
        register.forget(key)
        try:
            fingerprint = _read_fingerprint(StoredFile(storage, key))
        except MissingObjectError:  # another process deleted it
            continue
        except DamagedTableError as error:
            damaged.append(str(error))
        else:
            if fingerprint is not None:
                register.note(stored, fingerprint)
    register.write()
    return damaged


def _note(register: Register, stage: Stage, made: Iterable[UnitResult], present: Mapping[str, Stored]) -> None:
    """Note the files that were made, as long as nobody has written them since; forget those that are gone."""
    for result in made:
        for key, mark in result.marks.items():
            stored = present.get(key)
            if stored is not None and stored.mark == mark:
                register.note(stored, result.unit.fingerprint if result.is_final else "")
    for dataset in stage.outputs:
        register.keep_only(dataset.name, present.keys())
    register.write()


def _outputs_of(stage: Stage, storage: Storage) -> dict[str, Stored]:
    """Return the files in the folders of a stage's outputs, by key."""
    return {stored.key: stored for dataset in stage.outputs for stored in storage.list(folder_of(dataset, stage))}


def units_of(stage: Stage, storage: Storage) -> list[Unit]:
    """Return the units of a stage, sorted by name, without fingerprints.

    WARC files that are set aside are none.

    Raises:
        DamagedFileError: an input dataset has files of several versions, because its stage was interrupted.
    """
    return _units(stage, storage, Register(storage))


def _units(stage: Stage, storage: Storage, register: Register) -> list[Unit]:
    if not stage.inputs:
        return [_unit_of_warc(storage, stored) for stored in _warc_files(storage)]
    found = _inputs_of(stage, storage)
    return [
        Unit(
            name,
            storage,
            inputs={dataset: StoredFile(storage, files[name].key) for dataset, files in found.items()},
            mark=" ".join(_mark(storage, files[name], register) for files in found.values()),
            size_bytes=sum(files[name].size_bytes for files in found.values()),
        )
        for name in _names_in_all(found)
    ]


def _warc_files(storage: Storage) -> list[Stored]:
    """Return the WARC files that are not set aside."""
    aside = {_unit_name(stored, ".json") for stored in storage.list(SET_ASIDE_FOLDER, ".json", depth=2)}
    files = storage.list(WARC_FOLDER, WARC_SUFFIX, depth=2)
    return [stored for stored in files if _unit_name(stored, WARC_SUFFIX) not in aside]


def _inputs_of(stage: Stage, storage: Storage) -> dict[str, dict[str, Stored]]:
    """Return the files of each input dataset by the names of their units."""
    return {dataset.name: _files_of(dataset, storage) for dataset in stage.inputs}


def _names_in_all(found: Mapping[str, Mapping[str, Stored]]) -> list[str]:
    """Return the names of the units that have a file in every input dataset, sorted."""
    return sorted(set.intersection(*(set(files) for files in found.values())))


def _mark(storage: Storage, stored: Stored, register: Register) -> str:
    """Return a derived file's fingerprint, equal when the file is remade; if it has none, its mark."""
    known = register.learned(stored)
    if known is not None:
        return known or stored.mark
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
    stored = storage.list(dataset.name, PARQUET_SUFFIX, depth=3)
    if len(versions := sorted({each.key.split("/")[1] for each in stored})) > 1:
        raise DamagedFileError(
            storage.location(dataset.name),
            f"holds the versions {', '.join(versions)}, probably because a run was interrupted. "
            "Run `hanoi-corpus build`, which completes the current version.",
        )
    return {_unit_name(each, PARQUET_SUFFIX): each for each in stored}


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


def _is_made(file: StoredFile, stored: Stored | None, fingerprint: str, register: Register) -> bool:
    """Tell whether an output is intact and has a fingerprint; the log names a damaged one."""
    if stored is None:
        return False
    known = register.learned(stored)
    if known is None:
        try:
            known = _read_fingerprint(file)
        except DamagedTableError as error:
            _logger.warning("%s; it is made again", error)
            return False
        except MissingObjectError:
            return False
        if known is None:
            return False
        register.note(stored, known)
    return known == fingerprint


def _read_fingerprint(file: StoredFile) -> str | None:
    """Return the fingerprint of an output whose content matches its checksum; None if it has no checksum.

    Raises:
        DamagedTableError: the file is damaged.
        MissingObjectError: there is no such file.
    """
    schema = read_schema(file)
    return None if schema is None else _fingerprint_of(schema.metadata or {})


def _fingerprint_of(metadata: Mapping[bytes, bytes]) -> str:
    """Return the fingerprint in a derived file's metadata; empty if the file is provisional."""
    return metadata.get(FINGERPRINT_KEY, b"").decode("ascii", "replace")


def _delete_stale_outputs(stage: Stage, storage: Storage) -> None:
    """Delete the outputs of other versions, and those whose inputs no longer exist.

    Outputs can be remade at any time. Rows without a WARC record could not be traced to their source; the guard reports
    the lost rows. List outputs before inputs: outputs that another process is making must not count as stale.
    """
    present = {dataset: storage.list(dataset.name) for dataset in stage.outputs}
    units = (
        _names_in_all(_inputs_of(stage, storage))
        if stage.inputs
        else [_unit_name(stored, WARC_SUFFIX) for stored in _warc_files(storage)]
    )
    for dataset in stage.outputs:
        storage.sweep(dataset.name)
        current = folder_of(dataset, stage)
        kept = {f"{current}/{name}{PARQUET_SUFFIX}" for name in units}
        for stored in present[dataset]:
            if stored.key.startswith(f"{current}/") and stored.key not in kept:
                storage.delete(stored.key)
        for folder in {"/".join(stored.key.split("/")[:2]) for stored in present[dataset]} - {current}:
            storage.delete_folder(folder)
