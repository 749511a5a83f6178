"""Credits of articles that do not change resolve anew when their source comes, is defined otherwise, or goes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.warehouse.tables.made_up import REPOSITORY

pytestmark = [pytest.mark.process, pytest.mark.slow]


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    """Return portal and article that each crediting article means, by step."""
    command = [sys.executable, "-m", "tests.dbt_models.histories.sources"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    steps: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return steps


@pytest.mark.parametrize(
    ("step", "by_address", "by_number", "by_name", "by_other_host"),
    [
        ("without sources", ["thu-do", None], ["thu-do", None], [None, None], [None, None]),
        ("sources came", ["thu-do", 7], ["thu-do", 68002], [None, None], [None, None]),
        ("definition changed", ["thu-do", 7], ["thu-do", 68002], ["thu-do", None], ["thu-do", 7]),
        ("sources went", ["thu-do", None], ["thu-do", None], ["thu-do", None], ["thu-do", None]),
    ],
)
def test_an_increment_resolves_credits_to_what_is_there(
    found: dict[str, dict[str, Any]], step: str, by_address: Any, by_number: Any, by_name: Any, by_other_host: Any
) -> None:
    assert found[step] == {"1": by_address, "2": by_number, "3": by_name, "4": by_other_host}
