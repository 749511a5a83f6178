"""A test portal on a ward's own CMS: paginated lists, a feed, and a folder that robots.txt disallows.

Lists are newest first, except that pinned articles stay on top. The feed handles conditional requests correctly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from spiders.mirror import menus
from spiders.mirror.content import ShownArticle, State
from spiders.mirror.faults import with_text_faults
from spiders.mirror.sites.base import Response, SiteByNumber, html, positive_number, url_slug, xml
from spiders.mirror.validators import ETAG, etag_of

FEED_ITEMS: Final = 20
_FEED: Final = "/rss/tin-tuc.rss"


class WardSite(SiteByNumber):
    """A portal on a ward's own CMS."""

    cms = "ward"
    menu = menus.GOVERNMENT
    rows_a_page = 10

    _ARTICLE = re.compile(r"/tin-tuc/[a-z0-9-]+-(\d+)\.html")
    _ROBOTS = "User-agent: *\nDisallow: /noi-bo/\n"

    def article_url(self, article: ShownArticle, *, linked: bool = False) -> str:
        """Return `/tin-tuc/<slug>-<id>.html`, with the slug of the first title."""
        return f"/tin-tuc/{url_slug(article, article.first_slug, linked=linked)}-{article.id}.html"

    def _page_at(self, path: str, query: Mapping[str, list[str]], state: State) -> Response | None:
        match = self._ARTICLE.fullmatch(path)
        if match:
            return self._article_at(path, match[1], state)
        if path == _FEED:
            items = self._feed_items(state)[:FEED_ITEMS]
            return xml(self._render("rss.xml.j2", state, items=items), "application/rss+xml; charset=utf-8")
        if path == "/tin-tuc":
            return self._list_page("Tin tức", path, state.articles, query, state)
        section = path.removeprefix("/chuyen-muc/")
        if section != path and section in state.sections:
            return self._list_page(state.sections[section], path, state.in_section(section), query, state)
        if path == "/":
            newest = self._links(state.articles[:8])
            return html(self._render("ward_page.html.j2", state, path="/", page_title="Trang chủ", newest=newest))
        if path.startswith(("/trang/", "/noi-bo/", "/tu-khoa/")):
            name = path.rpartition("/")[2].replace("-", " ").capitalize()
            return html(self._render("ward_page.html.j2", state, path=path, page_title=name))
        return self._attachment(path, state)

    def _validators(self, path: str, response: Response, state: State, at: datetime) -> Mapping[str, str]:
        return {ETAG: etag_of(response.body)} if path == _FEED else {}

    def _newest(self, path: str, state: State) -> Response:
        return self._list_page("Tin tức", path, state.articles, {}, state)

    def _article_values(self, article: ShownArticle, state: State) -> dict[str, Any]:
        json_ld = self._json_ld(article) if article.id % 2 == 0 else None
        return super()._article_values(article, state) | {"json_ld": json_ld}

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
