"""Jobs and schedules: the whole way, rebuilding from the archive, and one schedule a tier of portals."""

from collections.abc import Mapping, Sequence

import dagster as dg

from dagster_project.corpus import Corpus
from dagster_project.defs.captures import CRAWLS
from dagster_project.defs.vocabulary import COLLECT, SCHEDULED_TAGS, captures_key
from spiders.portal import Tier

# Hanoi's time: portals publish in office hours, so the daily look comes in the evening and the weekly one on Saturday.
_TIME_ZONE = "Asia/Ho_Chi_Minh"
_CRONS: dict[Tier, str] = {"hourly": "12 7-21 * * *", "daily": "30 20 * * *", "weekly": "0 4 * * 6"}

_AFTER_THE_ARCHIVE = dg.AssetSelection.all() - dg.AssetSelection.groups(COLLECT)


def jobs_and_schedules(corpus: Corpus, portal_checks: Sequence[dg.AssetChecksDefinition]) -> dg.Definitions:
    """Return the jobs, and a schedule, at first off, for each tier that has portals.

    Args:
        corpus: whose portals.
        portal_checks: what is asked of each portal once the marts are built.
    """
    by_tier = slugs_by_tier(corpus)
    # These belong to assets of crawls, and come with them where those are selected.
    own_checks = dg.AssetSelection.checks(*(key for checks in portal_checks for key in checks.check_keys))
    rebuild_from_archive = dg.define_asset_job(
        "rebuild_from_archive",
        selection=_AFTER_THE_ARCHIVE | own_checks,
        description="Everything after the archive, without the network: after a parser fix, or to restore the "
        "warehouse.",
    )
    collect_and_publish = dg.define_asset_job(
        "collect_and_publish",
        selection=_whole_way([slug for slugs in by_tier.values() for slug in slugs]),
        description="The whole way for every portal that still publishes: crawl, extract, deduplicate, test, publish.",
        tags=SCHEDULED_TAGS,
    )
    tier_jobs = {
        tier: dg.define_asset_job(
            f"collect_{tier}",
            selection=_whole_way(slugs),
            description=f"The whole way for the portals of tier {tier}.",
            tags={"tier": tier, **SCHEDULED_TAGS},
        )
        for tier, slugs in by_tier.items()
    }
    schedules = [
        dg.ScheduleDefinition(
            name=f"{tier}_schedule", job=job, cron_schedule=_CRONS[tier], execution_timezone=_TIME_ZONE
        )
        for tier, job in tier_jobs.items()
    ]
    return dg.Definitions(jobs=[collect_and_publish, rebuild_from_archive, *tier_jobs.values()], schedules=schedules)


def slugs_by_tier(corpus: Corpus) -> Mapping[Tier, Sequence[str]]:
    """Return the portals that still publish, by tier; portals of the past are crawled only when someone says so."""
    active = corpus.active_portals()
    by_tier = {tier: [slug for slug, portal in active.items() if portal.tier == tier] for tier in _CRONS}
    return {tier: slugs for tier, slugs in by_tier.items() if slugs}


def _whole_way(slugs: Sequence[str]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(captures_key(slug) for slug in slugs), CRAWLS) | _AFTER_THE_ARCHIVE
