"""Excerpts of marts: counts by kind, and a few rows with the articles that they name."""

from __future__ import annotations

import pytest

from warehouse.home import Home
from warehouse.tables import store
from warehouse.tables.overview.excerpts import EXAMPLES_MAX, SHOWN, Named, excerpts_of
from warehouse.tables.publish import MARTS


def test_there_is_none_before_the_first_build(home: Home) -> None:
    assert excerpts_of(home, MARTS) == {}


def test_rows_are_counted_by_kind_and_a_few_shown_with_their_articles(home: Home) -> None:
    with store.connect(home) as warehouse:
        warehouse.execute(
            "create table marts.fct_articles as select * from (values ('a1', 'Tin một', 'https://hong.test/1'))"
            " as articles (article_id, title, url)"
        )
        warehouse.execute(
            "create table marts.fct_reprints as select 'a1' as article_id, 'gone' as original_article_id,"
            " 'lanh' as original_portal, if(number < 3, 'mark', 'containment') as how_known, 'copy' as kind,"
            " number as delay_minutes, make_timestamptz(2026, 11, 1 + number, 0, 0, 0, 'UTC') as published_by"
            " from range(12) as numbers (number)"
        )
    found = excerpts_of(home, ["fct_articles", "fct_reprints", "fct_portal_flows"])
    assert list(found) == ["fct_reprints"]
    excerpt = found["fct_reprints"]
    assert (excerpt.rows, excerpt.kinds) == (12, {"containment": 9, "mark": 3})
    assert excerpt.columns == SHOWN["fct_reprints"].columns
    assert len(excerpt.examples) == EXAMPLES_MAX
    assert excerpt.examples[0] == (
        Named("a1", "Tin một", "https://hong.test/1"),
        Named("gone"),
        "lanh",
        "containment",
        "copy",
        11,
    )


def test_rows_without_a_kind_are_only_counted(home: Home) -> None:
    with store.connect(home) as warehouse:
        warehouse.execute("create table marts.fct_articles (article_id varchar, title varchar, url varchar)")
        columns = ", ".join(f"1 as {column}" for column in SHOWN["fct_portal_flows"].columns)
        warehouse.execute(f"create table marts.fct_portal_flows as select {columns}")
    (excerpt,) = excerpts_of(home, ["fct_portal_flows"]).values()
    assert (excerpt.rows, excerpt.kinds, excerpt.examples) == (1, {}, ((1,) * 6,))


@pytest.mark.parametrize("mart", SHOWN)
def test_only_published_marts_are_shown(mart: str) -> None:
    assert mart in MARTS
