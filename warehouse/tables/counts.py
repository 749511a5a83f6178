"""Compares the articles that each portal's newest crawl counted with those that the corpus read.

Belongs here: reading the counts from the warehouse, the rule, and its wording. Does not belong here: what the crawl
counts (`spiders.crawl.log`), and why a page is not read (`spiders.extract.article.UNREAD_REASONS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from warehouse.home import Home
from warehouse.records import REGULAR_KINDS
from warehouse.tables import store

_EXAMPLES_MAX: Final = 3


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of a portal's newest regular crawl.

    Attributes:
        captured: articles that the crawl counted as captured.
        read: articles that the corpus has of the crawl's pages.
        unread: pages that the crawl requested as articles and the corpus reads as none, by reason.
        example_urls: some pages that the corpus reads as articles and the crawl did not request as such.
    """

    portal: str
    crawl_id: str
    captured: int
    read: int
    unread: Mapping[str, int]
    example_urls: tuple[str, ...]

    @property
    def agree(self) -> bool:
        """Whether the crawl knows every article that was read, and every other one has a reason."""
        return self.read <= self.captured <= self.read + sum(self.unread.values())

    def __str__(self) -> str:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in sorted(self.unread.items()))
        unread = f", and {sum(self.unread.values())} pages as none ({reasons})" if reasons else ""
        counts = (
            f"{self.portal}: crawl {self.crawl_id} counted {self.captured} articles; the corpus reads {self.read} of "
            f"its pages as articles{unread}"
        )
        if self.agree:
            return counts
        if self.read > self.captured:
            examples = (
                f" Pages that were not requested as articles: {' '.join(self.example_urls)}."
                if self.example_urls
                else ""
            )
            return (
                f"{counts}. The crawl does not know {self.read - self.captured} of them, so it does not watch them for "
                f"edits and removals.{examples} If they are articles, see why the crawl takes them for lists: "
                f"hanoi-corpus portals probe {self.portal}. If they are none, the extraction is wrong."
            )
        lost = self.captured - self.read - sum(self.unread.values())
        return (
            f"{counts}. {lost} are in neither: see whether the archive is whole: hanoi-corpus archive verify; then "
            "hanoi-corpus build."
        )


def counts_of(home: Home) -> Mapping[str, Counts]:
    """Return the counts of each portal with a crawl to compare; the caller holds the lock.

    A crawl that resumed another one cannot: a part of its articles came from the other's captures. The result is empty
    before the first build.
    """
    with store.connect(home) as warehouse:
        if not store.has_table(warehouse, "marts", "fct_crawls"):
            return {}
        crawls = warehouse.execute(
            "select portal, crawl_id, articles_captured, articles_read from marts.fct_crawls"
            " where list_contains(?, kind) and captures > 0"
            " qualify row_number() over (partition by portal order by started_at desc, crawl_id desc) = 1"
            " and resumes is null order by portal",
            [list(REGULAR_KINDS)],
        ).fetchall()
        crawl_ids = [crawl_id for _, crawl_id, *_ in crawls]
        unread = warehouse.execute(
            "select crawl_id, reason, count(*) from marts.fct_unread_pages where list_contains(?, crawl_id)"
            " group by all order by all",
            [crawl_ids],
        ).fetchall()
        unknown = warehouse.execute(
            "select captures.crawl_id, list_sort(list(captures.url))[:?] from marts.fct_captures as captures"
            " semi join intermediate.int_articles__captured as articles using (capture_id)"
            " where captures.article_key is null and list_contains(?, captures.crawl_id) group by all",
            [_EXAMPLES_MAX, crawl_ids],
        ).fetchall()
    reasons: dict[str, dict[str, int]] = {}
    for crawl_id, reason, count in unread:
        reasons.setdefault(crawl_id, {})[reason] = count
    examples = {crawl_id: tuple(urls) for crawl_id, urls in unknown}
    return {
        portal: Counts(portal, crawl_id, captured, read, reasons.get(crawl_id, {}), examples.get(crawl_id, ()))
        for portal, crawl_id, captured, read in crawls
    }
