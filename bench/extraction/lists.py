"""Rows of the saved list pages in the folder `shared`, compared with other sources.

Belongs here: the lists of the `liferay_point` portal with the index made when they were saved, the lists of NukeViet
with the portal's sitemap and feeds, and the comparison of rows. Does not belong here: articles (see
`bench.extraction.saved`).
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
from spiders.portal import portal_of_platform
from warehouse.clock import HANOI_TIME
from warehouse.records import ListRow
from warehouse.text.moment import moment_of
from warehouse.text.normal import clean

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
        extra: extracted rows that the page does not have.
    """

    case: ListCase
    wrong: tuple[ListRow, ...]
    extra: tuple[ListRow, ...]


def score_list(case: ListCase, found: Sequence[ListRow]) -> ListScore:
    """Compare title, URL, date, precision and view count of the rows."""
    rows = [replace(row, summary=None) for row in found]
    known = {row.url for row in case.rows} | case.more
    return ListScore(
        case,
        tuple(row for row in case.rows if row not in rows),
        tuple(row for row in rows if row.url not in known or (rows.count(row) > 1 and case.rows.count(row) <= 1)),
    )


def read_rows(case: ListCase) -> tuple[ListRow, ...]:
    """Return the rows that the page's platform extracts."""
    return read_page(case.body, case.url, portal_of_platform(case.platform, case.url)).rows


def list_cases(shared: Path = SHARED) -> Iterator[ListCase]:
    """Yield the saved lists; none if the folder does not exist."""
    if (shared / "portals").is_dir():
        yield from _liferay_lists(shared)
        yield from _nukeviet_lists(shared)


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
