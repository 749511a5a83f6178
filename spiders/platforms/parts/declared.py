"""Builds templates from the CSS selectors in a portal's definition, for unsupported layouts.

Belongs here: compiling the selectors. Does not belong here: the model of the definition (`spiders.portal`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cssselect import HTMLTranslator
from lxml.html import HtmlElement

from spiders.pages.page import ArticleParts, Page, Template
from spiders.platforms.parts.assembly import Marked, assemble, dates_in, view_count
from spiders.platforms.parts.selectors import Selector, first_text, select, text_of
from spiders.portal import Layout, Portal

_CACHED_LAYOUTS_MAX: Final = 256  # many more than all portals have together
_TRANSLATOR: Final = HTMLTranslator()


def portal_templates(portal: Portal) -> tuple[Template, ...]:
    """Return the templates that the portal's definition describes, newest first, in its order."""
    return tuple(_template(layout) for layout in portal.templates)


@lru_cache(_CACHED_LAYOUTS_MAX)
def _template(layout: Layout) -> Template:
    selectors = _Selectors.of(layout)
    return Template(layout.name, layout.until, selectors.fit, selectors.article_parts)


def _find_nothing(element: HtmlElement) -> list[HtmlElement]:
    return []


def _selector(css: str | None) -> Selector:
    return select(_TRANSLATOR.css_to_xpath(css)) if css else _find_nothing


@dataclass(frozen=True, slots=True)
class _Selectors:
    """Compiled selectors of one layout."""

    title: Selector
    body: Selector
    lead: Selector
    date: Selector
    byline: Selector
    source: Selector
    section: Selector
    tags: Selector
    skip: Selector

    @classmethod
    def of(cls, layout: Layout) -> _Selectors:
        return cls(*(_selector(getattr(layout, name)) for name in cls.__dataclass_fields__))

    def fit(self, page: Page) -> bool:
        return bool(self.title(page.tree) and self.body(page.tree))

    def article_parts(self, page: Page) -> ArticleParts:
        tree = page.tree
        date_line = first_text(self.date(tree))
        skipped = {*self.skip(tree), *self.lead(tree), *self.byline(tree)}
        marked = Marked(
            title=first_text(self.title(tree)),
            bodies=self.body(tree),
            lead=first_text(self.lead(tree)),
            dates=dates_in("template", page, date_line),
            byline=first_text(self.byline(tree)),
            source=self.source(tree),
            section=first_text(self.section(tree)[-1:]),
            tags=tuple(dict.fromkeys(text for tag in self.tags(tree) if (text := text_of(tag)))),
            view_count=view_count(date_line),
            is_template=skipped.__contains__,
        )
        return assemble(page, marked)
