"""Markdown for the Dagster UI: cells, links and tables with all page content escaped.

Page content is untrusted: titles and URLs may contain any markup.
Does not belong here: the content of the tables.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from dagster_project.operations.plain_text import hanoi_minute

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~-])")
_LENGTH_MAX = 120
# Characters of URLs that are not percent-encoded. Others are: ( ) | < or white space could end the link.
_URL_SAFE = ":/?#@!$&'*+,;=%-._~"


@dataclass(frozen=True, slots=True)
class Link:
    """A text that links to a URL."""

    text: str
    url: str


def cell(value: object, length_max: int = _LENGTH_MAX) -> str:
    """Return a value as escaped text of so many characters, a `Link` as a link, times in Hanoi time."""
    if value is None:
        return ""
    if isinstance(value, Link):
        return _link(value)
    if isinstance(value, datetime):
        value = hanoi_minute(value)
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return _MARKUP.sub(r"\\\1", html.escape(" ".join(text.split())[:length_max]))


def table(names: Sequence[str], rows: Iterable[Sequence[object]], length_max: int = _LENGTH_MAX) -> str:
    """Return a table; every value is escaped, and cut at `length_max` characters."""
    lines = [f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}"]
    lines += [f"| {' | '.join(cell(value, length_max) for value in row)} |" for row in rows]
    return "\n".join(lines)


def _link(link: Link) -> str:
    text = cell(link.text) or "(no title)"
    if not link.url.lower().startswith(("http://", "https://")):
        return text
    return f"[{text}](<{quote(link.url, safe=_URL_SAFE)}>)"
