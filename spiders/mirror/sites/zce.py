"""A test newspaper on ZCE: captions in table cells, pagination by path, monthly sitemaps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from spiders.mirror import menus
from spiders.mirror.content import ShownArticle, State
from spiders.mirror.render import long_date
from spiders.mirror.sites.base import Response, SiteByNumber, html, url_slug, xml

_ROWS_A_PAGE: Final = 5


class ZceSite(SiteByNumber):
    """A newspaper on ZCE; every article has an AMP and a print view."""

    cms = "zce"
    menu = menus.NEWSPAPER

    _ARTICLE = re.compile(r"(?:/amp|/print)?/[a-z0-9-]+-post(\d+)\.html")
    _LIST = re.compile(r"/(?:(?P<section>[a-z-]+)/)?(?:trang(?P<page>\d+))?")
    _MONTH = re.compile(r"/sitemaps/news-(\d{4})-(\d{1,2})\.xml")

    def article_url(self, article: ShownArticle, *, linked: bool = False) -> str:
        """Return `/<slug>-post<id>.html`, with the slug of the first title."""
        return f"/{url_slug(article, article.first_slug, linked=linked)}-post{article.id}.html"

    def _page_at(self, path: str, query: Mapping[str, list[str]], state: State) -> Response | None:
        if match := self._ARTICLE.fullmatch(path):
            return self._article_at(path, match[1], state)
        if path == "/sitemap.xml":
            months = dict.fromkeys((a.published.at.year, a.published.at.month) for a in state.articles)
            paths = [f"/sitemaps/news-{year}-{month}.xml" for year, month in months]
            return xml(self._render("sitemap_list.xml.j2", state, paths=paths))
        if match := self._MONTH.fullmatch(path):
            month = (int(match[1]), int(match[2]))
            items = [item for item in self._feed_items(state) if (item.at.year, item.at.month) == month]
            return xml(self._render("sitemap.xml.j2", state, items=items)) if items else None
        return self._list_at(path, state) or self._attachment(path, state)

    def _list_at(self, path: str, state: State) -> Response | None:
        match = self._LIST.fullmatch(path)
        if match is None:
            return None
        section, number = match["section"], int(match["page"] or 1)
        if section is None:
            return self._list_page("Tin mới", "/", state.articles, number, state)
        if section not in state.sections:
            return None
        listed = state.in_section(section)
        return self._list_page(state.sections[section], f"/{section}/", listed, number, state)

    def _list_page(
        self, title: str, path: str, listed: Sequence[ShownArticle], number: int, state: State
    ) -> Response | None:
        start = (number - 1) * _ROWS_A_PAGE
        shown = listed[start : start + _ROWS_A_PAGE]
        if not shown:
            return None
        rows = [replace(self._row(article, state), date=long_date(article.published)) for article in shown]
        pages = range(1, -(-len(listed) // _ROWS_A_PAGE) + 1)
        return html(self._render("zce_list.html.j2", state, page_title=title, path=path, rows=rows, pages=pages))

    def _paths(self, article: ShownArticle) -> set[str]:
        url = self.article_url(article)
        return super()._paths(article) | {f"/amp{url}", f"/print{url}"}

    def _newest(self, path: str, state: State) -> Response | None:
        return self._list_page("Tin mới", "/", state.articles, 1, state)
