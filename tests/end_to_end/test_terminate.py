"""A run terminated in the UI during a crawl shuts down cleanly and leaves only complete WARC files."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_project.corpus import DemoCorpus
from tests.dagster_ui import ask, served_ui
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_captures, read_report
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

WAIT_SECONDS = 120
LAUNCH = """mutation ($job: String!) {
  launchRun(executionParams: {selector: {
    jobName: $job, repositoryName: "__repository__", repositoryLocationName: "hanoi_corpus"
  }}) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}"""
TERMINATE = "mutation ($run: String!) { terminateRun(runId: $run) { __typename } }"
STATUS = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
STORED_BYTES = 20_000


def wait_for(what: str, found: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not found():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def crawls_of(home: Home) -> list[str]:
    """Return the command lines of a home's crawl processes."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if "spiders.crawl" in words and str(home.root) in words:
            found.append(" ".join(words))
    return found


def test_a_run_terminated_during_a_crawl_leaves_no_process_and_complete_files(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    DemoCorpus.begin_day(home, 1)
    with served_ui(home, tmp_path / "dev.log") as address:
        launched = ask(address, LAUNCH, job="collect_and_publish")["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        run = launched["run"]["runId"]
        wait_for(
            "nothing was stored",
            lambda: sum(part.stat().st_size for part in home.warc.glob("*/*.part")) > STORED_BYTES,
        )
        assert len(crawls_of(home)) == 1
        assert ask(address, TERMINATE, run=run)["terminateRun"]["__typename"] == "TerminateRunSuccess"
        wait_for(
            "the run does not end",
            lambda: ask(address, STATUS, run=run)["runOrError"]["status"] in ("CANCELED", "FAILURE"),
        )
        wait_for("the crawl does not end", lambda: not crawls_of(home))
        assert ask(address, STATUS, run=run)["runOrError"]["status"] == "CANCELED"
    assert list(home.warc.glob("*/*.part")) == []
    ended = {warc: read_report(warc) for warc in warc_files(home)}
    assert ended
    assert "partial" in {report.verdict for report in ended.values() if report}
    for warc, report in ended.items():
        assert report is not None
        assert len(list(read_captures(warc))) == report.captures
