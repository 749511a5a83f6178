"""Invariants of extraction for any page, however broken: deterministic, and either refused or sound.

Belongs here: the checks of one case. Does not belong here: limits of time and memory (see `bench.fuzzing.worker`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from bench.fuzzing.pages import Case
from spiders.extract.article import QUALITY_FLAGS, PageReading, extract_page, read_page
from spiders.pages.html import NotAPage, parse_page
from spiders.platforms import PLATFORMS
from spiders.platforms.parts.dating import BASES
from spiders.portal import Portal, portal_of_platform
from warehouse.datasets import ARTICLES
from warehouse.records import Article
from warehouse.text.normal import clean

Outcome: TypeAlias = Literal["article", "list", "neither", "refused"]

CAPTURED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_FIRST_YEAR = 1996  # 1997 in Vietnam may still be 1996 in UTC
_URL_FIELDS = frozenset({"url", "credited_source_url", "attachments", "image_urls"})


class UnsoundError(Exception):
    """An extraction result that violates an invariant; the message says which."""


def check(case: Case) -> Outcome:
    """Extract the page as crawl and extraction stage do, and check the result.

    Raises:
        UnsoundError: an invariant is violated.
        Exception: any exception from the extractor; none is allowed.
    """
    portal = portal_of_platform(case.platform, case.url)
    try:
        reading = _extract(case, portal)
    except NotAPage as refusal:
        if not refusal.reason:
            raise UnsoundError("a refusal without a reason") from refusal
        return "refused"
    if repr(_extract(case, portal)) != repr(reading):
        raise UnsoundError("two extractions differ")
    _check_list(reading)
    _check_links(case, portal)
    article = extract_page(case.body, case.url, portal, CAPTURED_AT, case.content_type)
    if article is not None:
        _check_article(article)
        return "article"
    return "list" if reading.rows else "neither"


def _extract(case: Case, portal: Portal) -> PageReading:
    return read_page(case.body, case.url, portal, case.content_type, CAPTURED_AT)


def _check_list(reading: PageReading) -> None:
    for row in reading.rows:
        for name, value in _strings(row):
            _check_text(f"row.{name}", name, value)


def _check_links(case: Case, portal: Portal) -> None:
    links = PLATFORMS[case.platform].links(parse_page(case.body, case.url, case.content_type), portal)
    for url in (*links.articles, *links.lists, *links.attachments):
        _check_text("links", "url", url)


def _check_article(article: Article) -> None:
    ARTICLES.table([article])
    for name, value in _strings(article):
        _check_text(name, name, value)
    for at in (article.published_at, article.updated_at):
        if at and not (at <= CAPTURED_AT and at.astimezone(UTC).year >= _FIRST_YEAR):
            raise UnsoundError(f"the time {at}")
    if unknown := set(article.quality_flags) - QUALITY_FLAGS.keys():
        raise UnsoundError(f"undocumented flags: {sorted(unknown)}")
    if article.published_basis not in (BASES if article.published_at else (None,)):
        raise UnsoundError(f"the basis {article.published_basis} of the time {article.published_at}")
    if not article.template:
        raise UnsoundError("an article without a template")
    if (article.published_at is None) != (article.published_precision is None):
        raise UnsoundError("a time without precision, or a precision without time")
    if article.view_count is not None and article.view_count < 0:
        raise UnsoundError(f"{article.view_count} views")


def _check_text(where: str, name: str, value: str) -> None:
    if name in _URL_FIELDS:
        is_sound = value.isprintable() and not any(map(str.isspace, value))
    else:
        is_sound = clean(value) == value != ""
    value.encode()  # no lone surrogates
    if not is_sound:
        raise UnsoundError(f"{where} is {value[:200]!r}")


def _strings(record: Any) -> Iterator[tuple[str, str]]:
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str):
                yield field.name, one
