"""The job that crawls a portal's history in chunks, with a lower priority than scheduled crawls.

Belongs here: its run config, its priority in the run queue, and the metadata of each chunk.
Does not belong here: the chunks (`dagster_project.crawls.backfill`), and building: as after any crawl, the next build
adds the articles to the corpus.
"""

import hashlib
from collections.abc import Sequence
from datetime import date

import dagster as dg
from pydantic import Field

from dagster_project.corpus import Corpus
from dagster_project.crawls.backfill import REQUESTS_PER_CHUNK, BoundsError, Chunk, backfill, checked_bounds
from dagster_project.defs.crawl_metadata import outcome_metadata
from dagster_project.defs.vocabulary import BACKFILL_POOL, BACKFILL_TAGS
from dagster_project.runs.failures import in_words
from spiders.crawl.plan import Bounds
from spiders.portal import PortalError


class BackfillConfig(dg.Config):
    """Run config of the backfill; in the UI, the portal is chosen from a list."""

    portal: str = Field(description="the portal's slug")
    from_date: str | None = Field(None, description="first day of publication, in Hanoi, such as 2024-01-31")
    until_date: str | None = Field(None, description="last day of publication, in Hanoi")
    depth: int | None = Field(None, description="maximum number of pages of each list")
    requests_per_chunk: int = Field(
        REQUESTS_PER_CHUNK, description="requests per chunk; other crawls may run between two chunks"
    )
    chunks_max: int | None = Field(None, description="pause after this many chunks")


def backfill_job(slugs: Sequence[str]) -> dg.JobDefinition:
    """Return the job that backfills one of these portals per run."""
    # Dagster keeps config types by name for as long as its process lives: another list needs another name.
    name = f"Portal_{hashlib.sha256(' '.join(slugs).encode()).hexdigest()[:8]}"
    portal = dg.Enum(name, [dg.EnumValue(slug) for slug in slugs])
    description = "the portal's slug; a portal that is new since the code location was loaded needs a reload"

    @dg.op(
        pool=BACKFILL_POOL,
        out=dg.Out(dg.Nothing),
        config_schema={**BackfillConfig.to_fields_dict(), "portal": dg.Field(portal, description=description)},
        required_resource_keys={"corpus"},
    )
    def backfill_portal(context: dg.OpExecutionContext) -> None:
        """Crawl the portal's history until nothing is left or `chunks_max` is reached; a later run continues."""
        with in_words():
            _backfill(context, BackfillConfig(**context.op_config), context.resources.corpus)

    @dg.job(
        name="backfill",
        description="Crawls a portal's history in chunks; its daily crawl runs between two chunks. Terminate the run "
        "to pause, launch it again with the same config to continue.",
        tags=BACKFILL_TAGS,
    )
    def job() -> None:
        backfill_portal()

    return job


def _backfill(context: dg.OpExecutionContext, config: BackfillConfig, corpus: Corpus) -> None:
    bounds = _checked(corpus, config)
    context.instance.add_run_tags(context.run.run_id, {"backfill": config.portal})
    chunks = backfill(corpus, config.portal, bounds, context.run.run_id, context.log.info, chunks_max=config.chunks_max)
    done: list[Chunk] = []
    for chunk in chunks:
        done.append(chunk)
        context.log.info("%s: %s", config.portal, chunk)
        context.log_event(
            dg.AssetMaterialization(["backfills", config.portal.replace("-", "_")], str(chunk), _metadata(chunk))
        )
    context.log.info("%s: %s", config.portal, _summary(done))


def _checked(corpus: Corpus, config: BackfillConfig) -> Bounds:
    """Return the bounds in the config, or fail before anything is requested.

    Raises:
        dagster.Failure: a value of the config is invalid.
    """
    try:
        corpus.portal(config.portal)
        if config.chunks_max is not None and config.chunks_max < 1:
            raise BoundsError(f"chunks_max {config.chunks_max}: must be at least 1")
        return checked_bounds(
            _day("from_date", config.from_date),
            _day("until_date", config.until_date),
            config.depth,
            config.requests_per_chunk,
            corpus.today,
        )
    except (PortalError, BoundsError) as error:
        raise dg.Failure(f"invalid run config: {error}. Nothing was requested.", allow_retries=False) from error


def _day(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BoundsError(f"{name} {text!r} is not a date such as 2024-01-31") from error


def _metadata(chunk: Chunk) -> dict[str, dg.MetadataValue]:
    return {
        "chunk": dg.MetadataValue.int(chunk.number),
        "requests": dg.MetadataValue.int(chunk.report.requests),
        "articles_new": dg.MetadataValue.int(chunk.report.articles_new),
        "lists_left": dg.MetadataValue.int(chunk.lists_left),
        **outcome_metadata(chunk.report),
        "warc_file": dg.MetadataValue.text(chunk.report.warc_file),
    }


def _summary(chunks: list[Chunk]) -> str:
    articles = sum(chunk.report.articles_new for chunk in chunks)
    if chunks and chunks[-1].lists_left:
        return f"paused with {articles} new articles; launch the job again with the same config to continue"
    return f"the backfill is complete; {articles} new articles in this run"
