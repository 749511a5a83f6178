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

from spiders.extract.addresses import canonical_key, canonical_url
from spiders.extract.version import EXTRACTOR_VERSION
from spiders.pages.challenge import is_challenge
from spiders.pages.html import NotAPage, parse_page
from spiders.pages.no_content import is_error_page, is_script_shell
from spiders.pages.page import ArticleParts, Page, PageKind, Platform, Template
from spiders.pages.syndication.dates import read_feed_date
from spiders.platform_registry import GENERIC
from spiders.platforms import PLATFORMS
from spiders.platforms.generic.container import prose_words
from spiders.platforms.generic.kinds.page_kind import page_kind
from spiders.platforms.keys import article_key, former_article_ids, page_key
from spiders.platforms.parts import dating
from spiders.platforms.parts.declared import portal_templates
from spiders.platforms.parts.links.onward import leads_on
from spiders.platforms.parts.metadata.reader import read_metadata
from spiders.portal import Portal
from warehouse.clock import WEB_FROM
from warehouse.records import Article, Capture, ListRow
from warehouse.text.identity import CONTENT_HASH_WORDS_MIN, article_id
from warehouse.text.language import language_of
from warehouse.text.normal import count_words

_LANGUAGE_SAMPLE_CHARACTERS: Final = 600
_ROWS_MIN: Final = 3
_PROSE_WORDS_MAX: Final = 150  # more without an article may be one that was not recognized

QUALITY_FLAGS: Final[dict[str, str]] = {
    "attachment_only": "the body has fewer than 30 words and files are attached: its text is in them",
    "caption_guessed": "a caption was recognized by its words alone; its picture is unknown",
    "caption_in_table": "a caption was in a table cell under its picture",
    "caption_repeated": "a caption was on the page more than once",
    "checksum_failed": "the checksum of the compressed page is missing or wrong; characters of the text may be wrong",
    "converted_eth": "Ð and ð, letters of Icelandic, stood for Đ and đ in Vietnamese words and were replaced",
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
    "pages_joined": "the portal shows the article on several pages; their texts were joined",
    "pages_missing": "the article goes on on a further page, which the same crawl did not capture: its end is missing",
    "photo_story": "the article consists of pictures; its captions are the body, and are in `captions` too",
    "related_inside": "a link to another article was inside the text and was removed",
    "short_body": "the body has fewer than 30 words, and no file is attached",
    "source_glued": "the credited source was glued to the last paragraph",
    "stray_bytes": "a few bytes belong to no character of the page's charset",
    "too_deep": "elements were nested more than 400 deep; deeper content is missing",
    "truncated": "the page, or the compressed stream that it came in, ends early; text may be missing",
    "updated_after_capture": "the page states a time of change later than its capture; that time was dropped",
    "updated_before_web": "the page states a time of change before 1990; that time was dropped",
    "wrong_charset": "the declared charset is not that of the bytes",
    **dating.FLAGS,
}


UNREAD_REASONS: Final[dict[str, str]] = {
    "binary": "the response is a file of another type, such as an image or an archive",
    "challenge": "the response is a challenge that only a script in a browser can pass",
    "drawn_by_scripts": "the response has no text; a script draws the page in the browser",
    "empty": "the response is empty or only white space",
    "error_page": "the page is an error message, a server's first page or a notice of maintenance, with status 200",
    "extractor_error": "the extractor failed on the page; `detail` names the exception; a bug of the extractor",
    "feed": "the response is a feed or a sitemap",
    "further_page": "the page is the second or a later one of an article; its text is in that article",
    "list_in_its_place": "the page is a list, which some portals return in place of a deleted article",
    "no_article": "the page is neither an article nor a list that the portal's platform or `generic` knows",
    "no_element": "nothing in the response could be parsed",
    "other_media_type": "the response's Content-Type is not that of a page",
    "pdf": "the response is a PDF file, whatever its URL or header says",
    "plain_text": "the response contains no HTML tag",
    "redirect_page": "the page shows nothing and leads on to another address, by a refresh or a script",
    "refused_prose": "no article was recognized, but the page has more than 150 words of prose under one headline",
    "revisit_unresolved": "the page is unchanged, and the capture that it refers to is missing or damaged",
    "search_results": "the page shows the results of a search",
    "several_texts": "the page shows several texts whole, each with its date: notices, posts of a blog or of a forum",
    "static_page": "the page is one that a site keeps beside its news: about, duties, contact, site map",
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
        reason: why the page is no article, a key of `UNREAD_REASONS`; empty for an article.
        flags: quality flags of the page and of its extraction.
        canonical_url: the absolute URL that an article's page declares by `rel=canonical`, or None.
    """

    kind: PageKind
    extractor: str
    template: str = ""
    key: str | None = None
    parts: ArticleParts | None = None
    rows: tuple[ListRow, ...] = ()
    flags: tuple[str, ...] = ()
    reason: str = ""
    canonical_url: str | None = None


def read_page(
    body: bytes,
    url: str,
    portal: Portal,
    content_type: str | None = None,
    captured_at: datetime | None = None,
    feed_date: str | None = None,
) -> PageReading:
    """Read a page with the portal's own layouts, its platform or, as the fallback for articles, `generic`.

    The arguments are those of `parse_page`, plus the portal's definition and `Capture.feed_date`.

    Raises:
        NotAPage: the bytes are not an HTML page.
    """
    return read_parsed(parse_page(body, url, content_type, captured_at).of(portal), portal, feed_date)


def read_parsed(page: Page, portal: Portal, feed_date: str | None = None) -> PageReading:
    """Read a page that is already parsed; see `read_page`."""
    platform = PLATFORMS[portal.platform]
    page = replace(page, feed_date=read_feed_date(feed_date, platform.FEED_PRECISION))
    reading = _read_article(page, platform, (*portal_templates(portal), *platform.TEMPLATES))
    if reading:
        return reading
    generic = PLATFORMS[GENERIC]
    is_expected = platform.is_article_url(page.url, portal)
    if platform is generic and is_expected and (expected := _read_expected_article(page)):
        return expected
    kind = page_kind(page) if platform is generic else None
    is_list = kind not in ("error_page", "search_results") and platform.is_list(page)
    rows = platform.list_rows(page) if is_list or kind == "list" else ()
    if is_list or rows:
        # A page with one or two rows is no evidence that an article was removed, nor is one with prose beside its rows.
        may_be_article = platform is generic and is_expected and kind != "list" and _has_prose(page)
        is_listing = is_list or len(rows) >= _ROWS_MIN
        reason = "refused_prose" if may_be_article else "list_in_its_place" if is_listing else "no_article"
        return PageReading(PageKind.LIST, platform.NAME, rows=rows, flags=page.flags, reason=reason)
    # Home pages and static pages have text too, so the fallback reads only pages that say "article": by their URL, by
    # their metadata, or by the article id that the platform prints.
    may_be_one = platform is not generic and (
        is_expected or read_metadata(page).is_article or platform.page_key(page) is not None
    )
    if may_be_one and (fallback := _read_article(page, generic, generic.TEMPLATES, "fallback")):
        return replace(fallback, key=_key(page, platform))
    reason = _reason(page, is_judged=platform is generic or may_be_one, is_expected=is_expected)
    return PageReading(PageKind.NEITHER, platform.NAME, flags=page.flags, reason=reason)


def _reason(page: Page, *, is_judged: bool, is_expected: bool) -> str:
    """Return why a page is neither an article nor a list.

    `is_judged` tells whether `generic` has decided on its kind.
    """
    if leads_on(page):
        return "redirect_page"
    if is_script_shell(page):
        return "drawn_by_scripts"
    kind = page_kind(page) if is_judged else "no_article"
    if kind == "error_page" or is_error_page(page):
        return "error_page"
    if kind in ("search_results", "several_texts", "static_page"):
        return kind
    return "refused_prose" if is_expected and _has_prose(page) else "no_article"


def _has_prose(page: Page) -> bool:
    return prose_words(page) > _PROSE_WORDS_MAX


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
    """Read a page as an article because of its URL.

    None if it is of another kind, or lacks a title or enough text.
    """
    generic = PLATFORMS[GENERIC]
    template = generic.TEMPLATES[0]
    if page_kind(page) != "no_article" or is_script_shell(page) or generic.is_list(page):
        return None
    if not _is_full(parts := template.article_parts(page)):
        return None
    return _article_reading(page, generic, template, parts)


def _article_reading(
    page: Page, platform: Platform, template: Template, parts: ArticleParts, *flags: str
) -> PageReading:
    flags = (*page.flags, *parts.flags, *flags)
    return PageReading(
        PageKind.ARTICLE,
        platform.NAME,
        template.name,
        _key(page, platform),
        parts,
        flags=flags,
        canonical_url=canonical_url(page),
    )


def _key(page: Page, platform: Platform) -> str | None:
    return platform.article_key(page.url) or platform.page_key(page)


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

    The arguments are those of `page_or_reason`.
    """
    found = page_or_reason(body, url, portal, captured_at, content_type)
    return found if isinstance(found, Article) else None


def page_or_reason(
    body: bytes, url: str, portal: Portal, captured_at: datetime, content_type: str | None = None
) -> Article | str:
    """Return the article of a page that is not in the archive, or the reason why it has none.

    The ids of its capture and crawl are `unarchived`. The arguments are those of `read_page`.
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
    return article_or_reason(capture, body, portal)


def article_or_reason(capture: Capture, body: bytes, portal: Portal, body_flags: tuple[str, ...] = ()) -> Article | str:
    """Return the capture's article, or the reason why it has none: a key of `UNREAD_REASONS`.

    Args:
        capture: a capture with status 200; its content may be of any kind.
        body: after content decoding; for a revisit, the body of the response that it refers to.
        portal: definition of the capture's portal.
        body_flags: quality flags of its decoding (see `warehouse.archive.warc.encoding.DecodedBody`).
    """
    try:
        reading = read_page(body, capture.url, portal, capture.content_type, capture.captured_at, capture.feed_date)
    except NotAPage as error:
        return error.reason
    if reading.parts is not None:
        return _article(capture, portal, replace(reading, flags=(*reading.flags, *body_flags)), reading.parts)
    return "challenge" if is_challenge(body) else reading.reason


def _article(capture: Capture, portal: Portal, reading: PageReading, parts: ArticleParts) -> Article:
    # The key of the capture's URL, not of the requested URL: if URLs are keys, a moved article has that of its new URL.
    key = reading.key or article_key(capture.url, portal)
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
        article_key=key,
        former_ids=former_article_ids(capture.url, key, portal),
        page_key=page_key(capture.url, portal),
        canonical_key=canonical_key(reading.canonical_url, portal),
        capture_id=capture.capture_id,
        crawl_id=capture.crawl_id,
        portal=portal.slug,
        url=PLATFORMS[portal.platform].canonical_url(capture.url),
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
    )


def _plausible(at: datetime | None, captured_at: datetime) -> tuple[datetime | None, tuple[str, ...]]:
    """Return the modification time and no flags; None and a flag if it is after the capture or impossible."""
    if at and at > captured_at:
        return None, ("updated_after_capture",)
    return (None, ("updated_before_web",)) if at and at < WEB_FROM else (at, ())


def _flags_of_missing_parts(parts: ArticleParts, word_count: int) -> Iterable[str]:
    if parts.title is None:
        yield "no_title"
    if parts.published_at is None and not any(flag.startswith("published_") for flag in parts.flags):
        yield "no_date"
    if word_count < CONTENT_HASH_WORDS_MIN:
        yield "attachment_only" if parts.attachments else "short_body"
