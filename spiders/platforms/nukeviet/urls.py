"""NukeViet's URLs: articles, lists, and canonical forms.

Belongs here: rewritten (`/<category>/<slug>-<id>.html`) and plain (`index.php?nv=news&op=…`) URLs. Does not belong
here: markup (`spiders.platforms.nukeviet.articles`, `spiders.platforms.nukeviet.lists`).

The source is the code of NukeViet 3.4 to 4.6. A URL is `[/<language>][/<module>]/<category>/<slug>-<id>`, followed by
`.html` (4.x) or `/` (3.x). A portal may omit the name of one module, usually `news`. Each language and module numbers
its own articles, and portals copy the module `news` under other names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from spiders.platforms.parts.urls import is_file, origin
from warehouse.text.address import canonical_address

_ARTICLE: Final = re.compile(r"-(?P<id>\d{1,10})(?:\.html?)?$")
_PAGE: Final = re.compile(r"page-(?P<number>\d+)")
_LANGUAGES: Final = frozenset(("vi", "en", "fr", "zh", "cn", "ja", "jp", "ko", "ru", "de", "lo"))
_ALIAS: Final = re.compile(r"[\w-]+")

# Functions of the module that show an article in another form, such as the print view.
_REPEATS: Final = frozenset(("print", "savefile", "sendmail"))
_FUNCTIONS: Final = _REPEATS | frozenset((
    "author", "content", "detail", "groups", "instant-rss", "rating", "rss", "search", "subject", "signer", "tag",
    "topic", "view", "viewcat", "area", "cat",
))  # fmt: skip
# Modules that are not copies of `news`, and system folders.
_OTHER_MODULES: Final = frozenset((
    "about", "admin", "albums", "api", "assets", "banners", "comment", "contact", "data", "dispatch", "download", "faq",
    "feeds", "freecontent", "includes", "install", "laws", "menu", "modules", "nvform", "nvtools", "page", "photos",
    "seek", "shops", "siteterms", "statistics", "themes", "two-step-verification", "uploads", "users", "vbpq", "video",
    "videoclips", "videos", "voting", "weblinks",
))  # fmt: skip
_PLAIN: Final = ("language", "nv", "op")


@dataclass(frozen=True, slots=True)
class _Route:
    """A parsed URL.

    Attributes:
        language: empty for the portal's default.
        module: empty for the portal's default.
        steps: path segments after the module: function, category, article.
    """

    language: str
    module: str
    steps: tuple[str, ...]

    @property
    def is_other(self) -> bool:
        """Whether the module publishes no articles."""
        return self.module in _OTHER_MODULES


def canonical_url(url: str, address: Callable[[str], str] = canonical_address) -> str:
    """Return the canonical URL.

    Print and save views map to their article. Of the query, only attachment parameters and those of plain URLs
    (`index.php?…`) are kept. Language and module are kept as written, because a portal may be set to serve no URLs
    without them.
    """
    parts = urlsplit(url := address(url))
    query = dict(parse_qsl(parts.query))
    file = {name: query[name] for name in ("download", "pdf", "id") if name in query} if _asks_for_file(query) else {}
    if "nv" in query:
        steps = [step for step in query.get("op", "").split("/") if step not in _REPEATS]
        kept = {name: value for name in _PLAIN if (value := "/".join(steps) if name == "op" else query.get(name))}
        return f"{origin(url)}{parts.path}?{urlencode(kept | file, safe='/')}"
    path = parts.path or "/"
    if article_key(url):
        path = "/".join(step for step in path.split("/") if step not in _REPEATS)
    path = re.sub(r"/page-1/?$", "/", "/" if path == "/index.php" else path)
    if not path.endswith("/") and "." not in path.rpartition("/")[2]:
        path += "/"
    return origin(url) + path + (f"?{urlencode(file)}" if file else "")


def article_key(url: str) -> str | None:
    """Return the number at the end of an article's URL, or None for other URLs.

    A language other than Vietnamese and a module other than `news` precede the number, because each counts from 1.
    """
    return _key(*_route(url))


def _key(route: _Route, query: dict[str, str]) -> str | None:
    steps = route.steps[1:] if route.steps[:1] and route.steps[0] in _REPEATS else route.steps
    if _asks_for_file(query) or len(steps) != 2 or route.is_other or steps[0] in _FUNCTIONS:
        return None
    article = _ARTICLE.search(steps[1])
    if article is None or _PAGE.fullmatch(steps[1]):
        return None
    own = [route.language] if route.language not in ("", "vi") else []
    own += [route.module] if route.module not in ("", "news") else []
    return "/".join([*own, article["id"]])


def looks_like_article(url: str) -> bool:
    """Tell whether the URL is an article's, and not that of its print view or an attachment."""
    route, query = _route(url)
    return _key(route, query) is not None and not _REPEATS & set(route.steps)


def looks_like_list(url: str) -> bool:
    """Tell whether the URL looks like that of a category, or of a later page of a category."""
    if is_file(url):
        return False
    route, query = _route(url)
    steps = route.steps[:-1] if route.steps and _PAGE.fullmatch(route.steps[-1]) else route.steps
    if route.is_other or _asks_for_file(query) or "nvvithemever" in query or len(steps) > 2 or _key(route, query):
        return False
    names = (*filter(None, (route.module,)), *steps)
    return all(_ALIAS.fullmatch(name) and name not in _FUNCTIONS and name not in _OTHER_MODULES for name in names)


def _asks_for_file(query: dict[str, str]) -> bool:
    return query.get("download") == "1" or query.get("pdf") == "1"


def _route(url: str) -> tuple[_Route, dict[str, str]]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if "nv" in query:
        steps = tuple(step for step in query.get("op", "").split("/") if step and step != "main")
        return _Route(query.get("language", ""), query["nv"], steps), query
    steps = tuple(step for step in unquote(parts.path).split("/") if step and step != "index.php")
    language = steps[0] if len(steps) > 1 and steps[0] in _LANGUAGES else ""
    if language:
        steps = steps[1:]
    # The module precedes the function or the category; the last segment may be a page number.
    shown = [step for step in steps if step not in _REPEATS and not _PAGE.fullmatch(step)]
    has_module = len(shown) > 2 or (len(steps) > 0 and (steps[0] == "news" or steps[0] in _OTHER_MODULES))
    return (_Route(language, steps[0], steps[1:]) if has_module else _Route(language, "", steps)), query
