"""Finds in a release which capture a row cites.

Belongs here: ids of articles, revisions and captures, also those of earlier releases. Does not belong here: reading the
capture's bytes (`warehouse.archive.cited`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

from warehouse.corpus.release import is_damage, moment, not_a_release
from warehouse.errors import InputError


class UnknownRowError(InputError):
    """A release has no row with this id; the message names both."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A capture as a release records it.

    Attributes:
        url: as it was requested.
        captured_at: when the response arrived.
        payload_digest: `sha256:<hex>` of the body as received; of a revisit, of the body that it refers to.
        warc_file: WARC file of the capture's own record, which may be a revisit, relative to the archive's folder.
        warc_offset: offset of that record in the file, in bytes, when the release was made.
    """

    capture_id: str
    url: str
    captured_at: datetime
    payload_digest: str
    warc_file: str
    warc_offset: int


# In this order: an article_id of an earlier release may stand for an article that has another one today.
_CAPTURE_OF_ARTICLE: Final = (
    "select capture_id from fct_articles where article_id = $id",
    "select capture_id from dim_article_ids join fct_articles using (article_id) where former_article_id = $id",
    "select capture_id from fct_captures where capture_id = $id",
)
_CAPTURE_OF_REVISION: Final = (
    "select capture_id from fct_article_revisions where article_id = $id and revision = $revision",
    "select capture_id from dim_article_ids join fct_article_revisions using (article_id)"
    " where former_article_id = $id and revision = $revision",
)


def find_citation(release: duckdb.DuckDBPyConnection, path: Path, row_id: str, revision: int | None) -> Citation:
    """Return the capture that a row of the open release at `path` cites.

    Args:
        release: an open release, of this or an earlier version.
        path: its file.
        row_id: an article_id, also a former one, or a capture_id.
        revision: the number of a revision of that article; None means the newest.

    Raises:
        UnknownRowError: the release has no such article, revision or capture.
        DamagedReleaseError: the release is damaged.
    """
    values: dict[str, object] = {"id": row_id} if revision is None else {"id": row_id, "revision": revision}
    try:
        for sql in _CAPTURE_OF_ARTICLE if revision is None else _CAPTURE_OF_REVISION:
            if found := release.execute(sql, values).fetchone():
                return _citation(release, found[0])
    except duckdb.Error as error:
        if is_damage(error):
            raise not_a_release(path, error) from error
        raise
    what = "article or capture" if revision is None else f"article with a revision {revision}"
    raise UnknownRowError(f"{path}: no {what} has the id {row_id}; ids are in fct_articles, and in fct_captures")


def _citation(release: duckdb.DuckDBPyConnection, capture_id: str) -> Citation:
    row = release.execute(
        "select capture_id, url, epoch_us(captured_at), payload_digest, warc_file, warc_offset"
        " from fct_captures where capture_id = $id",
        {"id": capture_id},
    ).fetchall()[0]
    return Citation(row[0], row[1], moment(row[2]), *row[3:])
