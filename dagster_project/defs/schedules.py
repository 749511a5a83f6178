"""The jobs that crawl and publish, rebuild, or check everything, and their schedules."""

from collections.abc import Mapping, Sequence

import dagster as dg

from dagster_project.check import check_everything
from dagster_project.corpus import Corpus
from dagster_project.defs.captures import CRAWLS
from dagster_project.defs.vocabulary import COLLECT, SCHEDULED_TAGS, WAREHOUSE_POOL, captures_key
from dagster_project.runs.failures import in_words
from spiders.portal_values import Tier
from warehouse.clock import HANOI_TIME

# In Hanoi time: portals publish in office hours, so daily crawls run in the evening and weekly ones on Saturday.
_TIME_ZONE = str(HANOI_TIME)
_CRONS: dict[Tier, str] = {"hourly": "12 7-21 * * *", "daily": "30 20 * * *", "weekly": "0 4 * * 6"}
# Between the last hourly crawl, at 21:12, and the weekly ones, at 04:00.
_NIGHTLY_CRON = "30 2 * * *"
_TIMES: dict[Tier, str] = {
    "hourly": "every hour from 07:12 to 21:12",
    "daily": "every day at 20:30",
    "weekly": "every Saturday at 04:00",
}

_DOWNSTREAM_OF_ARCHIVE = dg.AssetSelection.all() - dg.AssetSelection.groups(COLLECT)


def jobs_and_schedules(corpus: Corpus, portal_checks: Sequence[dg.AssetChecksDefinition]) -> dg.Definitions:
    """Return the jobs, and one schedule for each tier with active portals; schedules are off by default."""
    by_tier = slugs_by_tier(corpus)
    # A job that selects a captures asset gets its checks too. This job selects none, so it must name the checks.
    own_checks = dg.AssetSelection.checks(*(key for checks in portal_checks for key in checks.check_keys))
    rebuild_from_archive = dg.define_asset_job(
        "rebuild_from_archive",
        selection=_DOWNSTREAM_OF_ARCHIVE | own_checks,
        description="Builds everything from the archive, without the network: after a parser fix, or to restore the "
        "warehouse.",
    )
    collect_and_publish = dg.define_asset_job(
        "collect_and_publish",
        selection=_crawl_to_publication([slug for slugs in by_tier.values() for slug in slugs]),
        description="Crawls every active portal, then extracts, deduplicates, tests and publishes.",
        tags=SCHEDULED_TAGS,
    )
    tier_jobs = {
        tier: dg.define_asset_job(
            f"collect_{tier}",
            selection=_crawl_to_publication(slugs),
            description=f"Crawls the active portals of tier {tier}, then builds and publishes the corpus.",
            tags={"tier": tier, **SCHEDULED_TAGS},
        )
        for tier, slugs in by_tier.items()
    }
    schedules = [
        dg.ScheduleDefinition(
            name=f"{tier}_schedule",
            job=job,
            cron_schedule=_CRONS[tier],
            execution_timezone=_TIME_ZONE,
            description=f"Crawls the active portals of tier {tier} {_TIMES[tier]} (Hanoi's time), then builds and "
            "publishes the corpus. Off until it is switched on.",
        )
        for tier, job in tier_jobs.items()
    ]
    return dg.Definitions(jobs=[collect_and_publish, rebuild_from_archive, *tier_jobs.values()], schedules=schedules)


def slugs_by_tier(corpus: Corpus) -> Mapping[Tier, Sequence[str]]:
    """Return the slugs of active portals by tier; no schedule crawls inactive portals.

    A portal whose file is invalid stays in the tier of its newest definition in the archive, without one `daily`: once
    the file is right, the next tick crawls the portal without a restart.
    """
    active = {slug: portal.tier for slug, portal in corpus.definitions.items() if portal.is_active(corpus.today)}
    tiers: dict[str, Tier] = {
        **dict.fromkeys(corpus.invalid_portals.keys() - corpus.stand_ins.keys(), "daily"),
        **active,
    }
    by_tier = {tier: sorted(slug for slug, its in tiers.items() if its == tier) for tier in _CRONS}
    return {tier: slugs for tier, slugs in by_tier.items() if slugs}


def _crawl_to_publication(slugs: Sequence[str]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(captures_key(slug) for slug in slugs), CRAWLS) | _DOWNSTREAM_OF_ARCHIVE


@dg.op(pool=WAREHOUSE_POOL, out=dg.Out(dg.Nothing), required_resource_keys={"corpus"})
def read_and_test_everything(context: dg.OpExecutionContext) -> None:
    """Fail with all that is damaged and all tests that failed; changes nothing."""
    corpus: Corpus = context.resources.corpus
    with in_words():
        checked = check_everything(corpus, context.log.info)
    for warning in checked.warnings:
        context.log.warning(warning)
    if not checked.is_good:
        message = "\n".join([*checked.damaged, *checked.failed, f"{checked.way_out}."])
        raise dg.Failure(message, allow_retries=False)
    context.log.info(f"no file is damaged; {checked.tests} tests were run on all rows, and none failed")


@dg.job(
    name="check_everything",
    description="Reads every derived file, the warehouse and the release, and runs every test on all rows: builds "
    "trust what nobody wrote, and test what changed.",
)
def check_job() -> None:
    """Check everything."""
    read_and_test_everything()


nightly_schedule = dg.ScheduleDefinition(
    name="nightly_schedule",
    job=check_job,
    cron_schedule=_NIGHTLY_CRON,
    execution_timezone=_TIME_ZONE,
    description="Checks everything every night at 02:30 (Hanoi's time). Off until it is switched on.",
)
"""The schedule of the check."""
