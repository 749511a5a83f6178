"""The data model page: it is up to date and complete."""

from __future__ import annotations

import pytest
import yaml

from dagster_project import data_model
from tests.docs.pages import DOCS, REPOSITORY, text_of
from warehouse.tables.publish import MARTS


def test_the_page_is_up_to_date() -> None:
    assert text_of(DOCS / "data-model.md") == data_model.data_model(), "run `make docs`"


def test_every_published_column_is_listed() -> None:
    sections = dict(section.partition("\n")[::2] for section in text_of(DOCS / "data-model.md").split("\n## ")[1:])
    described = yaml.safe_load((REPOSITORY / data_model.MARTS_FILE).read_text(encoding="utf-8"))["models"]
    assert set(MARTS) == {model["name"] for model in described}
    for model in described:
        for column in model["columns"]:
            assert f"| `{column['name']}` | `{column['data_type']}` |" in sections[model["name"]]


def test_an_unknown_kind_of_dbt_test_is_refused() -> None:
    column = {"name": "title", "data_type": "varchar", "description": "x", "data_tests": [{"is_polite": {}}]}
    with pytest.raises(data_model.DataModelError, match=r"fct_x\.title: cannot describe a test of kind is_pol"):
        data_model._column(column, "fct_x")


def test_a_column_without_description_is_refused() -> None:
    with pytest.raises(data_model.DataModelError, match=r"fct_x\.title has no description"):
        data_model._column({"name": "title", "data_type": "varchar"}, "fct_x")


def test_a_vertical_bar_in_a_description_is_escaped() -> None:
    row = data_model._column({"name": "title", "data_type": "varchar", "description": "a | b"}, "fct_x")
    assert row == "| `title` | `varchar` | a &#124; b |  |"
