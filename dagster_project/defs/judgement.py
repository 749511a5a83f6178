"""The checks on each portal's captures asset that wait for the marts: how it is read, and how long it is silent.

Checks by themselves, not part of an asset's step and not of `dg.multi_asset_check`: that one depends on the assets it
checks, and would be skipped for all portals with the first one whose crawl failed. They depend on the marts alone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import dagster as dg

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.defs.vocabulary import WAREHOUSE_POOL, captures_key
from dagster_project.operations import findings, markdown
from dagster_project.stage import Tell
from spiders.portal import Portal
from warehouse.tables.judgement import Judgement
from warehouse.tables.staleness import Silence


@dataclass(frozen=True)
class Answer:
    """What is told of one portal.

    Attributes:
        description: the reason, which someone who sees it can act on.
    """

    passed: bool
    description: str
    metadata: Mapping[str, dg.MetadataValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """One question that is asked of every portal once the marts are built.

    Attributes:
        check: the check's name.
        description: what it says where it is green.
        marts: the tables that must be built before.
        answers: returns what was found, by slug; called once, however many portals are selected.
        otherwise: what is said of a portal of which nothing was found; it passes.
    """

    check: str
    description: str
    marts: tuple[dg.AssetKey, ...]
    answers: Callable[[Corpus, Tell], Mapping[str, Answer]]
    otherwise: str


def portal_checks(portals: Mapping[str, Portal], question: Question) -> dg.AssetChecksDefinition:
    """Return the checks that ask it of any subset of the portals."""
    slug_of = {captures_key(slug): slug for slug in portals}
    inputs = {key.path[-1]: key for key in question.marts}
    specs = {
        key.path[-1]: dg.AssetCheckSpec(
            question.check,
            asset=key,
            additional_deps=question.marts,
            blocking=False,
            description=question.description,
        )
        for key in slug_of
    }

    @dg.op(
        name=f"judge_{question.check}",
        ins={name: dg.In(dg.Nothing) for name in inputs},
        out={name: dg.Out(dg.Nothing, is_required=False) for name in specs},
        required_resource_keys={"corpus"},
        pool=WAREHOUSE_POOL,
    )
    def judge(context: dg.OpExecutionContext) -> Iterator[dg.AssetCheckResult]:
        found = question.answers(context.resources.corpus, context.log.info)
        for check in sorted(context.selected_asset_check_keys):
            answer = found.get(slug_of[check.asset_key], Answer(True, question.otherwise))
            yield dg.AssetCheckResult(
                asset_key=check.asset_key,
                check_name=question.check,
                passed=answer.passed,
                severity=dg.AssetCheckSeverity.ERROR,
                description=answer.description,
                metadata=answer.metadata,
            )

    checks: dg.AssetChecksDefinition = dg.AssetChecksDefinition.create(
        node_def=judge,
        keys_by_input_name=inputs,
        check_specs_by_output_name=specs,
        resource_defs={},
        can_subset=True,
    )
    return checks


def _how_it_is_read(judgement: Judgement) -> Answer:
    rows = [(f.field, f"{f.usual_share:.1%}", f"{f.share:.1%}", f.pages) for f in judgement.fields]
    return Answer(
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


def _how_long_it_is_silent(silence: Silence) -> Answer:
    metadata: dict[str, dg.MetadataValue] = {"longest_usual_days": dg.MetadataValue.int(silence.days_max)}
    if silence.newest is not None and silence.silent_for is not None:
        link = markdown.Link(silence.newest.title or "", silence.newest.url)
        metadata |= {
            "silent_days": dg.MetadataValue.float(round(silence.silent_for.total_seconds() / 86400, 2)),
            "newest_article": dg.MetadataValue.md(markdown.cell(link)),
        }
    return Answer(not silence.is_too_long, str(silence), metadata)


EXTRACTION = Question(
    check=findings.EXTRACTION,
    description="The newest crawl's pages are read as well as is usual on the portal, field by field.",
    marts=(
        dg.AssetKey(["marts", "fct_extraction_quality"]),
        dg.AssetKey(["intermediate", "int_extraction__breakages"]),
    ),
    answers=lambda corpus, tell: {
        slug: _how_it_is_read(judgement) for slug, judgement in pipeline.judge_extraction(corpus, tell).items()
    },
    otherwise="not judged: nothing is built yet, or no crawl has enough pages and an earlier one to be compared with",
)

SILENCE = Question(
    check=findings.SILENCE,
    description="The portal's newest article is no older than the longest silence that is usual there.",
    marts=(dg.AssetKey(["marts", "fct_articles"]), dg.AssetKey(["marts", "fct_crawls"])),
    answers=lambda corpus, tell: {
        slug: _how_long_it_is_silent(silence) for slug, silence in pipeline.judge_silence(corpus, tell).items()
    },
    otherwise="not judged: nothing is built yet, or the portal has ended, or was never crawled",
)
