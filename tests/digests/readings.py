"""What extraction gives of one page, as a digest: all of it but the extractor's version.

Here: one canonical spelling of a reading, and of what was read. Not here: which pages (`pages`), or the files of
digests (`record`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from spiders.extract.article import PageReading, article_or_reason, read_page
from spiders.portal import Portal, portal_of_platform
from tests.digests.pages import KnownPage
from warehouse.records import Article, Capture
from warehouse.text.identity import identify

DIGITS: Final = 12
NOT_READ: Final = "-" * DIGITS
"""In place of a second reading by `generic`, where that is the page's own platform."""

_PROVENANCE: Final = ("extractor_version", "capture_id", "crawl_id", "warc_file", "warc_offset")
# The fields of a definition that extraction reads, as `spiders.extract.stage` names them.
_READ_OF_PORTAL: Final = {"slug", "platform", "scope", "article_patterns", "templates", "active_from"}


class Digests(NamedTuple):
    """One page's digests.

    Attributes:
        own: of what its own platform reads.
        generic: of what `generic` reads.
        page: of the page itself and all that extraction is told of it.
    """

    own: str
    generic: str
    page: str


def digests_of(pages: Iterable[KnownPage]) -> dict[str, Digests]:
    """Return the digests of every page by its name, in the order of the names.

    Raises:
        ValueError: two pages have one name.
        Exception: whatever extraction lets through, with the page's name; none is allowed.
    """
    found: dict[str, Digests] = {}
    for page in pages:
        if page.name in found:
            raise ValueError(f"two pages are named {page.name!r}")
        try:
            found[page.name] = _digests(page)
        except Exception as error:
            error.add_note(f"while reading {page.name}")
            raise
    return dict(sorted(found.items()))


def reading(page: KnownPage, portal: Portal) -> dict[str, Any]:
    """Return all that extraction says of a page: its article, or why there is none, its kind and its rows."""
    readings: list[PageReading] = []

    def remembered(*arguments: Any) -> PageReading:
        readings.append(read_page(*arguments))
        return readings[-1]

    # Most of the time goes into reading a page, so what `article_or_reason` was told of it is not asked for twice.
    with patch("spiders.extract.article.read_page", remembered):
        found = article_or_reason(_capture(page), page.body, portal)
    if isinstance(found, Article):
        said = {name: value for name, value in asdict(found).items() if name not in _PROVENANCE}
        # The hashes are made of the article and of nothing else: what moves them moves every comparison.
        return said | {"content_hash": identify(found).content_hash, "revision_hash": identify(found).revision_hash}
    return {"reason": found} | (asdict(readings[0]) if readings else {})


def _digests(page: KnownPage) -> Digests:
    generic = NOT_READ
    if page.portal.platform != "generic":
        generic = _digest(reading(page, portal_of_platform("generic", page.url)))
    return Digests(_digest(reading(page, page.portal)), generic, _digest_of_page(page))


def _digest_of_page(page: KnownPage) -> str:
    told = {
        "body": hashlib.sha256(page.body).hexdigest(),
        "url": page.url,
        "content_type": page.content_type,
        "captured_at": page.captured_at,
        # What is not set is left out: a field that definitions are given anew makes no page another.
        "portal": page.portal.model_dump(mode="json", include=_READ_OF_PORTAL, exclude_defaults=True),
    }
    return _digest(told)


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _plain(value: object) -> str:
    if isinstance(value, datetime):  # an instant, however its offset is written: rows hold it in UTC
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    raise TypeError(f"no spelling for {value!r}")


def _capture(page: KnownPage) -> Capture:
    return Capture(
        capture_id="",
        crawl_id="",
        portal=page.portal.slug,
        url=page.url,
        captured_at=page.captured_at,
        status=200,
        content_type=page.content_type,
        payload_digest="",
        is_revisit=False,
        bytes=len(page.body),
        article_key=None,
        warc_file="",
        warc_offset=0,
    )
