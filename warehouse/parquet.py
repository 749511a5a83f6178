"""Parquet files of whole tables, compressed with zstd, with a checksum over every byte of the file.

Parquet's own checksums cover the pages only: a flipped bit in a footer or a page's header can give other values. The
SHA-256 of the file stands between its pages and its footer, where readers of Parquet never look.
Belongs here: serialisation, and reading with the checksum verified; no other module opens a Parquet file.
Does not belong here: where the files are (`warehouse.storage`), their columns (`warehouse.datasets`), and what to do
about a damaged one.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.storage import StorageError, StoredFile

_LABEL: Final = b"\x93hanoi-corpus sha256\x1a"
_DIGEST_BYTES: Final = 32
# Before the end, a Parquet file has the footer's length in 4 bytes and `PAR1`.
_TAIL_BYTES: Final = 8
# Raised by pyarrow for damaged content, which it reads from memory here.
_UNREADABLE: Final = (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError)

_Value = TypeVar("_Value")


class DamagedTableError(Exception):
    """A Parquet file cannot be read, or its checksum does not match.

    Attributes:
        file: the file.
        problem: what is wrong.
    """

    def __init__(self, file: StoredFile, problem: str) -> None:
        """Take the values of the attributes."""
        super().__init__(f"{file}: damaged: {problem}")
        self.file = file
        self.problem = problem

    def __reduce__(self) -> tuple[type[DamagedTableError], tuple[StoredFile, str]]:
        """Make the error picklable: worker processes send it to their parent."""
        return type(self), (self.file, self.problem)


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file with checksums."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", write_page_checksum=True)
    data = buffer.getvalue()
    begin = _footer_begin(data)
    return b"".join((data[:begin], _LABEL, hashlib.sha256(data).digest(), data[begin:]))


def read_table(file: StoredFile, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of a Parquet file; `columns` None means all columns.

    Raises:
        DamagedTableError: the file is damaged, or lacks a column.
        MissingObjectError: there is no such file.
    """

    def read(content: pa.BufferReader, _has_checksum: bool) -> pa.Table:
        wanted = None if columns is None else [*columns]
        # No threads: one that still holds the content when the interpreter ends would abort the process.
        rows = pq.ParquetFile(content, page_checksum_verification=True).read(wanted, use_threads=False)
        rows.validate(full=True)
        if missing := sorted(set(columns or ()) - set(rows.column_names)):
            raise ValueError(f"it has no column {', '.join(missing)}")
        return rows

    return _decoded(file, read)


def read_schema(file: StoredFile) -> pa.Schema | None:
    """Return the schema of a file with its metadata, after verifying the checksum of the whole file.

    Return None if the file has no checksum, because an earlier version wrote it.

    Raises:
        DamagedTableError: the file is damaged.
        MissingObjectError: there is no such file.
    """
    return _decoded(file, lambda content, has_checksum: pq.read_schema(content) if has_checksum else None)


def read_metadata(file: StoredFile) -> Mapping[bytes, bytes]:
    """Return the metadata in a file's footer; only the footer is read, and no checksum verified.

    Raises:
        DamagedTableError: the footer is damaged.
        MissingObjectError: there is no such file.
    """
    try:
        with file.open() as opened:
            return pq.read_schema(opened).metadata or {}
    except StorageError:
        raise
    except _UNREADABLE as error:
        raise DamagedTableError(file, _in_one_line(error)) from error


def _decoded(file: StoredFile, read: Callable[[pa.BufferReader, bool], _Value]) -> _Value:
    """Return what `read` makes of a file's content, and whether it has a checksum; verify that first."""
    try:
        data = file.read()
        return read(pa.BufferReader(data), _verify(data))
    except StorageError:
        # The storage failed, or the file is gone; nothing is known to be damaged.
        raise
    except _UNREADABLE as error:
        raise DamagedTableError(file, _in_one_line(error)) from error


def _verify(data: bytes) -> bool:
    """Return whether a file has a checksum.

    Raises:
        ValueError: the content does not match it, or it is not where it must be.
    """
    seal = len(_LABEL) + _DIGEST_BYTES
    begin = max(_footer_begin(data) - seal, 0)
    label, digest = data[begin : begin + len(_LABEL)], data[begin + len(_LABEL) : begin + seal]
    if label != _LABEL:
        if _LABEL in data:
            raise ValueError("the checksum of the file is not before its footer")
        return False
    found = hashlib.sha256(data[:begin])
    found.update(data[begin + seal :])
    if found.digest() != digest:
        raise ValueError("the content does not match the checksum of the file")
    return True


def _footer_begin(data: bytes) -> int:
    return len(data) - _TAIL_BYTES - int.from_bytes(data[-_TAIL_BYTES:-4], "little")


def _in_one_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0]
