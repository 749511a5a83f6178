"""Names shared by several definitions: groups, owners, pools, tags, steps, keys of captures assets."""

import dagster as dg

COLLECT, EXTRACT, CLEAN, RAW, PUBLISH = "collect", "extract", "clean", "raw", "publish"
OWNERS = ["team:hanoi-corpus"]

# Each pool has one slot (`dagster.yaml`). Crawls and backfills have separate pools, so a backfill waits only for other
# backfills. The portal's lock prevents a crawl and a backfill of one portal at the same time.
CRAWL_POOL, BACKFILL_POOL, WAREHOUSE_POOL = "crawl", "backfill", "warehouse"

PRIORITY_TAG = "dagster/priority"
SCHEDULED_TAGS = {PRIORITY_TAG: "10"}
BACKFILL_TAGS = {PRIORITY_TAG: "-10", "backfill": "portal"}

CRAWL_STEP = "crawl"
"""The step of a run that crawls its portals, and retries the unreachable ones."""


def portal_tag(slug: str) -> str:
    """Return the name of the tag of runs in which the portal was not well; its value is the verdict."""
    return f"portal/{slug}"


def captures_key(slug: str) -> dg.AssetKey:
    """Return the key of a portal's captures asset."""
    return dg.AssetKey(["captures", slug.replace("-", "_")])
