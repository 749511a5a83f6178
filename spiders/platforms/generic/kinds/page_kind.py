"""The kind of a page of an unknown CMS: an article, or why it is none.

Belongs here: the decision, which looks at the whole page. Does not belong here: the parts of an article
(`spiders.platforms.generic.article`), recognising pages that are neither article nor list
(`spiders.platforms.generic.kinds.other_kinds`), list rows (`spiders.platforms.generic.platform`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, TypeAlias

from spiders.pages.no_content import is_error_page, names_error
from spiders.pages.page import Page
from spiders.platforms.generic.article import is_dated
from spiders.platforms.generic.headline import is_article_title
from spiders.platforms.generic.kinds.other_kinds import is_search_page, is_static_page
from spiders.platforms.generic.kinds.several_texts import has_several_texts
from spiders.platforms.generic.lists.repeated import repeated_rows
from spiders.platforms.generic.locate import Found, find_article
from spiders.platforms.generic.main_text import is_row
from spiders.platforms.generic.urls import looks_like_article
from spiders.platforms.parts.links.files import linked_attachments, offered_file
from spiders.platforms.parts.metadata.page_type import PageType, page_type
from spiders.platforms.parts.selectors import ancestors
from spiders.platforms.parts.urls import base_of
from warehouse.text.normal import count_spoken_words

Kind: TypeAlias = Literal[
    "article", "list", "error_page", "search_results", "several_texts", "static_page", "no_article"
]
"""What a page is. `no_article` may be a list too, if its text is not that of its rows."""

_ROWS_MIN: Final = 3
_WORDS_PER_ROW: Final = 40
_PARAGRAPH_WORDS_MIN: Final = 12
# A row has one paragraph. An article beside rows has several, without rows between them.
_PARAGRAPHS_MIN: Final = 3
_PARAGRAPHS_WORDS_MIN: Final = 60
_SUMMARY_WORDS_MAX: Final = 100
_ARTICLE_WORDS_MIN: Final = 20
_NOTICE_WORDS_MIN: Final = 8
_ERROR_WORDS_MAX: Final = 120
_HEADLINE_WORDS_MIN: Final = 8
_H1_WORDS_MIN: Final = 6
_PICTURES_MIN: Final = 3


@lru_cache(1)
def page_kind(page: Page) -> Kind:
    """Tell whether the page is a single article, by its headline, text and rows; cached for one page.

    If its URL does not look like an article's, the page must declare itself an article, have a date, or have a headline
    that is long, agrees with the metadata or has a title class.
    """
    if is_error_page(page):
        return "error_page"
    has_article_url = looks_like_article(page.url) or looks_like_article(page.url, page.article_patterns)
    found = find_article(page)
    dated = is_dated(page)
    title = found.headline.text or ""
    if names_error(title) and _words(found) < _ERROR_WORDS_MAX and not found.declared.published:
        return "error_page"
    if is_search_page(page, found):
        return "search_results"
    if page_type(page) is PageType.NOT_FOUND:
        return "error_page"
    if _are_rows(page, found):
        return "list"
    if is_static_page(page, found, is_dated=dated, has_article_url=has_article_url):
        return "static_page"
    if has_several_texts(found):
        return "several_texts"
    is_whole = bool(title) and _is_whole(page, found, dated=dated, has_article_url=has_article_url)
    return "article" if is_whole else "no_article"


def _are_rows(page: Page, found: Found) -> bool:
    """Tell whether the text is the summaries of list rows."""
    stretches = _stretches(found)
    if any(len(each) >= _PARAGRAPHS_MIN and sum(each) >= _PARAGRAPHS_WORDS_MIN for each in stretches):
        return False
    words = _words(found)
    rows = sum(1 for block in found.blocks if is_row(block))
    if rows >= _ROWS_MIN and (found.is_row_summary or words < _WORDS_PER_ROW * rows):
        return True
    if not found.is_row_summary or words >= _SUMMARY_WORDS_MAX:
        return False
    paragraphs = sum(map(len, stretches))
    if found.declared.is_article and found.declared.published:
        # A list may declare each of its rows, and the article that it declares may have a link above its text.
        return paragraphs <= 1 and _is_among_rows(page, found)
    return paragraphs <= 1 or not found.headline.is_sure


def _is_among_rows(page: Page, found: Found) -> bool:
    """Tell whether the text's element is inside a row, or holds several rows of the same markup."""
    if found.container is None:
        return False
    holders = {found.container, *ancestors(found.container)}
    for group in repeated_rows(page):
        held = sum(found.container in ancestors(row.box) for row in group)
        if len(group) >= _ROWS_MIN and (held >= _ROWS_MIN or any(row.box in holders for row in group)):
            return True
    return False


def _stretches(found: Found) -> list[list[int]]:
    """Return the numbers of words of the paragraphs between list rows."""
    stretches: list[list[int]] = [[]]
    for block in found.blocks:
        if is_row(block):
            stretches.append([])
        elif block.link_density < 0.5 and (words := count_spoken_words(block.text)) >= _PARAGRAPH_WORDS_MIN:
            stretches[-1].append(words)
    return stretches


def _words(found: Found) -> int:
    return sum(count_spoken_words(block.text) for block in found.blocks if block.link_density < 0.5)


def _is_whole(page: Page, found: Found, *, dated: bool, has_article_url: bool) -> bool:
    """Tell whether headline and text are enough for an article."""
    words = _words(found)
    if found.declared.is_article and (words or found.lead):
        return True
    if page_type(page) is PageType.ARTICLE and dated:
        return True  # WordPress says so; the text of a protected post is hidden
    heading, title = found.headline.element, found.headline.text or ""
    if heading is None:
        return has_article_url and bool(found.declared.titles) and words >= _ARTICLE_WORDS_MIN
    words_min = _H1_WORDS_MIN if heading.tag == "h1" else _HEADLINE_WORDS_MIN
    is_titled = found.headline.is_sure or is_article_title(heading) or count_spoken_words(title) >= words_min
    if not (has_article_url or is_titled or dated):
        return False
    text_words_min = _NOTICE_WORDS_MIN if found.headline.is_sure else _ARTICLE_WORDS_MIN
    if words + count_spoken_words(found.lead or "") >= text_words_min or _has_files(page, found):
        return True
    # The text of a photo story may be in its pictures.
    return dated and sum(1 for block in found.blocks if block.image) >= _PICTURES_MIN


def _has_files(page: Page, found: Found) -> bool:
    base = base_of(page)
    links = ((href, words, block.text) for block in found.blocks for href, words in block.links)
    return any(offered_file(base, *link) for link in links) or bool(
        linked_attachments(found.hints.get("files", ()), base)
    )
