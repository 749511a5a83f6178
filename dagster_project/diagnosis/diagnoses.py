"""A diagnosis: one line of `hanoi-corpus doctor`.

Belongs here: the type, and how one is made. Does not belong here: what is examined (the other modules of this package).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Level: TypeAlias = Literal["ok", "warn", "fail"]

OK: Final = "ok"
WARN: Final = "warn"
FAIL: Final = "fail"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found of one thing.

    Attributes:
        topic: what was examined, in a word or two.
        level: `fail` if work fails or is refused because of it, `warn` if it does not but should be seen to.
        found: what was found; it may quote files and servers, so it is untrusted.
        way_out: what to do; empty if nothing needs to be done, or if `found` says it.
    """

    topic: str
    level: Level
    found: str
    way_out: str = ""
