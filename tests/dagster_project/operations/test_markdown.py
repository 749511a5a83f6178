"""Markdown for the Dagster UI: page content is escaped, and only http(s) URLs become links."""

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


def test_a_title_or_url_cannot_break_out_of_a_link() -> None:
    link = cell(Link("] (x", "https://tin.hanoi.test/a>)|b c<script>"))
    assert link == r"[\] \(x](<https://tin.hanoi.test/a%3E%29%7Cb%20c%3Cscript%3E>)"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//tin.hanoi.test", ""])
def test_only_http_urls_become_links(url: str) -> None:
    assert cell(Link("tin", url)) == "tin"


def test_a_link_without_text_gets_a_placeholder() -> None:
    assert cell(Link("", "https://tin.hanoi.test/1")) == "[(no title)](<https://tin.hanoi.test/1>)"


def test_times_are_in_hanoi_time_and_none_is_empty() -> None:
    assert cell(datetime(2026, 9, 14, 17, 30, tzinfo=UTC)) == r"2026\-09\-15 00:30"
    assert table(("a", "b"), [(None, 1)]).splitlines() == ["| a | b |", "| --- | --- |", "|  | 1 |"]
