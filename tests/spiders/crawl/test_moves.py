"""Articles that move, vanish and come back, as processes: what successive crawls ask, count and believe."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from spiders.mirror.sites.base import Response
from tests.spiders.crawl.test_incremental import BASE, DAY, HOUR, START, Portal, article_path, html, pages_of, running
from warehouse.archive.state.queries import KnownArticle, open_state
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

GONE = html("404", 404)
NEW_PATH = "/thong-bao/-/view_content/2-tin-ten-moi"


def known(home: Home, key: str) -> KnownArticle:
    with open_state(home, "portal") as state:
        article = state.article(key)
    assert article is not None
    return article


def redirect(path: str) -> Response:
    return html("", 301, Location=path)


class Moving(Portal):
    """A portal that moves article 2 to another section."""

    def move(self) -> None:
        """Answer 404 at the old address of article 2, and show it in the list at a new one."""
        page = self.page("/tin")
        shown = page.body.decode().replace(article_path(2), NEW_PATH)
        article = self.page(article_path(2))
        self.answers = {
            "/tin": Response(200, page.headers, shown.encode()),
            NEW_PATH: article,
            article_path(2): GONE,
        }


def test_an_article_that_moved_is_asked_where_the_list_shows_it(tmp_path: Path) -> None:
    portal = Moving(pages_of(3))
    with running(tmp_path, portal) as run:
        run.crawl(START)
        portal.move()
        portal.taken()
        moved = run.crawl(START + 25 * HOUR)
        asked = portal.taken()
        assert asked.index(article_path(2)) < asked.index(NEW_PATH)
        assert (moved.verdict, moved.articles_missing, moved.articles_new) == ("no_news", 0, 0)
        assert (known(run.home, "2").url, known(run.home, "2").missing_since) == (f"{BASE}{NEW_PATH}", None)
        run.crawl(START + 73 * HOUR)
        assert [path for path in portal.taken() if "2-tin" in path] == [NEW_PATH]


def test_an_article_in_two_sections_is_asked_at_one_address(tmp_path: Path) -> None:
    portal = Moving(pages_of(3))
    with running(tmp_path, portal) as run:
        run.crawl(START)
        portal.move()
        del portal.answers[article_path(2)]
        portal.taken()
        run.crawl(START + 25 * HOUR)
        run.crawl(START + 73 * HOUR)
        assert {path for path in portal.taken() if "2-tin" in path} == {article_path(2)}


def test_a_missing_article_that_a_list_shows_again_is_asked_at_once(tmp_path: Path) -> None:
    portal = Moving(pages_of(3))
    with running(tmp_path, portal) as run:
        run.crawl(START)
        portal.pages, portal.answers = [[3, 1]], {article_path(2): GONE}
        assert run.crawl(START + 25 * HOUR).articles_missing == 1
        portal.pages = [[3, 2, 1]]
        portal.move()
        portal.taken()
        report = run.crawl(START + 30 * HOUR)
        assert [path for path in portal.taken() if "view_content" in path] == [NEW_PATH]
        assert (report.articles_missing, report.articles_new) == (0, 0)
        assert known(run.home, "2").missing_since is None


def test_a_mass_disappearance_is_not_believed_unless_the_operator_says_since_when(tmp_path: Path) -> None:
    portal = Portal(pages_of(6))
    with running(tmp_path, portal) as run:
        run.crawl(START)
        lost = (1, 2, 3, 4)
        portal.answers = {article_path(number): GONE for number in lost}
        for day in (1, 2):
            report = run.crawl(START + day * (DAY + HOUR))
            assert (report.verdict, report.is_complete) == ("broken", False)
            assert "known articles are gone at once, of 6 in all" in report.verdict_reason
            assert known(run.home, "1").missing_since is None
        portal.answers = {}
        portal.taken()
        back = run.crawl(START + 3 * (DAY + HOUR))
        assert (back.verdict, back.articles_missing) == ("no_news", 0)
        assert {article_path(number) for number in lost} <= set(portal.taken())
        run.define(expectations={"comparable_from": date(2026, 11, 8).isoformat()})
        portal.answers = {article_path(number): GONE for number in lost}
        removed = run.crawl(START + 8 * DAY)
        assert (removed.verdict, removed.articles_missing) == ("no_news", 4)
        assert known(run.home, "1").missing_since is not None


def test_single_removals_are_believed(tmp_path: Path) -> None:
    portal = Portal(pages_of(25, each=25))
    with running(tmp_path, portal) as run:
        run.crawl(START)
        portal.answers = {article_path(number): GONE for number in (1, 2)}
        report = run.crawl(START + 25 * HOUR)
        assert (report.verdict, report.articles_missing) == ("no_news", 2)
        assert known(run.home, "1").missing_since is not None


BODY = (
    "<p>Sáng nay, Ủy ban nhân dân phường tổ chức hội nghị giao ban với các tổ dân phố để đánh giá công tác tháng Mười "
    "và bàn nhiệm vụ tháng Mười một, trong đó có vệ sinh môi trường và trật tự đô thị trên địa bàn.</p>"
    "<p>Hội nghị thống nhất tổng vệ sinh vào sáng thứ Bảy hằng tuần, kiểm tra các tuyến ngõ, và báo cáo kết quả về văn "
    "phòng trước ngày hai mươi lăm hằng tháng để tổng hợp, trình lãnh đạo phường xem xét.</p>"
)
SLUGS = ("hop-giao-ban-thang-muoi", "tong-ve-sinh-moi-truong", "le-phat-dong-thi-dua", "tiep-xuc-cu-tri-cuoi-nam")


class Addresses(Portal):
    """A portal without ids, whose menu leads to an article that nothing tells from a list by its address."""

    def __init__(self, slugs: tuple[str, ...], menu: str = "thong-bao-khan") -> None:
        super().__init__([])
        self.slugs = slugs
        self.menu = menu

    def page(self, target: str) -> Response:
        if target == "/tin":
            rows = "".join(
                f'<div class="item"><h3><a href="/tin/{slug}.html">Tin về {slug.replace("-", " ")}</a></h3>'
                f"<span>{day:02d}/10/2026</span></div>"
                for day, slug in enumerate(self.slugs, 11)
            )
            return html(f'<nav class="menu"><a href="/tin">Tin tức</a><a href="/{self.menu}">Khẩn</a></nav>{rows}')
        name = target.removeprefix("/tin/").removesuffix(".html").removeprefix("/")
        if name in (*self.slugs, self.menu):
            return html(
                f'<article><h1>Tin về {name.replace("-", " ")}</h1><time datetime="2026-10-20">20/10/2026</time>'
                f"{BODY.replace('phường', name)}</article>"
            )
        return html("404", 404)


GENERIC = {"platform": "generic", "article_patterns": [r"^/tin/.+\.html$"]}


def test_an_article_that_was_linked_as_a_list_is_counted_and_refetched(tmp_path: Path) -> None:
    portal = Addresses(SLUGS)
    with running(tmp_path, portal, **GENERIC) as run:
        first = run.crawl(START)
        asked = portal.taken()
        assert len(asked) == len(set(asked))
        assert (first.articles_found, first.articles_captured, first.articles_new) == (5, 5, 5)
        quiet = run.crawl(START + 2 * HOUR)
        assert (portal.taken(), quiet.verdict) == (["/tin"], "no_news")
        again = run.crawl(START + 26 * HOUR)
        assert "/thong-bao-khan" in portal.taken()
        assert (again.articles_captured, again.articles_new) == (5, 0)
        portal.menu = "thong-bao-moi"
        assert run.crawl(START + 74 * HOUR).articles_missing == 1


def test_a_move_to_https_makes_no_article_new(tmp_path: Path) -> None:
    portal = Addresses(SLUGS)
    plain = BASE.replace("https:", "http:")
    with running(tmp_path, portal, **GENERIC, seed_urls=[f"{plain}/tin"]) as run:
        run.crawl(START)
        run.define(**GENERIC)
        portal.taken()
        report = run.crawl(START + 26 * HOUR)
        assert (report.verdict, report.articles_found, report.articles_new) == ("no_news", 5, 0)
        asked = portal.taken()
        assert len(asked) == len(set(asked))
        assert all(known(run.home, key).url == f"https://{key}" for key in ("portal.hanoi.test/thong-bao-khan",))


def test_renamed_articles_are_one_whether_they_redirect_or_not(tmp_path: Path) -> None:
    portal = Addresses(SLUGS)
    with running(tmp_path, portal, **GENERIC) as run:
        run.crawl(START)
        old, gone = SLUGS[0], SLUGS[1]
        portal.slugs = (f"{old}-2026", f"{gone}-2026", *SLUGS[2:])
        portal.answers = {f"/tin/{old}.html": redirect(f"/tin/{old}-2026.html")}
        # The rows of the list keep title and day.
        page = portal.page("/tin")
        portal.answers["/tin"] = Response(200, page.headers, page.body.decode().replace(" 2026</a>", "</a>").encode())
        portal.taken()
        report = run.crawl(START + 26 * HOUR)
        asked = portal.taken()
        assert len(asked) == len(set(asked))
        assert (report.articles_new, report.articles_missing) == (0, 0)
        assert "1 moved to another address" in report.verdict_reason
        portal.taken()
        run.crawl(START + 74 * HOUR)
        assert f"/tin/{old}.html" not in portal.taken()
        assert known(run.home, f"portal.hanoi.test/tin/{old}.html").url == f"{BASE}/tin/{old}-2026.html"
