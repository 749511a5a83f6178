"""Runs attacks on patterns within a limit of processor time."""

from __future__ import annotations

import re
import signal
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from bench.regexes.attacks import attacks
from bench.regexes.bounds import BOUNDED, CLEANED
from bench.regexes.patterns import Found, is_anchored
from warehouse.text.normal import clean

_SCREENS = (64, 2_000, 8_000)
# Between the last two, linear time grows by 4, quadratic time by 16.
_GROWTH = 8.0
_ANCHORED = frozenset({"match", "fullmatch"})


@dataclass(frozen=True, slots=True)
class Slowest:
    """The attack that took longest.

    Attributes:
        characters: length of the text.
        seconds: processor time; None if the limit was reached.
        attack: prefix, repeated part and suffix.
    """

    found: Found
    characters: int
    seconds: float | None
    attack: tuple[str, str, str]

    def __str__(self) -> str:
        """Return a line for a report."""
        took = "stopped at the limit" if self.seconds is None else f"{self.seconds:.3f} s"
        prefix, part, suffix = self.attack
        text = f"{prefix[:60]!r} + {part[:60]!r} * n + {suffix!r}"
        return f"{self.found.place} (line {self.found.line}): {took} on {self.characters:,} characters: {text}"


class OverLimitError(Exception):
    """A match took more processor time than allowed."""


def slowest(
    found: Found, characters: int, limit_seconds: float, *, thorough: bool = False, is_screened: bool = False
) -> Slowest:
    """Return the slowest attack on a pattern; the first that reaches the limit ends the search.

    Each text has `characters`, or as many as the pattern's entry in `BOUNDED` says. Shorter texts are tried first, so
    that an exponential pattern is stopped early. With `is_screened`, the long text is tried only if the time of the
    shorter ones grows faster than their length.
    """
    length = min(characters, BOUNDED[found.place].characters if found.place in BOUNDED else characters)
    worst = Slowest(found, length, 0.0, ("", "", ""))
    for attack in attacks(found.pattern, thorough=thorough):
        before = None
        for size in sorted({min(size, length) for size in (*_SCREENS, length)}):
            text = _text(attack, size)
            seconds = _seconds(found, clean(text) if found.place in CLEANED else text, limit_seconds)
            if seconds is None:
                return Slowest(found, size, None, attack)
            if worst.seconds is not None and seconds > worst.seconds:
                worst = Slowest(found, size, seconds, attack)
            if is_screened and size == _SCREENS[-1] and before is not None and seconds < _GROWTH * before:
                break
            before = seconds
    return worst


def _text(attack: tuple[str, str, str], length: int) -> str:
    prefix, part, suffix = attack
    return prefix + part * max(1, (length - len(prefix) - len(suffix)) // len(part)) + suffix


def _seconds(found: Found, text: str, limit_seconds: float) -> float | None:
    subject: Any = text if isinstance(found.pattern.pattern, str) else text.encode("utf-8", "replace")
    try:
        with _limited(limit_seconds):
            started_at = time.process_time()
            _apply(found, subject)
            return time.process_time() - started_at
    except OverLimitError:
        return None


def _apply(found: Found, subject: Any) -> None:
    if is_anchored(found):
        for method in found.methods & _ANCHORED or {"match"}:
            getattr(found.pattern, method)(subject)
    else:
        deque(found.pattern.finditer(subject), maxlen=0)


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise `OverLimitError` in the block after that much processor time; `re` looks for signals."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise OverLimitError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def is_too_slow(pattern: str, characters: int, limit_seconds: float) -> bool:
    """Return whether a search for a pattern can reach the limit on a text of that length."""
    found = Found("", 0, re.compile(pattern), frozenset({"search"}))
    return slowest(found, characters, limit_seconds).seconds is None
