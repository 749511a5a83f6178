"""Progress: one line a stage in a log, bars on a terminal, and the lines of child processes that count."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from dagster_project.cli.output.progress import TerminalProgress
from dagster_project.dbt.project import run_dbt
from dagster_project.stage import Progress, StageError, Steps, progress_of
from spiders.crawl.outcomes.progress import CrawlProgress


def test_a_log_gets_one_line_a_stage_when_it_ends() -> None:
    lines: list[str] = []
    progress = progress_of(lines.append)
    with progress.stage("load", "files read") as steps:
        steps.expect(3)
        steps.advance(2)
        steps.say("a file")
        progress("between")
        steps.take("another")
    with progress.stage("survey"):
        pass
    assert [re.sub(r"\d\.\d s$", "0.0 s", line) for line in lines] == [
        "between",
        "load: 3 files read, 0.0 s",
        "survey: 0.0 s",
    ]
    assert progress_of(progress) is progress


def test_a_stage_that_fails_has_no_line() -> None:
    lines: list[str] = []
    with pytest.raises(StageError), Progress(lines.append).stage("load"):
        raise StageError("no")
    assert lines == []


class Terminal(io.StringIO):
    """A file that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "has_bars"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": ""}, False),
    ],
)
def test_bars_are_for_terminals_that_understand_control_codes(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], has_bars: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    progress = TerminalProgress()
    with progress.stage("load", "files read") as steps:
        steps.reach(3, 12)
        progress("[bold]a line[/bold] of a log")
        steps.say("x" * 500)
    progress("done")
    shown = terminal.getvalue()
    assert ("\x1b" in shown) is has_bars
    assert "[bold]a line[/bold] of a log" in shown, "what looks like markup has no meaning"
    assert shown.endswith("done\n")
    assert "load: 3 files read, " in shown
    assert ("3 of 12 files read" in shown) is has_bars
    assert "x" * 100 not in shown


def test_the_counts_of_a_crawl_survive_their_line() -> None:
    counts = CrawlProgress("my-duc", requests=3, planned=12, captures=4, articles=10)
    assert str(counts) == "my-duc: 3 of 12 requests, 4 captures, 10 articles found"
    assert CrawlProgress.of_line(str(counts)) == counts


@pytest.mark.parametrize(
    "line", ["my-duc: ok: 3 list rows; 4 captures", "3 of 12 requests, 4 captures, 10 articles found", "", "\udcff"]
)
def test_another_line_has_no_counts(line: str) -> None:
    assert CrawlProgress.of_line(line) is None


EVENTS = [
    {"info": {"name": "LogStartLine", "level": "info", "msg": "1 of 3 START"}, "data": {"index": 1, "total": 3}},
    {"info": {"name": "LogModelResult", "level": "info", "msg": "1 of 3 OK"}, "data": {"index": 1, "total": 3}},
    {"info": {"name": "LogTestResult", "level": "warn", "msg": "2 of 3 WARN 1"}, "data": {"index": 2, "num_models": 3}},
    {"info": {"name": "SkippingDetails", "level": "info", "msg": "3 of 3 SKIP"}, "data": {"index": 3, "total": 3}},
    {"info": {"name": "RunResultError", "level": "error", "msg": "Runtime Error\n  the reason"}, "data": {}},
    {"info": "no event", "data": []},
    ["no event"],
]


@pytest.mark.process
def test_results_of_dbt_are_steps_and_its_warnings_and_errors_are_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "dbt"
    printed = "\n".join(map(json.dumps, EVENTS))
    script.write_text(f"#!{sys.executable}\nprint({printed!r})\n", encoding="utf-8")
    script.chmod(0o700)
    monkeypatch.setattr("dagster_project.dbt.project.program", lambda _name: str(script))
    steps, lines = Steps("marts", "models and tests"), list[str]()
    run_dbt(("build",), tmp_path / "target", tmp_path, {}, lines.append, failure="failed", steps=steps)
    assert (steps.done, steps.total) == (3, 3)
    assert lines == ["2 of 3 WARN 1", "Runtime Error", "  the reason", *map(json.dumps, EVENTS[-2:])]
