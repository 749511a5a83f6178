"""The platform ONECMS by ePi, used by Hà Nội Mới and other newspapers.

Belongs here: markup and URLs of this CMS, and of Hà Nội Mới's previous one. Does not belong here: code that the
newspaper CMSs share (`spiders.platforms.newspapers.cms`).

The source is scrapers of nine newspapers on ONECMS; no pages were examined. An article's URL is `/<slug>-<id>.html`,
possibly below a section; the id alone identifies the article. There are two article headers, and some sites use both:
`c-detail-head__…`, and `sc-longform-header-…`, first for longforms only and now for ordinary articles too, possibly
inside the text element. The text is `.b-maincontent` or `article.entry`, with template boxes (`c-box`) inside. The
author element often contains a credit (`Theo Báo Thử`). A script loads further list rows, so older articles are found
only through sitemaps: `/sitemap.xml` links to `/sitemap-article-<day>.xml`. Feeds are `/rss/<section>`.

Until 2023 Hà Nội Mới was at hanoimoi.com.vn, with article URLs `/tin-tuc/<section>/<id>/<slug>`. The new site numbers
its articles anew, so old and new articles can have the same number: keys of old ones begin with `2012-`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from spiders.pages.page import ArticleParts, Page, Template
from spiders.pages.signatures import class_signature, signature
from spiders.platforms.newspapers.cms import NewspaperCms
from spiders.platforms.newspapers.marks import Marks, first_of
from spiders.platforms.parts.selectors import first_text, select
from spiders.platforms.parts.urls import URL_IN_TEXT, url_in_text
from spiders.portal import Portal

_ARTICLE: Final = re.compile(
    r"/(?=[\d-]*[^/\d.-])[^/]*-(?P<id>\d{4,})\.html?$|^/(?:tin-tuc|media)/[^/]+/(?P<old>\d{4,})(?:/[^/]*)?$",
    re.IGNORECASE,
)
_PRINT: Final = re.compile(r"^/(?:print|in-bai)/(?P<id>\d{4,})(?:\.html?)?$")
_TOPIC: Final = re.compile(r"^/(?:su-kien|chu-de|event|topic|dong-su-kien)/")

_COPIED_URL: Final = select("//*[@id='url-copy']")

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


class _Onecms(NewspaperCms):
    def article_key(self, url: str) -> str | None:
        """Return the article number in the URL; numbers of hanoimoi.com.vn are prefixed with `2012-`."""
        found = self.article_in(url) or _PRINT.search(urlsplit(url).path)
        if found is None:
            return None
        old = found.groupdict().get("old")
        return f"2012-{old}" if old else found["id"]

    def is_article_url(self, url: str, portal: Portal) -> bool:
        """Tell whether the URL is an article's; false for variants and for a slash after `.html`."""
        return bool(self.article.search(urlsplit(url).path)) and super().is_article_url(url, portal)

    def row_headings(self, marked: Mapping[str, list[HtmlElement]]) -> list[HtmlElement]:
        """Return the headings of the rows; pages from before 2023 mark them with either of two classes."""
        *titles, timeline, bdrtp = self.row_titles
        return first_of(marked, titles) or marked[timeline] + marked[bdrtp]


def _article_parts(layout: Marks, page: Page) -> ArticleParts:
    """Return the article's parts, with the source URL that the page shows for copying beside a credit."""
    parts = layout.article_parts(page)
    if parts.credited_source_url or not parts.credited_source_name:
        return parts
    copied = first_text(_COPIED_URL(page.tree)) or ""
    # Broken markup may append other text to the URL; then the end of the URL is unknown.
    url = url_in_text(copied) if URL_IN_TEXT.fullmatch(copied) else None
    return replace(parts, credited_source_url=url)


CMS: Final = _Onecms(
    NAME="onecms",
    SIGNATURES=(
        class_signature(2, "b-maincontent"),
        class_signature(2, "c-detail-head__time"),
        class_signature(2, "block-sc-publish-time"),
        class_signature(2, "sc-longform-header-date"),
        class_signature(1, "c-box"),
        signature(1, "OneCMS's name", r"\bonecms\b"),
    ),
    TEMPLATES=(
        Template("longform", None, _LONGFORM.fit, partial(_article_parts, _LONGFORM)),
        Template("detail", None, _DETAIL.fit, partial(_article_parts, _DETAIL)),
        # The new site was online for the school exams of June 2023; the exact day is unknown.
        _HANOIMOI_2012.template("hanoimoi-2012", until=date(2023, 6, 30)),
    ),
    layouts=(_LONGFORM, _DETAIL, _HANOIMOI_2012),
    article=_ARTICLE,
    topic=_TOPIC,
    row_titles=("b-grid__title", "c-news__title", "timeline", "bdrtp"),  # the last two: before 2023
    row_boxes=frozenset(("b-grid", "c-news", "timeline")),
    row_summaries=frozenset(("b-grid__desc", "c-news__desc", "summary")),
)
