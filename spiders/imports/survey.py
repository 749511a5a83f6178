"""The first pass over another crawler's WARC file: records of each portal, and refused ones.

Belongs here: the rules on single records. Does not belong here: writing captures (`spiders.imports.portal_part`), and
whether the response of a revisit is known (`warehouse.archive.index.references`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from spiders.platforms.keys import is_published_by
from spiders.portal import Portal
from warehouse.archive.index.references import Key, keys_of_revisit
from warehouse.archive.warc import external
from warehouse.archive.warc.external import Checked
from warehouse.archive.warc.external_record import ExternalRecord, Fault, uuid_in
from warehouse.clock import WEB_FROM, is_possible

_WEB: Final = ("http://", "https://")
_OWN_SOFTWARE: Final = "hanoi-corpus"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that belongs to a portal, or may, and was not imported.

    Attributes:
        offset: where the record is in the imported file, as in `ExternalRecord.offset`.
        url: the record's URL; empty if it has none.
        kind: the reason as in `CrawlReport.errors`, such as `undated`.
        problem: the reason in words.
    """

    offset: int
    url: str
    kind: str
    problem: str


@dataclass(slots=True)
class Survey:
    """What the first pass over a file found.

    Attributes:
        times: time range of each portal's captures, by slug.
        ids: the UUIDs of all captures.
        urls: the URLs of all captures.
        wanted: the keys of the responses that revisits refer to.
        skipped: records that are no captures of a portal, by `WARC-Type` or `out_of_scope`.
        faults: damage in the file.
        refused: records that were refused.
        software: the crawler that wrote the file.
        is_own: whether this project wrote the file.
        count: number of records.
    """

    times: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)
    wanted: set[Key] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    software: str = "unknown"
    is_own: bool = False
    count: int = 0


def survey(file: Path, checked: Checked, portals: Sequence[Portal], now: datetime) -> Survey:
    """Return the result of the first pass over a file."""
    found = Survey()
    for item in external.records(file, checked):
        if isinstance(item, Fault):
            found.faults.append(item)
            continue
        found.count += 1
        if item.kind == "warcinfo":
            found.software, found.is_own = _maker(item, found)
        elif reason := reason_to_skip(item, portals):
            found.skipped[reason] += 1
        elif refusal := refusal_of(item, now):
            found.refused.append(refusal)
        elif captured_at := item.captured_at:
            found.ids.update(filter(None, [uuid_in(item.headers.get("warc-record-id"))]))
            found.urls.add(item.url)
            if item.kind == "revisit":
                found.wanted.update(keys_of_revisit(item))
            for portal in portals_of(item.url, portals):
                first, last = found.times.get(portal.slug, (captured_at, captured_at))
                found.times[portal.slug] = (min(first, captured_at), max(last, captured_at))
    return found


def portals_of(url: str, portals: Sequence[Portal]) -> list[Portal]:
    """Return the portals in whose scope a URL is, or was under a former host."""
    return [portal for portal in portals if is_published_by(portal, url)]


def reason_to_skip(record: ExternalRecord, portals: Sequence[Portal] | None) -> str | None:
    """Return why a record is no capture of a portal, a `WARC-Type` or `out_of_scope`; None if it may be.

    Requests, metadata and conversions are none; nor are responses of DNS and the like. Without `portals`, every URL is
    in scope.
    """
    if record.kind not in ("response", "revisit", "resource") and (record.kind or not record.is_http):
        return record.kind or "unknown"
    if not record.url and record.is_http:
        return None
    if not record.url.lower().startswith(_WEB):
        return record.kind or "unknown"
    return None if portals is None or portals_of(record.url, portals) else "out_of_scope"


def refusal_of(record: ExternalRecord, now: datetime) -> Refusal | None:
    """Return why a portal's record cannot be imported; None if it can, as far as its WARC headers tell."""
    written = record.headers.get("warc-date", "")
    captured_at = record.captured_at
    kind = problem = ""
    if not record.kind:
        kind, problem = "untyped", "the record has no WARC-Type"
    elif not record.url:
        kind, problem = "without_url", "the record has no WARC-Target-URI"
    elif record.kind == "resource":
        kind, problem = "resource", "a `resource` record has no HTTP response, which a capture needs"
    elif "warc-segment-number" in record.headers:
        kind, problem = "segmented", "the record is in segments, which are not joined"
    elif captured_at is None:
        kind, problem = "undated", f"its WARC-Date {written[:40]!r} is no time with a time zone"
    elif not is_possible(captured_at, now):
        kind, problem = "undated", f"its WARC-Date {written[:40]!r} is before {WEB_FROM.year} or in the future"
    elif record.block is None:
        kind, problem = "too_large", f"the record is longer than {external.RECORD_MAX_BYTES:,} bytes"
    elif record.kind == "response" and not record.is_http:
        kind, problem = "not_http", "its Content-Type is not application/http, so it has no HTTP response"
    return Refusal(record.offset, record.url, kind, problem) if kind else None


def _maker(record: ExternalRecord, found: Survey) -> tuple[str, bool]:
    """Return the software that wrote the file, and whether that is this project, from a `warcinfo` record.

    The archive's own files have JSON there, exported ones the usual fields.
    """
    if record.headers.get("content-type", "").startswith("application/json"):
        try:
            is_own = {"crawl_id", "portal_definition"} <= set(json.loads(record.block or b""))
        except (ValueError, TypeError, RecursionError):
            is_own = False
        return (_OWN_SOFTWARE if is_own else found.software), is_own
    software = record.software
    return software or found.software, found.is_own or software == _OWN_SOFTWARE
