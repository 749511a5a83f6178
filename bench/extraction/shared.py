"""The saved pages in the folder `shared`, parsed without our extractor.

Belongs here: paths of the files, plain XPath queries, and the frames of two real pages around their articles. Does not
belong here: cases made from them (see `bench.extraction.saved`, `bench.extraction.seeds`).
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from lxml import etree
from lxml.html import HtmlElement, fromstring

from warehouse.text.normal import clean

LIFERAY_DETAIL: Final = "056_detail_chien-luoc-quy-hoach84a0.html"
LIFERAY_CAPTURED_AT: Final = datetime(2022, 8, 27, tzinfo=UTC)
NUKEVIET_HOST: Final = "https://nukeviet.hanoi.test"
NUKEVIET_CAPTURED_AT: Final = datetime(2026, 11, 21, 19, 29, 39, tzinfo=UTC)
NUKEVIET_SAMPLE: Final = "detail-sample-11.html"

_NUKEVIET_SAVED_HOST: Final = b"http://127.0.0.1:8089"
_LIFERAY_LABELS: Final = ("Home", "Other News", "Send email", "Print", "admin admin")
_NUKEVIET_LABELS: Final = (
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


def liferay_file(shared: Path, name: str) -> bytes:
    """Return a saved page of the `liferay_point` portal."""
    return (shared / "portals/liferay-point/pages" / name).read_bytes()


def nukeviet_file(shared: Path, name: str) -> bytes:
    """Return a file of the NukeViet portal, with a host name instead of the address it was saved from."""
    return (shared / "portals/nukeviet" / name).read_bytes().replace(_NUKEVIET_SAVED_HOST, NUKEVIET_HOST.encode())


@cache
def nukeviet_times(shared: Path) -> dict[str, str]:
    """Return the publication times of the NukeViet portal's articles by URL, from its sitemap."""
    tree = etree.fromstring(nukeviet_file(shared, "sitemap-vi.news.xml"))
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    return {
        str(entry.findtext(f"{name}loc")): str(entry.findtext(f"{name}lastmod")) for entry in tree.iter(f"{name}url")
    }


def elements(page: str, path: str) -> list[HtmlElement]:
    """Return the elements selected by an XPath."""
    found = fromstring(page).xpath(path)
    return [element for element in found if isinstance(element, HtmlElement)] if isinstance(found, list) else []


def text_of_one(page: str, path: str) -> str:
    """Return the text of the only element selected by an XPath.

    Raises:
        ValueError: it selects no element or several.
    """
    (element,) = elements(page, path)
    return clean(element.text_content())


def paragraphs_of(markup: str) -> list[str]:
    """Return the paragraphs of the markup, except those that only link to a file."""
    pieces = [piece for piece in _BREAK.split(markup) if not _FILE_LINK.search(piece)]
    return [text for piece in pieces if (text := clean(html.unescape(_TAG.sub("", piece))))]


def liferay_boilerplate(page: str) -> tuple[str, ...]:
    """Return menu texts, related titles and labels of a `liferay_point` page."""
    return _boilerplate(page, _LIFERAY_LABELS, "//ul[@class='related_asset_list']//a | //ul[@class='navi']//a")


def nukeviet_boilerplate(page: str) -> tuple[str, ...]:
    """Return related titles and labels of a NukeViet page."""
    return _boilerplate(page, _NUKEVIET_LABELS, "//ul[contains(@class, 'detail-related')]//a")


def _boilerplate(page: str, labels: tuple[str, ...], links: str) -> tuple[str, ...]:
    whole = text_of_one(page, "/*")
    titles = [clean(link.text_content()) for link in elements(page, links)]
    return tuple(dict.fromkeys((*(label for label in labels if label in whole), *(title for title in titles if title))))


@dataclass(frozen=True, slots=True)
class Frame:
    """The markup around the article on a page.

    Attributes:
        before: markup before the article, with `<!-- section -->` in place of the section in its breadcrumb.
        after: markup after the article.
        boilerplate: texts of both.
    """

    before: str
    after: str
    boilerplate: tuple[str, ...]


@cache
def liferay_frame(shared: Path) -> Frame:
    """Return the frame of the real article page."""
    page = liferay_file(shared, LIFERAY_DETAIL).decode()
    before, _, rest = page.partition('<div class="asset-full-content-title">')
    end = '<div class="asset-control-detail">'
    after = end + rest.partition(end)[2]
    before = re.sub(r'<span class="tintuc">.*?</span>', "<!-- section -->", before, count=1, flags=re.DOTALL)
    return Frame(before, after, liferay_boilerplate(before + after))


@cache
def nukeviet_frame(shared: Path) -> Frame:
    """Return the frame of a real article page, without its `<head>`, which describes the article."""
    page = nukeviet_file(shared, NUKEVIET_SAMPLE).decode()
    body = "<body>" + page.partition("<body>")[2]
    panel = '<div class="news_column panel panel-default'
    before, _, rest = body.partition(f'{panel}" itemtype')
    start = rest.rindex(panel, 0, rest.index('<form id="form3B"'))
    return Frame(before, rest[start:], nukeviet_boilerplate(before + rest[start:]))
