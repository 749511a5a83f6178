"""The address of the picture that an element shows, also if a script loads it later.

Belongs here: which attribute has the address. Does not belong here: captions (`spiders.platforms.parts.captions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import Final

from lxml.html import HtmlElement

# Attributes that scripts put in place of `src`, whatever the form of the address.
_LAZY_ATTRIBUTES: Final = frozenset((
    "data-src", "data-original", "data-lazy-src", "data-lazy", "data-original-src", "data-img-src", "data-image-src",
    "data-echo", "data-ll-src", "data-hi-res-src",
))  # fmt: skip
_ATTRIBUTES_MAX: Final = 30
_ADDRESS_CHARACTERS_MAX: Final = 4_000  # as in `spiders.platforms.parts.urls`
_SOURCE_SET_CHARACTERS_MAX: Final = 20_000
_SOURCES_MAX: Final = 20
_NO_ADDRESS: Final = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]{0,20}:|[^<>{}\"\n]{0,4000}[<>{}\"\n]", re.IGNORECASE)
_PICTURE_FILE: Final = re.compile(r"\.(?:jpe?g|png|webp|avif|gif|bmp)(?:$|[?#/!])", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(
    r"(?:^|[/_.-])(?:blank|spacer|transparent|pixel|1x1|clear|dot|placeholder|lazy-?load(?:ing|er)?|lazy|loading|loader|"
    r"gr[ae]y|empty|trans)(?:[_-]?(?:img|image|bg|icon|\d+(?:x\d+)?))?\.(?:gif|png|svg|jpe?g|webp)(?:$|[?#])",
    re.IGNORECASE,
)
_DRAWN: Final = re.compile(r"\.(?:gif|svg)(?:$|[?#])", re.IGNORECASE)  # of pictures that wait for another one
_LAZY_CLASS: Final = re.compile(r"(?:^|[\s_-])lazy", re.IGNORECASE)
_SIZE_OF_A_COUNTER: Final = frozenset(("0", "1", "0px", "1px"))


def picture_address(element: HtmlElement) -> str | None:
    """Return the address as written of an `img`'s picture; None for placeholders and counters.

    It stands in an attribute that a script reads, in `src`, in a set of sizes, or in the `source` elements beside it.
    """
    for name, value in islice(element.items(), _ATTRIBUTES_MAX):
        if name in ("width", "height") and value in _SIZE_OF_A_COUNTER:
            return None
        if name in _LAZY_ATTRIBUTES and (address := _address(value)):
            return address
    shown = _address(element.get("src"))
    is_waiting = shown is None or _DRAWN.search(shown) or _LAZY_CLASS.search(element.get("class") or "")
    return (next(_other_addresses(element), None) or shown) if is_waiting else shown


def _address(value: str | None) -> str | None:
    """Return the value if it is an address and not a placeholder's."""
    value = (value or "").strip()
    if not ("/" in value or "." in value) or len(value) > _ADDRESS_CHARACTERS_MAX or _NO_ADDRESS.match(value):
        return None
    return None if _PLACEHOLDER.search(value) else value


def _other_addresses(element: HtmlElement) -> Iterator[str]:
    """Yield the addresses in sets of sizes and in other attributes, also of the sources beside it."""
    # The parser takes what follows a `source` for its content.
    around = islice(element.iterancestors(), _SOURCES_MAX)
    for each in (element, *takewhile(lambda holder: holder.tag == "source", around)):
        for name, value in islice(each.attrib.items(), _ATTRIBUTES_MAX):
            if name.endswith("srcset"):
                address = _largest(value)
            elif name.startswith("data-") and _PICTURE_FILE.search(value[:_ADDRESS_CHARACTERS_MAX]):
                address = _address(value)
            else:
                continue
            if address:
                yield address


def _largest(source_set: str) -> str | None:
    """Return the largest picture of a set such as `a.jpg 480w, b.jpg 960w`."""
    best, best_size = None, -1.0
    for candidate in re.split(r",\s+|,(?=https?:|/)|(?<=[wx]),", source_set[:_SOURCE_SET_CHARACTERS_MAX]):
        written, _, size = candidate.strip().rpartition(" ")
        if not written:
            written, size = size, "1x"
        number = float(size[:-1]) if re.fullmatch(r"\d{1,6}(?:\.\d{1,3})?[wx]", size) else 0.0
        if number > best_size and (address := _address(written)):
            best, best_size = address, number
    return best
