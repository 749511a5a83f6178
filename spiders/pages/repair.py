"""Repairs broken markup, which libxml2 would parse into another tree than browsers do.

Belongs here: changes to the markup before it is parsed, and to the tree afterwards. Does not belong here: limits on
what is parsed (`spiders.pages.limits`).

An HTML5 parser (html5lib, BeautifulSoup) needs no repairs. Of 1,493 pages, 31 need one, and its results there are the
same. It takes 16 to 28 ms per page instead of 0.7, and 27 seconds for a hostile page (220 kB of nested `<div>`).
"""

from __future__ import annotations

import re
from typing import Final

from lxml.html import HtmlElement

_UNFINISHED_TAG: Final = re.compile(rb"<(?:[!/a-zA-Z][^<>]*)?")
_PARAGRAPH: Final = re.compile(rb"<(/?)p(?=[\s/>])[^<>]*>", re.IGNORECASE)
# A tag that implicitly ends an open paragraph.
_DIVIDING_TAG: Final = re.compile(
    rb"</?(?:p|div|table|t[dhr]|[uod]l|li|d[dt]|h[1-6r]|form|pre|center|blockquote|section|article|aside|"
    rb"figure|figcaption|header|footer|nav|main)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)

_HEADING_OF_PARAGRAPHS: Final = re.compile(
    rb"<(h[1-6])(?=[\s>])[^<>]*>\s*(?:<(?:a|span|strong|b|font)(?=[\s>])[^<>]*>\s*){0,3}<p(?=[\s>])", re.IGNORECASE
)
_HEADING_BYTES_MAX: Final = 4_000
_PARAGRAPH_TAG: Final = re.compile(rb"<(/?)p(?=[\s/>])", re.IGNORECASE)


def without_unfinished_tag(markup: bytes) -> bytes:
    """Remove a tag that is cut off at the end of the page: libxml2 would parse it as text."""
    begin = markup.rfind(b"<")
    is_unfinished = begin > markup.rfind(b">") and _UNFINISHED_TAG.fullmatch(markup, begin)
    return markup[:begin] if is_unfinished else markup


def with_stray_ends_as_paragraphs(markup: bytes) -> bytes:
    """Replace each `</p>` without a `<p>` by an empty paragraph, as browsers do.

    libxml2 drops such tags, which joins paragraphs that are separated only by them. Its error log cannot detect such
    pages, because it ends after 100 errors.
    """
    pieces = []
    done = 0
    begin: int | None = None  # of the text of the paragraph that is open
    for tag in _PARAGRAPH.finditer(markup):
        if not tag[1]:
            begin = tag.end()
            continue
        # Search for dividing tags only inside paragraphs with any tags: most of a page is outside them.
        end = tag.start()
        if begin is None or (markup.find(b"<", begin, end) >= 0 and _DIVIDING_TAG.search(markup, begin, end)):
            pieces += [markup[done:end], b"<p></p>"]
            done = tag.end()
        begin = None
    return b"".join([*pieces, markup[done:]]) if pieces else markup


def with_blocks_in_headings(markup: bytes) -> bytes:
    """Replace `<p>` at the beginning of a heading by `<div>`: libxml2 would end the heading there."""
    pieces = []
    done = 0
    for heading in _HEADING_OF_PARAGRAPHS.finditer(markup):
        end = markup.find(b"</" + heading[1], heading.end(), heading.end() + _HEADING_BYTES_MAX)
        if end >= 0 and heading.start() >= done:
            pieces += [markup[done : heading.start()], _PARAGRAPH_TAG.sub(rb"<\1div", markup[heading.start() : end])]
            done = end
    return b"".join([*pieces, markup[done:]]) if pieces else markup


def move_other_roots_into_body(tree: HtmlElement) -> None:
    """Append elements after `</html>` to the body, as browsers do; libxml2 may make them extra roots."""
    others = list(tree.itersiblings())
    if not others:
        return
    body = tree.find("body")
    for root in others:
        root.tag = "div"
        (tree if body is None else body).append(root)
