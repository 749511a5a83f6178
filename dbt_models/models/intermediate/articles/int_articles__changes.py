"""What each revision changed: `warehouse.derive.revisions` applied to `int_articles__edits`.

In Python, because SQL cannot compare texts word by word. A model and not a user-defined function, because DuckDB's
Python functions need numpy.
"""

import pyarrow as pa

from warehouse.derive.revisions.edits import FIELDS, edit_of

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
    ]
)
COMPUTED = [name for name in SCHEMA.names if name not in ("article_id", "revision")]


def model(dbt, session):
    """Return one row for each pair of consecutive revisions."""
    dbt.config(materialized="table")
    edits = dbt.ref("int_articles__edits")
    batches = []
    while rows := edits.fetchmany(BATCH_ROWS):
        changes = [row_of(dict(zip(edits.columns, row, strict=True))) for row in rows]
        batches.append(pa.RecordBatch.from_pylist(changes, schema=SCHEMA))
    return pa.Table.from_batches(batches, schema=SCHEMA)


def row_of(pair):
    """Return the changes for one row of `int_articles__edits`."""
    before, after = ({field: pair[f"{field}_{side}"] for field in FIELDS} for side in ("before", "after"))
    edit = edit_of(before, after)
    computed = {name: getattr(edit, name) for name in COMPUTED}
    return {"article_id": pair["article_id"], "revision": pair["revision"]} | computed
