"""The dbt models as assets, and their tests as asset checks.

Does not belong here: dbt's manifest (`dagster_project.dbt.manifest`), and the models (`dbt_models`).
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from time import monotonic
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.dbt.code import code_digest
from dagster_project.dbt.manifest import manifest_file
from dagster_project.dbt.project import (
    DBT_PROJECT,
    dbt_environment,
    dbt_target,
    full_disk,
    full_disk_cause,
    test_statuses,
)
from dagster_project.defs.vocabulary import OWNERS, WAREHOUSE_POOL
from dagster_project.runs.failures import in_words
from dagster_project.warehouse_access import using_warehouse
from warehouse.archive.upkeep.space import check_space_of
from warehouse.tables import inputs

# Where less is free after dbt has failed, it failed for lack of space, whatever it could still print.
_FULL_BYTES = 1_000_000


def dbt_models() -> dg.AssetsDefinition:
    """Return the assets of the models; the manifest must be valid and current."""
    project = DbtProject(project_dir=DBT_PROJECT, profiles_dir=DBT_PROJECT)

    @dbt_assets(manifest=manifest_file(), project=project, dagster_dbt_translator=_Translator(), pool=WAREHOUSE_POOL)
    def dbt_models(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, corpus: dg.ResourceParam[Corpus]
    ) -> Iterator[Any]:
        """Build and test the selected dbt models, unless the marts have these inputs already."""
        os.environ.update(dbt_environment(corpus.home))  # dagster-dbt passes this process's environment to dbt
        code = code_digest()
        with in_words(), using_warehouse(corpus.home, "dbt build", context.log.info):
            check_space_of(corpus.home)
            target = dbt_target(corpus.home)
            digest = inputs.inputs_digest(corpus.home, code)
            if not inputs.begin(corpus.home, digest):
                context.log.info("nothing has changed since the last build: dbt was not run")
                yield from _as_they_are(context, test_statuses(target))
                return
            began = monotonic()
            try:
                yield from dbt.cli(["build"], context=context, target_path=target).stream()
            except DagsterDbtCliRuntimeError as error:
                cause = full_disk_cause(str(error))
                if cause is None and shutil.disk_usage(corpus.home.root).free > _FULL_BYTES:
                    raise
                # Not `from error`: its message repeats every line that dbt could not write.
                message = full_disk("dbt build failed.", target, cause or "nothing is free")
                raise dg.Failure(message, allow_retries=False) from None
            if not context.is_subset:
                inputs.record(corpus.home, digest)
                pipeline.record_duration(corpus, pipeline.build_marts.__name__, monotonic() - began)

    return dbt_models


def _as_they_are(
    context: dg.AssetExecutionContext, statuses: Mapping[str, str]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Yield the models and tests as they are: Dagster skips what is downstream of a missing one."""
    for key in TopologicalSorter(context.assets_def.asset_deps).static_order():
        if key in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=key, metadata={"unchanged": True})
    for check in sorted(context.selected_asset_check_keys):
        if check.name in statuses:
            yield dg.AssetCheckResult(
                asset_key=check.asset_key,
                check_name=check.name,
                passed=statuses[check.name] == "pass",
                # A test that failed would have left no marts that are complete.
                severity=dg.AssetCheckSeverity.WARN,
                description="unchanged since the last build",
                metadata={"unchanged": True},
            )


class _Translator(DagsterDbtTranslator):
    """Groups assets by the folder of their model, and sets the project's owners."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return str(dbt_resource_props["fqn"][1])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return OWNERS
