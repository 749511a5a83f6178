"""Judgements: how each portal's newest crawl was read, beside what is usual there, and which fields broke.

Here: reading what dbt judged out of the warehouse. Not here: the rule, its limits and the choice of examples
(`int_extraction__judged` and `int_extraction__breakages` in `dbt_models`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from warehouse.home import Home
from warehouse.tables import store


@dataclass(frozen=True, slots=True)
class FieldJudgement:
    """One field of a crawl, compared with the portal's earlier crawls.

    Attributes:
        field: such as `title`, or a fault such as `fallback`; the columns of `fct_extraction_quality` name them.
        pages: how many pages the share is over.
        share: share of them that have it, of 1.
        usual_share: the median of the earlier crawls.
        is_breakage: whether it is worse than usual, beyond the limits.
        example_urls: of a breakage, up to three pages that show it.
    """

    field: str
    pages: int
    share: float
    usual_share: float
    is_breakage: bool
    example_urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The newest crawl of a portal that has enough pages to be judged.

    Attributes:
        fields: those that could be judged, in alphabetical order.
    """

    portal: str
    crawl_id: str
    fields: tuple[FieldJudgement, ...]

    @property
    def breakages(self) -> tuple[FieldJudgement, ...]:
        """The fields that are worse than usual."""
        return tuple(field for field in self.fields if field.is_breakage)

    def __str__(self) -> str:
        told = [
            f"{field.field} {field.share:.0%} of {field.pages} pages, usually {field.usual_share:.0%}"
            f" (see {' '.join(field.example_urls)})"
            for field in self.breakages
        ]
        return f"{self.portal}: crawl {self.crawl_id} is read {'worse than' if told else 'as'} usual{_listed(told)}"


def judgements(home: Home) -> Mapping[str, Judgement]:
    """Return the judgement of each portal that has a crawl to judge and an earlier one; the caller holds the lock.

    Args:
        home: whose warehouse is asked; nothing is judged before the first build.
    """
    with store.connect(home) as warehouse:
        if not store.has_table(warehouse, "intermediate", "int_extraction__breakages"):
            return {}
        rows = warehouse.execute(
            "select judged.portal, judged.crawl_id, judged.field, judged.pages, judged.share, judged.usual_share,"
            " judged.is_breakage, coalesce(breakages.example_urls, [])"
            " from intermediate.int_extraction__judged as judged"
            " left join intermediate.int_extraction__breakages as breakages using (crawl_id, field)"
            " where judged.is_latest and judged.is_judged order by judged.portal, judged.crawl_id, judged.field"
        ).fetchall()
    fields: dict[tuple[str, str], list[FieldJudgement]] = {}
    for portal, crawl_id, field, pages, share, usual_share, is_breakage, example_urls in rows:
        judgement = FieldJudgement(field, pages, share, usual_share, is_breakage, tuple(example_urls))
        fields.setdefault((portal, crawl_id), []).append(judgement)
    return {
        portal: Judgement(portal, crawl_id, tuple(of_crawl)) for (portal, crawl_id), of_crawl in sorted(fields.items())
    }


def _listed(told: list[str]) -> str:
    return f": {'; '.join(told)}" if told else ""
