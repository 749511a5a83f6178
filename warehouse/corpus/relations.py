"""Finds in a release what an article copies, what copies it, and who tells of the same event.

Belongs here: the article at an address or with an id, and the rows of the marts that speak of it. Does not belong here:
which texts are alike (`warehouse.derive.copies`, `warehouse.derive.stories`), and printing (`dagster_project.cli`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from warehouse.corpus.release import is_damage, not_a_release
from warehouse.errors import InputError
from warehouse.text.address import address_key


class UnknownArticleError(InputError):
    """A release has no article at this address or with this id; the message names both."""


class EarlierReleaseError(InputError):
    """A release was made before copies and stories were looked for; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Relations:
    """An article, and the rows of the marts that speak of it and others, as names and values.

    Attributes:
        article: its row in fct_articles, without texts.
        reprint: its row in fct_reprints; None if it is no reprint.
        like: the texts of other articles that are like one of its revisions, earlier and later ones, by time.
        stale: sentences that it or a copy of it carries, or carried, after the original corrected them.
        story: the articles that tell of the same event, itself among them, by time; empty if it is alone.
    """

    article: Mapping[str, Any]
    reprint: Mapping[str, Any] | None
    like: tuple[Mapping[str, Any], ...]
    stale: tuple[Mapping[str, Any], ...]
    story: tuple[Mapping[str, Any], ...]


# An article_id of an earlier release may stand for an article that has another one today.
_BY_ID: Final = (
    "select article_id from fct_articles where article_id = $wanted",
    "select article_id from dim_article_ids where former_article_id = $wanted",
)
# Today's addresses count before former ones.
_ON_HOST: Final = """
select article_id, url from fct_articles where contains(url, $host)
union all
select article_id, from_url from fct_article_events where event = 'moved' and contains(from_url, $host)
"""
_ARTICLE: Final = """
select
    article_id, portal, url, title, published_at, published_precision, revision_count, is_canonical,
    canonical_article_id, copy_count, near_duplicate_of, is_original, is_removed
from fct_articles where article_id = $id
"""
_REPRINT: Final = """
select reprints.*, originals.title as original_title, originals.url as original_url
from fct_reprints as reprints
left join fct_articles as originals on reprints.original_article_id = originals.article_id
where reprints.article_id = $id
"""
_LIKE: Final = """
with pairs as (
    select
        'earlier' as relation, revision, other_article_id, other_revision, other_published_by as published_by, kind,
        similarity, changed_sentence_count, added_sentence_count, removed_sentence_count, figures_added,
        figures_removed
    from fct_near_duplicates where article_id = $id
    union all
    select
        'later' as relation, other_revision as revision, article_id as other_article_id, revision as other_revision,
        published_by, kind, similarity, changed_sentence_count, added_sentence_count, removed_sentence_count,
        figures_added, figures_removed
    from fct_near_duplicates where other_article_id = $id
)
select pairs.*, articles.portal as other_portal, articles.title as other_title, articles.url as other_url
from pairs inner join fct_articles as articles on pairs.other_article_id = articles.article_id
order by pairs.published_by, pairs.other_article_id, pairs.revision, pairs.other_revision
"""
_STALE: Final = """
select * from fct_stale_copies where article_id = $id or original_article_id = $id
order by corrected_at, article_id, sentence_number
"""
_STORY: Final = """
select told.*, articles.title, articles.url
from fct_story_articles as own
inner join dim_stories as stories on own.story_id = stories.story_id
inner join fct_story_articles as told on own.story_id = told.story_id
inner join fct_articles as articles on told.article_id = articles.article_id
where own.article_id = $id and stories.article_count > 1
order by told.published_by, told.article_id
"""


def find_relations(release: duckdb.DuckDBPyConnection, path: Path, wanted: str) -> Relations:
    """Return what a release knows of an article and others; `wanted` is its URL or article_id.

    `release` is open, and `path` is its file.

    Raises:
        UnknownArticleError: the release has no such article.
        EarlierReleaseError: the release has no tables of copies and stories.
        DamagedReleaseError: the release is damaged.
    """
    try:
        article_id = _article_id(release, wanted.strip())
        if article_id is None:
            raise UnknownArticleError(
                f"{path}: no article has the address or id {wanted}; both are in fct_articles, `url` and `article_id`"
            )
        reprints = _rows(release, _REPRINT, article_id)
        return Relations(
            article=_rows(release, _ARTICLE, article_id)[0],
            reprint=reprints[0] if reprints else None,
            like=_rows(release, _LIKE, article_id),
            stale=_rows(release, _STALE, article_id),
            story=_rows(release, _STORY, article_id),
        )
    except duckdb.CatalogException as error:
        raise EarlierReleaseError(
            f"{path}: this release is older than the tables of copies and stories; `hanoi-corpus build` makes a new one"
        ) from error
    except duckdb.Error as error:
        if is_damage(error):
            raise not_a_release(path, error) from error
        raise


def _article_id(release: duckdb.DuckDBPyConnection, wanted: str) -> str | None:
    for sql in _BY_ID:
        if found := release.execute(sql, {"wanted": wanted}).fetchone():
            return str(found[0])
    key = address_key(wanted)
    host = re.split("[/?]", key, maxsplit=1)[0]
    addresses = release.execute(_ON_HOST, {"host": host}).fetchall() if host else []
    return next((article_id for article_id, url in addresses if address_key(url) == key), None)


def _rows(release: duckdb.DuckDBPyConnection, sql: str, article_id: str) -> tuple[Mapping[str, Any], ...]:
    found = release.execute(sql, {"id": article_id})
    names = [column[0] for column in found.description or ()]
    return tuple(dict(zip(names, row, strict=True)) for row in found.fetchall())
