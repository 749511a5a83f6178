"""A test portal on NukeViet, with the faults of this CMS, and an older theme for older articles.

Belongs here: the URLs, headers and dates of NukeViet. Does not belong here: rendering (`spiders.mirror.render`).

It simulates feed dates with the month in place of the minutes, a malformed `article:published_time`, a hidden
`datePublished` with the time of the last change, `Last-Modified` always 24 hours ago, no `ETag`, redirects from deleted
articles and from list pages after the last, print and save views of articles, and attachments under an article's URL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from spiders.mirror import menus
from spiders.mirror.content import Image, ShownArticle, State
from spiders.mirror.documents import content_type, document_bytes
from spiders.mirror.faults import with_text_faults
from spiders.mirror.sites.base import PublishingSite, Response, Row, html, redirect, url_slug, xml
from spiders.mirror.validators import LAST_MODIFIED, http_date
from warehouse.clock import HANOI_TIME

NEW_THEME_FROM: Final = datetime(2026, 1, 1, tzinfo=HANOI_TIME)


@dataclass(frozen=True, slots=True)
class _Block:
    """A section's box on the home page: the first article in full, and the titles of the next ones."""

    section: str
    name: str
    first: Row
    others: tuple[Row, ...]


class NukeVietSite(PublishingSite):
    """A commune's portal on NukeViet 4.5."""

    cms = "nukeviet"
    menu = menus.GOVERNMENT
    rows_a_page = 4

    _ARTICLE = re.compile(r"/(?:(?P<view>print|savefile)/)?(?P<section>[a-z-]+)/[a-z0-9-]+-(?P<id>\d+)\.html")
    _LIST = re.compile(r"/(?P<section>[a-z-]+)/(?:page-(?P<page>\d+)/)?")
    _ROBOTS = "User-agent: *\nDisallow: /admin/\nDisallow: /users/\nDisallow: /statistics/\nSitemap: {}/sitemap.xml\n"

    def article_url(self, article: ShownArticle, *, linked: bool = False) -> str:
        """Return `/<section>/<slug>-<id>.html`, with the slug of the first title."""
        return f"/{article.section}/{url_slug(article, article.first_slug, linked=linked)}-{article.id}.html"

    def attachment_url(self, article: ShownArticle, file: str) -> str:
        """Return the article's path with the attachment's number, from 0, in the query."""
        number = [one.file for one in article.attachments].index(file)
        return f"{self.article_url(article)}?download=1&id={number}"

    def _validators(self, path: str, response: Response, state: State, at: datetime) -> Mapping[str, str]:
        """Return a date that is always 24 hours old, so that at any later time each page counts as changed."""
        return {LAST_MODIFIED: http_date(at - timedelta(hours=24))}

    def _page_at(self, path: str, query: Mapping[str, list[str]], state: State) -> Response | None:
        if match := self._ARTICLE.fullmatch(path):
            return self._article_at(path, match, query, state)
        if path == "/":
            return self._home(state)
        if path.startswith("/rss/"):
            return self._feed(path, state)
        if (match := self._LIST.fullmatch(path)) and match["section"] in state.sections:
            return self._list_page(match["section"], int(match["page"] or 1), state)
        return self._other(path, state)

    def _other(self, path: str, state: State) -> Response | None:
        if path == "/sitemap.xml":
            return xml(self._render("nukeviet_sitemap_index.xml.j2", state))
        if path == "/sitemap-vi.news.xml":
            return xml(self._render("sitemap.xml.j2", state, items=self._feed_items(state)))
        if path.startswith(("/about/", "/users/", "/tag/")) or path in ("/sitemap-vi.about.xml", "/feeds/", "/seek/"):
            if path.endswith(".xml"):
                return xml(self._render("sitemap.xml.j2", state, items=[]))
            name = path.strip("/").rpartition("/")[2].removesuffix(".html").replace("-", " ").capitalize()
            return html(self._render("nukeviet_page.html.j2", state, path=path, page_title=name))
        return None

    def _article_at(
        self, path: str, match: re.Match[str], query: Mapping[str, list[str]], state: State
    ) -> Response | None:
        article = state.article(int(match["id"]))
        gone = int(match["id"]) in state.removed_ids
        if gone or (article is not None and "gone_as_list" in article.faults):
            return redirect(self.base + "/")
        if article is None or article.section != match["section"]:
            return None
        if "missing" not in article.faults and match["view"]:
            return self._print_or_save_view(article, match["view"], state)
        if "missing" not in article.faults and path != self.article_url(article):
            return redirect(self.base + self.article_url(article))
        if query.get("download") == ["1"]:
            return self._download(article, query)
        return self._answer(article, path, state)

    def _print_or_save_view(self, article: ShownArticle, view: str, state: State) -> Response:
        """Return the article's print view, or the same page as a download."""
        page = self._render("nukeviet_print.html.j2", state, **self._article_values(article, state))
        if view == "print":
            return html(page)
        return html(
            page,
            {
                "Content-Type": f'text/x-delimtext; name="{article.first_slug}.html"',
                "Content-Disposition": f"attachment; filename={article.first_slug}.html",
            },
        )

    def _download(self, article: ShownArticle, query: Mapping[str, list[str]]) -> Response | None:
        number = query.get("id", [""])[0]
        if not number.isdecimal() or int(number) >= len(article.attachments):
            return None
        attachment = article.attachments[int(number)]
        headers = {
            "Content-Type": content_type(attachment.file),
            "Content-Disposition": f'attachment; filename="{attachment.file}"',
        }
        return Response(200, headers, document_bytes(attachment.file, attachment.name))

    def _template(self, article: ShownArticle) -> str:
        is_new = article.published.at >= NEW_THEME_FROM
        return "nukeviet_article.html.j2" if is_new else "nukeviet_article_old.html.j2"

    def _article_values(self, article: ShownArticle, state: State) -> dict[str, Any]:
        picture = next((item for item in with_text_faults(article).body if isinstance(item, Image)), None)
        # Editors often show the first picture of the body above the article too.
        has_picture = picture is not None and article.id % 2 == 0
        return super()._article_values(article, state) | {
            "changed": article.changed_at or article.published.at,
            "picture": picture if has_picture else None,
            "picture_url": self.image_url(article, picture.image) if picture else None,
            "print_path": "/print" + self.article_url(article),
            "save_path": "/savefile" + self.article_url(article),
        }

    def _home(self, state: State) -> Response:
        blocks = []
        for section, name in state.sections.items():
            rows = [self._row(article, state) for article in state.in_section(section)[:4]]
            if rows:
                blocks.append(_Block(section, name, rows[0], tuple(rows[1:])))
        newest = [self._row(article, state) for article in state.articles[:6]]
        return html(
            self._render(
                "nukeviet_home.html.j2", state, path="/", page_title="Trang nhất", hot=newest[0], hot_others=newest[1:],
                blocks=blocks,
            )
        )  # fmt: skip

    def _list_page(self, section: str, current: int, state: State) -> Response:
        listed = state.in_section(section)
        page_count = -(-len(listed) // self.rows_a_page)
        path = f"/{section}/"
        if not 1 <= current <= page_count:
            return redirect(self.base + path)
        start = (current - 1) * self.rows_a_page
        chosen = listed[start : start + self.rows_a_page]
        return html(
            self._render(
                "nukeviet_list.html.j2",
                state,
                rows=[self._row(article, state) for article in chosen],
                later=[self._row(article, state) for article in listed[start + self.rows_a_page :][:3]],
                first=start + 1,
                # One section uses the list view that shows only titles.
                has_titles_only=section == list(state.sections)[-1],
                pages=[path if number == 1 else f"{path}page-{number}/" for number in range(1, page_count + 1)],
                current=current,
                page_title=state.sections[section],
                section=section,
                path=path if current == 1 else f"{path}page-{current}/",
            )
        )

    def _feed(self, path: str, state: State) -> Response | None:
        section = path.removeprefix("/rss/").strip("/")
        if section and section not in state.sections:
            return None
        items = self._feed_items(state)
        if section:
            items = [item for item in items if item.url.startswith(f"/{section}/")]
        return xml(self._render("nukeviet_rss.xml.j2", state, items=items, path=path))
