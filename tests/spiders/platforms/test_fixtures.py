"""Every hand-written page of `tests/fixtures` comes out exactly as the file beside it says.

A new case is a folder with `page.html` and `article.json`; no code. `bench.extraction.cases` says what stands in it.
"""

from __future__ import annotations

import pytest

from bench.extraction.cases import Case, fixture_cases
from bench.extraction.score import as_fields, paragraphs, words
from spiders.extract.article import QUALITY_FLAGS, extract_page
from spiders.extract.version import EXTRACTOR_VERSION
from spiders.platforms import PLATFORMS
from spiders.portal import portal_of_platform

CASES = list(fixture_cases())
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each_case
def test_page_comes_out_as_expected(case: Case) -> None:
    portal = portal_of_platform(case.platform, case.url)
    article = extract_page(case.body, case.url, portal, case.captured_at, case.content_type)
    found = None if article is None else as_fields(article)
    # Only what the file says is compared.
    assert (found and {name: found[name] for name in case.gold or found}) == case.gold
    assert article is None or set(article.quality_flags) <= QUALITY_FLAGS.keys()
    assert article is None or article.extractor_version == EXTRACTOR_VERSION


@each_case
def test_a_person_has_read_the_case(case: Case) -> None:
    assert case.is_confirmed, f"read {case.name}/article.json beside its page, then set confirmed to true"


@each_case
def test_no_paragraph_of_gold_is_furniture(case: Case) -> None:
    furniture = [words(text) for text in case.furniture]
    assert [text for text in paragraphs(case.gold or {}) if words(text) in furniture] == []


def test_every_platform_has_fixtures() -> None:
    assert {case.platform for case in CASES} == set(PLATFORMS)
