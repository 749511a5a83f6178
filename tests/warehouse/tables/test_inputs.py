"""The digest of the marts' inputs: it changes with every input and with nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.warehouse.tables import made_up
from warehouse.home import Home
from warehouse.records import PortalRow
from warehouse.tables import inputs, load, lock, store


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
        assert inputs.made_of(home) is None
        assert inputs.begin(home, "one")
        assert inputs.made_of(home) is None
        inputs.record(home, "one")
        assert inputs.made_of(home) == "one"
        assert not inputs.begin(home, "one")
        assert inputs.begin(home, "two")
        # Killed here: what is left may be of both.
        assert inputs.made_of(home) is None
        assert inputs.begin(home, "one")
        inputs.record(home, "two")
        store.discard(home)
        assert inputs.made_of(home) is None
