"""Benchmark `crawl`: pages per second of a crawl without delays against bare Scrapy spiders.

One server process (`bench.site`) serves the site to all contenders; each crawl has its own process (`bench.crawler`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench import site
from bench.figures import REPOSITORY, Bar, Figure, Log, interleaved

NAME = "crawl"
BAR = Bar("ratio", ">=", 0.7)
_PAGES_MAY_DIFFER = 0.02
"""Share of pages: the first page of a list has two URLs; ours knows that, a bare spider fetches both."""


def measure(rounds: int, log: Log, articles: int = 1000) -> list[Figure]:
    """Crawl a site of this many articles with each contender once per round."""
    log(f"{NAME}: preparing {articles} articles")
    counts: dict[str, int] = {}
    with _served(articles) as port:

        def crawl(contender: str) -> float:
            pages, seconds = run_crawler(contender, port)
            counts[contender] = pages
            return pages / seconds

        contenders = {name: (lambda name=name: crawl(name)) for name in ("ours", "bare", "fetching")}
        found = interleaved(contenders, rounds, log)
    if abs(counts["ours"] / counts["bare"] - 1) > _PAGES_MAY_DIFFER:
        raise RuntimeError(f"the crawls fetched different numbers of pages and cannot be compared: {counts}")
    what = f"crawl of {counts['ours']:,} pages with archive, robots.txt and links"
    return [
        Figure(NAME, what, "pages/s", found["ours"], found["bare"], "bare Scrapy spider, same links", BAR),
        Figure(NAME, what, "pages/s", found["ours"], found["fetching"], "bare Scrapy that never parses an article"),
    ]


def run_crawler(contender: str, port: int) -> tuple[int, float]:
    """Crawl once in a new process; return pages and seconds."""
    command = [sys.executable, "-m", "bench.crawler", contender, *site.START_URLS]
    environment = {**os.environ, "http_proxy": f"http://127.0.0.1:{port}", "no_proxy": "", "NO_PROXY": ""}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    return int(result["pages"]), float(result["seconds"])


@contextmanager
def _served(articles: int) -> Iterator[int]:
    """Run the site; yield its port."""
    command = [sys.executable, "-m", "bench.site", str(articles)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        if server.stdout is None or server.stdin is None:
            raise RuntimeError("the site was started without pipes")
        yield int(server.stdout.readline())
        server.stdin.close()
