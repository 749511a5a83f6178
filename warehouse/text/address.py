"""Addresses: the canonical form of a URL, and the key by which two addresses are one page.

Belongs here: RFC 3986 normalization, sessions in the path, and what earlier keys are called today. Does not belong
here: the names of parameters (`warehouse.text.parameters`), what one CMS makes of its URLs (`spiders.platforms`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from warehouse.text.parameters import TABLES, is_session, is_token, is_view

# Cached addresses: far more than a page links to. Long ones are not cached, so that a hostile page fills no memory.
_CACHED_MAX: Final = 10_000
_CACHED_CHARACTERS_MAX: Final = 500
_CACHED_HOSTS_MAX: Final = 1_000

# What browsers read as `http://`: any number of slashes and backslashes, also none (WHATWG URL, 4.4).
_SCHEME: Final = re.compile(r"(https?):[/\\]*", re.IGNORECASE)
_AUTHORITY: Final = re.compile(
    r"(?P<user>[^/@]*@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^/@:\[\]]+)(?::(?P<port>[0-9]{0,5}))?(?P<path>/.*|)", re.DOTALL
)
_ASCII_HOST: Final = re.compile(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]")
_KEY_HOST: Final = re.compile(r"[^/?]+")
_HOST_CHARACTERS_MAX: Final = 253  # RFC 1035
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
_LINK_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_IGNORED: Final = str.maketrans("", "", "\t\n\r")
_CONTROLS: Final = "".join(map(chr, range(0x21)))

_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
# Before an escape: a `%` that stands for itself, as in `%%341`. Decoded, the escape would complete it to another one.
_BARE_PERCENT: Final = re.compile(r"%[0-9A-Fa-f]?$")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_SAFE: Final = "!$&'()*+,;=:@/%~"
_QUERY_SAFE: Final = _PATH_SAFE + "?"

# Servlets, PHP: `/tin.html;jsessionid=1F3A`. ASP.NET: `/(S(abc))/`, `/(X(1)A(…)S(…))/`, and `/(abc…)/` of ASP.NET 1.
_PATH_PARAMETER: Final = re.compile(r";(?:j?sessionid|sid|phpsessid|cfid|cftoken)=[^/;]*", re.IGNORECASE)
_COOKIELESS: Final = re.compile(
    r"/(?:\(|%28)(?:(?:[ASFX](?:\(|%28)[\w-]{1,2000}(?:\)|%29)){1,4}|[a-z0-5]{24})(?:\)|%29)(?=/|$)"
)


def resolve_link(base: str, link: str) -> str | None:
    """Return a link's absolute URL as browsers resolve it; None if it is empty, invalid or not http(s).

    By the WHATWG URL standard, 4.4: backslashes are slashes, tabs and line breaks are nothing, and any number of
    slashes may precede a host. White space and invisible characters are percent-encoded; letters of any language and
    the fragment are kept.
    """
    link = link.strip()
    if not link.isprintable():
        link = link.translate(_IGNORED)
    if not link:
        return None
    place = link.partition("#")[0].partition("?")[0]
    target = place.replace("\\", "/")
    if scheme := _LINK_SCHEME.match(target):
        name, target = scheme[0].lower(), target[scheme.end() :]
        if name not in ("http:", "https:"):
            return None
        if target.startswith("//") or not base.lower().startswith(name + "//"):
            target = f"{name}//{target.lstrip('/')}"
    elif target.startswith("//"):
        target = f"//{target.lstrip('/')}"
    try:
        url = urljoin(base, target + link[len(place) :])
        parts = urlsplit(url)
        hostname = parts.hostname
    except ValueError:  # such as http://[
        return None
    if not hostname or parts.scheme not in ("http", "https"):
        return None
    if "/." in parts.path:
        url = urlunsplit(parts._replace(path=_without_dots(parts.path)))
    return _printable(url)


def _printable(url: str) -> str:
    if url.isprintable():
        return url.replace(" ", "%20")
    return "".join(char if char.isprintable() and char != " " else quote(char, errors="replace") for char in url)


def without_session(url: str) -> str:
    """Return the URL without session ids, tracking parameters and fragment; it can be requested."""
    return _without(url, is_session)


def main_view(url: str) -> str:
    """Return the URL of `without_session`, without parameters that ask for another view of the page."""
    return _without(url, lambda pair: is_session(pair) or is_view(pair))


def untracked(url: str) -> str:
    """Return the URL as of `without_session`, without tokens: to compare it, not to request it."""
    return _without(url, _names_no_page)


def _names_no_page(pair: str) -> bool:
    return is_session(pair) or is_token(pair)


def _without(url: str, is_dropped: Callable[[str], bool]) -> str:
    place, mark, query = url.partition("#")[0].partition("?")
    if "(" in place or "%28" in place or ";" in place:
        place = _without_session(place)
    query = "&".join(pair for pair in query.split("&") if not is_dropped(pair)) if mark else ""
    return f"{place}?{query}" if query else place


def _without_session(path: str) -> str:
    return _COOKIELESS.sub("", _PATH_PARAMETER.sub("", path))


class _Parts(NamedTuple):
    """An http or https address in parts; the host in canonical form, path and query as written."""

    scheme: str
    user: str
    host: str
    port: str
    path: str
    query: str

    @property
    def netloc(self) -> str:
        return f"{self.user}{self.host}" + (f":{self.port}" if self.port else "")


def canonical_address(url: str) -> str:
    """Return the canonical form of an absolute http or https URL; it can be requested.

    By RFC 3986, 6.2.2 and 6.2.3: scheme and host in lower case, the host by IDNA, no default port, no dot segments,
    escapes in upper case and only where needed (UTF-8). Backslashes are slashes, and tabs and line breaks are nothing
    (WHATWG URL). Fragment, session ids and tracking parameters are dropped. Order of the query and doubled slashes are
    kept, as are escapes that are not UTF-8. Other texts and invalid URLs come back unchanged. Idempotent.
    """
    return _cached_address(url) if len(url) <= _CACHED_CHARACTERS_MAX else _canonical(url)


def _canonical(url: str) -> str:
    parts = _split(url)
    if parts is None:
        return url
    path = _without_dots(_without_session(_escaped(parts.path, _PATH_SAFE)))
    query = "&".join(
        pair for pair in _escaped(parts.query, _QUERY_SAFE).split("&") if pair and not _names_no_page(pair)
    )
    return f"{parts.scheme}://{parts.netloc}{path or '/'}" + (f"?{query}" if query else "")


_cached_address = lru_cache(_CACHED_MAX)(_canonical)


def address_key(url: str) -> str:
    """Return what identifies the page at a URL: `host/path?query`, equal for all its addresses.

    It is the canonical address without scheme, user, `www.`, the path's last slash, doubled slashes and parameters that
    show the same page in another view; parameters are sorted by name. A key, and any text without scheme, comes back
    unchanged.
    """
    return _cached_key(url) if len(url) <= _CACHED_CHARACTERS_MAX else _key(url)


def _key(url: str) -> str:
    parts = _split(canonical_address(url))
    if parts is None:
        return url
    port = f":{parts.port}" if parts.port else ""
    path = re.sub("//+", "/", parts.path).rstrip("/")
    pairs = [pair.replace("+", "%20") for pair in parts.query.split("&") if pair and not is_view(pair)]
    if all("=" in pair for pair in pairs):
        pairs.sort(key=lambda pair: pair.partition("=")[0])
    query = "&".join(pairs)
    return f"{_without_www(parts.host)}{port}{path}" + (f"?{query}" if query else "")


_cached_key = lru_cache(_CACHED_MAX)(_key)


def _without_www(host: str) -> str:
    return host.removeprefix("www.") or host


@dataclass(frozen=True, slots=True)
class KeyRule:
    """How a portal's articles are keyed: turns any key ever recorded into today's.

    Attributes:
        host: the portal's host, to which the keys of its former hosts are moved; empty if it has none.
        former_hosts: the hosts that the portal had before.
    """

    host: str = ""
    former_hosts: frozenset[str] = frozenset()

    def current(self, key: str) -> str:
        """Return today's key for a key of any version of the rule or of a former host.

        Earlier versions kept the scheme. A platform's id is returned unchanged.
        """
        key = address_key(key)
        host = _KEY_HOST.match(key)
        if not host or not self.host or host[0] not in {_without_www(former) for former in self.former_hosts}:
            return key
        return _without_www(self.host) + key[host.end() :]

    @property
    def digest(self) -> str:
        """A digest that differs for rules that give different keys."""
        facts = "\n".join((self.host, *sorted(self.former_hosts), *TABLES))
        return hashlib.sha256(facts.encode()).hexdigest()


def _split(url: str) -> _Parts | None:
    """Return the parts of an http or https URL; None if it is invalid or has another scheme."""
    text = url.strip(_CONTROLS)
    if not text.isprintable():
        text = text.translate(_IGNORED)
    scheme = _SCHEME.match(text)
    if scheme is None:
        return None
    before, _, query = text[scheme.end() :].partition("#")[0].partition("?")
    authority = _AUTHORITY.fullmatch(before.replace("\\", "/"))
    if authority is None:
        return None
    host = _host(authority["host"])
    if host is None:
        return None
    name = scheme[1].lower()
    port = str(int(authority["port"])) if authority["port"] else ""
    if port and int(port) > 65535:
        return None
    return _Parts(
        name, authority["user"] or "", host, "" if port == _DEFAULT_PORTS[name] else port, authority["path"], query
    )


@lru_cache(_CACHED_HOSTS_MAX)
def _host(written: str) -> str | None:
    """Return the host in lower case and ASCII (IDNA 2003, as Scrapy requests it); None if it is invalid."""
    host = written.lower()
    if len(host) > _HOST_CHARACTERS_MAX:
        return None
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii").lower()
        except UnicodeError:
            return None
    return host if _ASCII_HOST.fullmatch(host) else None


def _escaped(text: str, safe: str) -> str:
    """Return a path or query with escapes in upper case and only where needed."""
    if "%" in text:
        text = _ESCAPE.sub(_normal_escape, text)
    return quote(text, safe=safe, errors="replace")


def _normal_escape(escape: re.Match[str]) -> str:
    code = escape[0].upper()
    char = chr(int(code[1:], 16))
    if char not in _UNRESERVED or _BARE_PERCENT.search(escape.string, max(0, escape.start() - 2), escape.start()):
        return code
    return char


def _without_dots(path: str) -> str:
    """Return the path without `.` and `..` segments (RFC 3986, 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    *folders, last = path.split("/")[1:]
    for segment in folders:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if last == "..":
        del kept[-1:]
    return "/" + "".join(f"{segment}/" for segment in kept) + ("" if last in (".", "..") else last)
