"""The verdict on a crawl: a pure function of its stats, the portal's expectations and its history.

Belongs here: the stats that a verdict needs, the rules, and the wording of the reasons. Does not belong here: counting
(see `spiders.crawl.log`), the history of crawls (see `warehouse.archive.state.queries`), and alerts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from spiders.crawl.outcomes.kinds import explanation
from spiders.fetch.errors import UNEXPECTED
from spiders.pages.challenge import CHALLENGE_KINDS
from spiders.pages.no_content import NO_CONTENT_KINDS
from spiders.portal import Expectations
from warehouse.archive.state.queries import PastCrawl
from warehouse.clock import HANOI_TIME
from warehouse.records import HEALTHY_VERDICTS, CrawlKind, Purpose, Verdict

# These errors do not show that a portal is unhealthy: articles disappear, robots.txt may forbid requests, and the crawl
# has its own limits.
_HARMLESS = frozenset(
    {
        "http_404",
        "http_410",
        "robots_denied",
        "out_of_scope",
        "too_large",
        "decompression_ratio",
        "url_too_long",
        "pages_max",
        "stopped",
    }
)
REFUSALS = frozenset({"http_401", "http_403", "http_429"}) | CHALLENGE_KINDS
READER_ERROR = "reader_error"
"""The kind of pages on which a reader fails."""

# Errors of lists, feeds and sitemaps that could not be followed whole, and of all responses that could not be used.
_UNREADABLE_LISTS = frozenset(
    {
        *("not_a_feed", "not_a_sitemap", "list_too_large", "feed_without_addresses", "sitemap_without_addresses"),
        *("rows_share_address", READER_ERROR),
    }
)
_USELESS_ANSWERS = _UNREADABLE_LISTS | {
    *("redirect_loop", "too_large", "decompression_ratio", "undecodable", UNEXPECTED)
}
# Above this share of failed requests, a crawl has too many gaps to be healthy. One failure in ten requests is allowed.
_ERROR_SHARE_MAX = 0.10
# A portal that refuses half of the requests blocks the crawl; the rest got through by chance.
_REFUSED_SHARE = 0.5
_REFUSALS_MIN = 3
# A crawl is compared with this many earlier ones: two weeks of daily crawls, minus a few bad days.
_PAST_CRAWLS = 10
# A median of fewer crawls is a guess.
_PAST_CRAWLS_MIN = 3
# The number of rows varies from day to day, but a loss of two rows in three is no coincidence.
_ROWS_COLLAPSE = 1 / 3
# With four pages, two unrecognised ones lower the share by 50 points; with five, three are needed.
_COVERAGE_SAMPLE_MIN = 5
_COVERAGE_FALL = 0.5
# If ten articles fitted a template before, then three that all fit none are a new layout.
_UNRECOGNISED_MIN = 3
_RECOGNISED_BEFORE_MIN = 10
# Portals remove single articles. If three are gone at once and no other article came, the links are broken.
_GONE_AT_ONCE = 3
# So are they where more than half of the known articles that were asked are gone, or more than a tenth of all known:
# an office that clears out old news does not take one in ten in a day, but a redesign or a broken database does.
_GONE_OF_ASKED_MAX = 0.5
_GONE_OF_KNOWN_MAX = 0.1

_ROBOTS_UNAVAILABLE = "without robots.txt nothing else may be asked, and it could not be fetched"


@dataclass(frozen=True, slots=True)
class CrawlStats:
    """The counts by which a crawl of one portal is judged; `CrawlReport` describes those that it repeats.

    Attributes:
        pages: responses with status 200 that were neither a challenge nor robots.txt.
        start_failures: start URLs (seed URLs, feeds, sitemaps) that returned no page.
        cut_short: why the crawl ended before all its requests were sent; None if it did not.
        articles_asked: requested articles, without those that were already failing.
        articles_gone: requested articles that are gone: status 404 or 410, or another page in their place.
        articles_replaced: those of them in whose place another page came, such as a list, with status 200.
        articles_as_files: requested articles in whose place a file came.
        articles_gone_before: those of them that are no news: gone before, moved, or given up by
            `Expectations.comparable_from`.
        articles_moved: those of them that have moved to an address of their own, by the title and day of list rows.
        articles_vanished: those of them that were present before, and have not moved.
        articles_known_asked: articles that were present before and answered in this crawl.
        articles_known: articles that were present before.
        articles_from_lists: captured articles that came in answer to requests for lists.
        articles_recognised: captured articles that fit a template of the portal's platform; None for platform
            `generic`, which has no templates.
        robots_unavailable: requests that were not sent because robots.txt could not be fetched.
        not_modified: responses with status 304, which count as received pages.
        lists_not_modified: those of them for lists, feeds and sitemaps; their rows are not in `list_rows_seen`.
        sitemaps_unchanged: sitemaps that were not requested, because their index says that they did not change; their
            rows are not in `list_rows_seen` either.
        articles_known_elsewhere: links to articles that are known under another address.
        leads_on: the first URL that a page or a redirect led to and that was not requested; empty if none.
        not_followed: how many addresses were not requested because their kind gave nothing new, by kind.
        is_given_up: whether the crawl stopped itself after too many consecutive failures.
    """

    requests: int
    pages: int
    list_rows_seen: int
    articles_found: int
    articles_new: int
    articles_captured: int
    articles_asked: int
    start_failures: int
    cut_short: str | None
    errors: Mapping[str, int]
    kind: CrawlKind = "full"
    requests_for: Mapping[Purpose, int] = field(default_factory=dict)
    articles_gone: int = 0
    articles_replaced: int = 0
    articles_as_files: int = 0
    articles_gone_before: int = 0
    articles_moved: int = 0
    articles_vanished: int = 0
    articles_known_asked: int = 0
    articles_known: int = 0
    articles_from_lists: int = 0
    articles_recognised: int | None = None
    robots_unavailable: int = 0
    not_modified: int = 0
    lists_not_modified: int = 0
    sitemaps_unchanged: int = 0
    is_given_up: bool = False
    articles_known_elsewhere: int = 0
    leads_on: str = ""
    not_followed: Mapping[str, int] = field(default_factory=dict)

    @property
    def articles_came(self) -> int:
        """Captured articles that were requested as such."""
        return self.articles_captured - self.articles_from_lists


def judge(stats: CrawlStats, expectations: Expectations, history: Sequence[PastCrawl] = ()) -> tuple[Verdict, str]:
    """Return the verdict on a crawl and the reason, written for an operator.

    `history` holds earlier crawls of the portal in chronological order; unhealthy ones are ignored.
    """
    refusals = sum(count for kind, count in stats.errors.items() if kind in REFUSALS)
    if stats.pages + stats.not_modified == 0:
        return _judge_no_page(stats, refusals)
    if stats.cut_short:
        return "partial", f"ended early: {stats.cut_short}"
    if refusals and (refused := _refusal(stats, refusals)):
        return "blocked", refused
    past = [crawl for crawl in history if crawl.verdict in HEALTHY_VERDICTS and _is_comparable(crawl, expectations)]
    if broken := _list_fault(stats, expectations, past) or _disappearance(stats) or _article_fault(stats, past):
        return "broken", broken
    if patchy := _gaps(stats):
        return "partial", patchy
    return _judge_news(stats)


def _judge_no_page(stats: CrawlStats, refusals: int) -> tuple[Verdict, str]:
    errors = stats.errors
    early = f"; ended early: {stats.cut_short}" if stats.cut_short else ""
    asked = f"{_ROBOTS_UNAVAILABLE}: " if stats.robots_unavailable else ""
    if refusals:
        return "blocked", f"no page came: {asked}{_explain(errors, REFUSALS)}{early}"
    if stats.cut_short and not stats.is_given_up:
        return "partial", f"ended before any page came: {stats.cut_short}"
    if not errors:
        return "unreachable", f"no page came of {stats.requests} requests, and none failed; see the log of the crawl"
    if errors.keys() == {"robots_denied"}:
        return "blocked", "robots.txt forbids every start address"
    if errors.get("out_of_scope") and not asked:
        return "broken", f"the start addresses lead out of the portal's scope{_leads_on(stats)}; {_counts_text(errors)}"
    why = f"{asked}{_explain(errors, frozenset(errors))}{early}"
    if any(kind.startswith("http_") or kind in _USELESS_ANSWERS for kind in errors):
        return "broken", f"the portal answers, but with no page: {why}"
    return "unreachable", f"no page came: {why}"


def _refusal(stats: CrawlStats, refusals: int) -> str | None:
    """Return what was refused if that explains the outcome; None if enough requests were not refused."""
    why = _explain(stats.errors, REFUSALS)
    if stats.list_rows_seen == 0 and not _are_lists_unchanged(stats):
        return f"no list row came through: {why}"
    if stats.articles_came == 0 and stats.articles_asked and refusals >= stats.articles_asked / 2:
        return f"none of {stats.articles_asked} articles came: {why}"
    # On a quiet day a crawl sends few requests, and one or two articles that are always refused are half of them.
    refusals_min = 1 if stats.kind == "full" else _REFUSALS_MIN
    if refusals >= max(refusals_min, _REFUSED_SHARE * stats.requests):
        return f"{refusals} of {stats.requests} requests were refused: {why}"
    return None


def _list_fault(stats: CrawlStats, expectations: Expectations, past: Sequence[PastCrawl]) -> str | None:
    """Return what is wrong with the lists; None if nothing is."""
    if count := stats.errors.get("callback_error"):
        return f"{count} pages made the crawler fail; its log has the traces"
    if _are_lists_unchanged(stats):  # their rows were counted by an earlier crawl
        return None
    rows = stats.list_rows_seen
    # The file's minimum is for a full crawl; other crawls stop at known rows.
    rows_min = expectations.list_rows_min if stats.kind == "full" else 1
    kinds = NO_CONTENT_KINDS | _UNREADABLE_LISTS | {"undecodable"}
    why = f"; {_explain(stats.errors, kinds)}" if stats.errors.keys() - _HARMLESS else ""
    if rows < rows_min:
        return (
            f"{stats.pages} pages came, but only {rows} list rows could be read; at least {rows_min} were expected{why}"
            f"{_leads_on(stats)}"
        )
    before = [crawl.list_rows_seen for crawl in past if crawl.kind == stats.kind][-_PAST_CRAWLS:]
    if len(before) >= _PAST_CRAWLS_MIN and rows < _ROWS_COLLAPSE * (usual := median(before)):
        return (
            f"only {rows} list rows could be read, where {usual:g} are usual in crawls of kind {stats.kind}; "
            "where the portal itself has shrunk, say since when in expectations.comparable_from"
        )
    if stats.articles_found + stats.articles_known_elsewhere == 0:
        return f"{rows} list rows were read, but none led to an article{why}"
    return None


def is_mass_disappearance(stats: CrawlStats) -> bool:
    """Return whether so many known articles are newly gone that the crawl believes it of none."""
    gone = stats.articles_vanished
    return gone >= _GONE_AT_ONCE and (
        gone > _GONE_OF_ASKED_MAX * stats.articles_known_asked or gone > _GONE_OF_KNOWN_MAX * stats.articles_known
    )


def _disappearance(stats: CrawlStats) -> str | None:
    """Return how many articles have vanished at once; None if it can be believed."""
    if not is_mass_disappearance(stats):
        return None
    came = f"; {words}" if (words := _what_came_instead(stats)) else ""
    return (
        f"{stats.articles_vanished} of {stats.articles_known_asked} known articles are gone at once, of "
        f"{stats.articles_known} in all{came}. None of them is taken for removed: see whether their addresses still "
        "work in a browser; where the portal itself has removed them, say since when in expectations.comparable_from"
    )


def _article_fault(stats: CrawlStats, past: Sequence[PastCrawl]) -> str | None:
    """Return what is wrong with the articles; None if nothing is."""
    unmodified = stats.not_modified - stats.lists_not_modified
    captured, asked = stats.articles_captured, stats.articles_asked
    if stats.articles_came == 0 and asked and not unmodified and not _are_just_gone(stats):
        came = _what_came_instead(stats) or "the crawl's log has the response to each of their requests"
        return f"none of {asked} articles came; {came}"
    recognised = stats.articles_recognised
    if recognised is None or captured == 0:
        return None
    # Crawls of both kinds: the share of recognised pages does not depend on how far lists were followed.
    known_before = sum(crawl.articles_recognised for crawl in past[-_PAST_CRAWLS:])
    captured_before = sum(crawl.articles_captured for crawl in past[-_PAST_CRAWLS:])
    usual = known_before / captured_before if captured_before else 1.0
    has_fallen = captured >= _COVERAGE_SAMPLE_MIN and usual - recognised / captured >= _COVERAGE_FALL
    are_unrecognised = captured >= _UNRECOGNISED_MIN and recognised == 0 and known_before >= _RECOGNISED_BEFORE_MIN
    if not (has_fallen or are_unrecognised):
        return None
    compared = f"; {usual:.0%} are usual" if captured_before else ""
    return (
        f"{recognised} of {captured} article pages fit a template of the platform{compared}. "
        "The layout has changed: see `hanoi-corpus portals probe`"
    )


def _what_came_instead(stats: CrawlStats) -> str:
    """Return what came in place of articles, and the errors with their counts; empty if neither."""
    other, files = stats.articles_replaced, stats.articles_as_files
    return "; ".join(
        words
        for words in (
            f"{other} answered with status 200 and a list or another page in their place" if other else "",
            f"{files} answered with a file that is no page" if files else "",
            _explain(stats.errors, NO_CONTENT_KINDS) if stats.errors else "",
        )
        if words
    )


def _are_just_gone(stats: CrawlStats) -> bool:
    """Return whether all requested articles are gone, but only a few of them newly.

    This is normal if a crawl requests few articles; a full crawl requests all listed articles, and some of them exist.
    """
    gone_anew = stats.articles_gone - stats.articles_gone_before
    return stats.kind != "full" and stats.articles_gone == stats.articles_asked and gone_anew < _GONE_AT_ONCE


def _gaps(stats: CrawlStats) -> str | None:
    """Return why a crawl has too many gaps; None if it has not."""
    errors = stats.errors
    robots = f"; {_ROBOTS_UNAVAILABLE} of a host" if stats.robots_unavailable else ""
    if stats.start_failures:
        return f"{stats.start_failures} start addresses gave no page; {_explain(errors, _UNREADABLE_LISTS)}{robots}"
    harmful = sum(count for kind, count in errors.items() if kind not in _HARMLESS)
    if harmful > _ERROR_SHARE_MAX * stats.requests:
        return f"{harmful} of {stats.requests} requests failed; {_counts_text(errors)}{robots}"
    return None


def _judge_news(stats: CrawlStats) -> tuple[Verdict, str]:
    found = f"{stats.list_rows_seen} list rows, {stats.articles_found} articles"
    if stats.lists_not_modified:
        found += f", {stats.lists_not_modified} lists as they were"
    if stats.sitemaps_unchanged:
        found += f", {stats.sitemaps_unchanged} sitemaps as they were"
    unread = {kind: count for kind, count in stats.errors.items() if kind in _UNREADABLE_LISTS}
    but = f"; {_explain(unread, _UNREADABLE_LISTS)}" if unread else ""
    if stats.articles_moved:
        found += f", {stats.articles_moved} moved to another address"
    left = _not_followed(stats)
    if stats.articles_new == 0:
        return "no_news", f"{found}, none of them new{left}{but}"
    return "ok", f"{found}, {stats.articles_new} of them new{left}{but}"


def _are_lists_unchanged(stats: CrawlStats) -> bool:
    return bool(stats.lists_not_modified or stats.sitemaps_unchanged)


def _leads_on(stats: CrawlStats) -> str:
    """Return where a page or redirect led that was not followed; empty if none did."""
    return f"; the page leads on to {stats.leads_on}" if stats.leads_on else ""


def _not_followed(stats: CrawlStats) -> str:
    """Return how many addresses were not followed, and of which kind most are; empty if none."""
    if not stats.not_followed:
        return ""
    kind = max(stats.not_followed, key=lambda name: stats.not_followed[name])
    count = sum(stats.not_followed.values())
    return f"; {count} addresses of kinds such as {kind} were not followed: pages of their kind gave nothing new"


def _is_comparable(crawl: PastCrawl, expectations: Expectations) -> bool:
    since = expectations.comparable_from
    return since is None or crawl.started_at.astimezone(HANOI_TIME).date() >= since


def _explain(errors: Mapping[str, int], kinds: frozenset[str]) -> str:
    """Return an explanation of the most frequent error of those kinds, and all errors with their counts."""
    worst = max((kind for kind in errors if kind in kinds), key=lambda kind: errors[kind], default=None)
    return f"{explanation(worst)}; {_counts_text(errors)}" if worst else _counts_text(errors)


def _counts_text(errors: Mapping[str, int]) -> str:
    return ", ".join(f"{kind}: {count}" for kind, count in Counter(errors).most_common())
