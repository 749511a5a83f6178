"""Judgements compare the extraction of each portal's newest crawl with the portal's earlier crawls.

Belongs here: reading dbt's judgements from the warehouse. Does not belong here: the rule, its limits and the choice of
examples (`int_extraction__judged` and `int_extraction__breakages` in `dbt_models`).
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
        field: a field such as `title`, or a fault such as `fallback`, as in the columns of `fct_extraction_quality`.
        pages: the number of pages that the share refers to.
        share: the share (0 to 1) of these pages with the field or fault.
        usual_share: the median share of the earlier crawls.
        is_breakage: whether the share is worse than usual, beyond the limits.
        example_urls: up to three pages that show the breakage.
    """

    field: str
    pages: int
    share: float
    usual_share: float
    is_breakage: bool
    example_urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judgement of a portal's newest crawl with enough pages.

    Attributes:
        fields: the fields that could be judged, in alphabetical order.
    """

    portal: str
    crawl_id: str
    fields: tuple[FieldJudgement, ...]

    @property
    def breakages(self) -> tuple[FieldJudgement, ...]:
        """The fields whose share is worse than usual."""
        return tuple(field for field in self.fields if field.is_breakage)

    def __str__(self) -> str:
        broken = [
            f"{field.field} {field.share:.0%} of {field.pages} pages, usually {field.usual_share:.0%}"
            f" (see {' '.join(field.example_urls)})"
            for field in self.breakages
        ]
        comparison = f"worse than usual: {'; '.join(broken)}" if broken else "as usual"
        return f"{self.portal}: crawl {self.crawl_id} is read {comparison}"


def judgements(home: Home) -> Mapping[str, Judgement]:
    """Return the judgement of each portal that has a crawl to judge and an earlier one.

    The result is empty before the first build. The caller must hold the lock.
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
