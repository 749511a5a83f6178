"""Many articles out of the mirror's few: other words under the same templates.

Here: varying what the test portals publish, for benchmarks and for tests of large portals: the sites of this content
(`spiders.mirror.sites.all_sites`) are served in place of the mirror's own. Not here: markup and addresses, which stay
the mirror's own.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from spiders.mirror.content import BodyItem, Content, Fault, Heading, Image, ShownArticle, State

COPY_EVERY = 20
"""Each twentieth article of every portal has the text of its counterpart on the first portal."""

# Articles without a page of their own, and one fault that waits.
_LEFT_OUT: frozenset[Fault] = frozenset({"missing", "gone_as_list", "moved", "slow"})
_DAYS_BACK_MAX = 1500


class VariedContent(Content):
    """The mirror's portals with as many articles as wanted, all different but the copies; the same on every call."""

    def __init__(self, original: Content, articles: int, first: int = 1) -> None:
        """Vary what the portals show on day 1.

        Args:
            original: the mirror's content.
            articles: how many each portal shows.
            first: number of the first one; ranges that do not overlap give different articles.
        """
        super().__init__({})
        self._shown_by = {portal: original.state(portal, 1) for portal in original.portals}
        self._paragraphs = [
            item
            for state in self._shown_by.values()
            for article in state.articles
            for item in article.body
            if isinstance(item, str)
        ]
        self._numbers = range(first, first + articles)

    @property
    def portals(self) -> tuple[str, ...]:
        """Slugs of the portals, in alphabetical order."""
        return tuple(self._shown_by)

    def state(self, portal: str, day: int) -> State:
        """Return what the portal shows, newest first; the same on every day."""
        articles = [self._varied(portal, number) for number in self._numbers]
        articles.sort(key=lambda article: (article.published.at, article.id), reverse=True)
        return State(portal, day, self._shown_by[portal].sections, tuple(articles), frozenset())

    def _varied(self, portal: str, number: int) -> ShownArticle:
        article = self._model(portal, number)
        writer = self.portals[0] if number % COPY_EVERY == 0 else portal
        body = self._text(self._model(writer, number), random.Random(f"{writer} {number}"))  # noqa: S311 - no secret
        published = replace(article.published, at=article.published.at - timedelta(days=number % _DAYS_BACK_MAX))
        ending = f"-{number}"
        return replace(
            article,
            id=100_000 + number,
            title=f"{article.title} ({number})",
            published=published,
            body=(
                *body,
                f"Hồ sơ được lưu theo số {number} của {self._shown_by[writer].portal} để tiện tra cứu về sau.",
            ),
            slug=article.slug + ending,
            first_slug=article.first_slug + ending,
        )

    def _model(self, portal: str, number: int) -> ShownArticle:
        usable = [article for article in self._shown_by[portal].articles if not article.faults & _LEFT_OUT]
        return usable[number % len(usable)]

    def _text(self, model: ShownArticle, choice: random.Random) -> tuple[BodyItem, ...]:
        """Return a body of the same make, with paragraphs drawn from all that the mirror has."""
        return tuple(
            item if isinstance(item, Heading | Image) else choice.choice(self._paragraphs) for item in model.body
        )
