"""The dbt sources follow from the datasets' declarations."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from dagster_project.dbt.sources import dbt_sources
from dagster_project.derivation import corpus_stages
from tests.conftest import REPOSITORY
from warehouse.datasets import Dataset
from warehouse.tables.load import raw_datasets


def test_the_committed_file_is_up_to_date() -> None:
    committed = (REPOSITORY / "dbt_models/models/staging/_sources.yml").read_text(encoding="utf-8")
    assert committed == dbt_sources(raw_datasets(corpus_stages({}))), "run `make docs`"


@dataclass(frozen=True)
class Heading:
    capture_id: str
    words: int


def test_a_dataset_is_a_table_mapped_to_its_asset() -> None:
    made = yaml.safe_load(dbt_sources([Dataset("headings", Heading, "Các tiêu đề: một dòng mỗi trang.")]))
    assert made["sources"][0]["tables"] == [
        {
            "name": "headings",
            "description": "Các tiêu đề: một dòng mỗi trang.",
            "config": {"meta": {"dagster": {"asset_key": ["raw", "headings"]}}},
        }
    ]
