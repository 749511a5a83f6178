"""Crawls of a portal whose articles have several pages: each page is fetched in every crawl, and no page twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spiders.extract.version import EXTRACTOR_VERSION
from spiders.mirror.server import serve
from spiders.mirror.sites.base import Response, Site
from spiders.portal import load_portals
from tests.archived import derived_file, rows_of
from tests.crawling import crawl, define_portal
from tests.spiders.extract.staging import extract
from warehouse.archive.files import warc_files
from warehouse.archive.index.build import update_index
from warehouse.datasets import ARTICLES
from warehouse.home import Home

HOST = "nhieu-trang.hanoi.test"
ARTICLE = "/tin/sua-duong-100002.html"
NO_HEADERS: Mapping[str, str] = {}
START = datetime(2026, 11, 1, 6, tzinfo=UTC)
PARTS = (
    "Sáng 12/10, phường tổ chức sửa chữa con đường dẫn vào trường tiểu học, với sự tham gia của đông đảo bà con trong "
    "các tổ dân phố và đoàn viên thanh niên.",
    "Kinh phí sửa chữa do nhân dân đóng góp một nửa, ngân sách phường hỗ trợ phần còn lại, công khai trên bảng tin của "
    "từng tổ dân phố để mọi người cùng giám sát.",
    "Công trình dự kiến hoàn thành trước ngày khai giảng năm học mới, góp phần bảo đảm an toàn cho học sinh đến trường "
    "trong mùa mưa bão sắp tới.",
)

pytestmark = [pytest.mark.process, pytest.mark.slow]


class TwoOrThreePages(Site):
    """A portal with a list and two articles, one of them over several pages; all pages have validators."""

    def __init__(self) -> None:
        self.parts = PARTS
        self.asked: list[str] = []
        self.broken = ""

    def get(
        self, target: str, day: int, headers: Mapping[str, str] = NO_HEADERS, at: datetime | None = None
    ) -> Response:
        self.asked.append(target)
        if target == self.broken:
            return Response(500, {"Content-Type": "text/html"}, b"<html><body>500</body></html>")
        page = self._page(target)
        if page is None:
            return Response(404, {"Content-Type": "text/html"}, b"<html><body>404</body></html>")
        if headers.get("if-none-match") == '"mot"':
            return Response(304, {"ETag": '"mot"'}, b"")
        return Response(200, {"Content-Type": "text/html; charset=utf-8", "ETag": '"mot"'}, page.encode())

    def _page(self, target: str) -> str | None:
        if target in ("/tin-tuc", "/"):
            rows = "".join(
                f'<li><h3><a href="{path}">{title}</a></h3><span>12/10/2026 08:00</span></li>'
                for path, title in ((ARTICLE, "Phường sửa đường vào trường tiểu học"), (
                    "/tin/hop-giao-ban-100003.html", "Phường họp giao ban công tác tháng mười"),
                    ("/tin/tong-ket-100004.html", "Phường tổng kết phong trào thi đua yêu nước"))
            )  # fmt: skip
            return f"<html><body><ul>{rows}</ul></body></html>"
        path, _, query = target.partition("?page=")
        number = int(query or 1)
        if path != ARTICLE or number > len(self.parts):
            return _article("Phường họp giao ban công tác tháng mười", PARTS[0]) if "100003" in path else None
        pager = "".join(f'<a href="{ARTICLE}?page={each}">{each}</a> ' for each in range(1, len(self.parts) + 1))
        text = self.parts[number - 1]
        return _article("Phường sửa đường vào trường tiểu học", text, f'<div class="pages">{pager}</div>')


def _article(title: str, text: str, more: str = "") -> str:
    return (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>12/10/2026 08:00</p>"
        f'<div class="content"><p>{text}</p>{more}</div></body></html>'
    )


@pytest.fixture
def site() -> TwoOrThreePages:
    return TwoOrThreePages()


def read(home: Home, site: TwoOrThreePages, folder: Path, *, day: int) -> dict[str, list[str]]:
    """Crawl on a day; return bodies and flags of the crawl's articles by path."""
    define_portal(folder, "nhieu-trang", HOST, platform="generic", seed_urls=[f"https://{HOST}/tin-tuc"])
    site.asked.clear()
    with serve(1, extra={HOST: site}) as mirror:
        done = crawl(mirror, home, folder, "nhieu-trang", now=START + timedelta(days=day))
        assert done.returncode == 0, done.stderr
    update_index(home)
    extract(home, load_portals([folder]).valid)
    newest = warc_files(home, "nhieu-trang")[-1]
    rows = rows_of(derived_file(ARTICLES, EXTRACTOR_VERSION, newest)).to_pylist()
    return {row["url"].removeprefix(f"https://{HOST}"): [*row["body"], *row["quality_flags"]] for row in rows}


def test_an_article_over_three_pages_is_one_article_in_every_crawl(tmp_path: Path, site: TwoOrThreePages) -> None:
    home, folder = Home(tmp_path / "home"), tmp_path / "portals"
    found = read(home, site, folder, day=0)
    assert found[ARTICLE] == [*PARTS, "pages_joined"]
    assert set(found) == {ARTICLE, "/tin/hop-giao-ban-100003.html"}
    assert [site.asked.count(f"{ARTICLE}?page={number}") for number in (1, 2, 3)] == [0, 1, 1]

    # The article's own page has not changed, but its last page has: a conditional request would hide that.
    site.parts = (*PARTS[:2], "Công trình đã hoàn thành sớm mười ngày so với kế hoạch mà phường đề ra ban đầu.")
    found = read(home, site, folder, day=2)
    assert found[ARTICLE] == [*site.parts, "pages_joined"]


def test_a_page_that_fails_leaves_a_flag(tmp_path: Path, site: TwoOrThreePages) -> None:
    site.broken = f"{ARTICLE}?page=2"
    found = read(Home(tmp_path / "home"), site, tmp_path / "portals", day=0)
    assert found[ARTICLE] == [PARTS[0], "pages_missing"]
