"""Articles file → identities file: the hashes by which articles are compared, as units of work, one a crawl.

Not here: what the hashes are (`warehouse.text.identity`), or comparing them (dbt's `int_articles__deduplicated`).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.durable import replacing
from warehouse.home import Home
from warehouse.records import IDENTITY_SCHEMA, Article, to_table
from warehouse.text.identity import identify

_ARTICLES_KEY = b"hanoi_corpus.articles"


class DamagedArticlesError(Exception):
    """An articles file that cannot be read; the message names it and says what to do."""


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
    """Hash the articles of every file of that extractor version that has no identities yet, or other ones.

    Identities without articles, and those of other extractor versions, are removed.

    Raises:
        DamagedArticlesError: an articles file cannot be read.
        OSError: an identities file cannot be written.
    """
    written: dict[Path, int] = {}
    articles_files = sorted(home.articles(extractor_version).glob("*/[!.]*.parquet"))
    _remove_orphans(home.identities(extractor_version), articles_files)
    for articles in articles_files:
        destination = home.identities(extractor_version) / articles.parent.name / articles.name
        digest = hashlib.sha256(articles.read_bytes()).hexdigest().encode()
        if not _is_current(destination, digest):
            written[destination] = _identify_file(articles, destination, digest)
    return Identification(written, len(articles_files) - len(written))


def _identify_file(articles: Path, destination: Path, digest: bytes) -> int:
    try:
        rows = pq.ParquetFile(articles).read().to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DamagedArticlesError(
            f"{articles}: cannot be read as a file of articles: {error}. "
            "Delete it and run `hanoi-corpus build`: it is made again from the archive."
        ) from error
    identities = [identify(Article(**{name: _frozen(value) for name, value in row.items()})) for row in rows]
    table = to_table(identities, IDENTITY_SCHEMA).replace_schema_metadata({_ARTICLES_KEY: digest})
    with replacing(destination) as temporary:
        pq.write_table(table, temporary, compression="zstd")
    return len(identities)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _is_current(identities: Path, digest: bytes) -> bool:
    try:
        return identities.exists() and (pq.read_schema(identities).metadata or {}).get(_ARTICLES_KEY) == digest
    except (pa.ArrowException, OSError):
        return False  # spoilt, and made again


def _remove_orphans(identities: Path, articles_files: list[Path]) -> None:
    expected = {identities / articles.parent.name / articles.name for articles in articles_files}
    for version in identities.parent.iterdir() if identities.parent.exists() else ():
        if version != identities and version.is_dir():
            shutil.rmtree(version)
    for file in identities.glob("*/[!.]*.parquet"):
        if file not in expected:
            file.unlink()
