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
from spiders.onboarding.patterns import COVERAGE_MIN, sampled
from spiders.onboarding.starts import SeenList, see_feed, see_list, see_sitemap
from spiders.onboarding.survey import SeenArticle, Survey, in_turn, see_articles
from spiders.pages.no_content import NO_CONTENT_KINDS
from spiders.pages.syndication.bodies import NotXmlError
from spiders.platform_registry import GENERIC
from spiders.platforms import PLATFORMS
from spiders.platforms.keys import page_key
from spiders.portal import Portal
from warehouse.clock import HANOI_TIME
from warehouse.durable import replacing
from warehouse.records import Article, ListRow
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean, normal_form

# If a portal file has more start URLs, only the first are read, and their rows are not compared with the minimum.
_STARTS_MAX: Final = 20
_BODY_CHARACTERS_MIN: Final = 200
_ENTRIES_MIN: Final = 5
_DATED_SHARE_MIN: Final = 0.5
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
_VERIFIED: Final = re.compile(r"^verified_on:[ \t]*[^#\r\n]*?(?P<comment>[ \t]{0,100}#[^\r\n]*)?(?=\r?$)", re.MULTILINE)
_SUSPICIOUS: Final = NO_CONTENT_KINDS | {"refused_prose", "several_texts"}
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
        unread: why it shows none, a key of `UNREAD_REASONS`; empty if it shows one.
    """

    url: str
    read_by: str
    fields: tuple[ProbedField, ...]
    unread: str = ""


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
    probed = tuple(_probed(one, portal) for one in articles)
    off += judge(articles, article_failures, lists)
    off += disagreements(lists, articles, portal)
    off += _suspicious(probed)
    return Probe(portal, rows, probed, tuple(off))


def judge(
    articles: Sequence[SeenArticle], failures: Sequence[FetchError], starts: Sequence[SeenList] = ()
) -> Iterator[str]:
    """Yield the problems of pages that were fetched as articles.

    Failed pages count only if they are at least as many as articles, with the pages without one: some links are dead. A
    single page without an article may be a list of a section. An article may have its date in a feed or sitemap of
    `starts` in place of the page.
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
    elif problems["no article"] > 1:
        yield f"no article on {problems['no article']} of {total} article pages"
    dated = _dated(starts)
    if undated := sum(
        article.published_at is None and seen.page.requested_url not in dated for seen, article in extracted
    ):
        yield f"no date on {undated} of {len(extracted)}"
    for description, applies in _SHORTCOMINGS:
        if count := sum(applies(seen, article) for seen, article in extracted):
            yield f"{description} on {count} of {len(extracted)}"


def _suspicious(probed: Sequence[ProbedArticle]) -> Iterator[str]:
    """Yield the reasons without an article that no healthy portal has, with their numbers of pages."""
    for reason, count in Counter(one.unread for one in probed).items():
        if reason in _SUSPICIOUS:
            yield f"{reason} on {count} of {len(probed)} article pages"


def judge_survey(seen: Survey) -> list[str]:
    """Return the problems of a survey: of start URLs, of articles, and where these do not agree."""
    off = [] if seen.starts else ["no list, feed or sitemap was found"]
    off += judge(seen.articles, seen.failures, seen.starts)
    if seen.learnt.total and seen.learnt.fits < COVERAGE_MIN * seen.learnt.total:
        off.append(f"article_patterns fit {seen.learnt.fits} of {seen.learnt.total} known articles")
    return [*off, *disagreements(seen.starts, seen.articles, seen.portal)]


def disagreements(starts: Sequence[SeenList], articles: Sequence[SeenArticle], portal: Portal) -> Iterator[str]:
    """Yield where lists, feeds, sitemaps and articles do not agree: in addresses, counts or dates."""
    lists = [one for one in starts if one.kind == "seed_urls"]
    feeds = [one for one in starts if one.kind == "feeds"]
    sitemaps = [one for one in starts if one.kind == "sitemaps"]
    yield from _unfit_addresses(lists, feeds, portal)
    if empty := sum(not one.rows for one in sitemaps):
        yield f"no article in {empty} of {len(sitemaps)} sitemaps"
    if unread := sum(not one.rows and bool(one.links) for one in lists):
        yield f"no row read on {unread} of {len(lists)} lists, though they link to articles"
    yield from _doubtful_rows(lists, portal)
    yield from _doubtful_dates(lists, articles, portal)


def _dated(starts: Sequence[SeenList]) -> set[str]:
    """Return the URLs that a feed or a sitemap dates, as a crawl keeps it with the page."""
    found: set[str] = set()
    for one in starts:
        if one.kind == "feeds":
            found.update(one.page.feed.dates)
        elif one.kind == "sitemaps":
            found.update(one.page.sitemap.dates)
    return found


def _unfit_addresses(lists: Sequence[SeenList], feeds: Sequence[SeenList], portal: Portal) -> Iterator[str]:
    platform = PLATFORMS[portal.platform]
    entries = sampled(url for feed in feeds for url in feed.articles)
    foreign = [url for url in entries if not portal.scope.covers(url)]
    if len(foreign) > (1 - COVERAGE_MIN) * len(entries):
        yield f"{len(foreign)} of {len(entries)} feed entries are out of scope"
    known = [url for url in dict.fromkeys((*entries, *_rows(lists, portal))) if portal.scope.covers(url)]
    fitting = sum(platform.is_article_url(url, portal) for url in known)
    if fitting < COVERAGE_MIN * len(known):
        yield f"{fitting} of {len(known)} rows and feed entries have the address of an article"
    linked = {page_key(url, portal) for one in lists for url in (*one.links, *one.articles)}
    named = {page_key(url, portal) for url in entries}
    if min(len(entries), len(linked)) >= _ENTRIES_MIN and linked.isdisjoint(named):
        yield f"none of the {len(entries)} feed entries is linked on a list"


def _rows(lists: Sequence[SeenList], portal: Portal) -> dict[str, ListRow]:
    return {row.url: row for one in lists for row in one.page.links(portal)[1]}


def _doubtful_rows(lists: Sequence[SeenList], portal: Portal) -> Iterator[str]:
    """Yield what is odd about the dates in rows.

    That no row has one is normal, and on a platform, whose markup is known, that few have.
    """
    rows = _rows(lists, portal).values()
    dated = sum(row.published_at is not None for row in rows)
    if portal.platform == GENERIC and 0 < dated < _DATED_SHARE_MIN * len(rows):
        yield f"a date in only {dated} of {len(rows)} list rows"
    for one in lists:
        times = [row.published_at for row in one.page.links(portal)[1] if row.published_precision == "minute"]
        same = max(Counter(times).values(), default=0)
        if len(times) >= _ENTRIES_MIN and same >= COVERAGE_MIN * len(times):
            yield f"the same date and time in {same} of {len(times)} rows of {one.url}"


def _doubtful_dates(lists: Sequence[SeenList], articles: Sequence[SeenArticle], portal: Portal) -> Iterator[str]:
    """Yield on how many articles the list row has another day than the page."""
    of_rows = {page_key(url, portal): row.published_at for url, row in _rows(lists, portal).items()}
    pairs = [
        (of_rows.get(page_key(one.page.requested_url, portal)), one.article.published_at)
        for one in articles
        if one.article
    ]
    days = [
        (row.astimezone(HANOI_TIME).date(), page.astimezone(HANOI_TIME).date()) for row, page in pairs if row and page
    ]
    if other := sum(row != page for row, page in days):
        yield f"another date in the list row on {other} of {len(days)}"


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
    ("date differs from the page's own", _date_differs),
    (f"body under {_BODY_CHARACTERS_MIN} characters", _has_short_body),
)


def _probed(seen: SeenArticle, portal: Portal) -> ProbedArticle:
    article = seen.article
    if article is None:
        return ProbedArticle(seen.page.url, "", (), seen.page.why_unread(portal))
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
