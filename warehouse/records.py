"""The record types of the datasets: frozen dataclasses, one field per column.

Belongs here: the columns that one stage passes to the next, and sets of values that several stages use.
Does not belong here: Arrow schemas (`warehouse.datasets`), reading or writing, and rules that compute a value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, TypeAlias

import pyarrow as pa

Int16: TypeAlias = Annotated[int, pa.int16()]
Int32: TypeAlias = Annotated[int, pa.int32()]
Float32: TypeAlias = Annotated[float, pa.float32()]
Precision: TypeAlias = Literal["second", "minute", "day"]
Verdict: TypeAlias = Literal["ok", "no_news", "blocked", "broken", "unreachable", "partial"]
CrawlKind: TypeAlias = Literal["full", "incremental", "backfill", "import"]
CreditBasis: TypeAlias = Literal["credit", "byline", "dateline", "ending"]
Purpose: TypeAlias = Literal["robots", "list", "new_article", "refetch", "attachment"]

GONE_STATUSES: Final = frozenset({404, 410})
"""HTTP statuses of pages that no longer exist."""

HEALTHY_VERDICTS: Final[tuple[Verdict, ...]] = ("ok", "no_news")
"""Verdicts of healthy crawls."""

REGULAR_KINDS: Final[tuple[CrawlKind, ...]] = ("full", "incremental")
"""Kinds of crawls that show the portal as it is now; backfills and imports do not."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One archived HTTP exchange: a row of the archive's index.

    Attributes:
        capture_id: UUID of the WARC record, without the `urn:uuid:` prefix.
        crawl_id: the crawl that made the capture; also the stem of the WARC file's name.
        url: the requested URL, unchanged.
        captured_at: when the response arrived, in UTC.
        status: HTTP status code; of a revisit, the revisit's own, which may be 304.
        content_type: the `Content-Type` header as received, or None.
        payload_digest: `sha256:<hex>` of the body as received, before content decoding; of a revisit, of the body that
            it refers to.
        is_revisit: whether the record is a WARC revisit, whose payload is in an earlier record.
        bytes: length of the body in the record, in bytes; 0 for a revisit.
        article_key: the platform's own id of the article that was requested; the canonical URL if the platform has no
            ids; None if the URL was not requested as an article.
        warc_file: name of the WARC file, relative to the archive's `warc/` folder.
        warc_offset: offset of the record's gzip member in that file, in bytes.
        refers_to: of a revisit, the capture_id of the response whose body it has; None for a response.
        etag: the `ETag` header as received, or None.
        last_modified: the `Last-Modified` header as received, or None.
        feed_date: the date that entries of feeds and sitemaps state for the article, as `<element> <text>` (see
            `spiders.pages.syndication.dates`); None if they state none.
    """

    capture_id: str
    crawl_id: str
    portal: str
    url: str
    captured_at: datetime
    status: Int16
    content_type: str | None
    payload_digest: str
    is_revisit: bool
    bytes: int
    article_key: str | None
    warc_file: str
    warc_offset: int
    refers_to: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    feed_date: str | None = None


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """The result of one crawl of one portal: the last record of its WARC file and a row of `raw.crawls`.

    Attributes:
        kind: `full` follows every list to its end, `incremental` stops at known articles, `backfill` reads history
            between two bounds, `import` took over the captures of another crawler.
        requests: requests sent, retries and robots.txt included.
        captures: responses stored in the WARC file.
        list_rows_seen: rows on list pages and entries of feeds and sitemaps, repeats included.
        articles_found: different articles that lists, feeds, sitemaps and pages linked to.
        articles_new: captured articles that no earlier crawl of the portal had captured.
        errors: counts by kind, such as `dns`, `tls_handshake`, `timeout`, `http_404`, `robots_denied`, `too_large`.
        run_id: ID of the Dagster run or command that started the crawl.
        is_complete: whether the crawl finished its plan, single failed pages aside, so that the next may build on it.
        resumes: ID of the interrupted crawl that this crawl resumed; None if it resumed none.
        requests_for: requests by purpose; a retry has the purpose of the first request.
        articles_captured: new and known articles whose page was received, or is unchanged (status 304).
        articles_recognised: captured articles whose page fits a template of the portal's platform.
        articles_missing: articles that an earlier crawl captured and that are gone: 404, 410, or a list in their place.
        not_modified: responses with status 304; of an import, its revisit records.
    """

    crawl_id: str
    portal: str
    run_id: str
    started_at: datetime
    ended_at: datetime
    verdict: Verdict
    verdict_reason: str
    requests: int
    captures: int
    list_rows_seen: int
    articles_found: int
    articles_new: int
    errors: dict[str, int]
    warc_file: str
    # Reports of earlier versions of the code do not have the following fields.
    kind: CrawlKind = "full"
    is_complete: bool = False
    resumes: str | None = None
    requests_for: dict[Purpose, int] = dataclasses.field(default_factory=dict)
    articles_captured: int = 0
    articles_recognised: int = 0
    articles_missing: int = 0
    not_modified: int = 0


def report_from(values: Mapping[str, Any]) -> CrawlReport:
    """Return the report in a decoded JSON object; fields with a default may be missing.

    Raises:
        ValueError, KeyError, TypeError: the object is not a report, or a time is not in ISO 8601 with an offset.
    """
    times = {name: datetime.fromisoformat(values[name]) for name in ("started_at", "ended_at")}
    if any(moment.tzinfo is None for moment in times.values()):
        raise ValueError("a time of the report has no time zone")
    return CrawlReport(**{**values, **times})


@dataclass(frozen=True, slots=True)
class ListRow:
    """One article's entry on a list page. URLs are absolute; times have the offset +07:00."""

    title: str
    url: str
    summary: str | None
    published_at: datetime | None
    published_precision: Precision | None
    view_count: int | None


@dataclass(frozen=True, slots=True)
class Article:
    """The article extracted from one capture, cleaned for reading but otherwise unchanged.

    Texts are in the clean form of `warehouse.text.normal`: tone marks, quotes and dashes are as the portal wrote them,
    unlike in the normal form, which is used for hashing.

    Attributes:
        article_id: 32 hex digits, a hash of portal and `article_key` (see `warehouse.text.identity`).
        article_key: the platform's own id of the article; if it has none, the key of its address (`page_key`).
        former_ids: the ids that earlier versions of the rule gave to an article at this URL, without today's.
        page_key: the captured URL as a key: without scheme, `www.` and whatever else makes no other page.
        canonical_key: the key of the article that the page names by `rel=canonical`; None if it names none, another
            site's page or a home page.
        url: the article's URL in the platform's canonical form.
        body: paragraphs in reading order, without title, captions, byline or source line. A lead that is separate from
            the body is only in `lead`.
        captions: each once, in reading order.
        published_at: with offset +07:00; midnight of the day if only the day is known (`published_precision`).
        published_basis: how the date was found: a name listed in `spiders.platforms.parts.dating.BASES`.
        word_count: white-space separated words of the body.
        language: ISO 639-1, `vi` or `en`; None if the text is too short, or in neither language.
        extractor: the extractor that was used: a platform's name, or `generic`.
        template: the platform's layout that the page uses.
        quality_flags: doubtful properties of the row, sorted (listed in `spiders.extract.article.QUALITY_FLAGS`).
    """

    article_id: str
    article_key: str
    former_ids: tuple[str, ...]
    page_key: str
    canonical_key: str | None
    capture_id: str
    crawl_id: str
    portal: str
    url: str
    captured_at: datetime
    title: str | None
    lead: str | None
    body: tuple[str, ...]
    captions: tuple[str, ...]
    byline: str | None
    credited_source_name: str | None
    credited_source_url: str | None
    section: str | None
    tags: tuple[str, ...]
    published_at: datetime | None
    published_precision: Precision | None
    published_basis: str | None
    updated_at: datetime | None
    view_count: int | None
    word_count: Int32
    language: str | None
    attachments: tuple[str, ...]
    image_urls: tuple[str, ...]
    extractor: str
    template: str
    extractor_version: str
    quality_flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnreadPage:
    """A capture with status 200 that was requested as an article but contains none.

    Attributes:
        url: the requested URL, unchanged.
        reason: why there is no article (listed in `spiders.extract.article.UNREAD_REASONS`).
        detail: for the reason `extractor_error`, the exception's name, such as `ValueError`; None for other reasons.
    """

    capture_id: str
    crawl_id: str
    portal: str
    url: str
    reason: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class CaptureKey:
    """The keys by today's rule of one capture that was requested as an article.

    Attributes:
        article_key: like `Article.article_key`, of the article that was requested.
        page_key: the captured URL as a key, like `Article.page_key`; after a redirect not the requested URL.
        redirect_key: the same of the URL that a redirect leads to, or a page that shows nothing and leads on at once;
            None if the response is neither, or leads to another site.
    """

    capture_id: str
    crawl_id: str
    portal: str
    article_key: str
    page_key: str
    redirect_key: str | None


@dataclass(frozen=True, slots=True)
class Identity:
    """The hashes of one capture of an article, for comparing it with other captures.

    Attributes:
        content_hash: SHA-256 (hex) of the normal form of the body; None under 30 words.
        revision_hash: SHA-256 (hex) of the normal forms of title, lead, body, captions and attachments.
        title_hash: SHA-256 (hex) of the normal form of the title without case; None if there is no title.
        title_word_count: number of words of the title.
    """

    capture_id: str
    article_id: str
    content_hash: str | None
    revision_hash: str
    title_hash: str | None
    title_word_count: Int32


@dataclass(frozen=True, slots=True)
class Signature:
    """What one capture of an article is found by among similar texts.

    `warehouse.derive.copies.signatures` makes it.

    Attributes:
        article_id: the article's own id, as in `Article`.
        published_by: the time by which the article certainly was published: the stated time, the end of a stated day,
            and never later than the capture.
        text_id: 32 hex digits of a SHA-256, equal for texts of lead and body with the same words in the same order.
        word_count: number of words of lead and body, which are runs of letters and digits.
        bands: hashes of the text's n-grams; texts of which one is equal, at the same place, may be similar.
    """

    capture_id: str
    article_id: str
    portal: str
    published_by: datetime
    text_id: str
    word_count: Int32
    bands: tuple[Int32, ...]


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What texts that share a passage with one capture of an article are found by.

    Attributes:
        fingerprints: hashes of 40 bits of some runs of words of its sentences, sorted; texts with an equal one may
            share a sentence (`warehouse.derive.passages`).
    """

    capture_id: str
    fingerprints: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """The source that one capture of an article names; a capture that names none has no row.

    Attributes:
        basis: where the page names it: in a credit, or by a mark in byline, dateline or at the end of the text.
        source_name: the name of a well-known publisher, else the name as written; None if there is only a URL.
        source_key: the same for all spellings of a name (see `warehouse.derive.sources.credits.source_key`); None if
            the words name no source (`Internet`), or if only a host is known.
        is_known: whether the source is one of the well-known publishers.
        host: the host of the credited URL, or the one that is named, without `www.` and `m.`; None if there is none.
        url_key: the credited URL as a key, like `Article.page_key`; None if there is none, or if it is a home page.
        mark: the key of the well-known publisher whose mark is in byline, dateline or at the end; None without one.
    """

    capture_id: str
    basis: CreditBasis
    source_name: str | None
    source_key: str | None
    is_known: bool
    host: str | None
    url_key: str | None
    mark: str | None


@dataclass(frozen=True, slots=True)
class StoryTerms:
    """The terms of one capture of an article, by which articles of the same event are found.

    Attributes:
        article_id: the article's own id, as in `Article`.
        published_by: as in `Signature`.
        names: capitalised phrases as first written: offices, places, persons; those mentioned most first.
        figures: figures and dates as first written, likewise.
        documents: numbers of documents as first written, likewise.
        pairs: pairs of syllables of the title; without a title, of the first words.
        hashes: the hashes of all terms, each once: first those of the four fields above in their order, then others.
        weights: how much the article says of each term, without how rare it is; in the order of `hashes`.
    """

    capture_id: str
    article_id: str
    published_by: datetime
    names: tuple[str, ...]
    figures: tuple[str, ...]
    documents: tuple[str, ...]
    pairs: tuple[str, ...]
    hashes: tuple[Int32, ...]
    weights: tuple[Float32, ...]


@dataclass(frozen=True, slots=True)
class PortalRow:
    """The parts of a portal's definition that analysts need, and that identify it where others credit it.

    Attributes:
        owner: the office that publishes the portal, in Vietnamese.
        administrative_unit: the administrative unit that the portal covers, in Vietnamese.
        hosts: the hosts of its scope, without `www.`, its first one first.
        former_hosts: the hosts that it had before, without `www.`.
        source_keys: the keys of its name, its owner and the names by which others know it, like `Credit.source_key`.
    """

    slug: str
    name: str
    owner: str
    administrative_unit: str
    platform: str
    base_url: str
    active_from: date | None
    active_until: date | None
    verified_on: date | None
    hosts: tuple[str, ...]
    former_hosts: tuple[str, ...]
    source_keys: tuple[str, ...]
