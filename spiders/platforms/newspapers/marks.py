"""Templates for layouts in which class names and ids alone identify the parts of an article.

Belongs here: `Marks`, which a platform fills for each layout. Does not belong here: the classes of any CMS (`onecms`,
`zce`), URLs and lists (`spiders.platforms.newspapers.cms`), or block roles (`spiders.platforms.parts.roles`).
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
from spiders.platforms.parts.assembly import Marked, assemble, dates_in, view_count
from spiders.platforms.parts.attribution.credits import without_url
from spiders.platforms.parts.metadata.reader import read_metadata
from spiders.platforms.parts.selectors import ancestors, by_mark, class_matches, descendants, first_text, text_of
from spiders.platforms.parts.urls import base_of, links_in, url_in_text
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean, count_words, normal_form

_CREDIT: Final = re.compile(r"(?:Theo|Nguồn)\b", re.IGNORECASE)
_CREDIT_LABEL: Final = re.compile(r"(?:Theo|Nguồn(?:\s+(?:tin|bài))?)\b\s*:?\s*", re.IGNORECASE)
_SOURCE_WORDS_MAX: Final = 10
_SITE_NAME_SUFFIX: Final = re.compile(r"\s+[-|–]\s+[^|–]+$")
_HOME_STEPS: Final = frozenset(("trang chủ", "home", ""))


@dataclass(frozen=True, slots=True)
class Marks:
    """The classes, and ids prefixed with `#`, of an article's parts in one layout; most reliable first.

    Attributes:
        head: an element with any of these and a body identify an article in this layout.
        date_line: may contain the view count too.
        author: may contain a source credit too (`Theo Báo Thử`).
        source: contains only a credit.
        section: contains the breadcrumbs.
        tags: contains the linked keywords.
        not_text: pattern for the class of elements inside the body that belong to the template.
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
        """Return the template for this layout."""
        return Template(name, until, self.fit, self.article_parts)

    def bodies(self, page: Page) -> list[HtmlElement]:
        """Return the element that contains the text; empty if there is none."""
        return first_of(_marked(self, page), self.body)[:1]

    def fit(self, page: Page) -> bool:
        """Tell whether the page contains an article in this layout."""
        found = _marked(self, page)
        return bool(first_of(found, self.head) and first_of(found, self.body))

    def article_parts(self, page: Page) -> ArticleParts:
        """Return the parts of the article."""
        found = _marked(self, page)
        bodies = first_of(found, self.body)[:1]
        title = first_text(first_of(found, self.title)) or _heading_around(bodies[0]) or _declared_title(page)
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
        return class_matches(element, self.not_text)


# Cached for one page and layout: detecting the article, its body and its parts all need it.
@lru_cache(1)
def _marked(marks: Marks, page: Page) -> dict[str, list[HtmlElement]]:
    every = (
        marks.head, marks.title, marks.body, marks.lead, marks.date_line, marks.author, marks.section, marks.tags,
        marks.source,
    )  # fmt: skip
    return by_mark(page.tree, frozenset(chain.from_iterable(every)))


def first_of(found: Mapping[str, list[HtmlElement]], marks: Iterable[str]) -> list[HtmlElement]:
    """Return the elements of the first mark that has any."""
    return next((found[mark] for mark in marks if found[mark]), [])


def _heading_around(body: HtmlElement) -> str | None:
    """Return the `h1` in the nearest ancestor of the text; not in `body`, where it may be a site name."""
    for element in ancestors(body):
        if element.tag in ("body", "html"):
            return None
        if title := next((text for h1 in descendants(element, "h1") if (text := text_of(h1))), None):
            return title
    return None


def _declared_title(page: Page) -> str | None:
    """Return the declared title, without the newspaper's name after it."""
    declared = read_metadata(page)
    if not declared.titles:
        return None
    title = declared.titles[0]
    paper = normal_form(declared.site_name or "").casefold()
    suffix = _SITE_NAME_SUFFIX.search(title)
    if suffix and paper and normal_form(suffix[0].strip(" -|–")).casefold() == paper:
        return title[: suffix.start()] or None
    return title


def _section(page: Page, steps: Sequence[HtmlElement], title: str | None) -> str | None:
    """Return the last breadcrumb that is not the home page or the article, else the declared section."""
    no_section = {*_HOME_STEPS, normal_form(title or "").casefold()}
    links = [link for step in steps for link in descendants(step, "a")] or steps
    texts = [text_of(link).strip(" ›»/>") for link in links]
    sections = (text for text in reversed(texts) if normal_form(text).casefold() not in no_section)
    return next(sections, None) or read_metadata(page).section


def _tags(boxes: Iterable[HtmlElement]) -> tuple[str, ...]:
    """Return the linked keywords without a leading `#`, without duplicates."""
    texts = (text_of(link).lstrip("# ").strip(" ,;") for box in boxes for link in descendants(box, "a"))
    return tuple(dict.fromkeys(text for text in texts if text))


def _author_and_credits(
    authors: Iterable[HtmlElement], sources: Sequence[HtmlElement]
) -> tuple[str | None, list[HtmlElement]]:
    """Return the author line, and the elements that credit a source, including those marked as author."""
    around_sources = {holder for source in sources for holder in ancestors(source)}
    lines = [(element, text) for element in authors if element not in around_sources and (text := text_of(element))]
    credits = [element for element, text in lines if _CREDIT.match(text)]
    author = next((text for element, text in lines if element not in credits), None)
    return author, [*sources, *credits]


def _with_source(parts: ArticleParts, page: Page, credits: Iterable[HtmlElement]) -> ArticleParts:
    """Add the source that an element credits, unless the text credits one.

    In such an element a name without a label (`Báo Thử`) is a credit too; in the text it is not.
    """
    if parts.credited_source_name or parts.credited_source_url:
        return parts
    for element in credits:
        text = text_of(element)
        url = next(links_in([element], base_of(page)), None) or url_in_text(text)
        name = without_url(_CREDIT_LABEL.sub("", text, count=1))
        if 0 < count_words(name or "") <= _SOURCE_WORDS_MAX or (url and not name):
            return replace(parts, credited_source_name=name, credited_source_url=url)
    return parts


def stated_date(element: HtmlElement) -> str | None:
    """Return the visible date if it has a time, else the machine-readable date, else the visible date."""
    shown = text_of(element)
    moment = parse_moment(shown)
    if moment and moment.precision != "day":
        return shown
    forms = (clean(time.get("datetime") or time.get("title") or "") for time in descendants(element, "time"))
    return next((form for form in forms if parse_moment(form)), shown if moment else None)
