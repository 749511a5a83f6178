"""Names that several definitions share: groups, owners and the keys of the captures assets."""

import dagster as dg

COLLECT, EXTRACT, CLEAN, RAW, PUBLISH = "collect", "extract", "clean", "raw", "publish"
OWNERS = ["team:hanoi-corpus"]

# Each pool has one place (`dagster.yaml`). Backfills wait for one another and never for, or before, a daily crawl: that
# both ask one host at once is what the portal's own lock prevents.
CRAWL_POOL, BACKFILL_POOL, WAREHOUSE_POOL = "crawl", "backfill", "warehouse"

PRIORITY_TAG = "dagster/priority"
SCHEDULED_TAGS = {PRIORITY_TAG: "10"}
BACKFILL_TAGS = {PRIORITY_TAG: "-10", "backfill": "portal"}

# What the tag of a portal says while the run may yet crawl it; afterwards it is the verdict.
CRAWLING = "crawling"


def portal_tag(slug: str) -> str:
    """Return the tag that every run bears that crawls the portal; its value is `CRAWLING`, then the verdict."""
    return f"portal/{slug}"


def captures_key(slug: str) -> dg.AssetKey:
    """Return the key of a portal's captures asset."""
    return dg.AssetKey(["captures", slug.replace("-", "_")])
