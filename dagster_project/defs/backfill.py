"""The job that reads a portal's history in chunks, beside the daily crawls and never before them.

Here: its config, its place in the queue, and what a run shows of each chunk. Not here: chunks and when they end
(`dagster_project.crawls.backfill`), and bringing the articles into the corpus: the next build does, as after any crawl.
"""

from datetime import date

import dagster as dg
from pydantic import Field

from dagster_project.corpus import Corpus
from dagster_project.crawls.backfill import REQUESTS_PER_CHUNK, BoundsError, Chunk, backfill, checked_bounds
from dagster_project.defs.vocabulary import BACKFILL_POOL, BACKFILL_TAGS
from spiders.crawl.plan import Bounds
from spiders.portal import PortalError, find_portal


class BackfillConfig(dg.Config):
    """What an operator says when launching it."""

    portal: str = Field(description="its slug")
    from_date: str | None = Field(None, description="first day of publication, in Hanoi, such as 2024-01-31")
    until_date: str | None = Field(None, description="last day of publication, in Hanoi")
    depth: int | None = Field(None, description="pages of each list, at the most")
    requests_per_chunk: int = Field(
        REQUESTS_PER_CHUNK, description="requests until the portal is free for others, for a moment"
    )
    chunks_max: int | None = Field(None, description="pause after so many chunks")


@dg.op(pool=BACKFILL_POOL, out=dg.Out(dg.Nothing))
def backfill_portal(context: dg.OpExecutionContext, config: BackfillConfig, corpus: dg.ResourceParam[Corpus]) -> None:
    """Read the portal's history until nothing is left, or the run is terminated; another run goes on there."""
    bounds = _checked(corpus, config)
    context.instance.add_run_tags(context.run.run_id, {"backfill": config.portal})
    chunks = backfill(corpus, config.portal, bounds, context.run.run_id, context.log.info, chunks_max=config.chunks_max)
    told: list[Chunk] = []
    for chunk in chunks:
        told.append(chunk)
        context.log.info("%s: %s", config.portal, chunk)
        context.log_event(
            dg.AssetMaterialization(["backfills", config.portal.replace("-", "_")], str(chunk), _metadata(chunk))
        )
    context.log.info("%s: %s", config.portal, _how_it_ended(told))


def _checked(corpus: Corpus, config: BackfillConfig) -> Bounds:
    """Return the bounds; every wrong value is told before anything is requested.

    Raises:
        dagster.Failure: a value of the config is wrong.
    """
    try:
        find_portal(corpus.portals, config.portal)
        if config.chunks_max is not None and config.chunks_max < 1:
            raise BoundsError(f"chunks_max {config.chunks_max}: there is at least one")
        return checked_bounds(
            _day("from_date", config.from_date),
            _day("until_date", config.until_date),
            config.depth,
            config.requests_per_chunk,
            corpus.today,
        )
    except (PortalError, BoundsError) as error:
        raise dg.Failure(f"the run's config is wrong: {error}. Nothing was requested.", allow_retries=False) from error


def _day(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BoundsError(f"{name} {text!r} is no day such as 2024-01-31") from error


def _metadata(chunk: Chunk) -> dict[str, dg.MetadataValue]:
    report = chunk.report
    return {
        "chunk": dg.MetadataValue.int(chunk.number),
        "requests": dg.MetadataValue.int(report.requests),
        "articles_new": dg.MetadataValue.int(report.articles_new),
        "lists_left": dg.MetadataValue.int(chunk.lists_left),
        "verdict": dg.MetadataValue.text(report.verdict),
        "reason": dg.MetadataValue.text(report.verdict_reason),
        "errors": dg.MetadataValue.json(dict(report.errors)),
        "duration_seconds": dg.MetadataValue.float((report.ended_at - report.started_at).total_seconds()),
        "warc_file": dg.MetadataValue.text(report.warc_file),
    }


def _how_it_ended(chunks: list[Chunk]) -> str:
    articles = sum(chunk.report.articles_new for chunk in chunks)
    if chunks and chunks[-1].lists_left:
        return f"paused with {articles} new articles; launch it again with the same config, and it goes on"
    return f"the backfill has come to its end; {articles} new articles in this run"


@dg.job(
    name="backfill",
    description="A portal's history, in chunks between which its daily crawl comes first. Terminate the run to pause; "
    "launch it again with the same config to go on.",
    tags=BACKFILL_TAGS,
)
def backfill_job() -> None:
    """One portal a run."""
    backfill_portal()
