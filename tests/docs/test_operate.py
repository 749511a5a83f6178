"""What `operate.md` lists is what the code knows: verdicts, guards, environment variables."""

from __future__ import annotations

import re
from typing import get_args

import yaml

from tests.docs.pages import DOCS, PAGES, REPOSITORY, blocks, first_cells, text_of
from warehouse.records import Verdict
from warehouse.tables.guard import NAMES

PAGE = DOCS / "operate.md"
CODE = ("dagster_project", "spiders", "warehouse", "bench")
_VARIABLE = re.compile(r"\bHANOI_CORPUS_[A-Z]+(?:_[A-Z]+)*\b")


def variables_of_the_code() -> set[str]:
    files = [file for folder in CODE for file in (REPOSITORY / folder).rglob("*.py")]
    files += [*(REPOSITORY / "dbt_models").glob("*.yml"), REPOSITORY / "Makefile", REPOSITORY / ".ci" / "run"]
    return {name for file in files for name in _VARIABLE.findall(text_of(file))}


def test_every_environment_variable_is_in_the_table_and_no_other() -> None:
    assert set(first_cells(PAGE, "## Environment variables")) == variables_of_the_code()


def test_no_page_names_another_environment_variable() -> None:
    assert {name for page in PAGES for name in _VARIABLE.findall(text_of(page))} <= variables_of_the_code()


def test_every_verdict_is_explained() -> None:
    assert first_cells(PAGE, "## A portal is red") == list(get_args(Verdict))


def test_every_guard_is_explained() -> None:
    assert sorted(first_cells(PAGE, "## The guard refused")) == sorted(NAMES)


def test_the_override_for_the_ui_names_guards() -> None:
    (block,) = blocks(PAGE, "yaml")
    assert set(yaml.safe_load(block)["ops"]["corpus"]["config"]["allow"]) <= NAMES
