"""What a crawl observed besides its captures: list rows, failures, lists still to read.

A crawl writes them to its WARC file as the record before its report. Belongs here: their types and JSON. Does not
belong here: storing them (see `warehouse.archive.warc`), and querying them (see `warehouse.archive.state.queries`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from warehouse.archive.sealed import read_sealed


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """A list row that links to an article.

    Attributes:
        article_key: like `Capture.article_key`.
        list_key: the key of the list's page without a page number, equal for all pages of the list.
        mark: digest of the row's title and day; if they changed, still the old one until the article is refetched.
        listed_at: when the crawl read the row.
        published_at: date in the row; None if the row has none.
        url: the row's link; None in the observations of earlier versions.
    """

    article_key: str
    list_key: str
    mark: str
    listed_at: datetime
    published_at: datetime | None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class AskedPage:
    """A requested page that is neither an article nor a file: received, redirected or gone.

    Attributes:
        page_key: what identifies the page (see `spiders.platforms.keys.page_key`).
        url: the URL of the response, or the requested URL that redirected.
        is_list: whether the page lists articles; False for a redirect and for a list that is gone.
    """

    page_key: str
    url: str
    is_list: bool


@dataclass(frozen=True, slots=True)
class HostAnswers:
    """How far a host's answers about changes were true.

    Attributes:
        asked: number of conditional requests.
        not_modified: number of 304 responses to them.
        false: number of false answers: a 304 for a changed page, or a `Last-Modified` that moves with the clock.
        false_lastmods: number of sitemaps that changed while their `lastmod` in a sitemap index stayed.
    """

    asked: int = 0
    not_modified: int = 0
    false: int = 0
    false_lastmods: int = 0


@dataclass(frozen=True, slots=True)
class FailedArticle:
    """An article whose request failed: it is unknown whether the article still exists."""

    article_key: str
    url: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class Observations:
    """The observations of one crawl.

    Attributes:
        listed: the rows of its lists.
        pages: the requested pages that are neither articles nor files.
        missing: request time of each missing article (status 404 or 410, or a list in its place), by article key.
        doubted: like `missing`, but so many at once that the crawl does not believe it; these articles are in `failed`.
        articles: URLs of the captures of articles that came in answer to other requests, by article key: for a list, or
            for another article, to whose page the article's own URL redirects.
        refused: keys of articles never received and permanently refused: by robots.txt, out of scope, too large, …
        blocked: keys of articles, and URLs of other pages, for which the server sent a challenge page.
        failed: articles whose requests failed.
        hosts: how far each host's answers about changes were true, by host.
        margin_pages: as in `spiders.crawl.plan.CrawlPlan`.
        backfill: name of the backfill, if the crawl was one of its chunks; None for any other crawl.
        barren_families: kinds of addresses whose pages gave nothing new (see `spiders.crawl.settling.shapes`), which
            incremental crawls do not follow until the next full crawl.
        view_parameters: parameters that only change how a page is shown: names, or `name=value` where only that value
            is known to (see `spiders.crawl.settling.views`).
        frontier: lists that the backfill still has to read; empty if it is finished, and for any other crawl.
    """

    listed: tuple[ListedArticle, ...] = ()
    pages: tuple[AskedPage, ...] = ()
    missing: dict[str, datetime] = field(default_factory=dict)
    doubted: dict[str, datetime] = field(default_factory=dict)
    articles: dict[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    failed: tuple[FailedArticle, ...] = ()
    hosts: dict[str, HostAnswers] = field(default_factory=dict)
    margin_pages: int = 0
    backfill: str | None = None
    frontier: tuple[str, ...] = ()
    barren_families: tuple[str, ...] = ()
    view_parameters: tuple[str, ...] = ()


@cache
def _shape() -> TypeAdapter[Observations]:
    """Return the check of the types; it takes long to build, and a crawl needs it at its end."""
    return TypeAdapter(Observations)


def to_json(observations: Observations) -> str:
    """Return the observations as JSON, with times in ISO 8601."""
    return json.dumps(_fields_of(observations), default=_json_value, ensure_ascii=False)


def _json_value(value: Any) -> Any:
    """Return what JSON lacks as what it has; `dataclasses.asdict` would copy every value deeply first."""
    return value.isoformat() if isinstance(value, datetime) else _fields_of(value)


def _fields_of(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def from_json(text: str | bytes) -> Observations:
    """Return the observations that this or an earlier version wrote, with or without a checksum.

    Raises:
        ValueError, KeyError, TypeError: the text is not the JSON of observations.
    """
    values = read_sealed(text)
    try:
        _rename_keys(values)
        _shape().validate_json(json.dumps(values), strict=True)
    except AttributeError as error:
        raise TypeError(f"it has a value of another type: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))[:100]}: {first['msg']}") from error
    return _from_values(values)


def _rename_keys(values: dict[str, Any]) -> None:
    """Give the keys of earlier versions today's names."""
    for row in values["listed"]:
        if "list_url" in row:
            row["list_key"] = row.pop("list_url")
    for page in values["pages"]:
        if "canonical_url" in page:
            page["page_key"] = page.pop("canonical_url")


def _from_values(values: dict[str, Any]) -> Observations:
    for row in values["listed"]:
        row["listed_at"] = datetime.fromisoformat(row["listed_at"])
        row["published_at"] = datetime.fromisoformat(row["published_at"]) if row["published_at"] else None
    for article in values["failed"]:
        article["failed_at"] = datetime.fromisoformat(article["failed_at"])
    return Observations(
        listed=tuple(ListedArticle(**row) for row in values["listed"]),
        pages=tuple(AskedPage(**page) for page in values["pages"]),
        missing={key: datetime.fromisoformat(at) for key, at in values["missing"].items()},
        doubted={key: datetime.fromisoformat(at) for key, at in values.get("doubted", {}).items()},
        articles=dict(values.get("articles", {})),
        refused=tuple(values["refused"]),
        blocked=tuple(values["blocked"]),
        failed=tuple(FailedArticle(**article) for article in values["failed"]),
        hosts={host: HostAnswers(**answers) for host, answers in values["hosts"].items()},
        margin_pages=values["margin_pages"],
        backfill=values["backfill"],
        frontier=tuple(values["frontier"]),
        barren_families=tuple(values.get("barren_families", ())),
        view_parameters=tuple(values.get("view_parameters", ())),
    )
