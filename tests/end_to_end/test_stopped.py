"""Ctrl-C and SIGTERM: what commands say, what they leave, and that a second signal ends them at once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from dagster_project.derivation import corpus_stages
from tests.dagster_project.homes import demo_home
from tests.demonstration import COMMAND_TIMEOUT_SECONDS, Demo, differences, started, wait_for_line
from tests.end_to_end.test_builds import processes_of, touch, wait_until_held
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_report
from warehouse.corpus.release import read_release
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

PORTAL = "so-van-hoa-thu-nghiem"
EXIT_STOPPED = 130


def rest_of(process: subprocess.Popen[str]) -> str:
    """Return what a stopped command printed last."""
    output, _ = process.communicate(timeout=COMMAND_TIMEOUT_SECONDS)
    assert process.returncode == EXIT_STOPPED, output
    assert "Traceback" not in output
    return output


def test_a_stopped_build_names_the_release_that_stays(demo: Demo, tmp_path: Path) -> None:
    home = demo.copy(tmp_path / "home")
    touch(home)
    published = read_release(home.corpus_file).release_id
    said = (
        f"stopped: the build. {home.corpus_file} is release {published}. Stages that were done are kept; "
        "`hanoi-corpus build` does the others.\n"
    )
    with started(home, "build") as build:
        wait_until_held(home, "dbt build")
        build.send_signal(signal.SIGINT)
        assert said in rest_of(build)
    assert processes_of(home) == []

    with started(home, "build") as build:
        wait_for_line(build, "load: ")
        build.terminate()
        assert said in rest_of(build)

    with started(home, "build") as build:
        wait_until_held(home, "dbt build")
        build.send_signal(signal.SIGINT)
        wait_for_line(build, "stopping; once more ends at once")
        began = time.monotonic()
        build.send_signal(signal.SIGINT)
        assert build.wait(COMMAND_TIMEOUT_SECONDS) == EXIT_STOPPED
        assert time.monotonic() - began < 10, "a graceful end takes up to half a minute"
    assert processes_of(home) == []
    assert differences(home.corpus_file, demo.home.corpus_file) == {}


def test_ctrl_c_in_a_terminal_ends_the_processes_that_extract(demo: Demo, tmp_path: Path) -> None:
    """A terminal sends the signal to the whole group: nobody prints a traceback."""
    home = demo.copy(tmp_path / "home")
    for stage in corpus_stages({}):
        for dataset in stage.outputs:
            shutil.rmtree(home.root / dataset.name)
    with started(home, "build") as build:
        wait_for_line(build, "index: ")
        until = time.monotonic() + 2  # a fast machine extracts these few pages without further processes
        while time.monotonic() < until and not any("multiprocessing" in command for command in processes_of(home)):
            time.sleep(0.02)
        os.killpg(build.pid, signal.SIGINT)
        assert "stopped: the build." in rest_of(build)
    assert processes_of(home) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_crawl_keeps_every_page(tmp_path: Path, number: signal.Signals) -> None:
    home = demo_home(tmp_path / "home")
    with started(home, "crawl", PORTAL) as crawl:
        wait_for_bytes(home, crawl)
        crawl.send_signal(number)
        said = rest_of(crawl)
    assert "stopped: the crawl. Every page that was received is stored; the next crawl continues from there.\n" in said
    assert list(home.warc.glob("*/*.part")) == []
    (warc,) = warc_files(home)
    report = read_report(warc)
    assert report is not None
    assert (report.verdict, report.is_complete) == ("partial", False)
    assert report.captures > 0


def wait_for_bytes(home: Home, crawl: subprocess.Popen[str]) -> None:
    """Wait until the crawl has stored some pages."""
    deadline = time.monotonic() + COMMAND_TIMEOUT_SECONDS
    while sum(part.stat().st_size for part in home.warc.glob("*/*.part")) < 20_000:
        assert crawl.poll() is None, "the crawl ended by itself"
        assert time.monotonic() < deadline
        time.sleep(0.02)
