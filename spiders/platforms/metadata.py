"""What a page declares about itself for machines: JSON-LD, microdata, Open Graph and article meta elements.

Here: reading the declarations, most trustworthy first. Not here: what a reader sees (`spiders.platforms.generic`).
Dates go through our own parser: some systems write malformed ISO dates, others day-first ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from lxml.html import HtmlElement

from spiders.page import Page
from spiders.platforms.selectors import select, text_of
from warehouse.text.dates import Moment, parse_moment
from warehouse.text.normal import clean, normal_form

_ARTICLE_TYPES: Final = frozenset(("Article", "NewsArticle", "ReportageNewsArticle", "BlogPosting", "Report"))
_JSON_LD_CHARACTERS_MAX: Final = 200_000

_JSON_LD: Final = select("//script[contains(@type,'ld+json')]")
_META: Final = select("//meta[(@property or @name) and @content]")
_ARTICLE_ITEMS: Final = select("//*[contains(@itemtype,'schema.org') and contains(@itemtype,'Article')]")
_PUBLISHED: Final = select("//*[@itemprop='datePublished']")
_UPDATED: Final = select("//*[@itemprop='dateModified']")
_AUTHOR: Final = select("//*[@itemprop='author']//*[@itemprop='name']", "//*[@itemprop='author'][not(.//*)]")


@dataclass(frozen=True, slots=True)
class Declared:
    """What the page says of itself; every field may be missing.

    Attributes:
        is_article: whether the page declares itself one article (and not, say, a list of many).
    """

    is_article: bool
    title: str | None
    site_name: str | None
    author: str | None
    section: str | None
    tags: tuple[str, ...]
    published: Moment | None
    updated: Moment | None


def read_metadata(page: Page) -> Declared:
    """Return what the page declares about itself."""
    metas = _metas(page)
    data = _article_data(page)
    site_name = _first(metas, "og:site_name")
    published = _moment(
        _item(_PUBLISHED(page.tree)), data.get("datePublished"), _first(metas, "article:published_time", "pubdate")
    )
    updated = _moment(
        _item(_UPDATED(page.tree)), data.get("dateModified"), _first(metas, "article:modified_time", "lastmod")
    )
    return Declared(
        is_article=bool(data) or len(_ARTICLE_ITEMS(page.tree)) == 1 or _is_og_article(metas),
        title=_text(data.get("headline")) or _first(metas, "og:title"),
        site_name=site_name,
        author=_author(page, data, site_name),
        section=_first(metas, "article:section") or _text(data.get("articleSection")),
        tags=tuple(dict.fromkeys(metas.get("article:tag", ()))),
        published=published,
        updated=updated if updated and published and updated.at > published.at else None,
    )


def _metas(page: Page) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for meta in _META(page.tree):
        if content := clean(meta.get("content")):
            metas.setdefault((meta.get("property") or meta.get("name")).lower(), []).append(content)
    return metas


def _first(metas: dict[str, list[str]], *names: str) -> str | None:
    return next((metas[name][0] for name in names if name in metas), None)


def _is_og_article(metas: dict[str, list[str]]) -> bool:
    # Some systems call every page an article; one that also dates it means it.
    return _first(metas, "og:type") == "article" and "article:published_time" in metas


def _article_data(page: Page) -> dict[str, Any]:
    """Return the JSON-LD object of the article, empty where there is none or it is no JSON."""
    for script in _JSON_LD(page.tree):
        text = script.text or ""
        if len(text) > _JSON_LD_CHARACTERS_MAX:
            continue
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):  # hand-written JSON is often none; hostile JSON is deep
            continue
        for candidate in _objects(data):
            kinds = candidate.get("@type")
            if any(isinstance(kind, str) and kind in _ARTICLE_TYPES for kind in _listed(kinds)):
                return candidate
    return {}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _objects(data: object) -> Iterator[dict[str, Any]]:
    for item in data if isinstance(data, list) else [data]:
        if isinstance(item, dict):
            yield item
            graph = item.get("@graph")
            yield from (part for part in graph if isinstance(part, dict)) if isinstance(graph, list) else ()


def _text(value: object) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("name")
    # JSON can spell half a surrogate pair, which is no character and fits no file.
    return clean(value.encode(errors="replace").decode()) or None if isinstance(value, str) else None


def _item(elements: list[HtmlElement]) -> str | None:
    return next((value for element in elements if (value := _item_value(element))), None)


def _item_value(element: HtmlElement) -> str:
    return clean(element.get("content") or element.get("datetime") or "") or text_of(element)


def _moment(*texts: object) -> Moment | None:
    return next((moment for text in texts if isinstance(text, str) and (moment := parse_moment(text))), None)


def _author(page: Page, data: dict[str, Any], site_name: str | None) -> str | None:
    """Return the author's name, unless it is the site's or the publisher's: templates fill it in for want of one."""
    house = {normal_form(name).casefold() for name in (site_name, _text(data.get("publisher"))) if name}
    names = [_item_value(element) for element in _AUTHOR(page.tree)] + [_text(data.get("author")) or ""]
    return next((name for name in names if name and normal_form(name).casefold() not in house), None)
