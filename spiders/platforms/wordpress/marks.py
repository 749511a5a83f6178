"""The classes that WordPress, its themes and its plugins give to the parts of posts and lists.

Belongs here: class names, and the walk that collects the elements that have them. Does not belong here: what the
elements mean together (`spiders.platforms.wordpress.articles`, `spiders.platforms.wordpress.lists`).

The sources are the code of the themes Twenty Ten to Twenty Twenty-Five, and the markup that Flatsome, Newspaper
(tagDiv), GeneratePress, Astra, OceanWP, Jannah and Sahifa, ColorMag, MH Magazine, JNews, Blocksy, Genesis, Divi and
Elementor are known to write.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from spiders.platforms.parts.selectors import ancestors

TITLES: Final = frozenset((
    "entry-title", "post-title", "wp-block-post-title", "tdb-title-text", "jeg_post_title", "single-post-title",
    "page-header-title", "article-title", "post_title", "single-title", "elementor-heading-title", "page-title",
    "p-name", "post__title", "blog-title",
))  # fmt: skip
BODIES: Final = frozenset((
    "entry-content", "wp-block-post-content", "td-post-content", "tdb_single_content", "e-content",
    "elementor-widget-theme-post-content", "et_pb_post_content", "brxe-post-content", "fusion-content-tb",
))  # fmt: skip
# Some themes give these to a container of the whole post, so that they count only if none of the others is there.
WIDE_BODIES: Final = frozenset((
    "post-content", "single-content", "single-post-content", "article-content", "post-entry", "the-content",
    "content-inner", "entry-body", "post-body", "post_content", "entry", "post-inner",
))  # fmt: skip
LEADS: Final = frozenset((
    "entry-excerpt", "entry-summary", "wp-block-post-excerpt", "elementor-widget-theme-post-excerpt",
    "td-post-sub-title", "tdb-sub-title", "tdb_single_subtitle", "jeg_post_subtitle", "entry-sub-title",
    "post-excerpt", "single-excerpt", "p-summary", "post-sub-title", "sapo",
))  # fmt: skip
DATES: Final = frozenset((
    "entry-date", "published", "posted-on", "post-date", "post_date", "post-time", "date-published", "dt-published",
    "wp-block-post-date", "td-post-date", "jeg_meta_date", "elementor-post-info__item--type-date", "meta-date",
    "ct-meta-element-date", "mh-meta-date", "entry-meta-date", "entry-time", "post-published", "elementor-post-date",
    "wp-block-latest-posts__post-date", "date", "posted-date", "blog-date", "post-on",
))  # fmt: skip
AUTHORS: Final = frozenset((
    "author", "byline", "posted-by", "post-author", "meta-author", "entry-author", "entry-author-name", "author-name",
    "wp-block-post-author-name", "wp-block-post-author__name", "td-post-author-name", "tdb-author-name", "fn",
    "jeg_meta_author", "elementor-post-info__item--type-author", "p-author", "ct-meta-element-author",
    "mh-meta-author", "post-meta-author",
))  # fmt: skip
SECTIONS: Final = frozenset((
    "taxonomy-category", "cat-links", "entry-category", "entry-categories", "post-cat", "post-cat-wrap", "td-category",
    "tdb-category", "jeg_meta_category", "ct-meta-element-categories", "mh-meta-categories", "meta-category",
    "post-categories", "category-links", "above-entry-meta", "post-category",
))  # fmt: skip
TAGS: Final = frozenset((
    "taxonomy-post_tag", "tags-links", "td-tags", "tdb-tags", "post-tags", "entry-tags", "tag-links", "jeg_post_tags",
    "post-tags-modern", "tagcloud", "meta-tags",
))  # fmt: skip
CRUMBS: Final = frozenset((
    "breadcrumb", "breadcrumbs", "rank-math-breadcrumb", "yoast-breadcrumb", "aioseo-breadcrumbs", "breadcrumb-trail",
    "woocommerce-breadcrumb", "entry-crumbs", "jeg_breadcrumbs", "site-breadcrumbs", "ct-breadcrumbs",
    "td-crumb-container", "tdb-breadcrumbs", "breadcrumb_last",
))  # fmt: skip
PICTURES: Final = frozenset((
    "post-thumbnail", "wp-block-post-featured-image", "entry-image", "featured-image", "single-featured-image",
    "featured-media", "td-post-featured-image", "tdb-featured-image-bg", "jeg_featured", "entry-thumb",
    "elementor-widget-theme-post-featured-image", "entry-thumbnail", "single-post-thumb", "single-thumb", "post-thumb",
))  # fmt: skip
VIEWS: Final = frozenset((
    "post-views", "meta-views", "td-post-views", "tdb-views", "views", "entry-views", "post-view", "jeg_meta_views",
    "tptn_counter", "luot-xem", "post-views-count",
))  # fmt: skip
SUMMARIES: Final = frozenset((
    *LEADS, "wp-block-post-excerpt__excerpt", "elementor-post__excerpt", "td-excerpt", "jeg_post_excerpt",
    "from_the_blog_excerpt", "excerpt", "mh-excerpt", "entry-content", "post-content", "thumb-excerpt",
    "wp-block-latest-posts__post-excerpt", "blog-entry-summary",
))  # fmt: skip

# Elements beside a post: site header and footer, sidebars, comments, other posts.
_BESIDE: Final = re.compile(
    r"(?:^|\s)(?:comments?(?:-(?:area|list|respond|wrap\S*|body))?|wp-block-comments|wp-block-post-comments|"
    r"wp-block-latest-comments|jp-relatedposts|sidebar(?:-(?:primary|main|container|wrapper|inner|content|widget)\S*)?|"
    r"widget-area|td-ss-main-sidebar|site-header\S*|site-footer\S*|"
    r"footer-wrapper|td-footer-\S+|td-header-\S+|elementor-location-(?:header|footer|popup)|header-wrapper|"
    r"\S*related\S*|yarpp\S*|crp_related|breaking\S*|(?:news-)?ticker\S*|author-box\S*|authorbox|about-author|author-bio|"
    r"author-info|post-author-box|saboxplugin-wrap|abh_box\S*|td-author-box|molongui-author-box|elementor-author-box|"
    r"wp-block-post-author-biography|wp-block-navigation|main-navigation|menu|nav-menu|share-buttons\S*|sharedaddy|"
    r"widget_(?!colormag|block|text)\S+|screen-reader-text|off-canvas\S*|mobile-menu\S*|modal|popup\S*)(?:\s|$)",
    re.IGNORECASE,
)
# In a single post, these contain other posts.
_OTHER_POSTS: Final = re.compile(
    r"(?:^|\s)(?:wp-block-query|wp-block-post-template|wp-block-latest-posts|elementor-posts\S*|elementor-widget-posts|"
    r"post-navigation|navigation-post|nav-links|td_block_wrap td_flex_block\S*|td-post-next-prev|jnews_\S*next\S*|"
    r"elementor-post-navigation|elementor-widget-post-navigation|mh-post-nav\S*|post-slider\S*|featured-slider\S*|"
    r"more-posts\S*|read-next\S*|also-like\S*|you-may\S*|recent-posts?\S*|popular-posts?\S*)(?:\s|$)",
    re.IGNORECASE,
)
_BESIDE_IDS: Final = frozenset((
    "comments", "respond", "secondary", "sidebar", "masthead", "colophon", "theme-header", "site-header",
    "main-nav", "top-nav", "related-posts", "add-comment-block", "jp-relatedposts", "wpadminbar", "breaking-news",
))  # fmt: skip
# A post's own classes repeat the slugs of its categories and tags, which may be any words.
_POST: Final = re.compile(r"(?:^|\s)(?:hentry|h-entry|type-\S+|status-publish|post-\d+)(?:\s|$)")
_POST_PARTS: Final = re.compile(r"(?:entry|post|page|article|single)[-_]?(?:header|footer|meta|title)|wp-block-group")
# tagDiv gives the date of publication the classes `entry-date updated`.
PUBLISHED: Final = re.compile(r"(?:^|\s)(?:\S*published|entry-date|td-module-date)(?:\s|$)")
_MODIFIED: Final = re.compile(
    r"(?:^|\s)(?:wp-block-post-date__modified-date|modified\S*|\S*-modified\S*|last-updated\S*|updated)(?:\s|$)"
)
_SKIPPED_TAGS: Final = frozenset(
    ("script", "style", "noscript", "template", "aside", "form", "svg", "iframe", "select")
)
_HIDDEN: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_BEFORE_BODY: Final = frozenset(("picture", "lead"))
_KEPT_MAX: Final = 60
"""Elements kept of each part; a single post has a few, and a hostile page may have thousands."""


def is_post(element: HtmlElement) -> bool:
    """Tell whether the element is the container of one post, by the classes that WordPress gives it."""
    return bool(_POST.search(element.get("class") or ""))


def is_modified(element: HtmlElement) -> bool:
    """Tell whether a date, or the element around it, is marked as the last change."""
    if PUBLISHED.search(element.get("class") or "") or element.get("itemprop") == "datePublished":
        return False
    around = (element, *islice(ancestors(element), 1))
    return any(_MODIFIED.search(each.get("class") or "") for each in around)


def is_beside(element: HtmlElement, classes: str, *, in_post: bool) -> bool:
    """Tell whether the subtree is beside the post or list: header, sidebar, comments, other posts.

    Args:
        element: any element of the page.
        classes: its class attribute.
        in_post: whether the page is a single post, on which lists of posts are beside it too.
    """
    tag = element.tag
    if not isinstance(tag, str) or tag in _SKIPPED_TAGS or element.get("id") in _BESIDE_IDS:
        return True
    is_own = not classes or _POST.search(classes)
    if not is_own and (_BESIDE.search(classes) or (in_post and _OTHER_POSTS.search(classes))):
        return True
    if tag == "nav":
        return CRUMBS.isdisjoint(classes.split()) and "breadcrumb" not in (element.get("id") or "")
    if tag in ("header", "footer") and not _POST_PARTS.search(classes):
        return "wp-block-template-part" in classes or not _is_in_post(element)
    style = element.get("style")
    return bool(style and "n" in style and _HIDDEN.search(style))


def _is_in_post(element: HtmlElement) -> bool:
    return any(outer.tag in ("main", "article") for outer in ancestors(element))


def collect(root: HtmlElement, parts: dict[str, frozenset[str]], *, in_post: bool) -> dict[str, list[HtmlElement]]:
    """Return the elements by part, in document order, without those beside the post and inside its text.

    A link with `rel` and a `<time>` are collected as parts `rel` and `time`. The walk is linear in the page's size.

    Args:
        root: where the walk starts.
        parts: classes by part; the part `body` is not entered, and `picture` and `lead` stand before it.
        in_post: as in `is_beside`.
    """
    found: dict[str, list[HtmlElement]] = {part: [] for part in (*parts, "rel", "time", "h1")}
    part_of = {name: part for part, names in parts.items() for name in names}
    walk = etree.iterwalk(root, events=("start",))
    for _, element in walk:
        classes = element.get("class") or ""
        if element is not root and is_beside(element, classes, in_post=in_post):
            walk.skip_subtree()
            continue
        of = {part_of[name] for name in classes.split() if name in part_of} if classes else set()
        if element.tag in ("time", "h1"):
            of.add(element.tag)
        elif element.tag == "a" and element.get("rel"):
            of.add("rel")
        if element.get("itemprop") == "articleBody":
            of.add("body")
        if found.get("body"):
            of -= _BEFORE_BODY
        for part in of:
            if len(found[part]) < _KEPT_MAX:
                found[part].append(element)
        if "body" in of:
            walk.skip_subtree()
    return found
