"""The platform ZCE: Zing's CMS, used by Nhân Dân, VietnamPlus and many other newspapers.

Belongs here: markup and URLs of this CMS. Does not belong here: code that the newspaper CMSs share
(`spiders.platforms.newspapers.cms`).

The CMS has no published name; `zce` is from `zce-content-body`, the class of its text on every site. The source is
scrapers of eight newspapers on this CMS; no pages were examined. Theme classes differ (`article__title`,
`details__headline`), but all sites have `cms-title`, `cms-desc`, `cms-body`, `cms-date`, `cms-author` and `cms-source`
too. An article's URL is `/<slug>-post<id>.html`, with suffixes such as `.vnp` on some sites; before 2022 it was
`/<slug>-<id>/` with the same id. Older captions are the second row of a table (`table.picture td.caption`), which text
archives store as `Quang cảnh. |`; newer captions are `figcaption`. The text contains a link to another article. The
author is at the end of the text or in `.article__author`. `/sitemap.xml` links to `/sitemaps/news-<year>-<month>.xml`,
where the month has no leading zero. Some sites still use an older layout (`article-title`, `the-article-title`).
"""

from __future__ import annotations

import re
from typing import Final

from spiders.pages.signatures import class_signature
from spiders.platforms.newspapers.cms import NewspaperCms
from spiders.platforms.newspapers.marks import Marks

_ARTICLE: Final = re.compile(
    r"-post(?P<id>\d+)(?:\.[a-z]{2,5})?$|/(?=[\d-]*[^/\d.-])[^/]*-(?P<dashed>\d{5,})(?:\.(?:html?|vnp|tpo))?$|"
    r"/(?P<bare>\d{5,})\.(?:html?|vnp|tpo)$",
    re.IGNORECASE,
)
_TOPIC: Final = re.compile(r"/(?:su-kien|chu-de|dong-su-kien|event|topic|tac-gia)/|-(?:event|topic|author)\d+\.\w+$")

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

CMS: Final = NewspaperCms(
    NAME="zce",
    SIGNATURES=(
        class_signature(3, "zce-content-body"),
        class_signature(1, "cms-body"),
        class_signature(1, "article__body"),
    ),
    TEMPLATES=(_CMS_BODY.template("cms-body"), _ARTICLE_BODY.template("article-body")),
    layouts=(_CMS_BODY, _ARTICLE_BODY),
    article=_ARTICLE,
    topic=_TOPIC,
    row_titles=("story__heading", "story__title", "box-title", "article-title"),
    row_boxes=frozenset(("story", "article-item", "box-news-item", "news-item")),
    row_summaries=frozenset(("story__summary", "story__sapo", "box-des", "article-summary")),
)
