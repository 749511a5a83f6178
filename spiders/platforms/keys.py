"""Keys: what identifies an article or a page of a portal, and what earlier versions called it.

Belongs here: joining the platform's ids, the form of addresses and the portal's former hosts. Does not belong here: the
form of addresses (`warehouse.text.address`), ids printed on pages (`spiders.extract.article`).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from spiders.platforms import PLATFORMS
from spiders.portal import Portal
from warehouse.text.address import KeyRule, address_key, canonical_address
from warehouse.text.identity import article_id

# The parameters that the first version of the rule dropped. Published ids depend on them: never change them.
_FORMER_TRACKING: Final = re.compile(
    r"(?i)^(?:p_auth|p_p_auth|.*token.*|.*csrf.*|(?:php|j|asp\.?net_?)?sess(?:ion)?_?id|utm_\w+|fbclid|gclid|zarsrc)$"
)
_FORMER_SESSION: Final = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)
_NO_FORMER_HOSTS: Final = KeyRule()


def key_rule(portal: Portal) -> KeyRule:
    """Return the rule of a portal: the keys of its former hosts belong to the first host of its scope."""
    return KeyRule(portal.scope.hosts[0], frozenset(portal.formerly)) if portal.formerly else _NO_FORMER_HOSTS


def former_hosts(portal: Portal) -> tuple[str, ...]:
    """Return the hosts of `Portal.formerly`, each with and without `www.`."""
    bare = tuple(host.removeprefix("www.") for host in portal.formerly)
    return (*bare, *(f"www.{host}" for host in bare))


def is_published_by(portal: Portal, url: str) -> bool:
    """Return whether `url` is the portal's own: in its scope, or the same on a host that it had before.

    A crawl follows only what the scope covers. Imports also take what former hosts published.
    """
    return portal.scope.covers(url) or portal.scope.covers_on(former_hosts(portal), url)


def article_key(url: str, portal: Portal) -> str:
    """Return the key of the article at a URL: the platform's id in it, or else the key of the page."""
    return PLATFORMS[portal.platform].article_key(canonical_address(url)) or page_key(url, portal)


def page_key(url: str, portal: Portal) -> str:
    """Return what identifies a page of any kind, such as a list: its address, and never a platform's id."""
    key = address_key(PLATFORMS[portal.platform].canonical_url(url))
    return key_rule(portal).current(key) if portal.formerly else key


def former_article_ids(url: str, key: str, portal: Portal) -> tuple[str, ...]:
    """Return the ids that earlier rules gave to an article captured at `url`, without today's id.

    Only articles whose key is their address have any. The first version kept scheme, `www.` and host as written, and
    knew fewer parameters. At a former host, today's rule gave another id before the portal's file named the host.
    """
    if key != page_key(url, portal):
        return ()
    platform = PLATFORMS[portal.platform]
    former = (platform.canonical_url(url, _former_address), address_key(platform.canonical_url(url)))
    ids = dict.fromkeys(article_id(portal.slug, each) for each in former)
    return tuple(each for each in ids if each != article_id(portal.slug, key))


def _former_address(url: str) -> str:
    """Return the URL without the parameters that the first version of the rule knew, and without fragment."""
    parts = urlsplit(url)
    query = parts.query
    if any(_FORMER_TRACKING.match(pair.partition("=")[0]) for pair in query.split("&")):
        pairs = parse_qsl(query, keep_blank_values=True)
        query = urlencode([(name, value) for name, value in pairs if not _FORMER_TRACKING.match(name)])
    return urlunsplit((parts.scheme, parts.netloc, _FORMER_SESSION.sub("", parts.path), query, ""))
