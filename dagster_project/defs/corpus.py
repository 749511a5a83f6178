"""From Parquet to the analysts' file: raw tables, dbt models with their tests as checks, the published corpus."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets
from filelock import FileLock
from pydantic import Field

from dagster_project import pipeline
from dagster_project.defs.articles import articles, identities
from dagster_project.defs.captures import CRAWLS
from dagster_project.defs.resources import CorpusHome
from dagster_project.defs.vocabulary import OWNERS, PUBLISH, RAW, WAREHOUSE_POOL
from dagster_project.instance import program
from warehouse.tables.publish import MARTS

_RAW_TABLES = {
    "captures": "Every capture in the archive: the archive's index, loaded.",
    "crawls": "Every crawl of a portal, with its verdict and counts.",
    "articles": "Every capture of an article as the current extractor reads it.",
    "unread_pages": "Every capture that should have shown an article and does not, and why.",
    "identities": "The hashes of those articles.",
    "portals": "Every portal that is defined, or that the archive still knows.",
}
_DBT_FOLDERS = ("macros", "models", "tests")
_PARSE_TIMEOUT_SECONDS = 120.0


@dg.multi_asset(
    name="load_raw",
    specs=[
        dg.AssetSpec(
            dg.AssetKey(["raw", table]),
            deps=[CRAWLS, articles, identities],
            description=description,
            group_name=RAW,
            owners=OWNERS,
            kinds={"duckdb"},
        )
        for table, description in _RAW_TABLES.items()
    ],
    pool=WAREHOUSE_POOL,
)
def raw_tables(context: dg.AssetExecutionContext, corpus: CorpusHome) -> Iterator[dg.MaterializeResult[None]]:
    """Load the files that are new or changed; rows of all others stay as they are."""
    started = monotonic()
    loads = pipeline.load_raw(corpus.home, context.log.info)
    duration_seconds = monotonic() - started
    for table, load in loads.items():
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(table.split(".")),
            metadata={
                "rows": load.rows,
                "files_read": load.files_read,
                "files_dropped": load.files_dropped,
                "duration_seconds": duration_seconds,
            },
        )


class _Translator(DagsterDbtTranslator):
    """Gives each model its layer as group, and the project's owners."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return str(dbt_resource_props["fqn"][1])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return OWNERS


def _dbt_project() -> DbtProject:
    """Return the dbt project, its manifest made anew where a model is newer than it.

    Not by the project's own preparer, which finds dbt only where the environment is activated.
    """
    project = DbtProject(project_dir=pipeline.DBT_PROJECT, profiles_dir=pipeline.DBT_PROJECT)
    project.target_path.mkdir(exist_ok=True)
    # Dagster loads definitions in several processes at once, and none may read what another has half written.
    with FileLock(project.manifest_path.with_suffix(".lock"), timeout=_PARSE_TIMEOUT_SECONDS):
        if _is_stale(project.manifest_path):
            dbt = DbtCliResource(project_dir=project, dbt_executable=program("dbt"))
            dbt.cli(["parse", "--quiet"], target_path=project.target_path).wait()
    return project


def _is_stale(manifest: Path) -> bool:
    """Tell whether a model was changed, added or removed since the manifest was made, or dbt killed in making it."""
    try:
        json.loads(manifest.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return True
    # A removed file shows in its folder alone.
    sources = [path for path in pipeline.DBT_PROJECT.glob("[!.]*") if path.suffix in (".sql", ".yml")]
    sources += [pipeline.DBT_PROJECT / folder for folder in _DBT_FOLDERS]
    sources += [path for folder in _DBT_FOLDERS for path in (pipeline.DBT_PROJECT / folder).rglob("*")]
    return manifest.stat().st_mtime < max(path.stat().st_mtime for path in sources)


_DBT = _dbt_project()


@dbt_assets(manifest=_DBT.manifest_path, project=_DBT, dagster_dbt_translator=_Translator(), pool=WAREHOUSE_POOL)
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource, corpus: CorpusHome) -> Iterator[Any]:
    """Build and test the dbt models that are selected."""
    os.environ.update(pipeline.dbt_environment(corpus.home))  # dagster-dbt hands its own environment on to dbt
    with pipeline.using_warehouse(corpus.home, "dbt build", context.log.info):
        yield from dbt.cli(["build"], context=context, target_path=pipeline.dbt_target(corpus.home)).stream()


class PublishConfig(dg.Config):
    """What an operator says when publishing.

    Attributes:
        allow: figures that may fall against the last release, by the names that the guard's message gives them.
    """

    allow: list[str] = Field(default_factory=list)


@dg.asset(
    key="corpus",
    deps=[dg.AssetKey(["marts", mart]) for mart in MARTS],
    group_name=PUBLISH,
    owners=OWNERS,
    kinds={"duckdb"},
    pool=WAREHOUSE_POOL,
)
def published_corpus(
    context: dg.AssetExecutionContext, config: PublishConfig, corpus: CorpusHome
) -> dg.MaterializeResult[None]:
    """The analysts' file, `corpus.duckdb`: the marts, compacted and read-only, replaced in one step."""
    started = monotonic()
    release = pipeline.publish_corpus(corpus.home, context.run.run_id, context.log.info, frozenset(config.allow))
    return dg.MaterializeResult(
        metadata={
            "release_id": release.release_id,
            "path": dg.MetadataValue.path(release.path),
            "duration_seconds": monotonic() - started,
            **{f"{mart}_rows": count for mart, count in release.counts.items()},
        }
    )
