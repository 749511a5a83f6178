"""What the README shows of the demo is what the demo prints, and the figures it gives of what is shipped are right."""

from __future__ import annotations

import csv
import re

from bench.extraction import report
from bench.extraction.cases import ORIGINS
from bench.extraction.contenders import OURS, TRAFILATURA
from spiders.mirror import MIRROR_PORTALS
from spiders.platforms import PLATFORMS
from spiders.portal import SHIPPED_PORTALS, load_portals
from tests.demonstration import Demo, hanoi_corpus
from tests.docs.pages import PAGES, REPOSITORY, blocks, rows, text_of

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
README = " ".join(text_of(REPOSITORY / "README.md").split())


def in_words(count: int) -> str:
    """Return a number as prose has it: up to ten in a word."""
    return _WORDS[count] if count < len(_WORDS) else str(count)


def test_the_platforms_are_counted_and_named() -> None:
    assert f"{in_words(len(PLATFORMS)).capitalize()} platforms: " in README
    assert [name for name in PLATFORMS if f"`{name}`" not in README] == []


def test_the_portals_are_counted_and_nothing_is_called_verified_that_is_not() -> None:
    portals = load_portals([SHIPPED_PORTALS])
    assert f"{in_words(len(portals)).capitalize()} portals are defined" in README
    is_any_verified = any(portal.verified_on for portal in portals.values())
    assert ("none of the definitions has been checked" in README) != is_any_verified


def test_the_test_portals_are_counted() -> None:
    count = in_words(len(load_portals([MIRROR_PORTALS])))
    assert f"serves {count} bundled test portals" in README
    assert f"One of the {count} answers with a challenge page" in README


def test_the_candidates_are_counted() -> None:
    with (SHIPPED_PORTALS / "candidates.csv").open(encoding="utf-8", newline="") as file:
        candidates = sum(row["status"] == "candidate" for row in csv.DictReader(file))
    assert f"lists {candidates} more" in README


def test_what_it_shows_of_the_demo_is_what_the_demo_prints(demo: Demo) -> None:
    (shown,) = (block for block in blocks(PAGES[0], "") if block.startswith("Per portal"))
    missing = [line for line in shown.splitlines() if line != "…" and line not in demo.output.splitlines()]
    assert missing == []


def test_the_answers_that_it_shows_are_the_demos(demo: Demo) -> None:
    shown = [block for block in blocks(PAGES[0], "") if "$ hanoi-corpus query" in block]
    assert len(shown) == 2
    for block in shown:
        (sql,) = re.findall(r'\$ hanoi-corpus query "(.*)"', block)
        _, _, answer = block.partition(f'"{sql}"\n')
        assert answer == hanoi_corpus(demo.home, "query", sql).stdout


def test_what_it_shows_of_extraction_is_a_table_of_the_bench() -> None:
    (head,) = re.findall(r"^\| pages \|.*$", text_of(REPOSITORY / "README.md"), re.MULTILINE)
    assert head.strip("| ").split(" | ") == list(report.HEAD_IN_SHORT)
    shown = rows(REPOSITORY / "README.md", "## How well it reads")
    assert {tuple(row[:2]) for row in shown} == {(origin, name) for origin in ORIGINS for name in (*OURS, TRAFILATURA)}
