"""Pages that show nothing and lead on, by `<meta http-equiv="refresh">` or by a script.

Belongs here: recognizing such a page, and the address it leads to. Does not belong here: HTTP redirects, following the
address (see `spiders.crawl.requests`), and pages without content that lead nowhere (see `spiders.pages.no_content`).
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final, NamedTuple

from spiders.pages.no_content import visible_text
from spiders.pages.page import Page
from spiders.platforms.parts.selectors import descendants
from spiders.platforms.parts.urls import absolute, base_of

# The page that the reader should see is the next one, so what stands here is at most "one moment, please".
_CHARACTERS_MAX: Final = 300
_LINKS_MAX: Final = 3
# Longer delays leave the reader time to read; the page is meant to be seen.
_DELAY_SECONDS_MAX: Final = 5.0
_ELEMENTS_MAX: Final = 50
_CONTENT_CHARACTERS_MAX: Final = 4000
# A page that only redirects has no program, so a longer script does other things as well.
_SCRIPT_CHARACTERS_MAX: Final = 2000
# WHATWG HTML, "shared declarative refresh steps": the time, a separator, the URL, with or without `url=` and quotes.
_REFRESH: Final = re.compile(
    r"\s*(?P<seconds>\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})[\d.]{0,100}\s*[;,\s]\s*(?:url\s*=\s*)?(?P<url>.*)",
    re.IGNORECASE | re.DOTALL,
)
_SCRIPTED: Final = re.compile(
    r"(?<![\w$])(?:(?:window|document|self|top|parent)\s?\.\s?)?location(?:\s?\.\s?href)?\s?"
    r"(?:=\s?|\.\s?(?:replace|assign)\s?\(\s?)(?P<quote>[\"'])(?P<url>[^\"'\s]{1,2000})(?P=quote)"
)


class Onward(NamedTuple):
    """Where a page leads.

    Attributes:
        url: absolute URL.
        is_followed: whether a crawl follows it as a redirect: it is a refresh without a delay worth mentioning. Scripts
            are not run, and a page with a long delay is one for readers.
    """

    url: str
    is_followed: bool


def leads_on(page: Page) -> Onward | None:
    """Return where a page that shows nothing leads; None if nowhere, or if it is a page for readers."""
    refresh = _refresh(page)
    scripted = None if refresh else _scripted(page)
    found = refresh or scripted
    if found is None or found.url.partition("#")[0] == page.url.partition("#")[0]:
        return None
    if sum(1 for _ in islice(descendants(page.tree, "a"), _LINKS_MAX + 1)) > _LINKS_MAX:
        return None
    return found if len(visible_text(page.tree, _CHARACTERS_MAX + 1)) <= _CHARACTERS_MAX else None


def _refresh(page: Page) -> Onward | None:
    """Return the target of the page's first refresh that names one."""
    for meta in islice(descendants(page.tree, "meta"), _ELEMENTS_MAX):
        if (meta.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        refresh = _REFRESH.fullmatch((meta.get("content") or "")[:_CONTENT_CHARACTERS_MAX])
        if refresh and (url := absolute(base_of(page), _unquoted(refresh["url"]))):
            return Onward(url, is_followed=float(refresh["seconds"]) <= _DELAY_SECONDS_MAX)
    return None


def _unquoted(url: str) -> str:
    """Return the URL without the quote that begins it, and without what follows the quote that ends it."""
    url = url.strip()
    return url[1:].partition(url[0])[0] if url[:1] in ("'", '"') else url


def _scripted(page: Page) -> Onward | None:
    """Return the target that a short script of the page sets."""
    scripts = list(islice(descendants(page.tree, "script"), _LINKS_MAX + 1))
    if not scripts or len(scripts) > _LINKS_MAX or any(script.get("src") for script in scripts):
        return None
    code = "\n".join(script.text or "" for script in scripts)
    if len(code) > _SCRIPT_CHARACTERS_MAX:
        return None
    found = _SCRIPTED.search(" ".join(code.split()))
    url = absolute(base_of(page), found["url"]) if found else None
    return Onward(url, is_followed=False) if url else None
