"""A run terminated in the UI during a crawl shuts down cleanly and leaves only complete WARC files."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.corpus import DemoCorpus
from tests.dagster_ui import TERMINATE, ask, crawls_of, launched, served_ui, status_of, wait_for
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_captures, read_report
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

STORED_BYTES = 20_000


def test_a_run_terminated_during_a_crawl_leaves_no_process_and_complete_files(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    DemoCorpus.begin_day(home, 1)
    with served_ui(home, tmp_path / "dev.log") as address:
        run = launched(address, "collect_and_publish")
        wait_for(
            "nothing was stored",
            lambda: sum(part.stat().st_size for part in home.warc.glob("*/*.part")) > STORED_BYTES,
        )
        assert len(crawls_of(home)) == 1
        assert ask(address, TERMINATE, run=run)["terminateRun"]["__typename"] == "TerminateRunSuccess"
        wait_for("the run does not end", lambda: status_of(address, run) in ("CANCELED", "FAILURE"))
        wait_for("the crawl does not end", lambda: not crawls_of(home))
        assert status_of(address, run) == "CANCELED"
    assert list(home.warc.glob("*/*.part")) == []
    ended = {warc: read_report(warc) for warc in warc_files(home)}
    assert ended
    assert "partial" in {report.verdict for report in ended.values() if report}
    for warc, report in ended.items():
        assert report is not None
        assert len(list(read_captures(warc))) == report.captures
