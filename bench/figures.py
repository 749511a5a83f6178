"""Results of benchmarks: figures with baseline and bar, and tables of them.

Belongs here: the records, Markdown, JSON, medians. Does not belong here: measuring.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Literal, TypeAlias

REPOSITORY = Path(__file__).resolve().parent.parent
_LIBRARIES = ("scrapy", "lxml", "trafilatura", "duckdb", "dbt-core", "dagster")

Log: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Bar:
    """A required limit, at least or at most, for a figure's value or its ratio to the baseline."""

    of: Literal["value", "ratio"]
    sense: Literal[">=", "<="]
    limit: float

    def is_met(self, value: float, ratio: float | None) -> bool:
        """Return whether value or ratio meets the bar."""
        judged = value if self.of == "value" else ratio
        if judged is None:
            raise ValueError("a bar on a ratio needs a baseline")
        return judged >= self.limit if self.sense == ">=" else judged <= self.limit

    def __str__(self) -> str:
        """Return the bar as shown in the table."""
        return f"{self.of} {self.sense} {_number(self.limit)}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Attributes:
        bench: name of the benchmark, as for `--only`.
        what: description of the measurement.
        unit: unit of value and baseline.
        value: the measured value; the median of several runs.
        baseline: baseline value measured in the same run; None if there is no baseline.
        baseline_name: description of the baseline.
        bar: the required limit; None if the figure is for information only.
    """

    bench: str
    what: str
    unit: str
    value: float
    baseline: float | None = None
    baseline_name: str = ""
    bar: Bar | None = None

    @property
    def ratio(self) -> float | None:
        """Value divided by baseline; None without a baseline."""
        return self.value / self.baseline if self.baseline else None

    @property
    def is_met(self) -> bool | None:
        """Whether the bar is met; None without a bar."""
        return self.bar.is_met(self.value, self.ratio) if self.bar else None


def interleaved(contenders: Mapping[str, Callable[[], float]], rounds: int, log: Log) -> dict[str, float]:
    """Run each contender once per round, in rotating order, and return the median result of each.

    Interleaved, so that a temporary slowdown of the machine affects all contenders.
    """
    found: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            found[name].append(contenders[name]())
        log(f"  round {number + 1}: " + ", ".join(f"{name} {_number(found[name][-1])}" for name in names))
    return {name: median(values) for name, values in found.items()}


def machine() -> dict[str, str]:
    """Return the properties of the machine and the library versions on which the figures depend."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cores": str(os.cpu_count()),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
    }


def as_markdown(figures: Sequence[Figure]) -> str:
    """Return a Markdown table of the figures, preceded by a line about the machine."""
    about = machine()
    line = (
        f"{about['date']}, {about['cores']} cores ({about['processor']}), {about['system']}, Python {about['python']}"
    )
    rows: Iterable[tuple[str, ...]] = (
        ("bench", "measured", "value", "baseline", "ratio", "bar", "met"),
        ("---", "---", "---:", "---", "---:", "---", "---"),
        *(_cells(figure) for figure in figures),
    )
    return "\n".join([line, "", *("| " + " | ".join(row) + " |" for row in rows)])


def as_json(figures: Sequence[Figure]) -> str:
    """Return machine and figures as JSON text."""
    return json.dumps({"machine": machine(), "figures": as_rows(figures)}, ensure_ascii=False, indent=1)


def as_rows(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return the figures as JSON objects."""
    return [
        {**asdict(figure), "ratio": figure.ratio, "bar": str(figure.bar) if figure.bar else None, "met": figure.is_met}
        for figure in figures
    ]


def _cells(figure: Figure) -> tuple[str, ...]:
    baseline = "" if figure.baseline is None else f"{_number(figure.baseline)} ({figure.baseline_name})"
    return (
        figure.bench,
        figure.what,
        f"{_number(figure.value)} {figure.unit}",
        baseline,
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        str(figure.bar) if figure.bar else "",
        {True: "yes", False: "**no**", None: ""}[figure.is_met],
    )


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown processor")
