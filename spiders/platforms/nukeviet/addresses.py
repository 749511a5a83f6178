"""NukeViet's addresses: which is an article's, which a list's, and which of them stand for the same thing.

Here: rewritten (`/<category>/<slug>-<id>.html`) and plain (`index.php?nv=news&op=…`) addresses. Not here: its markup
(`spiders.platforms.nukeviet.platform`).

Read off the source of 3.4 to 4.6: an address is `[/<language>][/<module>]/<category>/<slug>-<id>`, with `.html` (4.x)
or `/` (3.x) behind it; a portal may set one module, as a rule `news`, to go without its name. Each language and each
module numbers its articles by itself, and portals copy the module `news` under other names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from spiders.platforms.parts.addresses import is_file, origin, without_visit

_ARTICLE: Final = re.compile(r"-(?P<id>\d{1,10})(?:\.html?)?$")
_PAGE: Final = re.compile(r"page-(?P<number>\d+)")
_LANGUAGES: Final = frozenset(("vi", "en", "fr", "zh", "cn", "ja", "jp", "ko", "ru", "de", "lo"))
_ALIAS: Final = re.compile(r"[\w-]+")

# Functions of the module that repeat an article, or do something with it.
_REPEATS: Final = frozenset(("print", "savefile", "sendmail"))
_FUNCTIONS: Final = _REPEATS | frozenset((
    "author", "content", "detail", "groups", "instant-rss", "rating", "rss", "search", "subject", "signer", "tag",
    "topic", "view", "viewcat", "area", "cat",
))  # fmt: skip
# Modules that are no copies of `news`, and folders of the system.
_OTHER_MODULES: Final = frozenset((
    "about", "admin", "albums", "api", "assets", "banners", "comment", "contact", "data", "dispatch", "download", "faq",
    "feeds", "freecontent", "includes", "install", "laws", "menu", "modules", "nvform", "nvtools", "page", "photos",
    "seek", "shops", "siteterms", "statistics", "themes", "two-step-verification", "uploads", "users", "vbpq", "video",
    "videoclips", "videos", "voting", "weblinks",
))  # fmt: skip
_PLAIN: Final = ("language", "nv", "op")


@dataclass(frozen=True, slots=True)
class _Place:
    """What an address asks the system for.

    Attributes:
        language: empty where the address leaves it to the portal.
        module: empty where it leaves it to the portal.
        steps: function, category and article behind the module.
    """

    language: str
    module: str
    steps: tuple[str, ...]

    @property
    def is_other(self) -> bool:
        """Whether the module is none that publishes articles."""
        return self.module in _OTHER_MODULES


def canonical_url(url: str) -> str:
    """Return the one address that stands for all that show the same thing.

    Print and save views are the article they repeat. Of the query stays what asks for something else: an attachment,
    and where a plain address (`index.php?…`) leads. Language and module stay as the portal writes them: whether it
    answers without them is its own setting.
    """
    parts = urlsplit(without_visit(url))
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
    """Return the number at the end of an article's address.

    Behind a module other than `news`, or in another language than Vietnamese, its name goes before the number, since
    each counts from 1.
    """
    return _key(*_place(url))


def _key(place: _Place, query: dict[str, str]) -> str | None:
    steps = place.steps[1:] if place.steps[:1] and place.steps[0] in _REPEATS else place.steps
    if _asks_for_file(query) or len(steps) != 2 or place.is_other or steps[0] in _FUNCTIONS:
        return None
    article = _ARTICLE.search(steps[1])
    if article is None or _PAGE.fullmatch(steps[1]):
        return None
    own = [place.language] if place.language not in ("", "vi") else []
    own += [place.module] if place.module not in ("", "news") else []
    return "/".join([*own, article["id"]])


def is_article_address(url: str) -> bool:
    """Tell whether an article stands at the address itself, and not a print view or an attachment of it."""
    place, query = _place(url)
    return _key(place, query) is not None and not _REPEATS & set(place.steps)


def is_list_address(url: str) -> bool:
    """Tell whether the address has the form of a category's, or of one of its further pages."""
    if is_file(url):
        return False
    place, query = _place(url)
    steps = place.steps[:-1] if place.steps and _PAGE.fullmatch(place.steps[-1]) else place.steps
    if place.is_other or _asks_for_file(query) or "nvvithemever" in query or len(steps) > 2 or _key(place, query):
        return False
    names = (*filter(None, (place.module,)), *steps)
    return all(_ALIAS.fullmatch(name) and name not in _FUNCTIONS and name not in _OTHER_MODULES for name in names)


def _asks_for_file(query: dict[str, str]) -> bool:
    return query.get("download") == "1" or query.get("pdf") == "1"


def _place(url: str) -> tuple[_Place, dict[str, str]]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if "nv" in query:
        steps = tuple(step for step in query.get("op", "").split("/") if step and step != "main")
        return _Place(query.get("language", ""), query["nv"], steps), query
    steps = tuple(step for step in unquote(parts.path).split("/") if step and step != "index.php")
    language = steps[0] if len(steps) > 1 and steps[0] in _LANGUAGES else ""
    if language:
        steps = steps[1:]
    # A module's name goes before the function or the category; the last step may be a page's number.
    shown = [step for step in steps if step not in _REPEATS and not _PAGE.fullmatch(step)]
    has_module = len(shown) > 2 or (len(steps) > 0 and (steps[0] == "news" or steps[0] in _OTHER_MODULES))
    return (_Place(language, steps[0], steps[1:]) if has_module else _Place(language, "", steps)), query
