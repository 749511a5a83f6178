"""The asset of the published corpus, downstream of the marts.

Does not belong here: the dbt models (`dagster_project.defs.dbt_models`), and publishing (`warehouse.tables.publish`).
"""

from time import monotonic

import dagster as dg
from pydantic import Field

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.defs.vocabulary import OWNERS, PUBLISH, WAREHOUSE_POOL
from dagster_project.runs.failures import in_words
from warehouse.tables.publish import MARTS

_DESCRIPTION = "The analysts' file `corpus.duckdb`: the marts, compacted and read-only, replaced atomically."


class PublishConfig(dg.Config):
    """Run config of publishing."""

    allow: list[str] = Field(
        [], description="figures that may fall below the last release, by their names in the guard's message"
    )


def published_corpus(complaint: str | None) -> dg.AssetsDefinition:
    """Return the asset of the analysts' file.

    `complaint`: why the dbt models are missing, or None. If they are missing, materializing the asset fails.
    """

    @dg.asset(
        key="corpus",
        description=f"Not published: {complaint}" if complaint else _DESCRIPTION,
        deps=[dg.AssetKey(["marts", mart]) for mart in MARTS],
        group_name=PUBLISH,
        owners=OWNERS,
        kinds={"duckdb"},
        pool=WAREHOUSE_POOL,
    )
    def published_corpus(
        context: dg.AssetExecutionContext, config: PublishConfig, corpus: dg.ResourceParam[Corpus]
    ) -> dg.MaterializeResult[None]:
        if complaint:
            raise dg.Failure(f"nothing was published: {complaint}", allow_retries=False)
        started = monotonic()
        with in_words():
            done = pipeline.publish_corpus(corpus, context.run.run_id, context.log.info, frozenset(config.allow))
        release = done.release
        if not done.is_new:
            context.log.info(f"unchanged since release {release.release_id}: nothing was published")
        return dg.MaterializeResult(
            metadata={
                "release_id": release.release_id,
                "is_new": done.is_new,
                "path": dg.MetadataValue.path(release.path),
                "duration_seconds": monotonic() - started,
                **{f"{mart}_rows": count for mart, count in release.counts.items()},
            }
        )

    return published_corpus
