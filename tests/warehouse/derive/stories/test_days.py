"""Stories day by day: what joins, what does not, and that the order of arrival within a day does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.derive.stories import made
from warehouse.derive.stories import known as states
from warehouse.derive.stories.days import Assignment, Change, DayResult, cluster_day, replay, story_id_of
from warehouse.derive.stories.known import Block, Known, ReadTerms, known_of
from warehouse.derive.stories.rows import Places, Rows, joined, joined_places
from warehouse.derive.stories.weights import Snapshot, no_tally

MONDAY = date(2025, 3, 10)
TELLINGS = made.tellings()
REPORTS = {f"report-{number}": told for number, told in enumerate(made.reports("quý I năm 2025", seed=1))}
ALL = TELLINGS | REPORTS


def decide(arrived_on: date, batch: Rows, known: Known, *earlier: Rows, snapshot: Snapshot | None = None) -> DayResult:
    """Return what a day decides; `earlier` are the terms of the articles that are known."""
    places = Places(batch.article_ids, batch.times, np.arange(len(batch)))
    return cluster_day(arrived_on, places, known, snapshot, reading(batch, *earlier))


def reading(*parts: Rows) -> ReadTerms:
    """Return what reads terms by the IDs of articles."""
    rows = joined(parts)
    number_of = {article_id: number for number, article_id in enumerate(rows.article_ids)}
    return lambda places: rows.take(np.array([number_of[each] for each in places.article_ids], np.int64))


def stories(results: Iterable[DayResult]) -> dict[str, str]:
    """Return the story of each article at the end."""
    found: dict[str, str] = {}
    known = Known()
    for result in results:
        found |= {each.article_id: each.story_id for each in result.assignments}
        known = result.known
    return {article_id: known.story(story_id) for article_id, story_id in found.items()}


def together(found: Mapping[str, str]) -> set[frozenset[str]]:
    return {frozenset(each for each in found if found[each] == story_id) for story_id in found.values()}


def in_days(parts: Sequence[Sequence[str]]) -> list[tuple[date, Rows]]:
    return [
        (MONDAY + timedelta(days=day), made.rows({article_id: ALL[article_id] for article_id in part}))
        for day, part in enumerate(parts)
    ]


def test_tellings_of_one_event_are_one_story_and_reports_of_one_form_are_not() -> None:
    found = together(stories(replay(in_days([list(ALL)]))))
    for event in ("bridge", "well", "library", "bus"):
        assert frozenset(each for each in ALL if each.startswith(f"{event}-")) in found
    assert all(frozenset([report]) in found for report in REPORTS)
    # Nothing of two events.
    assert all(len({each.split("-")[0] for each in group}) == 1 for group in found)


def test_every_event_is_one_story_beside_many_other_articles(shared_vims: Rows) -> None:
    batch = joined([made.rows(ALL), shared_vims])
    found = together({each: story for each, story in stories(replay([(MONDAY, batch)])).items() if each in ALL})
    assert found == {
        *(frozenset(each for each in TELLINGS if each.startswith(f"{event}-")) for event in made.EVENTS),
        *(frozenset([report]) for report in REPORTS),
    }


def test_a_story_keeps_its_id_when_articles_join() -> None:
    first, second, third = replay(in_days([["bridge-0", "well-0", "bus-0"], ["bridge-1", "library-0"], ["bridge-2"]]))
    (founder,) = (each for each in first.assignments if each.article_id == "bridge-0")
    assert founder.story_id == story_id_of("bridge-0")
    assert founder.similarity is None
    assert founder.shared == ()
    later = [each for result in (second, third) for each in result.assignments if each.article_id.startswith("bridge")]
    assert [each.story_id for each in later] == [founder.story_id] * 2
    assert all(each.similarity and each.shared for each in later)


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_the_order_within_days_and_the_number_of_runs_do_not_matter(data: st.DataObject) -> None:
    names = sorted(ALL)
    cuts = sorted(data.draw(st.lists(st.integers(1, len(names) - 1), min_size=2, max_size=2, unique=True)))
    arrival = data.draw(st.permutations(names))
    days = [arrival[: cuts[0]], arrival[cuts[0] : cuts[1]], arrival[cuts[1] :]]
    expected = list(replay(in_days([sorted(day) for day in days])))
    shuffled = [data.draw(st.permutations(day)) for day in days]
    assert decided(replay(in_days(shuffled))) == decided(expected)
    # Runs cut at random: a day is run with a part of its articles, and again with all from the state of the day before.
    known, tally = Known(), no_tally()
    results: list[DayResult] = []
    everything = made.rows(ALL)
    for (arrived_on, rows), day in zip(in_days(shuffled), days, strict=True):
        seen = data.draw(st.integers(0, len(day)))
        for articles in (rows.take(np.arange(seen)), rows):
            places = Places(articles.article_ids, articles.times, np.arange(len(articles)))
            result = cluster_day(arrived_on, places, known, tally.snapshot, reading(everything))
        results.append(result)
        known, tally = stored(results), tally.with_day(rows)
    assert decided(results) == decided(expected)


def decided(results: Iterable[DayResult]) -> list[tuple[tuple[Assignment, ...], tuple[Change, ...]]]:
    return [(result.assignments, result.changes) for result in results]


def stored(results: Sequence[DayResult]) -> Known:
    """Return the state as rebuilt from rows that were stored."""
    known = results[-1].known
    now = stories(results)
    places = joined_places([block.places for block in reversed(known.blocks)])
    return known_of(places, tuple(now[article_id] for article_id in places.article_ids), known.founded)


def test_an_article_published_much_later_founds_its_own_story() -> None:
    far = timedelta(days=60)
    articles = {"old": TELLINGS["bridge-0"], "same": TELLINGS["bridge-1"], "late": TELLINGS["bridge-2"]}
    others = {name: told for name, told in TELLINGS.items() if not name.startswith("bridge")}
    rows = made.rows(articles | others, {"late": far})
    found = stories(replay([(MONDAY, rows)]))
    assert found["old"] == found["same"] != found["late"]
    # A month's report in the form of the month before is another.
    reports = {f"later-{name}": told for name, told in REPORTS.items()}
    found = stories(replay([(MONDAY, made.rows(REPORTS | reports, dict.fromkeys(reports, timedelta(days=31))))]))
    assert len(set(found.values())) == len(found)


def test_two_stories_that_are_one_are_merged_and_the_older_keeps_its_id() -> None:
    known = known_of_two_stories()
    result = decide(MONDAY, made.rows({"bridge-1": TELLINGS["bridge-1"]}), known, without())
    assert result.changes == (Change("merge", story_id_of("bridge-2"), story_id_of("bridge-0"), MONDAY),)
    assert [each.story_id for each in result.assignments] == [story_id_of("bridge-0")]
    assert result.known.story(story_id_of("bridge-2")) == story_id_of("bridge-0")


def known_of_two_stories() -> Known:
    """Return tellings of one event as two stories, the second founded on Sunday, beside others."""
    (saturday,) = replay([(MONDAY - timedelta(days=2), without("bridge-2"))])
    (sunday,) = replay([(MONDAY - timedelta(days=1), made.rows({"bridge-2": TELLINGS["bridge-2"]}))])
    return Known((*saturday.known.blocks, *sunday.known.blocks), {**saturday.known.founded, **sunday.known.founded})


def without(*names: str) -> Rows:
    left_out = {"bridge-1", *names}
    return made.rows({name: told for name, told in TELLINGS.items() if name not in left_out})


def test_a_story_of_two_events_is_split_when_a_new_article_shows_it() -> None:
    rows = made.rows({name: told for name, told in TELLINGS.items() if name != "well-1"})
    (sunday,) = replay([(MONDAY - timedelta(days=1), rows)])
    (block,) = sunday.known.blocks
    bridge, names = story_id_of("bridge-0"), block.places.article_ids
    wrong = tuple(bridge if name == "well-0" else story for name, story in zip(names, block.stories, strict=True))
    known = replace(sunday.known, blocks=(Block(block.places, wrong),))
    monday = made.rows({"well-1": TELLINGS["well-1"]})
    result = decide(MONDAY, monday, known, rows)
    new = story_id_of("well-0", split_on=MONDAY)
    assert result.changes == (Change("split", new, bridge, MONDAY),)
    assert {each.article_id: each.story_id for each in result.assignments} == {"well-0": new, "well-1": new}
    tuesday = made.rows({"well-2": TELLINGS["well-1"]})
    again = decide(MONDAY + timedelta(days=1), tuesday, result.known, rows, monday)
    assert [each.story_id for each in again.assignments] == [new]


@pytest.mark.parametrize("count", [3, 4000])
def test_copies_of_one_text_are_one_story(count: int) -> None:
    one = made.rows({"well-0": TELLINGS["well-0"]})
    copies = one.take(np.zeros(count, np.int64))
    copies = replace(copies, article_ids=tuple(f"copy-{number:05}" for number in range(count)))
    (result,) = replay([(MONDAY, copies)])
    assert {each.story_id for each in result.assignments} == {story_id_of("copy-00000")}
    again = decide(MONDAY + timedelta(days=1), made.rows({"new": TELLINGS["well-0"]}), result.known, copies)
    assert again.assignments[0].story_id == story_id_of("copy-00000")
    assert again.assignments[0].similarity == pytest.approx(1, abs=1e-3)


def test_articles_without_a_text_are_stories_of_their_own() -> None:
    empty = {"none": ("", ""), "none-2": ("", ""), "word": ("Thông báo", "Xem."), "word-2": ("Thông báo", "Xem.")}
    found = stories(replay([(MONDAY, made.rows(empty | TELLINGS))]))
    assert len({found[each] for each in empty}) == len(empty)


def test_an_archive_republished_in_one_day_is_read_by_its_dates() -> None:
    years = {f"{name} of {year}": told for year in range(3) for name, told in TELLINGS.items()}
    times = {name: timedelta(days=-365 * int(name[-1])) for name in years}
    found = together(stories(replay([(MONDAY, made.rows(years, times))])))
    assert all(len({name.split(" of ")[1] for name in group}) == 1 for group in found)
    assert frozenset({"bridge-0 of 2", "bridge-1 of 2", "bridge-2 of 2"}) in found


def test_a_day_without_articles() -> None:
    result = decide(MONDAY, made.rows({}), Known())
    assert (result.assignments, result.changes) == ((), ())


def test_only_so_many_articles_are_compared_the_nearest_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    articles = {f"day-{day}": told for day, told in enumerate(list(TELLINGS.values())[:5])}
    rows = made.rows(articles, {name: timedelta(days=int(name[-1])) for name in articles})
    (result,) = replay([(MONDAY, rows)])
    noon = int(made.NOON.timestamp())
    assert result.known.near(np.array([noon])).places.article_ids == tuple(articles)
    monkeypatch.setattr(states, "NEAR_MAX", 2)
    assert result.known.near(np.array([noon])).places.article_ids == ("day-0", "day-1")
    # What is between two times and near neither counts for neither.
    later = noon + int(timedelta(days=4).total_seconds())
    assert result.known.near(np.array([noon, later])).places.article_ids == ("day-0", "day-4")
    far = noon + int(timedelta(days=14).total_seconds())
    assert result.known.near(np.array([far])).places.article_ids == ("day-4",)
