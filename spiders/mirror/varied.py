"""Generates any number of articles from the mirror's few, with other text in the same templates.

Belongs here: varying the content for benchmarks and tests of large portals, which pass it to
`spiders.mirror.sites.all_sites`. Does not belong here: markup and URL patterns, which stay the same.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from spiders.mirror.content import BodyItem, Content, Fault, Heading, Image, ShownArticle, State

COPY_EVERY = 20
"""Every twentieth article copies the text of the first portal's article with the same number."""

# Faults that give an article no page of its own, and the one that delays responses.
_EXCLUDED: frozenset[Fault] = frozenset({"missing", "gone_as_list", "moved", "slow"})
_DAYS_BACK_MAX = 1500


class VariedContent(Content):
    """The mirror's portals with any number of generated articles, all different except for the copies."""

    def __init__(self, original: Content, articles: int, first: int = 1) -> None:
        """Generate articles from the portals' content of day 1.

        Args:
            original: the content to vary.
            articles: how many each portal has.
            first: number of the first; disjoint ranges of numbers give different articles.
        """
        super().__init__({})
        self._states = {portal: original.state(portal, 1) for portal in original.portals}
        self._paragraphs = [
            item
            for state in self._states.values()
            for article in state.articles
            for item in article.body
            if isinstance(item, str)
        ]
        self._numbers = range(first, first + articles)

    @property
    def portals(self) -> tuple[str, ...]:
        """Slugs of the portals, sorted."""
        return tuple(self._states)

    def state(self, portal: str, day: int) -> State:
        """Return the portal's content, which is the same on every day."""
        articles = [self._varied(portal, number) for number in self._numbers]
        articles.sort(key=lambda article: (article.published.at, article.id), reverse=True)
        return State(portal, day, self._states[portal].sections, tuple(articles), frozenset())

    def _varied(self, portal: str, number: int) -> ShownArticle:
        article = self._model(portal, number)
        writer = self.portals[0] if number % COPY_EVERY == 0 else portal
        body = self._text(self._model(writer, number), random.Random(f"{writer} {number}"))  # noqa: S311 - no secret
        published = replace(article.published, at=article.published.at - timedelta(days=number % _DAYS_BACK_MAX))
        suffix = f"-{number}"
        return replace(
            article,
            id=100_000 + number,
            title=f"{article.title} ({number})",
            published=published,
            body=(
                *body,
                f"Hồ sơ được lưu theo số {number} của {self._states[writer].portal} để tiện tra cứu về sau.",
            ),
            slug=article.slug + suffix,
            first_slug=article.first_slug + suffix,
        )

    def _model(self, portal: str, number: int) -> ShownArticle:
        usable = [article for article in self._states[portal].articles if not article.faults & _EXCLUDED]
        return usable[number % len(usable)]

    def _text(self, model: ShownArticle, generator: random.Random) -> tuple[BodyItem, ...]:
        """Return a body with the model's structure, and paragraphs drawn from those of all portals."""
        return tuple(
            item if isinstance(item, Heading | Image) else generator.choice(self._paragraphs) for item in model.body
        )
