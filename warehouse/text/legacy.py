"""Detects and converts TCVN3, VNI, VISCII and UTF-8 text that was decoded as a Windows character set.

Each byte of such text appears as a Windows character: `Hµ Néi` is TCVN3 (ABC fonts such as .VnTime) for Hà Nội. Every
conversion is tried. A conversion is accepted only if nearly all words that it changes become Vietnamese syllables, and
at least 30 % were not before. Otherwise nothing is converted, since damaging French or correct Vietnamese is worse than
leaving broken text. (General libraries support neither the font encodings nor Windows-1258.)

Convert before `warehouse.text.normal.clean`, which removes soft hyphens: that byte is ư in TCVN3.
Belongs here: judging a page's texts, and converting one text.
Does not belong here: finding a page's texts (`spiders.pages.legacy_text`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from warehouse.text.syllables import is_syllable

Encoding: TypeAlias = Literal["tcvn3", "vni", "viscii", "utf8_twice"]

# Characters that are frequent in legacy text and rare in correct Vietnamese, which may still have « », © or ·.
_SUSPICIOUS: Final = re.compile("[¨©ª«¬\u00ad®µ¶·¸¹º»¼½¾ÄÅÆÇËÎÏÑÖ×ØÛÜÞßäåæçëîïðñöøûüþ\ufffd]")
_UNSUSPICIOUS_BYTES: Final = bytes(code for code in range(0x100) if not _SUSPICIOUS.match(chr(code)))
_SUSPICIOUS_MIN: Final = 8
_SAMPLE_CHARACTERS: Final = 30_000
_WORDS_MIN: Final = 8  # different words that only the conversion makes Vietnamese
_WORDS_MIN_WITH_FONT: Final = 3
_SUSPECT_WORDS_MIN: Final = 5
_REPLACED_WORDS_MIN: Final = 8

_SPACE: Final = re.compile("[ \t\r\n]+")  # other white space may be a byte of a letter
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_VOWELS: Final = frozenset("aeiouy")
# A symbol that does not occur inside a correctly decoded word.
_MARK_IN_WORD: Final = re.compile(r"[^\W\d_][¡-¿×÷\u0080-\u009f]|[¡-¿×÷\u0080-\u009f][^\W\d_]|[^\W\d_][�?]+[^\W\d_]|�")
_NO_WINDOWS_LETTER: Final = re.compile("[\u0100-\u024f\u0300-\u036f\u1e00-\u1eff]")
_ASCII_SMALL: Final = re.compile("[a-z]")
_ASCII_CAPITAL: Final = re.compile("[A-Z]")


# --- The legacy encodings -------------------------------------------------------------------------------------------
# Bytes are written as the characters with the same numbers, 0 to 255.


def _from(code: int, letters: str) -> dict[int, str]:
    return dict(enumerate(letters, code))


_TCVN3: Final = (
    _from(0xA1, "ĂÂÊÔƠƯĐăâêôơưđ")
    | _from(0xB5, "àảãáạ")
    | _from(0xBB, "ằẳẵắ")
    | _from(0xC6, "ặầẩẫấậè")
    | _from(0xCE, "ẻẽéẹềểễếệìỉ")
    | _from(0xDC, "ĩíịò")
    | _from(0xE1, "ỏõóọồổỗốộờởỡớợù")
    | _from(0xF1, "ủũúụừửữứựỳỷỹýỵ")
)
_VISCII: Final = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"} | _from(
    0x80,
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ",
)
# The bytes of these are capitals in VISCII (Ổ Ỗ Ộ Ợ Ớ Ờ Ở), so a text with any of them is ambiguous.
_AMBIGUOUS_IN_VISCII: Final = re.compile("[‘’“”•–—]")
# VNI writes the marks of a vowel as a second character after it; some marked letters are single characters.
_VNI_SINGLE: Final = {"ñ": "đ", "ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI_MARKS: Final = (
    ("aeouyôö", "", {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}),
    ("aeo", "\u0302", {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}),
    ("a", "\u0306", {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}),
)


def _vni() -> dict[str, str]:
    small = dict(_VNI_SINGLE)
    for vowels, shape, marks in _VNI_MARKS:
        for vowel in vowels:
            for mark, tone in marks.items():
                small[vowel + mark] = unicodedata.normalize("NFC", _VNI_SINGLE.get(vowel, vowel) + shape + tone)
    capital = {written.upper(): letter.upper() for written, letter in small.items()}
    # A small mark may follow a capital vowel.
    mixed = {written[0].upper() + written[1:]: letter.upper() for written, letter in small.items()}
    return small | capital | mixed


_VNI: Final = _vni()
_VNI_LETTER: Final = re.compile("|".join(sorted(_VNI, key=lambda written: -len(written))))
_UTF8_LETTER: Final = re.compile(
    "[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3}"
)


def _decode_tcvn3(text: str) -> str:
    """Decode TCVN3, which has no capital vowels with a tone: a font shows the small ones as capitals.

    A word or text with at least two capitals and no small letter (of A to Z) is therefore converted to capitals.
    """
    decoded = text.translate(_TCVN3)
    if _in_capitals(text):
        return decoded.upper()
    return re.sub(r"\S+", lambda word: word[0].upper() if _in_capitals(text[slice(*word.span())]) else word[0], decoded)


def _in_capitals(text: str) -> bool:
    return not _ASCII_SMALL.search(text) and len(_ASCII_CAPITAL.findall(text)) >= 2


def _decode_utf8(text: str) -> str:
    def decoded(letter: re.Match[str]) -> str:
        try:
            return letter[0].encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:  # a surrogate, or an overlong encoding
            return letter[0]

    return _UTF8_LETTER.sub(decoded, text)


_DECODERS: Final[Mapping[Encoding, Callable[[str], str]]] = {
    "utf8_twice": _decode_utf8,
    "tcvn3": _decode_tcvn3,
    "vni": lambda text: _VNI_LETTER.sub(lambda letter: _VNI[letter[0]], text),
    "viscii": lambda text: text.translate(_VISCII),
}


# --- The Windows character sets -------------------------------------------------------------------------------------


def _bytes_by_character(charset: str) -> dict[int, str]:
    characters = (bytes([byte]).decode(charset, "ignore") for byte in range(0x80, 0x100))
    # Bytes that are undefined in Windows need no entry: they arrive as the control characters with the same numbers.
    return {ord(character): chr(byte) for byte, character in enumerate(characters, 0x80) if character}


_BYTES_BY_CHARSET: Final = {charset: _bytes_by_character(charset) for charset in ("cp1252", "cp1258")}
_PUNCTUATION: Final = {
    charset: {ord(byte): chr(character) for character, byte in characters.items() if byte < "\u00a0"}
    for charset, characters in _BYTES_BY_CHARSET.items()
}


@dataclass(frozen=True, slots=True)
class Conversion:
    """A legacy encoding, and the character set with which its bytes were wrongly decoded.

    Attributes:
        encoding: the encoding of the text's bytes.
        read_as: Python's name of the wrong character set.
    """

    encoding: Encoding
    read_as: str

    def convert(self, text: str) -> str | None:
        """Return the converted text; None if the text has letters that `read_as` does not have."""
        as_bytes = text.translate(_BYTES_BY_CHARSET[self.read_as])
        if _NO_WINDOWS_LETTER.search(as_bytes):
            return None
        return _DECODERS[self.encoding](as_bytes).translate(_PUNCTUATION[self.read_as])

    def mend(self, text: str, *, or_else: bool) -> str | None:
        """Return the converted text; None if it is worse Vietnamese, unchanged, or cannot be computed.

        Use this for each text of a page that has some texts in this encoding, and perhaps others in Unicode. If both
        forms are equally good Vietnamese, `or_else` decides whether to convert.
        """
        converted = self.convert(text)
        if converted is None or converted == text:
            return None
        counts = _WordCounts()
        counts.add(text[:_SAMPLE_CHARACTERS], self.convert(text[:_SAMPLE_CHARACTERS]) or "")
        if counts.won_count == counts.lost:
            return converted if or_else else None
        return converted if counts.won_count > counts.lost else None


_CONVERSIONS: Final = tuple(Conversion(encoding, charset) for charset in _BYTES_BY_CHARSET for encoding in _DECODERS)


# --- Detection ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _WordCounts:
    """Counts of a conversion's effects on the words of a page.

    Attributes:
        won: the distinct words that become Vietnamese and were not before.
        won_count: the number of their occurrences.
        lost: the number of changed words that are not Vietnamese afterwards.
        either: the number of changed words that are Vietnamese both before and after.
        words: the number of all words, except numbers, `UBND` and the like.
        valid: the number of words that are Vietnamese after the conversion.
    """

    won: set[str] = field(default_factory=set)
    won_count: int = 0
    lost: int = 0
    either: int = 0
    words: int = 0
    valid: int = 0

    def add(self, text: str, converted: str) -> None:
        """Count the words of one text, before and after."""
        for before, after in zip(_SPACE.split(text), _SPACE.split(converted), strict=True):
            is_valid = _is_vietnamese(after)
            self.words += is_valid is not None
            self.valid += is_valid is True
            if before == after or is_valid is None:
                continue
            if not is_valid:
                self.lost += 1
            elif _is_vietnamese(before):
                self.either += 1
            else:
                self.won.add(after)
                self.won_count += 1

    def is_certain(self, words_min: int) -> bool:
        """Tell whether the counts prove the conversion right."""
        changed = self.won_count + self.lost + self.either
        return (
            len(self.won) >= words_min
            and self.lost <= 0.1 * (self.won_count + self.lost)
            and self.won_count >= 0.3 * changed
            and self.valid >= 0.6 * self.words
        )

    def is_suspect(self) -> bool:
        """Tell whether the counts suggest the conversion without proving it."""
        return (
            len(self.won) >= _SUSPECT_WORDS_MIN
            and self.lost <= self.won_count
            and self.won_count >= 0.3 * (self.won_count + self.lost + self.either)
            and self.valid >= 0.5 * self.words
        )


def _is_vietnamese(word: str) -> bool | None:
    """Tell whether all syllables of a word are Vietnamese; None for a number, `UBND` and the like."""
    runs = [run for run in _LETTERS.findall(unicodedata.normalize("NFC", word)) if _has_vowel(run)]
    if _MARK_IN_WORD.search(word):
        return False
    return all(map(is_syllable, runs)) if runs else None


def _has_vowel(run: str) -> bool:
    return not _VOWELS.isdisjoint(unicodedata.normalize("NFD", run.lower()))


def looks_suspicious(text: str) -> bool:
    """Tell whether to call `recognise` for a page's text; this is fast, and False for nearly every page."""
    # Characters outside Latin-1 become `?`. Filtering bytes is several times as fast as searching a pattern.
    suspicious = text.encode("latin-1", "replace").translate(None, _UNSUSPICIOUS_BYTES)
    return len(suspicious) + text.count("\ufffd") >= _SUSPICIOUS_MIN


def recognise(texts: Iterable[str], *, is_font_named: bool = False) -> tuple[Conversion | None, bool]:
    """Return the conversion that the page needs (None if none is certain), and whether text stays suspect.

    Args:
        texts: the texts of one page, some of which may be in a legacy encoding and others in Unicode.
        is_font_named: whether the page names a font of such an encoding; fewer words are then enough.
    """
    sample = list(_sample(texts))
    effects: dict[Conversion, _WordCounts] = {}
    for conversion in _CONVERSIONS:
        effects[conversion] = counts = _WordCounts()
        for text in sample:
            if (converted := conversion.convert(text)) is not None:
                counts.add(text, converted)
    words_min = _WORDS_MIN_WITH_FONT if is_font_named else _WORDS_MIN
    certain = [conversion for conversion, counts in effects.items() if counts.is_certain(words_min)]
    if certain:
        best = max(certain, key=lambda conversion: effects[conversion].won_count)
        if best.encoding != "viscii" or not any(map(_AMBIGUOUS_IN_VISCII.search, sample)):
            return best, _has_lost_letters(sample)
    return None, any(counts.is_suspect() for counts in effects.values()) or _has_lost_letters(sample)


def _sample(texts: Iterable[str]) -> Iterator[str]:
    remaining = _SAMPLE_CHARACTERS
    for text in texts:
        if remaining > 0 and _SUSPICIOUS.search(text):
            yield text[:remaining]
            remaining -= len(text)


def _has_lost_letters(texts: Iterable[str]) -> bool:
    """Tell whether many letters were replaced by U+FFFD, the character for undecodable bytes."""
    return sum(len(re.findall(r"[^\W\d_]�|�[^\W\d_]", text)) for text in texts) >= _REPLACED_WORDS_MIN
