"""Crawls that are killed at random moments: nothing stored is lost, and nothing is requested twice."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from typing import Final

from bench.torture.ground import PORTALS, captures_of, kill_tree, leftovers, start
from bench.torture.tally import Tally, Turn
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.days import moment_of
from spiders.mirror.server import Mirror, serve
from warehouse.archive.files import warc_files
from warehouse.archive.index.build import update_index
from warehouse.archive.warc.reader import read_captures
from warehouse.home import Home

_KILLS: Final = 6
# Requests left to the last crawl, which is not killed.
_RESERVE: Final = 15
# One connection a host: a request in flight, and an answer that may not be stored yet.
_IN_FLIGHT_MAX: Final = 2
_CRAWL_SECONDS: Final = 120.0


def crawl(turn: Turn, tally: Tally) -> None:
    """Kill crawls of a portal in turn; then let one end, and compare with the undisturbed crawl."""
    tries = 0
    while turn.goes_on(tries):
        portal = PORTALS[tries % 2]
        tries += 1
        expected = _pages(turn.ground.home, portal)
        with turn.ground.copy("demo.json") as home, serve(1, delays=False) as mirror:
            for number in range(_KILLS):
                left = len(expected) - _RESERVE - _asked(mirror).total()
                if left <= 0:
                    break
                before = len(mirror.requests)
                stored = set(_pages(home, portal))
                process = _begin(home, mirror, portal, number)
                _wait_for(
                    mirror, process, before, turn.chosen.randint(0, max(1, min(left, 2 * left // (_KILLS - number))))
                )
                time.sleep(turn.chosen.uniform(0, 0.05))
                tally.counts["kills"] += process.poll() is None
                kill_tree(process)
                time.sleep(0.1)  # the mirror logs its last answer
                update_index(home)
                asked = _asked(mirror, before)
                tally.require(not asked.keys() & stored, f"asked though stored: {sorted(asked.keys() & stored)[:3]}")
                lost = asked.keys() - set(_pages(home, portal))
                tally.require(len(lost) <= _IN_FLIGHT_MAX, f"lost {len(lost)} answers: {sorted(lost)[:3]}")
            process = _begin(home, mirror, portal, _KILLS)
            process.wait(_CRAWL_SECONDS)
            tally.require(process.returncode == 0, f"the last crawl ended with {process.returncode}")
            found = _pages(home, portal)
            repeated = [url for url, count in Counter(found).items() if count > 1]
            tally.require(not repeated, f"stored twice: {repeated[:3]}")
            tally.require(set(found) == set(expected), f"other pages: {sorted(set(found) ^ set(expected))[:5]}")
            tally.require(not (left_over := leftovers(home.root)), f"left over: {left_over}")
            captures_of(home)
            tally.counts["answers"] += len(mirror.requests)


def _begin(home: Home, mirror: Mirror, portal: str, number: int) -> subprocess.Popen[bytes]:
    at = moment_of(1) + timedelta(minutes=number)
    options = ["--home", str(home.root), "--definitions", str(MIRROR_PORTALS), "--run-id", "torture", "--serves-mirror"]
    variables = [f"{name}={value}" for name, value in mirror.environment().items()]
    prefix = ["/usr/bin/env", *variables, sys.executable, "-m", "spiders.crawl"]
    return start(home, *options, "--now", at.isoformat(), portal, prefix=prefix)


def _wait_for(mirror: Mirror, process: subprocess.Popen[bytes], before: int, further: int) -> None:
    until = time.monotonic() + _CRAWL_SECONDS
    while _asked(mirror, before).total() < further and process.poll() is None and time.monotonic() < until:
        time.sleep(0.003)


def _asked(mirror: Mirror, since: int = 0) -> Counter[str]:
    """Return the requests by URL, without robots.txt, which each crawl requests first."""
    return Counter(one.url for one in mirror.requests[since:] if not one.url.endswith("/robots.txt"))


def _pages(home: Home, portal: str) -> list[str]:
    captures = (one.capture for warc in warc_files(home, portal) for one in read_captures(warc))
    return [one.url for one in captures if not one.url.endswith("/robots.txt")]
