"""The asset of the portals' health page, downstream of the marts."""

from time import monotonic

import dagster as dg

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.defs.vocabulary import OWNERS, PUBLISH, WAREHOUSE_POOL

_MARTS = ("dim_portals", "fct_articles", "fct_crawls", "fct_extraction_quality", "fct_portal_days")


@dg.asset(
    deps=[dg.AssetKey(["marts", mart]) for mart in _MARTS],
    group_name=PUBLISH,
    owners=OWNERS,
    kinds={"html"},
    pool=WAREHOUSE_POOL,
)
def portal_health(context: dg.AssetExecutionContext, corpus: dg.ResourceParam[Corpus]) -> dg.MaterializeResult[None]:
    """Page of all portals: verdicts and articles of 30 days, coverage, last healthy crawl, silence."""
    started = monotonic()
    page = pipeline.write_portal_health(corpus, context.log.info)
    return dg.MaterializeResult(
        metadata={
            "portals": page.portals,
            "path": dg.MetadataValue.path(page.path),
            "url": dg.MetadataValue.url(page.path.as_uri()),
            "health": dg.MetadataValue.md(page.markdown),
            "duration_seconds": monotonic() - started,
        }
    )
