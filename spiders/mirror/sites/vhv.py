"""A test portal on `vhv`: URLs without ids, two article layouts, files opened by script, print views."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from spiders.mirror import menus
from spiders.mirror.content import ShownArticle, State
from spiders.mirror.sites.base import PublishingSite, Response, html, positive_number, url_slug
from warehouse.clock import HANOI_TIME

# Articles published before this day keep the old layout.
_NEW_LAYOUT_FROM = datetime(2025, 1, 1, tzinfo=HANOI_TIME)


class VhvSite(PublishingSite):
    """A portal on `vhv`."""

    cms = "vhv"
    menu = menus.PARTY
    rows_a_page = 5

    _PRINTED = re.compile(r"/print(?=/)")

    def article_url(self, article: ShownArticle, *, linked: bool = False) -> str:
        """Return `/<section>/<slug>.html`, with the slug of the first title."""
        return f"/{article.section}/{url_slug(article, article.first_slug, linked=linked)}.html"

    def image_url(self, article: ShownArticle, file: str) -> str:
        """Return the path of a picture; requests for it get status 404."""
        return f"/upload/6611/{article.published.at:%Y%m%d}/{file}"

    def _page_at(self, path: str, query: Mapping[str, list[str]], state: State) -> Response | None:
        plain = self._PRINTED.sub("", path, count=1)
        for article in state.articles:
            if plain in (self.article_url(article), self.article_url(article, linked=True)):
                if "gone_as_list" in article.faults:
                    return self._list_page(article.section, path, {}, state)
                return self._answer(article, plain, state)
        section = path.removeprefix("/")
        if section in state.sections:
            return self._list_page(section, path, query, state)
        if path == "/":
            return self._list("Trang chủ", "/", "/", state.articles[:8], [], 1, state)
        name = menus.page_names(self.menu).get(section)
        if name or path.startswith("/tu-khoa/"):
            title = name or section.rpartition("/")[2].replace("-", " ").capitalize()
            return html(self._render("vhv_page.html.j2", state, path=path, page_title=title, crumbs=[title]))
        return self._attachment(path, state)

    def _template(self, article: ShownArticle) -> str:
        is_new = article.published.at >= _NEW_LAYOUT_FROM
        return "vhv_article.html.j2" if is_new else "vhv_older_article.html.j2"

    def _article_values(self, article: ShownArticle, state: State) -> dict[str, Any]:
        values = {"crumbs": [article.section_name], "printed_id": f"{article.id:024x}"}
        return super()._article_values(article, state) | values

    def _list_page(self, section: str, path: str, query: Mapping[str, list[str]], state: State) -> Response:
        listed = state.in_section(section)
        current = positive_number(query, "pageNo", 1)
        start = (current - 1) * self.rows_a_page
        page_count = -(-len(listed) // self.rows_a_page)
        pages = [f"/{section}" if number == 1 else f"/{section}?pageNo={number}" for number in range(1, page_count + 1)]
        chosen = listed[start : start + self.rows_a_page]
        return self._list(state.sections[section], section, path, chosen, pages, current, state)

    def _list(
        self,
        title: str,
        section: str,
        path: str,
        chosen: Sequence[ShownArticle],
        pages: Sequence[str],
        current: int,
        state: State,
    ) -> Response:
        return html(
            self._render(
                "vhv_list.html.j2",
                state,
                page_title=title,
                path=path,
                crumbs=[title],
                rows=[self._row(article, state) for article in chosen],
                # One section shows its rows by another widget.
                is_short=section == list(state.sections)[-1],
                pages=pages,
                current=current,
            )
        )
