"""Many texts of one form: each is compared with a bounded number of others, and the copies among them are found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.dbt_models.test_copies import REPORT, ask, story
from tests.warehouse.tables import made_up
from tests.warehouse.tables.made_up import at
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

TEXTS = 300
# The first and last texts of a bucket are 30; a text is in several buckets, and these have not all the same texts.
COMPARED_MAX = 100


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("buckets") / "home")
    reports = [
        (REPORT[0].replace("12,4", f"{number},4"), REPORT[1].replace("318", str(300 + number)), *REPORT[2:])
        for number in range(TEXTS)
    ]
    articles = [
        story("tay-ho", number, "th-1", at(4), report, published_at=at(2) + timedelta(minutes=number))
        for number, report in enumerate([*reports, reports[-1]])
    ]
    made_up.write_crawl(home, "tay-ho", "th-1", articles, started_at=at(4))
    made_up.load_corpus(home)
    done = made_up.dbt("run", home, home.root / "dbt-target", "+int_copies__matches")
    assert done.returncode == 0, done.stdout
    return home


def test_a_text_of_a_large_bucket_is_compared_with_few_others(home: Home) -> None:
    (counted,) = ask(
        home,
        "select count(*), max(others) from (select text_id, count(*) as others from intermediate.int_copies__candidates"
        " group by text_id)",
    )
    texts, most = counted
    assert texts == TEXTS - 1
    assert 10 < most <= COMPARED_MAX < TEXTS - 1


def test_the_copy_among_them_is_found(home: Home) -> None:
    (row,) = ask(home, "select count(*) from intermediate.int_copies__matches where kind = 'copy'")
    assert row == (1,)
