"""Elements of a page by what their names promise: the class, id or microdata of a date, an author, a lead.

Here: the names that systems have in common, and where on a page they count. Not here: reading what stands there
(`spiders.platforms.generic.article`), or names of boilerplate (`spiders.platforms.parts.boilerplate`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Final, Literal, TypeAlias

from lxml.html import HtmlElement

from spiders.platforms.parts.boilerplate import is_frame
from spiders.platforms.parts.selectors import around, below, spaced_text, text_of
from warehouse.text.normal import count_words

Role: TypeAlias = Literal[
    "lead", "author", "source", "tags", "files", "section", "crumbs", "date", "date_above", "views"
]
Named: TypeAlias = Mapping[Role, list[HtmlElement]]

# Written together: `tac-gia`, `tacGia` and `tac_gia` are one name.
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
_NAMES_KEPT: Final = 20_000  # different texts of names; a portal has some hundreds
_ATTRIBUTES: Final = ("class", "id", "itemprop", "rel", "itemtype")
_ANYWHERE: Final = frozenset(("crumbs", "section"))
_BEHIND: Final = frozenset(("tags", "files", "views"))
_BESIDE_MAX: Final = 40  # elements of a box around the headline that holds its date but not the text
_BEFORE_MAX: Final = 2
_LABEL_CHARACTERS: Final = 20  # of text in decomposed letters
_LABEL_TAGS: Final = frozenset(("strong", "b", "em", "i", "span", "label", "u"))
_EACH_MAX: Final = 200  # of one role; a page may be made to name every element so
_ROW_DEPTH: Final = 3
_ROW_LINKS_MAX: Final = 3
_ROW_WORDS_MIN: Final = 6  # shorter links beside a date lead to a section or an author
_OF_THIS_ARTICLE: Final = re.compile(
    r"(?:ngày|giờ|lúc|thời gian) (?:đăng|xuất bản)|(?:cập nhật|đăng)\s*:|"
    r"(?:đăng|xuất bản|cập nhật|sửa đổi|chỉnh sửa)(?: lần cuối)? (?:ngày|lúc|vào)",
    re.IGNORECASE,
)


def named_elements(tree: HtmlElement, heading: HtmlElement | None, container: HtmlElement | None) -> Named:
    """Return the elements by the role that their names promise, in page order.

    Breadcrumbs and categories may stand anywhere; tags, files and counters behind the headline; what says more of the
    article itself behind the headline or right before it, in the innermost element that holds headline and text, and
    in no boilerplate. A date behind the text is another article's, unless it says that it is of this one.

    Args:
        tree: the page; is not altered.
        heading: the element of the headline; everything is behind it where it is not known.
        container: holds the text; the scope is the page where there is none.
    """
    found: dict[Role, list[HtmlElement]] = {}
    above = set() if heading is None else set(around(heading))
    scope = _scope(above, container)
    beside = _beside(heading)
    last_of_text = _last_inside(container)
    is_behind, is_below = heading is None, False
    before: list[HtmlElement] = []

    @lru_cache(1)
    def is_inside(element: HtmlElement) -> bool:
        return is_within(element, scope, above)

    for element in tree.iter():
        if element is heading:
            is_behind = True
            found.get("section", []).reverse()  # what is nearer to the headline comes first
        if is_behind and (said := _said_by(element)) and len(found.get(said[0], ())) < _EACH_MAX:
            found.setdefault(said[0], []).append(said[1])
        attributes = element.attrib
        names = " ".join(attributes.get(name, "") for name in _ATTRIBUTES) if attributes else ""
        names = f"{names} time" if element.tag == "time" else names
        for role in _roles(names) if names and not names.isspace() and element not in above else ():
            if len(found.get(role, ())) == _EACH_MAX:
                continue
            if role in _ANYWHERE or (is_behind and role in _BEHIND):
                found.setdefault(role, []).append(element)
            elif (is_behind or element in beside) and is_inside(element):
                if role != "date" or _is_own_date(element, scope, is_below=is_below):
                    found.setdefault(role, []).append(element)
            elif role == "date" and not is_behind and is_within(element, None, above):
                before.append(element)
            elif role == "date" and is_behind and scope in around(element) and _is_said_of_this(element, scope):
                # At an article's foot the template may name it boilerplate; what it says is plainer.
                found.setdefault(role, []).append(element)
        is_below = is_below or element is last_of_text
    # Some systems date above the headline; what is nearer to it comes first.
    above_it = reversed(before[-_BEFORE_MAX:])
    found["date_above"] = [element for element in above_it if _is_own_date(element, scope, is_below=False)]
    return found


def _is_own_date(element: HtmlElement, scope: HtmlElement | None, *, is_below: bool) -> bool:
    """Tell the article's date from one in the box of a link to another article, and from one behind the text."""
    for holder in islice(around(element), _ROW_DEPTH):
        if holder is scope:
            break
        if any(count_words(text_of(link)) >= _ROW_WORDS_MIN for link in islice(below(holder, "a"), _ROW_LINKS_MAX)):
            return False
    return not is_below or _is_said_of_this(element, scope)


def _is_said_of_this(element: HtmlElement, scope: HtmlElement | None) -> bool:
    """Tell whether a label says that it is this article's date, or microdata of the item that the scope belongs to."""
    if _OF_THIS_ARTICLE.search(spaced_text(element)):
        return True
    if element.get("itemprop") != "datePublished" or scope is None:
        return False
    item = next((holder for holder in around(element) if holder.get("itemscope") is not None), None)
    return item is not None and (item is scope or item in around(scope))


def is_within(element: HtmlElement, scope: HtmlElement | None, above: set[HtmlElement]) -> bool:
    """Tell whether the element is in the scope, with no boilerplate between.

    Args:
        element: the one in question.
        scope: None stands for the innermost element of `above`.
        above: elements that hold the headline, and so are no boilerplate however they are named.
    """
    for holder in (element, *around(element)):
        if holder is scope or (scope is None and holder in above):
            return True
        # Articles have headers and footers of their own, and old systems wrap whole pages in a form.
        if holder.tag not in ("form", "header", "footer") and holder not in above and is_frame(holder):
            return False
    return scope is None


def _said_by(element: HtmlElement) -> tuple[Role, HtmlElement] | None:
    """Return the role of a line that begins with a label, `Nguồn tin: …`, and the box of the line."""
    start = (element.text or "").lstrip()[:_LABEL_CHARACTERS]
    if start[:1] not in ("N", "T"):
        return None
    label = unicodedata.normalize("NFC", start)
    role: Role | None = "source" if label.startswith("Nguồn") else "author" if label.startswith("Tác giả") else None
    box = element.getparent() if element.tag in _LABEL_TAGS else element
    is_said = role is not None and box is not None and ":" in spaced_text(box)[:_LABEL_CHARACTERS]
    return (role, box) if is_said and role and box is not None else None


@lru_cache(_NAMES_KEPT)
def _roles(names: str) -> tuple[Role, ...]:
    together = re.sub(r"[-_]", "", re.sub(r"(?<=[a-z])(?=[A-Z])", "-", names).lower())
    return tuple(role for role, pattern in _NAMES.items() if pattern.search(together))


def _scope(above: set[HtmlElement], container: HtmlElement | None) -> HtmlElement | None:
    """Return the innermost element that holds headline and text."""
    if container is None:
        return None
    return next((each for each in (container, *around(container)) if not above or each in above), None)


def _beside(heading: HtmlElement | None) -> set[HtmlElement]:
    """Return the elements of the headline's box, where some systems show the date above it."""
    found: set[HtmlElement] = set()
    for holder in around(heading) if heading is not None else ():
        inside = set(islice(holder.iterdescendants(), _BESIDE_MAX + 1))
        if len(inside) > _BESIDE_MAX:
            break
        found = inside
    return found


def _last_inside(container: HtmlElement | None) -> HtmlElement | None:
    """Return the last element of the text in page order."""
    last = container
    while last is not None and len(last):
        last = last[-1]
    return last
