"""Extracts an article or list rows from the bytes of a capture, by pure, versioned functions.

Belongs here: choosing the template, and building the article from the parts that it extracts. Does not belong here:
markup (`spiders.platforms`), reading WARC files, writing Parquet.

The pipeline uses this module for captures, and `hanoi-corpus extract` for saved pages, so both give the same results.
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
from spiders.platforms.parts.metadata import read_metadata
from spiders.portal import Portal
from warehouse.records import Article, Capture, ListRow
from warehouse.text.identity import CONTENT_HASH_WORDS_MIN, article_id
from warehouse.text.language import language_of
from warehouse.text.normal import count_words

_LANGUAGE_SAMPLE_CHARACTERS: Final = 600

QUALITY_FLAGS: Final[dict[str, str]] = {
    "attachment_only": "the body has fewer than 30 words and files are attached: its text is in them",
    "caption_guessed": "a caption was recognized by its words alone; its picture is unknown",
    "caption_in_table": "a caption was in a table cell under its picture",
    "caption_repeated": "a caption was on the page more than once",
    "converted_tcvn3": "the text was in TCVN3 (ABC fonts) and was converted; toned capitals may have become small",
    "converted_utf8_twice": "the text was UTF-8 that was decoded twice, and was repaired",
    "converted_viscii": "the text was in VISCII and was converted",
    "converted_vni": "the text was in VNI and was converted",
    "fallback": "no template of the portal's platform fits the page; the generic extractor was used",
    "guessed_charset": "the bytes look like UTF-16, or no charset was declared and they are not UTF-8: read as UTF-16 "
    "or as Windows-1258",
    "language_en": "the text is English",
    "mojibake": "the text, or a part of it, is in a wrong encoding that could not be detected; it is kept as received",
    "no_date": "no publication date was found",
    "no_title": "no title was found",
    "outdated_template": "the portal's definition says that this layout was no longer in use at the capture",
    "related_inside": "a link to another article was inside the text and was removed",
    "short_body": "the body has fewer than 30 words, and no file is attached",
    "source_glued": "the credited source was glued to the last paragraph",
    "stray_bytes": "a few bytes belong to no character of the page's charset",
    "too_deep": "elements were nested more than 400 deep; deeper content is missing",
    "truncated": "the page ends before the end of its body; text may be missing",
    "updated_after_capture": "the page states a time of change later than its capture; that time was dropped",
    "wrong_charset": "the declared charset is not that of the bytes",
    **dating.FLAGS,
}


UNREAD_REASONS: Final[dict[str, str]] = {
    "binary": "the response is a file of another type, such as an image or an archive",
    "challenge": "the response is a challenge that only a script in a browser can pass",
    "empty": "the response is empty or only white space",
    "feed": "the response is a feed or a sitemap",
    "list_in_its_place": "the page is a list, which some portals return in place of a deleted article",
    "no_article": "the page is neither an article nor a list that the portal's platform or `generic` knows",
    "no_element": "nothing in the response could be parsed",
    "other_media_type": "the response's Content-Type is not that of a page",
    "pdf": "the response is a PDF file, whatever its URL or header says",
    "plain_text": "the response contains no HTML tag",
    "revisit_unresolved": "the page is unchanged, and the capture that it refers to is missing or damaged",
    "too_large": "the response has more bytes than any page for readers",
    "too_many_attributes": "an element has more attributes than any in a page for readers",
    "too_many_elements": "the page has more elements than any page for readers",
    "too_nested": "the page's elements are nested deeper than in any page for readers",
    "undecodable": "the bytes do not match their content encoding, or it is not supported",
}


@dataclass(frozen=True, slots=True)
class PageReading:
    """The content of one page.

    Attributes:
        extractor: name of the platform whose functions read the page.
        template: name of the layout that fits; empty for pages other than articles.
        key: the platform's own article id, from the URL or else the page; None if neither has one.
        parts: of an article; None for other pages.
        rows: of a list; empty for other pages.
        flags: quality flags of the page and of its extraction.
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
    """Read a page with the portal's own layouts, its platform or, as the fallback for articles, `generic`.

    The arguments are those of `parse_page`, plus the portal's definition.

    Raises:
        NotAPage: the bytes are not an HTML page.
    """
    page = replace(parse_page(body, url, content_type, captured_at), portal_from=portal.active_from)
    platform = PLATFORMS[portal.platform]
    reading = _read_article(page, platform, (*portal_templates(portal), *platform.TEMPLATES))
    if reading:
        return reading
    generic = PLATFORMS[GENERIC]
    if platform is generic and generic.is_article_url(url, portal) and (expected := _read_expected_article(page)):
        return expected
    if platform.is_list(page):
        return PageReading(PageKind.LIST, platform.NAME, rows=platform.list_rows(page), flags=page.flags)
    # Home pages and static pages have text too, so the fallback reads only pages whose URL or metadata say "article".
    is_expected = platform is not generic and (platform.is_article_url(url, portal) or read_metadata(page).is_article)
    fallback = _read_article(page, generic, generic.TEMPLATES, "fallback") if is_expected else None
    return fallback or PageReading(PageKind.NEITHER, platform.NAME, flags=page.flags)


def _read_article(page: Page, platform: Platform, templates: tuple[Template, ...], *flags: str) -> PageReading | None:
    """Read the article with the newest template that fits; None if none does.

    Templates that were outdated at the capture are tried last: their recorded last day may be wrong.
    """
    outdated = [template for template in templates if not template.is_valid(page.captured_at)]
    for template in (*(each for each in templates if each not in outdated), *outdated):
        if template.fits(page) and _has_content(parts := template.article_parts(page)):
            outdated_flags = ("outdated_template",) if template in outdated else ()
            return _article_reading(page, platform, template, parts, *flags, *outdated_flags)
    return None


def _read_expected_article(page: Page) -> PageReading | None:
    """Read a page as an article because of its URL; None if it is a list, or lacks a title or enough text."""
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


def _has_content(parts: ArticleParts) -> bool:
    """Return whether the page has content, unlike a page whose text is loaded by script."""
    return bool(parts.body or parts.lead or (parts.title and (parts.attachments or parts.published_at)))


def _is_full(parts: ArticleParts) -> bool:
    words = sum(count_words(paragraph) for paragraph in parts.body)
    return parts.title is not None and (words >= CONTENT_HASH_WORDS_MIN or bool(parts.attachments))


def extract_article(capture: Capture, body: bytes, portal: Portal) -> Article | None:
    """Return the capture's article; None if it has none or its status is not 200.

    The arguments are those of `article_or_reason`.
    """
    if capture.status != 200:
        return None
    found = article_or_reason(capture, body, portal)
    return found if isinstance(found, Article) else None


def extract_page(
    body: bytes, url: str, portal: Portal, captured_at: datetime, content_type: str | None = None
) -> Article | None:
    """Return the article of a page that is not in the archive; None if it has none.

    The ids of its capture and crawl, and its WARC file, are `unarchived`. The arguments are those of `read_page`.
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
    """Return the capture's article, or the reason why it has none: a key of `UNREAD_REASONS`.

    Args:
        capture: a capture with status 200; its content may be of any kind.
        body: after content decoding; for a revisit, the body of the response that it refers to.
        portal: definition of the capture's portal.
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
    # The key of the capture's URL, not of the requested URL: if URLs are keys, a moved article has that of its new URL.
    key = PLATFORMS[portal.platform].article_key(capture.url) or reading.key or url
    updated_at, update_flags = _plausible(parts.updated_at, capture.captured_at)
    word_count = sum(count_words(paragraph) for paragraph in parts.body)
    language = language_of(
        " ".join((parts.title or "", parts.lead or "", *parts.body[:5]))[:_LANGUAGE_SAMPLE_CHARACTERS]
    )
    flags = {*reading.flags, *update_flags, *_flags_of_missing_parts(parts, word_count)}
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
    """Return the modification time and no flags; None and a flag if the time is after the capture."""
    if at and at > captured_at:
        return None, ("updated_after_capture",)
    return at, ()


def _flags_of_missing_parts(parts: ArticleParts, word_count: int) -> Iterable[str]:
    if parts.title is None:
        yield "no_title"
    if parts.published_at is None and not any(flag.startswith("published_") for flag in parts.flags):
        yield "no_date"
    if word_count < CONTENT_HASH_WORDS_MIN:
        yield "attachment_only" if parts.attachments else "short_body"
