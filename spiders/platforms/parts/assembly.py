"""Assembles `ArticleParts` from the elements that a template found; the same for all platforms.

Belongs here: `Marked`, which every template fills, and its conversion; list rows; view counts. Does not belong here:
where elements are on a page (each platform) or which role a block has (`spiders.platforms.parts.roles`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import ArticleParts, Page
from spiders.platforms.parts.attribution.bylines import byline_from, marked_byline
from spiders.platforms.parts.attribution.signed import source_in
from spiders.platforms.parts.blocks import Block, read_blocks
from spiders.platforms.parts.captions import caption_key
from spiders.platforms.parts.dating import Candidate, choose_date
from spiders.platforms.parts.further_pages import next_page
from spiders.platforms.parts.links.files import linked_attachments
from spiders.platforms.parts.roles import Roles, assign_roles
from spiders.platforms.parts.selectors import outermost
from spiders.platforms.parts.urls import absolute, base_of
from warehouse.records import ListRow
from warehouse.text.address import untracked
from warehouse.text.dates import Moment, parse_moment
from warehouse.text.normal import normal_form

# A number before the label may be the end of a date: `21/10/2025 | 17:20 Lượt xem: 2184`.
_VIEWS: Final = re.compile(
    r"(?:Đã xem|Lượt xem|Số lượt xem|View count|Views|Hits|Lượt đọc|Lần đọc|Số lần đọc|\bĐọc\s*:|\bXem\s*:)"
    r"\s*:?\s*(\d[\d.,]{0,14})(?![\d.,]*[KkMm])(?!\d)|"
    r"(?<![\d:/.,-])(\d[\d.,]{0,14})\s*(?:lượt|lần) (?:xem|đọc)(?!\s*:)|\bĐọc (\d[\d.,]{0,14}) lần",
    re.IGNORECASE,
)
# Each alternative of `_VIEWS` contains one of these words. Most lines contain none, and this test is cheaper.
_VIEW_WORDS: Final = ("xem", "đọc", "view", "hits")


@dataclass(frozen=True, slots=True)
class Marked:
    """The elements and texts of an article that a template found on a page.

    Attributes:
        title: without the site's name.
        bodies: the elements that contain the text, in reading order.
        lead: None if there is none outside the body.
        dates: publication date candidates, in any order.
        byline: the author line that the template marks, including its prefix.
        byline_otherwise: the author line to use if neither the template nor the text names an author.
        source: elements outside the body that credit a source.
        pictures: elements before the bodies that contain only a picture and its caption.
        updated: the modification date that the page states.
        is_template: tells which elements inside the bodies belong to the template and not to the text.
        blocks: the text blocks if the template read the bodies itself; None to have them read here.
        files: elements outside the bodies that link to attachments.
    """

    title: str | None
    bodies: Sequence[HtmlElement]
    lead: str | None = None
    dates: Sequence[Candidate] = ()
    byline: str | None = None
    byline_otherwise: str | None = None
    source: Sequence[HtmlElement] = ()
    pictures: Sequence[HtmlElement] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    updated: Moment | None = None
    view_count: int | None = None
    is_template: Callable[[HtmlElement], bool] | None = None
    blocks: Sequence[Block] | None = None
    files: Sequence[HtmlElement] = ()


def assemble(page: Page, marked: Marked) -> ArticleParts:
    """Return the parts of an article, with the blocks of its bodies assigned to their roles."""
    base = base_of(page)
    blocks = marked.blocks
    if blocks is None:
        blocks = [block for body in marked.bodies for block in read_blocks(body, marked.is_template)]
    author = marked_byline(marked.byline)
    roles = assign_roles(blocks, base, title=marked.title, lead=marked.lead, byline=author.name)
    beside = [block for picture in marked.pictures for block in read_blocks(picture, marked.is_template)]
    roles = _with_pictures(roles, beside, base)
    files = (untracked(url) for url in linked_attachments(outermost(marked.files), base))
    source_name, source_url = _source(roles, marked.source, base)
    if not (source_name or source_url):
        source_name = author.source
    dates = [*marked.dates, *([Candidate(page.feed_date.moment, page.feed_date.basis)] if page.feed_date else [])]
    dated = choose_date(dates, seen_at=page.captured_at, portal_from=page.portal_from)
    return ArticleParts(
        title=marked.title,
        lead=marked.lead,
        body=roles.body,
        captions=roles.captions,
        byline=roles.byline or byline_from(marked.byline_otherwise),
        credited_source_name=source_name,
        credited_source_url=source_url,
        section=_without_doubling(marked.section) if marked.section else None,
        tags=marked.tags,
        published_at=dated.moment.at if dated.moment else None,
        published_precision=dated.moment.precision if dated.moment else None,
        published_basis=dated.basis,
        updated_at=marked.updated.at if marked.updated else None,
        view_count=marked.view_count,
        attachments=tuple(dict.fromkeys((*roles.attachments, *files))),
        image_urls=roles.image_urls,
        flags=(*roles.flags, *dated.flags, *(["pages_missing"] if next_page(page) else [])),
    )


def _with_pictures(roles: Roles, blocks: Sequence[Block], base: str) -> Roles:
    """Add the pictures and captions found before the text, ahead of those inside it, without duplicates."""
    if not blocks:
        return roles
    images = [url for block in blocks if block.image and (url := absolute(base, block.image))]
    captions = {caption_key(block.text): block.text for block in blocks if block.text}
    inside = [caption for caption in roles.captions if caption_key(caption) not in captions]
    return replace(
        roles,
        captions=(*captions.values(), *inside),
        image_urls=tuple(dict.fromkeys([*images, *roles.image_urls])),
    )


def _without_doubling(section: str) -> str:
    """Return the section name once: some portals print the last breadcrumb twice."""
    words = section.split()
    half = len(words) // 2
    once = " ".join(words[:half])
    return once if half and normal_form(once) == normal_form(" ".join(words[half:])) else section


def _source(roles: Roles, elements: Iterable[HtmlElement], base: str) -> tuple[str | None, str | None]:
    """Return name and URL of the source credited in the text, or else in elements outside it.

    One element may contain the name and another the URL: `Theo Báo Thử`, `Link bài gốc https://…`.
    """
    if roles.credited_source_name or roles.credited_source_url:
        return roles.credited_source_name, roles.credited_source_url
    credits = [credit for element in elements if any(credit := source_in(element, base))]
    if not credits:
        return None, None
    name, url = credits[0]
    bare = next((other for only, other in credits if only is None), None)
    return name, url or bare


def dates_in(basis: str, page: Page, *texts: str | None) -> tuple[Candidate, ...]:
    """Parse the texts into date candidates with this basis; skip those without a date."""
    moments = (parse_moment(text, seen_at=page.captured_at) for text in texts if text)
    return tuple(Candidate(moment, basis) for moment in moments if moment)


def list_row(title: str, url: str, *, summary: str | None, date_line: str | None) -> ListRow:
    """Return a list row; its date and view count are parsed from the date line."""
    moment = parse_moment(date_line) if date_line else None
    return ListRow(
        title=title,
        url=url,
        summary=summary,
        published_at=moment.at if moment else None,
        published_precision=moment.precision if moment else None,
        view_count=view_count(date_line),
    )


def without_view_count(line: str) -> str:
    """Return the line without its view count, which some CMSs print before the author's name."""
    return _VIEWS.sub("", line).strip(" |-–")


def view_count(line: str | None) -> int | None:
    """Return the view count that the line states; None if it states none."""
    small = (line or "").lower()
    found = _VIEWS.search(line or "") if any(word in small for word in _VIEW_WORDS) else None
    return int(re.sub(r"\D", "", found[1] or found[2] or found[3])) if found else None
