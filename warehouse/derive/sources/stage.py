"""The stage that finds the sources that articles name.

Does not belong here: the rules (`warehouse.derive.sources.credits`), and resolving a source to a portal and an article
(dbt's `int_articles__credited`).
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from warehouse.datasets import ARTICLES, CREDITS
from warehouse.derive.sources.credits import credit_of
from warehouse.records import Article
from warehouse.stages import Stage, Unit

# Increase when the rules, the publishers or the form of keys change. Keys of portals are made in each build.
_VERSION = "1"


def _credits(unit: Unit) -> Mapping[str, pa.Table]:
    articles = (Article(**row) for row in unit.read(ARTICLES).to_pylist())
    return {CREDITS.name: CREDITS.table(credit for article in articles if (credit := credit_of(article)))}


CREDITING = Stage("crediting", _VERSION, (ARTICLES,), (CREDITS,), _credits)
