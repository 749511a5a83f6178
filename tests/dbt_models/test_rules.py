"""The limits and rules that the dbt models share: each stands once, and what is told of it elsewhere agrees."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import duckdb
import jinja2
import pytest
import yaml

from tests.docs.pages import DOCS, text_of
from tests.warehouse.tables.made_up import PROJECT
from warehouse.text.identity import article_id

MODELS = PROJECT / "models"
EXTRACTION = MODELS / "intermediate" / "extraction" / "_extraction.yml"
MARTS = MODELS / "marts" / "_marts.yml"
LIMITS = yaml.safe_load(text_of(PROJECT / "dbt_project.yml"))["vars"]["hanoi_corpus"]


def test_every_limit_is_asked_for_and_no_other() -> None:
    models = "".join(text_of(model) for model in MODELS.rglob("*.sql"))
    assert set(re.findall(r"var\('(\w+)'\)", models)) == set(LIMITS)


@pytest.mark.parametrize(
    ("limit", "words", "pages"),
    [
        (
            "removal_hours_between_looks",
            "at least {} hours apart",
            (MODELS / "intermediate" / "articles" / "_articles.yml", MARTS, DOCS / "analyst.md", DOCS / "operate.md"),
        ),
        ("resumption_hours_max", "within {} hours", (MODELS / "intermediate" / "crawls" / "_crawls.yml",)),
        ("page_body_characters_min", "more than {} characters", (EXTRACTION, MARTS, DOCS / "operate.md")),
        ("breakage_pages_min", "at least {} pages", (MARTS,)),
        ("breakage_days_before", "{} days before", (MARTS,)),
    ],
)
def test_a_limit_is_told_as_it_is(limit: str, words: str, pages: tuple[Path, ...]) -> None:
    for page in pages:
        assert words.format(LIMITS[limit]) in " ".join(text_of(page).split()), page.name


@pytest.mark.parametrize(
    ("portal", "key"),
    [
        ("my-duc", "4401001"),
        ("tay-ho", "https://tay-ho.test/tin/-/view_content/1-khai-hoi"),
        ("tay-ho", "https://tay-ho.test/tin/lễ-hội-chùa-hương?trang=2&mục=văn hoá"),
        ("tay-ho", unicodedata.normalize("NFD", "lễ-hội-chùa-hương")),
        ("thu-do", "Quận Hoàn Kiếm, phường Hàng Đào: 'Tết' 100 %"),
        ("thu-do", ""),
    ],
    ids=["number", "address", "Vietnamese address", "decomposed", "quotation marks", "empty"],
)
def test_sql_and_python_name_an_article_alike(portal: str, key: str) -> None:
    macros = "".join(text_of(macro) for macro in sorted((PROJECT / "macros").glob("*.sql")))
    sql = jinja2.Environment(autoescape=False).from_string(f"{macros}{{{{ article_id('$portal', '$key') }}}}").render()  # noqa: S701 - it is SQL
    (named,) = duckdb.sql(f"select {sql.strip()}", params={"portal": portal, "key": key}).fetchall()
    assert named == (article_id(portal, key),)


def test_every_rule_is_called() -> None:
    rules = {macro.stem for macro in (PROJECT / "macros").glob("*.sql")} - {"generate_schema_name"}
    called = "".join(text_of(file) for folder in (MODELS, PROJECT / "macros") for file in folder.rglob("*.sql"))
    assert {rule for rule in rules if not re.search(rf"(?<!macro )\b{rule}\(", called)} == set()
