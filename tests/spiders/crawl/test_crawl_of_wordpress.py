"""A crawl of a small site on WordPress: each post once, whatever its addresses, and no page that is none."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from spiders.extract.article import article_or_reason
from spiders.mirror.server import serve
from spiders.mirror.sites.base import Response
from spiders.portal import load_portal
from tests.crawling import crawl, define_portal
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_captures, read_report
from warehouse.home import Home
from warehouse.records import Article

pytestmark = [pytest.mark.process, pytest.mark.slow]

HOST = "xathu-wp.hanoi.test"
# Number → (slug, title, day); posts 1 to 6, two on each page of the list.
POSTS = {
    number: (f"tin-so-{number}-cua-xa", f"Xã Thử trồng hàng cây thứ {number}", f"2026-03-{number:02}")
    for number in range(1, 7)
}
MENU = (
    '<header id="masthead"><nav><ul class="menu"><li><a href="/">Trang chủ</a></li><li><a href="/gioi-thieu/">Xã ta'
    '</a></li><li><a href="/category/tin-tuc/">Tin tức</a></li><li><a href="/?s=cay">Tìm</a></li>'
    '<li><a href="/author/admin/">Tác giả</a></li><li><a href="/wp-login.php">Đăng nhập</a></li></ul></nav></header>'
)


def html(classes: str, main: str) -> Response:
    page = (
        '<!DOCTYPE html><html><head><meta name="generator" content="WordPress 6.1"><link rel="alternate" '
        f'type="application/rss+xml" href="/feed/"></head><body class="{classes}">{MENU}<main>{main}</main></body>'
        "</html>"
    )
    return Response(200, {"Content-Type": "text/html; charset=UTF-8"}, page.encode())


def row(number: int) -> str:
    slug, title, day = POSTS[number]
    return (
        f'<article class="post-{number} post hentry"><h2 class="entry-title"><a href="/{slug}/">{title}</a></h2>'
        f'<time class="entry-date published" datetime="{day}T08:00:00+07:00">{day}</time></article>'
    )


def listing(page: int) -> Response:
    numbers = sorted(POSTS, reverse=True)[2 * page - 2 : 2 * page]
    following = f'<div class="nav-links"><a class="next page-numbers" href="/page/{page + 1}/">Cũ hơn</a></div>'
    return html("home blog", "".join(map(row, numbers)) + (following if page < 3 else ""))


def post(number: int) -> Response:
    slug, title, day = POSTS[number]
    answers = "".join(f'<a rel="nofollow" href="/{slug}/?replytocom={each}#respond">Trả lời</a>' for each in range(40))
    # One old text links to a post by its number, as editors do.
    linked = '<p>Đọc thêm <a href="/?p=2">bài về hàng cây</a> trồng năm ngoái ở đầu làng.</p>'
    return html(
        f"post-template-default single single-post postid-{number}",
        f'<article id="post-{number}" class="post-{number} post type-post hentry"><h1 class="entry-title">{title}</h1>'
        f'<time class="entry-date published" datetime="{day}T08:00:00+07:00">{day}</time><div class="entry-content">'
        f"<p>Sáng {day}, người dân xã Thử trồng hàng cây thứ {number} dọc bờ mương, dài hơn hai cây số.</p>"
        f'{linked if number == 6 else ""}</div></article><div id="comments">{answers}</div>',
    )


def handle(_method: str, target: str) -> Response:
    parts = urlsplit(target)
    asked = parse_qs(parts.query)
    slugs = {f"/{slug}/": number for number, (slug, _, _) in POSTS.items()}
    if parts.path == "/" and "p" in asked:
        return post(int(asked["p"][0]))
    if parts.path in slugs:
        return post(slugs[parts.path])
    if parts.path == "/gioi-thieu/":
        text = "<p>Xã Thử có mười hai thôn, nằm bên sông, dân sống bằng nghề làm vườn và đan lát từ nhiều đời nay.</p>"
        return html("page page-id-50", f'<article class="page"><h1 class="entry-title">Giới thiệu</h1>{text}</article>')
    if parts.path in ("/", "/category/tin-tuc/"):
        return listing(1)
    if parts.path in ("/page/2/", "/page/3/"):
        return listing(int(parts.path[6]))
    return Response(
        404, {"Content-Type": "text/html; charset=UTF-8"}, b"<html><body class='error404'>404</body></html>"
    )


def test_each_post_is_fetched_and_read_once(tmp_path: Path) -> None:
    definitions, home = tmp_path / "portals", Home(tmp_path / "home")
    define_portal(definitions, "xa-thu", HOST, platform="wordpress", seed_urls=[f"https://{HOST}/"])
    with serve(1, extra={HOST: handle}) as mirror:
        done = crawl(mirror, home, definitions, "xa-thu")
        requests = [request.url.removeprefix(f"https://{HOST}") for request in mirror.requests]
    assert done.returncode == 0, done.stdout + done.stderr

    unwanted = ("replytocom", "?s=", "/author/", "/feed/", "wp-login", "wp-json")
    assert [target for target in requests if any(part in target for part in unwanted)] == []
    assert len(requests) == len(set(requests))
    paths = {target for target in requests if "robots" not in target}
    posts = {f"/{slug}/" for slug, _, _ in POSTS.values()}
    assert posts <= paths
    assert paths - posts == {"/", "/page/2/", "/page/3/", "/category/tin-tuc/", "/gioi-thieu/", "/?p=2"}

    (warc,) = warc_files(home)
    portal = load_portal(definitions / "xa-thu.yml")
    captures = [
        (stored.capture, stored.body().content) for stored in read_captures(warc) if stored.capture.status == 200
    ]
    read = [article_or_reason(capture, body, portal) for capture, body in captures]
    articles = [each for each in read if isinstance(each, Article)]
    assert {article.title for article in articles} == {title for _, title, _ in POSTS.values()}
    assert len(articles) == 7  # one of them under two addresses
    assert len({article.article_id for article in articles}) == 6
    report = read_report(warc)
    assert report is not None
    assert report.verdict == "ok"
    assert report.list_rows_seen == 8
