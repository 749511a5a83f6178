"""The asset of the portals' health: the present state of all portals, red ones first.

The state in its metadata is that of the run; the site, which its description links, shows that of today.
"""

from collections.abc import Iterator, Sequence
from time import monotonic

import dagster as dg

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.defs.vocabulary import OWNERS, PUBLISH, WAREHOUSE_POOL
from dagster_project.operations import links
from dagster_project.operations.plain_text import hanoi_minute, one_line, printable
from dagster_project.operations.states import CorpusState, PortalState, corpus_state

NO_PORTAL_IS_RED = "no_portal_is_red"

_MARTS = ("dim_portals", "fct_articles", "fct_crawls", "fct_extraction_quality", "fct_portal_days")
_REASON_CHARACTERS_MAX = 160


@dg.asset(
    deps=[dg.AssetKey(["marts", mart]) for mart in _MARTS],
    description="The present state of every portal, red ones first, as of the end of the run. "
    f"**[The page of all portals]({links.health_url()})** shows that of this minute, the last 30 days, and what to do.",
    group_name=PUBLISH,
    owners=OWNERS,
    pool=WAREHOUSE_POOL,
    check_specs=[
        dg.AssetCheckSpec(
            NO_PORTAL_IS_RED,
            asset="portal_health",
            description="No portal is red, and the findings on all portals can be read.",
        )
    ],
)
def portal_health(
    context: dg.AssetExecutionContext, corpus: dg.ResourceParam[Corpus]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Keep the figures of all portals for the site, and show their present state."""
    started = monotonic()
    figures = pipeline.write_portal_health(corpus, context.log.info)
    state = corpus_state(corpus, corpus.slugs)
    red = [portal.slug for portal in state.portals if portal.standing == "red"]
    wrong = [*corpus.files.problems, *map(str, state.unreadable.values())]
    yield dg.MaterializeResult(
        metadata={
            "state": _table(state),
            "page": dg.MetadataValue.url(links.health_url()),
            "as_of": hanoi_minute(figures.at),
            "red": len(red),
            "portals": len(state.portals),
            **({"problems": dg.MetadataValue.text("\n".join(map(printable, wrong)))} if wrong else {}),
            "duration_seconds": monotonic() - started,
        }
    )
    yield dg.AssetCheckResult(
        check_name=NO_PORTAL_IS_RED,
        passed=not red and not wrong,
        description=_summary(red, len(state.portals), wrong),
        metadata={"page": dg.MetadataValue.url(links.health_url())},
    )


def _summary(red: Sequence[str], portals: int, wrong: Sequence[str]) -> str:
    counted = f"{len(red)} of {portals} portals are red{': ' if red else ''}{', '.join(red)}"
    return "\n".join([counted, *map(printable, wrong), f"What is wrong, and what to do: {links.health_url()}"])


def _table(state: CorpusState) -> dg.TableMetadataValue:
    """Return the state as a table, which the UI shows at once; Markdown it shows only after a click."""
    records = [dg.TableRecord(_cells(portal)) for portal in state.portals]
    columns = [dg.TableColumn(name, "string") for name in _cells(state.portals[0])] if state.portals else []
    return dg.MetadataValue.table(records, dg.TableSchema(columns))


def _cells(portal: PortalState) -> dict[str, str | int | float | bool]:
    return {
        "portal": portal.slug,
        "state": portal.standing.replace("_", " "),
        "verdict": portal.verdict or "",
        "what is wrong": one_line(portal.problems[0].reason, _REASON_CHARACTERS_MAX) if portal.problems else "",
        "since": hanoi_minute(portal.since) if portal.since else "",
        "last healthy crawl": hanoi_minute(portal.last_healthy.started_at) if portal.last_healthy else "never",
    }
