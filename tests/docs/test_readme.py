"""README: the demo output, the query results and the counts it shows are correct."""

from __future__ import annotations

import csv
import re

import pytest

from bench.extraction import report
from bench.extraction.cases import ORIGINS
from bench.extraction.contenders import OURS, TRAFILATURA
from spiders.mirror import MIRROR_PORTALS
from spiders.platforms import PLATFORMS
from spiders.portal import SHIPPED_PORTALS, load_portals
from tests.demonstration import Demo, hanoi_corpus
from tests.docs.pages import PAGES, REPOSITORY, blocks, rows, text_of

README = REPOSITORY / "README.md"


def state_of_things() -> dict[str, tuple[int, str]]:
    """Return count and remarks of each row of the table."""
    return {what: (int(count), remarks) for what, count, remarks in rows(README, "## The state of things")}


def test_the_state_of_things_is_counted() -> None:
    portals = load_portals([SHIPPED_PORTALS]).valid
    with (SHIPPED_PORTALS / "candidates.csv").open(encoding="utf-8", newline="") as file:
        candidates = sum(row["status"] == "candidate" for row in csv.DictReader(file))
    assert {what: count for what, (count, _) in state_of_things().items()} == {
        "platforms": len(PLATFORMS),
        "portals defined": len(portals),
        "of these, checked against the live portal": sum(bool(portal.verified_on) for portal in portals.values()),
        "candidates": candidates,
        "test portals": len(load_portals([MIRROR_PORTALS]).valid),
    }


def test_every_platform_is_named() -> None:
    assert re.findall(r"`(\w+)`", state_of_things()["platforms"][1]) == list(PLATFORMS)


@pytest.mark.process
@pytest.mark.slow
def test_the_demo_prints_the_output_that_is_shown(demo: Demo) -> None:
    (shown,) = (block for block in blocks(PAGES[0], "") if block.startswith("Per portal"))
    missing = [line for line in shown.splitlines() if line != "…" and line not in demo.output.splitlines()]
    assert missing == []


@pytest.mark.process
@pytest.mark.slow
def test_the_queries_return_the_results_that_are_shown(demo: Demo) -> None:
    shown = [block for block in blocks(PAGES[0], "") if "$ hanoi-corpus query" in block]
    assert len(shown) == 5
    for block in shown:
        (sql,) = re.findall(r'\$ hanoi-corpus query "(.*)"', block)
        _, _, answer = block.partition(f'"{sql}"\n')
        assert answer == hanoi_corpus(demo.home, "query", sql).stdout


def test_the_extraction_table_has_the_rows_and_columns_of_the_bench() -> None:
    (head,) = re.findall(r"^\| pages \| .* leaks \|$", text_of(README), re.MULTILINE)
    assert head.strip("| ").split(" | ") == list(report.HEAD_IN_SHORT)
    shown = rows(README, "## How accurate it is")
    assert {tuple(row[:2]) for row in shown} == {(origin, name) for origin in ORIGINS for name in (*OURS, TRAFILATURA)}
