"""Mutations of any format: damage to bytes and lines, and the words of the format in wrong places.

Belongs here: what is the same for all formats. Does not belong here: the words of a format (see
`bench.fuzzing.targets`), and the mutations of pages (see `bench.fuzzing.mutations`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

Damage: TypeAlias = Callable[[bytes, random.Random, Sequence[bytes], Sequence[bytes]], bytes]
"""Takes the bytes, a seeded generator, other bytes of the format, and words of the format."""

_SIZE_MAX = 300_000
_LARGE_SIZE_MAX = 3_000_000
_LARGE_SHARE = 0.01
_DAMAGES_MAX = 4
_NUMBER = re.compile(rb"[0-9]{1,400}")
_NUMBERS = (
    b"0", b"-1", b"00", b"1e999", b"99999999999999999999", b"9" * 5000, b"2147483648", b"0x10", b"1_0", b".5", b"NaN",
    b"\xd9\xa3", b"3000", b"9999", b"0001", b"1969", b"31", b"65536",
)  # fmt: skip


def damaged(
    data: bytes, rng: random.Random, others: Sequence[bytes], words: Sequence[bytes], *, lines: bool = True
) -> bytes:
    """Return the bytes with one to four damages; `lines` says whether the format is text."""
    damages = (*BYTES, *LINES) if lines else BYTES
    for _ in range(rng.randint(1, _DAMAGES_MAX)):
        data = rng.choice(damages)(data, rng, others, words)[:_SIZE_MAX]
    if rng.random() < _LARGE_SHARE:
        data = _flood(data, rng, others, words)[:_LARGE_SIZE_MAX]
    return data


def _flip(data: bytes, rng: random.Random, _others: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    flipped = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        if flipped:
            flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def cut_short(data: bytes, rng: random.Random, *_unused: object) -> bytes:
    """Return the bytes without their end."""
    return data[: rng.randint(0, len(data))]


def cut_out(data: bytes, rng: random.Random, *_unused: object) -> bytes:
    """Return the bytes without a range of them."""
    begin, end = span(data, rng)
    return data[:begin] + data[end:]


def double(data: bytes, rng: random.Random, *_unused: object) -> bytes:
    """Return the bytes with a range of them repeated."""
    begin, end = span(data, rng)
    return data[:end] + data[begin:end] * rng.choice((1, 2, 50)) + data[end:]


def _splice(data: bytes, rng: random.Random, others: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    begin, end = span(other := rng.choice(others), rng)
    return inserted(data, rng, other[begin:end])


def _zeros(data: bytes, rng: random.Random, _others: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    """A sector that was never written."""
    begin = rng.randint(0, len(data)) // 512 * 512
    return data[:begin] + bytes(min(512, len(data) - begin)) + data[begin + 512 :]


def _insert_word(data: bytes, rng: random.Random, _others: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    return inserted(data, rng, rng.choice(words) * rng.choice((1, 1, 1, 3, 300)))


def _insert_random(data: bytes, rng: random.Random, _others: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    return inserted(data, rng, rng.randbytes(rng.choice((1, 10, 1000))))


def _change_numbers(data: bytes, rng: random.Random, _others: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    share = rng.choice((0.05, 0.5))
    return _NUMBER.sub(lambda found: rng.choice(_NUMBERS) if rng.random() < share else found[0], data)


def _replace_word(data: bytes, rng: random.Random, _others: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """One of the format's words in place of a run of letters."""
    found = list(re.finditer(rb"[\w-]{2,60}", data[:_SIZE_MAX]))
    if not found:
        return data
    old = rng.choice(found)
    return data[: old.start()] + rng.choice(words) + data[old.end() :]


def _reencode(data: bytes, rng: random.Random, _others: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    charset = rng.choice(("utf-16", "utf-16-le", "utf-32", "cp1258", "utf-7", "utf-8-sig"))
    return data.decode("utf-8", "replace").encode(charset, "replace")


def _swap_lines(data: bytes, rng: random.Random, _others: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _repeat_line(data: bytes, rng: random.Random, _others: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    return b"\n".join([*lines[:at], *[lines[at]] * rng.choice((2, 2, 500)), *lines[at + 1 :]])


def _drop_line(data: bytes, rng: random.Random, _others: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    del lines[rng.randrange(len(lines))]
    return b"\n".join(lines)


def _indent_line(data: bytes, rng: random.Random, _others: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    lines[at] = rng.choice((b" ", b"\t", b"  ", b"- ")) * rng.choice((1, 2, 1000)) + lines[at].lstrip()
    return b"\n".join(lines)


def _change_ends(data: bytes, rng: random.Random, _others: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b"\x0b", b"\xc2\x85")))


def _flood(data: bytes, rng: random.Random, _others: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """The beginning, then megabytes of one word."""
    begin, word = (
        data[: rng.randint(0, len(data))],
        rng.choice((*words, b"a", b" ", b"\n", b"a,", b"<", b"\x00")) or b"x",
    )
    return begin + word * (_LARGE_SIZE_MAX // len(word) // rng.choice((1, 10)))


BYTES: tuple[Damage, ...] = (
    _flip, _flip, cut_short, cut_out, double, _splice, _zeros, _insert_word, _insert_random,
)  # fmt: skip
LINES: tuple[Damage, ...] = (
    _change_numbers, _replace_word, _replace_word, _insert_word, _reencode, _swap_lines, _repeat_line, _drop_line,
    _indent_line, _change_ends,
)  # fmt: skip


def span(data: bytes, rng: random.Random) -> tuple[int, int]:
    """Return begin and end of a range: most are short."""
    begin = rng.randint(0, len(data))
    return begin, rng.randint(begin, min(len(data), begin + rng.choice((4, 60, 500, 2_000, 20_000))))


def inserted(data: bytes, rng: random.Random, piece: bytes) -> bytes:
    """Return the bytes with a piece at a random place."""
    at = rng.randint(0, len(data))
    return data[:at] + piece + data[at:]
