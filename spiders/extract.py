"""From the bytes of a capture to an `Article`, or to the rows of a list: a pure, versioned function.

Here: which platform speaks, what is made of the parts it finds, and the version of all that. Not here: markup
(`spiders.platforms`), reading WARC files, writing Parquet.

Called by the pipeline for every capture and by `hanoi-corpus extract` for saved pages, so that both agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import warehouse.text
from spiders.page import ArticleParts, Page, PageKind, Platform
from spiders.parse import NotAPage, parse_page
from spiders.platforms import PLATFORMS
from spiders.portal import Portal
from warehouse.records import Article, Capture, ListRow
from warehouse.text.dates import VIETNAM
from warehouse.text.identity import CONTENT_HASH_WORDS_MIN, article_id
from warehouse.text.language import language_of
from warehouse.text.normal import count_words

EXTRACTOR_NUMBER: Final = 1  # raised by hand when output changes in a way that a changelog should tell

_HERE: Final = Path(__file__).parent
_SOURCES: Final = (
    *(_HERE / "platforms").glob("*.py"),
    _HERE / "parse.py",
    _HERE / "extract.py",
    *Path(warehouse.text.__file__).parent.glob("*.py"),
)
_LIBRARIES: Final = ("trafilatura", "lxml")


def _fingerprint() -> str:
    """Return 8 hex digits that change whenever code that has a say in the output does."""
    digest = hashlib.sha256()
    for path in sorted(_SOURCES, key=lambda path: (path.parent.name, path.name)):
        digest.update(f"{path.parent.name}/{path.name}\n".encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    for name in _LIBRARIES:
        digest.update(f"{name} {version(name)}\n".encode())
    return digest.hexdigest()[:8]


# The number alone would let the output of changed code stand beside that of the old under one name, and the
# differences would look like edits by the portal.
EXTRACTOR_VERSION: Final = f"{EXTRACTOR_NUMBER}-{_fingerprint()}"

_LANGUAGE_SAMPLE_CHARACTERS: Final = 600
_FIRST_YEAR: Final = 1997  # Vietnam has been on the Internet since November 1997

QUALITY_FLAGS: Final[dict[str, str]] = {
    "attachment_only": "the body has fewer than 30 words and files are attached: its text stands in them",
    "caption_guessed": "a caption was known by its words alone; its picture is lost",
    "caption_in_table": "a caption stood in a table cell under its picture",
    "caption_repeated": "a caption stood on the page more than once",
    "fallback": "the portal's own template did not recognise the page; the generic extractor read it",
    "guessed_charset": "no charset was declared and the bytes are no UTF-8: read as Windows-1258",
    "language_en": "the text is English",
    "no_date": "no publication date was found",
    "no_title": "no title was found",
    "published_after_capture": "the page states a publication date later than its capture; it was dropped",
    "published_before_web": "the page states a publication date before 1997; it was dropped",
    "related_inside": "a link to another article stood amid the text and was left out",
    "short_body": "the body has fewer than 30 words, and no file is attached",
    "source_glued": "the credited source was glued to the last paragraph",
    "stray_bytes": "a few bytes belong to no character of the page's charset",
    "too_deep": "elements were nested deeper than the parser follows; what stood deeper is missing",
    "updated_after_capture": "the page states a date of change later than its capture; it was dropped",
    "wrong_charset": "the declared charset is not that of the bytes",
}


@dataclass(frozen=True, slots=True)
class PageReading:
    """What one page says.

    Attributes:
        extractor: the template that spoke: a platform's name.
        key: the platform's own id of the article, as address or template give it.
        parts: of an article; None for anything else.
        rows: of a list; empty for anything else.
        flags: quality flags of the page and its reading.
    """

    kind: PageKind
    extractor: str
    key: str | None = None
    parts: ArticleParts | None = None
    rows: tuple[ListRow, ...] = ()
    flags: tuple[str, ...] = ()


def read_page(body: bytes, url: str, portal: Portal, content_type: str | None = None) -> PageReading:
    """Read a page by the portal's platform, or as an article by `generic` where the platform does not recognise it.

    Args:
        body: after content decoding.
        url: the address it came from.
        portal: whose platform is asked first.
        content_type: the `Content-Type` header, or None.

    Raises:
        NotAPage: the bytes are no HTML page.
    """
    page = parse_page(body, url, content_type)
    platform = PLATFORMS[portal.platform]
    reading = _read(page, platform, portal)
    if reading.kind is not PageKind.NEITHER or platform is PLATFORMS["generic"]:
        return reading
    # Home pages and the like show rows of news too; only the portal's own platform knows its lists.
    fallback = _read(page, PLATFORMS["generic"], portal, "fallback")
    return fallback if fallback.kind is PageKind.ARTICLE else reading


def _read(page: Page, platform: Platform, portal: Portal, *flags: str) -> PageReading:
    kind = platform.kind(page)
    if kind is PageKind.LIST:
        return PageReading(kind, platform.NAME, rows=platform.list_rows(page), flags=(*page.flags, *flags))
    # An address that the portal's own patterns call an article may show one that declares nothing about itself.
    is_promised = (
        platform is PLATFORMS["generic"] and kind is PageKind.NEITHER and platform.is_article_url(page.url, portal)
    )
    if kind is PageKind.ARTICLE or is_promised:
        parts = platform.article_parts(page)
        if _says_something(parts) and (kind is PageKind.ARTICLE or _is_full(parts)):
            key = platform.article_key(page.url) or platform.page_key(page)
            return PageReading(PageKind.ARTICLE, platform.NAME, key, parts, flags=(*page.flags, *parts.flags, *flags))
    return PageReading(PageKind.NEITHER, platform.NAME, flags=page.flags)


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
    try:
        reading = read_page(body, capture.url, portal, capture.content_type)
    except NotAPage:
        return None
    return None if reading.parts is None else _article(capture, portal, reading, reading.parts)


def _article(capture: Capture, portal: Portal, reading: PageReading, parts: ArticleParts) -> Article:
    url = PLATFORMS[portal.platform].canonical_url(capture.url)
    # Not the key that the crawl asked for: where addresses identify, an article that moved is known by its new one.
    key = PLATFORMS[portal.platform].article_key(capture.url) or reading.key or url
    published_at, date_flags = _plausible(parts.published_at, capture.captured_at, "published")
    updated_at, update_flags = _plausible(parts.updated_at, capture.captured_at, "updated")
    word_count = sum(count_words(paragraph) for paragraph in parts.body)
    language = language_of(
        " ".join((parts.title or "", parts.lead or "", *parts.body[:5]))[:_LANGUAGE_SAMPLE_CHARACTERS]
    )
    flags = {*reading.flags, *date_flags, *update_flags, *_shortcomings(parts, word_count)}
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
        published_at=published_at,
        published_precision=parts.published_precision if published_at else None,
        updated_at=updated_at,
        view_count=parts.view_count,
        word_count=word_count,
        language=language,
        attachments=parts.attachments,
        image_urls=parts.image_urls,
        extractor=reading.extractor,
        extractor_version=EXTRACTOR_VERSION,
        quality_flags=tuple(sorted(flags)),
        warc_file=capture.warc_file,
        warc_offset=capture.warc_offset,
    )


def _plausible(at: datetime | None, captured_at: datetime, name: str) -> tuple[datetime | None, tuple[str, ...]]:
    """Return the time unless it cannot be true, and the flag that says why not."""
    if at and at > captured_at:
        return None, (f"{name}_after_capture",)
    if at and at.astimezone(VIETNAM).year < _FIRST_YEAR:
        return None, (f"{name}_before_web",) if name == "published" else ()
    return at, ()


def _shortcomings(parts: ArticleParts, word_count: int) -> Iterable[str]:
    if parts.title is None:
        yield "no_title"
    if parts.published_at is None:
        yield "no_date"
    if word_count < CONTENT_HASH_WORDS_MIN:
        yield "attachment_only" if parts.attachments else "short_body"
