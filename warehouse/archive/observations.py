"""What a crawl saw that no capture says by itself: which articles its lists showed, and where it left off.

Here: the record that a crawl leaves in its WARC file beside its report, and its JSON. Not here: storing it
(`warehouse.archive.warc`), or what the next crawl concludes (`warehouse.archive.state.questions`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article as a list showed it.

    Attributes:
        article_key: as of `Capture.article_key`.
        list_url: the list, whichever of its pages showed the row.
        mark: digest of what the row says; another one means that the article was edited.
        listed_at: when the list was captured.
        published_at: as the row dates it; None where it does not.
    """

    article_key: str
    list_url: str
    mark: str
    listed_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class AskedPage:
    """A page that is neither an article nor a file, and that answered.

    Attributes:
        canonical_url: its address in its platform's form.
        url: the address that was requested.
        is_list: whether it listed articles.
    """

    canonical_url: str
    url: str
    is_list: bool


@dataclass(frozen=True, slots=True)
class HostAnswers:
    """How a host answered conditional requests.

    Attributes:
        asked: requests that named what is known.
        not_modified: answers of status 304 to them.
        false: answers that proved a validator wrong: unchanged where the page had changed, or changed with the clock.
    """

    asked: int = 0
    not_modified: int = 0
    false: int = 0


@dataclass(frozen=True, slots=True)
class FailedArticle:
    """An article that was asked for in vain: nothing said whether it is there.

    Attributes:
        article_key: as of `Capture.article_key`.
        url: the address that was requested.
    """

    article_key: str
    url: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class Observations:
    """What one crawl saw.

    Attributes:
        listed: the rows of its lists.
        pages: the other pages that it asked for.
        missing: keys of articles that were gone, each with the time: 404, 410, or a list in their place.
        refused: keys of articles that nobody may ask for, such as those that robots.txt forbids.
        blocked: keys of articles, and addresses of other pages, whose answer of status 200 was a challenge.
        failed: articles that were asked for in vain.
        hosts: by host.
        margin_pages: pages of each list that it looked at beyond those that it had to.
        backfill: the bounds of the backfill that it was a part of; None for any other crawl.
        frontier: lists that a backfill has still to look at; empty where it came to its end.
    """

    listed: tuple[ListedArticle, ...] = ()
    pages: tuple[AskedPage, ...] = ()
    missing: dict[str, datetime] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    failed: tuple[FailedArticle, ...] = ()
    hosts: dict[str, HostAnswers] = field(default_factory=dict)
    margin_pages: int = 0
    backfill: str | None = None
    frontier: tuple[str, ...] = ()


def to_json(observations: Observations) -> str:
    """Return the observations as JSON; times in ISO 8601."""
    return json.dumps(asdict(observations), default=datetime.isoformat, ensure_ascii=False)


def from_json(text: str | bytes) -> Observations:
    """Return the observations that `to_json` wrote.

    Raises:
        ValueError, KeyError, TypeError: the text is something else.
    """
    values: dict[str, Any] = json.loads(text)
    return Observations(
        listed=tuple(_listed(row) for row in values["listed"]),
        pages=tuple(AskedPage(**page) for page in values["pages"]),
        missing={key: datetime.fromisoformat(at) for key, at in values["missing"].items()},
        refused=tuple(values["refused"]),
        blocked=tuple(values["blocked"]),
        failed=tuple(
            FailedArticle(one["article_key"], one["url"], datetime.fromisoformat(one["failed_at"]))
            for one in values["failed"]
        ),
        hosts={host: HostAnswers(**answers) for host, answers in values["hosts"].items()},
        margin_pages=values["margin_pages"],
        backfill=values["backfill"],
        frontier=tuple(values["frontier"]),
    )


def _listed(row: dict[str, Any]) -> ListedArticle:
    published_at = row["published_at"]
    return ListedArticle(
        article_key=row["article_key"],
        list_url=row["list_url"],
        mark=row["mark"],
        listed_at=datetime.fromisoformat(row["listed_at"]),
        published_at=datetime.fromisoformat(published_at) if published_at else None,
    )
