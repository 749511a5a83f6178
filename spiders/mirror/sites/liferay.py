"""A test portal on `liferay_point`: paginated lists, articles by id, endless language suffixes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from spiders.mirror import menus
from spiders.mirror.content import Content, ShownArticle, State
from spiders.mirror.render import liferay_date
from spiders.mirror.sites.base import PublishingSite, Response, Row, html, positive_number, url_slug


class LiferaySite(PublishingSite):
    """A portal on `liferay_point`."""

    cms = "liferay_point"
    menu = menus.GOVERNMENT
    rows_a_page = 10

    _ARTICLE = re.compile(r"/[a-z0-9-]+/-/view_content/(\d+)(?:-[^/]*)?")
    _LANGUAGES = re.compile(r"(?:/(?:vi|en))+$")

    def __init__(self, content: Content, portal: str, host: str, name: str, owner: str, *, twelve_hours: bool) -> None:
        super().__init__(content, portal, host, name, owner)
        self._twelve_hours = twelve_hours

    def article_url(self, article: ShownArticle, *, linked: bool = False) -> str:
        """Return `/<section>/-/view_content/<id>-<slug>`, with the slug of the current title."""
        return f"/{article.section}/-/view_content/{article.id}-{url_slug(article, article.slug, linked=linked)}"

    def image_url(self, article: ShownArticle, file: str) -> str:
        """Return the path of a picture; requests for it get status 404."""
        return f"/image/journal/{article.id}/{file}"

    def _page_at(self, path: str, query: Mapping[str, list[str]], state: State) -> Response | None:
        languages = self._LANGUAGES.search(path)
        suffix = languages[0] if languages else ""
        plain = path.removesuffix(suffix) or "/"
        section = plain.split("/")[1]
        match = self._ARTICLE.fullmatch(plain)
        if match and section in state.sections:
            article = state.article(int(match[1]))
            gone = int(match[1]) in state.removed_ids or (article is not None and "gone_as_list" in article.faults)
            # If the URL has a language suffix, or the article is deleted, the CMS returns the section's list.
            if gone or (article is not None and suffix):
                return self._list_page(section, path, suffix, query, state)
            return self._answer(article, path, state)
        if section in state.sections and plain == f"/{section}":
            return self._list_page(section, path, suffix, query, state)
        if plain == "/":
            newest = self._links(state.articles[:8])
            return self._static(path, suffix, state, page_title="Trang chủ", breadcrumb=None, newest=newest)
        name = menus.page_names(self.menu).get(plain.removeprefix("/"))
        if name:
            return self._static(path, suffix, state, page_title=name, breadcrumb=name)
        return self._attachment(path, state)

    def _template(self, article: ShownArticle) -> str:
        return "liferay_article.html.j2"

    def _article_values(self, article: ShownArticle, state: State) -> dict[str, Any]:
        return super()._article_values(article, state) | {
            "date": liferay_date(article.published, twelve_hours=self._twelve_hours),
            "breadcrumb": article.section_name,
            "english": False,
        }

    def _static(self, path: str, suffix: str, state: State, **values: Any) -> Response:
        shown_path = "" if path == "/" else path
        return html(
            self._render("liferay_page.html.j2", state, path=shown_path, english=suffix.endswith("/en"), **values)
        )

    def _list_page(
        self, section: str, path: str, suffix: str, query: Mapping[str, list[str]], state: State
    ) -> Response:
        english = suffix.endswith("/en")
        listed = state.in_section(section)
        rows_a_page = positive_number(query, "_101_delta", self.rows_a_page)
        current = positive_number(query, "_101_cur", 1)
        start = (current - 1) * rows_a_page
        chosen = listed[start : start + rows_a_page]
        page_count = -(-len(listed) // rows_a_page)
        pages = [f"{path}?{_paging_query(number, rows_a_page)}" for number in range(1, page_count + 1)]
        return html(
            self._render(
                "liferay_list.html.j2",
                state,
                rows=[self._list_row(article, state, suffix, english=english) for article in chosen],
                pages=pages,
                current=current,
                previous=pages[min(current - 1, page_count) - 1] if current > 1 and pages else None,
                next=pages[current] if current < page_count else None,
                first=start + 1,
                last=start + len(chosen),
                total=len(listed),
                page_title=state.sections[section],
                breadcrumb=state.sections[section],
                section=section,
                path=path,
                english=english,
            )
        )

    def _list_row(self, article: ShownArticle, state: State, suffix: str, *, english: bool) -> Row:
        row = self._row(article, state)
        return replace(
            row,
            url=row.url + suffix,
            date=liferay_date(article.published, twelve_hours=self._twelve_hours),
            # As on real portals, the list of one section shows no date label and no view counter.
            bare_date=article.section == list(state.sections)[-1],
            views=row.views // 3 if english else row.views,
        )


def _paging_query(number: int, rows_a_page: int) -> str:
    return urlencode(
        {
            "p_p_id": 101,
            "p_p_lifecycle": 0,
            "p_p_state": "normal",
            "p_p_mode": "view",
            "p_p_col_id": "column-1",
            "p_p_col_pos": 1,
            "p_p_col_count": 2,
            "_101_delta": rows_a_page,
            "_101_keywords": "",
            "_101_advancedSearch": "false",
            "_101_andOperator": "true",
            "p_r_p_564233524_resetCur": "false",
            "_101_cur": number,
        }
    )
