"""ONECMS by ePi, as Hà Nội Mới and other papers run it.

Here: the markup and addresses of this one CMS, and of what Hà Nội Mới ran before it. Not here: what the systems of
all papers share (`spiders.platforms.newspapers.shared`).

Known from scrapers of nine papers on it, not from its pages. An article stands at `/<slug>-<id>.html`, also below a
section; the id alone identifies it. Two heads are in use, on some papers side by side: `c-detail-head__…`, and
`sc-longform-header-…`, which began with longforms and now stands over ordinary articles too; it may stand inside the
text's own element. The text is `.b-maincontent` or `article.entry`, with the template's boxes (`c-box`) in it. What
stands in the author's place is often a credit (`Theo Báo Thử`). Lists go on by script, so that older articles are
found in the sitemaps alone: `/sitemap.xml` leads to `/sitemap-article-<day>.xml`. Feeds are `/rss/<section>`.

Hà Nội Mới stood at hanoimoi.com.vn until 2023, its articles at `/tin-tuc/<section>/<id>/<slug>`; ids were given anew
with the move, so that a number alone could name two articles.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from spiders.pages.page import ArticleParts, Links, Page, Template
from spiders.pages.signatures import class_signature, signature
from spiders.platforms.newspapers.marks import Marks, first_of
from spiders.platforms.newspapers.shared import (
    declared_urls,
    is_variant,
    links_of,
    list_url,
    plain_article_url,
    rows_of,
)
from spiders.platforms.parts.addresses import WRITTEN_ADDRESS, written_address
from spiders.platforms.parts.selectors import by_mark, first_text, select
from spiders.portal import Portal
from warehouse.records import ListRow

NAME: Final = "onecms"

SIGNATURES: Final = (
    class_signature(2, "b-maincontent"),
    class_signature(2, "c-detail-head__time"),
    class_signature(2, "block-sc-publish-time"),
    class_signature(2, "sc-longform-header-date"),
    class_signature(1, "c-box"),
    signature(1, "OneCMS named", r"\bonecms\b"),
)
DENY: Final = ()

_ARTICLE: Final = re.compile(
    r"/(?=[\d-]*[^/\d.-])[^/]*-(?P<id>\d{4,})\.html?$|^/(?:tin-tuc|media)/[^/]+/(?P<old>\d{4,})(?:/[^/]*)?$",
    re.IGNORECASE,
)
_PRINT: Final = re.compile(r"^/(?:print|in-bai)/(?P<id>\d{4,})(?:\.html?)?$")
_TOPIC: Final = re.compile(r"^/(?:su-kien|chu-de|event|topic|dong-su-kien)/")

_ROW_TITLES: Final = ("b-grid__title", "c-news__title", "timeline", "bdrtp")  # the last two: before 2023
_ROW_BOXES: Final = frozenset(("b-grid", "c-news", "timeline"))
_ROW_SUMMARIES: Final = frozenset(("b-grid__desc", "c-news__desc", "summary"))
_COPIED_FROM: Final = select("//*[@id='url-copy']")

_BODY: Final = ("b-maincontent", "entry", "content-main-normal")
_SOURCE: Final = ("js-source-copy", "c-source")
_SECTION: Final = ("breadcrumb-item", "c-breadcrumb", "breadcrumb")
_TAGS: Final = ("onecms__tags", "c-widget-tags", "c-tags")
_NOT_TEXT: Final = re.compile(
    r"(?:^|\s)(?:c-(?:box|widget|news|comment|share|tags|author|relate|detail-head|social|source|more|banner)\S*|"
    r"b-grid\S*|sc-longform-header\S*|block-sc-(?:title|sapo|author|publish-time)|onecms__\S+|js-source-copy|"
    r"ads?(?:[_-]\S*)?|adv(?:ert\S*|[_-]\S*)?|banner\S*|relate\S*|breadcrumb\S*)(?:\s|$)"
)

_LONGFORM: Final = Marks(
    head=("sc-longform-header-title", "block-sc-title", "sc-longform-header-date", "block-sc-publish-time"),
    title=("sc-longform-header-title", "block-sc-title"),
    body=_BODY,
    lead=("sc-longform-header-sapo", "block-sc-sapo"),
    date_line=("sc-longform-header-date", "block-sc-publish-time"),
    author=("sc-longform-header-author", "block-sc-author", "c-author-page", "c-author"),
    source=_SOURCE,
    section=_SECTION,
    tags=_TAGS,
    not_text=_NOT_TEXT,
)
_DETAIL: Final = Marks(
    head=("c-detail-head__title", "c-detail-head__time", "c-detail-head"),
    title=("c-detail-head__title",),
    body=_BODY,
    lead=("c-detail-head__sapo", "Headlines", "desc"),
    date_line=("c-detail-head__time",),
    author=("c-detail-head__author", "c-author-page", "c-author"),
    source=_SOURCE,
    section=_SECTION,
    tags=_TAGS,
    not_text=_NOT_TEXT,
)
_HANOIMOI_2012: Final = Marks(
    head=("period", "refer", "#NewsDetails"),
    title=(),
    body=("#abody", "article"),
    lead=("summary",),
    date_line=("period", "refer"),
    author=("author",),
    section=("breadcrumb", "cap"),
    tags=("tags",),
    not_text=re.compile(
        r"(?:^|\s)(?:summary|period|moder|refer|author|relate\S*|tags?|share\S*|social\S*|comment\S*|ads?(?:[_-]\S*)?|"
        r"adv(?:ert\S*|[_-]\S*)?|banner\S*|paging)(?:\s|$)"
    ),
)


def canonical_url(url: str) -> str:
    """Return the one address that stands for all that show the same thing.

    Of an article: its plain address, also for what AMP, phones and printers are shown. Of a list: path and page.
    """
    return plain_article_url(url, article=_ARTICLE) or list_url(url)


def article_key(url: str) -> str | None:
    """Return the digits that end the address; the number in an address of hanoimoi.com.vn marked as such."""
    plain = plain_article_url(url, article=_ARTICLE)
    found = _ARTICLE.search(urlsplit(plain).path) if plain else _PRINT.search(urlsplit(url).path)
    if found is None:
        return None
    old = found.groupdict().get("old")
    return f"2012-{old}" if old else found["id"]


def page_key(page: Page) -> str | None:
    """Return the key of the address that the page declares as its own."""
    return next((key for url in declared_urls(page) if (key := article_key(url))), None)


def is_article_url(url: str, portal: Portal) -> bool:
    """Tell whether an article stands at the address, and not another view of it."""
    path = urlsplit(url).path
    return bool(_ARTICLE.search(path)) and not is_variant(url) and not _TOPIC.match(path)


def is_list(page: Page) -> bool:
    """Tell whether the page shows rows of articles."""
    return bool(list_rows(page))


def list_rows(page: Page) -> tuple[ListRow, ...]:
    """Return the rows of a list page, in page order."""
    found = by_mark(page.tree, frozenset(_ROW_TITLES))
    headings = [*found["timeline"], *found["bdrtp"]]
    return rows_of(
        page, first_of(found, _ROW_TITLES[:2]) or headings, box_classes=_ROW_BOXES, summary_classes=_ROW_SUMMARIES
    )


def links(page: Page, portal: Portal) -> Links:
    """Return where the page leads; lists come from menus, breadcrumbs and paging."""
    marks = next((marks for marks in (_LONGFORM, _DETAIL, _HANOIMOI_2012) if marks.fit(page)), None)
    return links_of(
        page,
        portal,
        is_article_url=lambda url: is_article_url(url, portal),
        bodies=marks.bodies(page) if marks else (),
        row_count=0 if marks else len(list_rows(page)),
    )


def _with_address_copied(parts: ArticleParts, page: Page) -> ArticleParts:
    """Return the parts with the address that the page offers for copying beside the credit."""
    if parts.credited_source_url or not parts.credited_source_name:
        return parts
    copied = first_text(_COPIED_FROM(page.tree)) or ""
    # Broken markup may run other text into it, and nothing shows where the address ends then.
    url = written_address(copied) if WRITTEN_ADDRESS.fullmatch(copied) else None
    return replace(parts, credited_source_url=url)


def _longform_parts(page: Page) -> ArticleParts:
    return _with_address_copied(_LONGFORM.article_parts(page), page)


def _detail_parts(page: Page) -> ArticleParts:
    return _with_address_copied(_DETAIL.article_parts(page), page)


TEMPLATES: Final = (
    Template("longform", None, _LONGFORM.fit, _longform_parts),
    Template("detail", None, _DETAIL.fit, _detail_parts),
    # The new site was up for the school exams of June 2023; the very day is not known.
    _HANOIMOI_2012.template("hanoimoi-2012", until=date(2023, 6, 30)),
)
