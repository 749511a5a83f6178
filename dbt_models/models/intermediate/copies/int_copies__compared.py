"""How the texts of each candidate pair differ: `warehouse.derive.copies.comparing`.

In Python, because SQL cannot align sentences.
"""

import pyarrow as pa

from warehouse.derive.copies.rows import PairBatch, compared_rows
from warehouse.executors import map_batches
from warehouse.tables.store import read_texts

BATCH_PAIRS = 500

TEXTS = pa.list_(pa.string())
SCHEMA = pa.schema(
    [
        ("text_id", pa.string()),
        ("other_text_id", pa.string()),
        ("kind", pa.string()),
        ("similarity", pa.float64()),
        ("containment", pa.float64()),
        ("other_containment", pa.float64()),
        ("changed_sentence_count", pa.int32()),
        ("added_sentence_count", pa.int32()),
        ("removed_sentence_count", pa.int32()),
        ("figures_added", TEXTS),
        ("figures_removed", TEXTS),
        ("dates_added", TEXTS),
        ("dates_removed", TEXTS),
    ]
)

# The candidates that this build looks at in an increment.
CHANGED = "(select pairs.* from {candidates} as pairs semi join {changed} as changed using (text_id))"
# Of these, the rows of pairs that were candidates before, and whose texts did not change.
KEPT = """
select former_rows.*
from {this} as former_rows
semi join {pairs} as pairs using (text_id, other_text_id)
anti join {changed_texts} as changed on former_rows.text_id = changed.text_id
anti join {changed_texts} as other_changed on former_rows.other_text_id = other_changed.text_id
"""
OTHERS = "(select pairs.* from {pairs} as pairs anti join kept using (text_id, other_text_id))"
# The pairs to compare, with where their texts are read, in the order of these places.
PLACED = """
select pairs.text_id, pairs.other_text_id, texts.capture_id, other_texts.capture_id
from {pairs} as pairs
inner join {texts} as texts on pairs.text_id = texts.text_id
inner join {articles} as articles on texts.capture_id = articles.capture_id
inner join {texts} as other_texts on pairs.other_text_id = other_texts.text_id
inner join {articles} as others on other_texts.capture_id = others.capture_id
order by articles.row_position, others.row_position
"""


def model(dbt, session):
    """Return one row for each candidate pair; those that are not alike have no kind.

    A row depends on its two texts and on whether they are candidates. Pairs of unchanged texts keep their row.
    """
    dbt.config(
        materialized="incremental",
        incremental_strategy="replace",
        unique_key=["text_id"],
        meta={"changes": "int_changes__compared"},
    )
    relations = {
        "changed": dbt.ref("int_changes__compared"),  # whose rows are replaced
        "changed_texts": dbt.ref("int_changes__texts"),
        "candidates": dbt.ref("int_copies__candidates"),
        "texts": dbt.ref("int_copies__texts"),
        "articles": dbt.ref("stg_portal__articles"),
    }
    # As subqueries.
    names = {name: f"({relation.sql_query()})" for name, relation in relations.items()}
    pairs, kept = names["candidates"], SCHEMA.empty_table()
    if dbt.is_incremental:
        pairs = CHANGED.format(**names)
        kept = session.sql(KEPT.format(this=dbt.this, pairs=pairs, **names)).to_arrow_table()
        session.register("kept", kept)
        pairs = OTHERS.format(pairs=pairs)
    placed = session.sql(PLACED.format(pairs=pairs, **names)).fetchall()
    compared = map_batches(compared_rows, batches_of(session, names["articles"], placed))
    return pa.concat_tables([kept.cast(SCHEMA), *(pa.Table.from_pylist(rows, schema=SCHEMA) for rows in compared)])


def batches_of(session, articles, placed):
    """Yield pairs with their texts, in batches."""
    for start in range(0, len(placed), BATCH_PAIRS):
        pairs = placed[start : start + BATCH_PAIRS]
        yield PairBatch(pairs, read_texts(session, articles, (capture for pair in pairs for capture in pair[2:])))
