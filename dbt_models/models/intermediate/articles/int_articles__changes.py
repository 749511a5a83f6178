"""What each revision changed: `warehouse.derive.revisions` applied to `int_articles__edits`.

In Python, because SQL cannot compare texts word by word. A model and not a user-defined function, so that batches of
texts go to worker processes.
"""

import pyarrow as pa

from warehouse.derive.revisions.rows import change_rows
from warehouse.executors import map_batches

BATCH_ROWS = 200

TEXTS = pa.list_(pa.string())
SCHEMA = pa.schema(
    [
        ("article_id", pa.string()),
        ("revision", pa.int64()),
        ("changed_fields", TEXTS),
        ("added_word_count", pa.int64()),
        ("removed_word_count", pa.int64()),
        ("diff", pa.string()),
        ("figures_removed", TEXTS),
        ("figures_added", TEXTS),
        ("dates_removed", TEXTS),
        ("dates_added", TEXTS),
        ("significance", pa.float64()),
    ]
)


def model(dbt, session):
    """Return one row for each pair of consecutive revisions; a row depends on the revisions of its article."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="replace",
        unique_key=["article_id"],
        meta={"changes": "int_changes__articles"},
    )
    dbt.ref("int_changes__articles")  # whose rows are replaced
    changes = map_batches(change_rows, batches_of(dbt.ref("int_articles__edits")))
    return pa.Table.from_batches([pa.RecordBatch.from_pylist(rows, schema=SCHEMA) for rows in changes], schema=SCHEMA)


def batches_of(edits):
    """Yield the rows in batches, as lists of mappings."""
    while rows := edits.fetchmany(BATCH_ROWS):
        yield [dict(zip(edits.columns, row, strict=True)) for row in rows]
