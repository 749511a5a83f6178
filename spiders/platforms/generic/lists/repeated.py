"""Repeated structure: the linked titles of a page in groups of the same markup.

Each title comes with the box that is its own.
Belongs here: finding rows by structure alone. Does not belong here: what a row states
(`spiders.platforms.generic.lists.row_text`), or which groups are the page's list
(`spiders.platforms.generic.lists.rows`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, groupby, islice
from statistics import mean
from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.generic.lists.row_text import Node
from spiders.platforms.generic.lists.titles import HEADINGS, TitledLink, titled
from spiders.platforms.parts.selectors import ancestors
from spiders.platforms.parts.urls import base_of, is_file, page_link
from warehouse.text.normal import clean, count_words

_NOT_BOXES: Final = frozenset(("html", "body", "main"))
# Never rows: menus, footers, pagination, tags.
_MENU_TAGS: Final = frozenset(("nav", "footer", "dialog", "select"))
_MENU_ROLES: Final = frozenset(("navigation", "contentinfo", "dialog", "search", "menu", "menubar"))
_MENU_NAME: Final = re.compile(
    r"(?:^|[\s_-])(?:menu|submenu|nav|navi|navbar|navigation|breadcrumbs?|crumbs?|footer|pager|paging|pagination|"
    r"pagenav|phan-trang|phantrang|tags?|tagcloud|weblinks?|lien-ket|lienket|share|social|comments?)(?:$|[\s_-])"
)
# WordPress names a post's tags and categories in its class.
_POSITION_CLASSES: Final = frozenset(("first", "last", "odd", "even", "active", "item-first", "item-last"))
_POST_CLASS: Final = re.compile(r"(?:^|\s)(?:tag|category)-\S+")
_NEVER_MENU: Final = frozenset(("html", "body", "main", "article", "form"))
_TITLE_WORDS_MIN: Final = 4
# Limits for hostile pages; real lists stay far below them.
_LINKS_MAX: Final = 10_000
_GAP_MAX: Final = 12
_HEIGHT_ALONE: Final = 2  # of a row without others of its kind
# Where the next row begins in a list without boxes.
_BORDERS: Final = frozenset(("hr", "dt"))
_HEADING_WORDS_MIN: Final = 2
_VARIED_MIN: Final = 0.4
_INSIDE_MIN: Final = 0.8
_LINKS_PER_ROW_MAX: Final = 1.3
_LINKS_PER_SECTION_MIN: Final = 3
_HOLDERS_MAX: Final = 10
_BOXES_AROUND_MAX: Final = 4
_SHORTER: Final = 0.7
_MANY: Final = " "  # no URL


@dataclass(frozen=True, slots=True)
class RepeatedRow:
    """One of several elements of the same markup, with one linked title each.

    Attributes:
        box: the largest element around the link that holds no other row's title.
        holder: the element that holds the box, and other rows' boxes.
        before: elements and texts directly before the box that are in no row's box; they may be the row's before it.
        after: elements and texts directly after the box that are in no row's box.
    """

    link: TitledLink
    box: HtmlElement
    holder: HtmlElement
    before: tuple[Node, ...]
    after: tuple[Node, ...]


@lru_cache(1)
def repeated_rows(page: Page) -> tuple[tuple[RepeatedRow, ...], ...]:
    """Return the linked titles outside menus with their boxes, grouped by markup.

    The result is cached, since much asks for it.
    """
    groups = _without_links_of_rows(_grouped(_titled_links(page)))
    boxed = _boxed(groups)
    gaps = _gaps({box for group in boxed for _, box in group}, {link.element for group in groups for link in group})
    rows = []
    for group in boxed:
        rows.append(tuple(RepeatedRow(link, box, box.getparent(), *gaps[box]) for link, box in group))
    return tuple(rows)


def _boxed(groups: Sequence[Sequence[TitledLink]]) -> list[list[tuple[TitledLink, HtmlElement]]]:
    """Return each row's link and box.

    Of several links in a box, which have the same URL, the title's is taken.
    """
    owners = _owners([link for group in groups for link in group])
    widest = [[(link, _box(link, owners)) for link in group] for group in groups]
    best: dict[HtmlElement, TitledLink] = {}
    for link, box in (each for group in widest for each in group):
        if box not in best or (link.is_heading and not best[box].is_heading):
            best[box] = link
    found = []
    for group in widest:
        kept = [(link, box) for link, box in group if best[box] is link]
        # The only row of a block might take the whole block for its own.
        heights = [_height(link, box) for link, box in kept]
        usual = _usual_height(heights)
        links = (link for link, _ in kept)
        found.append([(link, _ancestor(link.element, min(usual, up))) for link, up in zip(links, heights, strict=True)])
    return [group for group in found if group]


def _usual_height(heights: Sequence[int]) -> int:
    """Return how many elements above its link a row's box is.

    Without other rows, the box is the next element around the link's heading.
    """
    if len(heights) < 2:
        return _HEIGHT_ALONE
    return Counter(heights).most_common(1)[0][0] if len(heights) > 2 else min(heights)


def _height(link: TitledLink, box: HtmlElement) -> int:
    return next(i for i, each in enumerate((link.element, *ancestors(link.element))) if each is box)


def _ancestor(element: HtmlElement, height: int) -> HtmlElement:
    return next(islice((element, *ancestors(element)), height, None))


def _gaps(
    boxes: Set[HtmlElement], links: Set[HtmlElement]
) -> dict[HtmlElement, tuple[tuple[Node, ...], tuple[Node, ...]]]:
    """Return what is before and after each box, up to the next box, link of a row, or border."""
    walls = {holder for link in links for holder in (link, *ancestors(link))}
    gaps: dict[HtmlElement, tuple[tuple[Node, ...], tuple[Node, ...]]] = {}
    for holder, count in Counter(box.getparent() for box in boxes).items():
        if count == 1:
            gaps.update((box, ((), ())) for box in holder if box in boxes)
            continue
        last: HtmlElement | None = None
        since: list[Node] = [holder.text or ""]
        for child in holder:
            is_border = child in walls or child.tag in _BORDERS
            if is_border and last is not None:
                gaps[last] = gaps[last][0], tuple(since[:_GAP_MAX])
                last = None
            if child in boxes:
                gaps[child] = tuple(since[-_GAP_MAX:]), ()
                last = child
            if is_border:
                since = [child] if child.tag == "dt" and child not in boxes else []
            elif isinstance(child.tag, str):
                since.append(child)
            since.append(child.tail or "")
        if last is not None:
            gaps[last] = gaps[last][0], tuple(since[:_GAP_MAX])
    return gaps


def _titled_links(page: Page) -> Iterator[tuple[TitledLink, int]]:
    """Yield the links with a title outside menus, each with a number for its markup."""
    base = base_of(page)
    paths = _Paths()
    for position, anchor in enumerate(islice(page.tree.iter("a"), _LINKS_MAX)):
        href = anchor.get("href")
        parent = anchor.getparent()
        if href is None or parent is None or (path := paths.of(parent)) is None:
            continue
        url = page_link(base, href)
        if url and url != page.url and not is_file(url) and (link := titled(anchor, url, position)):
            above = "" if parent.tag in HEADINGS else shape_of(parent)
            yield link, paths.number(path, f"{above} {shape_of(anchor)}")


@dataclass(slots=True)
class _Paths:
    """Numbers for the tag paths of elements; None inside a menu. Each element is judged once."""

    _numbers: dict[tuple[int, str], int] = field(default_factory=dict)
    _of: dict[HtmlElement, int | None] = field(default_factory=dict)

    def of(self, element: HtmlElement) -> int | None:
        chain = []
        above: HtmlElement | None = element
        while above is not None and above not in self._of:
            chain.append(above)
            above = above.getparent()
        path = 0 if above is None else self._of[above]
        for each in reversed(chain):
            if path is not None:
                path = None if is_menu(each) else self.number(path, "h" if each.tag in HEADINGS else str(each.tag))
            self._of[each] = path
        return path

    def number(self, path: int, step: str) -> int:
        return self._numbers.setdefault((path, step), len(self._numbers) + 1)


def is_menu(element: HtmlElement) -> bool:
    """Tell whether the element is a menu, a footer, pagination or the like, by its tag, role or class."""
    if element.tag in _MENU_TAGS or element.get("role") in _MENU_ROLES:
        return True
    # Bootstrap names the panes of tabs `nav-home`.
    names = names_of(element).lower().replace(" nav-", " ")
    return element.tag not in _NEVER_MENU and _MENU_NAME.search(names) is not None


def names_of(element: HtmlElement) -> str:
    """Return the class and the id, without a post's tags and categories."""
    return _POST_CLASS.sub(" ", f"{element.get('class') or ''} {element.get('id') or ''}")


def shape_of(node: Node) -> str:
    """Return tag and class of an element, without what differs from row to row; "" for a text."""
    return "" if isinstance(node, str) else f"{node.tag}.{_plain_class(node)}"


def _plain_class(element: HtmlElement) -> str:
    """Return the class without numbers, which may differ from row to row."""
    names = _POST_CLASS.sub(" ", element.get("class") or "")
    return " ".join(sorted(set(re.sub(r"\d+", "", names).split()) - _POSITION_CLASSES))


def _grouped(links: Iterable[tuple[TitledLink, int]]) -> list[list[TitledLink]]:
    """Return the links by their markup, without groups that hold no titles.

    The links of such a group are too short, or the same again and again.
    """
    groups: dict[int, list[TitledLink]] = defaultdict(list)
    for link, markup in links:
        groups[markup].append(link)
    return [group for group in groups.values() if _are_titles(group)]


def _are_titles(group: Sequence[TitledLink]) -> bool:
    words_min = _HEADING_WORDS_MIN if group[0].is_heading else _TITLE_WORDS_MIN
    # Links that follow each other with the same URL are one row's.
    urls = [url for url, _ in groupby(link.url for link in group)]
    titles = {link.title for link in group}
    is_varied = all(len(set(each)) >= _VARIED_MIN * len(urls) for each in (urls, titles))
    return is_varied and _mean_words(group) >= words_min


def _mean_words(group: Sequence[TitledLink]) -> float:
    return mean(count_words(link.title) for link in group)


def _without_links_of_rows(groups: Sequence[list[TitledLink]]) -> list[list[TitledLink]]:
    """Return the groups without those inside the rows of others: categories, authors, related titles."""
    held = _links_held(groups)
    # A link above several others is a section's heading, and they are rows.
    rows = {i for i, counts in held.items() if counts.total() < _LINKS_PER_SECTION_MIN * len(groups[i])}
    holders = defaultdict(list)
    for i in rows:
        for j, count in held[i].items():
            if count >= _INSIDE_MIN * len(groups[j]) and _strength(groups[i]) > _strength(groups[j]):
                holders[j].append(i)
    return [
        group
        for j, group in enumerate(groups)
        if not any(_belongs_to(group, groups[i]) for i in holders[j][:_HOLDERS_MAX])
    ]


def _links_held(groups: Sequence[Sequence[TitledLink]]) -> dict[int, Counter[int]]:
    """Return for each group how many links of each other group are in its boxes.

    Boxes count only if they hold no more links of their own group.
    """
    groups_of: dict[HtmlElement, list[int]] = defaultdict(list)
    for i, group in enumerate(groups):
        owners = _owners(group)
        for box in {_box(link, owners) for link in group}:
            if owners.get(box.getparent()) is _MANY:
                groups_of[box].append(i)
    held: dict[int, Counter[int]] = {i: Counter() for of_box in groups_of.values() for i in of_box}
    for j, group in enumerate(groups):
        for link in group:
            around = (groups_of[element] for element in ancestors(link.element) if element in groups_of)
            for i in chain.from_iterable(islice(around, _BOXES_AROUND_MAX)):
                if i != j:
                    held[i][j] += 1
    return held


def _strength(group: Sequence[TitledLink]) -> tuple[bool, float]:
    return group[0].is_heading, len(group) * _mean_words(group)


def _belongs_to(group: Sequence[TitledLink], rows: Sequence[TitledLink]) -> bool:
    """Tell whether links inside rows are no rows of their own.

    Such links are shorter and one in each row, or bare below a heading.
    """
    is_below_headings = rows[0].is_heading and not group[0].is_heading
    if len(group) <= len(rows) * _LINKS_PER_ROW_MAX:
        return is_below_headings or _mean_words(group) < _SHORTER * _mean_words(rows)
    if not is_below_headings:
        return False
    owned = _owners(group)
    return all(clean(_box(link, owned).text_content()) == clean(link.element.text_content()) for link in group[:3])


def _owners(links: Sequence[TitledLink]) -> dict[HtmlElement, str]:
    """Return for each ancestor of the links the URL of the only one inside; `_MANY` if there are more."""
    owners: dict[HtmlElement, str] = {}
    for link in links:
        for element in (link.element, *ancestors(link.element)):
            known = owners.get(element)
            if known == link.url or known is _MANY:
                break
            owners[element] = link.url if known is None else _MANY
    return owners


def _box(link: TitledLink, owners: Mapping[HtmlElement, str]) -> HtmlElement:
    box = link.element
    for element in ancestors(link.element):
        if owners.get(element) != link.url or element.tag in _NOT_BOXES:
            break
        box = element
    return box
