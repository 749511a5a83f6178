"""Semantic hints: elements whose class, id or microdata names a role such as date, author or lead.

Belongs here: names that many CMSs use, and where on a page they count. Does not belong here: reading the
elements (`spiders.platforms.generic.article`), or boilerplate names (`spiders.platforms.parts.boilerplate`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Set
from functools import lru_cache
from itertools import islice
from typing import Final, Literal, TypeAlias

from lxml.html import HtmlElement

from spiders.platforms.generic.site_frame import is_frame
from spiders.platforms.parts.boilerplate import is_boilerplate, is_toolbox
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
    "date": re.compile(
        r"(?<!event)(?<!start)(?<!end)(?<!due)(?<!expiry)(?<!birth)(?:date|time)(?!line)|\bngay|publish(?!er)|thoigian"
    ),
    "views": re.compile(
        r"views?count|postviews?|metaviews?|luotxem|\bhits?\b|itemhits|statisticscounter|\bviews?\b|viewed"
    ),
}
_CACHED_NAMES_MAX: Final = 20_000  # distinct attribute values; a portal has some hundreds
_ATTRIBUTES: Final = ("class", "id", "itemprop", "rel", "itemtype")
_ANYWHERE: Final = frozenset(("crumbs", "section"))
_LABEL_DEPTH: Final = 2
_IN_BARS: Final = frozenset(("date", "author"))  # these count in bars of buttons and in an article's footer too
_AFTER_HEADLINE: Final = frozenset(("tags", "files", "views"))
_BESIDE_MAX: Final = 40  # elements of a container with headline and date; one with the text has more
_BEFORE_MAX: Final = 2
_LABEL_CHARACTERS: Final = 20  # in NFD
_LABEL_TAGS: Final = frozenset(("strong", "b", "em", "i", "span", "label", "u"))
_ELEMENTS_PER_ROLE_MAX: Final = 200  # a hostile page can give every element such a class
_ROW_DEPTH: Final = 3
_ROW_LINKS_MAX: Final = 3
_ROW_WORDS_MIN: Final = 6  # shorter links beside a date point to a section or an author
_ROW_TITLE_WORDS_MIN: Final = 4  # of a link in a list item or in an article inside the article
_ROW_TAGS: Final = frozenset(("li", "article", "tr"))
_OWN_DATE_LABEL: Final = re.compile(
    r"(?:ngày|giờ|lúc|thời gian) (?:đăng|xuất bản|tạo)|(?:cập nhật|đăng|đăng tải|xuất bản)\s*(?::|$)|"
    r"(?:đăng(?: tải)?|xuất bản|cập nhật|sửa đổi|chỉnh sửa)(?: lần cuối)? (?:ngày|lúc|vào|bởi)|"
    r"\b(?:posted|published|created|post date|publish(?:ing)? date|publication date|updated|modified|edited)\b",
    re.IGNORECASE,
)
_LABEL_WORDS_MAX: Final = 8
_PARAGRAPHS_MIN: Final = 2  # the first may be the lead, with the date below it
_PARAGRAPH_CHARACTERS_MIN: Final = 100


def find_hints(tree: HtmlElement, heading: HtmlElement | None, container: HtmlElement | None) -> Hints:
    """Return the hinted elements by role, in document order.

    Breadcrumbs and categories may be anywhere; tags, files and counters after the headline. Other hints count only
    after the headline or directly before it, in the innermost element with headline and text, and outside boilerplate.
    If a date is after the text, it counts only with a label or microdata of this article. If `heading` is None, the
    whole page counts as after the headline; if `container` is None, the search covers the whole page.
    """
    found: dict[Role, list[HtmlElement]] = {}
    above = set() if heading is None else set(ancestors(heading))
    scope = scope_of(heading, container)
    beside = _beside(heading)
    last_of_text = _last_inside(container)
    is_after, is_below, paragraphs = heading is None, False, 0
    before: list[HtmlElement] = []

    @lru_cache(1)
    def is_inside(element: HtmlElement) -> bool:
        return is_within(element, scope, above)

    def is_in_bar(element: HtmlElement, role: Role) -> bool:
        is_inside_scope = role in _IN_BARS and is_after and scope in ancestors(element)
        return is_inside_scope and is_within(element, scope, above, is_open=_may_hold_date)

    for element in tree.iter():
        if element is heading:
            is_after = True
            found.get("section", []).reverse()  # nearest to the headline first
        text = element.text
        if is_after and text and (labelled := _labelled(element, text)):
            role, box = labelled
            if len(found.get(role, ())) < _ELEMENTS_PER_ROLE_MAX:
                found.setdefault(role, []).append(box)
        for role in _roles(names) if (names := _names_of(element)) and element not in above else ():
            if len(found.get(role, ())) == _ELEMENTS_PER_ROLE_MAX:
                continue
            if role in _ANYWHERE or (is_after and role in _AFTER_HEADLINE):
                found.setdefault(role, []).append(element)
            elif role == "date" and not is_after:
                before.append(element)
            elif not (is_after or element in beside) or not (is_inside(element) or is_in_bar(element, role)):
                continue
            elif role != "date" or is_own_date(element, scope, is_below=is_below):
                found.setdefault(role, []).append(element)
        # On a flat page the text's element holds what is below the text too.
        paragraphs += is_after and scope is container and len(text or "") >= _PARAGRAPH_CHARACTERS_MIN
        is_below = is_below or element is last_of_text or paragraphs >= _PARAGRAPHS_MIN
    # Some CMSs show the date above the headline; the date nearest to the headline comes first.
    above_it = reversed(before[-_BEFORE_MAX:])
    found["date_above"] = [element for element in above_it if is_own_date(element, scope, is_below=False)]
    return found


def is_own_date(element: HtmlElement, scope: HtmlElement | None, *, is_below: bool) -> bool:
    """Tell whether the date is the article's: not beside another article's link, nor after the text.

    A date after the text is the article's if a label or microdata says so.
    """
    around = (element, *islice(ancestors(element), _ROW_DEPTH))
    for holder in around:
        if holder is scope:
            break
        is_row = is_below and (holder is element or holder.tag in _ROW_TAGS)
        words_min = _ROW_TITLE_WORDS_MIN if is_row else _ROW_WORDS_MIN
        links = islice(descendants(holder, "a"), _ROW_LINKS_MAX)
        titles = (text_of(link).split() for link in links if link not in around)
        if any(sum(word.isalpha() for word in words) >= words_min for words in titles):  # a date may be a link too
            return False
    return not is_below or _is_labelled_own(element, scope)


def _is_labelled_own(element: HtmlElement, scope: HtmlElement | None) -> bool:
    """Tell whether a label or the microdata item of the scope identifies it as this article's date."""
    if _OWN_DATE_LABEL.search(spaced_text(element)) or _OWN_DATE_LABEL.search(label_before(element)):
        return True
    if element.get("itemprop") != "datePublished" or scope is None:
        return False
    item = next((holder for holder in ancestors(element) if holder.get("itemscope") is not None), None)
    return item is not None and (item is scope or item in ancestors(scope))


def label_before(element: HtmlElement) -> str:
    """Return the few words directly before the element: in its parents, or in the element before it."""
    for holder in (element, *islice(ancestors(element), _LABEL_DEPTH)):
        before, outer = holder.getprevious(), holder.getparent()
        if before is not None:
            inside = spaced_text(before) if isinstance(before.tag, str) else ""
            text = (before.tail or "").strip() or inside
        else:
            text = (outer.text or "") if outer is not None else ""
        if text.strip():
            return text.strip() if count_words(text) <= _LABEL_WORDS_MAX else ""
    return ""


def _may_hold_date(holder: HtmlElement) -> bool:
    return is_toolbox(holder) or ("foot" in (holder.get("class") or "").lower() and not is_frame(holder))


def is_within(
    element: HtmlElement,
    scope: HtmlElement | None,
    above: Set[HtmlElement],
    *,
    is_open: Callable[[HtmlElement], bool] | None = None,
) -> bool:
    """Tell whether the element is inside the scope, with no boilerplate element between them.

    The headline's ancestors (`above`) are not boilerplate, whatever their class. If `scope` is None, only the elements
    below the innermost common ancestor with the headline are checked. `is_open` names further exceptions.
    """
    for holder in (element, *ancestors(element)):
        if holder is scope or (scope is None and holder in above):
            return True
        # Articles have their own headers and footers, and old CMSs wrap whole pages in a form.
        if holder.tag in ("form", "header", "footer") or holder in above or not is_boilerplate(holder):
            continue
        if is_open is None or not is_open(holder):
            return False
    return scope is None


def _names_of(element: HtmlElement) -> str:
    """Return the attribute values that may name a role, and the tag `time`; empty if there are none."""
    get = element.get  # called for each element of a page
    names = " ".join([get(name) or "" for name in _ATTRIBUTES])
    if element.tag == "time":
        return f"{names} time"
    return "" if names.isspace() else names


def _labelled(element: HtmlElement, text: str) -> tuple[Role, HtmlElement] | None:
    """Return the role and the element of a line that begins with a label such as `Nguồn tin: …`."""
    start = text.lstrip()[:_LABEL_CHARACTERS]
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


def scope_of(heading: HtmlElement | None, container: HtmlElement | None) -> HtmlElement | None:
    """Return the innermost element that contains headline and text; None without a text."""
    if container is None:
        return None
    above = set() if heading is None else set(ancestors(heading))
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
