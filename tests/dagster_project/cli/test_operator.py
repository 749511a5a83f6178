"""`hanoi-corpus backfill`: a line a chunk, pausing in good order, going on, and how it ends."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from tests.dagster_project.test_backfill import captured, demo_home, silent
from tests.demonstration import COMMAND_TIMEOUT_SECONDS, hanoi_corpus, started, wait_for_line

PLAYED = "xa-dong-anh-thu-nghiem"


def test_a_backfill_is_paused_by_ctrl_c_and_the_same_command_goes_on(tmp_path: Path) -> None:
    home = demo_home(tmp_path / "home")
    command = ("backfill", PLAYED, "--chunk", "12")
    with started(home, *command) as process:
        wait_for_line(process, f"{PLAYED}: chunk 1: ")
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=COMMAND_TIMEOUT_SECONDS)
    assert process.returncode == 3, said
    assert f"paused; the same command goes on: hanoi-corpus backfill {PLAYED} --chunk 12" in said
    assert list(home.warc.glob("*/*.part")) == []
    done = hanoi_corpus(home, *command)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("articles new, nothing left")
    assert "this backfill has come to its end" in done.stderr
    whole = demo_home(tmp_path / "whole")
    pipeline.crawl(Corpus.open(whole), [PLAYED], "whole", silent)
    assert captured(home, PLAYED).keys() == captured(whole, PLAYED).keys()


def test_a_backfill_pauses_after_so_many_chunks(tmp_path: Path) -> None:
    done = hanoi_corpus(demo_home(tmp_path / "home"), "backfill", PLAYED, "--chunk", "12", "--chunks", "1")
    assert done.returncode == 3
    assert len(done.stdout.splitlines()) == 1
    assert "paused; the same command goes on" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nix",), "unknown portal 'nix'"),
        ((PLAYED, "--from", "31/01/2024"), "does not match"),
        ((PLAYED, "--from", "2024-02-01", "--until", "2024-01-01"), "the first day is after the last"),
        ((PLAYED, "--chunk", "5"), "at least 10"),
        ((PLAYED, "--depth", "0"), "at least one page"),
    ],
)
def test_bad_input_is_told_before_anything_is_asked(tmp_path: Path, arguments: tuple[str, ...], complaint: str) -> None:
    home = demo_home(tmp_path / "home")
    done = hanoi_corpus(home, "backfill", *arguments)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert not home.warc.exists()
