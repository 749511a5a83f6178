"""The frame of a site around its articles, and the clock in it: `Thứ hai, 02/11/2026 | 10:05`.

Belongs here: telling them from an article's own header, footer and date, on a page of an unknown CMS. Does not belong
here: other boilerplate (`spiders.platforms.parts.boilerplate`), reading dates (`spiders.platforms.generic.dates`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import lru_cache
from itertools import islice
from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.parts.selectors import ancestors, select

_FRAME_TAGS: Final = frozenset(("header", "footer"))
_FRAME_ROLES: Final = frozenset(("banner", "contentinfo", "navigation"))
_ARTICLE_TAGS: Final = frozenset(("article", "main", "section"))
_ARTICLE_NAME: Final = re.compile(r"entry|post|article|detail|news|content|single|meta|chitiet|baiviet")
# A whole class or id, in lower case and with hyphens.
_FRAME_NAME: Final = re.compile(
    r"(?:site|main|page|top|global|web|portal)-?(?:header|bar|head|nav|banner|footer|foot|menu)|"
    r"(?:header|head|top|banner|footer|foot|bottom|masthead|navbar|nav|menu|logo)"
    r"(?:-(?:top|bar|main|date|time|line|wrapper|wrap|container|inner|menu|bottom|nav|header|page|site|web|\d{1,2})){0,3}|"
    r"(?:site|global|portal|web)-?(?:header|head|footer|foot)-.*|"
    r"(?:date|time|ngay|gio)(?:-(?:date|time|gio))?-(?:header|head|top|bar)"
)
_CLOCK_NAME: Final = re.compile(
    r"(?:^|-)(?:clock|to-?day|hom-?nay|dong-?ho|current-?(?:date|time|day)|(?:date|time)-?(?:now|today|current)|"
    r"now-?(?:date|time)|(?:server|live|system)-?(?:date|time)|gio-?he-?thong)(?:$|-)"
)
_ICON_NAME: Final = re.compile(
    r"(?:^|-)(?:fa[bsrl]?|icons?|ico|icofont|bi|ti|mdi|la[sr]?|glyphicon|ion|dashicons)(?:-|$)"
)
_CLOCK_TEXT: Final = re.compile(
    r"hôm nay\s*(?:là|:|[,-]?\s*(?:ngày|thứ|chủ nhật|\d{1,2}[/.-]\d{1,2}[/.-]))|(?:bây giờ|giờ hệ thống)\s*(?:là|:)|"
    r"\btoday\s*(?:is|:|,?\s*(?:mon|tues|wednes|thurs|fri|satur|sun)day)|(?:current|local) (?:date|time)\s*:?",
    re.IGNORECASE,
)
# A script that asks for the time of the reader; `new Date("2026-10-22")` writes a date of the page.
_CLOCK_SCRIPT: Final = re.compile(r"new Date\b(?!\s*\(\s*[^)\s])|\bDate\.now\(|(?<!new )\bDate\(\)")
_INLINE_SCRIPTS: Final = select("//script[not(@src)]")
_PARTS_MAX: Final = 20  # descendants of a line
_HOLDERS_MAX: Final = 3
_CACHED_NAMES_MAX: Final = 20_000
_NAMES_CHARACTERS_MAX: Final = 300
_SCRIPTS_MAX: Final = 100
_SCRIPT_CHARACTERS_MAX: Final = 20_000


def is_in_site_frame(element: HtmlElement, above: Set[HtmlElement]) -> bool:
    """Tell whether the element is in the site's header, footer or menu, by tags, roles and names.

    Args:
        element: a date.
        above: the ancestors of headline and text, which are no frame whatever their names.
    """
    return any(is_frame(holder) for holder in _holders(element, above))


def is_site_clock(element: HtmlElement, text: str, page: Page) -> bool:
    """Tell whether a line shows the reader's time, by its words, its names or the script that fills it."""
    if _CLOCK_TEXT.search(text):
        return True
    near = (element, *islice(ancestors(element), _HOLDERS_MAX - 1))
    parts = islice(element.iterdescendants(), _PARTS_MAX)
    if any(_is_clock_name(_names(each)) for each in (*near[:2], *parts)):
        return True
    scripts = (each for each in (*element, element.getprevious(), element.getnext()) if each is not None)
    if any(each.tag == "script" and _CLOCK_SCRIPT.search(each.text or "") for each in islice(scripts, _PARTS_MAX)):
        return True
    ids = [name for each in near if (name := each.get("id"))]
    return any(f"{quote}{name}{quote}" in script for name in ids for script in _clock_scripts(page) for quote in "\"'")


def _holders(element: HtmlElement, above: Set[HtmlElement]) -> Iterator[HtmlElement]:
    for holder in (element, *ancestors(element)):
        if holder in above:
            return
        yield holder


def is_frame(holder: HtmlElement) -> bool:
    """Tell whether the element is a header, footer or menu of the site and not of an article."""
    if holder.tag in ("nav", "marquee") or holder.get("role") in _FRAME_ROLES:
        return True
    names = _names(holder)
    is_named = bool(names) and _is_frame_name(names)
    if not is_named and holder.tag not in _FRAME_TAGS:
        return False
    # An article may have a header and a footer of its own.
    return not _ARTICLE_NAME.search(names) and all(each.tag not in _ARTICLE_TAGS for each in ancestors(holder))


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}".strip()[:_NAMES_CHARACTERS_MAX]


def _each_name(names: str) -> list[str]:
    return re.sub(r"_", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", names)).lower().split()


@lru_cache(_CACHED_NAMES_MAX)
def _is_frame_name(names: str) -> bool:
    return any(_FRAME_NAME.fullmatch(name) for name in _each_name(names))


@lru_cache(_CACHED_NAMES_MAX)
def _is_clock_name(names: str) -> bool:
    return any(_CLOCK_NAME.search(name) and not _ICON_NAME.search(name) for name in _each_name(names))


@lru_cache(1)
def _clock_scripts(page: Page) -> tuple[str, ...]:
    """Return the page's scripts that ask for the time."""
    scripts = (script.text or "" for script in _INLINE_SCRIPTS(page.tree)[:_SCRIPTS_MAX])
    return tuple(text for script in scripts if _CLOCK_SCRIPT.search(text := script[:_SCRIPT_CHARACTERS_MAX]))
