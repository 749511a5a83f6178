"""What each kind of failure means, and what helps, written for an operator.

Belongs here: the wording, which `docs/operate.md` repeats. Does not belong here: which exception has which kind (see
`spiders.fetch.errors`), and what a kind means for the verdict (see `spiders.crawl.verdict`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from spiders.fetch.errors import UNEXPECTED

EXPLANATIONS: Final[Mapping[str, str]] = {
    "dns": "DNS does not know its host name; see whether it has moved, and whether this machine resolves names",
    "timeout": "it does not answer in time; where a browser shows it, raise politeness.timeout_seconds",
    "refused": "its server refuses connections; it is down, or a firewall keeps this machine out",
    "connection": ("connections to it break off; it is down, something between drops them, or this machine lacks IPv6"),
    "data_loss": "its answers break off half way, again and again",
    "bad_response": "its answers are not HTTP that can be read, or their headers never end",
    "undecodable": "its pages are compressed, and damaged or in a way that no browser knows either",
    "decompression_ratio": "its pages unpack to far more bytes than a page has",
    "too_large": "its answers are larger than any page",
    "redirect_loop": "it redirects more than five times, or in a circle",
    "out_of_scope": "it redirects out of the portal's scope; see whether scope.hosts has its new host name",
    "url_too_long": "its links grow without end",
    "robots_denied": "its robots.txt forbids the addresses",
    "not_a_feed": "an address under feeds answers with a page, JSON or else, and no feed; correct or remove it",
    "not_a_sitemap": "the address of a sitemap answers with a page or else; correct or remove it",
    "list_too_large": "a feed or sitemap has more than 50 MB or 250,000 entries; the protocol allows 50,000",
    "feed_without_addresses": (
        "a feed has entries, but no address of a page on the portal's hosts; see its elements link and guid, and "
        "scope.hosts"
    ),
    "sitemap_without_addresses": (
        "a sitemap has entries, but no address on the portal's hosts; see its elements loc, and scope.hosts"
    ),
    "rows_share_address": (
        "a list has rows with different titles whose addresses count as one, so that articles are missing: a parameter "
        "that names the article is taken for a session or a view; report it, or give the portal feeds or sitemaps"
    ),
    "pages_max": "it has more pages than politeness.pages_max allows",
    "not_stored": "its answers could not be stored; see whether the disk is full",
    "stopped": "the crawl was told to stop before it asked",
    "reader_error": (
        "its pages made a reader fail, and what they link to was not followed; the log of the crawl has the traces"
    ),
    "callback_error": "its pages made the crawler fail; the log of the crawl has the traces",
    UNEXPECTED: "it met an error that the crawler does not know; the log of the crawl has the trace",
    "private_address": (
        "its host name stands for an address that is not public, and the crawl asks no such address; "
        "see what DNS says of it on this machine; a server of your own needs --allow-private"
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
    "http_404": "it does not know the addresses",
    "http_410": "it has removed the addresses",
    "http_429": "it says that it is asked too much; raise politeness.delay_seconds",
    "challenge_d1n": "it answers with a script that sets the cookie D1N in place of the page",
    "challenge_js": "it answers with a script that tests the browser in place of the page",
    "drawn_by_scripts": "its pages have no text until a script runs in a browser, and the crawl runs no scripts",
    "redirect_page": "its page shows nothing and leads on to an address that the crawl does not follow",
    "error_page": "it answers with an error message, but with status 200",
    "captcha": "it answers with a captcha in place of the page",
}
"""What each kind of error means, and what helps; those of other statuses are in `explanation`."""
_STATUS_CLASSES = {
    "http_5": "its server fails at the addresses; it is broken, overloaded or under maintenance",
    "http_4": "it refuses the addresses; see whether a browser shows them",
    "http_3": "it redirects without saying where to",
}
_OTHER_STATUS = "its answers have a status that brings no page"


def explanation(kind: str) -> str:
    """Return what a kind of error means and what helps."""
    return EXPLANATIONS.get(kind) or _STATUS_CLASSES.get(kind[: len("http_5")], _OTHER_STATUS)
