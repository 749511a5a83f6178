"""The Scrapy settings of a crawl: order of the middlewares, request headers, limits, and politeness.

Belongs here: the settings, with reasons. Does not belong here: what a middleware does (see `spiders.fetch`),
and running the process (see `spiders.crawl.process`).
"""

from __future__ import annotations

import math
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from spiders.fetch.connection.download import HttpDownloadHandler
from spiders.fetch.connection.ssrf_guard import guard_settings
from spiders.fetch.connection.tls import TLS_SETTING, PortalDownloadHandler
from spiders.fetch.operator_limits import ALREADY_SENT_SETTING, BUDGET_SETTING, CLOCK_SETTING, OPERATOR_SETTING
from spiders.fetch.politeness import CRAWL_DELAY_MAX_SECONDS, contact_problem
from spiders.fetch.warc import FREE_SPACE_SETTING
from spiders.portal import Portal
from warehouse.clock import Clock
from warehouse.http_policy import HTTP_POLICY
from warehouse.settings import Settings as OperatorSettings

CONTACT_VARIABLE: Final = "HANOI_CORPUS_CONTACT"

# ArchiveMiddleware is nearest to the network (highest number): content decoding (590) and redirects (600) would hide
# the bytes as received. ScopeMiddleware is first: no robots.txt is fetched for a URL out of scope. BudgetMiddleware
# counts sent requests, so none after it waits or refuses. The SSRF guard needs the proxy, which Scrapy sets at 750.
DOWNLOADER_MIDDLEWARES: Final[dict[str, int | None]] = {
    "spiders.fetch.scope.ScopeMiddleware": 50,
    # Scrapy's own middleware for robots.txt is off because ROBOTSTXT_OBEY is not set.
    "spiders.fetch.robots.RobotsMiddleware": 100,
    "spiders.fetch.back_off.BackOffMiddleware": 560,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "spiders.fetch.decompression.DecompressionMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "spiders.fetch.scope.BrowserRedirectMiddleware": 600,
    "spiders.fetch.validators.ConditionalMiddleware": 780,
    # A replayed request is not sent: it skips `process_request` of the middlewares that follow.
    "spiders.fetch.replay.ReplayMiddleware": 790,
    "spiders.fetch.connection.ssrf_guard.SsrfGuardMiddleware": 800,
    "spiders.fetch.operator_limits.QuietHoursMiddleware": 860,
    "spiders.fetch.operator_limits.BudgetMiddleware": 870,
    "spiders.fetch.warc.ArchiveMiddleware": 890,
    # Scrapy's own parts without a task here: `ScopeMiddleware` is the one for other sites, and no file has passwords.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
}

# Every spider middleware costs three asynchronous generators a page, and three steps a request. Those of Scrapy that
# would do nothing: every status is passed on, no depth is counted, no callback copies `Response.meta`,
# and `ScopeMiddleware` counts overlong URLs, which Scrapy's own limit would drop silently.
SPIDER_MIDDLEWARES: Final[dict[str, int | None]] = {
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
}

# Scrapy loads even those of its extensions that are switched off, and these load a web server, a web client and SSH:
# half a second before the first request.
EXTENSIONS: Final[dict[str, int | None]] = {
    "scrapy.extensions.remote_control.RemoteControl": None,
    "scrapy.extensions.telnet.TelnetConsole": None,
}

# A backfill stops at this share of a host's daily budget; scheduled crawls keep the rest.
_BACKFILL_SHARE: Final = 0.5

# Servers may send brotli or zstd unasked; gzip is what any reader of the archive can decode.
REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "vi",
    "Accept-Encoding": "gzip, deflate",
}
"""Headers of every request, besides User-Agent."""


def user_agent() -> str:
    """Return the User-Agent: name and version of the project, and the operator's contact if it is set."""
    contact = os.environ.get(CONTACT_VARIABLE)
    return f"hanoi-corpus/{version('hanoi-corpus')}" + (f" (+{contact})" if contact else "")


def contact_error() -> str | None:
    """Return an error message if the operator has set no valid contact, else None."""
    problem = contact_problem(os.environ.get(CONTACT_VARIABLE))
    return problem and (
        f"{CONTACT_VARIABLE} {problem}. Portals must be able to contact the operator of a crawl: set it to an https or "
        f"e-mail address, as in `export {CONTACT_VARIABLE}=https://example.org/about-our-crawler`."
    )


def crawl_settings(
    operator: OperatorSettings, clock: Clock, log: Path, *, serves_mirror: bool, allows_private: bool = False
) -> dict[str, Any]:
    """Return the settings that all portals of a process share.

    Args:
        operator: the operator's settings.
        clock: the clock of the crawl.
        log: the file that Scrapy logs to; its folder exists.
        serves_mirror: whether a mirror on this machine serves all portals, so that private IP addresses are allowed.
        allows_private: whether the operator allows private networks and this machine, for a server of their own.
    """
    return {
        "USER_AGENT": user_agent(),
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "EXTENSIONS": EXTENSIONS,
        # Without cookies every response is that of a first visit; Liferay, for example, stores the language in a
        # cookie. Scrapy's cookie jar would also download the list of public suffixes.
        "COOKIES_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "DOWNLOADER_MIDDLEWARES": DOWNLOADER_MIDDLEWARES,
        "SPIDER_MIDDLEWARES": SPIDER_MIDDLEWARES,
        FREE_SPACE_SETTING: operator.free_space_min_bytes,
        CLOCK_SETTING: clock,
        OPERATOR_SETTING: operator,
        BUDGET_SETTING: operator.requests_per_host_per_day,
        "DOWNLOAD_HANDLERS": {"http": HttpDownloadHandler, "https": PortalDownloadHandler},
        # `HttpDownloadHandler` decides by the body whether data was lost.
        "DOWNLOAD_FAIL_ON_DATALOSS": False,
        "REDIRECT_MAX_TIMES": HTTP_POLICY.redirects_max,
        # The delay in a portal's file or robots.txt is a minimum, not a mean.
        "DOWNLOAD_DELAY_JITTER": 0.0,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0,
        "AUTOTHROTTLE_MAX_DELAY": CRAWL_DELAY_MAX_SECONDS,
        "DOWNLOAD_MAXSIZE": HTTP_POLICY.body_bytes_max,
        # Retries are sent before new requests, so a few requests are enough to notice that a portal is down.
        "RETRY_PRIORITY_ADJUST": 1,
        # Scrapy starts this many tasks per response to process items, which this spider does not yield: the default
        # of 100 takes a tenth of the crawl's time.
        "CONCURRENT_ITEMS": 1,
        # To give this warning, Scrapy would parse the source of the callback for each response.
        "WARN_ON_GENERATOR_RETURN_VALUE": False,
        "DEFAULT_REQUEST_HEADERS": REQUEST_HEADERS,
        "LOG_FILE": str(log),
        "LOG_LEVEL": "INFO",
        **guard_settings(serves_mirror=serves_mirror, allows_private=allows_private),
    }


def portal_settings(portal: Portal) -> dict[str, Any]:
    """Return the settings that a portal's file determines."""
    politeness = portal.politeness
    return {
        "DOWNLOAD_DELAY": politeness.delay_seconds,
        # AutoThrottle is off when `delay_seconds` is 0, as in tests and the demo.
        "AUTOTHROTTLE_ENABLED": politeness.delay_seconds > 0,
        "AUTOTHROTTLE_START_DELAY": politeness.delay_seconds,
        "CONCURRENT_REQUESTS_PER_DOMAIN": politeness.connections,
        # Without a delay, the limit per domain has no effect in Scrapy 2.19: it counts a transfer only when its task
        # first runs, so it starts all queued requests of a host at once. The limit of the whole crawler works. But
        # while a host backs off, its requests use up this limit, so requests to other hosts may wait.
        "CONCURRENT_REQUESTS": politeness.connections * len(portal.scope.hosts),
        "DOWNLOAD_TIMEOUT": politeness.timeout_seconds,
        TLS_SETTING: portal.tls,
        "RETRY_TIMES": len(politeness.retry_delays_seconds),
    }


def budget_settings(portal: Portal, per_day: int, sent_today: int, *, is_backfill: bool) -> dict[str, Any]:
    """Return the settings of the daily request budget.

    Args:
        portal: the portal to crawl.
        per_day: maximum requests to a host in a day; 0 for no limit.
        sent_today: requests that the portal's crawls sent today before this one; counted for each of its hosts.
        is_backfill: whether the crawl is a backfill, which gets only a share of the budget.
    """
    hosts = [urlsplit(f"//{host}").hostname for host in portal.scope.hosts]  # without ports
    settings: dict[str, Any] = {ALREADY_SENT_SETTING: dict.fromkeys(hosts, sent_today)}
    if is_backfill:
        settings[BUDGET_SETTING] = math.ceil(per_day * _BACKFILL_SHARE)
    return settings
