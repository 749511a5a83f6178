"""New articles on portals of the large corpus, as pages in WARC files, which the extraction reads.

Belongs here: the content that the mirror's pages show, and archiving it as crawls of today. Does not belong here: what
is in the corpus already (`bench.scale.plan`), markup (`spiders.mirror.sites`), and records (`bench.archive`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bench.archive import write_crawl
from bench.scale.plan import PORTALS, SECTIONS, PlannedPortal
from bench.scale.words import paragraphs_of, title_of
from spiders.mirror.content import Content, ShownArticle, State, slugify
from spiders.mirror.days import Moment
from spiders.mirror.sites.liferay import LiferaySite
from warehouse.clock import HANOI_TIME, Clock
from warehouse.home import Home

CRAWLED_MAX: Final = 25
"""Portals that have something new at once, at most; the others were not due."""

_FIRST_NEW: Final = 10_000_000
"""Number of the first new article of every portal, beyond those of any plan; multiples of 20 have copied texts."""

_ARTICLES_MIN: Final = 10
_NAMES: Final = dict(zip(SECTIONS, ("Tin tức", "Thông báo", "Kinh tế", "Văn hóa"), strict=True))


def write_new(home: Home, articles: int, round_number: int) -> None:
    """Archive a crawl of some portals with this many new articles in all; rounds have others."""
    crawled = min(CRAWLED_MAX, PORTALS, max(1, articles // _ARTICLES_MIN))
    shares = [articles * (number + 1) // crawled - articles * number // crawled for number in range(crawled)]
    started_at = Clock().now() - timedelta(hours=1)
    published = Moment((started_at - timedelta(hours=1)).astimezone(HANOI_TIME), has_time=True)
    for number, share in enumerate(shares):
        portal = PlannedPortal(number)
        first = _FIRST_NEW + articles * round_number
        content = _NewArticles(portal, range(first, first + share), published)
        site = LiferaySite(
            content,
            portal.slug,
            portal.host,
            portal.definition.name,
            portal.definition.owner.office,
            twelve_hours=False,
        )
        write_crawl(home, portal.definition, site, site.state(1).articles, started_at)


class _NewArticles(Content):
    """The new articles of one portal, on every day."""

    def __init__(self, portal: PlannedPortal, numbers: range, published: Moment) -> None:
        super().__init__({})
        self._portal = portal
        self._numbers = numbers
        self._published = published

    def state(self, portal: str, day: int) -> State:
        """Return the portal's content."""
        return State(portal, day, _NAMES, tuple(map(self._article, self._numbers)), frozenset())

    def _article(self, number: int) -> ShownArticle:
        text, section = self._portal.text_of(number), SECTIONS[number % len(SECTIONS)]
        title = title_of(text)
        return ShownArticle(
            portal=self._portal.slug,
            id=number,
            section=section,
            section_name=_NAMES[section],
            title=title,
            lead=None,
            published=self._published,
            changed_at=None,
            byline=None,
            views=1,
            tags=(),
            body=paragraphs_of(text),
            source=None,
            attachments=(),
            faults=frozenset(),
            is_pinned=False,
            slug=slugify(title),
            first_slug=slugify(title),
        )
