"""Vietnamese text in an encoding from before Unicode, or decoded once too often: recognised, and brought back.

Here: TCVN3 (ABC fonts such as .VnTime), VNI (VNI-Times), VISCII, and UTF-8 whose bytes were read as Windows characters;
a judgement of a page's texts, and the conversion of one text. Not here: where a page's texts stand
(`spiders.pages.html`).

Such text reaches us as Windows characters that stand for its bytes: `Hµ Néi` is TCVN3 for Hà Nội. What those bytes may
mean is tried, and believed only where nearly all words that it changes become Vietnamese syllables and were none
before. To convert what is French, or good Vietnamese, is worse than to leave what is broken: where proof is short
nothing is converted. (The general libraries for this know neither the font encodings nor Windows-1258.)

Conversion must come before `warehouse.text.normal.clean`, which drops the soft hyphen, the ư of TCVN3.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from warehouse.text.syllables import is_syllable

Encoding: TypeAlias = Literal["tcvn3", "vni", "viscii", "utf8_twice"]

# Characters that legacy text is full of and that are rare in good Vietnamese, which may still hold « », © or ·.
_TELLTALE: Final = re.compile("[¨©ª«¬\u00ad®µ¶·¸¹º»¼½¾ÄÅÆÇËÎÏÑÖ×ØÛÜÞßäåæçëîïðñöøûüþ\ufffd]")
_NO_TELLTALES: Final = bytes(code for code in range(0x100) if not _TELLTALE.match(chr(code)))
_TELLTALES_MIN: Final = 8
_SAMPLE_CHARACTERS: Final = 30_000
_WORDS_MIN: Final = 8  # different words that only the conversion makes Vietnamese
_WORDS_MIN_WITH_FONT: Final = 3
_SUSPECT_WORDS_MIN: Final = 5
_REPLACED_WORDS_MIN: Final = 8

_SPACE: Final = re.compile("[ \t\r\n]+")  # not the other white space: it may be half of a character
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_VOWELS: Final = frozenset("aeiouy")
# A mark that no reader would see inside of a word.
_MARK_IN_WORD: Final = re.compile(r"[^\W\d_][¡-¿×÷\u0080-\u009f]|[¡-¿×÷\u0080-\u009f][^\W\d_]|[^\W\d_][�?]+[^\W\d_]|�")
_NO_WINDOWS_LETTER: Final = re.compile("[\u0100-\u024f\u0300-\u036f\u1e00-\u1eff]")
_ASCII_SMALL: Final = re.compile("[a-z]")
_ASCII_CAPITAL: Final = re.compile("[A-Z]")


# --- What the bytes mean --------------------------------------------------------------------------------------------
# Bytes are written as the characters of the same number, 0 to 255.


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
# At the places of these, VISCII has capitals (Ổ Ỗ Ộ Ợ Ớ Ờ Ở): in a text with any of them nothing is certain.
_IS_VISCII_CAPITAL_OR_NOT: Final = re.compile("[‘’“”•–—]")
# VNI writes the marks of a vowel behind it, as one more letter; some letters and their marks are one.
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
    # Behind a capital vowel the mark may still be the small one.
    mixed = {written[0].upper() + written[1:]: letter.upper() for written, letter in small.items()}
    return small | capital | mixed


_VNI: Final = _vni()
_VNI_LETTER: Final = re.compile("|".join(sorted(_VNI, key=lambda written: -len(written))))
_UTF8_LETTER: Final = re.compile(
    "[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3}"
)


def _decode_tcvn3(text: str) -> str:
    """TCVN3 has no capital vowels with a tone: they are small ones, in a font that shows them as capitals.

    So words, and whole texts, that hold capitals and no small Latin letter are meant to be in capitals.
    """
    decoded = text.translate(_TCVN3)
    if _in_capitals(text):
        return decoded.upper()
    return re.sub(r"\S+", lambda word: word[0].upper() if _in_capitals(text[slice(*word.span())]) else word[0], decoded)


def _in_capitals(text: str) -> bool:
    return not _ASCII_SMALL.search(text) and len(_ASCII_CAPITAL.findall(text)) >= 2


def _decode_vni(text: str) -> str:
    return _VNI_LETTER.sub(lambda letter: _VNI[letter[0]], text)


def _decode_viscii(text: str) -> str:
    return text.translate(_VISCII)


def _decode_utf8(text: str) -> str:
    def decoded(letter: re.Match[str]) -> str:
        try:
            return letter[0].encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:  # a surrogate, or longer than it need be
            return letter[0]

    return _UTF8_LETTER.sub(decoded, text)


_DECODERS: Final[Mapping[Encoding, Callable[[str], str]]] = {
    "utf8_twice": _decode_utf8,
    "tcvn3": _decode_tcvn3,
    "vni": _decode_vni,
    "viscii": _decode_viscii,
}


# --- How the bytes were read ----------------------------------------------------------------------------------------


def _bytes_by_character(charset: str) -> dict[int, str]:
    characters = (bytes([byte]).decode(charset, "ignore") for byte in range(0x80, 0x100))
    # The bytes that Windows left undefined are read as the control characters of the same number.
    return {ord(character): chr(byte) for byte, character in enumerate(characters, 0x80) if character}


_READINGS: Final = {charset: _bytes_by_character(charset) for charset in ("cp1252", "cp1258")}
_PUNCTUATION: Final = {
    charset: {ord(byte): chr(character) for character, byte in reading.items() if byte < "\u00a0"}
    for charset, reading in _READINGS.items()
}


@dataclass(frozen=True, slots=True)
class Conversion:
    """One way in which a text may have come to be what it is, and the way back.

    Attributes:
        encoding: what the text's bytes are.
        read_as: Python's name of the charset as which they were read.
    """

    encoding: Encoding
    read_as: str

    def convert(self, text: str) -> str | None:
        """Return the text as it was meant; None where it holds letters that no such reading gives."""
        as_bytes = text.translate(_READINGS[self.read_as])
        if _NO_WINDOWS_LETTER.search(as_bytes):
            return None
        return _DECODERS[self.encoding](as_bytes).translate(_PUNCTUATION[self.read_as])

    def mend(self, text: str, *, or_else: bool) -> str | None:
        """Return the text as it was meant; None where it is better Vietnamese as it stands.

        For the single texts of a page that is known to hold some in this encoding, and maybe others in Unicode.

        Args:
            text: of any length.
            or_else: whether to convert it where it is as good Vietnamese both ways.
        """
        converted = self.convert(text)
        if converted is None or converted == text:
            return None
        tally = Tally()
        tally.add(text[:_SAMPLE_CHARACTERS], self.convert(text[:_SAMPLE_CHARACTERS]) or "")
        if tally.won_count == tally.lost:
            return converted if or_else else None
        return converted if tally.won_count > tally.lost else None


_CONVERSIONS: Final = tuple(Conversion(encoding, charset) for charset in _READINGS for encoding in _DECODERS)


# --- Whether it is so -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """What a conversion would do to the words of a page.

    Attributes:
        won: different words that become Vietnamese and were not.
        won_count: the same, each as often as it stands.
        lost: words that it would change into none of the language.
        either: words that it would change and that are Vietnamese both ways.
        words: words of the texts, and `valid`, how many of them are Vietnamese after the conversion.
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
        """Tell whether no other explanation is left."""
        changed = self.won_count + self.lost + self.either
        return (
            len(self.won) >= words_min
            and self.lost <= 0.1 * (self.won_count + self.lost)
            and self.won_count >= 0.3 * changed
            and self.valid >= 0.6 * self.words
        )

    def is_suspect(self) -> bool:
        """Tell whether a reader would suspect it."""
        return (
            len(self.won) >= _SUSPECT_WORDS_MIN
            and self.lost <= self.won_count
            and self.won_count >= 0.3 * (self.won_count + self.lost + self.either)
            and self.valid >= 0.5 * self.words
        )


def _is_vietnamese(word: str) -> bool | None:
    """Tell whether all syllables of the word are Vietnamese; None where it has none, such as a number or `UBND`."""
    runs = [run for run in _LETTERS.findall(unicodedata.normalize("NFC", word)) if _has_vowel(run)]
    if _MARK_IN_WORD.search(word):
        return False
    return all(map(is_syllable, runs)) if runs else None


def _has_vowel(run: str) -> bool:
    return not _VOWELS.isdisjoint(unicodedata.normalize("NFD", run.lower()))


def looks_suspicious(text: str) -> bool:
    """Tell whether a page's text is worth asking `recognise`: cheap, and false for nearly every page."""
    # What Latin-1 lacks becomes `?`; bytes are sifted several times as fast as a pattern is searched.
    telltales = text.encode("latin-1", "replace").translate(None, _NO_TELLTALES)
    return len(telltales) + text.count("\ufffd") >= _TELLTALES_MIN


def recognise(texts: Iterable[str], *, is_font_named: bool = False) -> tuple[Conversion | None, bool]:
    """Return the conversion that the page's texts certainly need, if any, and whether they stay suspect.

    Args:
        texts: of one page; a page may hold some in a legacy encoding amid others in Unicode.
        is_font_named: the page asks for a font of such an encoding, which makes fewer words suffice.
    """
    sample = list(_sample(texts))
    tallies: dict[Conversion, Tally] = {}
    for conversion in _CONVERSIONS:
        tallies[conversion] = tally = Tally()
        for text in sample:
            if (converted := conversion.convert(text)) is not None:
                tally.add(text, converted)
    words_min = _WORDS_MIN_WITH_FONT if is_font_named else _WORDS_MIN
    certain = [conversion for conversion, tally in tallies.items() if tally.is_certain(words_min)]
    if certain:
        best = max(certain, key=lambda conversion: tallies[conversion].won_count)
        if best.encoding != "viscii" or not any(map(_IS_VISCII_CAPITAL_OR_NOT.search, sample)):
            return best, _has_lost_letters(sample)
    return None, any(tally.is_suspect() for tally in tallies.values()) or _has_lost_letters(sample)


def _sample(texts: Iterable[str]) -> Iterator[str]:
    left = _SAMPLE_CHARACTERS
    for text in texts:
        if left > 0 and _TELLTALE.search(text):
            yield text[:left]
            left -= len(text)


def _has_lost_letters(texts: Iterable[str]) -> bool:
    """Tell whether many letters have been replaced by the sign for what could not be decoded."""
    return sum(len(re.findall(r"[^\W\d_]�|�[^\W\d_]", text)) for text in texts) >= _REPLACED_WORDS_MIN
