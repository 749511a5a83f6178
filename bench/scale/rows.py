"""The rows that the archive's index and the extraction have of a planned crawl, without its pages.

Belongs here: one crawl's report, captures and extracted articles. Does not belong here: what a crawl sees
(`bench.scale.plan`), texts (`bench.scale.words`), and files (`bench.scale.homes`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import pyarrow as pa

from bench.scale.plan import SECTIONS, Answer, Plan, PlannedPortal, Visit
from bench.scale.words import paragraphs_of, title_of
from spiders.extract.version import EXTRACTOR_VERSION
from warehouse.archive.warc.format import CrawlInfo
from warehouse.datasets import ARTICLES, CAPTURE_KEYS, UNREAD_PAGES
from warehouse.records import Article, Capture, CaptureKey, CrawlReport, UnreadPage
from warehouse.stages import Unit
from warehouse.text.identity import article_id

_RUN: Final = "bench"
_SECTION_NAMES: Final = dict(zip(SECTIONS, ("Tin tức", "Thông báo", "Kinh tế", "Văn hóa"), strict=True))
_STATUS: Final = {Answer.TEXT: 200, Answer.REDIRECT: 301, Answer.GONE: 404, Answer.LIST: 200}
_FULL_EVERY: Final = 28
_PAGE_BYTES: Final = 30_000
_RECORD_BYTES: Final = 7_000


@dataclass(frozen=True, slots=True)
class PlannedCrawl:
    """One crawl of one portal of a plan; `number` counts from 0."""

    plan: Plan
    portal: PlannedPortal
    number: int

    @property
    def crawl_id(self) -> str:
        """The crawl's id."""
        return self.plan.crawl_id(self.portal, self.number)

    @property
    def started_at(self) -> datetime:
        """When it began."""
        return self.plan.crawled_at(self.portal, self.number)

    @property
    def info(self) -> CrawlInfo:
        """The first record of its WARC file."""
        definition = self.portal.definition.model_dump(mode="json")
        return CrawlInfo(self.crawl_id, self.portal.slug, _RUN, self.started_at, _RUN, definition)

    @property
    def warc_name(self) -> str:
        """The name of its WARC file in the index."""
        return f"{self.portal.slug}/{self.crawl_id}.warc.gz"

    def captures(self) -> list[Capture]:
        """Return the rows of the index: the lists, then the articles."""
        lists = [self._capture(place, url, 200, None) for place, url in enumerate(self.lists)]
        return [*lists, *(capture for _, capture in self._articles())]

    @property
    def lists(self) -> list[str]:
        """The addresses of the lists that it read."""
        return [f"https://{self.portal.host}/{section}" for section in SECTIONS]

    def report(self, captures: int) -> CrawlReport:
        """Return the report of a crawl with this number of captures."""
        first, end = (self.plan.first_article(self.number + step) for step in (0, 1))
        return CrawlReport(
            crawl_id=self.crawl_id,
            portal=self.portal.slug,
            run_id=_RUN,
            started_at=self.started_at,
            ended_at=self.started_at + timedelta(seconds=captures),
            verdict="ok",
            verdict_reason="made for a benchmark",
            requests=captures,
            captures=captures,
            list_rows_seen=end - first,
            articles_found=end - first,
            articles_new=end - first,
            errors={},
            warc_file=self.warc_name,
            kind="incremental" if self.number % _FULL_EVERY else "full",
            is_complete=True,
            articles_captured=end - first,
            articles_recognised=end - first,
        )

    def extracted(self) -> Mapping[str, pa.Table]:
        """Return the rows that the extraction has of the crawl, by dataset."""
        articles, unread, keys = [], [], []
        for visit, capture in self._articles():
            keys.append(self._keys(visit, capture))
            if visit.answer is Answer.TEXT:
                articles.append(self._article(visit, capture))
            elif visit.answer is Answer.LIST:
                unread.append(
                    UnreadPage(capture.capture_id, self.crawl_id, self.portal.slug, capture.url, "list_in_its_place")
                )
        return {
            ARTICLES.name: ARTICLES.table(articles),
            UNREAD_PAGES.name: UNREAD_PAGES.table(unread),
            CAPTURE_KEYS.name: CAPTURE_KEYS.table(keys),
        }

    def _articles(self) -> Iterator[tuple[Visit, Capture]]:
        for place, visit in enumerate(self.plan.visits(self.number), start=len(SECTIONS)):
            url = self.portal.url_of(visit, is_former=visit.answer is Answer.REDIRECT)
            yield visit, self._capture(place, url, _STATUS[visit.answer], self.portal.id_of(visit))

    def _capture(self, place: int, url: str, status: int, key: str | None) -> Capture:
        digest = hashlib.sha256(f"{self.crawl_id} {place}".encode()).hexdigest()
        return Capture(
            capture_id=str(UUID(digest[:32])),
            crawl_id=self.crawl_id,
            portal=self.portal.slug,
            url=url,
            captured_at=self.started_at + timedelta(seconds=place),
            status=status,
            content_type="text/html;charset=UTF-8",
            payload_digest=f"sha256:{digest}",
            is_revisit=False,
            bytes=_PAGE_BYTES,
            article_key=key,
            warc_file=self.warc_name,
            warc_offset=place * _RECORD_BYTES,
        )

    def _keys(self, visit: Visit, capture: Capture) -> CaptureKey:
        leads_to = self.portal.url_of(visit) if visit.answer is Answer.REDIRECT else None
        return CaptureKey(
            capture.capture_id,
            self.crawl_id,
            self.portal.slug,
            self.portal.id_of(visit),
            _page_key(capture.url),
            None if leads_to is None else _page_key(leads_to),
        )

    def _article(self, visit: Visit, capture: Capture) -> Article:
        number, text, key = visit.article, self.portal.text_of(visit.article), self.portal.id_of(visit)
        body = paragraphs_of(text, visit.edits)
        source = self.plan.portals[self.portal.writer_of(number)]
        is_credited = source != self.portal and number % 40 == 0
        return Article(
            article_id=article_id(self.portal.slug, key),
            article_key=key,
            former_ids=(),
            page_key=_page_key(capture.url),
            canonical_key=key,
            capture_id=capture.capture_id,
            crawl_id=self.crawl_id,
            portal=self.portal.slug,
            url=capture.url,
            captured_at=capture.captured_at,
            title=title_of(text),
            lead=title_of(-text - 1) + "." if number % 3 == 0 else None,
            body=body,
            captions=(title_of(-2 * text - 1) + ".",) if number % 4 == 0 else (),
            byline="Ban biên tập" if number % 2 else None,
            credited_source_name=source.definition.name if is_credited else None,
            credited_source_url=None,
            section=_SECTION_NAMES[SECTIONS[number % len(SECTIONS)]],
            tags=(),
            published_at=self.plan.published_at(self.portal, number),
            published_precision="minute",
            published_basis="template",
            updated_at=None,
            view_count=number * 7 % 5_000 + self.number,
            word_count=sum(len(paragraph.split()) for paragraph in body),
            language="vi",
            attachments=(f"https://{self.portal.host}/documents/{key}/van-ban.pdf",) if number % 10 == 5 else (),
            image_urls=(f"https://{self.portal.host}/image/{key}/anh.jpg",) if number % 4 == 0 else (),
            extractor="liferay_point",
            template="6.2",
            extractor_version=EXTRACTOR_VERSION,
            quality_flags=(),
        )


@dataclass(frozen=True)
class Extracted:
    """Stands in for the extraction's function; picklable, so that it can be sent to worker processes."""

    plan: Plan

    def __call__(self, unit: Unit) -> Mapping[str, pa.Table]:
        """Return the rows of a unit, whose WARC file has no pages."""
        portal = next(portal for portal in self.plan.portals if portal.slug == unit.portal)
        return PlannedCrawl(self.plan, portal, int(unit.name.rpartition("-")[2], 16)).extracted()


def _page_key(url: str) -> str:
    return url.removeprefix("https://")
