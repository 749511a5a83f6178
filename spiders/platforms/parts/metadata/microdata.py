"""The reader of microdata: extruct's, within limits for hostile pages.

Does not belong here: which items are read, and what their properties mean (`spiders.platforms.parts.metadata.reader`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from extruct.w3cmicrodata import MicrodataExtractor
from lxml.html import HtmlElement

from spiders.platforms.parts.selectors import text_of


class _ShortMicrodata(MicrodataExtractor):  # type: ignore[misc]  # extruct is not typed
    """Truncates the text of each property, and ignores properties outside the item (`itemref`).

    A hostile page can repeat the same long text or list in thousands of properties.
    """

    def _extract_textContent(self, node: HtmlElement) -> str:  # noqa: N802 - named by extruct
        return text_of(node)

    def _extract_property_refs(self, *_args: object, **_options: object) -> Iterable[tuple[str, Any]]:
        return ()


READER: Final = _ShortMicrodata(strict=False)
"""Reads the items of an element."""
