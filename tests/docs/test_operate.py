"""Lists in `operate.md` match the code: verdicts, guards, environment variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import yaml

from dagster_project.crawls.backfill import REQUESTS_PER_CHUNK
from dagster_project.defs.backfill import BackfillConfig
from dagster_project.operations.alerting.delivery import CHANNELS, active_channels
from tests.docs.pages import DOCS, PAGES, REPOSITORY, blocks, first_cells, rows, text_of
from warehouse.archive.upkeep.verify import KINDS
from warehouse.home import Home
from warehouse.records import Verdict
from warehouse.settings import Settings, load_settings
from warehouse.tables.guard import NAMES

PAGE = DOCS / "operate.md"
DBT = REPOSITORY / "dbt_models"
CODE = ("dagster_project", "spiders", "warehouse", "bench")
_VARIABLE = re.compile(r"\bHANOI_CORPUS_[A-Z]+(?:_[A-Z]+)*\b")


def variables_of_the_code() -> set[str]:
    files = [file for folder in CODE for file in (REPOSITORY / folder).rglob("*.py")]
    files += [*DBT.glob("*.yml"), REPOSITORY / "Makefile", REPOSITORY / ".ci" / "run"]
    return {name for file in files for name in _VARIABLE.findall(text_of(file))}


def test_the_table_has_exactly_the_environment_variables_of_the_code() -> None:
    assert set(first_cells(PAGE, "## Environment variables")) == variables_of_the_code()


def test_environment_variables_in_all_pages_exist() -> None:
    assert {name for page in PAGES for name in _VARIABLE.findall(text_of(page))} <= variables_of_the_code()


def test_every_verdict_is_explained() -> None:
    assert first_cells(PAGE, "## A portal is red") == list(get_args(Verdict))


def test_every_finding_of_archive_verify_is_explained() -> None:
    explained = rows(PAGE, "## Verifying the archive")
    assert {kind.strip("`"): meaning for kind, meaning in explained} == KINDS


def test_every_guard_is_explained() -> None:
    assert sorted(first_cells(PAGE, "## The guard refused")) == sorted(NAMES)


def launchpads() -> list[dict[str, Any]]:
    """Return the run configs that the page shows for the UI's launchpad, without the key `ops`."""
    return [config["ops"] for block in blocks(PAGE, "yaml") if "ops" in (config := yaml.safe_load(block))]


def test_the_override_for_the_ui_names_existing_guards() -> None:
    (override,) = (ops for ops in launchpads() if "corpus" in ops)
    assert set(override["corpus"]["config"]["allow"]) <= NAMES


def test_the_config_of_a_backfill_is_accepted_by_the_job() -> None:
    (config,) = (ops["backfill_portal"]["config"] for ops in launchpads() if "backfill_portal" in ops)
    assert BackfillConfig(**config).from_date == "2023-01-01"
    section = text_of(PAGE).partition("## Backfilling")[2].partition("\n## ")[0]
    assert [name for name in BackfillConfig.model_fields if name not in section] == []
    assert f"{REQUESTS_PER_CHUNK} by default" in section


def test_the_settings_are_shown_with_their_defaults(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (text,) = (block for block in blocks(PAGE, "yaml") if "ops" not in yaml.safe_load(block))
    home.settings_file.write_text(text, encoding="utf-8")
    shown = load_settings(home)
    assert active_channels(shown.alerts) == list(CHANNELS)
    assert shown.model_copy(update={"alerts": Settings().alerts}) == Settings()
    assert yaml.safe_load(text).keys() == Settings.model_fields.keys()


def test_every_field_of_the_check_extraction_is_explained() -> None:
    model = text_of(DBT / "models" / "intermediate" / "extraction" / "int_extraction__outcomes.sql")
    fields = re.findall(r"^ +(?:has|is)_\w+ as (\w+),?$", model, re.MULTILINE)
    assert first_cells(PAGE, "## A portal is read worse than usual") == fields


def test_the_rule_has_the_figures_of_the_dbt_project() -> None:
    project = yaml.safe_load(text_of(DBT / "dbt_project.yml"))
    limits = project["vars"]["hanoi_corpus"]
    assert {name: limit for name, limit in limits.items() if name.startswith("breakage_")} == {
        "breakage_pages_min": 10,
        "breakage_days_before": 90,
        "breakage_loss_always": 0.20,
        "breakage_loss_of_usual": 0.5,
        "breakage_loss_min": 0.05,
        "breakage_standard_errors": 3,
        "breakage_examples_max": 3,
    }
    section = text_of(PAGE).partition("## A portal is read worse than usual")[2].partition("\n## ")[0]
    figures = ("fewer than 10 pages", "90 days before", "a fifth", "half of the usual share", "a twentieth")
    for words in (*figures, "three standard errors", "three pages"):
        assert words in section
