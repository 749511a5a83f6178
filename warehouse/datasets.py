"""Dataset declarations; schemas, folders, raw tables, assets and dbt sources derive from them.

Belongs here: the declaration, the Arrow schema of a record type, and the datasets that every home has.
Does not belong here: writing a dataset's files (`warehouse.stages`, `warehouse.archive.index`), and loading.
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

from warehouse.records import (
    Article,
    Capture,
    CaptureKey,
    CrawlReport,
    Credit,
    Fingerprints,
    Identity,
    PortalRow,
    Signature,
    StoryTerms,
    UnreadPage,
)

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
        name: the name of the folder, the table in the schema `raw`, the asset and the dbt source.
        record: a frozen dataclass, one field per column, with field types that `arrow_schema` supports.
        description: one sentence that says what a row is, for the asset, the dbt source and the docs.
        keys: columns by which models look up rows of other crawls. Of a row that goes, the warehouse keeps them until
            the marts are made without it (`warehouse.tables.changes`).
    """

    name: str
    record: type
    description: str
    keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"dataset {self.name!r}: its name must start with a-z and contain only a-z, 0-9 and _")
        if unknown := set(self.keys) - set(self.schema.names):
            raise ValueError(f"dataset {self.name!r}: no column is named {', '.join(sorted(unknown))}")

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        return arrow_schema(self.record)

    @property
    def digest(self) -> str:
        """16 hex digits that change with the columns' names, types, nullability or order."""
        return hashlib.sha256(str(self.schema).encode()).hexdigest()[:16]

    def table(self, records: Iterable[object]) -> pa.Table:
        """Return records as an Arrow table, one row per record, in their order.

        Raises:
            pyarrow.ArrowInvalid: a non-nullable field is None.
            pyarrow.ArrowException: a value cannot be converted to the column's type.
        """
        names = self.schema.names
        rows = [{name: getattr(record, name) for name in names} for record in records]
        return without_nulls(pa.Table.from_pylist(rows, schema=self.schema))


@cache
def arrow_schema(record: type) -> pa.Schema:
    """Return the Arrow schema of a frozen dataclass.

    Supported types are `str`, string literals, `bool`, `int` (64 bits, or `Annotated` with an Arrow type), `float`,
    `datetime` (microseconds, UTC), `date`, homogeneous tuples and string-keyed mappings of these. A column is nullable
    only if its type is `… | None`.

    Raises:
        TypeError: a field has another type; the message names it.
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
    """Return the rows unchanged, after checking non-nullable columns, which Arrow itself does not check.

    Raises:
        pyarrow.ArrowInvalid: a non-nullable column holds a null.
    """
    for field in rows.schema:
        if not field.nullable and rows.column(field.name).null_count:
            raise pa.ArrowInvalid(f"the non-nullable column {field.name} contains a null")
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
    raise TypeError(f"no column type is defined for {hint}")


CAPTURES = Dataset(
    "captures",
    Capture,
    "The archive's index, one row per WARC record of a response or a revisit.",
    keys=("capture_id", "portal", "url"),
)
CRAWLS = Dataset("crawls", CrawlReport, "Crawl reports, one row per crawl of a portal, with its verdict and counts.")
PORTALS = Dataset("portals", PortalRow, "Definitions of the current portals, and of former ones in the archive.")
ARTICLES = Dataset(
    "articles",
    Article,
    "Captures of article pages as the current extractor reads them, one row each.",
    keys=("capture_id", "portal", "article_id", "page_key"),
)
UNREAD_PAGES = Dataset(
    "unread_pages", UnreadPage, "Captures of pages requested as articles but without one, with the reason."
)
CAPTURE_KEYS = Dataset(
    "capture_keys",
    CaptureKey,
    "The keys of captures that were requested as articles, by today's rule, one row each.",
    keys=("capture_id", "portal", "article_key", "page_key"),
)
IDENTITIES = Dataset("identities", Identity, "The hashes of extracted articles, one row per capture of an article.")
SIGNATURES = Dataset(
    "signatures",
    Signature,
    "What similar texts are found by, one row per capture of an article of at least 20 words.",
    keys=("text_id", "published_by", "bands"),
)
FINGERPRINTS = Dataset(
    "fingerprints",
    Fingerprints,
    "What shared passages are found by, one row per capture of an article with a sentence of at least 8 words.",
    keys=("fingerprints",),
)
CREDITS = Dataset(
    "credits", Credit, "The sources that articles name, one row per capture of an article that names one."
)
STORY_TERMS = Dataset(
    "story_terms",
    StoryTerms,
    "The terms by which articles of the same event are found, one row per capture of an article.",
)
