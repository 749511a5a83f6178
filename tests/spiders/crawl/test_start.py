"""What a crawl's process loads before its first request."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.process
def test_a_crawl_loads_no_library_before_it_needs_it() -> None:
    code = "import sys, spiders.crawl.process; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"dbt", "duckdb", "dagster", "trafilatura", "extruct", "bs4", "aiohttp"}.isdisjoint(done.stdout.split())
