"""Benchmark `crawl`: a crawl with archive on and delays off against bare Scrapy spiders, pages per second.

The site is served by a process of its own, the same one for all; each crawl is a process too (`bench.crawler`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench import site
from bench.figures import REPOSITORY, Bar, Figure, Tell, interleaved

NAME = "crawl"
BAR = Bar("ratio", ">=", 0.7)
_PAGES_MAY_DIFFER = 0.02
"""Share: ours knows that the first page of a list has two addresses, a bare spider fetches both."""


def measure(rounds: int, tell: Tell, articles: int = 1000) -> list[Figure]:
    """Crawl a site of that many articles, once a round by each contender."""
    tell(f"{NAME}: preparing {articles} articles")
    counts: dict[str, int] = {}
    with _served(articles) as port:

        def crawl(contender: str) -> float:
            pages, seconds = run_crawler(contender, port)
            counts[contender] = pages
            return pages / seconds

        contenders = {name: (lambda name=name: crawl(name)) for name in ("ours", "bare", "fetching")}
        found = interleaved(contenders, rounds, tell)
    if abs(counts["ours"] / counts["bare"] - 1) > _PAGES_MAY_DIFFER:
        raise RuntimeError(f"the crawls saw different sites, so they cannot be compared: {counts}")
    what = f"crawl of {counts['ours']:,} pages with archive, robots.txt and links"
    return [
        Figure(NAME, what, "pages/s", found["ours"], found["bare"], "bare Scrapy spider, same links", BAR),
        Figure(NAME, what, "pages/s", found["ours"], found["fetching"], "bare Scrapy that never parses an article"),
    ]


def run_crawler(contender: str, port: int) -> tuple[int, float]:
    """Return pages and seconds of one crawl in a process of its own."""
    command = [sys.executable, "-m", "bench.crawler", contender, *site.START_URLS]
    environment = {**os.environ, "http_proxy": f"http://127.0.0.1:{port}", "no_proxy": "", "NO_PROXY": ""}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    return int(result["pages"]), float(result["seconds"])


@contextmanager
def _served(articles: int) -> Iterator[int]:
    """Yield the port of the running site."""
    command = [sys.executable, "-m", "bench.site", str(articles)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        if server.stdout is None or server.stdin is None:
            raise RuntimeError("the site was started without pipes")
        yield int(server.stdout.readline())
        server.stdin.close()
