"""Machine-readable metadata of a page: JSON-LD, microdata, Open Graph and other meta elements.

Belongs here: reading the metadata and its dates. Does not belong here: parsing JSON-LD
(`spiders.platforms.parts.metadata.json_ld`); visible text, which takes precedence where the two differ
(`spiders.platforms.generic.article`). `warehouse.text.dates` parses the dates, because some CMSs write malformed ISO
dates or put the day first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from spiders.pages.page import Page
from spiders.platforms.parts.dating import Candidate
from spiders.platforms.parts.metadata.json_ld import PageNames, article_object, is_article_type, listed
from spiders.platforms.parts.selectors import ancestors, select, text_of
from warehouse.clock import HANOI_TIME
from warehouse.text.dates import parse_moment
from warehouse.text.moment import Moment, moment_of
from warehouse.text.normal import clean, normal_form

_AUTHORS_MAX: Final = 20
_TITLES_MAX: Final = 10
_PUBLISHED_METAS: Final = (
    "article:published_time", "og:article:published_time", "article:published", "pubdate", "publishdate",
    "publish-date", "publish_date", "datepublished", "dc.date.issued", "dcterms.issued",
)  # fmt: skip
_UPDATED_METAS: Final = ("article:modified_time", "lastmod", "og:updated_time")
_MILLISECONDS_MIN: Final = 10**11  # as seconds, a year after 5000
_YEAR_MIN, _YEAR_MAX = 1900, 2199


_PAGE_TITLES: Final = select("//head/title", "//h1")
_HEADINGS: Final = select("//h1")
_CANONICAL: Final = select("//head/link[@rel='canonical'][@href]")
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
    authors: tuple[str, ...]
    section: str | None
    tags: tuple[str, ...]
    published: tuple[Candidate, ...]
    updated: Moment | None


# Cached for one page: detecting the article, its title and its dates all need it.
@lru_cache(1)
def read_metadata(page: Page) -> Declared:
    """Return the page's metadata."""
    metas = _metas(page)
    data = article_object(page.tree, lambda: _names(page, metas))
    items = _article_items(page)
    item = items[0] if len(items) == 1 else {}
    site_name = _first(metas, "og:site_name")
    published = (
        *_candidates("microdata", item.get("datePublished")),
        *_candidates("json_ld", data.get("datepublished")),
        *_candidates("meta", *(content for name in _PUBLISHED_METAS for content in metas.get(name, ()))),
    )
    updated = _candidates("", item.get("dateModified"), data.get("datemodified"), _first(metas, *_UPDATED_METAS))
    last = max((each.moment.at for each in published), default=None)
    titles = (_text(data.get("headline")), _text(item.get("headline")), _first(metas, "og:title"))
    return Declared(
        is_article=bool(data) or len(items) == 1 or _is_og_article(metas),
        titles=tuple(dict.fromkeys(title for title in titles if title)),
        site_name=site_name,
        authors=_authors((item.get("author"), data.get("author")), (site_name, _text(data.get("publisher")))),
        section=_first(metas, "article:section") or _text(data.get("articlesection")),
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


def _names(page: Page, metas: dict[str, list[str]]) -> PageNames:
    canonical = [link.get("href") or "" for link in _CANONICAL(page.tree)[:1]]
    titles = [text_of(element) for element in _PAGE_TITLES(page.tree)[:_TITLES_MAX]]
    return PageNames(
        urls=(page.url, *canonical, *metas.get("og:url", ())[:1]),
        titles=(*titles, *metas.get("og:title", ())[:1]),
    )


def _article_items(page: Page) -> list[dict[str, Any]]:
    """Return the properties of the only article item; if there are several, an empty dict for each.

    Rows of related articles may be items too: the one that contains the page's heading is then the only one.
    """
    elements = [element for element in _ARTICLE_ITEMS(page.tree) if is_article_type(element.get("itemtype"))]
    if len(elements) > 1:
        above = {holder for heading in _HEADINGS(page.tree)[:1] for holder in ancestors(heading)}
        main = [element for element in elements if element in above]
        if len(main) != 1:  # a list of articles declares many
            return [{} for _ in elements]
        elements = main
    if not elements:
        return []
    # It loads RDF and more, which takes a tenth of a second; a crawl reads hardly any microdata.
    from spiders.platforms.parts.metadata import microdata

    try:
        found = microdata.READER.extract_items(elements[0], page.url)
    except (RecursionError, ValueError):  # deeply nested items; a malformed URL such as http://[
        return [{}]
    return [each.get("properties", {}) for each in found[:1]]


def _text(value: object) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):  # a nested JSON-LD object or microdata item
        properties = value.get("properties")
        value = (properties if isinstance(properties, dict) else value).get("name")
    # JSON can contain a lone surrogate, which cannot be encoded.
    return clean(value.encode(errors="replace").decode()) or None if isinstance(value, str) else None


def _candidates(basis: str, *values: object) -> tuple[Candidate, ...]:
    moments = (_moment(each) for value in values for each in listed(value))
    return tuple(Candidate(moment, basis) for moment in moments if moment)


def _moment(value: object) -> Moment | None:
    """Return the moment that a property states.

    It is stated as text, in an object (`@value`), or in seconds since 1970.
    """
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, str):
        return parse_moment(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    seconds = value / 1000 if value >= _MILLISECONDS_MIN else value
    try:
        at = datetime.fromtimestamp(seconds, HANOI_TIME)
    except (OverflowError, ValueError, OSError):
        return None
    # As dates in text: at the ends of the calendar, arithmetic with them overflows.
    return moment_of(at.date(), at.timetz()) if _YEAR_MIN <= at.year <= _YEAR_MAX else None


def _authors(values: Iterable[object], defaults: Iterable[str | None]) -> tuple[str, ...]:
    """Return the names of the authors in the first value that has any.

    Names of site and publisher are skipped: templates use them as defaults.
    """
    default_keys = {normal_form(name).casefold() for name in defaults if name}
    for value in values:
        names = (name for each in listed(value)[:_AUTHORS_MAX] if (name := _text(each)))
        if kept := tuple(dict.fromkeys(name for name in names if normal_form(name).casefold() not in default_keys)):
            return kept
    return ()
