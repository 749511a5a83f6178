"""The compared extractors: each takes a case and returns fields of an article as JSON values.

Belongs here: calling the extractors. Does not belong here: scoring their results (see `bench.extraction.score`).

`template` is our extraction with the platform's templates, `generic` ours without templates. The others get the same
bytes and URL and return text and metadata. Fields that they do not have (captions, credited source) are not judged;
only leaks of these into their text are counted.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Final

import trafilatura
from trafilatura.settings import Document

from bench.extraction.cases import Case
from bench.extraction.score import Fields
from spiders.extract.article import extract_page
from spiders.onboarding.gold_cases import as_json
from spiders.platforms import PLATFORMS
from spiders.portal import portal_of_platform

GENERIC: Final = "generic"
TEMPLATE: Final = "template"
TRAFILATURA: Final = "trafilatura"


def by_template(case: Case) -> Fields | None:
    """Extract with the templates of the page's platform."""
    return _by_ours(case, case.platform)


def by_generic(case: Case) -> Fields | None:
    """Extract without templates."""
    return _by_ours(case, GENERIC)


def _by_ours(case: Case, platform: str) -> Fields | None:
    portal = portal_of_platform(platform, case.url)
    article = extract_page(case.body, case.url, portal, case.captured_at, case.content_type)
    return None if article is None else as_json(article)


def by_trafilatura(case: Case) -> Fields:
    """Extract by trafilatura with its default options."""
    return _by_trafilatura(case, favor_precision=False)


def by_precise_trafilatura(case: Case) -> Fields:
    """Extract by trafilatura with `favor_precision`."""
    return _by_trafilatura(case, favor_precision=True)


def _by_trafilatura(case: Case, *, favor_precision: bool) -> Fields:
    document = trafilatura.bare_extraction(
        case.body, url=case.url, with_metadata=True, favor_precision=favor_precision, target_language=None
    )
    if not isinstance(document, Document):
        return _fields()
    return _fields(document.title, document.date, document.author, document.text)


def by_newspaper(case: Case) -> Fields:
    """Extract by newspaper4k from decoded text, without fetching anything."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that nltk is missing, which only its summaries need
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
    """Return whether a contender is scored on a case: not `template` if none must know the page."""
    return contender != TEMPLATE or (case.platform != GENERIC and case.platform in PLATFORMS)
