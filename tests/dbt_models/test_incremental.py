"""Incremental builds of random histories give the rows of a full build, also after kills; and a lost change is found.

`HANOI_CORPUS_TEST_SEED` sets the seed of the histories, which a failure prints. `make torture` runs more of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.dbt_models.histories.trials import CHANGED_ROWS, LOST_CHANGES
from tests.warehouse.tables.made_up import REPOSITORY

pytestmark = [pytest.mark.process, pytest.mark.slow]

SEED = int(os.environ.get("HANOI_CORPUS_TEST_SEED", 15))


def run(module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a module of the histories in a process of its own."""
    command = [sys.executable, "-m", f"tests.dbt_models.{module}", *map(str, arguments)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_increments_of_a_random_history_give_what_a_full_build_gives(seed: int) -> None:
    done = run("histories", "--seed", seed, "--histories", 1)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    """Return the relations that differ after each trial."""
    done = run("histories.trials", SEED)
    assert done.returncode == 0, f"seed {SEED}: {done.stdout}{done.stderr}"
    trials: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return trials


@pytest.mark.parametrize("model", LOST_CHANGES)
def test_a_change_that_the_models_do_not_see_is_found(found: dict[str, list[str]], model: str) -> None:
    assert found[model]


@pytest.mark.parametrize("kind", CHANGED_ROWS)
def test_lists_maps_nulls_and_repeats_are_compared(found: dict[str, list[str]], kind: str) -> None:
    (relation,) = found[kind]
    assert relation.rpartition(".")[2] in CHANGED_ROWS[kind]


@pytest.mark.parametrize("trial", ["killed", "256 MB", "out of memory", "full disk"])
def test_builds_that_break_off_in_mid_increment_lose_and_double_nothing(
    found: dict[str, list[str]], trial: str
) -> None:
    assert found[trial] == []
