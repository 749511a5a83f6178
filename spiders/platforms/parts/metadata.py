"""Machine-readable metadata of a page: JSON-LD, microdata, Open Graph and other meta elements.

Belongs here: reading the metadata (by extruct) and its dates. Does not belong here: visible text, which takes
precedence where the two differ (`spiders.platforms.generic.article`). `warehouse.text.dates` parses the dates,
because some CMSs write malformed ISO dates or put the day first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from extruct.jsonld import JsonLdExtractor
from extruct.w3cmicrodata import MicrodataExtractor
from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.parts.dating import Candidate
from spiders.platforms.parts.selectors import select, text_of
from warehouse.text.dates import Moment, parse_moment
from warehouse.text.normal import clean, normal_form

_ARTICLE_TYPES: Final = frozenset((
    "AnalysisNewsArticle", "Article", "BlogPosting", "NewsArticle", "OpinionNewsArticle", "Report",
    "ReportageNewsArticle",
))  # fmt: skip
_JSON_LD_CHARACTERS_MAX: Final = 200_000


class _ShortMicrodata(MicrodataExtractor):  # type: ignore[misc]  # extruct is not typed
    """Truncates the text of each property, and ignores properties outside the item (`itemref`).

    A hostile page can repeat the same long text or list in thousands of properties.
    """

    def _extract_textContent(self, node: HtmlElement) -> str:  # noqa: N802 - named by extruct
        return text_of(node)

    def _extract_property_refs(self, *_args: object, **_options: object) -> Iterable[tuple[str, Any]]:
        return ()


_JSON_LD: Final = JsonLdExtractor()
_MICRODATA: Final = _ShortMicrodata(strict=False)
_SCRIPTS: Final = select("//script[contains(@type,'ld+json')]")
_META: Final = select("//meta[(@property or @name) and @content]")
_ARTICLE_ITEMS: Final = select("//*[@itemscope][contains(@itemtype,'Article') or contains(@itemtype,'BlogPosting')]")


@dataclass(frozen=True, slots=True)
class Declared:
    """Metadata of a page; a field without a value is None or empty.

    Attributes:
        is_article: whether the page declares itself a single article (and not, say, a list).
        titles: all declared titles, most trustworthy first.
        updated: None unless it is later than every date of publication.
    """

    is_article: bool
    titles: tuple[str, ...]
    site_name: str | None
    author: str | None
    section: str | None
    tags: tuple[str, ...]
    published: tuple[Candidate, ...]
    updated: Moment | None


# Cached for one page: detecting the article, its title and its dates all need it.
@lru_cache(1)
def read_metadata(page: Page) -> Declared:
    """Return the page's metadata."""
    metas = _metas(page)
    data = _article_data(page)
    items = _article_items(page)
    item = items[0] if len(items) == 1 else {}
    site_name = _first(metas, "og:site_name")
    published = (
        *_candidates("microdata", item.get("datePublished")),
        *_candidates("json_ld", data.get("datePublished")),
        *_candidates("meta", *metas.get("article:published_time", ()), *metas.get("pubdate", ())),
    )
    updated = _candidates(
        "", item.get("dateModified"), data.get("dateModified"), _first(metas, "article:modified_time", "lastmod")
    )
    last = max((each.moment.at for each in published), default=None)
    titles = (_text(data.get("headline")), _text(item.get("headline")), _first(metas, "og:title"))
    return Declared(
        is_article=bool(data) or len(items) == 1 or _is_og_article(metas),
        titles=tuple(dict.fromkeys(title for title in titles if title)),
        site_name=site_name,
        author=_author((item.get("author"), data.get("author")), (site_name, _text(data.get("publisher")))),
        section=_first(metas, "article:section") or _text(data.get("articleSection")),
        tags=tuple(dict.fromkeys(metas.get("article:tag", ()))),
        published=published,
        updated=next((each.moment for each in updated if last is None or each.moment.at > last), None),
    )


def _metas(page: Page) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for meta in _META(page.tree):
        if content := clean(meta.get("content") or ""):
            metas.setdefault((meta.get("property") or meta.get("name") or "").lower(), []).append(content)
    return metas


def _first(metas: dict[str, list[str]], *names: str) -> str | None:
    return next((metas[name][0] for name in names if name in metas), None)


def _is_og_article(metas: dict[str, list[str]]) -> bool:
    # Some CMSs mark every page as an article; only pages with a date of publication are articles.
    return _first(metas, "og:type") == "article" and "article:published_time" in metas


def _article_data(page: Page) -> dict[str, Any]:
    """Return the JSON-LD object of the article; empty if there is none or it is invalid JSON."""
    for script in _SCRIPTS(page.tree):
        if len(script.text or "") > _JSON_LD_CHARACTERS_MAX:
            continue
        try:
            found = _JSON_LD.extract_items(script)
        except (ValueError, RecursionError):  # hand-written JSON is often invalid, hostile JSON deeply nested
            continue
        for candidate in _objects(found):
            if any(isinstance(kind, str) and kind in _ARTICLE_TYPES for kind in _listed(candidate.get("@type"))):
                return candidate
    return {}


def _article_items(page: Page) -> list[dict[str, Any]]:
    """Return the properties of the only article item; if there are several, an empty dict for each."""
    elements = [element for element in _ARTICLE_ITEMS(page.tree) if _is_article_type(element.get("itemtype"))]
    if len(elements) != 1:  # a list of articles declares many
        return [{} for _ in elements]
    try:
        found = _MICRODATA.extract_items(elements[0], page.url)
    except (RecursionError, ValueError):  # deeply nested items; a malformed URL such as http://[
        return [{}]
    return [each.get("properties", {}) for each in found[:1]]


def _is_article_type(kind: object) -> bool:
    names = (str(each).rstrip("/").rpartition("/")[2] for each in _listed(kind))
    return any(name in _ARTICLE_TYPES for name in names)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _objects(data: object) -> Iterator[dict[str, Any]]:
    for item in _listed(data):
        if isinstance(item, dict):
            yield item
            graph = item.get("@graph")
            yield from (part for part in graph if isinstance(part, dict)) if isinstance(graph, list) else ()


def _text(value: object) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):  # a nested JSON-LD object or microdata item
        properties = value.get("properties")
        value = (properties if isinstance(properties, dict) else value).get("name")
    # JSON can contain a lone surrogate, which cannot be encoded.
    return clean(value.encode(errors="replace").decode()) or None if isinstance(value, str) else None


def _candidates(basis: str, *values: object) -> tuple[Candidate, ...]:
    texts = (each for value in values for each in _listed(value))
    moments = (parse_moment(text) for text in texts if isinstance(text, str))
    return tuple(Candidate(moment, basis) for moment in moments if moment)


def _author(values: Iterable[object], defaults: Iterable[str | None]) -> str | None:
    """Return the author's name; skip names of site and publisher, which templates use as `defaults`."""
    default_keys = {normal_form(name).casefold() for name in defaults if name}
    names = (name for value in values for each in _listed(value) if (name := _text(each)))
    return next((name for name in names if normal_form(name).casefold() not in default_keys), None)
