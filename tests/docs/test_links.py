"""Links between the pages: every target and every anchor exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, REPOSITORY, prose, rows, text_of

DECISIONS = DOCS / "decisions"
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = _HEADING.findall(prose(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_link_targets_exist(page: Path) -> None:
    wrong = []
    for link in _LINK.findall(prose(page)):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    assert wrong == []


def test_the_readme_links_every_page() -> None:
    readme, *others = PAGES
    linked = set(_LINK.findall(text_of(readme)))
    paths = {str(page.relative_to(REPOSITORY)) for page in others if page.parent != DECISIONS}
    assert (paths | {"docs/decisions/README.md"}) - linked == set()


def test_decisions_are_numbered_and_listed_in_the_index() -> None:
    names = sorted(page.name for page in DECISIONS.glob("0*.md"))
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    assert [cell for cell, _ in rows(DECISIONS / "README.md", "## All records")] == [
        f"[{name[:4]}]({name})" for name in names
    ]


@pytest.mark.parametrize("page", sorted(DECISIONS.glob("0*.md")), ids=lambda page: page.name[:4])
def test_a_decision_has_a_status_code_and_the_three_sections(page: Path) -> None:
    text = text_of(page)
    assert text.startswith(f"# {page.name[:4]}: ")
    assert re.findall(r"^(Status|## .+?)(?::.*)?$", text, re.MULTILINE) == [
        *("Status", "## Context", "## Decision", "## Consequences")
    ]
    named = re.findall(r"`([a-z_]+/[\w./]*)`", text)
    assert [path for path in named if not (REPOSITORY / path).exists()] == ["archive/warc"] * named.count(
        "archive/warc"
    )


def test_anchors_are_made_as_github_makes_them() -> None:
    (page,) = (page for page in PAGES if page.name == "analyst.md")
    assert "which-release-is-this" in anchors(page)
    assert "no-such-heading" not in anchors(page)
