"""Decodes the bytes of a page: detects their charset and reports a wrong declaration.

Belongs here: byte-order marks, declared charsets, and guesses if both fail. Does not belong here: Vietnamese encodings
older than Unicode, which need the parsed page (`spiders.pages.legacy_text`).
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

# Windows-1258 is the Windows code page for Vietnamese. It is used only after UTF-8 has been ruled out.
_UNDECLARED: Final = "cp1258"
_STRAY_BYTES_SHARE_MAX: Final = 0.005
_EVERY_HIGH_BYTE: Final = bytes(range(0x80, 0x100))
_UTF16_WITHOUT_MARK: Final = (
    (re.compile(rb"(?:\s\x00)*<\x00[!?\w]\x00"), "utf-16-le"),
    (re.compile(rb"(?:\x00\s)*\x00<\x00[!?\w]"), "utf-16-be"),
)


def to_utf8(body: bytes, content_type: str | None) -> tuple[bytes, tuple[str, ...]]:
    """Return the body in UTF-8 without NULs, and the quality flags of its charset.

    Tried in this order: a byte-order mark, UTF-16 by the first tag, valid UTF-8, the declared charset, a guess. Valid
    UTF-8 overrides the declaration: text in another charset is almost never valid UTF-8 by chance.
    """
    charset, mark = read_bom(body)
    if charset is not None and mark is not None:
        return _recode(body[len(mark) :], charset), ()
    if utf16 := _utf16_without_mark(body):
        return _recode(body, utf16), ("guessed_charset",)
    declared = _declared_charset(body, content_type)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_invalid_utf8(body, declared)
    is_wrong = declared not in (None, "utf-8") and not text.isascii()
    return body.replace(b"\x00", b""), ("wrong_charset",) if is_wrong else ()


def is_utf16_or_utf32(body: bytes) -> bool:
    """Return whether the bytes are UTF-16 or UTF-32, whose text contains many NUL bytes."""
    return read_bom(body)[0] not in (None, "utf-8") or _utf16_without_mark(body) is not None


def _utf16_without_mark(body: bytes) -> str | None:
    """Return the UTF-16 charset in which the page begins with a tag; None if there is none."""
    return next((charset for first_tag, charset in _UTF16_WITHOUT_MARK if first_tag.match(body)), None)


def _declared_charset(body: bytes, content_type: str | None) -> str | None:
    """Return Python's name of the charset that the header, else the page, declares; None if unknown."""
    name = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
    try:
        # w3lib accepts the name of any codec. Decoding fails for those that are not charsets, such as `hex` or `idna`.
        _EVERY_HIGH_BYTE.decode(name or "utf-8", "replace")
    except (LookupError, UnicodeError):
        return None
    # ASP.NET declares UTF-16 of text that it sends in another charset. In UTF-16, every space and tag has a NUL.
    is_false = name is not None and name.startswith(("utf-16", "utf-32")) and b"\x00" not in body
    return None if is_false else name


def _decode_invalid_utf8(body: bytes, declared: str | None) -> tuple[bytes, tuple[str, ...]]:
    if declared is not None and declared != "utf-8":
        return _recode(body, declared), ()
    # A page that ends inside a character, or contains one pasted Latin-1 character, is still UTF-8.
    stray_count = body.decode("utf-8", "replace").count("\ufffd")
    if stray_count <= max(1, len(body) * _STRAY_BYTES_SHARE_MAX):
        return _recode(body, "utf-8"), ("stray_bytes",)
    return _recode(body, _UNDECLARED), ("wrong_charset",) if declared else ("guessed_charset",)


def _recode(body: bytes, charset: str) -> bytes:
    errors = _UNDEFINED_AS_CONTROLS if charset.startswith("cp125") else "replace"
    # Some codecs, such as `raw_unicode_escape`, decode to lone surrogates, which UTF-8 cannot encode.
    return body.decode(charset, errors).replace("\x00", "").encode("utf-8", "replace")


def _as_controls(error: UnicodeError) -> tuple[str, int]:
    """Decode bytes undefined in a Windows charset as control characters, as browsers do."""
    # Vietnamese legacy encodings have letters at these bytes; `spiders.pages.legacy_text` converts them later.
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


_UNDEFINED_AS_CONTROLS: Final = "undefined_as_controls"
codecs.register_error(_UNDEFINED_AS_CONTROLS, _as_controls)
