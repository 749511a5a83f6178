"""Article pages of WordPress: single posts, whatever the theme.

Belongs here: locating the parts of a post. Does not belong here: class names (`spiders.platforms.wordpress.marks`),
lists (`spiders.platforms.wordpress.lists`), and what all articles share (`spiders.platforms.parts.roles`).

A page is an article if WordPress says in the classes of `<body>` that it is a single post, or, in themes that omit
these, if it contains one post alone; and if both its title and its text are marked. Otherwise no layout fits, and
`generic` reads the page.

- `<time datetime>` and the visible date come from one field. Where both state one day, the machine-readable value
  counts, because it has the time. `updated` without `published` is the last change.
- Excerpts that WordPress cut from the text itself are no leads.
- The author is a user's account name: a signature at the end of the text goes before it.
- A protected post shows a form in place of its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import islice
from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import ArticleParts, Page, Template
from spiders.platforms.parts.assembly import Marked, assemble, view_count
from spiders.platforms.parts.attribution.bylines import byline_from
from spiders.platforms.parts.attribution.names import is_name
from spiders.platforms.parts.links.files import linked_attachments
from spiders.platforms.parts.metadata.page_type import PageType, page_type
from spiders.platforms.parts.metadata.reader import read_metadata
from spiders.platforms.parts.selectors import ancestors, descendants, first_text, has_class, select, text_of
from spiders.platforms.parts.urls import base_of
from spiders.platforms.wordpress import marks
from spiders.platforms.wordpress.dates import dates, updated
from warehouse.text.normal import count_words, normal_form

_PARTS: Final = {
    "title": marks.TITLES,
    "body": marks.BODIES,
    "wide": marks.WIDE_BODIES,
    "lead": marks.LEADS,
    "date": marks.DATES,
    "clock": frozenset(("elementor-post-info__item--type-time",)),
    "author": marks.AUTHORS,
    "section": marks.SECTIONS,
    "tags": marks.TAGS,
    "crumbs": marks.CRUMBS,
    "picture": marks.PICTURES,
    "views": marks.VIEWS,
}
# Boxes that plugins and blocks put into the text.
_NOT_TEXT: Final = re.compile(
    r"(?:^|\s)(?:sharedaddy|sd-\S+|jp-relatedposts|\S*related\S*|yarpp\S*|addtoany\S*|a2a_\S+|kk-star-ratings\S*|kksr-\S+|"
    r"post-views\S*|wp-polls\S*|ez-toc\S*|lwptoc\S*|toc_container|toc-wrapper|wp-block-table-of-contents|"
    r"wp-block-rank-math-toc-block|wp-block-yoast-seo-table-of-contents|simpletoc\S*|elementor-toc\S*|"
    r"elementor-widget-table-of-contents|wp-block-query|wp-block-latest-\S+|wp-block-rss|wp-block-archives\S*|"
    r"wp-block-categories\S*|wp-block-search\S*|wp-block-social-links|wp-block-post-(?:terms|date|author\S*|navigation-link|"
    r"comments\S*|template|title|excerpt)|wp-block-comments|wp-block-tag-cloud|wp-block-page-list|wp-embedded-content|"
    r"wp-block-file__button|page-links|post-nav-links|post-page-numbers|post-pagination|link-pages|pgntn-\S+|entry-meta|entry-footer|"
    r"post-tags|tags-links|author-box\S*|saboxplugin-wrap|pp-multiple-authors\S*|molongui-\S+|abh_box\S*|"
    r"wp-block-post-author|comments-area|comment-respond|post-navigation|nav-links|stream-item\S*|td-a-rec\S*|"
    r"code-block|code-block-\d+|adsbygoogle|ai_widget|heateor_\S+|swp_social_panel\S*|ssba\S*|essb_\S+|mashsb-\S+|"
    r"fb-(?:like|share-button|comments)\S*|zalo-share-button|rmp-\S+|post-ratings\S*|yasr-\S+|gdrts-\S+|wpulike\S*|wp_rp\S*|"
    r"rpwe-\S+|mc4wp-form\S*|wpcf7\S*|pum-\S+|printfriendly|pf-button\S*|blog-share|share-(?:buttons|icons|post)\S*|"
    r"social-(?:icons|share)\S*|elementor-(?:share-buttons\S*|widget-(?:share-buttons|posts|post-info|author-box|"
    r"post-navigation|post-comments))|screen-reader-text|robots-nocontent|gspeech\S*|responsivevoice\S*|tptn_counter\S*|"
    r"badge|post-date|simplefavorite-button|wpp-list|mh-related\S*|jnews_\S*(?:related|share|ads|inline)\S*|jeg_ad\S*)(?:\s|$)",
    re.IGNORECASE,
)
_NAMED: Final = select(
    "descendant-or-self::*[contains(concat(' ',@class,' '),' fn ') or contains(concat(' ',@rel,' '),' author ') or "
    "contains(concat(' ',@class,' '),' author-name ')]"
)
_PROTECTED: Final = select("descendant::form[contains(@class,'post-password-form')]")
_VIEWS_IN_TEXT: Final = select("descendant::*[contains(@class,'post-views') or contains(@class,'tptn_counter')]")
_PAGE_TITLE: Final = select("/html/head/title")
_POSTS: Final = select("//body//*[contains(@class,'hentry') or contains(@class,'type-post')]")
_NEIGHBOURS: Final = select("//a[(@rel='prev' or @rel='next') and @href]")

_BARE_NUMBER: Final = re.compile(r"\D{0,3}(\d{1,3}(?:[.,]?\d{3}){0,3})\W{0,3}")
_NO_SECTION: Final = re.compile(
    r"uncategori[sz]ed|(?:chưa|không)(?: được)? phân loại|trang (?:chủ|nhất)|home|blog|chưa có danh mục", re.IGNORECASE
)
_CUT: Final = ("…", "...", "[…]", "[...]", "[…", "»", "&hellip;")
_TAG_URL: Final = re.compile(r"/(?:tag|tu-khoa|the)/|[?&]tag=")
_CATEGORY_URL: Final = re.compile(r"/(?:category|chuyen-muc|danh-muc)/|[?&]cat=")
_AUTHOR_WORDS_MAX: Final = 8
_SECTION_WORDS_MAX: Final = 12
_TITLE_LEVELS: Final = 3
_TERM_LEVELS: Final = 4
_INSIDE_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class _Post:
    """The located parts of a single post.

    Attributes:
        layout: name of the layout, by the kind of theme.
        body: contains the text.
        box: contains the whole post, without the site's header and sidebars; may be the page.
        marked: elements by part.
    """

    layout: str
    title: str
    body: HtmlElement
    box: HtmlElement
    marked: dict[str, list[HtmlElement]]


# Cached for one page: each layout's test and the parts need it.
@lru_cache(1)
def _post(page: Page) -> _Post | None:
    root = next(descendants(page.tree, "body"), None)
    if root is None or not _is_single(page):
        return None
    marked = marks.collect(root, _PARTS, in_post=True)
    heading = _heading(page, marked)
    body = _body(marked, heading)
    if body is None:
        return None
    title = text_of(heading) if heading is not None else _title_inside(page, body)
    if not title:
        return None
    box = next((outer for outer in ancestors(body) if _is_box(outer)), root)
    near = {box, *islice(ancestors(heading), _TITLE_LEVELS)} if heading is not None else {box}
    own = {
        part: [each for each in elements if part == "crumbs" or not near.isdisjoint(ancestors(each))]
        for part, elements in marked.items()
    }
    return _Post(_layout(body), title, body, box, own)


def _is_single(page: Page) -> bool:
    kind = page_type(page)
    if kind is not PageType.UNKNOWN:
        return kind is PageType.ARTICLE
    return len(list(islice(_POSTS(page.tree), 2))) == 1


def _is_box(element: HtmlElement) -> bool:
    return element.tag in ("article", "main") or (element.get("id") or "").startswith("post-") or marks.is_post(element)


def _heading(page: Page, marked: dict[str, list[HtmlElement]]) -> HtmlElement | None:
    """Return the title's element: a marked heading, else an `h1` that agrees with the page's title."""
    declared = _declared_titles(page)
    titles = [each for each in marked["title"] if text_of(each)]
    inner = {outer for each in titles for outer in ancestors(each)}
    titles = [each for each in titles if each not in inner]
    agreeing = [each for each in titles if _agrees(text_of(each), declared)]
    tops = [each for each in titles if each.tag == "h1" or next(descendants(each, "h1"), None) is not None]
    if chosen := [each for each in agreeing if each in tops] or tops or agreeing:
        return chosen[0]
    return next((each for each in marked["h1"] if _agrees(text_of(each), declared)), None)


def _declared_titles(page: Page) -> list[str]:
    titles = (*read_metadata(page).titles, first_text(_PAGE_TITLE(page.tree)) or "")
    return [normal_form(title).casefold() for title in titles if title]


def _agrees(text: str, declared: Iterable[str]) -> bool:
    """Tell whether a declared title is the text or begins with it; the site's name stands at its end."""
    key = normal_form(text).casefold()
    return count_words(text) > 1 and any(title.startswith(key) or key.startswith(title) for title in declared)


def _title_inside(page: Page, body: HtmlElement) -> str | None:
    """Return the `h1` in the text that agrees with the page's title: page builders put it there."""
    declared = _declared_titles(page)
    return next((text for h1 in descendants(body, "h1") if _agrees(text := text_of(h1), declared)), None)


def _body(marked: dict[str, list[HtmlElement]], heading: HtmlElement | None) -> HtmlElement | None:
    """Return the first text element with content; if a theme marks the whole post, the innermost one."""
    above = set(ancestors(heading)) if heading is not None else set()
    bodies = [each for each in marked["body"] if each not in above]
    wide = [each for each in marked["wide"] if each not in above]
    inner = {outer for each in wide for outer in ancestors(each)}
    candidates = [*bodies, *(each for each in wide if each not in inner)]
    return next((each for each in candidates if _has_content(each)), next(iter(bodies), None))


def _has_content(element: HtmlElement) -> bool:
    return bool(text_of(element)) or next(descendants(element, "img", "a", "iframe", "object"), None) is not None


def _layout(body: HtmlElement) -> str:
    classes = body.get("class") or ""
    if "wp-block-post-content" in classes:
        return "block-theme"
    if "elementor-widget" in classes:
        return "elementor"
    return "tagdiv" if "td-post-content" in classes or "tdb_single_content" in classes else "classic"


def shows_article(page: Page) -> bool:
    """Tell whether the page is a single post with a marked title and text."""
    return _post(page) is not None


def attachments(page: Page) -> tuple[str, ...]:
    """Return the attachments that the post links to."""
    post = _post(page)
    return linked_attachments([_file_box(post)], base_of(page)) if post else ()


def neighbours(page: Page) -> list[HtmlElement]:
    """Return the links to the posts before and after this one; on a list these lead to its other pages."""
    return _NEIGHBOURS(page.tree) if shows_article(page) else []


def _file_box(post: _Post) -> HtmlElement:
    """Return the element with the post's attachments: the post's own, or the text if it has none."""
    return post.box if post.box.tag not in ("body", "main") else post.body


def _article_parts(page: Page) -> ArticleParts:
    post = _post(page)
    if post is None:
        raise ValueError(f"{page.url}: the page contains no post")
    marked = post.marked
    is_protected = bool(_PROTECTED(post.body))
    published = tuple(dates(page, post.marked, is_modified=False))
    parts = assemble(
        page,
        Marked(
            title=post.title,
            bodies=() if is_protected else [post.body],
            lead=_lead(marked["lead"], post),
            dates=(*published, *read_metadata(page).published),
            pictures=_outermost(marked["picture"], post.body),
            section=_section(page, post),
            tags=_tags(page, post),
            updated=updated(page, post.marked, published[0].moment if published else None),
            view_count=_views(post),
            is_template=_is_template,
            files=() if is_protected else [_file_box(post)],
        ),
    )
    author = _author(page, marked)
    # A line at the end that is no personal name may be a credit of a picture, or an office that signs a notice.
    is_signed = parts.byline is not None and (author is None or is_name(parts.byline))
    return parts if is_signed else replace(parts, byline=author)


def _is_template(element: HtmlElement) -> bool:
    classes = element.get("class")
    return bool(classes) and _NOT_TEXT.search(classes) is not None


def _lead(elements: Sequence[HtmlElement], post: _Post) -> str | None:
    """Return the excerpt above the text, unless it was cut from the text."""
    opening = normal_form(text_of(post.body)[:2_000]).casefold()
    for element in elements:
        text = text_of(element)
        key = normal_form(text).casefold().rstrip(" .…[]»")
        if text and not text.endswith(_CUT) and not opening.startswith(key) and text != post.title:
            return text
    return None


def _author(page: Page, marked: dict[str, list[HtmlElement]]) -> str | None:
    """Return the author's name; None for accounts and for the site itself."""
    declared = read_metadata(page)
    site = normal_form(declared.site_name or "").casefold()
    page_title = normal_form(first_text(_PAGE_TITLE(page.tree)) or "").casefold()
    for element in marked["author"]:
        inside = _NAMED(element)
        text = text_of(inside[-1] if inside else element)
        name = byline_from(text) if count_words(text) <= _AUTHOR_WORDS_MAX else None
        key = normal_form(name or "").casefold()
        if name and not re.search(r"\d", name) and key != site and not page_title.endswith(key):
            return name
    return None


def _terms(post: _Post) -> Iterator[tuple[HtmlElement, str]]:
    """Yield each link to a category or a tag, with `category` or `tag`."""
    for link in dict.fromkeys(
        (*post.marked["rel"], *_links_in(post.marked["section"]), *_links_in(post.marked["tags"]))
    ):
        rel, href = (link.get("rel") or "").split(), link.get("href") or ""
        around = [link, *islice(ancestors(link), _TERM_LEVELS)]
        if "category" in rel or any(has_class(each, marks.SECTIONS) for each in around):
            yield link, "tag" if _TAG_URL.search(href) else "category"
        elif any(has_class(each, marks.TAGS) for each in around) or "tag" in rel:
            yield link, "category" if _CATEGORY_URL.search(href) else "tag"


def _links_in(elements: Sequence[HtmlElement]) -> list[HtmlElement]:
    return [link for element in elements for link in islice(descendants(element, "a"), _INSIDE_MAX)]


def _section(page: Page, post: _Post) -> str | None:
    """Return the last breadcrumb above the article, else the first category, else the declared section."""
    title = normal_form(post.title).casefold()
    for crumbs in post.marked["crumbs"]:
        steps = [text_of(link).strip(" ›»/>|:") for link in _links_in([crumbs])]
        known = [step for step in steps if _is_section(step) and normal_form(step).casefold() != title]
        if known:
            return known[-1]
    names = (text_of(link).strip(" ,") for link, kind in _terms(post) if kind == "category")
    declared = read_metadata(page).section
    return next((name for name in (*names, declared or "") if _is_section(name)), None)


def _is_section(name: str) -> bool:
    return 0 < count_words(name) <= _SECTION_WORDS_MAX and not _NO_SECTION.fullmatch(name)


def _tags(page: Page, post: _Post) -> tuple[str, ...]:
    names = (text_of(link).strip(" #,") for link, kind in _terms(post) if kind == "tag")
    return tuple(dict.fromkeys(name for name in names if name)) or read_metadata(page).tags


def _views(post: _Post) -> int | None:
    for element in post.marked["views"] or islice(_VIEWS_IN_TEXT(post.body), _INSIDE_MAX):
        text = text_of(element)
        if (seen := view_count(text)) is not None:
            return seen
        if bare := _BARE_NUMBER.fullmatch(text):
            return int(re.sub(r"\D", "", bare[1]))
    return None


def _outermost(pictures: Sequence[HtmlElement], body: HtmlElement) -> list[HtmlElement]:
    """Return the outermost of the picture boxes that are outside the text and do not contain it."""
    around = set(ancestors(body))
    every = set(pictures) - around
    return [each for each in pictures if each in every and (every | {body}).isdisjoint(ancestors(each))]


def _template(name: str) -> Template:
    return Template(name, None, partial(_fits, name=name), _article_parts)


def _fits(page: Page, *, name: str) -> bool:
    post = _post(page)
    return post is not None and post.layout == name


TEMPLATES: Final = tuple(map(_template, ("block-theme", "elementor", "tagdiv", "classic")))
