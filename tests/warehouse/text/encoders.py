"""Encodes text as legacy pages show it without their font: the reverse of `warehouse.text.legacy`."""

from __future__ import annotations

from collections.abc import Callable

from warehouse.text.legacy import _TCVN3, _VISCII, _VNI

_TO_TCVN3 = {letter: chr(byte) for byte, letter in _TCVN3.items()}
_TO_VISCII = {letter: chr(byte) for byte, letter in _VISCII.items()}
_TO_VNI = {letter: written for written, letter in reversed(_VNI.items())}


def read_as(charset: str, text: str) -> str:
    """Decode bytes, written as the characters with the same numbers; undefined bytes become controls."""
    return "".join(
        bytes([ord(byte)]).decode(charset, "ignore") or byte if 0x80 <= ord(byte) <= 0xFF else byte for byte in text
    )


def to_tcvn3(text: str) -> str:
    """Return the text in TCVN3; capitals with a tone become small letters, since it has none."""
    return "".join(_TO_TCVN3.get(letter) or _TO_TCVN3.get(letter.lower(), letter) for letter in text)


def to_vni(text: str) -> str:
    return "".join(_TO_VNI.get(letter, letter) for letter in text)


def to_viscii(text: str) -> str:
    return read_as("cp1252", "".join(_TO_VISCII.get(letter, letter) for letter in text))


def to_utf8_twice(text: str, charset: str = "cp1252") -> str:
    return read_as(charset, text.encode().decode("latin-1"))


ENCODERS: dict[str, Callable[[str], str]] = {
    "tcvn3": to_tcvn3,
    "vni": to_vni,
    "viscii": to_viscii,
    "utf8_twice": to_utf8_twice,
}
