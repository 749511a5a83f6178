"""The dbt models as assets, and their tests as asset checks.

Does not belong here: dbt's manifest (`dagster_project.dbt.manifest`), and the models (`dbt_models`).
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from dagster_project.corpus import Corpus
from dagster_project.dbt.manifest import MANIFEST
from dagster_project.dbt.project import DBT_PROJECT, dbt_environment, dbt_target, full_disk, full_disk_cause
from dagster_project.defs.vocabulary import OWNERS, WAREHOUSE_POOL
from dagster_project.warehouse_access import using_warehouse

# Where less is free after dbt has failed, it failed for lack of space, whatever it could still print.
_FULL_BYTES = 1_000_000


def dbt_models() -> dg.AssetsDefinition:
    """Return the assets of the models; the manifest must be valid and current."""
    project = DbtProject(project_dir=DBT_PROJECT, profiles_dir=DBT_PROJECT)

    @dbt_assets(manifest=MANIFEST, project=project, dagster_dbt_translator=_Translator(), pool=WAREHOUSE_POOL)
    def dbt_models(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, corpus: dg.ResourceParam[Corpus]
    ) -> Iterator[Any]:
        """Build and test the selected dbt models."""
        os.environ.update(dbt_environment(corpus.home))  # dagster-dbt passes this process's environment to dbt
        with using_warehouse(corpus.home, "dbt build", context.log.info):
            target = dbt_target(corpus.home)
            try:
                yield from dbt.cli(["build"], context=context, target_path=target).stream()
            except DagsterDbtCliRuntimeError as error:
                cause = full_disk_cause(str(error))
                if cause is None and shutil.disk_usage(corpus.home.root).free > _FULL_BYTES:
                    raise
                # Not `from error`: its message repeats every line that dbt could not write.
                message = full_disk("dbt build failed.", target, cause or "nothing is free")
                raise dg.Failure(message, allow_retries=False) from None

    return dbt_models


class _Translator(DagsterDbtTranslator):
    """Groups assets by the folder of their model, and sets the project's owners."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return str(dbt_resource_props["fqn"][1])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return OWNERS
