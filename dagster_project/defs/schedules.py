"""Jobs and schedules: the whole way, rebuilding from the archive, and one schedule a tier of portals."""

import dagster as dg

from dagster_project import pipeline
from dagster_project.defs.captures import CRAWLS
from dagster_project.defs.judgement import extraction, silence
from dagster_project.defs.vocabulary import COLLECT, SCHEDULED_TAGS, captures_key
from spiders.portal import Tier
from warehouse.clock import HANOI_TIME
from warehouse.home import Home

# Hanoi's time: portals publish in office hours, so the daily look comes in the evening and the weekly one on Saturday.
_TIME_ZONE = "Asia/Ho_Chi_Minh"
_CRONS: dict[Tier, str] = {"hourly": "12 7-21 * * *", "daily": "30 20 * * *", "weekly": "0 4 * * 6"}

_AFTER_THE_ARCHIVE = dg.AssetSelection.all() - dg.AssetSelection.groups(COLLECT)
# These belong to assets of crawls, and come with them where those are selected.
_PORTAL_CHECKS = dg.AssetSelection.checks(*extraction.check_keys, *silence.check_keys)

rebuild_from_archive = dg.define_asset_job(
    "rebuild_from_archive",
    selection=_AFTER_THE_ARCHIVE | _PORTAL_CHECKS,
    description="Everything after the archive, without the network: after a parser fix, or to restore the warehouse.",
)


def _slugs_by_tier() -> dict[Tier, list[str]]:
    """Return the portals that still publish, by tier; portals of the past are crawled only when someone says so."""
    home = Home.from_environment()
    today = pipeline.clock(home).now().astimezone(HANOI_TIME).date()
    active = [portal for portal in pipeline.portals(home).values() if portal.is_active(today)]
    by_tier = {tier: [portal.slug for portal in active if portal.tier == tier] for tier in _CRONS}
    return {tier: slugs for tier, slugs in by_tier.items() if slugs}


def _whole_way(slugs: list[str]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(captures_key(slug) for slug in slugs), CRAWLS) | _AFTER_THE_ARCHIVE


@dg.definitions
def jobs_and_schedules() -> dg.Definitions:
    """Return the jobs, and a schedule, at first off, for each tier that has portals."""
    by_tier = _slugs_by_tier()
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
    return dg.Definitions(
        jobs=[collect_and_publish, rebuild_from_archive, *tier_jobs.values()],
        schedules=[
            dg.ScheduleDefinition(
                name=f"{tier}_schedule", job=job, cron_schedule=_CRONS[tier], execution_timezone=_TIME_ZONE
            )
            for tier, job in tier_jobs.items()
        ],
    )
