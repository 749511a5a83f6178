"""Benchmark `crawl`: pages per second of a crawl without delays against bare Scrapy spiders.

Each crawl has its own process (`bench.crawl.contender`). The answers come from memory, so that a crawl waits for
nothing, and its speed is that of the processor time that it takes. Once more they come from a server on loopback, which
shares the machine: then the time is that of the clock.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.crawl import site
from bench.crawl.memory import write_answers
from bench.figures import REPOSITORY, Bar, Figure, Log, interleaved

NAME = "crawl"
BAR = Bar("ratio", ">=", 1 / 1.15)
"""Against the spider that stores and reads what ours does: what our decisions on top of that may cost."""
_PAGES_MAY_DIFFER = 0.02
"""Share of pages: the first page of a list has two URLs; ours knows that, a bare spider fetches both."""


def measure(rounds: int, log: Log, articles: int = 1000) -> list[Figure]:
    """Crawl a site of this many articles with each contender once per round."""
    log(f"{NAME}: preparing {articles} articles")
    counts: dict[str, int] = {}

    def from_memory(contender: str, answers: Path) -> float:
        counts[contender], _, processor_seconds = run_crawler(contender, answers)
        return counts[contender] / processor_seconds

    def from_server(contender: str, port: int) -> float:
        pages, seconds, _ = run_crawler(contender, port)
        return pages / seconds

    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-bench-") as folder:
        answers = Path(folder) / "answers.jsonl"
        write_answers(answers, site.answers(articles))
        names = ("ours", "bare", "storing", "reading")
        found = interleaved({name: partial(from_memory, name, answers) for name in names}, rounds, log)
        with _served(answers) as port:
            served = interleaved({name: partial(from_server, name, port) for name in ("ours", "bare")}, rounds, log)
    if abs(counts["ours"] / counts["bare"] - 1) > _PAGES_MAY_DIFFER:
        raise RuntimeError(f"the crawls fetched different numbers of pages and cannot be compared: {counts}")
    what = f"crawl of {counts['ours']:,} pages with archive, robots.txt and links"
    unit = "pages/s of processor"
    stores = "bare Scrapy spider with robots.txt that stores WARC records"
    return [
        Figure(NAME, what, unit, found["ours"], found["bare"], "bare Scrapy spider, same links"),
        Figure(NAME, what, unit, found["ours"], found["storing"], stores),
        Figure(NAME, what, unit, found["ours"], found["reading"], f"{stores} and reads pages as ours does", BAR),
        Figure(NAME, f"{what}, from a server", "pages/s", served["ours"], served["bare"], "bare Scrapy spider"),
    ]


def run_crawler(contender: str, source: Path | int) -> tuple[int, float, float]:
    """Crawl once in a new process; return pages, seconds, and seconds of processor time.

    The answers come from a file of `bench.crawl.memory`, or from the server at a port.
    """
    is_served = isinstance(source, int)
    command = [sys.executable, "-m", "bench.crawl.contender", contender, "-" if is_served else str(source)]
    proxy = {"http_proxy": f"http://127.0.0.1:{source}"} if is_served else {}
    environment = {**os.environ, **proxy, "no_proxy": "", "NO_PROXY": ""}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    return int(result["pages"]), float(result["seconds"]), float(result["processor_seconds"])


@contextmanager
def _served(answers: Path) -> Iterator[int]:
    """Run the site; yield its port."""
    command = [sys.executable, "-m", "bench.crawl.site", str(answers)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        if server.stdout is None or server.stdin is None:
            raise RuntimeError("the site was started without pipes")
        yield int(server.stdout.readline())
        server.stdin.close()
