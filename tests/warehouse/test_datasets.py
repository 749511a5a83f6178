"""Datasets: the schema of a record type, its digest, and tables that conform to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Any, Literal

import pyarrow as pa
import pytest

from warehouse import datasets
from warehouse.datasets import ARTICLES, CAPTURES, CRAWLS, IDENTITIES, Dataset, arrow_schema, without_nulls
from warehouse.records import Capture, CrawlReport, Identity, Int16, Int32, Precision

ALL = [value for value in vars(datasets).values() if isinstance(value, Dataset)]
TIMESTAMP = pa.timestamp("us", tz="UTC")
NOW = datetime(2026, 9, 14, 1, 15, 0, 123456, tzinfo=UTC)
# For each kind of field: its type hint, the column's type, a value, and the value as read from a row.
KINDS: list[tuple[Any, pa.DataType, object, object]] = [
    (str, pa.string(), "Mỹ Đức", "Mỹ Đức"),
    (Literal["a", "b"], pa.string(), "b", "b"),
    (Precision, pa.string(), "minute", "minute"),
    (bool, pa.bool_(), True, True),
    (int, pa.int64(), 7_000_000_000, 7_000_000_000),
    (Int16, pa.int16(), 304, 304),
    (Int32, pa.int32(), 70_000, 70_000),
    (Annotated[float, pa.float32()], pa.float32(), 0.5, 0.5),
    (Annotated[int, "a note"], pa.int64(), 7, 7),
    (Annotated[int, "a note", pa.int8()], pa.int8(), 7, 7),
    (float, pa.float64(), 0.1, 0.1),
    (datetime, TIMESTAMP, NOW, NOW),
    (datetime, TIMESTAMP, NOW.astimezone(timezone(timedelta(hours=7))), NOW),
    (date, pa.date32(), date(2026, 9, 14), date(2026, 9, 14)),
    (tuple[str, ...], pa.list_(pa.string()), ("a", "b"), ["a", "b"]),
    (tuple[str, ...], pa.list_(pa.string()), (), []),
    (tuple[Int16, ...], pa.list_(pa.int16()), (1, 2), [1, 2]),
    (dict[str, int], pa.map_(pa.string(), pa.int64()), {"b": 1, "a": 2}, [("b", 1), ("a", 2)]),
    (Mapping[str, Int16], pa.map_(pa.string(), pa.int16()), {}, []),
    (dict[Literal["list"], float], pa.map_(pa.string(), pa.float64()), {"list": 0.5}, [("list", 0.5)]),
]


def record_of(*fields: tuple[str, Any]) -> type:
    """Return a frozen dataclass of these fields."""
    return dataclasses.make_dataclass("Made", fields, frozen=True)


def dataset_of(*fields: tuple[str, Any]) -> Dataset:
    return Dataset("made", record_of(*fields), "Rows of a test.")


@pytest.mark.parametrize(("hint", "column", "value", "row"), KINDS, ids=lambda value: str(value)[:40])
def test_each_kind_of_field_has_its_column(hint: Any, column: pa.DataType, value: object, row: object) -> None:
    dataset = dataset_of(("it", hint), ("maybe", hint | None))
    assert dataset.schema == pa.schema([pa.field("it", column, nullable=False), pa.field("maybe", column)])
    table = dataset.table([dataset.record(value, None), dataset.record(value, value)])
    assert table.schema.equals(dataset.schema)
    assert table.to_pylist() == [{"it": row, "maybe": None}, {"it": row, "maybe": row}]


@pytest.mark.parametrize(
    "hint",
    [
        object,
        Any,
        bytes,
        timedelta,
        complex,
        list[str],
        set[str],
        tuple[str],
        tuple[str, int],
        tuple[str | None, ...],
        tuple[bytes, ...],
        dict[str, bytes],
        str | int,
        str | int | None,
        Literal[1, 2],
        Literal["a", 1],
        Iterable[str],
        Identity,
        None,
    ],
    ids=str,
)
def test_a_field_of_an_unsupported_type_is_named(hint: Any) -> None:
    with pytest.raises(TypeError, match=r"^Made\.odd: no column type is defined for "):
        arrow_schema(record_of(("known", str), ("odd", hint)))


@dataclass(frozen=True, slots=True)
class WithDefaults:
    """A record with class attributes besides fields, and a default in a non-nullable field."""

    first: int
    second: str = "x"
    third: dict[str, int] = dataclasses.field(default_factory=dict)

    @property
    def fourth(self) -> str:
        return self.second


def test_only_fields_are_columns_in_order() -> None:
    schema = arrow_schema(WithDefaults)
    assert schema.names == ["first", "second", "third"]
    assert [field.nullable for field in schema] == [False] * 3


@pytest.mark.parametrize("dataset", ALL, ids=lambda dataset: dataset.name)
def test_a_dataset_has_the_fields_of_its_record_in_order(dataset: Dataset) -> None:
    assert dataset.schema.names == [field.name for field in dataclasses.fields(dataset.record)]
    assert dataset.table([]).schema.equals(dataset.schema)
    assert dataset.description.endswith(".")


def test_datasets_differ_in_name_and_columns() -> None:
    assert len(ALL) == 11
    assert len({dataset.name for dataset in ALL}) == len({dataset.digest for dataset in ALL}) == len(ALL)


def test_integer_sizes_follow_the_annotations() -> None:
    assert CAPTURES.schema.field("status").type == pa.int16()
    assert CAPTURES.schema.field("bytes").type == CAPTURES.schema.field("warc_offset").type == pa.int64()
    assert ARTICLES.schema.field("word_count").type == pa.int32()


BASE = (("a", str), ("b", int))


@pytest.mark.parametrize(
    "fields",
    [
        (("a", str), ("c", int)),
        (("a", str), ("b", Int32)),
        (("a", str), ("b", float)),
        (("a", str), ("b", int | None)),
        (("b", int), ("a", str)),
        (("a", str),),
        (*BASE, ("c", str)),
        (("a", tuple[str, ...]), ("b", int)),
    ],
    ids=["name", "size", "type", "nullability", "order", "one less", "one more", "list"],
)
def test_the_digest_changes_with_every_column(fields: tuple[tuple[str, Any], ...]) -> None:
    assert dataset_of(*fields).digest != dataset_of(*BASE).digest


def test_the_digest_depends_only_on_the_columns() -> None:
    digest = dataset_of(*BASE).digest
    assert digest == Dataset("other", record_of(*BASE), "Other rows.").digest
    assert len(digest) == 16
    int(digest, 16)


def test_the_digest_covers_the_last_of_many_columns() -> None:
    many = tuple((f"column_{number}", str) for number in range(300))
    assert dataset_of(*many, ("last", str)).digest != dataset_of(*many, ("last", int)).digest


@pytest.mark.parametrize("name", ["", "Articles", "1_a", "_a", "a-b", "a b", "a.b", "a/b", "../a", "bài", "a\n", 'a"'])
def test_an_invalid_table_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="its name must start with a-z"):
        Dataset(name, Identity, "Rows of a test.")


def test_a_capture_survives_a_round_trip_through_a_table() -> None:
    capture = Capture(
        capture_id="c",
        crawl_id="my-duc-1",
        portal="my-duc",
        url="https://myduc.hanoi.test/",
        captured_at=datetime(2026, 9, 14, 1, 15, 0, 123456, tzinfo=UTC),
        status=200,
        content_type=None,
        payload_digest="sha256:00",
        is_revisit=False,
        bytes=5_000_000_000,
        article_key=None,
        warc_file="my-duc/my-duc-1.warc.gz",
        warc_offset=7_000_000_000,
    )
    (row,) = CAPTURES.table([capture]).to_pylist()
    assert Capture(**row) == capture


def test_a_report_survives_a_round_trip_through_a_table() -> None:
    report = CrawlReport(
        "my-duc-1", "my-duc", "run", NOW, NOW, "ok", "", 1, 1, 1, 1, 1, {"http_404": 1, "dns": 2}, "x", requests_for={}
    )
    (row,) = CRAWLS.table([report]).to_pylist()
    found = CrawlReport(**{**row, "errors": dict(row["errors"]), "requests_for": dict(row["requests_for"])})
    assert found == report


def test_rows_keep_their_order_and_may_come_from_a_generator() -> None:
    dataset = dataset_of(("a", int))
    assert dataset.table(dataset.record(number) for number in (3, 1, 2))["a"].to_pylist() == [3, 1, 2]


def test_a_null_in_a_non_nullable_field_is_refused() -> None:
    identity = Identity("c", "a", content_hash=None, revision_hash="r", title_hash=None, title_word_count=0)
    assert IDENTITIES.table([identity]).num_rows == 1
    broken = dataclasses.replace(identity, revision_hash=None)  # type: ignore[arg-type]  # the point of this test
    with pytest.raises(pa.ArrowInvalid, match="revision_hash"):
        IDENTITIES.table([broken])


def test_a_handmade_table_is_checked_for_nulls() -> None:
    schema = pa.schema([pa.field("a", pa.string(), nullable=False), pa.field("b", pa.string())])
    good = pa.table({"a": ["x"], "b": [None]}, schema=schema)
    assert without_nulls(good) is good
    with pytest.raises(pa.ArrowInvalid, match="a contains a null"):
        without_nulls(pa.table({"a": ["x", None], "b": ["x", "x"]}, schema=schema))


@pytest.mark.parametrize(
    ("hint", "value"),
    [(int, "x"), (Int16, 40_000), (str, 3), (bool, 1), (datetime, "2026"), (date, "2026"), (float, "x")],
    ids=str,
)
def test_a_value_of_another_type_is_refused(hint: Any, value: object) -> None:
    dataset = dataset_of(("a", hint))
    with pytest.raises(pa.ArrowException):
        dataset.table([dataset.record(value)])
