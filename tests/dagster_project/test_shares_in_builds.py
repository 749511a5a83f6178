"""Builds on the command line judge shares too: one line for each that is not as usual, and findings for alerts."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.operations import findings
from tests.arrivals import Arrivals, arrive
from warehouse.home import Home
from warehouse.tables.lock import hold


def test_a_build_says_which_share_is_not_as_usual(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with hold(home, "test", 5):
        days = [*[Arrivals(50, 4, 30)] * 30, Arrivals(50, 4, 50)]
        arrive(home, {date(2026, 11, 1) + timedelta(days=number): day for number, day in enumerate(days)})
    for step in ("derive", "load_raw", "build_marts", "judge_extraction", "write_portal_health", "publish_corpus"):
        monkeypatch.setattr(pipeline, step, lambda *_args, **_options: {})
    monkeypatch.setattr(pipeline, "warc_files", lambda _home: ["a crawl"])
    monkeypatch.setattr(pipeline, "index_archive", lambda *_: SimpleNamespace(recovered=(), set_aside=(), damaged=()))
    lines: list[str] = []
    pipeline.build(Corpus.open(home), "run", lines.append, stages_of=lambda _portals: ())
    (line,) = lines
    assert line.startswith("50 of 50 articles (100.0%) that arrived on 2026-12-01 are alone in their story; usual are ")
    assert {name: found.reason for name, found in findings.recorded(home, findings.SHARES).items()} == {
        "near_duplicates": None,
        "singletons": line,
    }
