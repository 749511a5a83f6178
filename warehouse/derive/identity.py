"""The stage from articles to identities: the hashes by which articles are compared.

Not here: what the hashes are (`warehouse.text.identity`), or comparing them (dbt's `int_articles__deduplicated`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from warehouse.datasets import ARTICLES, IDENTITIES
from warehouse.records import Article
from warehouse.stages import Stage, Unit
from warehouse.text.identity import identify

# Raised with the normal form, or with the fields that a hash is over.
_VERSION = "1"


def _identify(unit: Unit) -> Mapping[str, pa.Table]:
    rows = unit.read(ARTICLES).to_pylist()
    articles = (Article(**{name: _frozen(value) for name, value in row.items()}) for row in rows)
    return {IDENTITIES.name: IDENTITIES.table(identify(article) for article in articles)}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


IDENTIFICATION = Stage("identification", _VERSION, (ARTICLES,), (IDENTITIES,), _identify)
