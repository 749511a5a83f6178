"""A test newspaper on ONECMS: lists that go on by script alone, a sitemap a day, and what stood there before 2023.

Its feed lies to conditional requests: its entity tag never changes, so whoever has asked once is told for ever that
there is nothing new.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from spiders.mirror import menus
from spiders.mirror.content import ShownArticle, State
from spiders.mirror.sites.base import PublishingSite, Response, Row, html, plain_text, stale_slug, xml
from spiders.mirror.validators import ETAG

_OLD_UNTIL_YEAR: Final = 2022
_LONGFORM_SECTION: Final = "emagazine"
_FEED: Final = "/rss/home.rss"
_ROWS: Final = 8  # the rest of a list comes by script, which the mirror does not play


class OnecmsSite(PublishingSite):
    """A newspaper on ONECMS; articles of years before 2023 keep address and layout of the site before."""

    cms = "onecms"
    menu = menus.NEWSPAPER

    _ARTICLE = re.compile(r"(?:/amp|/print)?/(?:[a-z0-9-]+-)?(\d+)\.html|/tin-tuc/[a-z-]+/(\d+)/[a-z0-9-]+")
    _DAY = re.compile(r"/sitemap-article-(\d{4}-\d{2}-\d{2})\.xml")

    def article_url(self, article: ShownArticle, *, linked: bool = False) -> str:
        """Return `/<slug>-<id>.html`, or the old site's `/tin-tuc/<section>/<id>/<slug>`."""
        slug = stale_slug(article.first_slug) if linked and "moved" in article.faults else article.first_slug
        if _is_old(article):
            return f"/tin-tuc/{article.section}/{article.id}/{slug}"
        return f"/{slug}-{article.id}.html"

    def _page_at(self, path: str, query: Mapping[str, list[str]], state: State) -> Response | None:
        if match := self._ARTICLE.fullmatch(path):
            return self._article_at(path, state.article(int(match[1] or match[2])), state)
        if path == "/robots.txt":
            return plain_text(f"User-agent: *\nAllow: /\nSitemap: {self.base}/sitemap.xml\n")
        if path == _FEED:
            return xml(self._render("rss.xml.j2", state, items=self._feed_items(state)[:_ROWS]), "application/rss+xml")
        if path == "/sitemap.xml":
            days = dict.fromkeys(f"{article.published.at:%Y-%m-%d}" for article in state.articles)
            paths = [f"/sitemap-article-{day}.xml" for day in days]
            return xml(self._render("sitemap_list.xml.j2", state, paths=paths))
        if match := self._DAY.fullmatch(path):
            items = [item for item in self._feed_items(state) if f"{item.at:%Y-%m-%d}" == match[1]]
            return xml(self._render("sitemap.xml.j2", state, items=items)) if items else None
        return self._list_at(path, state) or self._attachment(path, state)

    def _validators(self, path: str, response: Response, state: State, at: datetime) -> Mapping[str, str]:
        return {ETAG: '"home-rss"'} if path == _FEED else {}

    def _list_at(self, path: str, state: State) -> Response | None:
        section = path.removeprefix("/")
        if section in state.sections:
            listed = [article for article in state.articles if article.section == section]
            return self._list_page(state.sections[section], path, listed, state)
        return self._list_page("Tin mới", path, state.articles, state) if path == "/" else None

    def _list_page(self, title: str, path: str, listed: Sequence[ShownArticle], state: State) -> Response:
        rows = [self._dated_row(article, state) for article in listed[:_ROWS]]
        return html(self._render("onecms_list.html.j2", state, page_title=title, path=path, rows=rows))

    def _dated_row(self, article: ShownArticle, state: State) -> Row:
        form = "%d/%m/%Y %H:%M" if article.published.has_time else "%d/%m/%Y"
        return replace(self._row(article, state), date=article.published.at.strftime(form))

    def _article_at(self, path: str, article: ShownArticle | None, state: State) -> Response | None:
        if article is None:
            return None
        plain = {self.article_url(article), self.article_url(article, linked=True)}
        views = {f"/print/{article.id}.html", f"/amp{self.article_url(article)}"}
        if path not in plain | views:
            return None
        if "gone_as_list" in article.faults:
            return self._list_page("Tin mới", path, state.articles, state)
        return self._answer(article, path, state)

    def _article_page(self, article: ShownArticle, state: State) -> str:
        template = "onecms_old_article.html.j2" if _is_old(article) else "onecms_article.html.j2"
        values = self._article_values(article, state)
        return self._render(template, state, **values, is_longform=article.section == _LONGFORM_SECTION)


def _is_old(article: ShownArticle) -> bool:
    return article.published.at.year <= _OLD_UNTIL_YEAR
