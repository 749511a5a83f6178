"""Runs a history: builds every step incrementally, and compares it with a full build.

Does not belong here: choosing histories (`tests.dbt_models.histories.steps`), and making them smaller
(`tests.dbt_models.histories.shrinking`).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.dbt_models.histories.building import Builder, BuildError, copy_raw
from tests.dbt_models.histories.comparing import differences
from tests.dbt_models.histories.steps import History, load_step, write
from warehouse.home import Home


@dataclass(frozen=True)
class Failure:
    """The first step of a history after which a build differs from a full one.

    Attributes:
        step: the number of the step, from 0.
        lines: the relations and rows that differ, or what dbt said.
    """

    step: int
    lines: list[str]

    @property
    def relations(self) -> frozenset[str]:
        """The relations that differ."""
        return frozenset(line.partition(":")[0] for line in self.lines if not line.startswith(" "))


def run(history: History, builder: Builder, folder: Path) -> Failure | None:
    """Return the first failure of a history; None if every step gives what a full build gives."""
    shutil.rmtree(folder / "home", ignore_errors=True)
    home = Home(folder / "home")
    before = None
    for number, step in enumerate(history.steps):
        write(home, history, before, step)
        before = step
        load_step(home, step)
        full = copy_raw(home, folder / "full", number)
        try:
            builder.build(full, full=True)
            builder.build(home, full=number == 0)
        except BuildError as error:
            return Failure(number, str(error).splitlines())
        if lines := differences(home, full, builder.relations):
            return Failure(number, lines)
    return None
