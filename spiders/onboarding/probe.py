"""Whether a portal file fits the live portal: a few pages fetched, read, and held beside what they say of themselves.

Here: the comparison, the judgement in one line, and writing `verified_on`. Not here: a crawl's verdict
(`spiders.crawl.verdict`), which has seen all pages and compares none.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from spiders.crawl.verdict import REFUSALS
from spiders.onboarding.survey import (
    SeenArticle,
    SeenList,
    in_turn,
    parsed,
    see_articles,
    see_feed,
    see_list,
    see_sitemap,
)
from spiders.onboarding.visit import Visit, VisitError, Visitor
from spiders.pages.feeds import NotXmlError
from spiders.pages.page import Page
from spiders.platforms.parts.selectors import select, text_of
from spiders.portal import Portal
from warehouse.durable import replacing
from warehouse.records import Article
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean, normal_form

# A portal file with more start addresses is judged by these alone, and not by its count of rows.
_STARTS_MAX: Final = 20
_BODY_CHARACTERS_MIN: Final = 200
_SHOWN_CHARACTERS_MAX: Final = 160
_JSON_LD_CHARACTERS_MAX: Final = 200_000
_BLOCKED: Final = REFUSALS | {"robots_denied"}

_TITLES: Final = {"og:title": select("//meta[@property='og:title' and @content]")}
_LEADS: Final = {
    "description": select("//meta[@name='description' and @content]"),
    "og:description": select("//meta[@property='og:description' and @content]"),
}
_DATES: Final = {
    "article:published_time": select("//meta[@property='article:published_time' and @content]"),
    "microdata": select("//*[@itemprop='datePublished']"),
}
_AUTHORS: Final = {"author": select("//meta[@name='author' and @content]")}
_JSON_LD: Final = select("//script[contains(@type,'ld+json')]")
_VERIFIED: Final = re.compile(r"^verified_on:[ \t]*[^#\r\n]*?(?P<comment>[ \t]*#[^\r\n]*)?(?=\r?$)", re.MULTILINE)
_NOTE: Final = re.compile(r"^note:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ProbedField:
    """One field of an article as extraction reads it, beside what the page declares: each as `name: value`."""

    name: str
    value: str
    declared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProbedArticle:
    """One article page.

    Attributes:
        read_by: the template that spoke; empty where the page shows no article.
    """

    url: str
    read_by: str
    fields: tuple[ProbedField, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """What a few pages of a portal show.

    Attributes:
        rows: rows and entries of the start addresses.
        off: what does not fit, each in a few words; empty where all does.
    """

    portal: Portal
    rows: int
    articles: tuple[ProbedArticle, ...]
    off: tuple[str, ...]

    @property
    def line(self) -> str:
        """What is off, in one line."""
        return "; ".join(self.off) or "nothing is off"


def probe(visitor: Visitor, portal: Portal) -> Probe:
    """Look at a portal's start addresses and three of its articles; nothing that fails is raised."""
    lists, failures = _starts(visitor, portal)
    rows = sum(one.rows for one in lists)
    if not lists:
        return Probe(portal, 0, (), tuple(_start_troubles(failures)))
    articles, lost = see_articles(visitor, portal, in_turn([one.articles for one in lists]))
    off = [*_start_troubles(failures)]
    least = portal.expectations.list_rows_min
    if rows < least and not failures and len(portal.start_urls) <= _STARTS_MAX:
        off.append(f"list rows {rows} < {least} expected")
    off += judge(articles, lost)
    return Probe(portal, rows, tuple(_probed(one) for one in articles), tuple(off))


def judge(articles: Sequence[SeenArticle], failures: Sequence[VisitError]) -> Iterator[str]:
    """Yield what is off with pages that were opened as articles.

    A listed article that is gone is the portal's own fault; one that is missing for each that is there is not.
    """
    pages = [(one, one.article) for one in articles if one.article is not None]
    total = len(articles) + len(failures)
    if not total:
        yield "no article was found"
        return
    troubles = Counter(error.kind for error in failures)
    troubles["no article"] = len(articles) - len(pages)
    if troubles.total() >= len(pages):
        yield from (f"{kind} on {count} of {total} article pages" for kind, count in troubles.items() if count)
    for what, is_so in _SHORTCOMINGS:
        if count := sum(is_so(seen, article) for seen, article in pages):
            yield f"{what} on {count} of {len(pages)}"


def set_verified(file: Path, today: date) -> None:
    """Write the day into a portal file's `verified_on`; every other line stays as it is."""
    text = file.read_bytes().decode("utf-8")
    line = f"verified_on: {today}"
    if _VERIFIED.search(text):
        text = _VERIFIED.sub(lambda found: line + (found["comment"] or ""), text, count=1)
    elif note := _NOTE.search(text):
        text = f"{text[: note.start()]}{line}\n{text[note.start() :]}"
    else:
        text = f"{text.rstrip()}\n{line}\n"
    with replacing(file) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


def _starts(visitor: Visitor, portal: Portal) -> tuple[list[SeenList], list[VisitError]]:
    """Return what came of the start addresses, and what did not."""
    readers: list[tuple[str, Callable[[Visit], SeenList]]] = [
        *((url, lambda visit: see_list(visit, portal)) for url in portal.seed_urls),
        *((url, see_feed) for url in portal.feeds),
        *((url, lambda visit: see_sitemap(visitor, visit, portal)) for url in portal.sitemaps),
    ]
    seen: list[SeenList] = []
    failures: list[VisitError] = []
    for url, read in readers[:_STARTS_MAX]:
        try:
            seen.append(read(visitor.get(url, portal.scope.covers)))
        except VisitError as error:
            failures.append(error)
        except NotXmlError:
            failures.append(VisitError("not_a_feed" if read is see_feed else "not_a_sitemap", url))
    return seen, failures


def _start_troubles(failures: Sequence[VisitError]) -> Iterator[str]:
    for kind, count in Counter(error.kind for error in failures).items():
        if kind == "out_of_scope":
            yield f"led out of scope, to {next(error.url for error in failures if error.kind == kind)}"
        else:
            yield f"{'blocked' if kind in _BLOCKED else 'not reached'}: {kind}" + (
                f" at {count} addresses" if count > 1 else ""
            )


def _has_short_body(seen: SeenArticle, article: Article) -> bool:
    return sum(map(len, article.body)) < _BODY_CHARACTERS_MIN and "attachment_only" not in article.quality_flags


def _title_differs(seen: SeenArticle, article: Article) -> bool:
    """Tell whether the page declares another title; many declare theirs with the site's name behind it."""
    page = parsed(seen.visit)
    declared = _values(page, _TITLES) if page else []
    ours = normal_form(article.title or "").casefold()
    return bool(ours and declared) and not any(
        ours in (theirs := normal_form(text).casefold()) or theirs in ours for _, text in declared
    )


def _date_differs(seen: SeenArticle, article: Article) -> bool:
    """Tell whether the page declares another day; what it declares may be malformed, which says nothing."""
    page = parsed(seen.visit)
    if page is None or article.published_at is None:
        return False
    told = [*_values(page, _DATES), *((name, text) for name, text in _json_ld(page) if name == "JSON-LD date")]
    days = {moment.at.date() for _, text in told if (moment := parse_moment(text))}
    return bool(days) and article.published_at.date() not in days


_SHORTCOMINGS: Final[tuple[tuple[str, Callable[[SeenArticle, Article], bool]], ...]] = (
    ("fell back to generic", lambda _, article: "fallback" in article.quality_flags),
    ("no title", lambda _, article: article.title is None),
    ("title differs from og:title", _title_differs),
    ("no date", lambda _, article: article.published_at is None),
    ("date differs from the page's own", _date_differs),
    (f"body under {_BODY_CHARACTERS_MIN} characters", _has_short_body),
)


def _probed(seen: SeenArticle) -> ProbedArticle:
    page, article = parsed(seen.visit), seen.article
    if page is None or article is None:
        return ProbedArticle(seen.visit.url, "", ())
    linked = _json_ld(page)
    fields: tuple[tuple[str, object, list[tuple[str, str]]], ...] = (
        ("title", article.title, [*_values(page, _TITLES), *_named(linked, "JSON-LD title")]),
        ("published_at", article.published_at, [*_values(page, _DATES), *_named(linked, "JSON-LD date")]),
        ("lead", article.lead, _values(page, _LEADS)),
        ("byline", article.byline, _values(page, _AUTHORS)),
        ("section", article.section, []),
        ("credited_source", article.credited_source_name or article.credited_source_url, []),
        ("body", _body(article), []),
        ("captions", " | ".join(article.captions), []),
        ("quality_flags", ", ".join(article.quality_flags), []),
    )
    return ProbedArticle(
        seen.visit.url,
        f"{article.extractor} {article.template}".rstrip(),
        tuple(
            ProbedField(name, _shown(value), tuple(f"{label}: {_shown(text)}" for label, text in declared))
            for name, value, declared in fields
        ),
    )


def _body(article: Article) -> str:
    first = article.body[0] if article.body else ""
    return f"{len(article.body)} paragraphs, {article.word_count} words: {first}"


def _shown(value: object) -> str:
    text = "" if value is None else clean(str(value))
    return text if len(text) <= _SHOWN_CHARACTERS_MAX else f"{text[: _SHOWN_CHARACTERS_MAX - 1]}…"


def _values(page: Page, places: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the page declares at the places, each with the place's name; empty values are left out."""
    found = []
    for name, find in places.items():
        for element in find(page.tree)[:1]:
            text = clean(element.get("content") or element.get("datetime") or "") or text_of(element)
            found += [(name, text)] if text else []
    return found


def _named(values: Sequence[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    return [value for value in values if value[0] == name]


def _json_ld(page: Page) -> list[tuple[str, str]]:
    """Return the headline and date of publication that JSON-LD states, as it spells them."""
    labels = {"headline": "JSON-LD title", "datePublished": "JSON-LD date"}
    found: list[tuple[str, str]] = []
    for script in _JSON_LD(page.tree):
        text = script.text or ""
        if len(text) > _JSON_LD_CHARACTERS_MAX:
            continue
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):  # hand-written JSON is often none; hostile JSON is deep
            continue
        for item in data if isinstance(data, list) else [data]:
            values = item if isinstance(item, dict) else {}
            found += [(label, values[key]) for key, label in labels.items() if isinstance(values.get(key), str)]
    return found
