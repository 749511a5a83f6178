"""The dbt models as assets, and their tests as asset checks.

Does not belong here: dbt's manifest (`dagster_project.dbt.manifest`), running dbt (`dagster_project.pipeline`), and the
models (`dbt_models`).
"""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets
from pydantic import Field

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.dbt.manifest import manifest_file
from dagster_project.dbt.project import DBT_PROJECT, DbtError, dbt_target
from dagster_project.dbt.results import Outcome, known_tests
from dagster_project.defs.vocabulary import OWNERS, WAREHOUSE_POOL
from dagster_project.operations import markdown
from dagster_project.runs.failures import in_words
from warehouse.tables.inputs import BuildMode
from warehouse.tables.overview.excerpts import Excerpt, Named


class MartsConfig(dg.Config):
    """Run config of the dbt models."""

    full: bool = Field(False, description="make all rows of all tables anew, not only those that can have changed")


def dbt_models() -> dg.AssetsDefinition:
    """Return the assets of the models; the manifest must be valid and current."""
    project = DbtProject(project_dir=DBT_PROJECT, profiles_dir=DBT_PROJECT)

    @dbt_assets(manifest=manifest_file(), project=project, dagster_dbt_translator=_Translator(), pool=WAREHOUSE_POOL)
    def dbt_models(
        context: dg.AssetExecutionContext, config: MartsConfig, corpus: dg.ResourceParam[Corpus]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        """Make and test the selected dbt models, unless the marts have these inputs already."""
        with in_words():
            try:
                made = pipeline.build_marts(corpus, context.log.info, full=config.full, names=_names(context))
            except DbtError as error:
                yield from _results(context, error.outcomes, {})
                raise
            excerpts = pipeline.read_excerpts(
                corpus, [key.path[-1] for key in context.selected_asset_keys], context.log.info
            )
        tests = known_tests(dbt_target(corpus.home))
        if made.mode is BuildMode.FULL:
            yield from _results(context, made.outcomes, excerpts)
        else:
            yield from _as_they_are(context, {outcome.name: outcome for outcome in made.outcomes}, tests, excerpts)

    return dbt_models


def _names(context: dg.AssetExecutionContext) -> Sequence[str]:
    """Return the selected models and tests, by dbt's names; empty if all are."""
    if not context.is_subset:
        return ()
    return sorted(
        {key.path[-1] for key in context.selected_asset_keys} | {key.name for key in context.selected_asset_check_keys}
    )


def _results(
    context: dg.AssetExecutionContext, outcomes: Sequence[Outcome], excerpts: Mapping[str, Excerpt]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Yield what was made and tested; after a failure, that is not all."""
    by_name = {outcome.name: outcome for outcome in outcomes}
    for key in _in_order(context):
        made = by_name.get(key.path[-1])
        if made and made.is_good:
            metadata: Mapping[str, Any] = {"duration_seconds": made.seconds, **_excerpt(excerpts.get(key.path[-1]))}
            yield dg.MaterializeResult(asset_key=key, metadata=metadata)
    for check in sorted(context.selected_asset_check_keys):
        if tested := by_name.get(check.name):
            yield _result(check, tested, {})


def _as_they_are(
    context: dg.AssetExecutionContext,
    made: Mapping[str, Outcome],
    tests: Mapping[str, Outcome],
    excerpts: Mapping[str, Excerpt],
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Yield all models and tests, also those not made or run: Dagster skips what is downstream of them."""
    for key in _in_order(context):
        outcome = made.get(key.path[-1])
        metadata: Mapping[str, Any] = {"duration_seconds": outcome.seconds} if outcome else {"unchanged": True}
        yield dg.MaterializeResult(asset_key=key, metadata={**metadata, **_excerpt(excerpts.get(key.path[-1]))})
    for check in sorted(context.selected_asset_check_keys):
        if test := tests.get(check.name):
            yield _result(check, test, {} if check.name in made else {"unchanged": True})


def _excerpt(excerpt: Excerpt | None) -> Mapping[str, dg.MetadataValue]:
    """Return the counts, which the UI plots, and the examples, with all page content escaped."""
    if excerpt is None:
        return {}
    rows = [[_shown(value) for value in row] for row in excerpt.examples]
    return {
        "rows": dg.MetadataValue.int(excerpt.rows),
        **{f"rows_{kind}": dg.MetadataValue.int(count) for kind, count in excerpt.kinds.items()},
        "examples": dg.MetadataValue.md(markdown.table(excerpt.columns, rows)),
    }


def _shown(value: object) -> object:
    if isinstance(value, Named):
        return markdown.Link(value.title or value.article_id, value.url or "")
    return f"{value:.2f}" if isinstance(value, float) else value


def _in_order(context: dg.AssetExecutionContext) -> Iterator[dg.AssetKey]:
    for key in TopologicalSorter(context.assets_def.asset_deps).static_order():
        if key in context.selected_asset_keys:
            yield key


def _result(check: dg.AssetCheckKey, test: Outcome, metadata: Mapping[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=test.is_good,
        severity=dg.AssetCheckSeverity.WARN if test.status == "warn" else dg.AssetCheckSeverity.ERROR,
        description=None if test.is_good else str(test),
        metadata={"failures": test.failures, "rows_tested": test.rows, **metadata},
    )


class _Translator(DagsterDbtTranslator):
    """Groups assets by the folder of their model, and sets the project's owners."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return str(dbt_resource_props["fqn"][1])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return OWNERS
