"""The proxies that the environment names, as crawls and alerts use them.

Belongs here: their hosts, and what is wrong with one, said without showing it, since it may hold a password. Does not
belong here: sending requests through them (Scrapy and httpx do).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

_SCHEMES: Final = ("http", "https")
# A password with one of the characters that a URL needs must be percent-encoded.
_PROXY: Final = re.compile(
    r"(?:https?://)?(?:[^\s/?#@:]+(?::[^\s/?#@]*)?@)?(?:[\w.\-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?/?", re.IGNORECASE
)


def proxy_hosts() -> set[str]:
    """Return the hosts of the proxies; of none that is invalid."""
    return {host for url in _proxies().values() if _is_valid(url) and (host := urlsplit(_with_scheme(url)).hostname)}


def proxy_of(scheme: str) -> str | None:
    """Return the URL of the proxy for `http` or `https`; None if there is none."""
    url = _proxies().get(scheme)
    return _with_scheme(url) if url else None


def proxy_error() -> str | None:
    """Return an error message if a proxy in the environment cannot be used, else None.

    Scrapy would send requests without it, and other programs name it in their errors.
    """
    wrong = sorted(scheme for scheme, url in _proxies().items() if not _is_valid(url))
    return (
        f"{wrong[0]}_proxy is not the URL of a proxy, such as http://name:password@proxy.example.org:3128, with name "
        "and password percent-encoded. Its value is not shown, since it may hold a password."
        if wrong
        else None
    )


def _proxies() -> dict[str, str]:
    return {scheme: url for scheme, url in getproxies().items() if scheme in _SCHEMES}


def _with_scheme(url: str) -> str:
    return url if "://" in url else f"http://{url}"


def _is_valid(url: str) -> bool:
    if not _PROXY.fullmatch(url):
        return False
    try:
        parts = urlsplit(_with_scheme(url))
        unquote(f"{parts.username}{parts.password}").encode("latin-1")
        return parts.port is None or parts.port > 0
    except ValueError:  # a port above 65535, or a character that a header cannot hold
        return False
