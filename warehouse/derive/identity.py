"""The stage that computes the hashes of articles.

Does not belong here: the definition of the hashes (`warehouse.text.identity`), and comparing them (dbt's
`int_articles__deduplicated`).
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from warehouse.datasets import ARTICLES, IDENTITIES
from warehouse.records import Article
from warehouse.stages import Stage, Unit
from warehouse.text.identity import identify

# Increase when the normal form or the hashed fields change.
_VERSION = "2"


def _identify(unit: Unit) -> Mapping[str, pa.Table]:
    rows = unit.read(ARTICLES).to_pylist()
    return {IDENTITIES.name: IDENTITIES.table(identify(Article(**row)) for row in rows)}


IDENTIFICATION = Stage("identification", _VERSION, (ARTICLES,), (IDENTITIES,), _identify)
