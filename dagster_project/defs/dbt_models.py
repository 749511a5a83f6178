"""The dbt models as assets, and their tests as asset checks.

Does not belong here: dbt's manifest (`dagster_project.dbt.manifest`), and the models (`dbt_models`).
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

from dagster_project.corpus import Corpus
from dagster_project.dbt.manifest import MANIFEST
from dagster_project.dbt.project import DBT_PROJECT, dbt_environment, dbt_target
from dagster_project.defs.vocabulary import OWNERS, WAREHOUSE_POOL
from dagster_project.warehouse_access import using_warehouse


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
            yield from dbt.cli(["build"], context=context, target_path=dbt_target(corpus.home)).stream()

    return dbt_models


class _Translator(DagsterDbtTranslator):
    """Groups assets by the folder of their model, and sets the project's owners."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return str(dbt_resource_props["fqn"][1])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return OWNERS
