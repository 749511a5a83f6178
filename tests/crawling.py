"""Crawls in tests: a real crawl process against a mirror on loopback, and a handler for saved pages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import yaml

from spiders.mirror.server import Handler, Mirror
from spiders.mirror.sites.base import Response
from warehouse.home import Home

CRAWL_TIMEOUT_SECONDS = 120


def crawl_command(home: Home, definitions: Path, *slugs: str) -> list[str]:
    """Return the command line of a crawl."""
    options = ["--home", str(home.root), "--definitions", str(definitions), "--run-id", "test", "--serves-mirror"]
    return [sys.executable, "-m", "spiders.crawl", *options, *slugs]


def crawl(
    mirror: Mirror, home: Home, definitions: Path, *slugs: str, now: datetime | None = None
) -> subprocess.CompletedProcess[str]:
    """Crawl portals in a process that reaches only the mirror; its clock starts at `now`."""
    shifted = ["--now", now.isoformat()] if now else []
    return subprocess.run(
        [*crawl_command(home, definitions, *slugs), *shifted],
        env={**os.environ, **mirror.environment()},
        capture_output=True,
        text=True,
        timeout=CRAWL_TIMEOUT_SECONDS,
        check=False,
    )


def define_portal(folder: Path, slug: str, host: str, **fields: object) -> None:
    """Write the file of a test portal; `fields` replace or add to the defaults."""
    definition = {
        "slug": slug,
        "name": "Cổng thử nghiệm",
        "owner": {"office": "Văn phòng thử nghiệm", "administrative_unit": "thành phố Hà Nội"},
        "scope": {"hosts": [host]},
        "politeness": {"delay_seconds": 0, "retry_delays_seconds": [0.1, 0.1, 0.1]},
        **fields,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{slug}.yml").write_text(yaml.safe_dump(definition, allow_unicode=True), encoding="utf-8")


def serve_folder(pages: Mapping[str, Path]) -> Handler:
    """Return a handler that serves each path's file, and 404 for all other paths."""

    def handle(_method: str, target: str) -> Response:
        file = pages.get(target.partition("?")[0])
        if file is None:
            return Response(404, {"Content-Type": "text/html; charset=UTF-8"}, b"<html><body>404</body></html>")
        return Response(200, {"Content-Type": "text/html;charset=UTF-8"}, file.read_bytes())

    return handle
