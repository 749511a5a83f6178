"""The check of everything, for every night: what builds trust is read, and all rows are tested.

A build reads again only what somebody wrote, and an incremental one tests only rows that changed. What decays on a
disk, and a row that is wrong although nothing in its reach changed, is found here.
Belongs here: both halves, and what is wrong in words.
Does not belong here: reading the files (`dagster_project.pipeline`), and the tests (`dbt_models`).
"""

from __future__ import annotations

from dataclasses import dataclass

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.dbt.project import DbtError, test_models
from dagster_project.dbt.results import Outcome
from dagster_project.stage import Log
from dagster_project.warehouse_access import using_warehouse
from warehouse.tables import inputs
from warehouse.tables.store import DamagedStoreError


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    Attributes:
        damaged: a message for each file that is damaged; the next build makes it again.
        failed: a message for each test that failed.
        warnings: a message for each test that warned.
        tests: number of tests that were run; 0 if the marts are not complete.
    """

    damaged: tuple[str, ...]
    failed: tuple[str, ...]
    warnings: tuple[str, ...]
    tests: int

    @property
    def is_good(self) -> bool:
        """Whether no file is damaged and no test failed."""
        return not self.damaged and not self.failed

    @property
    def way_out(self) -> str:
        """What to do."""
        if self.failed:
            return "`hanoi-corpus build --full` makes all rows anew. If a test then still fails, nothing is published"
        return "`hanoi-corpus build` makes again what is damaged"


def check_everything(corpus: Corpus, log: Log) -> Checked:
    """Read all that builds trust because it is as they left it, and run every test on all rows.

    Raises:
        warehouse.tables.lock.LockedError: the warehouse was in use for too long.
        StoreError: the warehouse cannot be read.
    """
    damaged = pipeline.check_everything(corpus, log)
    outcomes, failed = _tested(corpus, log)
    for message in damaged:
        log(message)
    warnings = tuple(str(outcome) for outcome in outcomes if outcome.status == "warn")
    return Checked(damaged, failed, warnings, len(outcomes))


def _tested(corpus: Corpus, log: Log) -> tuple[list[Outcome], tuple[str, ...]]:
    """Return the outcomes of all tests, and a message for each that failed."""
    try:
        with using_warehouse(corpus.home, "check", log):
            if inputs.made_of(corpus.home) is None:
                log("marts: not tested, since the last build did not complete them")
                return [], ()
            return test_models(corpus.home, log), ()
    except DamagedStoreError:  # its message is among those of damaged files
        return [], ()
    except DbtError as error:
        outcomes = list(error.outcomes)
        failed = tuple(str(outcome) for outcome in outcomes if not outcome.is_good and outcome.status != "warn")
        return outcomes, failed or (str(error),)
