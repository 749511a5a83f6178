"""What each day decided about stories: `warehouse.tables.stories` on the articles that arrived on it.

In Python, because SQL links no groups of articles. Day by day, since each begins with what was decided before.
"""

import pyarrow as pa

from warehouse.tables.stories.journal import SCHEMA, Relations, journal_of


def model(dbt, session):
    """Return the decisions of the changed days; a row depends on the articles that arrived until its day."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="replace",
        unique_key=["decided_on"],
        meta={"changes": "int_changes__story_days"},
    )
    relations = Relations(
        articles=dbt.ref("int_stories__articles").sql_query(),
        terms=dbt.ref("stg_portal__story_terms").sql_query(),
        days=dbt.ref("int_stories__days").sql_query(),
        snapshots=dbt.ref("int_stories__snapshots").sql_query(),
        changed_days=dbt.ref("int_changes__story_days").sql_query(),  # whose rows are replaced
        journal=str(dbt.this) if dbt.is_incremental else None,
    )
    return pa.concat_tables([SCHEMA.empty_table(), *journal_of(session, relations)])
