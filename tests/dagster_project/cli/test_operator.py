"""`hanoi-corpus backfill`: one line per chunk, stopping gracefully, continuing, and exit codes."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.dagster_project.homes import captured, crawled_home, demo_home
from tests.demonstration import COMMAND_TIMEOUT_SECONDS, hanoi_corpus, started, wait_for_line

pytestmark = [pytest.mark.process, pytest.mark.slow]

PLAYED = "xa-dong-anh-thu-nghiem"


def test_ctrl_c_stops_a_backfill_and_the_same_command_continues(tmp_path: Path) -> None:
    home = demo_home(tmp_path / "home")
    command = ("backfill", PLAYED, "--chunk", "12")
    with started(home, *command) as process:
        wait_for_line(process, f"{PLAYED}: chunk 1: ")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=COMMAND_TIMEOUT_SECONDS)
    assert process.returncode == 130, output
    assert (
        "stopped: the backfill. Every page that was received is stored; "
        f"the same command continues: hanoi-corpus backfill {PLAYED} --chunk 12\n"
    ) in output
    assert "Traceback" not in output
    assert list(home.warc.glob("*/*.part")) == []
    done = hanoi_corpus(home, *command)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("articles new, nothing left")
    assert "this backfill is complete" in done.stderr
    assert captured(home, PLAYED).keys() == captured(crawled_home(tmp_path / "whole", PLAYED), PLAYED).keys()


def test_chunks_limits_the_number_of_chunks(tmp_path: Path) -> None:
    done = hanoi_corpus(demo_home(tmp_path / "home"), "backfill", PLAYED, "--chunk", "12", "--chunks", "1")
    assert done.returncode == 3
    assert len(done.stdout.splitlines()) == 1
    assert "paused; the same command continues" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nix",), "unknown portal 'nix'"),
        ((PLAYED, "--from", "31/01/2024"), "does not match"),
        ((PLAYED, "--from", "2024-02-01", "--until", "2024-01-01"), "the first day is after the last"),
        ((PLAYED, "--chunk", "5"), "at least 10"),
        ((PLAYED, "--depth", "0"), "must be at least 1"),
    ],
)
def test_bad_input_is_rejected_before_any_request(tmp_path: Path, arguments: tuple[str, ...], complaint: str) -> None:
    home = demo_home(tmp_path / "home")
    done = hanoi_corpus(home, "backfill", *arguments)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert not home.warc.exists()
