"""Names that several definitions share: groups, owners and the keys of the captures assets."""

import dagster as dg

COLLECT, EXTRACT, CLEAN, RAW, PUBLISH = "collect", "extract", "clean", "raw", "publish"
OWNERS = ["team:hanoi-corpus"]


def captures_key(slug: str) -> dg.AssetKey:
    """Return the key of a portal's captures asset."""
    return dg.AssetKey(["captures", slug.replace("-", "_")])
