"""Markup of article bodies as written by editors: captions, signatures, sources, links.

Belongs here: rendering the lines of a seed as HTML by role. Does not belong here: the page around the body (see
`bench.extraction.seeds`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

_URL: Final = re.compile(r"https?://\S+")

PICTURE: Final = '<img src="/documents/1/2/anh.jpg" alt="" />'
CAPTIONED: Final[Mapping[str, Callable[[str], str]]] = {
    "same paragraph": lambda text: f'<p style="text-align: center;">{PICTURE}<br />{text}</p>',
    "italic line": lambda text: f'<p align="center">{PICTURE}</p><p align="center"><em>{text}</em></p>',
    "short line": lambda text: f"<p>{PICTURE}</p>\n<p>{text}</p>",
    "twice": lambda text: f"<p>{PICTURE}</p><p><i>{text}</i></p><p><i>{text}</i></p>",
    "figure": lambda text: f'<figure class="image">{PICTURE}<figcaption>{text}</figcaption></figure>',
    "table": lambda text: f"<table><tr><td>{PICTURE}</td></tr><tr><td>{text}</td></tr></table>",
    "picture lost": lambda text: f'<p style="text-align: justify;">{text}</p>',
}
"""Ways in which editors write the caption of a picture."""

SIGNED: Final[Mapping[str, Callable[[str], str]]] = {
    "by the template": lambda name: "",
    "last line": lambda name: f"<p>{name}</p>",
    "last line to the right": lambda name: f'<p style="text-align: right;"><b>{name}</b></p>',
}
"""Ways of writing the byline at the end of the body; empty if the page's template prints it."""


def _linked(line: str) -> str:
    url = _URL.search(line)
    if not url:
        return line
    return f'{line[: url.start()]}<a href="{url[0]}">{url[0]}</a>{line[url.end() :]}'


SOURCED: Final[Mapping[str, Callable[[str], str]]] = {
    "by the template": lambda line: "",
    "line": lambda line: f"<p>{line}</p>",
    "linked line": lambda line: f'<p style="text-align: right;"><em>{_linked(line)}</em></p>',
}
"""Ways of writing the line that credits the source; empty if the page's template prints it."""


def body_markup(lines: Iterable[tuple[str, str]], *, caption: str, signature: str, source: str) -> str:
    """Return the markup of a body with the given lines.

    Args:
        lines: role and text of each line; roles outside the body are skipped.
        caption: a key of `CAPTIONED`; a caption that occurs twice in a row is always rendered as `twice`.
        signature: a key of `SIGNED`.
        source: a key of `SOURCED`.
    """
    by_role: Mapping[str, Callable[[str], str]] = {
        "body": lambda line: f'<p style="text-align: justify;">{line}</p>',
        "subheading": lambda line: f"<p><strong>{line}</strong></p>",
        "related_link": lambda line: f'<p><a href="/bai-lien-quan-1.html">{line}</a></p>',
        "caption": CAPTIONED[caption],
        "caption twice": CAPTIONED["twice"],
        "byline": SIGNED[signature],
        "source": SOURCED[source],
    }
    shown = (by_role[role](html.escape(line)) for role, line in _once(lines) if role in by_role)
    return "\n".join(part for part in shown if part)


def _once(lines: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the lines, merging consecutive equal captions (but for a full stop) into `caption twice`."""
    for (role, _), same in groupby(lines, key=lambda line: (line[0], line[1].rstrip("."))):
        texts = [text for _, text in same]
        yield ("caption twice" if role == "caption" and len(texts) > 1 else role), texts[0]
