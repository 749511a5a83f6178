"""The type of a page as WordPress writes it into the classes of `<body>`.

Belongs here: reading these classes, which all themes share; `generic` needs them too, for portals whose file does not
say that they run on WordPress. Does not belong here: the markup of posts and lists (`spiders.platforms.wordpress`).

Only classes that no other system writes count, such as `postid-16` and `page-id-2`: `home`, `page` and `search` alone
may be anything. Posts of any type are articles, except those that never are news: products, topics of a forum, files.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from spiders.pages.page import Page
from spiders.platforms.parts.selectors import descendants

_POST_ID: Final = re.compile(r"(?:postid|singular-post)-(\d{1,18})")
_OTHER: Final = re.compile(
    r"error404|search-(?:results|no-results)|page-id-\d+|page-template-\S+|attachmentid-\d+|attachment-template-\S+"
)
_LIST: Final = frozenset(("blog", "archive", "category", "tag"))
_NO_NEWS: Final = re.compile(
    r"single-(?:attachment|product|topic|forum|reply|page|elementor_library|elementor-hf|portfolio|testimonial|tmm|"
    r"lp_course|course|lesson|download)"
)
_CLASSES_MAX: Final = 200


class PageType(Enum):
    """The type of a page of WordPress."""

    ARTICLE = "article"
    LIST = "list"
    STATIC = "static"
    NOT_FOUND = "not found"
    UNKNOWN = "unknown"


def page_type(page: Page) -> PageType:
    """Return the type that the classes of `<body>` state; UNKNOWN if they state none, as on other systems."""
    classes = _classes(page)
    every = set(classes)
    for name in classes:
        if _POST_ID.fullmatch(name) and not every & {"attachment"}:
            return PageType.STATIC if any(map(_NO_NEWS.fullmatch, classes)) else PageType.ARTICLE
        if _OTHER.fullmatch(name):
            is_missing = name == "error404" or name.startswith("search-")
            return PageType.NOT_FOUND if is_missing else PageType.STATIC
    if every & {"single", "singular"} and any(name.startswith(("single-", "singular-")) for name in classes):
        return PageType.STATIC if any(map(_NO_NEWS.fullmatch, classes)) else PageType.ARTICLE
    return PageType.LIST if every & _LIST else PageType.UNKNOWN


def post_id(page: Page) -> str | None:
    """Return the number of the post that the page shows; None if the classes of `<body>` do not state it."""
    found = (_POST_ID.fullmatch(name) for name in _classes(page))
    return next((match[1] for match in found if match), None)


def _classes(page: Page) -> list[str]:
    body = next(descendants(page.tree, "body"), None)
    return (body.get("class") or "").split()[:_CLASSES_MAX] if body is not None else []
