"""The verdict on a crawl: a pure function of its stats, the portal's expectations and its history.

Belongs here: the stats that a verdict needs, the rules, and the wording of the reasons. Does not belong here: counting
(see `spiders.crawl.log`), the history of crawls (see `warehouse.archive.state.queries`), and alerts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

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
# Errors of responses that could not be used.
_USELESS_ANSWERS = frozenset({"redirect_loop", "too_large", "decompression_ratio", "not_a_feed", "not_a_sitemap"})
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

_EXPLANATIONS = {
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
    "drawn_by_scripts": "its pages have no text until a script runs in a browser, and the crawl runs no scripts",
    "error_page": "it answers with an error message, but with status 200",
    "captcha": "it answers with a captcha in place of the page",
}


@dataclass(frozen=True, slots=True)
class CrawlStats:
    """The counts by which a crawl of one portal is judged; `CrawlReport` describes those that it repeats.

    Attributes:
        pages: responses with status 200 that were neither a challenge nor robots.txt.
        start_failures: start URLs (seed URLs, feeds, sitemaps) that returned no page.
        cut_short: why the crawl ended before all its requests were sent; None if it did not.
        articles_asked: requested articles, without those that were already failing.
        articles_gone: requested articles that are gone: status 404 or 410, or a list in their place.
        articles_listed_in_place: those of them in whose place a list came.
        articles_gone_before: those of them that earlier crawls had already found gone.
        articles_recognised: captured articles that fit a template of the portal's platform; None for platform
            `generic`, which has no templates.
        not_modified: responses with status 304, which count as received pages.
        lists_not_modified: those of them for lists, feeds and sitemaps; their rows are not in `list_rows_seen`.
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
    articles_listed_in_place: int = 0
    articles_gone_before: int = 0
    articles_recognised: int | None = None
    not_modified: int = 0
    lists_not_modified: int = 0
    is_given_up: bool = False


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
    if broken := _list_fault(stats, expectations, past) or _article_fault(stats, past):
        return "broken", broken
    if patchy := _gaps(stats):
        return "partial", patchy
    return _judge_news(stats)


def _judge_no_page(stats: CrawlStats, refusals: int) -> tuple[Verdict, str]:
    errors = stats.errors
    early = f"; ended early: {stats.cut_short}" if stats.cut_short else ""
    if refusals:
        return "blocked", f"no page came: {_explain(errors, REFUSALS)}{early}"
    if stats.cut_short and not stats.is_given_up:
        return "partial", f"ended before any page came: {stats.cut_short}"
    if errors.keys() == {"robots_denied"}:
        return "blocked", "robots.txt forbids every start address"
    if errors.get("out_of_scope"):
        return "broken", f"the start addresses lead out of the portal's scope; {_counts_text(errors)}"
    if any(kind.startswith("http_") or kind in _USELESS_ANSWERS for kind in errors):
        return "broken", f"the portal answers, but with no page; {_counts_text(errors)}"
    return "unreachable", f"no page came: {_explain(errors, frozenset(errors))}{early}"


def _refusal(stats: CrawlStats, refusals: int) -> str | None:
    """Return what was refused if that explains the outcome; None if enough requests were not refused."""
    why = _explain(stats.errors, REFUSALS)
    if stats.list_rows_seen == 0 and not stats.lists_not_modified:
        return f"no list row came through: {why}"
    if stats.articles_captured == 0 and stats.articles_asked and refusals >= stats.articles_asked / 2:
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
    if stats.lists_not_modified:  # their rows were counted by an earlier crawl
        return None
    rows = stats.list_rows_seen
    # The file's minimum is for a full crawl; other crawls stop at known rows.
    rows_min = expectations.list_rows_min if stats.kind == "full" else 1
    if rows < rows_min:
        why = f"; {_explain(stats.errors, NO_CONTENT_KINDS)}" if stats.errors.keys() & NO_CONTENT_KINDS else ""
        return (
            f"{stats.pages} pages came, but only {rows} list rows could be read; at least {rows_min} were expected{why}"
        )
    before = [crawl.list_rows_seen for crawl in past if crawl.kind == stats.kind][-_PAST_CRAWLS:]
    if len(before) >= _PAST_CRAWLS_MIN and rows < _ROWS_COLLAPSE * (usual := median(before)):
        return (
            f"only {rows} list rows could be read, where {usual:g} are usual in crawls of kind {stats.kind}; "
            "where the portal itself has shrunk, say since when in expectations.comparable_from"
        )
    if stats.articles_found == 0:
        return f"{rows} list rows were read, but none led to an article"
    return None


def _article_fault(stats: CrawlStats, past: Sequence[PastCrawl]) -> str | None:
    """Return what is wrong with the articles; None if nothing is."""
    unmodified = stats.not_modified - stats.lists_not_modified
    captured, asked = stats.articles_captured, stats.articles_asked
    if captured == 0 and asked and not unmodified and not _are_just_gone(stats):
        return f"none of {asked} articles came; {_what_came_instead(stats)}"
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
    """Return what the portal answered in place of its articles, and the errors with their counts."""
    count = stats.articles_listed_in_place
    listed = f"{count} answered with status 200 and a list in their place" if count else ""
    errors = _explain(stats.errors, NO_CONTENT_KINDS) if stats.errors or not count else ""
    return "; ".join(filter(None, (listed, errors)))


def _are_just_gone(stats: CrawlStats) -> bool:
    """Return whether all requested articles are gone, but only a few of them newly.

    This is normal if a crawl requests few articles; a full crawl requests all listed articles, and some of them exist.
    """
    gone_anew = stats.articles_gone - stats.articles_gone_before
    return stats.kind != "full" and stats.articles_gone == stats.articles_asked and gone_anew < _GONE_AT_ONCE


def _gaps(stats: CrawlStats) -> str | None:
    """Return why a crawl has too many gaps; None if it has not."""
    errors = stats.errors
    if stats.start_failures:
        return f"{stats.start_failures} start addresses gave no page; {_counts_text(errors)}"
    harmful = sum(count for kind, count in errors.items() if kind not in _HARMLESS)
    if harmful > _ERROR_SHARE_MAX * stats.requests:
        return f"{harmful} of {stats.requests} requests failed; {_counts_text(errors)}"
    return None


def _judge_news(stats: CrawlStats) -> tuple[Verdict, str]:
    found = f"{stats.list_rows_seen} list rows, {stats.articles_found} articles"
    if stats.lists_not_modified:
        found += f", {stats.lists_not_modified} lists as they were"
    if stats.articles_new == 0:
        return "no_news", f"{found}, none of them new"
    return "ok", f"{found}, {stats.articles_new} of them new"


def _is_comparable(crawl: PastCrawl, expectations: Expectations) -> bool:
    since = expectations.comparable_from
    return since is None or crawl.started_at.astimezone(HANOI_TIME).date() >= since


def _explain(errors: Mapping[str, int], kinds: frozenset[str]) -> str:
    """Return an explanation of the most frequent error of those kinds, and all errors with their counts."""
    worst = max((kind for kind in errors if kind in kinds), key=lambda kind: errors[kind], default="")
    words = _EXPLANATIONS.get(worst)
    return f"{words}; {_counts_text(errors)}" if words else _counts_text(errors)


def _counts_text(errors: Mapping[str, int]) -> str:
    counts = ", ".join(f"{kind}: {count}" for kind, count in Counter(errors).most_common())
    return counts or "no error was reported"
