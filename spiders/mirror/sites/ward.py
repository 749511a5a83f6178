"""A test portal on a ward's own CMS: one list with paging, a feed, and a part that robots.txt closes.

Its lists are not always newest first: what editors pin stays on top. Its feed answers conditional requests truly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from spiders.mirror import menus
from spiders.mirror.content import ShownArticle, State
from spiders.mirror.faults import with_text_faults
from spiders.mirror.sites.base import PublishingSite, Response, html, plain_text, positive_number, stale_slug, xml
from spiders.mirror.validators import ETAG, etag_of

FEED_ITEMS: Final = 20
_FEED: Final = "/rss/tin-tuc.rss"


class WardSite(PublishingSite):
    """A ward's own CMS: one list with paging, a feed, and a part of the site that robots.txt closes."""

    cms = "ward"
    menu = menus.GOVERNMENT
    rows_a_page = 10

    _ARTICLE = re.compile(r"/tin-tuc/[a-z0-9-]+-(\d+)\.html")
    _ROBOTS = "User-agent: *\nDisallow: /noi-bo/\n"

    def article_url(self, article: ShownArticle, *, linked: bool = False) -> str:
        """Return `/tin-tuc/<slug>-<id>.html`, the slug that of the first title."""
        slug = stale_slug(article.first_slug) if linked and "moved" in article.faults else article.first_slug
        return f"/tin-tuc/{slug}-{article.id}.html"

    def _page_at(self, path: str, query: Mapping[str, list[str]], state: State) -> Response | None:
        match = self._ARTICLE.fullmatch(path)
        if match:
            return self._article_at(path, state.article(int(match[1])), state)
        if path == "/robots.txt":
            return plain_text(self._ROBOTS)
        if path == _FEED:
            items = self._feed_items(state)[:FEED_ITEMS]
            return xml(self._render("rss.xml.j2", state, items=items), "application/rss+xml; charset=utf-8")
        if path == "/tin-tuc":
            return self._list_page("Tin tức", path, state.articles, query, state)
        section = path.removeprefix("/chuyen-muc/")
        if section != path and section in state.sections:
            listed = [article for article in state.articles if article.section == section]
            return self._list_page(state.sections[section], path, listed, query, state)
        if path == "/":
            newest = self._links(state.articles[:8])
            return html(self._render("ward_page.html.j2", state, path="/", page_title="Trang chủ", newest=newest))
        if path.startswith(("/trang/", "/noi-bo/", "/tu-khoa/")):
            name = path.rpartition("/")[2].replace("-", " ").capitalize()
            return html(self._render("ward_page.html.j2", state, path=path, page_title=name))
        return self._attachment(path, state)

    def _validators(self, path: str, response: Response, state: State, at: datetime) -> Mapping[str, str]:
        return {ETAG: etag_of(response.body)} if path == _FEED else {}

    def _article_at(self, path: str, article: ShownArticle | None, state: State) -> Response | None:
        if article is None or path not in (self.article_url(article), self.article_url(article, linked=True)):
            return None
        if "gone_as_list" in article.faults:
            return self._list_page("Tin tức", path, state.articles, {}, state)
        return self._answer(article, path, state)

    def _article_page(self, article: ShownArticle, state: State) -> str:
        return self._render(
            "ward_article.html.j2",
            state,
            **self._article_values(article, state),
            json_ld=self._json_ld(article) if article.id % 2 == 0 else None,
        )

    def _json_ld(self, article: ShownArticle) -> dict[str, Any]:
        return {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": with_text_faults(article).title,
            "datePublished": article.published.at.isoformat(),
            "mainEntityOfPage": self.base + self.article_url(article),
            "publisher": {"@type": "GovernmentOrganization", "name": self._name},
        }

    def _list_page(
        self, title: str, path: str, listed: Sequence[ShownArticle], query: Mapping[str, list[str]], state: State
    ) -> Response:
        listed = sorted(listed, key=lambda article: not article.is_pinned)
        current = positive_number(query, "trang", 1)
        start = (current - 1) * self.rows_a_page
        page_count = -(-len(listed) // self.rows_a_page)
        return html(
            self._render(
                "ward_list.html.j2",
                state,
                page_title=title,
                path=path,
                rows=[self._row(article, state) for article in listed[start : start + self.rows_a_page]],
                pages=[path if number == 1 else f"{path}?trang={number}" for number in range(1, page_count + 1)],
                current=current,
            )
        )
