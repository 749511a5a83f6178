"""Damage to the bytes of a file, as disks, cables and memory do it; seeded, so repeatable.

Belongs here: kinds of damage. Does not belong here: which files are damaged, and what must hold afterwards.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["bit", "sector_zeroed", "sector_of_garbage", "cut"]

KINDS: Final[tuple[Kind, ...]] = ("bit", "sector_zeroed", "sector_of_garbage", "cut")
SECTOR_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class Damage:
    """One damage: its kind, and the first damaged byte; of a `bit`, which of the eight."""

    kind: Kind
    at: int
    bit: int = 0
    seed: int = 0

    def of(self, data: bytes) -> bytes:
        """Return the bytes with the damage."""
        if self.kind == "cut":
            return data[: self.at]
        if self.kind == "bit":
            return data[: self.at] + bytes([data[self.at] ^ 1 << self.bit]) + data[self.at + 1 :]
        size = min(SECTOR_BYTES, len(data) - self.at)
        other = bytes(size) if self.kind == "sector_zeroed" else _chosen(self.seed).randbytes(size)
        return data[: self.at] + other + data[self.at + size :]


def flips(seed: int, begin: int, end: int, count: int) -> Iterator[Damage]:
    """Yield `count` single flipped bits between two offsets of a file."""
    chosen = _chosen(seed)
    for _ in range(count):
        yield Damage("bit", chosen.randrange(begin, end), chosen.randrange(8))


def damages(seed: int, begin: int, end: int, count: int) -> Iterator[Damage]:
    """Yield `count` damages of all kinds that begin between two offsets of a file."""
    chosen = _chosen(seed)
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        yield Damage(kind, chosen.randrange(begin, end), chosen.randrange(8), chosen.randrange(2**32))


def _chosen(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - no secret depends on it
