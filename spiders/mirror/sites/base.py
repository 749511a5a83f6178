"""Code shared by all test portals: responses, view counters, and parts that do not depend on the CMS.

Belongs here: faults of the HTTP response, conditions of a whole portal, attachments, the 404 page. Does not belong
here: the URLs of each CMS.
"""

from __future__ import annotations

import re
import secrets
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from threading import Lock
from types import MappingProxyType
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs, urlsplit

from spiders.mirror import menus
from spiders.mirror.content import Content, Image, ShownArticle, State
from spiders.mirror.days import Moment, moment_of
from spiders.mirror.documents import content_type, document_bytes
from spiders.mirror.faults import with_text_faults
from spiders.mirror.markup import Cms, Link, body_markup
from spiders.mirror.render import page, shortened
from spiders.mirror.sites.redesign import redesigned
from spiders.mirror.validators import is_unchanged

SLOW_SECONDS = 1.5
_HTML = "text/html;charset=UTF-8"
_XML = "application/xml; charset=utf-8"
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response before it is sent.

    Attributes:
        headers: without `Content-Length` and `Content-Encoding`, which the server adds.
        delay_seconds: time that the server waits before it sends the response.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay_seconds: float = 0.0


CONNECTION_RESET: Final = Response(0, _NO_HEADERS, b"")
"""In place of a response, the server resets the connection."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list page."""

    url: str
    title: str
    summary: str
    image: str | None
    published: Moment
    views: int
    date: str = ""
    bare_date: bool = False


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One entry of a feed or sitemap."""

    url: str
    title: str
    summary: str
    section_name: str
    at: datetime


@dataclass
class Views:
    """View counters of one portal's articles; every fetch of an article increments one."""

    _fetches: Counter[int] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def read(self, article_id: int) -> None:
        """Count one fetch."""
        with self._lock:
            self._fetches[article_id] += 1

    def of(self, article: ShownArticle, day: int) -> int:
        """Return the displayed count: initial views, fetches, and views of other readers since day 1."""
        with self._lock:
            return article.views + self._fetches[article.id] + (37 + article.id % 50) * (day - 1)


class Site(ABC):
    """One test portal."""

    host: str

    @property
    def base(self) -> str:
        """Scheme and host of the portal."""
        return f"https://{self.host}"

    @abstractmethod
    def get(
        self, target: str, day: int, headers: Mapping[str, str] = _NO_HEADERS, at: datetime | None = None
    ) -> Response:
        """Return the response to a GET on that day.

        Args:
            target: path with query.
            day: one of `DAYS`.
            headers: of the request, with names in lower case.
            at: the current time; by default the start of that day's crawl.
        """


class PublishingSite(Site):
    """Base class of the sites with articles, one subclass per CMS."""

    cms: ClassVar[Cms]
    menu: ClassVar[menus.Menu]
    _ROBOTS: ClassVar[str] = ""

    def __init__(self, content: Content, portal: str, host: str, name: str, owner: str) -> None:
        self.host = host
        self.portal = portal
        self._name = name
        self._owner = owner
        self._content = content
        self._views = Views()
        self._states: dict[int, State] = {}

    def state(self, day: int) -> State:
        """Return the portal's content on that day."""
        if day not in self._states:
            self._states[day] = self._content.state(self.portal, day)
        return self._states[day]

    def get(
        self, target: str, day: int, headers: Mapping[str, str] = _NO_HEADERS, at: datetime | None = None
    ) -> Response:
        """Return the response to a GET of `target` on that day, subject to the portal's condition."""
        state = self.state(day)
        if state.condition == "outage":
            return CONNECTION_RESET
        if state.condition == "challenge":
            return challenge()
        if state.condition == "forbidden":
            return forbidden()
        parts = urlsplit(target)
        if parts.path == "/robots.txt" and self._ROBOTS:
            response = plain_text(self._ROBOTS.format(self.base))
        else:
            response = self._page_at(parts.path, parse_qs(parts.query), state) or self._not_found(parts.path)
        if state.condition == "redesign" and response.headers["Content-Type"].startswith("text/html"):
            response = replace(response, body=redesigned(response.body))
        validators = self._validators(parts.path, response, state, at or moment_of(day))
        if response.status == 200 and is_unchanged(headers, validators):
            return Response(304, validators, b"")
        return replace(response, headers={**response.headers, **validators})

    def _validators(self, path: str, response: Response, state: State, at: datetime) -> Mapping[str, str]:
        """Return the `ETag` and `Last-Modified` headers of a response; most portals send none."""
        return _NO_HEADERS

    @abstractmethod
    def article_url(self, article: ShownArticle, *, linked: bool = False) -> str:
        """Return the article's path, or with `linked` the path in the portal's links to the article.

        These paths differ only for an article with the fault `moved`, whose links are outdated.
        """

    @abstractmethod
    def _page_at(self, path: str, query: Mapping[str, list[str]], state: State) -> Response | None: ...

    def image_url(self, article: ShownArticle, file: str) -> str:
        """Return the path of a picture; requests for it get status 404."""
        return f"/uploads/{article.published.at:%Y/%m}/{file}"

    def attachment_url(self, article: ShownArticle, file: str) -> str:
        """Return the path of an attachment."""
        return f"/documents/{article.id}/{file}"

    def _template(self, article: ShownArticle) -> str:
        return f"{self.cms}_article.html.j2"

    def _answer(self, article: ShownArticle | None, path: str, state: State) -> Response | None:
        """Return the article's page with its response faults, or a redirect to it; None if it has no page."""
        if article is None or "missing" in article.faults:
            return None
        if "moved" in article.faults and path == self.article_url(article, linked=True):
            return redirect(self.base + self.article_url(article))
        self._views.read(article.id)
        headers = {}
        if "wrong_charset" in article.faults:
            headers["Content-Type"] = "text/html; charset=ISO-8859-1"
        elif "no_charset" in article.faults:
            headers["Content-Type"] = "text/html"
        response = html(self._render(self._template(article), state, **self._article_values(article, state)), headers)
        if "slow" in article.faults:
            return replace(response, delay_seconds=SLOW_SECONDS)
        return response

    def _attachment(self, path: str, state: State) -> Response | None:
        match = re.fullmatch(r"/documents/(\d+)/([^/]+)", path)
        article = state.article(int(match[1])) if match else None
        if match is None or article is None:
            return None
        attachment = next((one for one in article.attachments if one.file == match[2]), None)
        if attachment is None:
            return None
        body = document_bytes(attachment.file, attachment.name)
        return Response(200, {"Content-Type": content_type(attachment.file)}, body)

    def _article_values(self, article: ShownArticle, state: State) -> dict[str, Any]:
        others = [other for other in state.in_section(article.section) if other.id != article.id]
        related = self._links(others[:6])
        shown = with_text_faults(article)
        return {
            "article": shown,
            "views": self._views.of(article, state.day),
            "body": body_markup(shown, self.cms, partial(self.image_url, article), related[0] if related else None),
            "attachments": [
                {"name": one.name, "url": self.attachment_url(article, one.file)} for one in shown.attachments
            ],
            "related": related,
            "page_title": shown.title,
            "section": article.section,
            "path": self.article_url(article),
            "meta_charset": "no_charset" not in article.faults,
        }

    def _links(self, articles: Sequence[ShownArticle]) -> list[Link]:
        return [Link(self.article_url(article, linked=True), with_text_faults(article).title) for article in articles]

    def _row(self, article: ShownArticle, state: State) -> Row:
        shown = with_text_faults(article)
        image = next((item.image for item in article.body if isinstance(item, Image)), None)
        return Row(
            url=self.article_url(article, linked=True),
            title=shown.title,
            summary=summary(shown),
            image=self.image_url(article, image) if image else None,
            published=article.published,
            views=self._views.of(article, state.day),
        )

    def _feed_items(self, state: State) -> list[FeedItem]:
        return [
            FeedItem(self.article_url(one, linked=True), one.title, summary(one), one.section_name, one.published.at)
            for one in map(with_text_faults, state.articles)
        ]

    def _render(self, template: str, state: State, **values: Any) -> str:
        common = {
            "base": self.base,
            "portal_name": self._name,
            "owner": self._owner,
            "sections": state.sections,
            "section": next(iter(state.sections)),
            "menu": self.menu,
            "weblinks": menus.LINKS,
            "token": secrets.token_urlsafe(6),
            "meta_charset": True,
            "newest": [],
        }
        return page(template, **(common | values))

    def _not_found(self, path: str) -> Response:
        body = page("not_found.html.j2", path=path, token=secrets.token_urlsafe(6))
        return Response(404, {"Content-Type": _HTML}, body.encode())


class SiteByNumber(PublishingSite):
    """A portal with ids in its URLs; for an article with `gone_as_list`, it returns its newest articles."""

    _ROBOTS = "User-agent: *\nAllow: /\nSitemap: {}/sitemap.xml\n"

    @abstractmethod
    def _newest(self, path: str, state: State) -> Response | None: ...

    def _paths(self, article: ShownArticle) -> set[str]:
        return {self.article_url(article), self.article_url(article, linked=True)}

    def _article_at(self, path: str, article_id: str, state: State) -> Response | None:
        article = state.article(int(article_id))
        if article is None or path not in self._paths(article):
            return None
        return self._newest(path, state) if "gone_as_list" in article.faults else self._answer(article, path, state)


def challenge() -> Response:
    """Return the cookie challenge: a script without content, with status 200."""
    return html(page("challenge.html.j2", token=secrets.token_hex(16)))


def forbidden() -> Response:
    """Return the 403 page of a firewall."""
    return replace(html(page("forbidden.html.j2", token=secrets.token_hex(8))), status=403)


def redirect(location: str) -> Response:
    """Return a permanent redirect."""
    return Response(301, {"Location": location, "Content-Type": _HTML}, b"")


def html(text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an HTML page; `headers` override the default ones."""
    usual = {"Content-Type": _HTML, "Cache-Control": "private, no-cache"}
    return Response(200, usual | dict(headers or {}), text.encode())


def plain_text(text: str) -> Response:
    """Return plain text, such as robots.txt."""
    return Response(200, {"Content-Type": "text/plain; charset=utf-8"}, text.encode())


def xml(text: str, kind: str = _XML) -> Response:
    """Return a feed or sitemap."""
    return Response(200, {"Content-Type": kind}, text.encode())


def summary(article: ShownArticle) -> str:
    """Return the summary for lists and feeds: the lead or, without one, the first paragraph; shortened."""
    first = next((item for item in article.body if isinstance(item, str)), "")
    return shortened(article.lead or first, 200)


def url_slug(article: ShownArticle, slug: str, *, linked: bool) -> str:
    """Return the slug for the article's URL; links to a moved article have only its first four words."""
    return "-".join(slug.split("-")[:4]) if linked and "moved" in article.faults else slug


def positive_number(query: Mapping[str, list[str]], name: str, default: int) -> int:
    """Return the number in the query, at least 1; `default` if it is missing or invalid."""
    value = query.get(name, [""])[0]
    return max(1, int(value)) if value.isascii() and value.isdigit() else default
