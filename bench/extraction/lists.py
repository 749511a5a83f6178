"""Rows of the saved list pages in the folder `shared`, compared with other sources.

Belongs here: the lists of the `liferay_point` portal with the index made when they were saved, the lists of NukeViet
with the portal's sitemap and feeds, those of newspapers with the rows that a person wrote down, the comparison of rows,
and its bars. Does not belong here: articles (see `bench.extraction.saved`, `bench.extraction.papers`).

The lists of known platforms are compared twice: also as those of an unknown portal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

from lxml import etree
from lxml.html import HtmlElement

from bench.extraction.cases import SHARED
from bench.extraction.shared import NUKEVIET_HOST, elements, liferay_file, nukeviet_file, nukeviet_times
from spiders.extract.article import read_page
from spiders.platform_registry import GENERIC
from spiders.portal import portal_of_platform
from warehouse.clock import HANOI_TIME
from warehouse.records import ListRow
from warehouse.text.moment import moment_of
from warehouse.text.normal import clean

ROWS_RIGHT_MIN: Final = 0.97
ROWS_TOO_MANY_MAX: Final = 0.1

_LIFERAY_DATE: Final = re.compile(r"(\d+/\d+/\d+ \| \d+:\d+ (?:AM|PM))(?: \| View count: (\d+))?")
_NUKEVIET_LISTS: Final = ("dang-doan-the-p1", "dang-doan-the-p2", "dang-doan-the-p3", "tin-quan-huyen-p1")


@dataclass(frozen=True, slots=True)
class ListCase:
    """One list page and its expected rows.

    Attributes:
        rows: the rows in page order, without summaries.
        more: URLs of articles that the page links to outside its rows; they may or may not be extracted as rows.
    """

    name: str
    platform: str
    url: str
    body: bytes
    rows: tuple[ListRow, ...]
    more: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ListScore:
    """Result of comparing the rows of one list.

    Attributes:
        wrong: expected rows that were not extracted, or not exactly.
        wrong_dates: rows extracted with another date than expected, or with a date although none is expected.
        extra: extracted rows that the page does not have.
    """

    case: ListCase
    wrong: tuple[ListRow, ...]
    wrong_dates: tuple[ListRow, ...]
    extra: tuple[ListRow, ...]


def score_list(case: ListCase, found: Sequence[ListRow]) -> ListScore:
    """Compare title, URL, date, precision and view count of the rows."""
    rows = [replace(row, summary=None) for row in found]
    urls = {row.url for row in case.rows}
    known = urls | case.more
    dates = {(row.url, row.published_at) for row in case.rows}
    return ListScore(
        case,
        tuple(row for row in case.rows if row not in rows),
        tuple(row for row in rows if row.url in urls and row.published_at and (row.url, row.published_at) not in dates),
        tuple(row for row in rows if row.url not in known or (rows.count(row) > 1 and case.rows.count(row) <= 1)),
    )


def read_rows(case: ListCase) -> tuple[ListRow, ...]:
    """Return the rows that the page's platform extracts."""
    return read_page(case.body, case.url, portal_of_platform(case.platform, case.url)).rows


def missed_bars(scores: Sequence[ListScore]) -> Iterator[str]:
    """Yield the bars that are missed: every row of a known platform, and most of those of unknown ones.

    A wrong date is a bar of its own, since a missing one is better. On unknown platforms, rows may be found outside the
    main list.
    """
    for one in scores:
        if one.wrong_dates:
            yield f"dates of {one.case.name}"
        if one.case.platform != GENERIC and (one.wrong or one.extra):
            yield f"rows of {one.case.name}"
    unknown = [one for one in scores if one.case.platform == GENERIC]
    total, wrong = sum(len(one.case.rows) for one in unknown), sum(len(one.wrong) for one in unknown)
    if total and (total - wrong) / total < ROWS_RIGHT_MIN:
        yield f"rows of unknown platforms: {total - wrong} of {total} right"
    extra = sum(len(one.extra) for one in unknown)
    if total and extra / total > ROWS_TOO_MANY_MAX:
        yield f"rows of unknown platforms: {extra} too many"


def list_cases(shared: Path = SHARED) -> Iterator[ListCase]:
    """Yield the saved lists; none if the folder does not exist."""
    if (shared / "portals").is_dir():
        known = [*_liferay_lists(shared), *_nukeviet_lists(shared)]
        yield from known
        yield from (replace(case, name=f"{case.name} as unknown", platform=GENERIC) for case in known)
        yield from _paper_lists(shared)


def _paper_lists(shared: Path) -> Iterator[ListCase]:
    folder = shared / "portals/papers"
    for entry in json.loads((folder / "gold.json").read_text(encoding="utf-8"))["lists"]:
        yield ListCase(
            name=f"papers {entry['file'].removesuffix('.html')}",
            platform=GENERIC,
            url=entry["url"],
            body=(folder / "pages" / entry["file"]).read_bytes(),
            rows=tuple(map(_paper_row, entry["rows"])),
        )


def _paper_row(row: dict[str, Any]) -> ListRow:
    at = datetime.fromisoformat(row["published_at"]) if row["published_at"] else None
    return ListRow(
        title=clean(row["title"]),
        url=row["url"],
        summary=None,
        published_at=at.replace(tzinfo=HANOI_TIME) if at else None,
        published_precision=row["precision"],
        view_count=None,
    )


def _liferay_lists(shared: Path) -> Iterator[ListCase]:
    index = json.loads((shared / "portals/liferay-point/index.json").read_text(encoding="utf-8"))
    for entry in index:
        if entry["kind"] == "list":
            yield ListCase(
                name=f"liferay_point {entry['file'].removesuffix('.html')}",
                platform="liferay_point",
                url=entry["url"],
                body=liferay_file(shared, entry["file"]),
                rows=tuple(_liferay_row(entry["url"], item) for item in entry["items"]),
            )


def _liferay_row(url: str, item: dict[str, Any]) -> ListRow:
    date = _LIFERAY_DATE.search(item["date"])
    if not date:
        raise ValueError(f"liferay-point/index.json: no date in {item['date']!r}")
    at = datetime.strptime(date[1], "%d/%m/%Y | %I:%M %p").replace(tzinfo=HANOI_TIME)
    return ListRow(
        title=clean(item["title"]),
        url=urljoin(url, item["href"]),
        summary=None,
        published_at=at,
        published_precision="day" if "12:00 AM" in date[1] else "minute",
        view_count=int(date[2]) if date[2] else None,
    )


def _nukeviet_lists(shared: Path) -> Iterator[ListCase]:
    times = nukeviet_times(shared)
    titles = _feed_titles(shared)
    for name in _NUKEVIET_LISTS:
        body = nukeviet_file(shared, f"list-{name}.html")
        page = body.decode()
        category, _, number = name.rpartition("-p")
        url = f"{NUKEVIET_HOST}/{category}/" + (f"page-{number}/" if number != "1" else "")
        links = elements(page, "//div[@class='news_column']//*[self::h2 or self::h3]/a | //a[@class='show h4']")
        older = elements(page, "//ul[@class='related list-items']//a")
        yield ListCase(
            name=f"nukeviet {name}",
            platform="nukeviet",
            url=url,
            body=body,
            rows=tuple(_nukeviet_row(link, times, titles) for link in links),
            more=frozenset(NUKEVIET_HOST + link.get("href", "") for link in older),
        )


def _nukeviet_row(link: HtmlElement, times: dict[str, str], titles: dict[str, str]) -> ListRow:
    """Return the row of a link: title from the feeds, time from the sitemap if the list shows one."""
    url = NUKEVIET_HOST + link.get("href", "")
    boxes = [box for box in link.iterancestors("div") if box.get("class", "").startswith("panel-body")]
    views = re.search(r"Đã xem: (\d+)", boxes[0].text_content()) if boxes else None
    at = datetime.fromisoformat(times[url]) if views else None
    return ListRow(
        title=titles.get(url) or _linked_title(link),
        url=url,
        summary=None,
        published_at=at,
        published_precision=moment_of(at.date(), at.timetz()).precision if at else None,
        view_count=int(views[1]) if views else None,
    )


def _linked_title(link: HtmlElement) -> str:
    """Return the link text without the row number. The attribute `title` is cut off at quotation marks."""
    return re.sub(r"^\d+\s+", "", clean(str(link.text_content())))


def _feed_titles(shared: Path) -> dict[str, str]:
    feeds = [etree.fromstring(nukeviet_file(shared, name)) for name in ("rss-all.xml", "rss-dang-doan-the.xml")]
    return {
        str(item.findtext("link")): clean(str(item.findtext("title"))) for feed in feeds for item in feed.iter("item")
    }
