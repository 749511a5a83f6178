"""What each crawl of the large corpus saw: which articles, and what their pages answered.

Thirty portals are crawled for ten years, in turn. An article is new in one crawl; most are never asked for again, some
were edited, are unchanged, moved to another address, or are gone in later crawls: for each hundred articles, twenty
further revisions (three articles have three), ten pages that had not changed, one redirect, two and a half removals.
Every twentieth text is on three portals. All of it follows from the numbers of portal, article and crawl, so that
processes that write parts of the corpus agree without a word.
Belongs here: portals, the times of crawls, the visits of a crawl. Does not belong here: texts (`bench.scale.words`),
rows and files (`bench.scale.rows`, `bench.scale.homes`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property, lru_cache
from typing import Final

from bench.scale.words import title_of
from spiders.mirror.content import slugify
from spiders.portal import Portal

PORTALS: Final = 30
SECTIONS: Final = ("tin-tuc", "thong-bao", "kinh-te", "van-hoa")
ARTICLES_A_CRAWL: Final = 170
"""With this many new articles on average, a million of them take some 200 crawls of each portal."""

_CRAWLS_MIN: Final = 8
_YEARS_DAYS: Final = 3652
_COPIED_EVERY: Final = 20
_COPIES: Final = 3
_FIRST_ID: Final = 100_000
_MOVED_AHEAD: Final = 50_000_000
_TEXTS_A_PORTAL: Final = 100_000_000


class Answer(Enum):
    """What the page of an article answered to one request."""

    TEXT = "text"
    REDIRECT = "redirect"
    GONE = "gone"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for an article.

    Attributes:
        article: the number of the article within its portal.
        edits: how often it had been edited.
        is_moved: whether it was asked for at its second address, with another id.
    """

    article: int
    answer: Answer
    edits: int = 0
    is_moved: bool = False


@dataclass(frozen=True, slots=True)
class PlannedPortal:
    """One portal of the corpus; `number` counts from 0."""

    number: int

    @property
    def slug(self) -> str:
        """The portal's slug."""
        return f"thu-nghiem-{self.number:02}"

    @property
    def host(self) -> str:
        """The portal's only host."""
        return f"{self.slug}.hanoi.test"

    @property
    def definition(self) -> Portal:
        """The portal's definition."""
        return Portal.model_validate(
            {
                "slug": self.slug,
                "name": f"Cổng thông tin thử nghiệm số {self.number}",
                "owner": {
                    "office": f"Văn phòng thử nghiệm số {self.number}",
                    "administrative_unit": "thành phố Hà Nội",
                },
                "platform": "liferay_point",
                "seed_urls": [f"https://{self.host}/{section}" for section in SECTIONS],
                "scope": {"hosts": [self.host]},
                "politeness": {"delay_seconds": 0},
            }
        )

    def writer_of(self, article: int) -> int:
        """Return the number of the portal whose text an article has: its own, or for a copy a neighbour's."""
        return self.number - self.number % _COPIES if article % _COPIED_EVERY == 0 else self.number

    def text_of(self, article: int) -> int:
        """Return the number of an article's text."""
        return self.writer_of(article) * _TEXTS_A_PORTAL + article

    def id_of(self, visit: Visit) -> str:
        """Return the id in the article's address, which is its key."""
        return str(_FIRST_ID + visit.article + (_MOVED_AHEAD if visit.is_moved else 0))

    def url_of(self, visit: Visit, *, is_former: bool = False) -> str:
        """Return the article's address, or with `is_former` the one that leads to it."""
        section = SECTIONS[visit.article % len(SECTIONS)]
        slug = _slug(self.text_of(visit.article))
        slug = "-".join(slug.split("-")[:4]) if is_former else slug
        return f"https://{self.host}/{section}/-/view_content/{self.id_of(visit)}-{slug}"


@lru_cache(maxsize=1_000)
def _slug(text: int) -> str:
    return slugify(title_of(text))


@dataclass(frozen=True)
class Plan:
    """A corpus of a number of articles, crawled until a day ago.

    Attributes:
        articles: how many in all; rounded down to the same number for each portal.
        ended_on: the day of the last crawls.
    """

    articles: int
    ended_on: datetime

    @cached_property
    def portals(self) -> tuple[PlannedPortal, ...]:
        """The portals, in order."""
        return tuple(PlannedPortal(number) for number in range(PORTALS))

    @property
    def articles_a_portal(self) -> int:
        """How many articles each portal has."""
        return self.articles // PORTALS

    @property
    def crawls(self) -> int:
        """How often each portal is crawled."""
        return max(_CRAWLS_MIN, round(self.articles_a_portal / ARTICLES_A_CRAWL))

    def crawled_at(self, portal: PlannedPortal, crawl: int) -> datetime:
        """Return when a crawl began: one portal an hour, the same number of crawls in every year."""
        before_end = (self.crawls - 1 - crawl) * timedelta(days=_YEARS_DAYS) / self.crawls
        return (self.ended_on - before_end).replace(minute=0, second=0, microsecond=0) + timedelta(
            minutes=2 * portal.number
        )

    def crawl_id(self, portal: PlannedPortal, crawl: int) -> str:
        """Return the id of a crawl."""
        return f"{portal.slug}-{self.crawled_at(portal, crawl):%Y%m%dT%H%M%SZ}-{crawl:04x}"

    def published_at(self, portal: PlannedPortal, article: int) -> datetime:
        """Return when an article was published: within a day before the first crawl that found it."""
        crawl = (article * self.crawls + self.crawls - 1) // self.articles_a_portal
        return self.crawled_at(portal, crawl) - timedelta(minutes=1 + article * 37 % 1_400)

    def first_article(self, crawl: int) -> int:
        """Return the number of a crawl's first article; those up to the next crawl's are new."""
        return self.articles_a_portal * crawl // self.crawls

    def visits(self, crawl: int) -> Iterator[Visit]:
        """Yield the requests of a crawl: its new articles, and those of earlier crawls."""
        for age in range(min(_OLDEST_VISIT, crawl) + 1):
            for article in range(self.first_article(crawl - age), self.first_article(crawl - age + 1)):
                yield from _visits(article, age)


_OLDEST_VISIT: Final = 4


def _visits(article: int, age: int) -> Iterator[Visit]:
    """Yield the requests for an article, a number of crawls after it was found."""
    if age == 0:
        yield Visit(article, Answer.TEXT)
    elif article % 6 == 1 and age == 1:
        yield Visit(article, Answer.TEXT, edits=1)
    elif article % 30 == 1 and age == 3:
        yield Visit(article, Answer.TEXT, edits=2)
    elif article % 10 == 3 and age == 1:
        yield Visit(article, Answer.TEXT)
    elif article % 100 == 14 and age == 1:
        yield Visit(article, Answer.REDIRECT)
        yield Visit(article, Answer.TEXT)
    elif article % 50 == 8 and age in (2, 4):
        yield Visit(article, Answer.GONE)
    elif article % 200 == 10 and age in (2, 4):
        yield Visit(article, Answer.LIST)
    elif article % 500 == 16:
        if age == 2:
            yield Visit(article, Answer.GONE)
        elif age == 4:
            yield Visit(article, Answer.TEXT, is_moved=True)
