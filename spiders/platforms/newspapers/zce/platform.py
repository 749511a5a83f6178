"""The editor of Zing, as Nhân Dân, VietnamPlus and many other papers have it: known by `zce-content-body`.

Here: the markup and addresses of this one CMS. Not here: what the systems of all papers share
(`spiders.platforms.newspapers.shared`).

Nobody prints a name of the whole system; `zce` is what its text's element says on every paper. Known from scrapers of
eight papers on it, not from its pages. Themes differ (`article__title`, `details__headline`), the `cms-…` classes
beside them do not: `cms-title`, `cms-desc`, `cms-body`, `cms-date`, `cms-author`, `cms-source`. An article stands at
`/<slug>-post<id>.html`, with `.vnp` and the like on some papers, and before 2022 at `/<slug>-<id>/`, the id the same.
Captions are the second row of a table (`table.picture td.caption`), which archives flatten to `Quang cảnh. |`; newer
ones are `figcaption`. A link to another article stands amid the text, the author at its end or in `.article__author`.
Sitemaps: `/sitemap.xml` leads to `/sitemaps/news-<year>-<month>.xml`, the month without a zero.

The older layout, with hyphens (`article-title`, `the-article-title`), is still in use on some papers.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from spiders.pages.page import Links, Page
from spiders.pages.signatures import class_signature
from spiders.platforms.newspapers.marks import Marks, first_of
from spiders.platforms.newspapers.shared import (
    declared_urls,
    is_variant,
    links_of,
    list_url,
    plain_article_url,
    rows_of,
)
from spiders.platforms.parts.selectors import by_mark
from spiders.portal import Portal
from warehouse.records import ListRow

NAME: Final = "zce"

SIGNATURES: Final = (
    class_signature(3, "zce-content-body"),
    class_signature(1, "cms-body"),
    class_signature(1, "article__body"),
)
DENY: Final = ()

_ARTICLE: Final = re.compile(
    r"-post(?P<id>\d+)(?:\.[a-z]{2,5})?$|/(?=[\d-]*[^/\d.-])[^/]*-(?P<dashed>\d{5,})(?:\.(?:html?|vnp|tpo))?$|"
    r"/(?P<bare>\d{5,})\.(?:html?|vnp|tpo)$",
    re.IGNORECASE,
)
_TOPIC: Final = re.compile(r"/(?:su-kien|chu-de|dong-su-kien|event|topic|tac-gia)/|-(?:event|topic|author)\d+\.\w+$")

_ROW_TITLES: Final = ("story__heading", "story__title", "box-title", "article-title")
_ROW_BOXES: Final = frozenset(("story", "article-item", "box-news-item", "news-item"))
_ROW_SUMMARIES: Final = frozenset(("story__summary", "story__sapo", "box-des", "article-summary"))

_NOT_TEXT: Final = re.compile(
    r"(?:^|\s)(?:(?:article|cms|box|news|inner|the-article)[_-]{1,2}(?:relat\S*|ads?\S*|banner\S*)|"
    r"(?:the-)?article(?:__|-)(?:title|sapo|summary|meta|date|publish|author|source|tags?|social|share|footer|header|"
    r"comment|action|more)\S*|cms-(?:title|desc|date|author|source|tags?|social|inread)|relate\S*|tinlienquan|"
    r"social\S*|share\S*|(?:wrap-)?comment\S*|ads?(?:[_-]\S*)?|adv(?:ert\S*|[_-]\S*)?|banner\S*|gallery__nav|breadcrumb\S*|"
    r"story|source|hidden|more-news)(?:\s|$)"
)

_CMS_BODY: Final = Marks(
    head=("cms-title", "cms-desc", "cms-date", "article__title", "article__sapo", "article__meta", "zce-content-body"),
    title=("cms-title", "article__title"),
    body=("zce-content-body", "cms-body", "article__body"),
    lead=("cms-desc", "article__sapo"),
    date_line=("cms-date", "article__meta", "article__time", "details__meta", "meta"),
    author=("cms-author", "article__author", "details__author", "author"),
    source=("cms-source", "article__source"),
    section=("article__cate", "breadcrumb", "breadcrumbs"),
    tags=("article__tag", "cms-tags", "article__tags", "details__tags"),
    not_text=_NOT_TEXT,
)
_ARTICLE_BODY: Final = Marks(
    head=("article-title", "the-article-title", "article-sapo", "the-article-summary", "the-article-publish"),
    title=("article-title", "the-article-title"),
    body=("article-body", "the-article-body"),
    lead=("article-sapo", "article-summary", "the-article-summary", "summary"),
    date_line=("article-date", "article-publish", "the-article-publish", "article-meta", "the-article-meta"),
    author=("article-author", "the-article-author"),
    source=("source", "article-source", "the-article-source"),
    section=("article-cate", "the-article-category", "breadcrumb"),
    tags=("article-tags", "the-article-tags", "article-tag"),
    not_text=_NOT_TEXT,
)


def canonical_url(url: str) -> str:
    """Return the one address that stands for all that show the same thing.

    Of an article: its plain address, also for what AMP, phones and printers are shown. Of a list: path and page.
    """
    return plain_article_url(url, article=_ARTICLE) or list_url(url)


def article_key(url: str) -> str | None:
    """Return the article's number, however the address spells it."""
    plain = plain_article_url(url, article=_ARTICLE)
    found = _ARTICLE.search(urlsplit(plain).path) if plain else None
    return (found["id"] or found["dashed"] or found["bare"]) if found else None


def page_key(page: Page) -> str | None:
    """Return the key of the address that the page declares as its own."""
    return next((key for url in declared_urls(page) if (key := article_key(url))), None)


def is_article_url(url: str, portal: Portal) -> bool:
    """Tell whether an article stands at the address, and not another view of it."""
    path = urlsplit(url).path
    return bool(_ARTICLE.search(path.rstrip("/"))) and not is_variant(url) and not _TOPIC.search(path)


def is_list(page: Page) -> bool:
    """Tell whether the page shows rows of articles."""
    return bool(list_rows(page))


def list_rows(page: Page) -> tuple[ListRow, ...]:
    """Return the rows of a list page, in page order."""
    found = by_mark(page.tree, frozenset(_ROW_TITLES))
    headings = first_of(found, _ROW_TITLES)
    return rows_of(page, headings, box_classes=_ROW_BOXES, summary_classes=_ROW_SUMMARIES)


def links(page: Page, portal: Portal) -> Links:
    """Return where the page leads; lists come from menus, breadcrumbs and paging."""
    marks = next((marks for marks in (_CMS_BODY, _ARTICLE_BODY) if marks.fit(page)), None)
    return links_of(
        page,
        portal,
        is_article_url=lambda url: is_article_url(url, portal),
        bodies=marks.bodies(page) if marks else (),
        row_count=0 if marks else len(list_rows(page)),
    )


TEMPLATES: Final = (_CMS_BODY.template("cms-body"), _ARTICLE_BODY.template("article-body"))
