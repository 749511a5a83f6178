"""Records become Arrow tables that hold what their schema promises."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from warehouse.records import (
    ARTICLE_SCHEMA,
    CAPTURE_SCHEMA,
    IDENTITY_SCHEMA,
    UNREAD_PAGE_SCHEMA,
    Article,
    Capture,
    Identity,
    UnreadPage,
    to_table,
)


@pytest.mark.parametrize(
    ("record", "schema"),
    [
        (Capture, CAPTURE_SCHEMA),
        (Article, ARTICLE_SCHEMA),
        (UnreadPage, UNREAD_PAGE_SCHEMA),
        (Identity, IDENTITY_SCHEMA),
    ],
)
def test_a_schema_has_the_fields_of_its_record_in_order(record: type, schema: pa.Schema) -> None:
    assert schema.names == [field.name for field in dataclasses.fields(record)]


def test_a_capture_survives_the_way_through_a_table() -> None:
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
    (row,) = to_table([capture], CAPTURE_SCHEMA).to_pylist()
    assert Capture(**row) == capture


def test_null_where_none_may_be_is_refused() -> None:
    identity = Identity(capture_id="c", article_id="a", content_hash=None, revision_hash="r")
    assert to_table([identity], IDENTITY_SCHEMA).num_rows == 1
    broken = dataclasses.replace(identity, revision_hash=None)  # type: ignore[arg-type]  # what is being tested
    with pytest.raises(pa.ArrowInvalid, match="revision_hash"):
        to_table([broken], IDENTITY_SCHEMA)
