"""Articles file → identities file: the hashes by which articles are compared, as units of work, one a crawl.

Not here: what the hashes are (`warehouse.text.identity`), or comparing them (dbt's `int_articles__deduplicated`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from warehouse.durable import replacing
from warehouse.home import Home
from warehouse.records import IDENTITY_SCHEMA, Article, to_table
from warehouse.text.identity import identify

_ARTICLES_KEY = b"hanoi_corpus.articles"


@dataclass(frozen=True, slots=True)
class Identification:
    """What bringing the identities up to date did.

    Attributes:
        identities: identities in the files that were written, by Parquet file.
        unchanged: how many articles files had theirs already.
    """

    identities: Mapping[Path, int]
    unchanged: int


def identify_articles(home: Home, extractor_version: str) -> Identification:
    """Hash the articles of every file of that extractor version that has no identities yet, or other ones."""
    written: dict[Path, int] = {}
    articles_files = sorted(home.articles(extractor_version).glob("*/[!.]*.parquet"))
    for articles in articles_files:
        destination = home.identities(extractor_version) / articles.parent.name / articles.name
        digest = hashlib.sha256(articles.read_bytes()).hexdigest().encode()
        if not _is_current(destination, digest):
            written[destination] = _identify_file(articles, destination, digest)
    return Identification(written, len(articles_files) - len(written))


def _identify_file(articles: Path, destination: Path, digest: bytes) -> int:
    rows = pq.ParquetFile(articles).read().to_pylist()
    identities = [identify(Article(**{name: _frozen(value) for name, value in row.items()})) for row in rows]
    table = to_table(identities, IDENTITY_SCHEMA).replace_schema_metadata({_ARTICLES_KEY: digest})
    with replacing(destination) as temporary:
        pq.write_table(table, temporary, compression="zstd")
    return len(identities)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _is_current(identities: Path, digest: bytes) -> bool:
    return identities.exists() and (pq.read_schema(identities).metadata or {}).get(_ARTICLES_KEY) == digest
