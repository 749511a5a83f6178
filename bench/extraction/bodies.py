"""The markup of an article's body as editors of portals leave it: captions, signatures, sources, links in between.

Here: the lines of a seed by their roles, as HTML. Not here: the page around them (`bench.extraction.seeds`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

_ADDRESS: Final = re.compile(r"https?://\S+")

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
"""A picture's caption, as editors of portals leave it."""

SIGNED: Final[Mapping[str, Callable[[str], str]]] = {
    "by the template": lambda name: "",
    "last line": lambda name: f"<p>{name}</p>",
    "last line to the right": lambda name: f'<p style="text-align: right;"><b>{name}</b></p>',
}
"""The byline at the end of the body; nothing where the page's template prints it."""


def _linked(line: str) -> str:
    address = _ADDRESS.search(line)
    if not address:
        return line
    return f'{line[: address.start()]}<a href="{address[0]}">{address[0]}</a>{line[address.end() :]}'


SOURCED: Final[Mapping[str, Callable[[str], str]]] = {
    "by the template": lambda line: "",
    "line": lambda line: f"<p>{line}</p>",
    "linked line": lambda line: f'<p style="text-align: right;"><em>{_linked(line)}</em></p>',
}
"""The line that names the credited source; nothing where the page's template prints it."""


def body_markup(lines: Iterable[tuple[str, str]], *, caption: str, signature: str, source: str) -> str:
    """Return the body that shows the lines.

    Args:
        lines: role and text of each; the roles of a page's head and foot show nothing here.
        caption: a key of `CAPTIONED`; a caption that comes twice in a row is printed `twice`, whatever is given.
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
    """Yield the lines, of captions that differ in their full stop alone the first, marked."""
    for (role, _), same in groupby(lines, key=lambda line: (line[0], line[1].rstrip("."))):
        texts = [text for _, text in same]
        yield ("caption twice" if role == "caption" and len(texts) > 1 else role), texts[0]
