"""Which corrections of an original its copies still carry: `warehouse.derive.copies.corrections`.

In Python, because SQL cannot align sentences.
"""

import pyarrow as pa

from warehouse.derive.copies.rows import CorrectionBatch, carried_rows
from warehouse.executors import map_batches
from warehouse.tables.store import read_texts

BATCH_PAIRS = 200

TEXTS = pa.list_(pa.string())
MOMENT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("article_id", pa.string()),
        ("revision", pa.int64()),
        ("other_article_id", pa.string()),
        ("other_revision", pa.int64()),
        ("sentence_number", pa.int32()),
        ("significance", pa.float64()),
        ("corrected_at", MOMENT),
        ("stale_since", MOMENT),
        ("followed_at", MOMENT),
        ("followed_revision", pa.int64()),
        ("carried_sentence", pa.string()),
        ("former_sentence", pa.string()),
        ("corrected_sentence", pa.string()),
        ("figures_removed", TEXTS),
        ("figures_added", TEXTS),
        ("capture_id", pa.string()),
        ("other_capture_id", pa.string()),
    ]
)


def model(dbt, session):
    """Return one row for each copy and sentence of its original that it carried after the original corrected it.

    A row depends on the revisions of both articles, and on whether one is a copy of the other.
    """
    dbt.config(
        materialized="incremental",
        incremental_strategy="replace",
        unique_key=["article_id"],
        meta={"changes": "int_changes__copied"},
    )
    dbt.ref("int_changes__copied")  # whose rows are replaced
    articles = dbt.ref("stg_portal__articles").sql_query()
    pairs = dbt.ref("int_corrections__pairs")
    # In an order of their own, so that the pairs of one original share its texts.
    rows = sorted(pairs.fetchall(), key=lambda row: (row[1], row[2], row[0]))
    found = map_batches(carried_rows, batches_of(session, articles, pairs.columns, rows))
    return pa.concat_tables([SCHEMA.empty_table(), *(pa.Table.from_pylist(each, schema=SCHEMA) for each in found)])


def batches_of(session, articles, names, rows):
    """Yield pairs with the texts of all their captures, in batches."""
    for start in range(0, len(rows), BATCH_PAIRS):
        pairs = [dict(zip(names, row, strict=True)) for row in rows[start : start + BATCH_PAIRS]]
        captures = [pair[f"{state}_capture_id"] for pair in pairs for state in ("former", "corrected")]
        captures += [revision["capture_id"] for pair in pairs for revision in pair["revisions"]]
        yield CorrectionBatch(pairs, read_texts(session, articles, captures))
