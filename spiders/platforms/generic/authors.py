"""The author of an article on a page of an unknown CMS.

Belongs here: which of the places that may name an author wins. Does not belong here: parsing an author line, and
signatures inside the text (`spiders.platforms.parts.attribution`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.generic.locate import LINE_WORDS_MAX, Found
from spiders.platforms.parts.assembly import without_view_count
from spiders.platforms.parts.attribution.bylines import (
    Byline,
    dated_byline,
    is_poster,
    labelled_byline,
    marked_byline,
    signature_in,
    without_note,
)
from spiders.platforms.parts.attribution.credits import credits_source
from spiders.platforms.parts.attribution.names import (
    is_name,
    is_person,
    is_place_or_section,
    is_publisher,
    is_site_kind,
    site_keys,
)
from spiders.platforms.parts.blocks import read_blocks
from spiders.platforms.parts.boilerplate import is_boilerplate
from spiders.platforms.parts.selectors import ancestors, descendants, select, spaced_text, text_of
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean, count_words, normal_form

_BYLINE_WORDS_MAX: Final = 14
_LABEL_CHARACTERS: Final = 30
_LABEL_TAGS: Final = frozenset(("strong", "b", "em", "i", "span", "label", "u", "small"))
_MAY_BE_LABEL: Final = re.compile(
    r"\s*(?:By\b|Tác giả|Người|Bài|Tin|Thực hiện|Bởi|Viết|Đăng|Được|Posted|Published|Submitted|Written|Author|PV\b|"
    r"Phóng)",
    re.IGNORECASE,
)
_NEIGHBOURS_MAX: Final = 8
_BOX_DEPTH: Final = 2
_AUTHORS_MAX: Final = 10
_BELOW_ELEMENTS_MAX: Final = 30
_BELOW_WORDS_MAX: Final = 40
_BELOW_BLOCKS_MAX: Final = 4
_BETWEEN_NAMES: Final = re.compile(r"(?:[\s,;&|–—-]|\b(?:và|and|by|bởi|tác giả:?|bài:?|theo)(?=\s))*", re.IGNORECASE)
_CAMERA: Final = re.compile(r"camera|photo", re.IGNORECASE)
_PAGE_TITLE: Final = select("//head/title")
_TITLE_SEPARATOR: Final = re.compile(r"\s+[-|–—•»:]{1,2}\s+")
_TITLE_PARTS_MAX: Final = 3
_OPENING_MAX: Final = 4
_BY_REPORT: Final = re.compile(r"Theo\s+", re.IGNORECASE)


class Author(NamedTuple):
    """The authors that a page names outside the text.

    Attributes:
        shown: the author line; None if there is none that beats a signature in the text.
        otherwise: the author if the text has no signature either: from below the text, from who posted it, or from
            the metadata.
    """

    shown: str | None
    otherwise: str | None


def find_author(page: Page, found: Found, lines: Sequence[str]) -> Author:
    """Return the article's author; `lines` are the short lines between headline and text."""
    sites = _sites(page, found)
    labelled = list(_labelled((*found.between, *_opening(found))))
    hinted = _hinted(found, sites)
    posters = [line for line in (*labelled, *_hinted_lines(found)) if is_poster(line)]
    shown = (
        hinted
        or next((line for line in labelled if not is_poster(line) and not _is_site(labelled_name(line), sites)), None)
        or _beside_date(found.between, lines, sites)
    )
    otherwise = (
        _below(found.below)
        or next((line for line in posters if not _is_site(marked_byline(line).name, sites)), None)
        or _declared(page, found, sites)
    )
    return Author(shown, otherwise)


def labelled_name(line: str) -> str | None:
    """Return the name in a line with an author's label."""
    found = labelled_byline(line)
    return found.name if found else None


def credits_below(found: Found) -> Iterator[HtmlElement]:
    """Yield the elements directly below the text that credit a source."""
    for element in _short_below(found.below):
        if any(credits_source(block.text) for block in read_blocks(element)):
            yield element


def _sites(page: Page, found: Found) -> frozenset[str]:
    """Return the keys of the names by which the page may mean its own site."""
    host = (urlsplit(page.url).hostname or "").removeprefix("www.")
    title = text_of(titles[0]) if (titles := _PAGE_TITLE(page.tree)) else ""
    # The site's name is at the end of the page's title, seldom at its beginning.
    parts = _TITLE_SEPARATOR.split(title)
    around = {*parts[-_TITLE_PARTS_MAX:], parts[0]} - {title, found.headline.text or ""} if len(parts) > 1 else set()
    names = (found.declared.site_name or "", host, *host.split(".")[:-1], *around)
    return frozenset(key for name in names for key in site_keys(name))


def _opening(found: Found) -> Iterator[HtmlElement]:
    """Yield the short lines at the beginning of the text's element."""
    for element in islice(found.container.iterchildren(), _OPENING_MAX) if found.container is not None else ():
        if not isinstance(element.tag, str) or count_words(text_of(element)) > LINE_WORDS_MAX:
            return
        yield element


def _is_site(name: str | None, sites: frozenset[str]) -> bool:
    """Tell whether the name is the site's own, which templates print as the author."""
    if name is None or is_site_kind(name):
        return True
    return not is_person(name) and not sites.isdisjoint(site_keys(name))


def _hinted_lines(found: Found) -> Iterator[str]:
    for element in found.hints.get("author", ()):
        text = without_view_count(spaced_text(element))
        if 0 < count_words(text) <= LINE_WORDS_MAX:
            yield text


def _hinted(found: Found, sites: frozenset[str]) -> str | None:
    """Return the author line of the elements with an author hint; of several beside each other, all names."""
    elements = [each for each in found.hints.get("author", ()) if each.tag != "meta"]
    holders = {holder for element in elements for holder in ancestors(element)}
    # An element inside contains the name without the words around it, or only these words.
    inner = _named([each for each in elements if each not in holders], found, sites)
    named = inner or _named([each for each in elements if each in holders], found, sites)
    if not named:
        return None
    first, line = named[0]
    boxes = _boxes(first)
    beside = [
        other
        for element, other in named[1:_AUTHORS_MAX]
        if is_name(without_note(byline_name(other) or "")) and not set(boxes).isdisjoint(_boxes(element))
    ]
    names = list(dict.fromkeys(name for each in (line, *beside) if (name := byline_name(each))))
    return _joined(names, boxes) if len(names) > 1 else line


def _named(elements: Iterable[HtmlElement], found: Found, sites: frozenset[str]) -> list[tuple[HtmlElement, str]]:
    """Return the elements that name authors, and their lines."""
    lines = ((element, _line_of(element, found)) for element in elements)
    return [(element, line) for element, line in lines if line and not _is_site(byline_name(line), sites)]


def _boxes(element: HtmlElement) -> list[HtmlElement]:
    return list(islice(ancestors(element), _BOX_DEPTH))


def byline_name(line: str) -> str | None:
    """Return the name in a line marked as the author's."""
    return marked_byline(line).name


def _joined(names: Sequence[str], boxes: Sequence[HtmlElement]) -> str:
    """Return the names as the page joins them; with commas if other words stand between them."""
    for box in boxes:
        text = spaced_text(box)
        positions = [text.find(name) for name in names]
        if -1 in positions or positions != sorted(positions):
            continue
        ends = [position + len(name) for position, name in zip(positions, names, strict=True)]
        gaps = [text[end:start] for end, start in zip(ends, positions[1:], strict=False)]
        if all(gap.strip() and _BETWEEN_NAMES.fullmatch(gap) for gap in gaps):
            return re.sub(r"\s+([,;])", r"\1", text[positions[0] : ends[-1]])
    return ", ".join(names)


def _line_of(element: HtmlElement, found: Found) -> str | None:
    """Return the element's text if it names an author; links to several authors are joined by commas."""
    text = without_view_count(spaced_text(element))
    if not 0 < count_words(text) <= _BYLINE_WORDS_MAX or is_poster(text):
        return None
    links = [text_of(link) for link in islice(descendants(element, "a"), _AUTHORS_MAX)]
    if len(links) > 1 and " ".join(links) == text:
        text = ", ".join(link for link in links if byline_name(link))
    name = byline_name(text)
    if name is None and _BY_REPORT.match(text) and _has_source_of_its_own(text, found):
        text = name = _BY_REPORT.sub("", text, count=1)
    if name is None or (parse_moment(text) and not is_name(without_note(name))):
        return None
    return text


def _has_source_of_its_own(text: str, found: Found) -> bool:
    """Tell whether the page credits a source elsewhere, so that `Theo Thu Hà` names the author."""
    name = _BY_REPORT.sub("", text, count=1)
    others = (text_of(element) for element in found.hints.get("source", ()) if not len(element))
    return is_name(name) and not is_publisher(name) and any(other and name not in other for other in others)


def _labelled(between: Iterable[HtmlElement]) -> Iterator[str]:
    """Yield the lines between headline and text that begin with an author's label."""
    for element in between:
        start = (element.text or "")[:_LABEL_CHARACTERS]
        if not _MAY_BE_LABEL.match(start):
            continue
        box = element.getparent() if element.tag in _LABEL_TAGS and count_words(start) <= 3 else element
        for each in (element, box):
            text = without_view_count(spaced_text(each)) if each is not None else ""
            if count_words(text) <= LINE_WORDS_MAX and labelled_byline(text):
                yield text
                break


def _beside_date(between: Iterable[HtmlElement], lines: Sequence[str], sites: frozenset[str]) -> str | None:
    """Return the name beside a date: `<span>Hương Ly</span> 07:15 ngày 8/11/2024`, `Hương Ly | 8/11/2024`."""
    for element in between:
        children = [each for each in element if isinstance(each.tag, str)]
        if not 0 < len(children) <= _NEIGHBOURS_MAX or (element.text or "").strip() or _is_photographers(element):
            continue
        texts = [clean(text_of(child)[:100]) for child in children]
        for index, name in enumerate(texts):
            after = (children[index].tail or "").strip(" -–|•") or "".join(texts[index + 1 : index + 2])
            before = "".join(texts[max(index - 1, 0) : index])
            is_before_date = is_name(name) and bool(parse_moment(after[:100]))
            is_beside = is_before_date or (is_person(name) and bool(parse_moment(before)))
            if is_beside and not is_place_or_section(name) and not _is_site(name, sites):
                return name
    dated = (dated_byline(line) for line in lines)
    return next((name for name in dated if name and not _is_site(name, sites)), None)


def _is_photographers(element: HtmlElement) -> bool:
    """Tell whether an icon or a class says that the names are photographers'."""
    return any(_CAMERA.search(inner.get("class") or "") for inner in islice(descendants(element, "*"), _NEIGHBOURS_MAX))


def _short_below(below: Iterable[HtmlElement]) -> Iterator[HtmlElement]:
    """Yield the boxes below the text that are small enough for a signature or a credit."""
    for element in below:
        if not isinstance(element.tag, str) or is_boilerplate(element):
            continue
        is_small = sum(1 for _ in islice(element.iter(), _BELOW_ELEMENTS_MAX + 1)) <= _BELOW_ELEMENTS_MAX
        if is_small and 0 < count_words(spaced_text(element)) <= _BELOW_WORDS_MAX:
            yield element


def _below(below: Iterable[HtmlElement]) -> str | None:
    """Return the signature in a small box below the text."""
    for element in _short_below(below):
        for block in islice(read_blocks(element), _BELOW_BLOCKS_MAX):
            if block.link_density < 1 and (found := labelled_byline(block.text)) and not is_poster(block.text):
                return found.name
            if (found := signature_in(block)) and _is_sure(found, is_right=block.align == "right"):
                return found.name
    return None


def _is_sure(found: Byline, *, is_right: bool) -> bool:
    name = without_note(found.name or "")
    return is_person(name) or (is_right and is_name(name))


def _declared(page: Page, found: Found, sites: frozenset[str]) -> str | None:
    """Return the declared authors that the page shows too; others may be user accounts."""
    names = [name for author in found.declared.authors if (name := byline_name(author)) and not _is_site(name, sites)]
    names = [name for name in names if not re.search(r"[/@\d]", name)]
    if not names:
        return None
    text = normal_form(str(page.tree.text_content()))
    return ", ".join(name for name in names if normal_form(name) in text) or None
