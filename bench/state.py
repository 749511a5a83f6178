"""Benchmark `state`: time and memory to start the daily crawl of a portal with many known articles.

Measured from the start of the process to its first request to a server on loopback. Then the process is killed, so
that the next round finds the archive unchanged.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import yaml

from bench.figures import REPOSITORY, Bar, Figure, Log, interleaved
from bench.history import PORTAL, write_history
from warehouse.archive.files import PART_SUFFIX
from warehouse.archive.state.queries import open_state, state_path
from warehouse.home import Home

NAME = "state"
SECONDS_BAR = Bar("value", "<=", 2)
GROWTH_BAR = Bar("ratio", "<=", 1.3)
MEMORY_BAR = Bar("value", "<=", 300)
_TIMEOUT_SECONDS = 60.0
_MB = 1e6


def measure(rounds: int, log: Log, articles: int = 100_000, crawls: int = 1000) -> list[Figure]:
    """Start crawls of a portal with this many known articles and of one with few, alternately."""
    log(f"{NAME}: writing an archive of {crawls} crawls with {articles} articles")
    peaks: dict[str, list[float]] = {"many": [], "few": []}
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-bench-") as folder:
        homes = {"many": Home(Path(folder) / "many"), "few": Home(Path(folder) / "few")}
        write_history(homes["many"], articles, crawls)
        write_history(homes["few"], few := min(100, articles), 1)
        rebuilt = {name: _rebuild(home) for name, home in homes.items()}
        log("  state rebuilt: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in rebuilt.items()))

        def start(name: str) -> float:
            seconds, peak = start_crawl(homes[name])
            peaks[name].append(peak / _MB)
            return seconds

        found = interleaved({name: partial(start, name) for name in homes}, rounds, log)
        size = state_path(homes["many"], PORTAL.slug).stat().st_size / _MB
    what, baseline = f"{articles:,} known articles of {crawls:,} crawls", f"{few} known articles of one crawl"
    memory = {name: median(values) for name, values in peaks.items()}
    return [
        Figure(NAME, f"first request, {what}", "s", found["many"], found["few"], baseline, SECONDS_BAR),
        Figure(NAME, f"the same, {what}", "s", found["many"], found["few"], baseline, GROWTH_BAR),
        Figure(NAME, f"peak memory until then, {what}", "MB", memory["many"], memory["few"], baseline, MEMORY_BAR),
        Figure(NAME, f"state made anew, {what}", "s", rebuilt["many"], rebuilt["few"], baseline),
        Figure(NAME, f"the state's file, {what}", "MB", size),
    ]


def start_crawl(home: Home) -> tuple[float, int]:
    """Start a crawl; return the seconds until its first request and its peak memory in bytes.

    Raises:
        RuntimeError: the crawl sent no request.
    """
    definitions = home.root / "portals"
    definitions.mkdir(exist_ok=True)
    definition = PORTAL.model_dump(mode="json", exclude_defaults=True)
    (definitions / f"{PORTAL.slug}.yml").write_text(yaml.safe_dump(definition, allow_unicode=True), encoding="utf-8")
    options = ["--home", str(home.root), "--definitions", str(definitions), "--serves-mirror"]
    with _listening() as server:
        proxy = f"http://127.0.0.1:{server.getsockname()[1]}"
        environment = {**os.environ, "http_proxy": proxy, "no_proxy": "", "NO_PROXY": ""}
        started_at = time.perf_counter()
        command = [sys.executable, "-m", "spiders.crawl", *options, PORTAL.slug]
        with subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL) as crawl:
            try:
                server.accept()[0].close()
                return time.perf_counter() - started_at, _peak_bytes(crawl.pid)
            except TimeoutError as error:
                raise RuntimeError("the crawl sent no request; its output is above") from error
            finally:
                crawl.send_signal(signal.SIGKILL)
                crawl.wait()
                for part in home.warc.glob(f"*/*{PART_SUFFIX}"):
                    part.unlink()


def _rebuild(home: Home) -> float:
    """Rebuild a portal's crawl state from its archive; return the seconds it takes."""
    started_at = time.perf_counter()
    with open_state(home, PORTAL.slug):
        return time.perf_counter() - started_at


@contextmanager
def _listening() -> Iterator[socket.socket]:
    """Yield a listening socket for the crawl's first request."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(_TIMEOUT_SECONDS)
        yield server


def _peak_bytes(pid: int) -> int:
    """Return the peak resident size of a process in bytes; Linux only."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
