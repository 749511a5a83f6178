"""A test newspaper with `zce-content-body`: captions in table cells, paging by path, a sitemap a month."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from spiders.mirror import menus
from spiders.mirror.content import ShownArticle, State
from spiders.mirror.render import long_date
from spiders.mirror.sites.base import PublishingSite, Response, html, plain_text, stale_slug, xml

_ROWS_A_PAGE: Final = 5


class ZceSite(PublishingSite):
    """A newspaper with captions in table cells; AMP and print views repeat every article."""

    cms = "zce"
    menu = menus.NEWSPAPER

    _ARTICLE = re.compile(r"(?:/amp|/print)?/[a-z0-9-]+-post(\d+)\.html")
    _LIST = re.compile(r"/(?:(?P<section>[a-z-]+)/)?(?:trang(?P<page>\d+))?")
    _MONTH = re.compile(r"/sitemaps/news-(\d{4})-(\d{1,2})\.xml")

    def article_url(self, article: ShownArticle, *, linked: bool = False) -> str:
        """Return `/<slug>-post<id>.html`, the slug that of the first title."""
        slug = stale_slug(article.first_slug) if linked and "moved" in article.faults else article.first_slug
        return f"/{slug}-post{article.id}.html"

    def _page_at(self, path: str, query: Mapping[str, list[str]], state: State) -> Response | None:
        if match := self._ARTICLE.fullmatch(path):
            return self._article_at(path, state.article(int(match[1])), state)
        if path == "/robots.txt":
            return plain_text(f"User-agent: *\nAllow: /\nSitemap: {self.base}/sitemap.xml\n")
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
        listed = [article for article in state.articles if article.section == section]
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

    def _article_at(self, path: str, article: ShownArticle | None, state: State) -> Response | None:
        if article is None:
            return None
        url = self.article_url(article)
        if path not in (url, self.article_url(article, linked=True), f"/amp{url}", f"/print{url}"):
            return None
        if "gone_as_list" in article.faults:
            return self._list_page("Tin mới", "/", state.articles, 1, state)
        return self._answer(article, path, state)

    def _article_page(self, article: ShownArticle, state: State) -> str:
        return self._render("zce_article.html.j2", state, **self._article_values(article, state))
