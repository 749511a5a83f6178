"""The extractors that are compared: each takes a case's bytes and tells fields of an article as JSON has them.

Here: calling them. Not here: what is made of what they say (`bench.extraction.score`).

`template` is ours as the portal's platform reads the page, `generic` ours with the templates switched off. The others
are given the same bytes and address, and asked for text and metadata; what they have no field for (captions, credited
source) is not judged, only what of it leaks into their text.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Final

import trafilatura
from trafilatura.settings import Document

from bench.extraction.cases import Case
from bench.extraction.score import Fields, as_fields
from spiders.extract.article import extract_page
from spiders.platforms import PLATFORMS
from spiders.portal import portal_of_platform

GENERIC: Final = "generic"
TEMPLATE: Final = "template"
TRAFILATURA: Final = "trafilatura"


def by_template(case: Case) -> Fields | None:
    """Read the page as a portal of its platform would be read."""
    return _by_ours(case, case.platform)


def by_generic(case: Case) -> Fields | None:
    """Read the page as one of a portal whose platform no template knows."""
    return _by_ours(case, GENERIC)


def _by_ours(case: Case, platform: str) -> Fields | None:
    portal = portal_of_platform(platform, case.url)
    article = extract_page(case.body, case.url, portal, case.captured_at, case.content_type)
    return None if article is None else as_fields(article)


def by_trafilatura(case: Case) -> Fields:
    """Read the page by trafilatura as it is."""
    return _by_trafilatura(case, favor_precision=False)


def by_precise_trafilatura(case: Case) -> Fields:
    """Read the page by trafilatura, told to leave out rather than to take too much."""
    return _by_trafilatura(case, favor_precision=True)


def _by_trafilatura(case: Case, *, favor_precision: bool) -> Fields:
    document = trafilatura.bare_extraction(
        case.body, url=case.url, with_metadata=True, favor_precision=favor_precision, target_language=None
    )
    if not isinstance(document, Document):
        return _fields()
    return _fields(document.title, document.date, document.author, document.text)


def by_newspaper(case: Case) -> Fields:
    """Read the page by newspaper4k, which is given the text decoded, and fetches nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it misses nltk, which only its summaries need
        import newspaper
    article = newspaper.Article(case.url, language="vi", fetch_images=False)
    article.download(input_html=case.body.decode("utf-8", "replace"))
    article.parse()
    published_at = article.publish_date
    return _fields(
        article.title, published_at and published_at.isoformat(), ", ".join(article.authors or ()), article.text
    )


def _fields(
    title: str | None = None, published_at: str | None = None, byline: str | None = None, text: str | None = None
) -> Fields:
    return {
        "title": title,
        "published_at": published_at,
        "published_precision": "minute" if published_at and "T" in published_at else "day",
        "byline": byline,
        "body": [line for line in (text or "").splitlines() if line.strip()],
    }


CONTENDERS: Final[Mapping[str, Callable[[Case], Fields | None]]] = {
    TEMPLATE: by_template,
    GENERIC: by_generic,
    TRAFILATURA: by_trafilatura,
    "trafilatura, precision": by_precise_trafilatura,
    "newspaper4k": by_newspaper,
}
OURS: Final = (TEMPLATE, GENERIC)


def contends(contender: str, case: Case) -> bool:
    """Tell whether the contender has a part in the case: templates have none in pages that none shall know."""
    return contender != TEMPLATE or (case.platform != GENERIC and case.platform in PLATFORMS)
