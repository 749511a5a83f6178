"""Extraction agrees exactly with the gold of every page in `tests/fixtures`, and a person has confirmed the gold.

To add a case, add a folder with `page.html` and `article.json`; `bench.extraction.cases` describes the format.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.extraction.cases import FIXTURES
from spiders.onboarding.gold_cases import Examination, cases, examine
from spiders.platforms import PLATFORMS

CASES = cases(FIXTURES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_extraction_agrees_with_confirmed_gold(case: Path) -> None:
    assert examine(case, []) == Examination(())


def test_every_platform_has_fixtures() -> None:
    assert {case.parent.name for case in CASES} == set(PLATFORMS)
