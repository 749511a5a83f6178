"""Names shared by several definitions: groups, owners, pools, tags, keys of the captures assets."""

import dagster as dg

COLLECT, EXTRACT, CLEAN, RAW, PUBLISH = "collect", "extract", "clean", "raw", "publish"
OWNERS = ["team:hanoi-corpus"]

# Each pool has one slot (`dagster.yaml`). Crawls and backfills have separate pools, so a backfill waits only for other
# backfills. The portal's lock prevents a crawl and a backfill of one portal at the same time.
CRAWL_POOL, BACKFILL_POOL, WAREHOUSE_POOL = "crawl", "backfill", "warehouse"

PRIORITY_TAG = "dagster/priority"
SCHEDULED_TAGS = {PRIORITY_TAG: "10"}
BACKFILL_TAGS = {PRIORITY_TAG: "-10", "backfill": "portal"}

# Value of a portal's tag while the run may still crawl it; afterwards the verdict, `skipped` or `none` (no report).
CRAWLING = "crawling"


def portal_tag(slug: str) -> str:
    """Return the name of the tag of runs that crawl the portal; for its values see `CRAWLING`."""
    return f"portal/{slug}"


def captures_key(slug: str) -> dg.AssetKey:
    """Return the key of a portal's captures asset."""
    return dg.AssetKey(["captures", slug.replace("-", "_")])
