"""Observations as JSON and back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from warehouse.archive.observations import (
    AskedPage,
    FailedArticle,
    HostAnswers,
    ListedArticle,
    Observations,
    from_json,
    to_json,
)

NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)


def test_observations_survive_a_round_trip() -> None:
    seen = Observations(
        listed=(ListedArticle("1", "https://x.test/tin", "a", NOW, None), ListedArticle("2", "tức", "b", NOW, NOW)),
        pages=(AskedPage("https://x.test/tin", "http://x.test/tin", is_list=True),),
        missing={"3": NOW},
        refused=("4",),
        blocked=("5",),
        failed=(FailedArticle("6", "https://x.test/6", NOW),),
        hosts={"x.test": HostAnswers(3, 2, 1, 4)},
        margin_pages=2,
        backfill="../3",
        frontier=("https://x.test/tin?page=2",),
    )
    assert from_json(to_json(seen)) == seen
    assert from_json(to_json(Observations())) == Observations()


@pytest.mark.parametrize("garbage", ["", "null", "[]", "{}", '{"listed": 3}', to_json(Observations())[:-5]])
def test_other_json_is_an_error(garbage: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_json(garbage)
