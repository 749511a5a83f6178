"""The JSON-LD object that describes the article of a page.

Belongs here: parsing JSON that templates wrote by hand (comments, trailing commas and semicolons, CDATA, several
objects in one script), and choosing the object of this article. Does not belong here: the meaning of its properties
(`spiders.platforms.parts.metadata.reader`).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import unquote, urlsplit

import jstyleson
from lxml.html import HtmlElement

from spiders.platforms.parts.selectors import select
from warehouse.text.normal import count_words, normal_form

JsonObject: TypeAlias = dict[str, Any]

ARTICLE_TYPES: Final = frozenset((
    "analysisnewsarticle", "article", "blogposting", "newsarticle", "opinionnewsarticle", "report",
    "reportagenewsarticle",
))  # fmt: skip
"""Types of schema.org that are an article, in lower case."""

# Limits for hostile pages; real pages stay far below them.
_PAGE_CHARACTERS_MAX: Final = 1_000_000
_REPAIRED_CHARACTERS_MAX: Final = 200_000  # repairing is slower than parsing
_OBJECTS_MAX: Final = 500
_DEPTH_MAX: Final = 8

_SCRIPTS: Final = select("//script[@type]")
_OPENING: Final = re.compile(r"\{|\[(?!CDATA\[)")
_HTML_COMMENT: Final = re.compile(r"<!--[^<>]{0,1000}-->")
# Properties whose value may be the article itself. Others (`hasPart`, `itemListElement`, `comment`) hold other things.
_HOLDERS: Final = ("@graph", "mainentity", "mainentityofpage")
_STATED: Final = re.compile(r'"(@type|datePublished|dateModified)"\s*:\s*"([^"\\\n]{1,300})"', re.IGNORECASE)
_TITLE_WORDS_MIN: Final = 4
# How many of a headline's words the page's titles share. Headlines written for search engines are worded differently.
_ALIKE_MIN: Final = 0.3
_ALIKE_MIN_UNDER_OTHER_URL: Final = 0.6


@dataclass(frozen=True, slots=True)
class PageNames:
    """What a page calls itself, to tell its own metadata from that of other articles.

    Attributes:
        urls: its URL, canonical URL and the like.
        titles: its headings and titles.
    """

    urls: Sequence[str]
    titles: Sequence[str]


def article_object(tree: HtmlElement, read_names: Callable[[], PageNames]) -> JsonObject:
    """Return the object of the page's article, with keys in lower case; empty if there is none.

    A single article object counts unless its URL or headline is another one's. Of several, those count whose URL or
    headline is the page's; the first with a date of publication is the article's.
    """
    found = [each for script in _scripts(tree) for each in _articles(script)][:_OBJECTS_MAX]
    if not found:
        return {}
    names = read_names()
    if len(found) > 1:
        found = [each for each in found if _agreement(each, names) is True]
    elif _agreement(found[0], names) is False:
        return {}
    return next((each for each in found if each.get("datepublished")), found[0] if found else {})


def is_article_type(kind: object) -> bool:
    """Tell whether a type or a list of types is an article's, written as a name or as a URL."""
    return any(re.split(r"[/#:]", str(each).rstrip("/"))[-1].lower() in ARTICLE_TYPES for each in listed(kind))


def listed(value: object) -> list[Any]:
    """Return the value as a list: a property has one value or a list of values."""
    return value if isinstance(value, list) else [value]


def _scripts(tree: HtmlElement) -> Iterator[str]:
    left = _PAGE_CHARACTERS_MAX
    for script in _SCRIPTS(tree):
        text = script.text or ""
        if "ld+json" in (script.get("type") or "").lower() and len(text) <= left:
            left -= len(text)
            yield text


def _articles(script: str) -> Iterator[JsonObject]:
    values = _parsed(script)
    if values is None:
        if stated := _stated(script):
            yield stated
        return
    for value in values:
        yield from (each for each in _objects(value, _DEPTH_MAX) if is_article_type(each.get("@type")))


def _parsed(script: str) -> list[Any] | None:
    """Return the JSON values of a script, or None if it is not JSON even without its comments."""
    is_short = len(script) <= _REPAIRED_CHARACTERS_MAX
    for repair in (_as_written, _without_comments, _unescaped) if is_short else (_as_written,):
        try:
            return list(_values(repair(script)))
        except (
            ValueError,
            IndexError,
            RecursionError,
        ):  # hand-written JSON is often invalid, hostile JSON deeply nested
            continue
    return None


def _as_written(script: str) -> str:
    return script


def _without_comments(script: str) -> str:
    return str(jstyleson.dispose(_HTML_COMMENT.sub("", script)))


def _unescaped(script: str) -> str:
    return _without_comments(html.unescape(script))


def _values(script: str) -> Iterator[Any]:
    """Yield the values of a script that holds one or more; what is between them is ignored.

    Raises:
        ValueError: a value is not valid JSON.
    """
    decoder = json.JSONDecoder(strict=False)  # line breaks in strings are common
    end = 0
    while opening := _OPENING.search(script, end):
        value, end = decoder.raw_decode(script, opening.start())
        yield value


def _objects(value: object, depth: int) -> Iterator[JsonObject]:
    """Yield the objects that may describe the page.

    They are the top-level ones, and those in their graphs and main entities.
    """
    if isinstance(value, list):
        for each in value if depth else ():
            yield from _objects(each, depth - 1)
    elif isinstance(value, dict):
        keyed = {str(key).lower(): each for key, each in value.items()}
        yield keyed
        for holder in _HOLDERS if depth else ():
            yield from _objects(keyed.get(holder), depth - 1)


def _stated(script: str) -> JsonObject:
    """Return the properties of an article that a script with a syntax error states once.

    A bare quote is such an error.
    """
    stated: dict[str, set[str]] = {}
    for match in _STATED.finditer(script):
        stated.setdefault(match[1].lower(), set()).add(match[2])
    types = stated.pop("@type", set())
    if "itemlist" in {kind.lower() for kind in types} or not any(map(is_article_type, types)):
        return {}
    once = {name: values.pop() for name, values in stated.items() if len(values) == 1}
    return {"@type": "Article", **once} if "datepublished" in once else {}


def _agreement(found: JsonObject, names: PageNames) -> bool | None:
    """Tell whether the object is about the page by its URL or headline; None if that is unknown."""
    urls = {_place(url) for url in _urls(found)} - {None}
    titles = [_key(str(title)) for name in ("headline", "name") for title in listed(found.get(name)) if title]
    page_titles = [_key(title) for title in names.titles if title]
    is_same_url = not urls.isdisjoint(map(_place, names.urls))
    if is_same_url or any(_is_same_title(title, other) for title in titles for other in page_titles):
        return True
    if not titles or not page_titles:
        return False if urls else None
    shared = max(_shared_words(title, other) for title in titles for other in page_titles)
    return None if shared >= (_ALIKE_MIN_UNDER_OTHER_URL if urls else _ALIKE_MIN) else False


def _urls(found: JsonObject) -> Iterator[str]:
    for name in ("url", "mainentityofpage", "@id"):
        for value in listed(found.get(name)):
            stated = [value.get("@id"), value.get("url")] if isinstance(value, dict) else [value]
            yield from (each for each in stated if isinstance(each, str))


def _place(url: str) -> tuple[str, str] | None:
    """Return path and query, which identify a page under any of the site's hosts; None without them."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:  # a malformed host
        return None
    path = unquote(parts.path).rstrip("/")
    return (path, parts.query) if path or parts.query else None


def _key(title: str) -> str:
    return normal_form(html.unescape(title)).casefold()


def _is_same_title(title: str, other: str) -> bool:
    shorter, longer = sorted((title, other), key=len)
    # One may be cut short, or contain the site's name.
    return title == other or (count_words(shorter) >= _TITLE_WORDS_MIN and shorter.rstrip(".… ") in longer)


def _shared_words(title: str, other: str) -> float:
    words = set(title.split())
    return len(words & set(other.split())) / len(words) if words else 0.0
