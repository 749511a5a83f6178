"""The dbt models in Dagster: what a build made and tested becomes materializations and check results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.dbt.project import DbtError, dbt_target
from dagster_project.dbt.results import Outcome, record_tests
from dagster_project.defs.dbt_models import dbt_models
from dagster_project.pipeline import BuiltMarts
from warehouse.home import Home
from warehouse.tables import store
from warehouse.tables.inputs import BuildMode
from warehouse.tables.lock import hold

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("made_manifest")]

ARTICLES = dg.AssetKey(["marts", "fct_articles"])
TEST = "unique_fct_articles_article_id"
MADE = Outcome("fct_articles", "model", "success", seconds=2.5)

Asked = list[dict[str, Any]]
Materialize = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus.open(Home(tmp_path))


@pytest.fixture
def asked() -> Asked:
    """Return how builds were called."""
    return []


@pytest.fixture
def materialize(corpus: Corpus, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> Materialize:
    """Return a function that materializes the models with a build that has this result."""

    def run(
        mode: BuildMode, outcomes: Sequence[Outcome], selection: Any = None, error: str = "", **config: Any
    ) -> dg.ExecuteInProcessResult:
        def build(_corpus: Corpus, _log: object, **options: Any) -> BuiltMarts:
            asked.append(options)
            if error:
                raise DbtError(error, outcomes)
            return BuiltMarts(mode, outcomes)

        monkeypatch.setattr(pipeline, "build_marts", build)
        return dg.materialize(
            [dbt_models()],
            resources={"corpus": corpus},
            selection=selection,
            run_config={"ops": {"dbt_models": {"config": config}}},
            raise_on_error=False,
        )

    return run


def check_of(done: dg.ExecuteInProcessResult, name: str = TEST) -> dg.AssetCheckEvaluation:
    return next(check for check in done.get_asset_check_evaluations() if check.check_name == name)


def metadata_of(done: dg.ExecuteInProcessResult, key: dg.AssetKey = ARTICLES) -> dict[str, Any]:
    events = done.asset_materializations_for_node("dbt_models")
    found = next(event for event in events if event.asset_key == key)
    return {name: value.value for name, value in found.metadata.items()}


def values(check: dg.AssetCheckEvaluation) -> dict[str, Any]:
    return {name: value.value for name, value in check.metadata.items()}


def test_a_full_build_yields_what_was_made_and_tested(materialize: Materialize, asked: Asked) -> None:
    done = materialize(BuildMode.FULL, [MADE, Outcome(TEST, "test", "pass")], full=True)
    assert metadata_of(done) == {"duration_seconds": 2.5}
    assert check_of(done).passed
    assert values(check_of(done)) == {"failures": 0, "rows_tested": "all"}
    assert asked == [{"full": True, "names": ()}]


def test_after_an_increment_every_test_has_its_last_outcome(corpus: Corpus, materialize: Materialize) -> None:
    changed = Outcome(TEST, "test", "pass", rows="changed")
    record_tests(dbt_target(corpus.home), [changed, Outcome("extractor_read_every_page", "test", "warn", 2)])
    done = materialize(BuildMode.INCREMENTAL, [MADE, changed])
    assert metadata_of(done) == {"duration_seconds": 2.5}
    assert values(check_of(done)) == {"failures": 0, "rows_tested": "changed"}
    warning = check_of(done, "extractor_read_every_page")
    assert (warning.passed, warning.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert values(warning) == {"failures": 2, "rows_tested": "all", "unchanged": True}
    made = {event.asset_key for event in done.asset_materializations_for_node("dbt_models")}
    assert dg.AssetKey(["staging", "stg_archive__crawls"]) in made, "what is downstream of it would be skipped"


def test_without_changes_all_is_as_it_was(corpus: Corpus, materialize: Materialize) -> None:
    record_tests(dbt_target(corpus.home), [Outcome(TEST, "test", "pass")])
    done = materialize(BuildMode.UNCHANGED, [])
    assert done.success
    assert metadata_of(done) == {"unchanged": True}
    assert values(check_of(done)) == {"failures": 0, "rows_tested": "all", "unchanged": True}


def test_a_failed_test_is_a_red_check_and_fails_the_step_in_words(materialize: Materialize) -> None:
    failure = Outcome(TEST, "test", "fail", 3, file="models/marts/_marts.yml", rows="changed")
    done = materialize(BuildMode.INCREMENTAL, [MADE, failure], error=f"dbt build failed.\n{failure}")
    assert not done.success
    check = check_of(done)
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "Got 3 results" in str(check.description)
    data = done.get_step_failure_events()[0].step_failure_data.user_failure_data
    assert data is not None
    assert f"Failure in test {TEST}" in str(data.description)
    assert metadata_of(done) == {"duration_seconds": 2.5}


def test_a_selection_is_made_whole_with_its_tests_and_no_other(materialize: Materialize, asked: Asked) -> None:
    alone = dg.AssetSelection.assets(ARTICLES) - dg.AssetSelection.checks_for_assets(ARTICLES)
    chosen = alone | dg.AssetSelection.checks(dg.AssetCheckKey(ARTICLES, TEST))
    done = materialize(BuildMode.FULL, [MADE, Outcome(TEST, "test", "pass")], selection=chosen)
    assert done.success
    assert asked == [{"full": False, "names": ["fct_articles", TEST]}]
    assert [event.asset_key for event in done.asset_materializations_for_node("dbt_models")] == [ARTICLES]
    assert [check.check_name for check in done.get_asset_check_evaluations()] == [TEST]


@pytest.mark.parametrize("mode", [BuildMode.FULL, BuildMode.INCREMENTAL, BuildMode.UNCHANGED])
def test_marts_show_counts_and_examples_with_page_content_escaped(
    corpus: Corpus, materialize: Materialize, mode: BuildMode
) -> None:
    with hold(corpus.home, "test", 5), store.connect(corpus.home) as warehouse:
        warehouse.execute(
            "create table marts.fct_articles as select 'a' || number as article_id, '<b> | [x](y) ' || number as title,"
            " 'https://hong.test/)|' || number as url from range(9) as numbers (number)"
        )
        warehouse.execute(
            "create table marts.fct_near_duplicates as select article_id, 1 as revision, null as other_article_id,"
            " 1 as other_revision, if(article_id = 'a8', 'copy', 'template') as kind, 0.98765::double as similarity,"
            " ['5 | 000'] as figures_added, [] as figures_removed, now() as published_by from marts.fct_articles"
        )
    made = [MADE, Outcome("fct_near_duplicates", "model", "success", seconds=1)]
    done = materialize(mode, [] if mode is BuildMode.UNCHANGED else made)
    found = metadata_of(done, dg.AssetKey(["marts", "fct_near_duplicates"]))
    assert (found["rows"], found["rows_copy"], found["rows_template"]) == (9, 1, 8)
    names, _, *examples = found["examples"].splitlines()
    assert names == "| article_id | other_article_id | kind | similarity | figures_added | figures_removed |"
    assert len(examples) == 5
    assert examples[0] == (
        r"| [&lt;b&gt; \| \[x\]\(y\) 0](<https://hong.test/%29%7C0>) |  | template | 0.99 | 5 \| 000 |  |"
    )
    assert "examples" not in metadata_of(done)
