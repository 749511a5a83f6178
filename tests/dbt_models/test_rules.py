"""Limits and macros of the dbt project: all are used, and texts state the limits correctly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.docs.pages import DOCS, text_of
from tests.warehouse.tables.made_up import PROJECT

MODELS = PROJECT / "models"
EXTRACTION = MODELS / "intermediate" / "extraction" / "_extraction.yml"
MARTS = MODELS / "marts" / "_marts.yml"
LIMITS = yaml.safe_load(text_of(PROJECT / "dbt_project.yml"))["vars"]["hanoi_corpus"]


def test_models_use_every_limit_and_no_undefined_one() -> None:
    models = "".join(text_of(model) for model in MODELS.rglob("*.sql"))
    assert set(re.findall(r"var\('(\w+)'\)", models)) == set(LIMITS)


@pytest.mark.parametrize(
    ("limit", "words", "pages"),
    [
        (
            "removal_hours_between_crawls",
            "at least {} hours apart",
            (MODELS / "intermediate" / "articles" / "_articles.yml", MARTS, DOCS / "analyst.md", DOCS / "operate.md"),
        ),
        ("resumption_hours_max", "within {} hours", (MODELS / "intermediate" / "crawls" / "_crawls.yml",)),
        ("page_body_characters_min", "more than {} characters", (EXTRACTION, MARTS, DOCS / "operate.md")),
        ("breakage_pages_min", "at least {} pages", (MARTS,)),
        ("breakage_days_before", "{} days before", (MARTS,)),
    ],
)
def test_texts_state_the_value_of_a_limit(limit: str, words: str, pages: tuple[Path, ...]) -> None:
    for page in pages:
        assert words.format(LIMITS[limit]) in " ".join(text_of(page).split()), page.name


def test_every_macro_is_called() -> None:
    macros = {macro.stem for macro in (PROJECT / "macros").glob("*.sql")} - {"generate_schema_name"}
    calls = "".join(text_of(file) for folder in (MODELS, PROJECT / "macros") for file in folder.rglob("*.sql"))
    assert {macro for macro in macros if not re.search(rf"(?<!macro )\b{macro}\(", calls)} == set()
