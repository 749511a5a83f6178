"""A target: a format of input with its seeds, its mutations and its check."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench.fuzzing.checks import UnsoundError
from bench.fuzzing.damage import damaged
from bench.fuzzing.pages import Case


@dataclass(frozen=True, slots=True)
class Target:
    """One format of input.

    Attributes:
        name: its name on the command line.
        seeds: returns the inputs that are mutated, always in the same order.
        check: returns what became of a case in a word; raises if an invariant is violated.
        mutated: returns case `number` of the run `seed`, made of the seeds; deterministic.
        share: its share of a run's time, relative to the others.
    """

    name: str
    seeds: Callable[[], Sequence[Case]]
    check: Callable[[Case], str]
    mutated: Callable[[int, int, Sequence[Case]], Case]
    share: float = 1.0


def byte_target(
    name: str,
    seeds: Callable[[], Sequence[bytes]],
    check: Callable[[Case], str],
    words: Sequence[bytes],
    *,
    url: str = "https://xa.test/",
    content_types: Sequence[str | None] = (None,),
    lines: bool = True,
) -> Target:
    """Return a target whose cases are damaged as any bytes are, with words of its format."""

    def cases() -> list[Case]:
        return [Case(url, body, "generic", target=name) for body in seeds()]

    def mutated(number: int, seed: int, known: Sequence[Case]) -> Case:
        # A string, since `Random` takes no tuples.
        rng = random.Random(f"{name}:{seed}:{number}")  # noqa: S311 - no secret
        case = rng.choice(known)
        body = damaged(case.body, rng, [other.body for other in known], words, lines=lines)
        return replace(case, body=body, content_type=rng.choice(content_types))

    return Target(name, cases, check, mutated)


def require(is_sound: object, message: str) -> None:
    """Raise `UnsoundError` unless an invariant holds; the first two words of the message name the fault."""
    if not is_sound:
        raise UnsoundError(message[:500])
