"""Digests of the extraction output of one page, without the extractor's version.

Belongs here: one canonical serialisation of the output and of the inputs. Does not belong here: which pages
(`tests.digests.pages`), or the files of digests (`tests.digests.record`).
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
"""Placeholder of the digest by `generic` if that is the page's own platform."""

_PROVENANCE: Final = ("extractor_version", "capture_id", "crawl_id")
# The fields of a definition that extraction uses, as listed in `spiders.extract.stage`.
_READ_OF_PORTAL: Final = {"slug", "platform", "scope", "article_patterns", "templates", "active_from"}


class Digests(NamedTuple):
    """One page's digests.

    Attributes:
        own: of the output by its own platform.
        generic: of the output by `generic`.
        page: of the page and all other inputs of extraction.
    """

    own: str
    generic: str
    page: str


def digests_of(pages: Iterable[KnownPage]) -> dict[str, Digests]:
    """Return the digests of every page by name, sorted by name.

    Raises:
        ValueError: two pages have the same name.
        Exception: any exception of extraction, with the page's name added; extraction must raise none.
    """
    found: dict[str, Digests] = {}
    for page in pages:
        if page.name in found:
            raise ValueError(f"two pages have the name {page.name!r}")
        try:
            found[page.name] = _digests(page)
        except Exception as error:
            error.add_note(f"while extracting {page.name}")
            raise
    return dict(sorted(found.items()))


def reading(page: KnownPage, portal: Portal) -> dict[str, Any]:
    """Return all output for a page: its article, or the reason for none, its kind and its list rows."""
    readings: list[PageReading] = []

    def remembered(*arguments: Any) -> PageReading:
        readings.append(read_page(*arguments))
        return readings[-1]

    # Extraction takes most of the time, so the reading inside `article_or_reason` is recorded, not made again.
    with patch("spiders.extract.article.read_page", remembered):
        found = article_or_reason(_capture(page), page.body, portal)
    if isinstance(found, Article):
        said = {name: value for name, value in asdict(found).items() if name not in _PROVENANCE}
        # Identity hashes are functions of the article alone; a changed hash changes every comparison of articles.
        return said | {"content_hash": identify(found).content_hash, "revision_hash": identify(found).revision_hash}
    return (asdict(readings[0]) if readings else {}) | {"reason": found}


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
        # Defaults are left out, so that a new field of definitions changes no page's digest.
        "portal": page.portal.model_dump(mode="json", include=_READ_OF_PORTAL, exclude_defaults=True),
    }
    return _digest(told)


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _plain(value: object) -> str:
    if isinstance(value, datetime):  # rows hold UTC; the offset in the page does not matter
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    raise TypeError(f"cannot serialise {value!r}")


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
