"""The contracts between the stages: frozen records, one field a column of the dataset that they are rows of.

Here: what one stage hands to the next, field by field. Not here: the schemas that these fields make
(`warehouse.datasets`), reading or writing anything, and any rule that computes a value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias

import pyarrow as pa

Int16: TypeAlias = Annotated[int, pa.int16()]
Int32: TypeAlias = Annotated[int, pa.int32()]
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
    status: Int16
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


def report_from(values: Mapping[str, Any]) -> CrawlReport:
    """Return the report that JSON holds, of whichever version of this software; times in ISO 8601 with an offset.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    times = {name: datetime.fromisoformat(values[name]) for name in ("started_at", "ended_at")}
    if any(moment.tzinfo is None for moment in times.values()):
        raise ValueError("a time of the report has no time zone")
    return CrawlReport(**{**values, **times})


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
    word_count: Int32
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


@dataclass(frozen=True, slots=True)
class PortalRow:
    """A portal's definition, as far as analysts ask for it.

    Attributes:
        owner: the office that publishes, in Vietnamese.
        administrative_unit: the unit it speaks for, in Vietnamese.
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
