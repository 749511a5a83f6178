"""Semantic hints: elements whose class, id or microdata names a role such as date, author or lead.

Belongs here: names that many CMSs use, and where on a page they count. Does not belong here: reading the
elements (`spiders.platforms.generic.article`), or boilerplate names (`spiders.platforms.parts.boilerplate`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Final, Literal, TypeAlias

from lxml.html import HtmlElement

from spiders.platforms.parts.boilerplate import is_boilerplate
from spiders.platforms.parts.selectors import ancestors, descendants, spaced_text, text_of
from warehouse.text.normal import count_words

Role: TypeAlias = Literal[
    "lead", "author", "source", "tags", "files", "section", "crumbs", "date", "date_above", "views"
]
Hints: TypeAlias = Mapping[Role, list[HtmlElement]]

# Without separators: `tac-gia`, `tacGia` and `tac_gia` are the same name.
_NAMES: Final[Mapping[Role, re.Pattern[str]]] = {
    "lead": re.compile(
        r"sapo|chapp?eau|lead(?!er|s\b|ing)|hometext|brief|tomtat|trichdan|trichyeu|standfirst|excerpt|cmsdesc|shortdesc|"
        r"introtext|\bsummary\b|motangan|gioithieutin|\bdescription\b|"
        r"(?:article|news|post|content|detail|entry)(?:summary|desc|intro|lead|brief)"
    ),
    "author": re.compile(
        r"author|byline|tacgia|nguoiviet|createdby|butdanh|reporter|postsign|articlesign|signature|\bsign\b"
    ),
    "source": re.compile(r"(?<!re)source|nguon(?!goc)"),
    "tags": re.compile(r"(?<!category )tags?(?:block|list|box|wrap|cloud|item)?s?\b|keyword|tukhoa|linkcategory"),
    "files": re.compile(r"dinhkem|attach|filedown|tepdinh|vanbankem"),
    "section": re.compile(
        r"(?:detail|article|post|news|entry|content)(?:cate|category|cat|section)(?:name|title|link)?\b|chuyenmuc|"
        r"categoryname|cate(?:name|title)|\bcatlinks?\b|cate?\b|kicker|itemcategory"
    ),
    "crumbs": re.compile(r"breadcrumb|duongdan|pathway|\bcrumbs?\b|\bpath\b|\bbread\b|sitemappath"),
    "date": re.compile(r"date|time|\bngay|publish(?!er)|thoigian"),
    "views": re.compile(
        r"views?count|postviews?|metaviews?|luotxem|\bhits?\b|itemhits|statisticscounter|\bviews?\b|viewed"
    ),
}
_CACHED_NAMES_MAX: Final = 20_000  # distinct attribute values; a portal has some hundreds
_ATTRIBUTES: Final = ("class", "id", "itemprop", "rel", "itemtype")
_ANYWHERE: Final = frozenset(("crumbs", "section"))
_AFTER_HEADLINE: Final = frozenset(("tags", "files", "views"))
_BESIDE_MAX: Final = 40  # elements of a container with headline and date; one with the text has more
_BEFORE_MAX: Final = 2
_LABEL_CHARACTERS: Final = 20  # in NFD
_LABEL_TAGS: Final = frozenset(("strong", "b", "em", "i", "span", "label", "u"))
_ELEMENTS_PER_ROLE_MAX: Final = 200  # a hostile page can give every element such a class
_ROW_DEPTH: Final = 3
_ROW_LINKS_MAX: Final = 3
_ROW_WORDS_MIN: Final = 6  # shorter links beside a date point to a section or an author
_OWN_DATE_LABEL: Final = re.compile(
    r"(?:ngày|giờ|lúc|thời gian) (?:đăng|xuất bản)|(?:cập nhật|đăng)\s*:|"
    r"(?:đăng|xuất bản|cập nhật|sửa đổi|chỉnh sửa)(?: lần cuối)? (?:ngày|lúc|vào)",
    re.IGNORECASE,
)


def find_hints(tree: HtmlElement, heading: HtmlElement | None, container: HtmlElement | None) -> Hints:
    """Return the hinted elements by role, in document order.

    Breadcrumbs and categories may be anywhere; tags, files and counters after the headline. Other hints count only
    after the headline or directly before it, in the innermost element with headline and text, and outside boilerplate.
    If a date is after the text, it counts only with a label or microdata of this article. If `heading` is None, the
    whole page counts as after the headline; if `container` is None, the search covers the whole page.
    """
    found: dict[Role, list[HtmlElement]] = {}
    above = set() if heading is None else set(ancestors(heading))
    scope = _scope(above, container)
    beside = _beside(heading)
    last_of_text = _last_inside(container)
    is_after, is_below = heading is None, False
    before: list[HtmlElement] = []

    @lru_cache(1)
    def is_inside(element: HtmlElement) -> bool:
        return is_within(element, scope, above)

    for element in tree.iter():
        if element is heading:
            is_after = True
            found.get("section", []).reverse()  # nearest to the headline first
        if is_after and (labelled := _labelled(element)) and len(found.get(labelled[0], ())) < _ELEMENTS_PER_ROLE_MAX:
            found.setdefault(labelled[0], []).append(labelled[1])
        attributes = element.attrib
        names = " ".join(attributes.get(name, "") for name in _ATTRIBUTES) if attributes else ""
        names = f"{names} time" if element.tag == "time" else names
        for role in _roles(names) if names and not names.isspace() and element not in above else ():
            if len(found.get(role, ())) == _ELEMENTS_PER_ROLE_MAX:
                continue
            if role in _ANYWHERE or (is_after and role in _AFTER_HEADLINE):
                found.setdefault(role, []).append(element)
            elif (is_after or element in beside) and is_inside(element):
                if role != "date" or _is_own_date(element, scope, is_below=is_below):
                    found.setdefault(role, []).append(element)
            elif role == "date" and not is_after and is_within(element, None, above):
                before.append(element)
            elif role == "date" and is_after and scope in ancestors(element) and _is_labelled_own(element, scope):
                # An article's footer may have a boilerplate class; the label of a date in it is stronger evidence.
                found.setdefault(role, []).append(element)
        is_below = is_below or element is last_of_text
    # Some CMSs show the date above the headline; the date nearest to the headline comes first.
    above_it = reversed(before[-_BEFORE_MAX:])
    found["date_above"] = [element for element in above_it if _is_own_date(element, scope, is_below=False)]
    return found


def _is_own_date(element: HtmlElement, scope: HtmlElement | None, *, is_below: bool) -> bool:
    """Tell whether the date is the article's: not beside another article's link, nor after the text."""
    for holder in islice(ancestors(element), _ROW_DEPTH):
        if holder is scope:
            break
        links = islice(descendants(holder, "a"), _ROW_LINKS_MAX)
        if any(count_words(text_of(link)) >= _ROW_WORDS_MIN for link in links):
            return False
    return not is_below or _is_labelled_own(element, scope)


def _is_labelled_own(element: HtmlElement, scope: HtmlElement | None) -> bool:
    """Tell whether a label or the microdata item of the scope identifies it as this article's date."""
    if _OWN_DATE_LABEL.search(spaced_text(element)):
        return True
    if element.get("itemprop") != "datePublished" or scope is None:
        return False
    item = next((holder for holder in ancestors(element) if holder.get("itemscope") is not None), None)
    return item is not None and (item is scope or item in ancestors(scope))


def is_within(element: HtmlElement, scope: HtmlElement | None, above: set[HtmlElement]) -> bool:
    """Tell whether the element is inside the scope, with no boilerplate element between them.

    The headline's ancestors (`above`) are not boilerplate, whatever their class. If `scope` is None, only the elements
    below the innermost common ancestor with the headline are checked.
    """
    for holder in (element, *ancestors(element)):
        if holder is scope or (scope is None and holder in above):
            return True
        # Articles have their own headers and footers, and old CMSs wrap whole pages in a form.
        if holder.tag not in ("form", "header", "footer") and holder not in above and is_boilerplate(holder):
            return False
    return scope is None


def _labelled(element: HtmlElement) -> tuple[Role, HtmlElement] | None:
    """Return the role and the element of a line that begins with a label such as `Nguồn tin: …`."""
    start = (element.text or "").lstrip()[:_LABEL_CHARACTERS]
    if start[:1] not in ("N", "T"):
        return None
    label = unicodedata.normalize("NFC", start)
    role: Role | None = "source" if label.startswith("Nguồn") else "author" if label.startswith("Tác giả") else None
    box = element.getparent() if element.tag in _LABEL_TAGS else element
    is_label = role is not None and box is not None and ":" in spaced_text(box)[:_LABEL_CHARACTERS]
    return (role, box) if is_label and role and box is not None else None


@lru_cache(_CACHED_NAMES_MAX)
def _roles(names: str) -> tuple[Role, ...]:
    together = re.sub(r"[-_]", "", re.sub(r"(?<=[a-z])(?=[A-Z])", "-", names).lower())
    return tuple(role for role, pattern in _NAMES.items() if pattern.search(together))


def _scope(above: set[HtmlElement], container: HtmlElement | None) -> HtmlElement | None:
    """Return the innermost element that contains headline and text; None without a text."""
    if container is None:
        return None
    return next((each for each in (container, *ancestors(container)) if not above or each in above), None)


def _beside(heading: HtmlElement | None) -> set[HtmlElement]:
    """Return the elements of the largest container of the headline with at most 40 elements."""
    found: set[HtmlElement] = set()
    for holder in ancestors(heading) if heading is not None else ():
        inside = set(islice(holder.iterdescendants(), _BESIDE_MAX + 1))
        if len(inside) > _BESIDE_MAX:
            break
        found = inside
    return found


def _last_inside(container: HtmlElement | None) -> HtmlElement | None:
    """Return the last element of the text in document order."""
    last = container
    while last is not None and len(last):
        last = last[-1]
    return last
