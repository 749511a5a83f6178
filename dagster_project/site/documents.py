"""The pages of the documentation as HTML, with the anchors that GitHub gives their headings.

The site keeps the folder's layout (`docs/operate.md` is served at that path), so links between pages need no change.
Belongs here: finding the folder, and converting a page. Does not belong here: serving it (`dagster_project.site.app`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from dagster_project.instance import REPOSITORY

RUNBOOK: Final = "operate.md"

_PACKAGED: Final = Path(__file__).resolve().parent.parent / "docs"
_MARKDOWN: Final = MarkdownIt("js-default", {"html": False})
# What GitHub leaves out of the anchor of a heading.
_NO_ANCHOR: Final = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Document:
    """A page of the documentation.

    Attributes:
        title: its first heading.
        html: its content, ready for a template.
    """

    title: str
    html: str


def documentation() -> Mapping[str, Path]:
    """Return the files of the documentation by their path in its folder, such as `images/x.png`.

    The folder is in the installed package, or beside it in a checkout.
    """
    folder = _PACKAGED if _PACKAGED.is_dir() else REPOSITORY / "docs"
    files = (path for path in sorted(folder.rglob("*")) if path.suffix in (".md", ".png") and path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in files}


def document(files: Mapping[str, Path], name: str) -> Document:
    """Return a page as HTML; `files` are those of `documentation`, `name` one of them.

    Headings have GitHub's anchors, tables scroll by themselves, and links to what is not served are plain text.
    """
    tokens = _MARKDOWN.parse(files[name].read_text(encoding="utf-8"))
    headings = _add_anchors(tokens)
    for token in tokens:
        if token.type == "inline":
            token.children = _without_dead_links(token.children or [], files, PurePosixPath(name).parent)
    return Document(headings[0] if headings else name, _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def _add_anchors(tokens: Sequence[Token]) -> list[str]:
    """Give each heading its anchor as an id; return the headings' texts."""
    seen: Counter[str] = Counter()
    headings = []
    for token, content in pairwise(tokens):
        if token.type != "heading_open":
            continue
        text = "".join(child.content for child in content.children or [])
        anchor = _NO_ANCHOR.sub("", text.lower()).replace(" ", "-")
        token.attrSet("id", f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
        headings.append(text)
    return headings


def _without_dead_links(tokens: Iterable[Token], files: Mapping[str, Path], folder: PurePosixPath) -> list[Token]:
    """Return the tokens without links that leave the documentation's folder: not everything is installed."""
    kept: list[Token] = []
    is_dead = False
    for token in tokens:
        if token.type == "link_open":
            is_dead = not _is_served(str(token.attrGet("href")), files, folder)
        if not (is_dead and token.type in ("link_open", "link_close")):
            kept.append(token)
    return kept


def _is_served(href: str, files: Mapping[str, Path], folder: PurePosixPath) -> bool:
    parts = urlsplit(href)
    if parts.scheme or parts.netloc or not parts.path:
        return True
    steps: list[str] = []
    for step in (folder / unquote(parts.path)).parts:
        if step == ".." and not steps:
            return False
        steps = steps[:-1] if step == ".." else [*steps, step]
    return "/".join(steps) in files


def _table_open(self: RendererHTML, _tokens: Sequence[Token], _index: int, _options: OptionsDict, _env: EnvType) -> str:
    return '<div class="wide"><table>\n'


def _table_close(
    self: RendererHTML, _tokens: Sequence[Token], _index: int, _options: OptionsDict, _env: EnvType
) -> str:
    return "</table></div>\n"


_MARKDOWN.add_render_rule("table_open", _table_open)
_MARKDOWN.add_render_rule("table_close", _table_close)
