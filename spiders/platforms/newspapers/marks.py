"""Layouts described by their classes alone: where an article's parts stand, and the article made of them.

Here: `Marks`, which a platform fills per layout. Not here: the classes of any system (`onecms`, `zce`), addresses and
lists (`spiders.platforms.newspapers.shared`), or what the blocks of a text are for (`spiders.platforms.parts.roles`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import ArticleParts, Page, Template
from spiders.platforms.newspapers.shared import declared_title, stated_date
from spiders.platforms.parts.addresses import WRITTEN_ADDRESS, base_of, links_in, written_address
from spiders.platforms.parts.assembly import Marked, assemble, dates_in, view_count
from spiders.platforms.parts.metadata import read_metadata
from spiders.platforms.parts.selectors import around, below, by_mark, first_text, text_of
from warehouse.text.normal import count_words, normal_form

_CREDIT: Final = re.compile(r"(?:Theo|Nguồn)\b", re.IGNORECASE)
_CREDIT_LABEL: Final = re.compile(r"(?:Theo|Nguồn(?:\s+(?:tin|bài))?)\b\s*:?\s*", re.IGNORECASE)
_SOURCE_WORDS_MAX: Final = 10
_HOME_STEPS: Final = frozenset(("trang chủ", "home", ""))


@dataclass(frozen=True, slots=True)
class Marks:
    """By which classes, and ids with `#` before them, a layout marks the parts of an article; the surest first of each.

    Attributes:
        head: any of them tells, together with a body, that an article in this layout stands on the page.
        date_line: may state how often the article was read as well.
        author: a line here may credit a source as well (`Theo Báo Thử`).
        source: hold a credit and nothing else.
        section: hold the steps of the breadcrumb.
        tags: hold the linked keywords.
        not_text: tells by its class whether an element inside of the body belongs to the template.
    """

    head: tuple[str, ...]
    title: tuple[str, ...]
    body: tuple[str, ...]
    lead: tuple[str, ...]
    date_line: tuple[str, ...]
    author: tuple[str, ...]
    section: tuple[str, ...]
    tags: tuple[str, ...]
    not_text: re.Pattern[str]
    source: tuple[str, ...] = ()

    def template(self, name: str, until: date | None = None) -> Template:
        """Return the template of the layout that these marks describe."""
        return Template(name, until, self.fit, self.article_parts)

    def bodies(self, page: Page) -> list[HtmlElement]:
        """Return the element that holds the text; empty where none does."""
        return first_of(_marked(self, page), self.body)[:1]

    def fit(self, page: Page) -> bool:
        """Tell whether an article in this layout stands on the page."""
        found = _marked(self, page)
        return bool(first_of(found, self.head) and first_of(found, self.body))

    def article_parts(self, page: Page) -> ArticleParts:
        """Return the parts of the article."""
        found = _marked(self, page)
        bodies = first_of(found, self.body)[:1]
        title = first_text(first_of(found, self.title)) or _heading_around(bodies[0]) or declared_title(page)
        author, credits = _author_and_credits(first_of(found, self.author), first_of(found, self.source))
        dated = first_of(found, self.date_line)
        date_text = next((line for element in dated if (line := stated_date(element))), None)
        marked = Marked(
            title=title,
            lead=first_text(first_of(found, self.lead)),
            bodies=bodies,
            dates=dates_in("template", page, date_text) or read_metadata(page).published,
            byline=author,
            section=_section(page, first_of(found, self.section), title),
            tags=_tags(first_of(found, self.tags)),
            view_count=next((seen for element in dated if (seen := view_count(text_of(element))) is not None), None),
            is_template=self._is_template,
        )
        return _with_source(assemble(page, marked), page, credits)

    def _is_template(self, element: HtmlElement) -> bool:
        names = element.get("class")
        return bool(names) and bool(self.not_text.search(names))


# A page is asked by its platform's marks whether it is an article, where its text stands, and what its parts are.
@lru_cache(1)
def _marked(marks: Marks, page: Page) -> dict[str, list[HtmlElement]]:
    every = (
        marks.head, marks.title, marks.body, marks.lead, marks.date_line, marks.author, marks.section, marks.tags,
        marks.source,
    )  # fmt: skip
    return by_mark(page.tree, frozenset(chain.from_iterable(every)))


def first_of(found: Mapping[str, list[HtmlElement]], marks: Iterable[str]) -> list[HtmlElement]:
    """Return the elements of the first mark that any has."""
    return next((found[mark] for mark in marks if found[mark]), [])


def _heading_around(body: HtmlElement) -> str | None:
    """Return the headline nearest around the text; one that only the whole page holds may be the paper's own name."""
    for element in around(body):
        if element.tag in ("body", "html"):
            return None
        if title := next((text for h1 in below(element, "h1") if (text := text_of(h1))), None):
            return title
    return None


def _section(page: Page, steps: Sequence[HtmlElement], title: str | None) -> str | None:
    """Return the last step of the breadcrumb that is neither the home page nor the article; else what is declared."""
    no_section = {*_HOME_STEPS, normal_form(title or "").casefold()}
    links = [link for step in steps for link in below(step, "a")] or steps
    texts = [text_of(link).strip(" ›»/>") for link in links]
    named = (text for text in reversed(texts) if normal_form(text).casefold() not in no_section)
    return next(named, None) or read_metadata(page).section


def _tags(boxes: Iterable[HtmlElement]) -> tuple[str, ...]:
    """Return the linked keywords, each once, without the mark before them."""
    texts = (text_of(link).lstrip("# ").strip(" ,;") for box in boxes for link in below(box, "a"))
    return tuple(dict.fromkeys(text for text in texts if text))


def _author_and_credits(
    authors: Iterable[HtmlElement], sources: Sequence[HtmlElement]
) -> tuple[str | None, list[HtmlElement]]:
    """Return the author's line, and the elements that credit a source; one in the author's place is moved there."""
    around_sources = {holder for source in sources for holder in around(source)}
    lines = [(element, text) for element in authors if element not in around_sources and (text := text_of(element))]
    credits = [element for element, text in lines if _CREDIT.match(text)]
    author = next((text for element, text in lines if element not in credits), None)
    return author, [*sources, *credits]


def _with_source(parts: ArticleParts, page: Page, credits: Iterable[HtmlElement]) -> ArticleParts:
    """Return the parts with the source that an element names, unless the text credits one.

    Here a bare name is a credit (`Báo Thử`), which in the text it would not be.
    """
    if parts.credited_source_name or parts.credited_source_url:
        return parts
    for element in credits:
        text = text_of(element)
        url = next(links_in([element], base_of(page)), None) or written_address(text)
        name = WRITTEN_ADDRESS.sub("", _CREDIT_LABEL.sub("", text, count=1)).strip(" ()[].,:;-–")
        if 0 < count_words(name) <= _SOURCE_WORDS_MAX or (url and not name):
            return replace(parts, credited_source_name=name or None, credited_source_url=url)
    return parts
