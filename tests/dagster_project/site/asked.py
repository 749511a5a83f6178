"""A site in this process, asked without a socket; its portals and crawls."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from dagster_project.site.app import application
from tests.crawling import define_portal
from warehouse.archive.index.reports import report_json
from warehouse.home import CRAWLS_FOLDER, Home
from warehouse.records import CrawlReport, Verdict

NOW = datetime.now(UTC)
RED, WELL, NEW = "hong", "lanh", "moi"


@dataclass(frozen=True)
class Site:
    """The site of a home, in this process.

    Attributes:
        folder: of the portals' files.
    """

    home: Home
    folder: Path

    def ask(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        """Return the answer of the site as it is now."""

        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(app=application(self.home))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3001") as client:
                return await client.request(method, path, headers=headers, follow_redirects=True)

        return asyncio.run(answer())

    def define(self, slug: str, **fields: object) -> None:
        """Write the file of a portal."""
        define_portal(
            self.folder, slug, f"{slug}.test", platform="generic", seed_urls=[f"https://{slug}.test/"], **fields
        )

    def crawled(self, slug: str, verdict: Verdict, days_ago: int, reason: str = "") -> None:
        """Store the report of a crawl."""
        at = NOW - timedelta(days=days_ago)
        crawl_id = f"{at:%Y%m%dT%H%M%SZ}"
        why = reason or f"why {verdict}"
        report = CrawlReport(crawl_id, slug, "run", at, at, verdict, why, 91, 82, 73, 64, 55, {"http_404": 3}, "w")
        self.home.storage.put(f"{CRAWLS_FOLDER}/{slug}/{crawl_id}.json", report_json(report).encode())
