"""A test newspaper without section lists: only the sitemap links to all articles.

It supports conditional requests correctly. A sitemap has an entity tag of its bytes. An article has `Last-Modified` and
a weak entity tag of its content; neither depends on view counters or tokens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from spiders.mirror import menus
from spiders.mirror.content import ShownArticle, State
from spiders.mirror.sites.base import Response, SiteByNumber, html, url_slug, xml
from spiders.mirror.validators import ETAG, LAST_MODIFIED, etag_of, http_date


class NewspaperSite(SiteByNumber):
    """A newspaper without section lists."""

    cms = "newspaper"
    menu = menus.NEWSPAPER

    _ARTICLE = re.compile(r"/[a-z0-9-]+/[a-z0-9-]+-(\d+)\.html")

    def article_url(self, article: ShownArticle, *, linked: bool = False) -> str:
        """Return `/<section>/<slug>-<id>.html`, with the slug of the first title."""
        return f"/{article.section}/{url_slug(article, article.first_slug, linked=linked)}-{article.id}.html"

    def _page_at(self, path: str, query: Mapping[str, list[str]], state: State) -> Response | None:
        match = self._ARTICLE.fullmatch(path)
        if match:
            return self._article_at(path, match[1], state)
        if path == "/sitemap.xml":
            return xml(self._render("sitemap_index.xml.j2", state, items=self._feed_items(state)))
        if path == "/sitemap-1.xml":
            return xml(self._render("sitemap.xml.j2", state, items=self._feed_items(state)))
        if path == "/":
            return self._newest(path, state)
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
        shown = repr((article.title, article.lead, article.body, article.attachments))
        changed_at = article.changed_at or article.published.at
        return {ETAG: etag_of(shown.encode(), is_weak=True), LAST_MODIFIED: http_date(changed_at)}

    def _newest(self, path: str, state: State) -> Response:
        newest = self._links(state.articles[:10])
        return html(self._render("newspaper_page.html.j2", state, path=path, page_title="Tin mới", newest=newest))
