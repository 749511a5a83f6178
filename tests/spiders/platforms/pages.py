"""Helpers for platform tests: portals, captures, and the hand-written pages of `tests/fixtures`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from spiders.pages.html import parse_page
from spiders.pages.page import Page
from spiders.portal import Owner, Portal, Scope
from spiders.portal_values import PlatformName
from warehouse.records import Capture

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
CAPTURED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def a_portal(platform: PlatformName, url: str = "https://dongtam.hanoi.test/", *patterns: str) -> Portal:
    """Return a portal of the platform with the URL's host as its scope."""
    return Portal(
        slug="cong-thu",
        name="Cổng thử",
        owner=Owner(office="Văn phòng thử", administrative_unit="xã thử"),
        platform=platform,
        seed_urls=(url,),
        scope=Scope(hosts=(urlsplit(url).netloc,)),
        article_patterns=patterns,
    )


def a_capture(url: str, body: bytes = b"", **fields: object) -> Capture:
    """Return a capture of the URL with status 200, made on 1 January 2026."""
    capture = Capture(
        capture_id="capture",
        crawl_id="crawl",
        portal="cong-thu",
        url=url,
        captured_at=CAPTURED_AT,
        status=200,
        content_type=None,
        payload_digest="sha256:0",
        is_revisit=False,
        bytes=len(body),
        article_key=None,
        warc_file="cong-thu/crawl.warc.gz",
        warc_offset=0,
    )
    return replace(capture, **fields)  # type: ignore[arg-type]  # fields by name


def a_page(html: str, url: str = "https://dongtam.hanoi.test/") -> Page:
    """Return the parsed page."""
    return parse_page(f"<!DOCTYPE html><html><body>{html}</body></html>".encode(), url, None)
