"""A test newspaper on ONECMS: lists extended by script, daily sitemaps, articles from before 2023.

Its feed handles conditional requests wrongly: the entity tag never changes, so every request with it gets status 304.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from spiders.mirror import menus
from spiders.mirror.content import ShownArticle, State
from spiders.mirror.sites.base import Response, Row, SiteByNumber, html, url_slug, xml
from spiders.mirror.validators import ETAG

_OLD_SITE_LAST_YEAR: Final = 2022
_LONGFORM_SECTION: Final = "emagazine"
_FEED: Final = "/rss/home.rss"
_ROWS: Final = 8  # a script loads more rows; the mirror does not simulate it


class OnecmsSite(SiteByNumber):
    """A newspaper on ONECMS; articles from before 2023 keep the URL and layout of the previous site."""

    cms = "onecms"
    menu = menus.NEWSPAPER

    _ARTICLE = re.compile(r"(?:/amp|/print)?/(?:[a-z0-9-]+-)?(\d+)\.html|/tin-tuc/[a-z-]+/(\d+)/[a-z0-9-]+")
    _DAY = re.compile(r"/sitemap-article-(\d{4}-\d{2}-\d{2})\.xml")

    def article_url(self, article: ShownArticle, *, linked: bool = False) -> str:
        """Return `/<slug>-<id>.html`, or the old site's `/tin-tuc/<section>/<id>/<slug>`."""
        slug = url_slug(article, article.first_slug, linked=linked)
        if _is_old(article):
            return f"/tin-tuc/{article.section}/{article.id}/{slug}"
        return f"/{slug}-{article.id}.html"

    def _page_at(self, path: str, query: Mapping[str, list[str]], state: State) -> Response | None:
        if match := self._ARTICLE.fullmatch(path):
            return self._article_at(path, match[1] or match[2], state)
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
            return self._list_page(state.sections[section], path, state.in_section(section), state)
        return self._newest(path, state) if path == "/" else None

    def _list_page(self, title: str, path: str, listed: Sequence[ShownArticle], state: State) -> Response:
        rows = [self._dated_row(article, state) for article in listed[:_ROWS]]
        return html(self._render("onecms_list.html.j2", state, page_title=title, path=path, rows=rows))

    def _dated_row(self, article: ShownArticle, state: State) -> Row:
        date_format = "%d/%m/%Y %H:%M" if article.published.has_time else "%d/%m/%Y"
        return replace(self._row(article, state), date=article.published.at.strftime(date_format))

    def _paths(self, article: ShownArticle) -> set[str]:
        return super()._paths(article) | {f"/print/{article.id}.html", f"/amp{self.article_url(article)}"}

    def _newest(self, path: str, state: State) -> Response:
        return self._list_page("Tin mới", path, state.articles, state)

    def _template(self, article: ShownArticle) -> str:
        return "onecms_old_article.html.j2" if _is_old(article) else super()._template(article)

    def _article_values(self, article: ShownArticle, state: State) -> dict[str, Any]:
        return super()._article_values(article, state) | {"is_longform": article.section == _LONGFORM_SECTION}


def _is_old(article: ShownArticle) -> bool:
    return article.published.at.year <= _OLD_SITE_LAST_YEAR
