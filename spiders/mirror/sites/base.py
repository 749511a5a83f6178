"""What all test portals share: answers, view counters, and the parts of a site that do not depend on its CMS.

Here: faults of the HTTP answer, what befalls a portal as a whole, attachments, the page not found. Not here: any CMS's
addresses.
"""

from __future__ import annotations

import re
import secrets
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from types import MappingProxyType
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs, urlsplit

from spiders.mirror import menus
from spiders.mirror.content import Content, Image, Moment, ShownArticle, State
from spiders.mirror.days import moment_of
from spiders.mirror.documents import content_type, document_bytes
from spiders.mirror.faults import with_text_faults
from spiders.mirror.markup import Cms, Link, body_markup
from spiders.mirror.redesign import redesigned
from spiders.mirror.render import page, shortened
from spiders.mirror.validators import is_unchanged

SLOW_SECONDS = 1.5
_HTML = "text/html;charset=UTF-8"
_XML = "application/xml; charset=utf-8"
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Response:
    """An answer before it is put on the wire.

    Attributes:
        headers: without `Content-Length` and `Content-Encoding`, which the server adds.
        delay_seconds: how long a slow portal takes before it answers.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay_seconds: float = 0.0


CONNECTION_RESET: Final = Response(0, _NO_HEADERS, b"")
"""In place of an answer: the server resets the connection."""


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
    """View counters of one portal: each reading of an article counts, whoever reads."""

    _readings: Counter[int] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def read(self, article_id: int) -> None:
        """Count one reading."""
        with self._lock:
            self._readings[article_id] += 1

    def of(self, article: ShownArticle, day: int) -> int:
        """Return what the portal shows; by each further day other readers have been there."""
        with self._lock:
            return article.views + self._readings[article.id] + (37 + article.id % 50) * (day - 1)


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
        """Return the answer to a GET on that day.

        Args:
            target: a path with its query.
            day: one of `DAYS`.
            headers: of the request, their names in lower case.
            at: the time; where not given, that at which a crawl of that day begins.
        """


class PublishingSite(Site):
    """What the CMSs share: articles by id, faults of the answer, attachments, the page not found."""

    cms: ClassVar[Cms]
    menu: ClassVar[menus.Menu]

    def __init__(self, content: Content, portal: str, host: str, name: str, owner: str) -> None:
        self.host = host
        self.portal = portal
        self._name = name
        self._owner = owner
        self._content = content
        self._views = Views()
        self._states: dict[int, State] = {}

    def state(self, day: int) -> State:
        """Return what the portal shows on that day."""
        if day not in self._states:
            self._states[day] = self._content.state(self.portal, day)
        return self._states[day]

    def get(
        self, target: str, day: int, headers: Mapping[str, str] = _NO_HEADERS, at: datetime | None = None
    ) -> Response:
        """Return the answer to a GET of `target` on that day, or what the portal's condition puts in its place."""
        state = self.state(day)
        if state.condition == "outage":
            return CONNECTION_RESET
        if state.condition == "challenge":
            return challenge()
        if state.condition == "forbidden":
            return forbidden()
        parts = urlsplit(target)
        response = self._page_at(parts.path, parse_qs(parts.query), state) or self._not_found(parts.path)
        if state.condition == "redesign" and response.headers["Content-Type"].startswith("text/html"):
            response = replace(response, body=redesigned(response.body))
        validators = self._validators(parts.path, response, state, at or moment_of(day))
        if response.status == 200 and is_unchanged(headers, validators):
            return Response(304, validators, b"")
        return replace(response, headers={**response.headers, **validators})

    def _validators(self, path: str, response: Response, state: State, at: datetime) -> Mapping[str, str]:
        """Return `ETag` and `Last-Modified` of an answer; most portals send none."""
        return _NO_HEADERS

    @abstractmethod
    def article_url(self, article: ShownArticle, *, linked: bool = False) -> str:
        """Return the article's path; with `linked`, the one that the portal's links use.

        They differ for articles with the fault `moved`, whose links are stale.
        """

    @abstractmethod
    def _page_at(self, path: str, query: Mapping[str, list[str]], state: State) -> Response | None: ...

    @abstractmethod
    def _article_page(self, article: ShownArticle, state: State) -> str: ...

    def image_url(self, article: ShownArticle, file: str) -> str:
        """Return the path of a picture, which answers 404."""
        return f"/uploads/{article.published.at:%Y/%m}/{file}"

    def attachment_url(self, article: ShownArticle, file: str) -> str:
        """Return the path of an attachment."""
        return f"/documents/{article.id}/{file}"

    def _answer(self, article: ShownArticle | None, path: str, state: State) -> Response | None:
        """Return the article's page with the faults of its answer; None where there is none at `path`."""
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
        response = html(self._article_page(article, state), headers)
        if "slow" in article.faults:
            return Response(response.status, response.headers, response.body, SLOW_SECONDS)
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
        others = [other for other in state.articles if other.section == article.section and other.id != article.id]
        related = self._links(others[:6])
        shown = with_text_faults(article)
        return {
            "article": shown,
            "views": self._views.of(article, state.day),
            "body": body_markup(
                shown,
                self.cms,
                lambda file: self.image_url(article, file),
                related[0] if related else None,
            ),
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
            FeedItem(
                self.article_url(article, linked=True),
                with_text_faults(article).title,
                summary(with_text_faults(article)),
                article.section_name,
                article.published.at,
            )
            for article in state.articles
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


def challenge() -> Response:
    """Return the cookie challenge: status 200 with a script and no content."""
    return html(page("challenge.html.j2", token=secrets.token_hex(16)))


def forbidden() -> Response:
    """Return what a firewall says to those whom it does not let through."""
    return replace(html(page("forbidden.html.j2", token=secrets.token_hex(8))), status=403)


def redirect(location: str) -> Response:
    """Return a permanent redirect."""
    return Response(301, {"Location": location, "Content-Type": _HTML}, b"")


def html(text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page; `headers` win over the usual ones."""
    usual = {"Content-Type": _HTML, "Cache-Control": "private, no-cache"}
    return Response(200, usual | dict(headers or {}), text.encode())


def plain_text(text: str) -> Response:
    """Return a plain text, such as robots.txt."""
    return Response(200, {"Content-Type": "text/plain; charset=utf-8"}, text.encode())


def xml(text: str, kind: str = _XML) -> Response:
    """Return a feed or sitemap."""
    return Response(200, {"Content-Type": kind}, text.encode())


def summary(article: ShownArticle) -> str:
    """Return what lists and feeds say of the article: the lead, or the beginning of the body."""
    first = next((item for item in article.body if isinstance(item, str)), "")
    return shortened(article.lead or first, 200)


def stale_slug(slug: str) -> str:
    """Return the slug that an article had before it moved: the first words of today's."""
    return "-".join(slug.split("-")[:4])


def positive_number(query: Mapping[str, list[str]], name: str, default: int) -> int:
    """Return the query's positive number; what is none counts as not given, as portals have it."""
    value = query.get(name, [""])[0]
    return max(1, int(value)) if value.isascii() and value.isdigit() else default
