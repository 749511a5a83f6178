"""Excerpts of marts: the number of rows of each kind, and a few rows with the articles they name.

Belongs here: which columns and rows of a mart are shown, and reading them.
Does not belong here: how they are shown (`dagster_project.defs.dbt_models`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import duckdb

from warehouse.home import Home
from warehouse.tables import store

EXAMPLES_MAX: Final = 5

# Columns that name an article.
_ARTICLE_ID: Final = "article_id"


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a mart.

    Attributes:
        columns: those of the examples, as expressions; an id of an article is shown as the article.
        order: the rows that come first by it are the examples.
        kind: the expression by which rows are counted; it must have few values, none of them of a page.
    """

    columns: tuple[str, ...]
    order: str
    kind: str | None = None


SHOWN: Final[Mapping[str, Shown]] = {
    "fct_near_duplicates": Shown(
        ("article_id", "other_article_id", "kind", "similarity", "figures_added", "figures_removed"),
        "published_by desc, article_id, revision, other_article_id, other_revision",
        "kind",
    ),
    "fct_reprints": Shown(
        ("article_id", "original_article_id", "original_portal", "how_known", "kind", "delay_minutes"),
        "published_by desc nulls last, article_id",
        "how_known",
    ),
    "fct_portal_flows": Shown(
        ("original_portal", "portal", "reprint_count", "copy_count", "original_missing_count", "median_delay_minutes"),
        "reprint_count desc, original_portal, portal",
    ),
    "fct_stale_copies": Shown(
        ("article_id", "original_article_id", "carried_sentence", "corrected_sentence", "stale_since", "followed_at"),
        "significance desc, stale_since desc, article_id, original_article_id, original_revision, sentence_number",
        "if(is_stale, 'stale', 'followed')",
    ),
    "fct_shared_passages": Shown(
        ("article_id", "first_article_id", "kind", "shared_word_share"),
        "is_first, first_published_at desc nulls last, passage_id, article_id, start_offset",
        "if(is_first, 'first', kind)",
    ),
    "dim_stories": Shown(
        ("lead_article_id", "article_count", "portal_count", "first_published_by", "last_published_by"),
        "portal_count desc, article_count desc, first_published_by desc, story_id",
        "if(article_count > 1, 'told_by_several', 'alone')",
    ),
    "fct_story_articles": Shown(
        ("article_id", "similarity", "shared_names", "shared_figures", "shared_documents"),
        "similarity is null, assigned_on desc, similarity desc, article_id",
        "if(similarity is null, 'first_or_alone', 'joined')",
    ),
}
"""What is shown of each mart, by its name; a mart without a line has no excerpt."""


@dataclass(frozen=True, slots=True)
class Named:
    """An article that a row names; without title and URL if the corpus has it no more."""

    article_id: str
    title: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is shown of one mart.

    Attributes:
        kinds: the number of rows by kind; empty if the mart's rows have none.
        columns: the names of the examples' values.
        examples: rows; an article is `Named`.
    """

    rows: int
    kinds: Mapping[str, int]
    columns: tuple[str, ...]
    examples: tuple[tuple[object, ...], ...]


def excerpts_of(home: Home, marts: Collection[str]) -> Mapping[str, Excerpt]:
    """Return the excerpts of marts in `SHOWN` that are built; the caller holds the lock."""
    with store.connect(home) as warehouse:
        return {
            mart: _excerpt(warehouse, mart, shown)
            for mart, shown in SHOWN.items()
            if mart in marts and store.has_table(warehouse, "marts", mart)
        }


def _excerpt(warehouse: duckdb.DuckDBPyConnection, mart: str, shown: Shown) -> Excerpt:
    kind = shown.kind or "null"
    counted = warehouse.execute(
        f"select {kind} as kind, count(*) from marts.{mart} group by 1 order by 1"  # noqa: S608 - our own names
    ).fetchall()
    rows = warehouse.execute(
        f"select {', '.join(shown.columns)} from marts.{mart} order by {shown.order} limit {EXAMPLES_MAX}"  # noqa: S608 - our own names
    ).fetchall()
    places = [place for place, column in enumerate(shown.columns) if column.endswith(_ARTICLE_ID)]
    named = _named(warehouse, {row[place] for row in rows for place in places} - {None})
    examples = (
        tuple(named.get(value, value) if place in places else value for place, value in enumerate(row)) for row in rows
    )
    return Excerpt(
        sum(count for _, count in counted),
        {value: count for value, count in counted if value is not None},
        shown.columns,
        tuple(examples),
    )


def _named(warehouse: duckdb.DuckDBPyConnection, article_ids: Collection[str]) -> Mapping[str, Named]:
    found = warehouse.execute(
        "select article_id, title, url from marts.fct_articles where article_id in (select unnest(?))",
        [list(article_ids)],
    ).fetchall()
    return {article_id: Named(article_id) for article_id in article_ids} | {row[0]: Named(*row) for row in found}
