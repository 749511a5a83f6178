"""Markdown for the Dagster UI: whatever a page says stays text, and links lead to web addresses alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dagster_project.operations.markdown import Link, cell, table


@pytest.mark.parametrize(
    ("hostile", "escaped"),
    [
        ("a | b", r"a \| b"),
        ("[x](y)", r"\[x\]\(y\)"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("`rm`\n\n# title", r"\`rm\` \# title"),
        ("_a_ *b* ~~c~~", r"\_a\_ \*b\* \~\~c\~\~"),
    ],
)
def test_markup_is_escaped(hostile: str, escaped: str) -> None:
    assert cell(hostile) == escaped


def test_a_link_cannot_be_ended_from_within() -> None:
    told = cell(Link("] (x", "https://tin.hanoi.test/a>)|b c<script>"))
    assert told == r"[\] \(x](<https://tin.hanoi.test/a%3E%29%7Cb%20c%3Cscript%3E>)"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//tin.hanoi.test", ""])
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    assert cell(Link("tin", url)) == "tin"


def test_an_article_without_a_title_can_be_reached() -> None:
    assert cell(Link("", "https://tin.hanoi.test/1")) == "[(no title)](<https://tin.hanoi.test/1>)"


def test_times_are_hanois_and_nothing_is_nothing() -> None:
    assert cell(datetime(2026, 9, 14, 17, 30, tzinfo=UTC)) == r"2026\-09\-15 00:30"
    assert table(("a", "b"), [(None, 1)]).splitlines() == ["| a | b |", "| --- | --- |", "|  | 1 |"]
