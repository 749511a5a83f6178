"""How a crawl of one portal went: a pure function of what the crawl counted and what the portal leads us to expect.

Here: the counts that a verdict needs and the rules. Not here: counting (`spiders.crawl`) or telling anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spiders.challenge import CHALLENGE_KINDS
from spiders.portal import Expectations
from warehouse.records import Verdict

# Errors that say nothing about the portal's health: articles come and go, and robots.txt is obeyed, not suffered.
_HARMLESS = frozenset({"http_404", "http_410", "robots_denied", "out_of_scope", "too_large"})
REFUSALS = frozenset({"http_401", "http_403", "http_429"}) | CHALLENGE_KINDS
# Answers, but none that a crawl can use.
_USELESS_ANSWERS = frozenset({"redirect_loop", "too_large", "not_a_feed", "not_a_sitemap"})
# Above this share of requests that failed, what was collected is too patchy to be called a look at the portal. A
# single slow page in a small crawl must not reach it.
_ERROR_SHARE_MAX = 0.10


@dataclass(frozen=True, slots=True)
class CrawlStatistics:
    """What a crawl of one portal counted.

    Attributes:
        pages: responses with status 200 that were neither a challenge nor robots.txt.
        articles_captured: articles whose page came.
        start_failures: start addresses (seed URLs, feeds, sitemaps) that gave no page.
        cut_short: why the crawl ended before its frontier was empty; None where it did not.
        errors: requests that failed for good, by kind.
    """

    requests: int
    pages: int
    list_rows_seen: int
    articles_found: int
    articles_new: int
    articles_captured: int
    start_failures: int
    cut_short: str | None
    errors: Mapping[str, int]


def judge(statistics: CrawlStatistics, expectations: Expectations) -> tuple[Verdict, str]:
    """Return the verdict on a crawl and the reason, in words for an operator."""
    errors = statistics.errors
    refusals = sum(count for kind, count in errors.items() if kind in REFUSALS)
    if statistics.pages == 0:
        return _judge_nothing(statistics, refusals)
    if statistics.cut_short:
        return "partial", f"ended early: {statistics.cut_short}"
    if statistics.list_rows_seen == 0 and refusals:
        return "blocked", f"no list row came through; {_spell(errors)}"
    if errors.get("callback_error"):
        return "broken", f"{errors['callback_error']} pages made the crawler fail; its log has the traces"
    if statistics.list_rows_seen < expectations.list_rows_min:
        return "broken", (
            f"{statistics.pages} pages came, but only {statistics.list_rows_seen} list rows could be read; "
            f"at least {expectations.list_rows_min} were expected"
        )
    if statistics.articles_found == 0:
        return "broken", f"{statistics.list_rows_seen} list rows were read, but none led to an article"
    if statistics.articles_captured == 0:
        return "broken", f"none of {statistics.articles_found} articles came; {_spell(errors)}"
    if statistics.start_failures:
        return "partial", f"{statistics.start_failures} start addresses gave no page; {_spell(errors)}"
    harmful = sum(count for kind, count in errors.items() if kind not in _HARMLESS)
    if harmful > _ERROR_SHARE_MAX * statistics.requests:
        return "partial", f"{harmful} of {statistics.requests} requests failed; {_spell(errors)}"
    found = f"{statistics.list_rows_seen} list rows, {statistics.articles_found} articles"
    if statistics.articles_new == 0:
        return "no_news", f"{found}, none of them new"
    return "ok", f"{found}, {statistics.articles_new} of them new"


def _judge_nothing(statistics: CrawlStatistics, refusals: int) -> tuple[Verdict, str]:
    if statistics.cut_short:
        return "partial", f"ended before any page came: {statistics.cut_short}"
    if refusals:
        return "blocked", f"no page came; {_spell(statistics.errors)}"
    if statistics.errors.keys() == {"robots_denied"}:
        return "blocked", "robots.txt forbids every start address"
    if statistics.errors.get("out_of_scope"):
        return "broken", f"the start addresses lead out of the portal's scope; {_spell(statistics.errors)}"
    if any(kind.startswith("http_") or kind in _USELESS_ANSWERS for kind in statistics.errors):
        return "broken", f"the portal answers, but with no page; {_spell(statistics.errors)}"
    return "unreachable", f"no page came; {_spell(statistics.errors)}"


def _spell(errors: Mapping[str, int]) -> str:
    if not errors:
        return "no error was reported"
    return ", ".join(f"{kind}: {count}" for kind, count in sorted(errors.items(), key=lambda item: -item[1]))
