"""Cases of the real saved pages in the folder `shared`: their gold, derived at run time without our extractor.

Here: the articles of a Hanoi department's portal and of a running NukeViet. Where bodies carry the seed texts, gold is
that of the seeds (`rebuilt_body`); otherwise the text between two marks of that one page, cut by its tags (`real`).
Not here: lists (`bench.extraction.lists`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from lxml import etree
from lxml.html import HtmlElement, fromstring

from bench.extraction.cases import SHARED, Case
from bench.extraction.seeds import Seed, read_seeds
from warehouse.text.normal import clean, normal_form

LIFERAY_PAGES: Final = "portals/liferay-point/pages"
LIFERAY_CAPTURED_AT: Final = datetime(2022, 8, 27, tzinfo=UTC)
NUKEVIET_PAGES: Final = "portals/nukeviet"
NUKEVIET_HOST: Final = "https://nukeviet.hanoi.test"
_NUKEVIET_SAVED_HOST: Final = b"http://127.0.0.1:8089"
NUKEVIET_CAPTURED_AT: Final = datetime(2026, 11, 21, 19, 29, 39, tzinfo=UTC)

_LIFERAY_DETAIL: Final = "056_detail_chien-luoc-quy-hoach84a0.html"
_LIFERAY_URL: Final = "https://sotttt.hanoi.gov.vn/chien-luoc-quy-hoach?p_p_id=59_INSTANCE_6aZaRrRqV2Cq&p_p_lifecycle=0"
_LIFERAY_FURNITURE: Final = ("Other News", "Send email", "admin admin", "Print")
# Of each page: the seed in its body, and what the page names as its source.
_NUKEVIET_SEEDS: Final = {
    16: ("000", None),
    17: ("001", "nhandan.vn"),
    18: ("002", None),
    19: ("003", "hanoimoi.vn"),
    20: ("004", None),
}
_NUKEVIET_FURNITURE: Final = (
    "Tổng số điểm của bài viết là: 0 trong 0 đánh giá",
    "Click để đánh giá bài viết",
    "Ý kiến bạn đọc",
    "Những tin mới hơn",
    "Những tin cũ hơn",
    "Thăm dò ý kiến",
    "Tác giả:",
    "Nguồn tin:",
    "Tags:",
    "Trang nhất",
    "Đóng cửa sổ này",
    "URL của bản tin này",
)

_BREAK: Final = re.compile(r"</?(?:p|div|br|blockquote|h\d|li|ul|table|tr)\b[^>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^>]*>")
_FILE_LINK: Final = re.compile(r'href="[^"]*\.(?:docx?|xlsx?|pdf)"')


def saved_cases(shared: Path = SHARED) -> Iterator[Case]:
    """Yield the saved articles."""
    yield _liferay_detail(shared)
    seeds = {seed.key: seed for seed in read_seeds(shared)}
    times = nukeviet_times(shared)
    for number, (key, source) in _NUKEVIET_SEEDS.items():
        yield _nukeviet_detail(shared, number, seeds[key], source, times)
    yield _nukeviet_print(shared, seeds["000"], times)
    yield _nukeviet_sample(shared, times)


def nukeviet_file(shared: Path, name: str) -> bytes:
    """Return a file of the NukeViet portal, as one at a host with a name would have served it."""
    return (shared / NUKEVIET_PAGES / name).read_bytes().replace(_NUKEVIET_SAVED_HOST, NUKEVIET_HOST.encode())


def nukeviet_times(shared: Path) -> dict[str, str]:
    """Return when each article of the NukeViet portal was published, by address, as its sitemap says."""
    tree = etree.fromstring(nukeviet_file(shared, "sitemap-vi.news.xml"))
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    return {
        str(entry.findtext(f"{name}loc")): str(entry.findtext(f"{name}lastmod")) for entry in tree.iter(f"{name}url")
    }


# --- liferay_point ---------------------------------------------------------------------------------------------------


def _liferay_detail(shared: Path) -> Case:
    body = (shared / LIFERAY_PAGES / _LIFERAY_DETAIL).read_bytes()
    title = _only(body, "//div[@class='asset-full-content-title']")
    text = body.decode().partition('class="journal-content-article">')[2].partition('<p align="right" class="view-')[0]
    # The page prints the title again above the text, and links its files between its paragraphs.
    lines = [line for line in _cut(text) if line != title]
    return Case(
        name="liferay_point 056",
        platform="liferay_point",
        origin="real",
        url=_LIFERAY_URL,
        body=body,
        gold={
            "title": title,
            "lead": None,
            "body": lines,
            "captions": [],
            "byline": None,  # it names the account alone
            "credited_source_name": None,
            "section": "Chiến lược quy hoạch",
            "published_at": "2012-12-21T00:00:00+07:00",
            "published_precision": "day",  # 12:00 AM
        },
        furniture=_furniture(
            body, _LIFERAY_FURNITURE, "//ul[@class='related_asset_list']//a", "//ul[@class='navi']//a"
        ),
        captured_at=LIFERAY_CAPTURED_AT,
    )


# --- NukeViet --------------------------------------------------------------------------------------------------------


def _nukeviet_detail(shared: Path, number: int, seed: Seed, source: str | None, times: dict[str, str]) -> Case:
    body = nukeviet_file(shared, f"detail-{number}.html")
    gold = _seed_gold(seed) | {
        "title": _only(body, "//title"),
        "section": _section(body),
        "credited_source_name": source,
        "credited_source_url": None,
    }
    return _nukeviet_case(f"nukeviet {number}", "rebuilt_body", body, gold, times)


def _nukeviet_print(shared: Path, seed: Seed, times: dict[str, str]) -> Case:
    body = nukeviet_file(shared, "print-16.html")
    gold = _seed_gold(seed) | {"title": seed.title, "credited_source_name": None}
    return _nukeviet_case("nukeviet print 16", "rebuilt_body", body, gold, times)


def _nukeviet_sample(shared: Path, times: dict[str, str]) -> Case:
    body = nukeviet_file(shared, "detail-sample-11.html")
    text = body.decode().partition('id="bodytext">')[2].partition('<div class="news_column')[0]
    gold = {
        "title": _only(body, "//h1[@itemprop='headline']"),
        "lead": _only(body, "//div[@itemprop='description']"),
        "body": _cut(text),
        "captions": [],
        "byline": None,  # it names the account alone
        "credited_source_name": None,
        "section": _section(body),
        "tags": ["nukeviet", "mã nguồn mở", "giáo dục"],
    }
    return _nukeviet_case("nukeviet sample 11", "real", body, gold, times)


def _nukeviet_case(name: str, origin: Any, body: bytes, gold: dict[str, Any], times: dict[str, str]) -> Case:
    # The print view has no canonical address, and states its own at its foot.
    stated = re.search(r'(?:rel="canonical" href="|URL của bản tin này: </strong>)([^"\s]+)', body.decode())
    if not stated:
        raise ValueError(f"{name}: the page does not say its address")
    address = stated[1]
    published_at = times[address.replace("/print/", "/")]
    return Case(
        name=name,
        platform="nukeviet",
        origin=origin,
        url=address,
        body=body,
        gold=gold | {"published_at": published_at, "published_precision": "minute"},
        furniture=_furniture(body, _NUKEVIET_FURNITURE, "//ul[contains(@class, 'detail-related')]//a"),
        captured_at=NUKEVIET_CAPTURED_AT,
    )


def _seed_gold(seed: Seed) -> dict[str, Any]:
    """Return what a page with the seed as its body says; the body's first paragraph is its lead."""
    lead, *text = seed.texts("body", "subheading")
    captions = {normal_form(caption).rstrip("."): caption for caption in seed.said["captions"]}
    return {"lead": lead, "body": text, "captions": list(captions.values()), "byline": seed.said["byline"]}


# --- One page, without our extractor ---------------------------------------------------------------------------------


def _cut(markup: str) -> list[str]:
    """Return the paragraphs of the markup, without those that are a link to a file and nothing else."""
    pieces = [piece for piece in _BREAK.split(markup) if not _FILE_LINK.search(piece)]
    return [text for piece in pieces if (text := clean(html.unescape(_TAG.sub("", piece))))]


def elements(body: bytes, path: str) -> list[HtmlElement]:
    """Return the elements of a page in UTF-8 that an XPath selects."""
    found = fromstring(body.decode()).xpath(path)
    return [element for element in found if isinstance(element, HtmlElement)] if isinstance(found, list) else []


def _only(body: bytes, path: str) -> str:
    (element,) = elements(body, path)
    return clean(element.text_content())


def _section(body: bytes) -> str:
    (element,) = elements(body, "//meta[@property='article:section']")
    return clean(element.get("content", ""))


def _furniture(body: bytes, words: tuple[str, ...], *links: str) -> tuple[str, ...]:
    """Return those of the words that the page shows, and the texts of the links."""
    page = clean(elements(body, "//body")[0].text_content())
    texts = [clean(element.text_content()) for path in links for element in elements(body, path)]
    return tuple(dict.fromkeys((*(word for word in words if word in page), *(text for text in texts if text))))
