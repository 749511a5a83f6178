"""The digest of the marts' inputs: it changes with every input and with nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.warehouse.tables import made_up
from warehouse.home import Home
from warehouse.records import PortalRow
from warehouse.tables import inputs, load, lock, store
from warehouse.tables.inputs import BuildMode


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    made_up.write_corpus(home)
    made_up.load_corpus(home)
    return home


def digest(home: Home, code: str = "code") -> str:
    with lock.hold(home, "test", 0):
        return inputs.inputs_digest(home, code)


def load_with(home: Home, portals: list[PortalRow]) -> None:
    with lock.hold(home, "test", 0):
        load.load(home, made_up.stages(), portals)


def test_loading_again_changes_nothing(home: Home) -> None:
    before = digest(home)
    made_up.load_corpus(home)
    assert digest(home) == before
    # The rows of the same files, in a warehouse that was lost.
    home.warehouse_file.unlink()
    made_up.load_corpus(home)
    assert digest(home) == before


def test_every_input_changes_the_digest(home: Home) -> None:
    seen = {digest(home), digest(home, "other code")}
    made_up.write_crawl(home, "my-duc", "md-9", [made_up.article("my-duc", 9, "md-9", made_up.at(20))])
    made_up.load_corpus(home)
    seen.add(digest(home))
    made_up.report_path(home, "my-duc", "md-9").unlink()
    made_up.load_corpus(home)
    seen.add(digest(home))
    load_with(home, [dataclasses.replace(made_up.PORTALS[0], name="Tên mới"), *made_up.PORTALS[1:]])
    seen.add(digest(home))
    load_with(home, made_up.PORTALS[1:])
    seen.add(digest(home))
    assert len(seen) == 6


def test_the_record_is_of_complete_marts_only(home: Home) -> None:
    with lock.hold(home, "test", 0):
        make_a_mart(home)
        assert inputs.made_of(home) is None
        assert inputs.begin(home, "one", "code") is BuildMode.FULL
        assert inputs.made_of(home) is None
        inputs.record(home, "one", "code")
        assert inputs.made_of(home) == "one"
        assert inputs.begin(home, "one", "code") is BuildMode.UNCHANGED
        assert inputs.begin(home, "two", "code") is BuildMode.INCREMENTAL
        # Killed here: what is left may be of both.
        assert inputs.made_of(home) is None
        assert inputs.begin(home, "one", "code") is BuildMode.INCREMENTAL
        inputs.record(home, "two", "code")
        home.marts_file.unlink()
        assert inputs.made_of(home) is None
        store.discard(home)
        assert inputs.made_of(home) is None


def test_a_full_build_is_made_when_it_must_be(home: Home) -> None:
    with lock.hold(home, "test", 0):
        make_a_mart(home)
        assert inputs.begin(home, "one", "code") is BuildMode.FULL
        assert inputs.begin(home, "one", "code") is BuildMode.FULL, "the full build before this one was not completed"
        inputs.record(home, "one", "code")
        assert inputs.begin(home, "one", "code", full=True) is BuildMode.FULL
        assert inputs.begin(home, "one", "code") is BuildMode.FULL
        inputs.record(home, "one", "code")
        assert inputs.begin(home, "two", "other code") is BuildMode.FULL
        inputs.record(home, "two", "other code")
        assert inputs.begin(home, "three", "other code") is BuildMode.INCREMENTAL


def test_files_that_do_not_belong_together_are_made_in_full(home: Home) -> None:
    with lock.hold(home, "test", 0):
        make_a_mart(home)
        inputs.begin(home, "one", "code")
        inputs.record(home, "one", "code")
        before = home.marts_file.read_bytes()
        inputs.begin(home, "two", "code")
        inputs.record(home, "two", "code")
        assert inputs.begin(home, "three", "code") is BuildMode.INCREMENTAL
        # Of an older backup than the warehouse.
        home.marts_file.write_bytes(before)
        assert inputs.made_of(home) is None
        assert inputs.begin(home, "three", "code") is BuildMode.FULL


@pytest.mark.parametrize(("crawls", "mode"), [(1, BuildMode.INCREMENTAL), (6, BuildMode.FULL)])
def test_many_changed_crawls_are_made_in_full(home: Home, crawls: int, mode: BuildMode) -> None:
    with lock.hold(home, "test", 0):
        make_a_mart(home)
        inputs.begin(home, "one", "code")
        inputs.record(home, "one", "code")
    for number in range(crawls):
        crawl = f"md-{10 + number}"
        made_up.write_crawl(home, "my-duc", crawl, [made_up.article("my-duc", 10 + number, crawl, made_up.at(20))])
    made_up.load_corpus(home)
    with lock.hold(home, "test", 0):
        assert inputs.begin(home, "two", "code") is mode


def test_what_changed_is_noted_until_the_marts_are_complete(home: Home) -> None:
    def noted(query: str) -> list[tuple[str, ...]]:
        with lock.hold(home, "test", 0), store.connect(home) as warehouse:
            return warehouse.execute(f"select {query} order by all").fetchall()

    def complete() -> None:
        with lock.hold(home, "test", 0):
            inputs.record(home, "one", "code")

    assert ("md-1",) in noted("crawl_id from former.crawls")
    complete()
    assert noted("crawl_id from former.crawls") == []
    before = made_up.article("my-duc", 9, "md-9", made_up.at(20))
    made_up.write_crawl(home, "my-duc", "md-9", [before])
    made_up.load_corpus(home)
    assert noted("* from former.crawls") == [("my-duc", "md-9")]
    assert noted("* from former.articles") == [], "no row went"
    complete()
    # Written again with another row, and then not at all: the keys of both rows are kept.
    after = made_up.article("my-duc", 10, "md-9", made_up.at(20))
    made_up.write_crawl(home, "my-duc", "md-9", [after])
    made_up.load_corpus(home)
    made_up.report_path(home, "my-duc", "md-9").unlink()
    made_up.load_corpus(home)
    assert noted("* from former.crawls") == [("my-duc", "md-9")]
    gone = sorted((each.capture_id, each.portal, each.article_id, each.page_key) for each in (before, after))
    assert noted("* from former.articles") == gone
    complete()
    assert noted("* from former.articles") == []


def make_a_mart(home: Home) -> None:
    with store.connect(home) as warehouse:
        warehouse.execute("create table marts.fct_articles (article_id varchar)")
