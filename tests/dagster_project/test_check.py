"""The check of everything: what is damaged and which tests failed, as a command and as a job."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import dagster as dg
import pytest

from dagster_project import check, pipeline
from dagster_project.check import Checked, check_everything
from dagster_project.cli import main as cli
from dagster_project.corpus import Corpus
from dagster_project.dbt.project import DbtError
from dagster_project.dbt.results import Outcome
from warehouse.home import HOME_VARIABLE, Home
from warehouse.tables import inputs

DAMAGE = "articles/7/my-duc/a.parquet: not what was written"
PASSED = Outcome("unique_a", "test", "pass")
FAILED = Outcome("not_null_b", "test", "fail", 3, file="models/marts/_marts.yml")
WARNED = Outcome("read_every_page", "test", "warn", 1, file="tests/_tests.yml")

Found = Callable[[Sequence[str], Sequence[Outcome]], None]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    return Home(tmp_path)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Found:
    """Return a function that sets what is damaged and what the tests say, of complete marts."""

    def put(damaged: Sequence[str], outcomes: Sequence[Outcome]) -> None:
        def test(_home: Home, _log: object) -> list[Outcome]:
            if FAILED in outcomes:
                raise DbtError("dbt build failed", outcomes)
            return list(outcomes)

        monkeypatch.setattr(pipeline, "check_everything", lambda _corpus, _log: tuple(damaged))
        monkeypatch.setattr(check, "test_models", test)
        monkeypatch.setattr(inputs, "made_of", lambda _home: "these")

    return put


def run(home: Home) -> Checked:
    return check_everything(Corpus.open(home), lambda _line: None)


def test_nothing_wrong(home: Home, found: Found) -> None:
    found([], [PASSED, WARNED])
    checked = run(home)
    assert checked == Checked((), (), (str(WARNED),), 2)
    assert checked.is_good


def test_damage_and_failures_are_named_with_the_way_out(home: Home, found: Found) -> None:
    found([DAMAGE], [PASSED, FAILED, WARNED])
    checked = run(home)
    assert checked.damaged == (DAMAGE,)
    assert checked.failed == (str(FAILED),)
    assert not checked.is_good
    assert "hanoi-corpus build --full" in checked.way_out
    found([DAMAGE], [PASSED])
    assert run(home).way_out == "`hanoi-corpus build` makes again what is damaged"


def test_marts_that_are_not_complete_are_not_tested(home: Home) -> None:
    lines: list[str] = []
    checked = check_everything(Corpus.open(home), lines.append)
    assert (checked.is_good, checked.tests) == (True, 0)
    assert "marts: not tested, since the last build did not complete them" in lines


def test_the_command_prints_all_and_ends_with_3(
    home: Home, found: Found, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert home.root.is_dir()
    found([DAMAGE], [PASSED, FAILED])
    monkeypatch.setattr("sys.argv", ["hanoi-corpus", "check"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3
    output = capsys.readouterr().out
    assert output.startswith(f"{DAMAGE}\n{FAILED}\n1 damaged files, 2 tests: 1 failed, 0 warned\n")
    found([], [PASSED])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0


@pytest.mark.slow
def test_the_job_is_red_with_the_same_words(home: Home, found: Found, definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("check_everything")
    config = {"resources": {"corpus": {"config": {"root": str(home.root)}}}}
    found([DAMAGE], [PASSED, FAILED])
    failed = job.execute_in_process(run_config=config, raise_on_error=False)
    data = failed.get_step_failure_events()[0].step_failure_data.user_failure_data
    assert data is not None
    assert str(data.description).startswith(f"{DAMAGE}\n{FAILED}\n")
    found([], [PASSED, WARNED])
    assert job.execute_in_process(run_config=config, raise_on_error=False).success
