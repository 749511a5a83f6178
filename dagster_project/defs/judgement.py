"""The extraction check on each portal's captures asset: red where its pages are read worse than is usual there.

Checks by themselves, not part of an asset's step and not of `dg.multi_asset_check`: that one depends on the assets it
checks, and would be skipped for all portals with the first one whose crawl failed. It depends on the marts alone.
"""

from collections.abc import Iterator, Mapping

import dagster as dg

from dagster_project import pipeline
from dagster_project.defs.vocabulary import captures_key
from spiders.portal import Portal
from warehouse.home import Home
from warehouse.tables.judgement import Judgement

EXTRACTION_CHECK = "extraction"
_JUDGED = (
    dg.AssetKey(["marts", "fct_extraction_quality"]),
    dg.AssetKey(["intermediate", "int_extraction__breakages"]),
)


def extraction_checks(portals: Mapping[str, Portal]) -> dg.AssetChecksDefinition:
    """Return the checks of any subset of the portals, evaluated once the marts are built."""
    slug_of = {captures_key(slug): slug for slug in portals}
    inputs = {key.path[-1]: key for key in _JUDGED}
    specs = {key.path[-1]: _spec(key) for key in slug_of}

    @dg.op(
        name="judge_extraction",
        ins={name: dg.In(dg.Nothing) for name in inputs},
        out={name: dg.Out(dg.Nothing, is_required=False) for name in specs},
        required_resource_keys={"corpus"},
        pool="warehouse",
    )
    def judge_extraction(context: dg.OpExecutionContext) -> Iterator[dg.AssetCheckResult]:
        judgements = pipeline.judge_extraction(context.resources.corpus.home, context.log.info)
        for check in sorted(context.selected_asset_check_keys):
            yield _result(check.asset_key, judgements.get(slug_of[check.asset_key]))

    checks: dg.AssetChecksDefinition = dg.AssetChecksDefinition.create(
        node_def=judge_extraction,
        keys_by_input_name=inputs,
        check_specs_by_output_name=specs,
        resource_defs={},
        can_subset=True,
    )
    return checks


def _result(key: dg.AssetKey, judgement: Judgement | None) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=EXTRACTION_CHECK,
        passed=judgement is None or not judgement.breakages,
        severity=dg.AssetCheckSeverity.ERROR,
        description=str(judgement or "no crawl has enough pages, and an earlier one to be compared with"),
        metadata=_metadata(judgement) if judgement else {},
    )


def _metadata(judgement: Judgement) -> dict[str, dg.MetadataValue]:
    rows = [
        f"| {field.field} | {field.usual_share:.1%} | {field.share:.1%} | {field.pages} |" for field in judgement.fields
    ]
    table = "\n".join(["| field | usual | now | pages |", "| --- | --- | --- | --- |", *rows])
    return {
        "crawl_id": dg.MetadataValue.text(judgement.crawl_id),
        "broken_fields": dg.MetadataValue.json([field.field for field in judgement.breakages]),
        "shares": dg.MetadataValue.md(table),
        **{f"examples_{field.field}": dg.MetadataValue.json(list(field.example_urls)) for field in judgement.breakages},
    }


def _spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        EXTRACTION_CHECK,
        asset=key,
        additional_deps=_JUDGED,
        blocking=False,
        description="The newest crawl's pages are read as well as is usual on the portal, field by field.",
    )


extraction = extraction_checks(pipeline.portals(Home.from_environment()))
