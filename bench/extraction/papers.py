"""Cases from the saved pages of newspapers in the folder `shared`, whose CMSs have no platform.

Belongs here: the articles, with the gold that a person wrote for each. Does not belong here: the lists of these sites
(see `bench.extraction.lists`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.extraction.cases import SHARED, Case
from spiders.platform_registry import GENERIC

# The pages do not say when they were saved; this is the day on which their gold was written.
PAPERS_CAPTURED_AT: Final = datetime(2026, 11, 28, tzinfo=UTC)


def paper_cases(shared: Path = SHARED) -> Iterator[Case]:
    """Yield the saved articles."""
    folder = shared / "portals/papers"
    for entry in json.loads((folder / "gold.json").read_text(encoding="utf-8"))["articles"]:
        yield Case(
            name=f"papers {entry['file'].removesuffix('.html')}",
            platform=GENERIC,
            origin="real" if entry["origin"].startswith("real") else "rebuilt_body",
            url=entry["url"],
            body=(folder / "pages" / entry["file"]).read_bytes(),
            gold=_gold(entry),
            furniture=tuple(entry["forbidden"]),
            captured_at=PAPERS_CAPTURED_AT,
            optional=tuple(entry["optional"]),
        )


def _gold(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the gold; a byline that the page does not settle is not judged."""
    gold = {
        "title": entry["title"],
        "published_at": entry["published_at"],
        "published_precision": entry["precision"],
        "body": [entry["lead_text"], *entry["body_paragraphs"]],
        "captions": entry["captions"],
        "byline": entry["byline"],
        "credited_source_name": entry["source"],
    }
    if entry["byline"] is None and entry["byline_alt"]:
        del gold["byline"]
    return gold
