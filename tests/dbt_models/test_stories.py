"""Stories in the marts of a corpus in which it is known which articles tell of one event."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.dbt_models.test_copies import ask, number_of
from tests.warehouse.derive.stories import made
from tests.warehouse.tables import made_up
from tests.warehouse.tables.made_up import at
from warehouse.derive.stories.days import story_id_of
from warehouse.home import Home
from warehouse.records import Article

pytestmark = [pytest.mark.process, pytest.mark.slow]

TELLINGS = made.tellings()


def told(portal: str, number: int, crawl: str, seen: datetime, telling: str, **changes: Any) -> Article:
    title, text = TELLINGS[telling]
    plain = {"title": title, "lead": None, "body": tuple(text.split("\n")), "published_at": seen - timedelta(hours=2)}
    return made_up.article(portal, number, crawl, seen, **(plain | changes))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("stories") / "home")
    crawls = {
        ("thu-do", "td-1", 3): ["bridge-0", "well-0", "library-0", "bus-0"],
        ("tay-ho", "th-1", 4): ["bridge-1", "flood-0"],
        ("my-duc", "md-1", 5): ["bridge-2", "well-1"],
        # Twenty days later the same words are of another event.
        ("tay-ho", "th-2", 25): ["flood-1", "bus-1"],
    }
    for (portal, crawl, day), tellings in crawls.items():
        numbers = {telling: 10 * day + place for place, telling in enumerate(tellings)}
        articles = [told(portal, number, crawl, at(day), telling) for telling, number in numbers.items()]
        made_up.write_crawl(home, portal, crawl, articles, started_at=at(day))
    # An edit of the first article, after which it tells of something else.
    edited = told("thu-do", 30, "td-2", at(6), "library-1", title="Tin đã sửa", published_at=at(3, 6))
    made_up.write_crawl(home, "thu-do", "td-2", [edited], started_at=at(6))
    made_up.load_corpus(home)
    done = made_up.dbt("build", home, home.root / "dbt-target")
    assert done.returncode == 0, done.stdout
    return home


def test_an_event_told_by_three_portals_is_one_story(home: Home) -> None:
    columns = f"{number_of('lead_article_id')}, title, article_count, portal_count, portals"
    rows = ask(home, f"select {columns} from marts.dim_stories where article_count > 1 order by all")  # noqa: S608 - constants
    assert rows == [
        # The lead's headline is that of today.
        ("thu-do 30", "Tin đã sửa", 3, 3, ["my-duc", "tay-ho", "thu-do"]),
        ("thu-do 31", TELLINGS["well-0"][0], 2, 2, ["my-duc", "thu-do"]),
    ]
    span = ask(home, "select first_published_by, last_published_by from marts.dim_stories where article_count = 3")
    assert [moment.timestamp() for moment in span[0]] == [at(3, 6).timestamp(), at(5, 6).timestamp()]


def test_every_article_has_one_story_also_if_it_is_alone(home: Home) -> None:
    assert ask(home, "select count(*), count(distinct story_id) from marts.fct_articles") == [(10, 7)]
    assert ask(home, "select count(*), sum(article_count) from marts.dim_stories") == [(7, 10)]
    assert ask(
        home,
        "select count(*) from marts.fct_articles join marts.fct_story_articles using (article_id, story_id, portal)",
    ) == [(10,)]


def test_a_story_has_the_id_of_its_first_article_and_articles_say_why_they_belong(home: Home) -> None:
    ((story_id, article_id),) = ask(
        home, "select story_id, lead_article_id from marts.dim_stories where article_count = 3"
    )
    assert story_id == story_id_of(article_id)
    rows = ask(
        home,
        "select portal, assigned_on, similarity > 0.2, shared_names, list_contains(shared_figures, '412 m'),"  # noqa: S608 - a hash
        f" len(shared_terms) from marts.fct_story_articles where story_id = '{story_id}' order by assigned_on",
    )
    first, second, third = rows
    # Alone on its day, and not in need of a reason.
    assert first == ("thu-do", date(2025, 3, 3), None, [], False, 0)
    assert second[:3] == ("tay-ho", date(2025, 3, 4), True)
    assert "Mai Lĩnh" in second[3]
    assert second[4]
    assert third[:3] == ("my-duc", date(2025, 3, 5), True)
    assert second[5] == third[5] == 5


def test_nothing_was_merged_or_split(home: Home) -> None:
    assert ask(home, "select * from marts.fct_story_changes") == []


def test_the_present_story_of_a_merged_one_is_found_through_all_merges(home: Home, tmp_path: Any) -> None:
    copy = made_up.copy_of(home, tmp_path / "merged")
    insert = "insert into intermediate.int_stories__journal by name select date '2025-03-26' as decided_on"
    for story_id, other in (("a", "b"), ("b", "c"), ("d", "c"), ("e", "f")):
        ask(copy, f"{insert}, 'merged' as kind, '{story_id}' as story_id, '{other}' as other_story_id")
    rows = ask(copy, "select * from intermediate.int_stories__merged order by all")
    assert rows == [("a", "c"), ("b", "c"), ("d", "c"), ("e", "f")]
