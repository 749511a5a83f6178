"""Datasets: what is kept in rows, declared once. Arrow schemas, folders, raw tables, assets and dbt sources follow.

Here: the declaration, the schema that a record type makes, and the datasets that every home has. Not here: how a
dataset is made (`warehouse.stages`, and `warehouse.archive.index` for what is read off the archive), and loading it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

from warehouse.records import Article, Capture, CrawlReport, Identity, PortalRow, UnreadPage

_ARROW: Mapping[type, pa.DataType] = {
    str: pa.string(),
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    datetime: pa.timestamp("us", tz="UTC"),
    date: pa.date32(),
}
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Dataset:
    """Rows of one kind.

    Attributes:
        name: its folder, its table in the schema `raw`, its asset's key, and its name as a dbt source.
        record: a frozen dataclass, one field a column; of the types that `arrow_schema` knows.
        description: what one row is, in a sentence: the asset's, the dbt source's and the docs'.
    """

    name: str
    record: type
    description: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"dataset {self.name!r}: its name is to be a table's, of a-z, 0-9 and _")

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of its rows."""
        return arrow_schema(self.record)

    @property
    def digest(self) -> str:
        """16 hex digits that change when a column's name, type or nullability does, or the order of the columns."""
        return hashlib.sha256(str(self.schema).encode()).hexdigest()[:16]

    def table(self, records: Iterable[object]) -> pa.Table:
        """Return records as an Arrow table, one row a record, in their order.

        Raises:
            pyarrow.ArrowInvalid: a record holds None in a field that may not be null.
            pyarrow.ArrowException: a record holds what cannot be made a value of the column's type.
        """
        names = self.schema.names
        rows = [{name: _arrow_value(getattr(record, name)) for name in names} for record in records]
        return without_nulls(pa.Table.from_pylist(rows, schema=self.schema))


@cache
def arrow_schema(record: type) -> pa.Schema:
    """Return the Arrow schema of a frozen dataclass.

    Known are `str`, literals of texts, `bool`, `int` (64 bits, or `Annotated` with an Arrow type), `float`, `datetime`
    (microseconds, UTC), `date`, tuples of one of these, mappings from texts to one of these, and `… | None`, which
    alone makes a column nullable.

    Raises:
        TypeError: a field is of another type; the message names it.
    """
    hints = get_type_hints(record, include_extras=True)
    fields: list[pa.Field[Any]] = []
    for field in dataclasses.fields(record):
        inner, nullable = _without_none(hints[field.name])
        try:
            fields.append(pa.field(field.name, _arrow_type(inner), nullable=nullable))
        except TypeError as error:
            raise TypeError(f"{record.__name__}.{field.name}: {error}") from None
    return pa.schema(fields)


def without_nulls(rows: pa.Table) -> pa.Table:
    """Return the rows as they are; Arrow itself does not hold a table to its schema's nullability.

    Raises:
        pyarrow.ArrowInvalid: a column that may not be null is.
    """
    for field in rows.schema:
        if not field.nullable and rows.column(field.name).null_count:
            raise pa.ArrowInvalid(f"{field.name} is null in a row, which it may not be")
    return rows


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in (Union, UnionType):
        return hint, False
    rest = [part for part in get_args(hint) if part is not NoneType]
    return (rest[0], True) if len(rest) == 1 else (hint, True)


def _arrow_type(hint: Any) -> pa.DataType:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return next((extra for extra in arguments[1:] if isinstance(extra, pa.DataType)), _arrow_type(arguments[0]))
    if origin is Literal and all(isinstance(value, str) for value in arguments):
        return pa.string()
    if origin is tuple and arguments[1:] == (...,):
        return pa.list_(_arrow_type(arguments[0]))
    if origin in (dict, Mapping):
        return pa.map_(_arrow_type(arguments[0]), _arrow_type(arguments[1]))
    if hint in _ARROW:
        return _ARROW[hint]
    raise TypeError(f"no column type is known for {hint}")


def _arrow_value(value: Any) -> Any:
    return list(value.items()) if isinstance(value, Mapping) else value


CAPTURES = Dataset("captures", Capture, "The archive's index, one row per WARC record of a response or a revisit.")
CRAWLS = Dataset("crawls", CrawlReport, "Crawl reports, one row per crawl of a portal, with its verdict and counts.")
PORTALS = Dataset("portals", PortalRow, "Portal definitions: every one defined now, and those the archive still knows.")
ARTICLES = Dataset("articles", Article, "Captures of article pages as the current extractor reads them, one row each.")
UNREAD_PAGES = Dataset(
    "unread_pages", UnreadPage, "Captures that should have shown an article and do not, with the reason, one row each."
)
IDENTITIES = Dataset("identities", Identity, "The hashes of extracted articles, one row per capture of one.")
