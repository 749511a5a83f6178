"""The Scrapy settings of a crawl: the order of the middlewares, what requests say of us, bounds, and politeness.

Here: every setting that is set, and why. Not here: what a middleware does (`spiders.fetch`), or running the process
(`spiders.crawl.process`).
"""

from __future__ import annotations

import math
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from spiders.fetch.budget import ALREADY_SENT_SETTING, BUDGET_SETTING
from spiders.fetch.connection.ssrf_guard import guard_settings
from spiders.fetch.connection.tls import TLS_SETTING, PortalDownloadHandler
from spiders.fetch.politeness import CRAWL_DELAY_MAX_SECONDS, REDIRECTS_MAX, contact_problem
from spiders.fetch.quiet_hours import CLOCK_SETTING, OPERATOR_SETTING
from spiders.fetch.warc import FREE_SPACE_SETTING
from spiders.portal import Portal
from warehouse.clock import Clock
from warehouse.settings import Settings as OperatorSettings

CONTACT_VARIABLE: Final = "HANOI_CORPUS_CONTACT"

# The archive stands nearest to the network, below content decoding (590) and redirects (600), which would hide the
# bytes as received; scope stands first, so that redirects pass it too. The budget counts what is sent, so nothing that
# waits or refuses stands below it; the SSRF guard wants to know the proxy (750).
DOWNLOADER_MIDDLEWARES: Final[dict[str, int | None]] = {
    "spiders.fetch.scope.ScopeMiddleware": 50,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "spiders.fetch.robots.RobotsMiddleware": 100,
    "spiders.fetch.back_off.BackOffMiddleware": 560,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "spiders.fetch.decompression.DecompressionMiddleware": 590,
    "spiders.fetch.validators.ConditionalMiddleware": 780,
    # What comes from the archive is not sent.
    "spiders.fetch.replay.ReplayMiddleware": 790,
    "spiders.fetch.connection.ssrf_guard.SsrfGuardMiddleware": 800,
    "spiders.fetch.quiet_hours.QuietHoursMiddleware": 860,
    "spiders.fetch.budget.BudgetMiddleware": 870,
    "spiders.fetch.warc.ArchiveMiddleware": 890,
}
EXTENSIONS: Final[dict[str, int | None]] = {
    "scrapy.extensions.throttle.AutoThrottle": None,
    "spiders.fetch.back_off.Throttle": 0,
}

# Of a day's requests to a host, what backfills leave of them is for the look at its news.
_BACKFILL_SHARE: Final = 0.5
# Portal pages are tens of kilobytes; the bound keeps one hostile response from filling memory.
_PAGE_MAX_BYTES: Final = 50_000_000

# What the archive must be able to decode later, without libraries beyond zlib.
REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "vi",
    "Accept-Encoding": "gzip, deflate",
}
"""What every request says, beside who sends it."""


def user_agent() -> str:
    """Return how the crawler names itself: the project, and whom to write to where the operator has said so."""
    contact = os.environ.get(CONTACT_VARIABLE)
    return f"hanoi-corpus/{version('hanoi-corpus')}" + (f" (+{contact})" if contact else "")


def contact_complaint() -> str | None:
    """Return why no live portal may be crawled, and the way out; None where the operator has named a contact."""
    problem = contact_problem(os.environ.get(CONTACT_VARIABLE))
    return problem and (
        f"{CONTACT_VARIABLE} {problem}. Portals are crawled only by who can be written to: set it to an https or "
        f"e-mail address, as in `export {CONTACT_VARIABLE}=https://example.org/about-our-crawler`."
    )


def crawl_settings(operator: OperatorSettings, clock: Clock, log: Path, *, serves_mirror: bool) -> dict[str, Any]:
    """Return what is the same for every portal of a process.

    Args:
        operator: the operator's settings.
        clock: what time it is for the crawl.
        log: the file that Scrapy logs to; its folder exists.
        serves_mirror: whether all that is crawled is played on this machine, so that private addresses may be asked.
    """
    return {
        "USER_AGENT": user_agent(),
        "ROBOTSTXT_OBEY": True,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        # Without cookies every answer is what any first visitor gets: Liferay remembers a language in one. And Scrapy's
        # cookie jar would fetch the list of public suffixes from the web.
        "COOKIES_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        "METAREFRESH_ENABLED": False,
        "DOWNLOADER_MIDDLEWARES": DOWNLOADER_MIDDLEWARES,
        FREE_SPACE_SETTING: operator.free_space_min_bytes,
        CLOCK_SETTING: clock,
        OPERATOR_SETTING: operator,
        BUDGET_SETTING: operator.requests_per_host_per_day,
        "EXTENSIONS": EXTENSIONS,
        "DOWNLOAD_HANDLERS": {"https": PortalDownloadHandler},
        "REDIRECT_MAX_TIMES": REDIRECTS_MAX,
        # Scrapy's own bound drops an address without a word; ours counts it.
        "URLLENGTH_LIMIT": 0,
        # What a portal's file or its robots.txt asks for is the least, not the mean.
        "DOWNLOAD_DELAY_JITTER": 0.0,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0,
        "AUTOTHROTTLE_MAX_DELAY": CRAWL_DELAY_MAX_SECONDS,
        "DOWNLOAD_MAXSIZE": _PAGE_MAX_BYTES,
        # A request is tried to its end before the next: a portal that is down shows after few, not after all.
        "RETRY_PRIORITY_ADJUST": 1,
        # There are no items. Scrapy starts this many tasks for every response, and 100 of them, its default, take
        # a tenth of the crawl's time.
        "CONCURRENT_ITEMS": 1,
        # To warn of a generator that returns a value, Scrapy parses the source of a callback anew for each response.
        "WARN_ON_GENERATOR_RETURN_VALUE": False,
        "DEFAULT_REQUEST_HEADERS": REQUEST_HEADERS,
        "LOG_FILE": str(log),
        "LOG_LEVEL": "INFO",
        **guard_settings(serves_mirror=serves_mirror),
    }


def portal_settings(portal: Portal) -> dict[str, Any]:
    """Return what a portal's file says of how it is crawled."""
    politeness = portal.politeness
    return {
        "DOWNLOAD_DELAY": politeness.delay_seconds,
        # Who sets no delay, as tests and the demo do, wants no brake either.
        "AUTOTHROTTLE_ENABLED": politeness.delay_seconds > 0,
        "AUTOTHROTTLE_START_DELAY": politeness.delay_seconds,
        "CONCURRENT_REQUESTS_PER_DOMAIN": politeness.connections,
        # Without a delay Scrapy 2.19 starts every queued request of a host at once, whatever the bound per domain:
        # it counts a transfer only when its task first runs. The bound on the whole crawler holds, and it makes a
        # host's back-off hold up the requests behind it.
        "CONCURRENT_REQUESTS": politeness.connections * len(portal.scope.hosts),
        "DOWNLOAD_TIMEOUT": politeness.timeout_seconds,
        TLS_SETTING: portal.tls,
        "RETRY_TIMES": len(politeness.retry_delays_seconds),
    }


def budget_settings(portal: Portal, per_day: int, sent_today: int, *, is_backfill: bool) -> dict[str, Any]:
    """Return how many requests the portal's hosts have left today.

    Args:
        portal: what is crawled.
        per_day: the requests that a host gets in a day; 0 for no bound.
        sent_today: how many each of its hosts got before this crawl.
        is_backfill: whether the crawl reads history, for which it has a share of the day's requests alone.
    """
    settings: dict[str, Any] = {ALREADY_SENT_SETTING: dict.fromkeys(map(_host_name, portal.scope.hosts), sent_today)}
    if is_backfill:
        settings[BUDGET_SETTING] = math.ceil(per_day * _BACKFILL_SHARE)
    return settings


def _host_name(host: str) -> str:
    """Return a host of a scope without its port."""
    return host.partition(":")[0]
