"""The sentences that linked articles share: `warehouse.derive.passages` applied to `int_passages__pairs`.

In Python for the reasons of `int_articles__changes`.
"""

import pyarrow as pa

from warehouse.derive.passages.rows import PassageBatch, shared_rows
from warehouse.executors import map_batches
from warehouse.tables.store import read_texts

BATCH_ROWS = 200

SCHEMA = pa.schema(
    [
        ("article_id", pa.string()),
        ("first_article_id", pa.string()),
        ("field", pa.string()),
        ("start_offset", pa.int32()),
        ("end_offset", pa.int32()),
        ("first_field", pa.string()),
        ("first_start_offset", pa.int32()),
        ("first_end_offset", pa.int32()),
        ("kind", pa.string()),
        ("shared_word_share", pa.float64()),
        ("first_shared_word_share", pa.float64()),
    ]
)


def model(dbt, session):
    """Return one row for each sentence that two linked articles share; a row depends on these two texts."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="replace",
        unique_key=["article_id", "first_article_id"],
        meta={"changes": "int_changes__passages"},
    )
    dbt.ref("int_changes__passages")  # whose rows are replaced
    # Those of one earlier article together, so that it is read and indexed once.
    pairs = dbt.ref("int_passages__pairs").order("first_article_id, article_id")
    shared = map_batches(shared_rows, batches_of(session, dbt.ref("stg_portal__articles").sql_query(), pairs))
    return pa.Table.from_batches([pa.RecordBatch.from_pylist(rows, schema=SCHEMA) for rows in shared], schema=SCHEMA)


def batches_of(session, articles, pairs):
    """Yield pairs with their texts, in batches."""
    # A connection of its own: a query would end the reading of pairs.
    reader = session.cursor()
    while rows := pairs.fetchmany(BATCH_ROWS):
        batch = [dict(zip(pairs.columns, row, strict=True)) for row in rows]
        captures = (pair[key] for pair in batch for key in ("capture_id", "first_capture_id"))
        yield PassageBatch(batch, read_texts(reader, articles, captures))
