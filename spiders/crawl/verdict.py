"""How a crawl of one portal went: a pure function of its counts, of what the portal leads to expect, and of its past.

Here: the counts that a verdict needs, the rules, and the words of the reasons. Not here: counting
(`spiders.crawl.spider`), keeping the history (`warehouse.archive.state.questions`), or telling anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from spiders.pages.challenge import CHALLENGE_KINDS
from spiders.portal import Expectations
from warehouse.archive.state.questions import PastCrawl
from warehouse.clock import HANOI_TIME
from warehouse.records import CrawlKind, Verdict

# Errors that say nothing about the portal's health: articles come and go, robots.txt is obeyed, not suffered, and what
# a bound of ours keeps out is no failure of the portal's.
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
# Answers, but none that a crawl can use.
_USELESS_ANSWERS = frozenset({"redirect_loop", "too_large", "decompression_ratio", "not_a_feed", "not_a_sitemap"})
# Above this share of requests that failed, what was collected is too patchy to be called a look at the portal. A
# single slow page in a small crawl must not reach it.
_ERROR_SHARE_MAX = 0.10
# A portal that refuses half of what it is asked does not want the crawl; what came past is chance.
_REFUSED_SHARE = 0.5
_HEALTHY: frozenset[Verdict] = frozenset({"ok", "no_news"})
# The past that a crawl is measured against: two weeks of a daily portal, less a few bad days.
_PAST_CRAWLS = 10
# A median of fewer is a guess.
_PAST_CRAWLS_MIN = 3
# How far lists go varies with the day; that two rows of three are gone is no chance.
_ROWS_COLLAPSE = 1 / 3
# One odd page in four is 25 points, and two are 50; of five, three must be odd for a fall as deep.
_COVERAGE_SAMPLE_MIN = 5
_COVERAGE_FALL = 0.5
# Where ten articles were known before, three strangers out of three are a new layout.
_STRANGERS_MIN = 3
_RECOGNISED_BEFORE_MIN = 10
# Now and then an article is taken down; three at once, where not one other came, are a portal whose links lead nowhere.
_GONE_AT_ONCE = 3

_IN_WORDS = {
    "dns": "DNS does not know its host name; see whether it has moved, and whether this machine resolves names",
    "timeout": "it does not answer in time; where a browser shows it, raise politeness.timeout_seconds",
    "refused": "its server refuses connections; it is down, or a firewall keeps this machine out",
    "connection": "connections to it break off; it is down, or something between drops them",
    "data_loss": "its answers break off half way",
    "private_address": (
        "its host name stands for an address that is not public, and the crawl asks no such address; "
        "see what DNS says of it on this machine"
    ),
    "tls_certificate_expired": "its certificate has expired, or is not valid yet; only the office can renew it",
    "tls_unknown_issuer": "its certificate is signed by an authority that this machine does not trust; tell the office",
    "tls_incomplete_chain": (
        "it does not send the certificate of the authority that signed its own; save that one as a file and name it "
        "under tls.extra_certificates"
    ),
    "tls_wrong_host": "its certificate is for another host name; see whether scope.hosts has the right one",
    "tls_old_version": "it speaks only versions of TLS that are out of date; tls.minimum_version can allow them",
    "tls_handshake": (
        "it and this machine agree on no way to encrypt; tls.allow_old_ciphers or tls.allow_legacy_renegotiation may "
        "help with an old server"
    ),
    "http_401": "it asks for a password",
    "http_403": "it forbids the crawl",
    "http_429": "it says that it is asked too much; raise politeness.delay_seconds",
    "challenge_d1n": "it answers with a script that sets the cookie D1N in place of the page",
    "challenge_js": "it answers with a script that tests the browser in place of the page",
    "captcha": "it answers with a captcha in place of the page",
}


@dataclass(frozen=True, slots=True)
class CrawlStatistics:
    """What a crawl of one portal counted.

    Attributes:
        pages: responses with status 200 that were neither a challenge nor robots.txt.
        articles_captured: articles whose page came.
        start_failures: start addresses (seed URLs, feeds, sitemaps) that gave no page.
        cut_short: why the crawl ended before its frontier was empty; None where it did not.
        errors: requests that failed for good, by kind.
        kind: how far the crawl meant to go.
        articles_asked: different articles that were requested, less those that were failing already; None where all
            that were found were.
        articles_gone: of those that were requested, how many are gone: status 404 or 410, or a list in their place.
        articles_gone_before: of these, how many earlier crawls had found gone.
        articles_recognised: of `articles_captured`, those that a template of the portal's platform knows; None where
            that says nothing, as on platform `generic`.
        not_modified: answers of status 304, which count as pages that came.
        lists_not_modified: of these, the lists, feeds and sitemaps; their rows are not in `list_rows_seen`.
        is_given_up: whether it was cut short because one request after the other failed.
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
    kind: CrawlKind = "full"
    articles_asked: int | None = None
    articles_gone: int = 0
    articles_gone_before: int = 0
    articles_recognised: int | None = None
    not_modified: int = 0
    lists_not_modified: int = 0
    is_given_up: bool = False


def judge(
    statistics: CrawlStatistics, expectations: Expectations, history: Sequence[PastCrawl] = ()
) -> tuple[Verdict, str]:
    """Return the verdict on a crawl and the reason, in words for an operator.

    Args:
        statistics: what the crawl counted.
        expectations: what the portal's file says of a healthy crawl.
        history: earlier crawls of the portal, the newest last; those that were not healthy are not measured by.
    """
    refusals = sum(count for kind, count in statistics.errors.items() if kind in REFUSALS)
    if statistics.pages + statistics.not_modified == 0:
        return _judge_nothing(statistics, refusals)
    if statistics.cut_short:
        return "partial", f"ended early: {statistics.cut_short}"
    if refusals and (refused := _refused(statistics, refusals)):
        return "blocked", refused
    past = [crawl for crawl in history if crawl.verdict in _HEALTHY and _is_comparable(crawl, expectations)]
    if broken := _fault_of_lists(statistics, expectations, past) or _fault_of_articles(statistics, past):
        return "broken", broken
    if patchy := _gaps(statistics):
        return "partial", patchy
    return _judge_news(statistics)


def _judge_nothing(statistics: CrawlStatistics, refusals: int) -> tuple[Verdict, str]:
    errors = statistics.errors
    early = f"; ended early: {statistics.cut_short}" if statistics.cut_short else ""
    if refusals:
        return "blocked", f"no page came: {_explain(errors, REFUSALS)}{early}"
    if statistics.cut_short and not statistics.is_given_up:
        return "partial", f"ended before any page came: {statistics.cut_short}"
    if errors.keys() == {"robots_denied"}:
        return "blocked", "robots.txt forbids every start address"
    if errors.get("out_of_scope"):
        return "broken", f"the start addresses lead out of the portal's scope; {_spell(errors)}"
    if any(kind.startswith("http_") or kind in _USELESS_ANSWERS for kind in errors):
        return "broken", f"the portal answers, but with no page; {_spell(errors)}"
    return "unreachable", f"no page came: {_explain(errors, frozenset(errors))}{early}"


def _refused(statistics: CrawlStatistics, refusals: int) -> str | None:
    """Return what was refused, where that is the point of the crawl; None where enough came past the refusals."""
    why = _explain(statistics.errors, REFUSALS)
    if statistics.list_rows_seen == 0 and not statistics.lists_not_modified:
        return f"no list row came through: {why}"
    if statistics.articles_captured == 0 and _asked(statistics) and refusals >= _asked(statistics) / 2:
        return f"none of {_asked(statistics)} articles came: {why}"
    # A quiet day's crawl sends few requests, and one or two articles that are always refused are half of them.
    refusals_min = 1 if statistics.kind == "full" else _STRANGERS_MIN
    if refusals >= max(refusals_min, _REFUSED_SHARE * statistics.requests):
        return f"{refusals} of {statistics.requests} requests were refused: {why}"
    return None


def _fault_of_lists(statistics: CrawlStatistics, expectations: Expectations, past: Sequence[PastCrawl]) -> str | None:
    """Return what is wrong with the rows that lists gave; None where nothing is."""
    if count := statistics.errors.get("callback_error"):
        return f"{count} pages made the crawler fail; its log has the traces"
    if statistics.lists_not_modified:  # the lists say that they are as they were when they were read
        return None
    rows = statistics.list_rows_seen
    # The file says what a look at the whole portal shows; other crawls stop where they meet what they know.
    rows_min = expectations.list_rows_min if statistics.kind == "full" else 1
    if rows < rows_min:
        return (
            f"{statistics.pages} pages came, but only {rows} list rows could be read; at least {rows_min} were expected"
        )
    before = [crawl.list_rows_seen for crawl in past if crawl.kind == statistics.kind][-_PAST_CRAWLS:]
    if len(before) >= _PAST_CRAWLS_MIN and rows < _ROWS_COLLAPSE * (usual := median(before)):
        return (
            f"only {rows} list rows could be read, where {usual:g} are usual in crawls of kind {statistics.kind}; "
            "where the portal itself has shrunk, say since when in expectations.comparable_from"
        )
    if statistics.articles_found == 0:
        return f"{rows} list rows were read, but none led to an article"
    return None


def _fault_of_articles(statistics: CrawlStatistics, past: Sequence[PastCrawl]) -> str | None:
    """Return what is wrong with the articles that came; None where nothing is."""
    unmodified = statistics.not_modified - statistics.lists_not_modified
    captured, asked = statistics.articles_captured, _asked(statistics)
    if captured == 0 and asked and not unmodified and not _are_just_gone(statistics):
        return f"none of {asked} articles came; {_spell(statistics.errors)}"
    recognised = statistics.articles_recognised
    if recognised is None or captured == 0:
        return None
    # Of both kinds: how many pages are known does not hang on how far the lists were followed.
    known_before = sum(crawl.articles_recognised for crawl in past[-_PAST_CRAWLS:])
    captured_before = sum(crawl.articles_captured for crawl in past[-_PAST_CRAWLS:])
    usual = known_before / captured_before if captured_before else 1.0
    has_fallen = captured >= _COVERAGE_SAMPLE_MIN and usual - recognised / captured >= _COVERAGE_FALL
    are_strangers = captured >= _STRANGERS_MIN and recognised == 0 and known_before >= _RECOGNISED_BEFORE_MIN
    if not (has_fallen or are_strangers):
        return None
    compared = f"; {usual:.0%} are usual" if captured_before else ""
    return (
        f"{recognised} of {captured} article pages fit a template of the platform{compared}. "
        "The layout has changed: see `hanoi-corpus portals probe`"
    )


def _are_just_gone(statistics: CrawlStatistics) -> bool:
    """Tell whether all articles that were requested are gone, as can happen where a crawl asks for a few.

    A crawl of the whole portal asks for every article that its lists show, and some of those are there.
    """
    gone_anew = statistics.articles_gone - statistics.articles_gone_before
    return statistics.kind != "full" and statistics.articles_gone == _asked(statistics) and gone_anew < _GONE_AT_ONCE


def _gaps(statistics: CrawlStatistics) -> str | None:
    """Return what is missing from a crawl that read what came; None where it is whole enough."""
    errors = statistics.errors
    if statistics.start_failures:
        return f"{statistics.start_failures} start addresses gave no page; {_spell(errors)}"
    harmful = sum(count for kind, count in errors.items() if kind not in _HARMLESS)
    if harmful > _ERROR_SHARE_MAX * statistics.requests:
        return f"{harmful} of {statistics.requests} requests failed; {_spell(errors)}"
    return None


def _judge_news(statistics: CrawlStatistics) -> tuple[Verdict, str]:
    found = f"{statistics.list_rows_seen} list rows, {statistics.articles_found} articles"
    if statistics.lists_not_modified:
        found += f", {statistics.lists_not_modified} lists as they were"
    if statistics.articles_new == 0:
        return "no_news", f"{found}, none of them new"
    return "ok", f"{found}, {statistics.articles_new} of them new"


def _asked(statistics: CrawlStatistics) -> int:
    return statistics.articles_found if statistics.articles_asked is None else statistics.articles_asked


def _is_comparable(crawl: PastCrawl, expectations: Expectations) -> bool:
    since = expectations.comparable_from
    return since is None or crawl.started_at.astimezone(HANOI_TIME).date() >= since


def _explain(errors: Mapping[str, int], kinds: frozenset[str]) -> str:
    """Return the most frequent error of those kinds in words, and all errors with their counts."""
    worst = max((kind for kind in errors if kind in kinds), key=lambda kind: errors[kind], default="")
    words = _IN_WORDS.get(worst)
    return f"{words}; {_spell(errors)}" if words else _spell(errors)


def _spell(errors: Mapping[str, int]) -> str:
    if not errors:
        return "no error was reported"
    return ", ".join(f"{kind}: {count}" for kind, count in sorted(errors.items(), key=lambda item: -item[1]))
