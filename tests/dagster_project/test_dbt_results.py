"""Outcomes of models and tests in dbt's log, and their record; a script stands in for dbt."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from dagster_project.dbt.project import DbtError, build_models, dbt_target
from dagster_project.dbt.results import Outcome, known_tests, record_tests
from warehouse.home import Home
from warehouse.tables.inputs import BuildMode

pytestmark = pytest.mark.process

MODEL = {
    "info": {"level": "info", "name": "LogModelResult", "msg": "1 of 1 OK"},
    "data": {
        "index": 1,
        "total": 1,
        "execution_time": 0.5,
        "node_info": {
            "unique_id": "model.hanoi_corpus.fct_articles",
            "resource_type": "model",
            "node_status": "success",
            "node_path": "marts/fct_articles.sql",
            "node_finished_at": "2026-11-30T09:50:48.584044",
        },
    },
}


def result_of(name: str, failures: int, *, severity: str = "ERROR") -> dict[str, Any]:
    return {"name": name, "failures": failures, "severity": severity, "file": "models/marts/_marts.yml"}


def changed(*tests: dict[str, Any]) -> dict[str, Any]:
    message = json.dumps({"tested_changed_rows": tests})
    return {"info": {"level": "info", "name": "JinjaLogInfo", "msg": message}, "data": {"msg": message}}


Build = Callable[[Sequence[dict[str, Any]]], list[Outcome]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def increment(home: Home, lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Return a function that makes an increment with a dbt that logs these events."""
    script = tmp_path / "dbt"
    monkeypatch.setattr("dagster_project.dbt.project.program", lambda _name: str(script))
    home.root.mkdir()

    def build(events: Sequence[dict[str, Any]]) -> list[Outcome]:
        printed = "\n".join(map(json.dumps, events))
        script.write_text(f"#!{sys.executable}\nprint({printed!r})", encoding="utf-8")
        script.chmod(0o700)
        return build_models(home, lines.append, BuildMode.INCREMENTAL)

    return build


def test_models_and_tests_of_an_increment_are_known(home: Home, increment: Build, lines: list[str]) -> None:
    model, test = increment([MODEL, changed(result_of("unique_a", 0))])
    assert model == Outcome("fct_articles", "model", "success", 0, 0.5, "marts/fct_articles.sql")
    assert (test.name, test.status, test.rows, test.is_good) == ("unique_a", "pass", "changed", True)
    assert known_tests(dbt_target(home)) == {"unique_a": test}
    assert [line for line in lines if "unique_a" in line] == []


def test_a_failure_names_test_file_and_number_as_dbt_does(home: Home, increment: Build) -> None:
    with pytest.raises(DbtError) as failed:
        increment([MODEL, changed(result_of("unique_a", 3), result_of("not_null_b", 1), result_of("not_null_c", 0))])
    assert str(failed.value).splitlines() == [
        "dbt build failed, so nothing was published.",
        "Failure in test unique_a (models/marts/_marts.yml)",
        "  Got 3 results, configured to fail if != 0",
        "Failure in test not_null_b (models/marts/_marts.yml)",
        "  Got 1 result, configured to fail if != 0",
    ]
    assert [outcome.name for outcome in failed.value.outcomes if not outcome.is_good] == ["unique_a", "not_null_b"]
    assert known_tests(dbt_target(home)) == {}, "the marts are not complete"


def test_a_warning_is_said_and_fails_nothing(home: Home, increment: Build, lines: list[str]) -> None:
    increment([MODEL, changed(result_of("read_every_page", 2, severity="warn"))])
    assert (
        "Warning in test read_every_page (models/marts/_marts.yml)\n  Got 2 results, configured to warn if != 0"
        in lines
    )
    assert known_tests(dbt_target(home))["read_every_page"].status == "warn"


def test_an_increment_whose_tests_said_nothing_fails(increment: Build) -> None:
    with pytest.raises(DbtError, match=r"nothing was published\. dbt said nothing about the tests"):
        increment([MODEL])


def test_a_warning_about_other_rows_stays_until_all_rows_are_tested(tmp_path: Path) -> None:
    everything = [Outcome("a", "test", "warn", 4), Outcome("b", "test", "pass")]
    record_tests(tmp_path, everything)
    record_tests(
        tmp_path, [Outcome("a", "test", "pass", rows="changed"), Outcome("b", "test", "warn", 1, rows="changed")]
    )
    known = known_tests(tmp_path)
    assert (known["a"].status, known["a"].failures, known["a"].rows) == ("warn", 4, "all")
    assert (known["b"].status, known["b"].failures, known["b"].rows) == ("warn", 1, "changed")
    record_tests(tmp_path, [Outcome("a", "test", "pass"), Outcome("b", "test", "pass")])
    assert all(outcome.is_good and outcome.rows == "all" for outcome in known_tests(tmp_path).values())


@pytest.mark.parametrize("text", ["", "[{]", "[1]", '[{"name": "a"}]', "{}"])
def test_a_damaged_record_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "tests.json").write_text(text, encoding="utf-8")
    assert known_tests(tmp_path) == {}


@pytest.mark.parametrize(
    ("mode", "changed_share", "expected"),
    [
        (BuildMode.INCREMENTAL, 0.0, "1000MB"),
        (BuildMode.INCREMENTAL, 0.1, "2600MB"),
        (BuildMode.INCREMENTAL, 0.4, "4000MB"),
        (BuildMode.FULL, 0.0, "4000MB"),
    ],
)
def test_the_memory_of_dbt_grows_with_the_share_of_crawls_that_changed(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: BuildMode, changed_share: float, expected: str
) -> None:
    script = tmp_path / "dbt"
    monkeypatch.setattr("dagster_project.dbt.project.program", lambda _name: str(script))
    script.write_text(
        f"#!{sys.executable}\nimport os, sys\nsys.exit(os.environ['HANOI_CORPUS_DUCKDB_MEMORY'])", "utf-8"
    )
    script.chmod(0o700)
    home.root.mkdir()
    home.settings_file.write_text("memory_limit_gb: 4\n", encoding="utf-8")
    with pytest.raises(DbtError, match=expected):
        build_models(home, print, mode, changed_share=changed_share)
