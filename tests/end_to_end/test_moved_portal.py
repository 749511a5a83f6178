"""A portal gets a new domain, https and new slugs: articles keep their history, and published ids stay valid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from spiders.mirror.server import Handler, serve
from spiders.mirror.sites.base import Response
from tests.crawling import crawl, define_portal
from tests.demonstration import hanoi_corpus
from warehouse.corpus.release import open_release
from warehouse.home import Home
from warehouse.text.identity import article_id

pytestmark = [pytest.mark.process, pytest.mark.slow]

SLUG, FORMER, PRESENT = "xa-doi-mien", "xadoimien.hanoi.test", "www.doimien.hanoi.test"
START = datetime(2026, 11, 2, 1, tzinfo=UTC)
HTML = {"Content-Type": "text/html; charset=utf-8"}
# Every article is fetched in every crawl.
SETTINGS = "refetch: {daily: [1d, 2d, 3d, 9999d]}\n"

TITLES = {
    "sua-duong-100001": "Xã sửa đường vào trường tiểu học",
    "trong-cay-100002": "Xã trồng một nghìn cây xanh đầu xuân",
    "cho-que-100003": "Phiên chợ quê mở cửa sáng chủ nhật",
    "day-boi-100004": "Lớp dạy bơi miễn phí cho trẻ em",
    "hien-mau-100005": "Ngày hội hiến máu ở nhà văn hóa",
    "doc-sach-100006": "Tủ sách mới cho các em nhỏ",
    "thu-gom-rac-100007": "Xã đặt thêm thùng rác dọc bờ đê",
}
TEXT = (
    "Sáng nay, đông đảo bà con các thôn đã có mặt từ sớm để cùng tham gia với cán bộ xã. Công việc dự kiến kéo dài "
    "trong ba ngày, kinh phí do nhân dân đóng góp và được công khai trên bảng tin của từng thôn."
)


def page(title: str, content: str) -> Response:
    head = f'<head><meta charset="utf-8"><title>{title}</title></head>'
    return Response(200, HTML, f"<!DOCTYPE html><html>{head}<body>{content}</body></html>".encode())


def site(articles: Mapping[str, str], redirects: Mapping[str, str] | None = None) -> Handler:
    """Return a portal with a list and the articles, by slug; links have no host."""

    def handle(_method: str, target: str) -> Response:
        if target == "/tin-tuc":
            rows = "".join(
                f'<li><h3><a href="/tin/{slug}.html">{title}</a></h3><span>01/11/2026 08:{place:02}</span></li>'
                for place, (slug, title) in enumerate(articles.items())
            )
            return page("Tin tức", f"<h1>Tin tức</h1><ul>{rows}</ul>")
        slug = target.removeprefix("/tin/").removesuffix(".html")
        if slug in (redirects or {}):
            return Response(301, HTML | {"Location": f"/tin/{(redirects or {})[slug]}.html"}, b"")
        if slug not in articles:
            return Response(404, HTML, b"<html><body><h1>404</h1></body></html>")
        title, place = articles[slug], list(articles).index(slug)
        body = f"<p>{title}: {TEXT}</p><p>Tin do ban biên tập của xã thực hiện.</p>"
        return page(title, f'<h1>{title}</h1><p>01/11/2026 08:{place:02}</p><div class="content">{body}</div>')

    return handle


MOVED = {
    {"trong-cay-100002": "mot-nghin-cay-xanh-100012", "cho-que-100003": "phien-cho-que-100013"}.get(slug, slug): title
    for slug, title in TITLES.items()
}
REMOVED = {slug: title for slug, title in MOVED.items() if slug != "thu-gom-rac-100007"}


class Portal(NamedTuple):
    home: Home
    first_ids: frozenset[str]


def crawl_on(home: Home, folder: Path, day: int, host: str, handler: Handler, **fields: object) -> None:
    scheme = "http" if host == FORMER else "https"
    define_portal(folder, SLUG, host, platform="generic", seed_urls=[f"{scheme}://{host}/tin-tuc"], **fields)
    with serve(1, extra={host: handler}) as mirror:
        done = crawl(mirror, home, folder, SLUG, now=START + timedelta(hours=26 * day))
    assert done.returncode == 0, done.stdout + done.stderr


def ask(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with open_release(home.corpus_file) as corpus:
        return corpus.execute(sql).fetchall()


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Portal:
    folder = tmp_path_factory.mktemp("moved-portal")
    home, definitions = Home(folder / "home"), folder / "portals"
    home.root.mkdir()
    home.settings_file.write_text(SETTINGS, encoding="utf-8")
    crawl_on(home, definitions, 0, FORMER, site(TITLES))
    build(home, definitions)
    first_ids = frozenset(each for (each,) in ask(home, "select article_id from fct_articles"))
    redirects = {"trong-cay-100002": "mot-nghin-cay-xanh-100012"}
    for day, articles in ((1, MOVED), (2, REMOVED), (4, REMOVED)):
        crawl_on(home, definitions, day, PRESENT, site(articles, redirects), formerly=[FORMER])
    build(home, definitions)
    return Portal(home, first_ids)


def build(home: Home, definitions: Path) -> None:
    done = hanoi_corpus(home, "build", HANOI_CORPUS_PORTALS=str(definitions))
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_article_is_there_once_under_its_latest_address(portal: Portal) -> None:
    found = ask(portal.home, "select url, is_removed, suspected_at from fct_articles")
    assert sorted(found) == sorted(
        (f"https://{PRESENT}/tin/{slug}.html", slug == "thu-gom-rac-100007", None) for slug in MOVED
    )


def test_every_published_id_names_one_article(portal: Portal) -> None:
    assert len(portal.first_ids) == len(TITLES)
    published = portal.first_ids | {article_id(SLUG, f"http://{FORMER}/tin/{slug}.html") for slug in TITLES}
    today = dict(ask(portal.home, "select former_article_id, article_id from dim_article_ids"))
    current = {each for (each,) in ask(portal.home, "select article_id from fct_articles")}
    assert {today.get(each, each) for each in published} == current


def test_the_history_is_whole_and_a_new_domain_is_no_move(portal: Portal) -> None:
    found = ask(
        portal.home,
        "select title, list(event order by event_number) from fct_article_events inner join fct_articles"
        " using (article_id) group by all",
    )
    own = {"trong-cay-100002": ["moved"], "cho-que-100003": ["moved"], "thu-gom-rac-100007": ["removed"]}
    assert dict(found) == {title: ["published", *own.get(slug, [])] for slug, title in TITLES.items()}


def test_moves_say_from_where_to_where(portal: Portal) -> None:
    assert sorted(ask(portal.home, "select from_url, to_url from fct_article_events where event = 'moved'")) == [
        (f"http://{FORMER}/tin/cho-que-100003.html", f"https://{PRESENT}/tin/phien-cho-que-100013.html"),
        (f"http://{FORMER}/tin/trong-cay-100002.html", f"https://{PRESENT}/tin/mot-nghin-cay-xanh-100012.html"),
    ]
