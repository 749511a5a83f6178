"""What a part of the torture did and found, and the table of all parts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from bench.torture.ground import Ground


@dataclass(slots=True)
class Tally:
    """The result of one part.

    Attributes:
        part: its name.
        counts: what was done, by name in the order of the table.
        violations: what must not have happened, each in a line.
        skipped: why the part did not run; None if it did.
    """

    part: str
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    skipped: str | None = None
    seconds: float = 0.0

    def require(self, is_so: object, message: str) -> None:
        """Note a violation unless the condition holds."""
        if not is_so:
            self.violations.append(" ".join(message.split())[:1500])


@dataclass(frozen=True, slots=True)
class Turn:
    """What a part gets: the ground, its random numbers, and when to start nothing new.

    Attributes:
        until: of `time.monotonic`.
        tries_max: most tries, however much time there is.
    """

    ground: Ground
    chosen: Random
    until: float
    tries_max: int

    def goes_on(self, tries: int) -> bool:
        """Return whether there is time for another try; the first always is made."""
        return tries < self.tries_max and (tries == 0 or time.monotonic() < self.until)


Part: TypeAlias = Callable[[Turn, Tally], None]


def as_table(tallies: Sequence[Tally]) -> str:
    """Return the results as a Markdown table, then a line for each violation."""
    lines = ["| part | done | violations | seconds |", "| --- | --- | ---: | ---: |"]
    for one in tallies:
        done = one.skipped or ", ".join(f"{count:,} {name}" for name, count in one.counts.items())
        lines.append(f"| {one.part} | {done} | {len(one.violations)} | {one.seconds:.0f} |")
    lines += [f"VIOLATION {one.part}: {line}" for one in tallies for line in one.violations]
    return "\n".join(lines)
