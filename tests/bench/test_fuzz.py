"""The fuzzer itself, some mutated inputs of each format from fixed seeds, and the watchdog with simulated faults."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

import pytest

from bench.fuzz import as_text, main, minimised, run, save
from bench.fuzzing.checks import UnsoundError, check
from bench.fuzzing.mutations import BOMBS, MUTATIONS, mutated_case
from bench.fuzzing.pages import Case, all_pages, fixture_pages
from bench.fuzzing.targets import TARGETS, check_any
from bench.fuzzing.targets.target import Target
from bench.fuzzing.worker import Worker

pytestmark = pytest.mark.slow

CASE = Case("https://xa.test/tin-moi-123456.html", b"<p>" + b"tin moi " * 40 + b"boom" + b" hom nay" * 40, "generic")


def faulty(case: Case) -> str:
    """Raise, sleep or exit as the page demands."""
    if b"boom" in case.body:
        raise UnsoundError("too loud")
    if b"sleep" in case.body:
        time.sleep(60)
    if b"die" in case.body:
        os._exit(3)
    return "neither"


@pytest.mark.parametrize("seed", range(4))
def test_mutated_pages_are_extracted_soundly_or_refused(seed: int) -> None:
    pages = fixture_pages()
    for number in range(50):
        check(mutated_case(number, seed, pages))


FORMATS = [target for target in TARGETS.values() if target.name != "pages"]  # those are above


@pytest.mark.parametrize("target", FORMATS, ids=lambda target: target.name)
def test_mutated_inputs_of_every_format_are_read_soundly_or_refused(target: Target) -> None:
    seeds = target.seeds()
    cases = [target.mutated(number, 4, seeds) for number in range(12)]
    assert [target.mutated(number, 4, target.seeds()) for number in range(3)] == cases[:3]
    assert target.mutated(0, 5, seeds) != cases[0]
    for case in cases:
        check_any(case)


@pytest.mark.parametrize("target", FORMATS, ids=lambda target: target.name)
def test_every_format_has_seeds_that_are_read(target: Target) -> None:
    """Mutations of inputs that are refused as they are would test the first check alone."""
    outcomes = {check_any(case) for case in target.seeds()[:6]}
    assert outcomes - {"refused", "nothing", "unreadable", "undecodable"}


def test_seed_and_number_identify_a_case() -> None:
    assert all_pages() == all_pages()
    pages = fixture_pages()
    cases = [mutated_case(number, 1, pages) for number in range(30)]
    assert cases == [mutated_case(number, 1, pages) for number in range(30)]
    assert len({case.body for case in cases}) == 30
    assert cases != [mutated_case(number, 2, pages) for number in range(30)]


def test_every_mutation_changes_a_page() -> None:
    pages = fixture_pages()[:3]
    for mutation in (*MUTATIONS, *BOMBS):
        bodies = [mutation(pages[0].body, random.Random(seed), pages) for seed in range(8)]  # noqa: S311
        assert any(body != pages[0].body for body in bodies), mutation.__name__


def test_every_kind_of_fault_is_reported_and_the_next_case_runs() -> None:
    with Worker(faulty, timeout_seconds=2.0) as worker:
        results = [
            worker.run(Case("https://xa.test/", body, "generic")) for body in (b"", b"boom", b"sleep", b"die", b"")
        ]
    assert [result.outcome for result in results] == ["neither", None, None, None, "neither"]
    failures = [result.failure for result in results]
    assert failures == [None, "unsound: too loud", "hangs", "ends the process with 3", None]
    assert "UnsoundError: too loud" in results[1].detail


def test_a_failing_page_is_minimised_and_saved(tmp_path: Path) -> None:
    with Worker(faulty) as worker:
        result = worker.run(CASE)
        small = minimised(CASE, result, worker)
    assert small.body == b"boom"
    path = save(small, result, 1, 7, tmp_path)
    assert path.read_bytes() == b"boom"
    about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert (about["failure"], about["seed"], about["case"], about["url"]) == ("unsound: too loud", 1, 7, CASE.url)


def test_a_run_reports_failures_and_outcomes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.fuzz.Worker", lambda: Worker(faulty))
    quiet = Case(CASE.url, b"", "generic")
    target = Target("pages", lambda: [CASE], faulty, lambda number, _seed, _pages: CASE if number % 2 else quiet)
    report = run(target, 1, 1.0, tmp_path)
    assert list(report.failures) == ["unsound: too loud"]
    assert report.outcomes["failed"] == report.failed["unsound: too loud"] > 0
    assert report.outcomes["neither"] > 0
    assert f"unsound: too loud: {tmp_path}" in as_text(report)


def test_a_single_case_can_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--target", "robots", "--seed", "1", "--case", "3"]) == 0
    assert capsys.readouterr().out.split()[0] in ("allows", "forbids")


def test_a_run_takes_the_named_targets(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--target", "robots", "--target", "candidates", "--seed", "1", "--minutes", "0.002"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["seed 1", "robots", "candidates"]


def test_unsound_results_are_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    page = next(page for page in fixture_pages() if check(page) == "article")
    monkeypatch.setattr("spiders.extract.article.language_of", lambda _text: "tiếng\u200b Việt")
    with pytest.raises(UnsoundError, match="language"):
        check(page)
