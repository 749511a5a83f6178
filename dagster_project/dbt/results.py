"""What dbt found: the outcome of each model and test in its log, and the record of tests' last ones.

After a build of changed rows, a test that warned about other rows is still one that warns: its outcome is the worse of
what all rows last gave and what changed rows gave since. The next test of all rows replaces it.
Belongs here: outcomes, their words, and the record of the tests' outcomes.
Does not belong here: running dbt (`dagster_project.dbt.project`), and which rows are tested
(`dbt_models/macros/tests`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from warehouse.durable import replacing

_CHANGED_ROWS: Final = "tested_changed_rows"
_GOOD: Final = frozenset({"success", "pass"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a model or a test.

    Attributes:
        name: name of the model or test.
        kind: `model` or `test`.
        status: `success` or `pass`, `warn`, or another word of dbt's for what failed or was skipped.
        failures: number of rows that fail the test; 0 for a model.
        seconds: how long it took; 0 for a test that was one of many in a statement.
        file: the file that declares it, relative to the dbt project.
        rows: whether all rows were tested, or those that changed.
    """

    name: str
    kind: str
    status: str
    failures: int = 0
    seconds: float = 0.0
    file: str = ""
    rows: Literal["all", "changed"] = "all"

    @property
    def is_good(self) -> bool:
        """Whether the model was made, or the test found nothing."""
        return self.status in _GOOD

    def __str__(self) -> str:
        """Return the outcome of a test that found something, in dbt's words."""
        word = "Warning" if self.status == "warn" else "Failure"
        limit = "warn" if self.status == "warn" else "fail"
        found = f"Got {self.failures} result{'' if self.failures == 1 else 's'}, configured to {limit} if != 0"
        return f"{word} in test {self.name} ({self.file})\n  {found}"


def outcome_of_node(data: Mapping[str, Any]) -> Outcome | None:
    """Return the outcome that an event of dbt's log is about; None if it is about none.

    Raises:
        KeyError, TypeError, ValueError: the event is not as dbt writes it.
    """
    node = data.get("node_info") or {}
    if "index" not in data or not node.get("node_finished_at") or node["resource_type"] not in ("model", "test"):
        return None
    return Outcome(
        name=str(node["unique_id"]).split(".")[2],
        kind=str(node["resource_type"]),
        status=str(node["node_status"]),
        failures=int(data.get("num_failures") or 0),
        seconds=float(data.get("execution_time") or 0.0),
        file=str(node["node_path"]),
    )


def outcomes_of_changed_rows(message: str) -> list[Outcome]:
    """Return the outcomes of the tests of changed rows in a line of the macro `test_changed_rows`.

    None if the line is another one.

    Raises:
        KeyError, TypeError, ValueError: the line is not as the macro writes it.
    """
    if _CHANGED_ROWS not in message:
        return []
    tests = json.loads(message)[_CHANGED_ROWS]
    return [
        Outcome(
            name=test["name"],
            kind="test",
            status="pass" if not test["failures"] else "warn" if test["severity"].lower() == "warn" else "fail",
            failures=int(test["failures"]),
            file=test["file"],
            rows="changed",
        )
        for test in tests
    ]


def known_tests(target: Path) -> Mapping[str, Outcome]:
    """Return the last outcomes of the tests, by name; empty if they are unknown."""
    try:
        found = json.loads(_file(target).read_text(encoding="utf-8"))
        return {each["name"]: Outcome(**each) for each in found}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def record_tests(target: Path, outcomes: Iterable[Outcome]) -> None:
    """Keep the outcomes of tests; those of tests that were not run stay."""
    known = dict(known_tests(target))
    for outcome in outcomes:
        before = known.get(outcome.name)
        if outcome.rows == "all" or before is None or not outcome.is_good:
            known[outcome.name] = outcome
    with replacing(_file(target)) as temporary:
        temporary.write_text(json.dumps([asdict(each) for each in known.values()]), encoding="utf-8")


def _file(target: Path) -> Path:
    return target / "tests.json"
