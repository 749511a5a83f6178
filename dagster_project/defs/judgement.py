"""The asset checks that read the marts: extraction, silence and counts of portals, and shares.

Each check of portals has a separate op that depends only on the marts. With `dg.multi_asset_check` the op would depend
on the checked assets: if one portal's crawl failed, Dagster would skip the checks of all portals.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import dagster as dg

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.defs.vocabulary import WAREHOUSE_POOL, captures_key
from dagster_project.operations import findings, links, markdown
from dagster_project.operations.states import SECTIONS
from dagster_project.runs.failures import in_words
from dagster_project.stage import Log
from warehouse.tables.counts import Counts
from warehouse.tables.judgement import Judgement
from warehouse.tables.overview.shares import (
    ARTICLES_MIN,
    DAY_ARTICLES_MIN,
    DAYS_MIN,
    NEAR_DUPLICATES,
    SINGLETONS,
    ShareJudgement,
)
from warehouse.tables.staleness import Staleness


@dataclass(frozen=True)
class Result:
    """The result of a check for one portal.

    Attributes:
        description: the reason for the result, detailed enough to act on.
    """

    passed: bool
    description: str
    metadata: Mapping[str, dg.MetadataValue] = field(default_factory=dict)


@dataclass(frozen=True)
class PortalCheck:
    """A check that runs for every portal once the marts are built.

    Attributes:
        description: the statement that is true if the check passes.
        severity: that of a failed check; no check blocks anything.
        results: returns the results of all portals by slug; called once per run.
        not_judged: when a portal has no result, in words; its check is then skipped.
    """

    name: str
    description: str
    marts: tuple[dg.AssetKey, ...]
    results: Callable[[Corpus, Log], Mapping[str, Result]]
    not_judged: str
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR


def portal_checks(slugs: Iterable[str], check: PortalCheck) -> dg.AssetChecksDefinition:
    """Return the asset checks of the portals; any subset of them can be selected."""
    slug_of = {captures_key(slug): slug for slug in slugs}
    inputs = {key.path[-1]: key for key in check.marts}
    specs = {
        key.path[-1]: dg.AssetCheckSpec(
            check.name,
            asset=key,
            additional_deps=check.marts,
            blocking=False,
            description=f"{check.description} Skipped {check.not_judged}.",
        )
        for key in slug_of
    }

    @dg.op(
        name=f"judge_{check.name}",
        ins={name: dg.In(dg.Nothing) for name in inputs},
        out={name: dg.Out(dg.Nothing, is_required=False) for name in specs},
        required_resource_keys={"corpus"},
        pool=WAREHOUSE_POOL,
    )
    def judge(context: dg.OpExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with in_words():
            results = check.results(context.resources.corpus, context.log.info)
        for selected in sorted(context.selected_asset_check_keys):
            slug = slug_of[selected.asset_key]
            result = results.get(slug)
            if result is None:  # Dagster then shows the check of this run as skipped, not an earlier result
                context.log.info(f"{slug}: {check.name} is skipped {check.not_judged}")
                continue
            yield dg.AssetCheckResult(
                asset_key=selected.asset_key,
                check_name=check.name,
                passed=result.passed,
                severity=check.severity,
                description=result.description,
                metadata=result.metadata,
            )

    checks: dg.AssetChecksDefinition = dg.AssetChecksDefinition.create(
        node_def=judge, keys_by_input_name=inputs, check_specs_by_output_name=specs, resource_defs={}, can_subset=True
    )
    return checks


def _extraction_result(judgement: Judgement) -> Result:
    rows = [(f.field, f"{f.usual_share:.1%}", f"{f.share:.1%}", f.pages) for f in judgement.fields]
    return Result(
        not judgement.breakages,
        str(judgement),
        {
            "crawl_id": dg.MetadataValue.text(judgement.crawl_id),
            "broken_fields": dg.MetadataValue.json([field.field for field in judgement.breakages]),
            "shares": dg.MetadataValue.md(markdown.table(("field", "usual", "now", "pages"), rows)),
            **{
                f"examples_{field.field}": dg.MetadataValue.json(list(field.example_urls))
                for field in judgement.breakages
            },
        },
    )


def _silence_result(silence: Staleness) -> Result:
    metadata: dict[str, dg.MetadataValue] = {"longest_usual_days": dg.MetadataValue.int(silence.days_max)}
    if silence.newest is not None and silence.silent_for is not None:
        link = markdown.Link(silence.newest.title or "", silence.newest.url)
        metadata |= {
            "silent_days": dg.MetadataValue.float(round(silence.silent_for.total_seconds() / 86400, 2)),
            "newest_article": dg.MetadataValue.md(markdown.cell(link)),
        }
    return Result(not silence.is_too_long, str(silence), metadata)


def _counts_result(counts: Counts) -> Result:
    return Result(
        counts.agree,
        str(counts),
        {
            "crawl_id": dg.MetadataValue.text(counts.crawl_id),
            "articles_captured": dg.MetadataValue.int(counts.captured),
            "articles_read": dg.MetadataValue.int(counts.read),
            "pages_unread": dg.MetadataValue.json(dict(counts.unread)),
        },
    )


EXTRACTION = PortalCheck(
    name=findings.EXTRACTION,
    description="In the pages of the newest crawl, each field is found about as often as usual on the portal.",
    marts=(
        dg.AssetKey(["marts", "fct_extraction_quality"]),
        dg.AssetKey(["intermediate", "int_extraction__breakages"]),
    ),
    results=lambda corpus, log: {
        slug: _extraction_result(judgement) for slug, judgement in pipeline.judge_extraction(corpus, log).items()
    },
    not_judged="if nothing is built yet, or no crawl has enough pages and an earlier crawl to compare with",
)

SILENCE = PortalCheck(
    name=findings.SILENCE,
    description="The portal's newest article is no older than `expectations.silence_days_max` in its portal file.",
    marts=(dg.AssetKey(["marts", "fct_articles"]), dg.AssetKey(["marts", "fct_crawls"])),
    results=lambda corpus, log: {
        slug: _silence_result(silence) for slug, silence in pipeline.judge_silence(corpus, log).items()
    },
    not_judged="if nothing is built yet, or the portal is not active, or was never crawled",
)

COUNTS = PortalCheck(
    name="counts_agree",
    description="The articles that the newest crawl counted are those that the corpus reads in its pages.",
    marts=(
        dg.AssetKey(["marts", "fct_captures"]),
        dg.AssetKey(["marts", "fct_crawls"]),
        dg.AssetKey(["marts", "fct_unread_pages"]),
        dg.AssetKey(["intermediate", "int_articles__captured"]),
    ),
    results=lambda corpus, log: {
        slug: _counts_result(counts) for slug, counts in pipeline.compare_counts(corpus, log).items()
    },
    not_judged="if nothing is built yet, or the newest crawl continued an interrupted one",
    severity=dg.AssetCheckSeverity.WARN,
)

_SHARES_NOT_JUDGED = (
    f"if nothing is built yet, or fewer than {ARTICLES_MIN} articles on {DAYS_MIN} days arrived before the newest day "
    f"with at least {DAY_ARTICLES_MIN}"
)
# The asset, and what the articles are, by share.
_SHARES = {
    NEAR_DUPLICATES: (dg.AssetKey(["marts", "fct_near_duplicates"]), "near-duplicates of earlier articles"),
    SINGLETONS: (dg.AssetKey(["marts", "dim_stories"]), "alone in their story"),
}
_SHARE_OF_CHECK = {f"{share}_as_usual": share for share in _SHARES}


@dg.multi_asset_check(
    name="judge_shares",
    specs=[
        dg.AssetCheckSpec(
            check,
            asset=_SHARES[share][0],
            additional_deps=[
                dg.AssetKey(["marts", "fct_articles"]),
                dg.AssetKey(["intermediate", "int_stories__journal"]),
            ],
            blocking=False,
            description=f"Of the articles that arrived on the newest day, about as many as usual are "
            f"{_SHARES[share][1]}. Skipped {_SHARES_NOT_JUDGED}.",
        )
        for check, share in _SHARE_OF_CHECK.items()
    ],
    can_subset=True,
    pool=WAREHOUSE_POOL,
)
def share_checks(
    context: dg.AssetCheckExecutionContext, corpus: dg.ResourceParam[Corpus]
) -> Iterator[dg.AssetCheckResult]:
    """Compare shares of the newest day's articles with the days before."""
    with in_words():
        found = pipeline.judge_shares(corpus, context.log.info)
    for selected in sorted(context.selected_asset_check_keys):
        judgement = found.get(_SHARE_OF_CHECK[selected.name])
        if judgement is None:
            context.log.info(f"{selected.name} is skipped {_SHARES_NOT_JUDGED}")
            continue
        yield dg.AssetCheckResult(
            asset_key=selected.asset_key,
            check_name=selected.name,
            passed=judgement.is_usual,
            description=_share_description(judgement),
            metadata=_share_metadata(judgement),
        )


def _share_description(judgement: ShareJudgement) -> str:
    if judgement.is_usual:
        return str(judgement)
    return f"{judgement}\nWhat to do: {links.runbook_url(SECTIONS[findings.SHARES])}"


def _share_metadata(judgement: ShareJudgement) -> Mapping[str, dg.MetadataValue]:
    portals = [
        (each.portal, each.articles, each.count, "" if each.usual_share is None else f"{each.usual_share:.1%}")
        for each in judgement.portals
    ]
    examples = [(each.portal, markdown.Link(each.title or "", each.url)) for each in judgement.examples]
    return {
        "day": dg.MetadataValue.text(str(judgement.day)),
        "share": dg.MetadataValue.float(round(judgement.count / judgement.articles, 4)),
        "count": dg.MetadataValue.int(judgement.count),
        "articles": dg.MetadataValue.int(judgement.articles),
        "usual_share": dg.MetadataValue.float(round(judgement.usual_share, 4)),
        "usual_from": dg.MetadataValue.int(judgement.low),
        "usual_to": dg.MetadataValue.int(judgement.high),
        "days_before": dg.MetadataValue.int(judgement.days),
        "days_outside": dg.MetadataValue.int(judgement.days_outside),
        "portals": dg.MetadataValue.md(markdown.table(("portal", "articles", "of these", "usual share"), portals)),
        "examples": dg.MetadataValue.md(markdown.table(("portal", "article"), examples)),
    }
