"""Probes a live portal: extracts a few pages and compares the articles with the pages' metadata.

Belongs here: the comparison, its problems in one line, and writing `verified_on`. Does not belong here: fetching the
pages (see `spiders.onboarding.spider`), and the verdict of a crawl (see `spiders.crawl.verdict`), which counts all
pages and does not compare articles.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from bs4 import BeautifulSoup

from spiders.crawl.verdict import REFUSALS
from spiders.onboarding.captures import CapturedPage, Captures, FetchError
from spiders.onboarding.survey import SeenArticle, SeenList, in_turn, see_articles, see_feed, see_list, see_sitemap
from spiders.pages.feeds import NotXmlError
from spiders.portal import Portal
from warehouse.durable import replacing
from warehouse.records import Article
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean, normal_form

# If a portal file has more start URLs, only the first are read, and their rows are not compared with the minimum.
_STARTS_MAX: Final = 20
_BODY_CHARACTERS_MIN: Final = 200
_SHOWN_CHARACTERS_MAX: Final = 160
_JSON_LD_CHARACTERS_MAX: Final = 200_000
_BLOCKED: Final = REFUSALS | {"robots_denied"}

# Metadata of pages: article field, label, CSS selector. JSON-LD is read separately.
_DECLARATIONS: Final = (
    ("title", "og:title", "meta[property='og:title'][content]"),
    ("published_at", "article:published_time", "meta[property='article:published_time'][content]"),
    ("published_at", "microdata", "[itemprop='datePublished']"),
    ("lead", "description", "meta[name='description'][content]"),
    ("lead", "og:description", "meta[property='og:description'][content]"),
    ("byline", "author", "meta[name='author'][content]"),
)
_JSON_LD: Final = "script[type*='ld+json']"
_JSON_LD_FIELDS: Final = {"headline": ("title", "JSON-LD title"), "datePublished": ("published_at", "JSON-LD date")}
_VERIFIED: Final = re.compile(r"^verified_on:[ \t]*[^#\r\n]*?(?P<comment>[ \t]*#[^\r\n]*)?(?=\r?$)", re.MULTILINE)
_NOTE: Final = re.compile(r"^note:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ProbedField:
    """One extracted field of an article, and the values in the page's metadata, each as `label: value`."""

    name: str
    value: str
    declared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProbedArticle:
    """One article page.

    Attributes:
        read_by: the platform and template that extracted it; empty if the page shows no article.
    """

    url: str
    read_by: str
    fields: tuple[ProbedField, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """The result of a probe.

    Attributes:
        rows: number of rows and entries at the start URLs.
        off: the problems, each in a few words; empty if there are none.
    """

    portal: Portal
    rows: int
    articles: tuple[ProbedArticle, ...]
    off: tuple[str, ...]

    @property
    def line(self) -> str:
        """The problems, in one line."""
        return "; ".join(self.off) or "nothing is off"


def probe(captures: Captures, portal: Portal) -> Probe:
    """Probe a portal: examine its start URLs and up to three of its articles.

    Raises:
        NotFetchedError: further pages must be fetched first.
    """
    lists, failures = _starts(captures, portal)
    off = list(_start_problems(failures))
    if not lists:
        return Probe(portal, 0, (), tuple(off))
    rows = sum(one.rows for one in lists)
    articles, article_failures = see_articles(captures, portal, in_turn([one.articles for one in lists]))
    rows_min = portal.expectations.list_rows_min
    if rows < rows_min and not failures and len(portal.start_urls) <= _STARTS_MAX:
        off.append(f"list rows {rows} < {rows_min} expected")
    off += judge(articles, article_failures)
    return Probe(portal, rows, tuple(_probed(one) for one in articles), tuple(off))


def judge(articles: Sequence[SeenArticle], failures: Sequence[FetchError]) -> Iterator[str]:
    """Yield the problems of pages that were fetched as articles.

    Failed pages and pages without an article count only if they are at least as many as articles: some links are dead.
    """
    extracted = [(one, one.article) for one in articles if one.article is not None]
    total = len(articles) + len(failures)
    if not total:
        yield "no article was found"
        return
    problems = Counter(error.kind for error in failures)
    problems["no article"] = len(articles) - len(extracted)
    if problems.total() >= len(extracted):
        yield from (f"{kind} on {count} of {total} article pages" for kind, count in problems.items() if count)
    for description, applies in _SHORTCOMINGS:
        if count := sum(applies(seen, article) for seen, article in extracted):
            yield f"{description} on {count} of {len(extracted)}"


def set_verified(file: Path, today: date) -> None:
    """Set `verified_on` in a portal file to a day; the other lines are unchanged."""
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


def _starts(captures: Captures, portal: Portal) -> tuple[list[SeenList], list[FetchError]]:
    """Return the lists, feeds and sitemaps at the start URLs, and the errors of URLs that failed."""
    readers: list[tuple[str, Callable[[CapturedPage], SeenList]]] = [
        *((url, lambda page: see_list(page, portal)) for url in portal.seed_urls),
        *((url, see_feed) for url in portal.feeds),
        *((url, lambda page: see_sitemap(captures, page, portal)) for url in portal.sitemaps),
    ]
    captures.require([url for url, _ in readers[:_STARTS_MAX]], portal)
    seen: list[SeenList] = []
    failures: list[FetchError] = []
    for url, read in readers[:_STARTS_MAX]:
        try:
            seen.append(read(captures.get(url, portal)))
        except FetchError as error:
            failures.append(error)
        except NotXmlError:
            failures.append(FetchError("not_a_feed" if read is see_feed else "not_a_sitemap", url))
    return seen, failures


def _start_problems(failures: Sequence[FetchError]) -> Iterator[str]:
    for kind, count in Counter(error.kind for error in failures).items():
        if kind == "out_of_scope":
            yield f"redirected out of scope, to {next(error.url for error in failures if error.kind == kind)}"
        else:
            yield f"{'blocked' if kind in _BLOCKED else 'not reached'}: {kind}" + (
                f" at {count} URLs" if count > 1 else ""
            )


def _has_short_body(_: SeenArticle, article: Article) -> bool:
    return sum(map(len, article.body)) < _BODY_CHARACTERS_MIN and "attachment_only" not in article.quality_flags


def _title_differs(seen: SeenArticle, article: Article) -> bool:
    """Return whether og:title differs; containing the other is equal: many pages append the site name."""
    ours = normal_form(article.title or "").casefold()
    declared = (text for label, text in _declared(seen.page.soup)["title"] if label == "og:title")
    theirs = [normal_form(text).casefold() for text in declared]
    return bool(ours and theirs) and not any(ours in title or title in ours for title in theirs)


def _date_differs(seen: SeenArticle, article: Article) -> bool:
    """Return whether the page's metadata gives only other days; malformed dates are ignored."""
    if article.published_at is None:
        return False
    declared = _declared(seen.page.soup)["published_at"]
    days = {moment.at.date() for _, text in declared if (moment := parse_moment(text))}
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
    article = seen.article
    if article is None:
        return ProbedArticle(seen.page.url, "", ())
    declared = _declared(seen.page.soup)
    first = article.body[0] if article.body else ""
    fields = {
        "title": article.title,
        "published_at": article.published_at,
        "lead": article.lead,
        "byline": article.byline,
        "section": article.section,
        "credited_source": article.credited_source_name or article.credited_source_url,
        "body": f"{len(article.body)} paragraphs, {article.word_count} words: {first}",
        "captions": " | ".join(article.captions),
        "quality_flags": ", ".join(article.quality_flags),
    }
    return ProbedArticle(
        seen.page.url,
        f"{article.extractor} {article.template}".rstrip(),
        tuple(
            ProbedField(name, _shown(value), tuple(f"{label}: {_shown(text)}" for label, text in declared[name]))
            for name, value in fields.items()
        ),
    )


def _shown(value: object) -> str:
    text = "" if value is None else clean(str(value))
    return text if len(text) <= _SHOWN_CHARACTERS_MAX else f"{text[: _SHOWN_CHARACTERS_MAX - 1]}…"


def _declared(soup: BeautifulSoup) -> Mapping[str, list[tuple[str, str]]]:
    """Return the values in the page's metadata by article field, each with its label, without empty ones."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for field, label, selector in _DECLARATIONS:
        if element := soup.select_one(selector):
            text = clean(str(element.get("content") or element.get("datetime") or "")) or clean(element.get_text())
            found[field] += [(label, text)] if text else []
    for script in soup.select(_JSON_LD):
        text = script.get_text()
        if len(text) > _JSON_LD_CHARACTERS_MAX:
            continue
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):  # often invalid; hostile JSON may be too deep
            continue
        for item in data if isinstance(data, list) else [data]:
            values = item if isinstance(item, dict) else {}
            for key, (field, label) in _JSON_LD_FIELDS.items():
                found[field] += [(label, values[key])] if isinstance(values.get(key), str) else []
    return found
