"""Markdown for someone who looks at a run: cells, links and tables in which page content stays text.

Page content is hostile: a title may hold markup of any kind, an address anything at all. Not here: what is shown.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from warehouse.clock import HANOI_TIME

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~-])")
_LENGTH_MAX = 120
# What stands in an address unharmed; everything else, such as ( ) | < and white space, could end the link.
_ADDRESS_SAFE = ":/?#@!$&'*+,;=%-._~"


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to an address."""

    text: str
    url: str


def cell(value: object) -> str:
    """Return a value as text that no Markdown reader takes for markup; times in Hanoi's."""
    if value is None:
        return ""
    if isinstance(value, Link):
        return _link(value)
    if isinstance(value, datetime):
        value = f"{value.astimezone(HANOI_TIME):%Y-%m-%d %H:%M}"
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return _MARKUP.sub(r"\\\1", html.escape(" ".join(text.split())[:_LENGTH_MAX]))


def table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; every value is escaped."""
    lines = [f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}"]
    lines += [f"| {' | '.join(cell(value) for value in row)} |" for row in rows]
    return "\n".join(lines)


def _link(link: Link) -> str:
    text = cell(link.text) or "(no title)"
    if not link.url.lower().startswith(("http://", "https://")):
        return text
    return f"[{text}](<{quote(link.url, safe=_ADDRESS_SAFE)}>)"
