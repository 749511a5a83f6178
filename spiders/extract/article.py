"""From the bytes of a capture to an `Article`, or to the rows of a list: a pure, versioned function.

Here: which platform speaks, what is made of the parts it finds, and the version of all that. Not here: markup
(`spiders.platforms`), reading WARC files, writing Parquet.

Called by the pipeline for every capture and by `hanoi-corpus extract` for saved pages, so that both agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from spiders.extract.version import EXTRACTOR_VERSION
from spiders.pages.challenge import is_challenge
from spiders.pages.html import NotAPage, parse_page
from spiders.pages.page import ArticleParts, Page, PageKind, Platform, Template
from spiders.platform_registry import GENERIC
from spiders.platforms import PLATFORMS
from spiders.platforms.parts import dating
from spiders.platforms.parts.declared import portal_templates
from spiders.platforms.parts.metadata import declares_article
from spiders.portal import Portal
from warehouse.records import Article, Capture, ListRow
from warehouse.text.identity import CONTENT_HASH_WORDS_MIN, article_id
from warehouse.text.language import language_of
from warehouse.text.normal import count_words

_LANGUAGE_SAMPLE_CHARACTERS: Final = 600

QUALITY_FLAGS: Final[dict[str, str]] = {
    "attachment_only": "the body has fewer than 30 words and files are attached: its text stands in them",
    "caption_guessed": "a caption was known by its words alone; its picture is lost",
    "caption_in_table": "a caption stood in a table cell under its picture",
    "caption_repeated": "a caption stood on the page more than once",
    "converted_tcvn3": "the text was in TCVN3 (ABC fonts) and was converted; toned capitals may have become small",
    "converted_utf8_twice": "the text was UTF-8 decoded once too often and was brought back",
    "converted_viscii": "the text was in VISCII and was converted",
    "converted_vni": "the text was in VNI and was converted",
    "fallback": "the portal's own template did not recognise the page; the generic extractor read it",
    "guessed_charset": "no charset was declared and the bytes are no UTF-8: read as Windows-1258, or as UTF-16 where "
    "the bytes show it",
    "language_en": "the text is English",
    "mojibake": "the text, or a part of it, is in a wrong encoding that could not be told; it stands as it came",
    "no_date": "no publication date was found",
    "no_title": "no title was found",
    "outdated_template": "the page is in a layout that the portal or platform was said to have given up before",
    "related_inside": "a link to another article stood amid the text and was left out",
    "short_body": "the body has fewer than 30 words, and no file is attached",
    "source_glued": "the credited source was glued to the last paragraph",
    "stray_bytes": "a few bytes belong to no character of the page's charset",
    "too_deep": "elements were nested more than 400 deep; what stood deeper is missing",
    "truncated": "the page breaks off before the end of its body; text may be missing",
    "updated_after_capture": "the page states a date of change later than its capture; it was dropped",
    "wrong_charset": "the declared charset is not that of the bytes",
    **dating.FLAGS,
}


UNREAD_REASONS: Final[dict[str, str]] = {
    "binary": "the answer is a file of another kind, such as a picture or an archive",
    "challenge": "the answer is a challenge, which a script in a browser would have to pass",
    "empty": "the answer holds nothing, or white space",
    "feed": "the answer is a feed or a sitemap",
    "list_in_its_place": "the page lists articles, as some portals answer where an article is gone",
    "no_article": "the page is neither an article nor a list that the portal's platform or `generic` knows",
    "no_element": "nothing in the answer could be parsed",
    "other_media_type": "the answer's header calls it something other than a page",
    "pdf": "the answer is a PDF file, whatever its address or header says",
    "plain_text": "the answer holds no HTML tag",
    "revisit_unresolved": "the page is as it was, and the capture that shows it is gone from the archive or damaged",
    "too_large": "the answer has more bytes than any page for readers",
    "too_many_attributes": "an element has more attributes than those of any page for readers",
    "too_many_elements": "the page has more elements than any page for readers",
    "too_nested": "the page's elements are nested as those of no page for readers",
    "undecodable": "the bytes do not fit their content encoding, or have one that is not understood",
}


@dataclass(frozen=True, slots=True)
class PageReading:
    """What one page says.

    Attributes:
        extractor: who read the page: a platform's name.
        template: which of its layouts fits; empty for anything but an article.
        key: the platform's own id of the article, as address or template give it.
        parts: of an article; None for anything else.
        rows: of a list; empty for anything else.
        flags: quality flags of the page and its reading.
    """

    kind: PageKind
    extractor: str
    template: str = ""
    key: str | None = None
    parts: ArticleParts | None = None
    rows: tuple[ListRow, ...] = ()
    flags: tuple[str, ...] = ()


def read_page(
    body: bytes, url: str, portal: Portal, content_type: str | None = None, captured_at: datetime | None = None
) -> PageReading:
    """Read a page by the portal's platform, or as an article by `generic` where the platform does not recognise it.

    Args:
        body: after content decoding.
        url: the address it came from.
        portal: whose own layouts and whose platform are asked first.
        content_type: the `Content-Type` header, or None.
        captured_at: when it was fetched; None for a saved page of an unknown day.

    Raises:
        NotAPage: the bytes are no HTML page.
    """
    page = replace(parse_page(body, url, content_type, captured_at), portal_from=portal.active_from)
    platform = PLATFORMS[portal.platform]
    reading = _read_article(page, platform, (*portal_templates(portal), *platform.TEMPLATES))
    if reading:
        return reading
    generic = PLATFORMS[GENERIC]
    if platform is generic and generic.is_article_url(url, portal) and (promised := _read_promised(page)):
        return promised
    if platform.is_list(page):
        return PageReading(PageKind.LIST, platform.NAME, rows=platform.list_rows(page), flags=page.flags)
    # Home pages and offices' own pages have texts too: only a page that should be an article, by its address or by what
    # it says of itself, is read by another system's signs than those of the portal's own.
    is_expected = platform is not generic and (platform.is_article_url(url, portal) or declares_article(page))
    fallback = _read_article(page, generic, generic.TEMPLATES, "fallback") if is_expected else None
    return fallback or PageReading(PageKind.NEITHER, platform.NAME, flags=page.flags)


def _read_article(page: Page, platform: Platform, templates: tuple[Template, ...], *flags: str) -> PageReading | None:
    """Return what the newest template that fits reads; None where none does.

    Those that should no longer be in use are asked last: the day written down for the change may be wrong.
    """
    outdated = [template for template in templates if not template.is_valid(page.captured_at)]
    for template in (*(each for each in templates if each not in outdated), *outdated):
        if template.fits(page) and _says_something(parts := template.article_parts(page)):
            late = ("outdated_template",) if template in outdated else ()
            return _article_reading(page, platform, template, parts, *flags, *late)
    return None


def _read_promised(page: Page) -> PageReading | None:
    """Read a page that declares nothing, where the portal's own patterns call its address an article's."""
    generic = PLATFORMS[GENERIC]
    template = generic.TEMPLATES[0]
    if generic.is_list(page) or not _is_full(parts := template.article_parts(page)):
        return None
    return _article_reading(page, generic, template, parts)


def _article_reading(
    page: Page, platform: Platform, template: Template, parts: ArticleParts, *flags: str
) -> PageReading:
    key = platform.article_key(page.url) or platform.page_key(page)
    flags = (*page.flags, *parts.flags, *flags)
    return PageReading(PageKind.ARTICLE, platform.NAME, template.name, key, parts, flags=flags)


def _says_something(parts: ArticleParts) -> bool:
    """Tell an article from an empty frame, such as a page whose text a script would have to fetch."""
    return bool(parts.body or parts.lead or (parts.title and (parts.attachments or parts.published_at)))


def _is_full(parts: ArticleParts) -> bool:
    words = sum(count_words(paragraph) for paragraph in parts.body)
    return parts.title is not None and (words >= CONTENT_HASH_WORDS_MIN or bool(parts.attachments))


def extract_article(capture: Capture, body: bytes, portal: Portal) -> Article | None:
    """Return the article that the capture shows; None where it shows none.

    None are errors, lists (also one that answers where an article is gone), challenge pages, files and empty bodies.

    Args:
        capture: of an answer with any status and content.
        body: after content decoding; of a revisit, the body that it refers to.
        portal: the one that the capture belongs to.
    """
    if capture.status != 200:
        return None
    found = article_or_reason(capture, body, portal)
    return found if isinstance(found, Article) else None


def extract_page(
    body: bytes, url: str, portal: Portal, captured_at: datetime, content_type: str | None = None
) -> Article | None:
    """Return the article of a page that stands in no archive, as `extract_article` would read it from one.

    It says `unarchived` where others name their capture, crawl and WARC file. The arguments are those of `read_page`.
    """
    capture = Capture(
        capture_id="unarchived",
        crawl_id="unarchived",
        portal=portal.slug,
        url=url,
        captured_at=captured_at,
        status=200,
        content_type=content_type,
        payload_digest="",
        is_revisit=False,
        bytes=len(body),
        article_key=None,
        warc_file="unarchived",
        warc_offset=0,
    )
    return extract_article(capture, body, portal)


def article_or_reason(capture: Capture, body: bytes, portal: Portal) -> Article | str:
    """Return the article that the capture shows, or why it shows none: a name listed in `UNREAD_REASONS`.

    Args:
        capture: of an answer with status 200 and any content.
        body: after content decoding; of a revisit, the body that it refers to.
        portal: the one that the capture belongs to.
    """
    try:
        reading = read_page(body, capture.url, portal, capture.content_type, capture.captured_at)
    except NotAPage as error:
        return error.reason
    if reading.parts is not None:
        return _article(capture, portal, reading, reading.parts)
    if is_challenge(body):
        return "challenge"
    return "list_in_its_place" if reading.kind is PageKind.LIST else "no_article"


def _article(capture: Capture, portal: Portal, reading: PageReading, parts: ArticleParts) -> Article:
    url = PLATFORMS[portal.platform].canonical_url(capture.url)
    # Not the key that the crawl asked for: where addresses identify, an article that moved is known by its new one.
    key = PLATFORMS[portal.platform].article_key(capture.url) or reading.key or url
    updated_at, update_flags = _plausible(parts.updated_at, capture.captured_at)
    word_count = sum(count_words(paragraph) for paragraph in parts.body)
    language = language_of(
        " ".join((parts.title or "", parts.lead or "", *parts.body[:5]))[:_LANGUAGE_SAMPLE_CHARACTERS]
    )
    flags = {*reading.flags, *update_flags, *_shortcomings(parts, word_count)}
    if language == "en":
        flags.add("language_en")
    return Article(
        article_id=article_id(portal.slug, key),
        capture_id=capture.capture_id,
        crawl_id=capture.crawl_id,
        portal=portal.slug,
        url=url,
        captured_at=capture.captured_at,
        title=parts.title,
        lead=parts.lead,
        body=parts.body,
        captions=parts.captions,
        byline=parts.byline,
        credited_source_name=parts.credited_source_name,
        credited_source_url=parts.credited_source_url,
        section=parts.section,
        tags=parts.tags,
        published_at=parts.published_at,
        published_precision=parts.published_precision,
        published_basis=parts.published_basis,
        updated_at=updated_at,
        view_count=parts.view_count,
        word_count=word_count,
        language=language,
        attachments=parts.attachments,
        image_urls=parts.image_urls,
        extractor=reading.extractor,
        template=reading.template,
        extractor_version=EXTRACTOR_VERSION,
        quality_flags=tuple(sorted(flags)),
        warc_file=capture.warc_file,
        warc_offset=capture.warc_offset,
    )


def _plausible(at: datetime | None, captured_at: datetime) -> tuple[datetime | None, tuple[str, ...]]:
    """Return the time of the last change unless it cannot be true, and the flag that says why not."""
    if at and at > captured_at:
        return None, ("updated_after_capture",)
    return at, ()


def _shortcomings(parts: ArticleParts, word_count: int) -> Iterable[str]:
    if parts.title is None:
        yield "no_title"
    if parts.published_at is None and not any(flag.startswith("published_") for flag in parts.flags):
        yield "no_date"
    if word_count < CONTENT_HASH_WORDS_MIN:
        yield "attachment_only" if parts.attachments else "short_body"
