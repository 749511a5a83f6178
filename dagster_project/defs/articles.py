"""From the archive to comparable articles: extraction, and the hashes of the normal form."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import dagster as dg

from dagster_project import pipeline
from dagster_project.defs.captures import CRAWLS
from dagster_project.defs.resources import CorpusHome
from dagster_project.defs.vocabulary import CLEAN, EXTRACT, OWNERS
from dagster_project.operations.preview import article_preview
from spiders.extract.version import EXTRACTOR_VERSION
from warehouse.home import Home


@dg.asset(
    deps=[CRAWLS],
    group_name=EXTRACT,
    owners=OWNERS,
    kinds={"python", "parquet"},
    check_specs=[
        dg.AssetCheckSpec(
            "archive_is_whole",
            asset="articles",
            blocking=False,
            description="Every WARC file could be read from its first record to its last.",
        )
    ],
)
def articles(
    context: dg.AssetExecutionContext, corpus: CorpusHome
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What each capture of an article page says: one Parquet file a WARC file, by one version of the extractor."""
    started = monotonic()
    index = pipeline.index_archive(corpus.home)
    extraction = pipeline.extract(corpus.home, context.log.info)
    damaged = {error.path: str(error) for error in (*index.damaged, *extraction.damaged)}
    yield dg.MaterializeResult(
        metadata={
            "articles_extracted": sum(extraction.articles.values()),
            "unread_pages": extraction.unread_pages,
            "bodies_undecodable": extraction.undecodable,
            "files_written": len(extraction.articles),
            "files_unchanged": extraction.unchanged,
            "extractor_version": EXTRACTOR_VERSION,
            "duration_seconds": monotonic() - started,
            "preview": dg.MetadataValue.md(article_preview(_newest(corpus.home))),
        }
    )
    yield dg.AssetCheckResult(
        check_name="archive_is_whole",
        passed=not damaged,
        metadata={str(path): message for path, message in damaged.items()},
    )


@dg.asset(deps=[articles], group_name=CLEAN, owners=OWNERS, kinds={"python", "parquet"})
def identities(corpus: CorpusHome) -> dg.MaterializeResult[None]:
    """The normal form's hashes of every extracted article.

    `content_hash` compares bodies across portals, `revision_hash` tells edits of one article; both are SHA-256 of the
    normal form (NFC, one tone-mark placement, folded white space, quotes and dashes).
    """
    started = monotonic()
    identification = pipeline.identify(corpus.home)
    return dg.MaterializeResult(
        metadata={
            "identities_written": sum(identification.identities.values()),
            "files_written": len(identification.identities),
            "files_unchanged": identification.unchanged,
            "duration_seconds": monotonic() - started,
        }
    )


def _newest(home: Home) -> list[Path]:
    files = home.articles(EXTRACTOR_VERSION).glob("*/[!.]*.parquet")
    return sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)
