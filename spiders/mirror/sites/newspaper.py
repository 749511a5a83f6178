"""A test newspaper without list pages: its articles are found through the sitemap alone.

It answers conditional requests truly: its sitemaps carry an entity tag of their bytes, its articles a weak one of what
they say and the time of their last change, whatever their counters and tokens do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from spiders.mirror import menus
from spiders.mirror.content import ShownArticle, State
from spiders.mirror.sites.base import PublishingSite, Response, html, plain_text, stale_slug, xml
from spiders.mirror.validators import ETAG, LAST_MODIFIED, etag_of, http_date


class NewspaperSite(PublishingSite):
    """A newspaper without list pages: its articles are found through the sitemap alone."""

    cms = "newspaper"
    menu = menus.NEWSPAPER

    _ARTICLE = re.compile(r"/[a-z0-9-]+/[a-z0-9-]+-(\d+)\.html")

    def article_url(self, article: ShownArticle, *, linked: bool = False) -> str:
        """Return `/<section>/<slug>-<id>.html`, the slug that of the first title."""
        slug = stale_slug(article.first_slug) if linked and "moved" in article.faults else article.first_slug
        return f"/{article.section}/{slug}-{article.id}.html"

    def _page_at(self, path: str, query: Mapping[str, list[str]], state: State) -> Response | None:
        match = self._ARTICLE.fullmatch(path)
        if match:
            return self._article_at(path, state.article(int(match[1])), state)
        if path == "/robots.txt":
            return plain_text(f"User-agent: *\nAllow: /\nSitemap: {self.base}/sitemap.xml\n")
        if path == "/sitemap.xml":
            return xml(self._render("sitemap_index.xml.j2", state, items=self._feed_items(state)))
        if path == "/sitemap-1.xml":
            return xml(self._render("sitemap.xml.j2", state, items=self._feed_items(state)))
        if path == "/":
            return self._home(path, state)
        if path.startswith("/trang/"):
            name = path.removeprefix("/trang/").replace("-", " ").capitalize()
            return html(self._render("newspaper_page.html.j2", state, path=path, page_title=name))
        return self._attachment(path, state)

    def _validators(self, path: str, response: Response, state: State, at: datetime) -> Mapping[str, str]:
        if response.status != 200:
            return {}
        if path.endswith(".xml"):
            return {ETAG: etag_of(response.body)}
        match = self._ARTICLE.fullmatch(path)
        article = state.article(int(match[1])) if match else None
        if article is None or "gone_as_list" in article.faults:
            return {}
        said = repr((article.title, article.lead, article.body, article.attachments))
        changed_at = article.changed_at or article.published.at
        return {ETAG: etag_of(said.encode(), is_weak=True), LAST_MODIFIED: http_date(changed_at)}

    def _home(self, path: str, state: State) -> Response:
        newest = self._links(state.articles[:10])
        return html(self._render("newspaper_page.html.j2", state, path=path, page_title="Tin mới", newest=newest))

    def _article_at(self, path: str, article: ShownArticle | None, state: State) -> Response | None:
        if article is None or path not in (self.article_url(article), self.article_url(article, linked=True)):
            return None
        return self._home(path, state) if "gone_as_list" in article.faults else self._answer(article, path, state)

    def _article_page(self, article: ShownArticle, state: State) -> str:
        return self._render("newspaper_article.html.j2", state, **self._article_values(article, state))
