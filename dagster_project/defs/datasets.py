"""The assets of datasets: one per output of a stage, and one per table of the schema `raw`.

All are generated from the stages' declarations.
Does not belong here: the list of stages (`dagster_project.derivation`), and their work.
"""

from collections.abc import Iterator, Mapping, Sequence
from time import monotonic

import dagster as dg

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.defs.captures import CRAWLS
from dagster_project.defs.vocabulary import CLEAN, EXTRACT, OWNERS, RAW, WAREHOUSE_POOL
from dagster_project.derivation import StagesOf
from dagster_project.operations.preview import article_preview
from dagster_project.runs.failures import in_words
from warehouse.datasets import ARTICLES, Dataset
from warehouse.stages import DamagedInputError, Stage, StageReport, folder_of
from warehouse.tables.load import raw_datasets, table_of

WHOLE_CHECK = "archive_is_whole"


def stage_assets(stage: Stage, stages_of: StagesOf) -> dg.AssetsDefinition:
    """Return the assets of a stage's outputs; if the stage reads WARC files, also a check for damage."""
    reads_archive = not stage.inputs
    first = dg.AssetKey(stage.outputs[0].name)

    @dg.multi_asset(
        name=stage.name,
        specs=[_spec(dataset, stage) for dataset in stage.outputs],
        check_specs=[_whole_spec(first)] if reads_archive else [],
    )
    def derive(
        context: dg.AssetExecutionContext, corpus: dg.ResourceParam[Corpus]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        started = monotonic()
        damaged: list[DamagedInputError] = []
        with in_words():
            if reads_archive:
                index = pipeline.index_archive(corpus, context.log.info)
                damaged += index.damaged
                pipeline.log_invalid_portals(corpus, context.log.info)
                for aside in index.set_aside:
                    context.log.warning(str(aside))
            # Use the current portal files; `stage` has those of the time when the code location was loaded.
            current = next(each for each in stages_of(corpus.definitions) if each.name == stage.name)
            report = pipeline.derive(corpus, current, context.log.info)
        damaged += report.damaged
        for dataset in stage.outputs:
            yield dg.MaterializeResult(
                asset_key=dg.AssetKey(dataset.name),
                metadata={**_metadata(corpus, current, dataset, report), "duration_seconds": monotonic() - started},
            )
        if reads_archive:
            errors = {error.file: str(error) for error in damaged}
            yield dg.AssetCheckResult(check_name=WHOLE_CHECK, asset_key=first, passed=not errors, metadata=errors)
        else:
            for error in damaged:
                context.log.warning(str(error))

    return derive


def raw_assets(stages: Sequence[Stage], stages_of: StagesOf) -> dg.AssetsDefinition:
    """Return the assets of the tables that dbt reads."""

    @dg.multi_asset(
        name="load_raw",
        specs=[
            dg.AssetSpec(
                dg.AssetKey(["raw", dataset.name]),
                deps=[CRAWLS, *(dg.AssetKey(output.name) for stage in stages for output in stage.outputs)],
                description=dataset.description,
                group_name=RAW,
                owners=OWNERS,
                kinds={"duckdb"},
            )
            for dataset in raw_datasets(stages)
        ],
        pool=WAREHOUSE_POOL,
    )
    def load_raw(
        context: dg.AssetExecutionContext, corpus: dg.ResourceParam[Corpus]
    ) -> Iterator[dg.MaterializeResult[None]]:
        """Load new and changed files, and drop the rows of files that are gone."""
        started = monotonic()
        with in_words():
            loads = pipeline.load_raw(corpus, stages_of(corpus.definitions), context.log.info)
        duration_seconds = monotonic() - started
        for dataset in raw_datasets(stages):
            done = loads[table_of(dataset)]
            yield dg.MaterializeResult(
                asset_key=dg.AssetKey(["raw", dataset.name]),
                metadata={
                    "rows": done.rows,
                    "files_read": done.files_read,
                    "files_dropped": done.files_dropped,
                    "duration_seconds": duration_seconds,
                },
            )

    return load_raw


def _spec(dataset: Dataset, stage: Stage) -> dg.AssetSpec:
    return dg.AssetSpec(
        dg.AssetKey(dataset.name),
        deps=[dg.AssetKey(read.name) for read in stage.inputs] or [CRAWLS],
        description=dataset.description,
        group_name=CLEAN if stage.inputs else EXTRACT,
        owners=OWNERS,
        kinds={"python", "parquet"},
    )


def _whole_spec(asset: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        WHOLE_CHECK,
        asset=asset,
        blocking=False,
        description="Every WARC file could be read from its first to its last record.",
    )


def _metadata(
    corpus: Corpus, stage: Stage, dataset: Dataset, report: StageReport
) -> Mapping[str, dg.MetadataValue | int | str]:
    counts = {name: report.count(name) for result in report.units for name in result.counts}
    metadata: dict[str, dg.MetadataValue | int | str] = {
        "rows_written": report.rows(dataset),
        "files_written": len(report.units),
        "files_unchanged": report.unchanged,
        "version": stage.version,
        **(counts if dataset == stage.outputs[0] else {}),
    }
    if dataset == ARTICLES:
        files = corpus.home.storage.list(folder_of(dataset, stage), ".parquet")
        newest = sorted(files, key=lambda stored: stored.modified_at, reverse=True)
        metadata["preview"] = dg.MetadataValue.md(article_preview(corpus.home.storage, newest))
    return metadata
