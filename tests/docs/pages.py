"""The documentation's pages for tests: text, code blocks, commands, tables.

Belongs here: reading Markdown.
Does not belong here: tests.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_ENDS_A_COMMAND = frozenset({"|", ">", "&&", ";", "#"})


def text_of(page: Path) -> str:
    """Return a page's text."""
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """Return a page's fenced blocks of a language; with an empty string, those without a language."""
    return [body for _, marked, body in _FENCE.findall(text_of(page)) if marked == language]


def prose(page: Path) -> str:
    """Return a page's text without its fenced blocks."""
    return _FENCE.sub("", text_of(page))


def commands(page: Path, program: str) -> Iterator[list[str]]:
    """Yield the arguments of each call of `program` in a page's code."""
    lines = [line for language in ("", "sh") for block in blocks(page, language) for line in block.splitlines()]
    lines += [" ".join(span.split()) for span in _SPAN.findall(prose(page))]
    for line in lines:
        for match in re.finditer(rf"(?<![\w/.-]){program} (?=[a-z])|/bin/{program} ", line):
            yield _words(line[match.end() :])


def typed(page: Path, programs: Collection[str]) -> list[str]:
    """Return the commands of a page, once each: lines of `sh` blocks, and inline code that calls a program.

    Comments after a command are removed. A program's name without arguments is not a command.
    """
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    spans = (" ".join(span.split()) for span in _SPAN.findall(prose(page)))
    lines += [span for span in spans if span.partition(" ")[0] in programs and " " in span]
    return list(dict.fromkeys(re.sub(r"\s+# .*", "", line) for line in lines))


def _words(rest: str) -> list[str]:
    words: list[str] = []
    # A program's output may contain a single quotation mark; a command never does.
    for word in shlex.split(rest, comments=True) if rest.count('"') % 2 == 0 else rest.split():
        if word in _ENDS_A_COMMAND:
            break
        words.append(word)
    return words


def first_cells(page: Path, heading: str) -> list[str]:
    """Return the first cell, without backticks, of each row of the first table under a heading."""
    return [cells[0].strip("`") for cells in rows(page, heading)]


def rows(page: Path, heading: str) -> list[list[str]]:
    """Return the rows, without the head, of the first table under a heading."""
    text = text_of(page)
    _, found, after = text.partition(f"\n{heading}\n")
    assert found, f"{page.name} has no heading {heading!r}"
    table = re.search(r"^\|.*\n\|[ |:-]+\|\n((?:\|.*\n)+)", after, re.MULTILINE)
    assert table, f"{page.name} has no table under {heading!r}"
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table[1].splitlines()]
