"""On a terminal long work shows signs of life; elsewhere it logs one line a stage."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from dagster_project.corpus import DemoCorpus
from dagster_project.operations.health import read_figures
from tests.demonstration import COMMAND_TIMEOUT_SECONDS, Demo, differences, on_a_terminal, run
from tests.installed import Installed
from warehouse.corpus.release import kept_releases, read_release
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def test_the_demo_shows_a_sign_of_life_every_five_seconds(demo: Demo) -> None:
    assert demo.silence_seconds < 5
    shown = CONTROL.sub("", demo.shown)
    for step in ("crawl", "extraction", "load_raw", "dbt_models", "corpus"):
        assert step in shown
    for day in (1, 2):
        assert re.search(rf"day {day} of the test portals: \d+ steps, \d+\.\d s", shown)


def silences(home: Home) -> Mapping[str, float]:
    """Return by portal for how many seconds no article had appeared at the last build."""
    figures = read_figures(home)
    assert figures is not None
    found = {slug: built.silence.silent_for for slug, built in figures.portals.items() if built.silence}
    return {slug: silent_for.total_seconds() for slug, silent_for in found.items() if silent_for}


def lines_of(stages: Iterable[str]) -> list[str]:
    """Return the line that each stage logs when it ends, with its counts and seconds left out."""
    return [re.sub(r": ([\d,]+ [a-z A-Z]+, )?\d+\.\d s$", ":", line) for line in stages]


def test_an_unchanged_build_runs_no_dbt_publishes_nothing_and_still_judges(
    demo: Demo, installed: Installed, tmp_path: Path
) -> None:
    home = demo.copy(tmp_path / "home")
    published = read_release(home.corpus_file).release_id
    releases = kept_releases(home)
    DemoCorpus.begin_day(home, 5)  # days later, without another crawl
    silent_before = silences(home)
    status, output, shown, _ = on_a_terminal(installed.program, home, "build", timeout=COMMAND_TIMEOUT_SECONDS)
    assert (status, output) == (0, f"unchanged since release {published} ({home.releases / published}.duckdb)\n")
    assert CONTROL.search(shown)
    assert kept_releases(home) == releases
    for slug, seconds in silences(home).items():
        assert seconds > silent_before[slug], "silence grows without a crawl"

    dumb = on_a_terminal(installed.program, home, "build", "--json", timeout=COMMAND_TIMEOUT_SECONDS, NO_COLOR="1")
    found = json.loads(dumb[1])
    assert (dumb[0], found["release_id"], found["is_new"]) == (0, published, False)
    assert "\x1b" not in dumb[2]
    assert lines_of(dumb[2].splitlines()) == [
        "index:",
        "extraction:",
        "identification:",
        "signing:",
        "fingerprinting:",
        "crediting:",
        "term_finding:",
        "load:",
        "marts: nothing has changed since they were made",
        "publish:",
    ]


@pytest.mark.parametrize("lost", ["corpus.duckdb", "warehouse.duckdb"])
def test_what_is_lost_is_made_again(demo: Demo, installed: Installed, tmp_path: Path, lost: str) -> None:
    home = demo.copy(tmp_path / "home")
    published = read_release(home.corpus_file).release_id
    (home.root / lost).unlink()
    done = run(installed.program, home, "build", timeout=COMMAND_TIMEOUT_SECONDS)
    assert done.returncode == 0, done.stderr
    ran = re.search(r"^marts: [\d,]+ models and tests, ", done.stderr, re.MULTILINE) is not None
    is_new = done.stdout.startswith("published ")
    assert (ran, is_new) == {
        "corpus.duckdb": (False, True),
        "warehouse.duckdb": (True, False),
    }[lost]
    assert (read_release(home.corpus_file).release_id != published) is is_new
    assert differences(home.corpus_file, demo.home.corpus_file) == {}
