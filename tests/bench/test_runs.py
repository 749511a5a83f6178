"""Every benchmark runs on a small input and returns figures; their values matter only in `make bench`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench import articles, corpus, start, state
from bench.archive import PORTALS, write_crawls
from bench.crawl import speed
from bench.figures import Figure
from bench.stages import STAGES
from dagster_project.corpus import DemoCorpus
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_captures
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]


def quiet(_line: str) -> None:
    """Discard progress messages."""


def assert_measured(figures: Sequence[Figure]) -> None:
    for figure in figures:
        assert math.isfinite(figure.value)
        assert figure.value > 0
        assert figure.baseline is None or figure.baseline > 0


def test_templates_and_generic_extraction_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    some, gold = articles.mirror_pages(), articles.gold_pages()
    assert len(some) > 50
    assert {page.platform for page in gold} >= {"liferay_point", "generic"}
    monkeypatch.setattr(articles, "mirror_pages", lambda: some[:2])
    monkeypatch.setattr(articles, "gold_pages", lambda: [page for page in gold if page.platform == "generic"][:2])
    figures = articles.measure(1, quiet)
    assert_measured(figures)
    measured = {(figure.what.partition(",")[0], figure.bar) for figure in figures}
    assert ("articles by template", articles.TEMPLATE_BAR) in measured
    assert ("articles by the generic path", articles.GENERIC_BAR) in measured
    beside_floor = [figure for figure in figures if figure.baseline_name.startswith("floor")]
    assert len(beside_floor) == 3  # templates on pages of the mirror, and the generic path on both
    assert all(figure.baseline is not None and figure.value > figure.baseline for figure in beside_floor)


def test_all_contenders_crawl_the_same_pages() -> None:
    figures = speed.measure(1, quiet, articles=30)  # raises if they do not
    assert_measured(figures)
    assert [figure.bar for figure in figures] == [None, None, speed.BAR, None]


def test_stages_run_in_a_process_whose_memory_is_measured(tmp_path: Path) -> None:
    home = Home(tmp_path)
    DemoCorpus.begin_day(home, 1)
    write_crawls(home, PORTALS[:2], 4)
    build = corpus.run_stages(home, tuple(STAGES), quiet)
    assert build.articles == 8
    assert list(build.seconds) == list(STAGES)
    if Path("/proc/self/stat").exists():
        assert build.peak_bytes["dbt build"] > 50_000_000


def test_a_failing_stage_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="stage publish failed"):
        corpus.run_stages(Home(tmp_path), ("publish",), quiet)
    assert "Error" in capfd.readouterr().err


def test_new_articles_beside_old_ones_are_compared_with_the_same_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    archived: dict[str, int] = {}

    def run_stages(home: Home, stages: Sequence[str], _log: object) -> corpus.Build:
        archived[home.root.name] = sum(1 for warc in warc_files(home) for _ in read_captures(warc))
        seconds = dict.fromkeys(stages, 3.0 if home.root.name == "large" else 2.0)
        return corpus.Build(seconds, {"extract": 10**9}, archived[home.root.name])

    monkeypatch.setattr(corpus, "run_stages", run_stages)
    figures = corpus.measure(2, quiet, articles=40, new=5, crawls=4)
    assert_measured(figures)
    assert archived == {"large": 50, "alone-0": 5, "alone-1": 5}
    compared = {figure.what.partition(",")[0]: figure.ratio for figure in figures if figure.bar == corpus.GROWTH_BAR}
    stages = ("extract", "identify", "sign", "fingerprint", "credit", "find terms", "load")
    assert compared == dict.fromkeys(stages, 1.5)
    assert [figure.value for figure in figures if figure.bar == corpus.MEMORY_BAR] == [1.0]


def test_the_start_of_a_crawl_is_measured_with_many_and_few_known_articles() -> None:
    figures = state.measure(1, quiet, articles=200, crawls=4)  # raises if the crawl sends no request
    assert_measured(figures)
    assert [figure.bar for figure in figures[:3]] == [state.SECONDS_BAR, state.GROWTH_BAR, state.MEMORY_BAR]


def test_the_start_of_commands_is_measured() -> None:
    figures = start.measure(1, quiet)
    assert_measured(figures)
    assert [figure.what for figure in figures] == list(start.COMMANDS)
