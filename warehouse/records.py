"""The contracts between the stages: frozen records and the Arrow schemas they are stored under.

Here: what one stage hands to the next, field by field, and how a list of such records becomes an Arrow table.
Not here: reading or writing anything, and any rule that computes a value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

import pyarrow as pa

Precision: TypeAlias = Literal["second", "minute", "day"]
Verdict: TypeAlias = Literal["ok", "no_news", "blocked", "broken", "unreachable", "partial"]
CrawlKind: TypeAlias = Literal["full", "incremental", "backfill", "import"]
Purpose: TypeAlias = Literal["robots", "list", "new_article", "refetch", "attachment"]


@dataclass(frozen=True, slots=True)
class Capture:
    """One HTTP exchange as the archive keeps it: a row of the archive's index.

    Attributes:
        capture_id: UUID of the WARC record, without the `urn:uuid:` prefix.
        crawl_id: the crawl of one portal that made it; also the stem of the WARC file's name.
        url: the address that was requested, as it was requested.
        captured_at: when the response arrived, in UTC.
        status: HTTP status code; of a revisit, the revisit's own, which may be 304.
        content_type: the `Content-Type` header as received, or None.
        payload_digest: `sha256:<hex>` of the body as received, before content decoding; of a revisit, of the body that
            it refers to.
        is_revisit: True where the record is a WARC revisit, whose payload stands in an earlier record.
        bytes: length of the body as the record has it; 0 for a revisit.
        article_key: the platform's own id of the article that the URL was followed for; the canonical URL where the
            platform has no ids; None where the URL was not followed as an article.
        warc_file: name of the WARC file, relative to the archive's `warc/` folder.
        warc_offset: where the record's gzip member begins in that file, in bytes.
        etag: the `ETag` header as received, or None.
        last_modified: the `Last-Modified` header as received, or None.
    """

    capture_id: str
    crawl_id: str
    portal: str
    url: str
    captured_at: datetime
    status: int
    content_type: str | None
    payload_digest: str
    is_revisit: bool
    bytes: int
    article_key: str | None
    warc_file: str
    warc_offset: int
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """How one crawl of one portal went: the last record of its WARC file and a row of `raw.crawls`.

    Attributes:
        kind: `full` follows every list to its end, `incremental` stops where it meets what is known, `backfill` reads
            history between two bounds, `import` took over captures that another crawler made.
        requests: requests sent, retries and robots.txt included.
        captures: responses stored in the WARC file.
        list_rows_seen: rows on list pages and entries of feeds and sitemaps, repeats included.
        articles_found: different articles that lists, feeds, sitemaps and pages linked to.
        articles_new: articles that came, and that no earlier crawl of the portal had captured.
        errors: counts by kind, such as `dns`, `tls_handshake`, `timeout`, `http_404`, `robots_denied`, `too_large`.
        run_id: the orchestrator's or command's run that started the crawl.
        is_complete: whether it came to the end of what it meant to look at, so that the next one may build on it.
        resumes: the crawl that was cut short and that this one went on with; None where it began anew.
        requests_for: requests by purpose; retries count as what they retry.
        articles_captured: articles whose page came, new or not.
        articles_recognised: of these, the ones that a template of the portal's platform knows.
        articles_missing: articles that an earlier crawl captured and that are gone: 404, 410, or a list in their place.
        not_modified: answers of status 304, and answers whose payload was that of the capture before.
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
    # Archives of earlier versions say nothing of what follows.
    kind: CrawlKind = "full"
    is_complete: bool = False
    resumes: str | None = None
    requests_for: dict[Purpose, int] = dataclasses.field(default_factory=dict)
    articles_captured: int = 0
    articles_recognised: int = 0
    articles_missing: int = 0
    not_modified: int = 0


@dataclass(frozen=True, slots=True)
class ListRow:
    """What a list page says of one article. Addresses are absolute; times carry +07:00."""

    title: str
    url: str
    summary: str | None
    published_at: datetime | None
    published_precision: Precision | None
    view_count: int | None


@dataclass(frozen=True, slots=True)
class Article:
    """What one capture of an article page says, cleaned for reading but otherwise in the portal's own words.

    Text is NFC with white space folded and zero-width characters gone; tone marks, quotes and dashes stay as the
    portal wrote them (the normal form used for hashing is another thing, see `warehouse.text.normal`).

    Attributes:
        article_id: 32 hex digits; equal for all captures of one article (see `warehouse.text.identity`).
        url: the article's address in the platform's canonical form.
        body: paragraphs in reading order; no title, captions, byline or source line among them. A lead that stands
            apart from the body is in `lead` alone.
        captions: each once, in reading order.
        published_at: with offset +07:00; midnight of the day where only the day is known (`published_precision`).
        published_basis: how that date was found: a name listed in `spiders.platforms.parts.dating.BASES`.
        word_count: white-space separated words of the body.
        language: ISO 639-1, `vi` or `en`; None where the text is too short to say.
        extractor: who read the page: a platform's name, or `generic`.
        template: which of its layouts the page was in.
        quality_flags: sorted names of what is doubtful about the row (listed in
            `spiders.extract.article.QUALITY_FLAGS`).
    """

    article_id: str
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
    word_count: int
    language: str | None
    attachments: tuple[str, ...]
    image_urls: tuple[str, ...]
    extractor: str
    template: str
    extractor_version: str
    quality_flags: tuple[str, ...]
    warc_file: str
    warc_offset: int


@dataclass(frozen=True, slots=True)
class UnreadPage:
    """An answer of status 200 to a request for an article that shows none.

    Attributes:
        url: the address as it was requested.
        reason: why there is no article (listed in `spiders.extract.article.UNREAD_REASONS`).
    """

    capture_id: str
    crawl_id: str
    portal: str
    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The hashes by which one capture of an article is compared with others.

    Attributes:
        content_hash: SHA-256 (hex) of the normal form of the body; None under 30 words.
        revision_hash: SHA-256 (hex) over everything a reader sees, in normal form.
    """

    capture_id: str
    article_id: str
    content_hash: str | None
    revision_hash: str


def _schema(*fields: pa.Field[Any]) -> pa.Schema:
    return pa.schema(fields)


_UTC = pa.timestamp("us", tz="UTC")
_TEXTS = pa.list_(pa.string())

CAPTURE_SCHEMA = _schema(
    pa.field("capture_id", pa.string(), nullable=False),
    pa.field("crawl_id", pa.string(), nullable=False),
    pa.field("portal", pa.string(), nullable=False),
    pa.field("url", pa.string(), nullable=False),
    pa.field("captured_at", _UTC, nullable=False),
    pa.field("status", pa.int16(), nullable=False),
    pa.field("content_type", pa.string()),
    pa.field("payload_digest", pa.string(), nullable=False),
    pa.field("is_revisit", pa.bool_(), nullable=False),
    pa.field("bytes", pa.int64(), nullable=False),
    pa.field("article_key", pa.string()),
    pa.field("warc_file", pa.string(), nullable=False),
    pa.field("warc_offset", pa.int64(), nullable=False),
    pa.field("etag", pa.string()),
    pa.field("last_modified", pa.string()),
)

ARTICLE_SCHEMA = _schema(
    pa.field("article_id", pa.string(), nullable=False),
    pa.field("capture_id", pa.string(), nullable=False),
    pa.field("crawl_id", pa.string(), nullable=False),
    pa.field("portal", pa.string(), nullable=False),
    pa.field("url", pa.string(), nullable=False),
    pa.field("captured_at", _UTC, nullable=False),
    pa.field("title", pa.string()),
    pa.field("lead", pa.string()),
    pa.field("body", _TEXTS, nullable=False),
    pa.field("captions", _TEXTS, nullable=False),
    pa.field("byline", pa.string()),
    pa.field("credited_source_name", pa.string()),
    pa.field("credited_source_url", pa.string()),
    pa.field("section", pa.string()),
    pa.field("tags", _TEXTS, nullable=False),
    pa.field("published_at", _UTC),
    pa.field("published_precision", pa.string()),
    pa.field("published_basis", pa.string()),
    pa.field("updated_at", _UTC),
    pa.field("view_count", pa.int64()),
    pa.field("word_count", pa.int32(), nullable=False),
    pa.field("language", pa.string()),
    pa.field("attachments", _TEXTS, nullable=False),
    pa.field("image_urls", _TEXTS, nullable=False),
    pa.field("extractor", pa.string(), nullable=False),
    pa.field("template", pa.string(), nullable=False),
    pa.field("extractor_version", pa.string(), nullable=False),
    pa.field("quality_flags", _TEXTS, nullable=False),
    pa.field("warc_file", pa.string(), nullable=False),
    pa.field("warc_offset", pa.int64(), nullable=False),
)

UNREAD_PAGE_SCHEMA = _schema(
    pa.field("capture_id", pa.string(), nullable=False),
    pa.field("crawl_id", pa.string(), nullable=False),
    pa.field("portal", pa.string(), nullable=False),
    pa.field("url", pa.string(), nullable=False),
    pa.field("reason", pa.string(), nullable=False),
)

IDENTITY_SCHEMA = _schema(
    pa.field("capture_id", pa.string(), nullable=False),
    pa.field("article_id", pa.string(), nullable=False),
    pa.field("content_hash", pa.string()),
    pa.field("revision_hash", pa.string(), nullable=False),
)


def to_table(records: Iterable[Capture | Article | UnreadPage | Identity], schema: pa.Schema) -> pa.Table:
    """Return the records as an Arrow table of `schema`, one row a record, in their order.

    Raises:
        pyarrow.ArrowInvalid: a record holds None in a field that may not be null, or a value of another type.
    """
    rows: list[dict[str, Any]] = [
        {field.name: getattr(record, field.name) for field in dataclasses.fields(record)} for record in records
    ]
    table = pa.Table.from_pylist(rows, schema=schema)
    # Arrow itself does not hold a table to its schema's nullability.
    for field in schema:
        if not field.nullable and table[field.name].null_count:
            raise pa.ArrowInvalid(f"{field.name} may not be null")
    return table
