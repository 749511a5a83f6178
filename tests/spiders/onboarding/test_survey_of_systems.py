"""Surveys of sites as common systems write them: forms of addresses, feeds, sitemaps, and what is said to be off."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from spiders.mirror.server import Handler
from spiders.mirror.sites.base import Response
from spiders.onboarding.draft import Proposal, identity_of, propose
from spiders.onboarding.probe import judge_survey
from spiders.onboarding.survey import Survey, survey
from spiders.platforms import PLATFORMS
from tests.spiders.onboarding import cms_sites as sites
from tests.spiders.onboarding.cms_sites import HOME, HOST, Site
from tests.visiting import captured_for_survey, pages, played

TODAY = date(2026, 11, 24)
GENERIC = PLATFORMS["generic"]
SITES: dict[str, Callable[[], tuple[Site, Handler]]] = {
    r"^/\d{4}/\d{2}/\d{2}/[^/]+/?$": sites.blog_by_date,
    r"^/\?p=\d+(?:&|$)": sites.blog_by_number,
    r"^(?!(?:/gioi-thieu|/chuc-nang-nhiem-vu|/lien-he)/?$)/[^/]+/?$": sites.flat_slugs,
    r"^(?!(?:/archives\.html|/tags\.html|/authors\.html)/?$)/[^/]*\.html/?$": sites.static_generator,
    r"^/blog/[^/]+/?$": sites.django_blog,
    r"^/index\.php/[^/]+/\d+-[^/]*/?$": sites.joomla,
    r"^/node/\d+/?$": sites.drupal,
    r"^/view\.aspx\?ID=\d+(?:&|$)": sites.web_forms,
    r"^/tin-tuc/[^/]*-c\d+a\d+\.html/?$": sites.with_category_and_number,
    r"^/[^/]*-\d+\.htm/?$": sites.with_long_numbers,
}


def surveyed(handler: Handler) -> Survey:
    with played({HOST: handler}) as served:
        return survey(captured_for_survey(served, HOME), HOME)


def proposed(seen: Survey) -> Proposal:
    return propose(seen, "phuong-ban", identity_of(seen), TODAY, 0)


@pytest.mark.parametrize("pattern", SITES, ids=lambda pattern: SITES[pattern].__name__)
def test_the_draft_fits_every_article_and_no_other_page(pattern: str) -> None:
    site, handler = SITES[pattern]()
    seen = surveyed(handler)
    portal = proposed(seen).portal
    assert portal.article_patterns == (pattern,)
    assert all(GENERIC.is_article_url(url, portal) for url in site.urls())
    others = [HOME, *portal.start_urls, *(f"https://{HOST}{path}" for path in (*site.sections, *site.static))]
    assert not [url for url in others if GENERIC.is_article_url(url, portal)]
    assert [one.article.title for one in seen.articles if one.article]


@pytest.mark.parametrize("pattern", SITES, ids=lambda pattern: SITES[pattern].__name__)
def test_a_crawl_takes_no_article_on_a_list_for_a_list(pattern: str) -> None:
    """Else it is requested twice: for the entry of the feed, and for the link on the list."""
    site, handler = SITES[pattern]()
    seen = surveyed(handler)
    portal = proposed(seen).portal
    found = [one.page.links(portal)[0] for one in seen.lists]
    articles = set(site.urls())
    assert sum(len(links.articles) for links in found) >= 20
    assert not articles.intersection(url for links in found for url in links.lists)
    assert articles.issuperset(url for links in found for url in links.articles)


@pytest.mark.parametrize("pattern", [one for one in SITES if SITES[one] is not sites.django_blog])
def test_nothing_is_off_where_dates_patterns_and_counts_agree(pattern: str) -> None:
    _, handler = SITES[pattern]()
    assert judge_survey(surveyed(handler)) == []


def test_the_sitemap_of_robots_txt_is_kept_and_comments_are_left_out() -> None:
    site, handler = sites.blog_by_date()
    seen = surveyed(handler)
    portal = proposed(seen).portal
    assert portal.sitemaps == (f"{HOME}wp-sitemap.xml",)
    assert [one.rows for one in seen.sitemaps] == [site.count]
    assert portal.feeds == (f"{HOME}feed/",)
    left = {one.url: (one.kind, one.reason) for one in seen.left_out}
    assert left[f"{HOME}comments/feed/"] == ("feeds", "comments")


def test_of_an_index_the_sitemaps_of_posts_are_read_first() -> None:
    site, _ = sites.blog_by_date()
    other = [f"{HOME}{name}-sitemap.xml" for name in ("page", "category", "post_tag", "author", "video")]
    further = {
        "/robots.txt": sites.robots("sitemap_index.xml"),
        "/sitemap_index.xml": sites.index([*other, f"{HOME}post-sitemap.xml"]),
        "/post-sitemap.xml": sites.sitemap(site.urls()),
    }
    seen = surveyed(site.played(further))
    assert [(one.url, one.rows) for one in seen.sitemaps] == [(f"{HOME}sitemap_index.xml", site.count)]


def test_sitemaps_that_are_named_and_useless_are_left_out_with_a_reason() -> None:
    site, _ = sites.blog_by_date()
    further = {
        "/robots.txt": sites.robots("bai.xml", "rong.xml", "page-sitemap.xml", "mat.xml", "trang.html", "nua.xml"),
        "/bai.xml": sites.sitemap(site.urls()),
        "/rong.xml": sites.sitemap([]),
        "/page-sitemap.xml": sites.sitemap([f"{HOME}gioi-thieu/"]),
        "/feed/": sites.rss(site.entries()),
    }
    seen = surveyed(site.played(further))
    assert proposed(seen).portal.sitemaps == (f"{HOME}bai.xml",)
    assert {one.url: one.reason for one in seen.left_out if one.kind == "sitemaps"} == {
        f"{HOME}rong.xml": "it lists no pages",
        f"{HOME}page-sitemap.xml": "no article in it",
        f"{HOME}mat.xml": "http_404",
        f"{HOME}trang.html": "no more than 4 are tried",
        f"{HOME}nua.xml": "no more than 4 are tried",
    }


@pytest.mark.parametrize(
    "path",
    [
        *("/comments/feed/", "/?feed=comments-rss2", "/2026/11/20/bai/feed/", "/?feed=rss2&p=12", "/feed/comments/"),
        *("/feeds/comments/default", "/feeds/77/comments/default", "/crss", "/comments/rss", "/rss-comments.xml"),
        *("/index.php?option=com_jcomments&task=rss", "/component/jcomments/feed/com_content/12", "/phan-hoi.rss"),
    ],
)
def test_feeds_of_comments_are_not_proposed(path: str) -> None:
    site, _ = sites.blog_by_date()
    with_feeds = Site(site.address, site.sections, site.static, sites.declared("/feed/", path.replace("&", "&amp;")))
    further = {"/feed/": sites.rss(site.entries()), path: sites.comments_on(site.urls()[:6])}
    seen = surveyed(with_feeds.played(further))
    assert proposed(seen).portal.feeds == (f"{HOME}feed/",)
    assert [one.reason for one in seen.left_out if one.kind == "feeds"] == ["comments"]


@pytest.mark.parametrize(
    "path", ["/rss/binh-luan.rss", "/feed/atom/", "/category/tin-tuc/feed/", "/feeds/posts/default"]
)
def test_feeds_of_articles_are_proposed(path: str) -> None:
    """Newspapers have a section of comment; it holds articles."""
    site, _ = sites.blog_by_date()
    with_feed = Site(site.address, site.sections, site.static, sites.declared(path))
    seen = surveyed(with_feed.played({path: sites.rss(site.entries(), "Bình luận - Báo Phường Bạn")}))
    assert proposed(seen).portal.feeds == (f"https://{HOST}{path}",)


def test_no_more_than_four_feeds_are_kept_and_the_rest_are_named() -> None:
    site, _ = sites.blog_by_date()
    paths = [f"/rss/muc-{number}.rss" for number in range(8)]
    with_feeds = Site(site.address, site.sections, site.static, sites.declared(*paths, "https://khac.test/rss"))
    feeds = {path: sites.rss(site.entries()[number:]) for number, path in enumerate(paths)}
    seen = surveyed(with_feeds.played(feeds))
    urls = [f"https://{HOST}{path}" for path in paths]
    assert proposed(seen).portal.feeds == tuple(urls[:4])
    assert [one.url for one in seen.feeds] == urls[:4]
    assert {one.url: one.reason for one in seen.left_out if one.kind == "feeds"} == {
        **dict.fromkeys(urls[4:6], "no more than 4 are kept"),
        **dict.fromkeys(urls[6:], "no more than 6 are tried"),
        "https://khac.test/rss": "on another host",
    }


def test_a_feed_that_repeats_another_is_left_out() -> None:
    _, handler = sites.django_blog()
    seen = surveyed(handler)
    assert proposed(seen).portal.feeds == (f"{HOME}blog/feeds/rss/",)
    assert ("feeds", f"the same entries as {HOME}blog/feeds/rss/") in {(one.kind, one.reason) for one in seen.left_out}


def test_lists_without_rows_are_kept_for_their_links_and_are_off() -> None:
    _, handler = sites.django_blog()
    seen = surveyed(handler)
    assert f"{HOME}blog/" in proposed(seen).portal.seed_urls
    if not any(one.rows for one in seen.lists):
        assert any("though they link to articles" in problem for problem in judge_survey(seen))


def test_a_static_page_is_no_list_though_a_box_beside_its_text_links_to_articles() -> None:
    site, handler = sites.flat_slugs()
    links = "".join(f'<li><a href="{site.address(post)}">{post.title}</a></li>' for post in sites.posts()[20:26])
    box = f"<aside><h3>Xem nhiều</h3><ul>{links}</ul></aside></body>".encode()

    def boxed(method: str, target: str) -> Response:
        answer = handler(method, target)
        return replace(answer, body=answer.body.replace(b"</body>", box))

    seen = surveyed(boxed)
    static = {f"https://{HOST}{path}" for path in site.static}
    assert static.isdisjoint(proposed(seen).portal.seed_urls)
    assert static.isdisjoint(one.url for one in seen.left_out)
    assert judge_survey(seen) == []


@pytest.mark.parametrize(
    ("make", "name"), [(sites.joomla, "Joomla"), (sites.drupal, "Drupal")], ids=["joomla", "drupal"]
)
def test_a_system_without_a_platform_is_named(make: Callable[[], tuple[Site, Handler]], name: str) -> None:
    seen = surveyed(make()[1])
    assert seen.match.system == name.lower()
    assert f"it looks like {name}, which has no platform yet" in proposed(seen).text


def test_articles_without_a_date_are_off() -> None:
    site, _ = sites.with_category_and_number()
    text = "".join(f"<p>Tổ {n} cùng nhau dọn ngõ, trồng cây và sửa lại hàng rào của nhà văn hóa.</p>" for n in range(9))
    undated: dict[str, str | Response] = {
        site.address(post): f"<html><body><h1>{post.title}</h1>{text}</body></html>" for post in sites.posts()
    }
    assert "no date on 3 of 3" in judge_survey(surveyed(site.played(undated)))


def test_forms_that_fit_few_known_articles_are_off() -> None:
    site, _ = sites.blog_by_date()
    entries = [(f"{HOME}{'x/' * number}bai", title, at) for number, (_, title, at) in enumerate(site.entries(30), 3)]
    seen = surveyed(site.played({"/feed/": sites.rss(entries)}))
    assert any("known articles" in problem for problem in judge_survey(seen))


def test_a_feed_of_another_host_is_off() -> None:
    site, _ = sites.blog_by_date()
    with_feed = Site(site.address, site.sections, site.static, sites.declared("/feed/"))
    entries = [(url.replace(HOST, "cu.test"), title, at) for url, title, at in site.entries()]
    off = judge_survey(surveyed(with_feed.played({"/feed/": sites.rss(entries)})))
    assert "10 of 10 feed entries are out of scope" in off


def test_endless_feeds_and_sitemaps_take_bounded_time() -> None:
    site, _ = sites.blog_by_date()
    urls = [f"{HOME}2026/11/{number % 28 + 1:02}/viec-{number}/" for number in range(50_000)]
    feed = sites.rss([(url, "Việc của phường", sites.posts()[0].at) for url in urls])
    with_feed = Site(site.address, site.sections, site.static, sites.declared("/feed/"))
    further: dict[str, str | Response] = {
        "/feed/": feed,
        "/robots.txt": sites.robots(*(f"s{number}.xml" for number in range(1000))),
        **{f"/s{number}.xml": sites.sitemap(urls) for number in range(4)},
    }
    handler = with_feed.played(further)
    started = time.process_time()
    seen = surveyed(handler)
    text = proposed(seen).text
    judge_survey(seen)
    assert time.process_time() - started < 60
    assert len(seen.left_out) == 20
    assert seen.left_out[-1].reason.endswith(" more")
    assert len(text) < 5000


def test_the_draft_of_a_page_without_links_proposes_no_pattern() -> None:
    seen = surveyed(pages({"/": "<html><body><p>Trang đang xây dựng.</p></body></html>"}))
    assert proposed(seen).portal.article_patterns == ()
    assert "no list, feed or sitemap was found" in judge_survey(seen)


def saved(file: Path, content_type: str) -> Response:
    return Response(200, {"Content-Type": content_type}, file.read_bytes())


def test_saved_pages_of_a_blog_by_date(shared: Path) -> None:
    folder, host = shared / "cases/cms", "xasondong.hanoi.test"
    by_date = folder / "wp-date-permalink-pattern"
    site = pages(
        {
            "/": saved(folder / "wp-list-rows-one-date/page.html", "text/html; charset=utf-8"),
            "/robots.txt": Response(200, {}, f"User-agent: *\nSitemap: https://{host}/wp-sitemap.xml".encode()),
            "/feed/": saved(by_date / "feed.xml", "application/rss+xml"),
            "/wp-sitemap.xml": sites.index([f"https://{host}/wp-sitemap-posts-post-1.xml"]),
            "/wp-sitemap-posts-post-1.xml": saved(by_date / "wp-sitemap-posts-post-1.xml", "application/xml"),
        }
    )
    with played({host: site}) as served:
        seen = survey(captured_for_survey(served, f"https://{host}/"), f"https://{host}/")
    portal = proposed(seen).portal
    assert seen.match.system == "wordpress"
    assert portal.article_patterns == (r"^/\d{4}/\d{2}/\d{2}/[^/]+/?$",)
    assert portal.sitemaps == (f"https://{host}/wp-sitemap.xml",)
    assert portal.feeds == (f"https://{host}/feed/",)
    assert [one.rows for one in seen.sitemaps] == [37]
    assert f"https://{host}/comments/feed/" in {one.url for one in seen.left_out}


def test_a_saved_article_without_a_date_of_a_django_blog(shared: Path) -> None:
    folder, host = shared / "cases/cms/mezzanine-no-date", "phuongmoi.hanoi.test"
    article = saved(folder / "page.html", "text/html; charset=utf-8")
    known = {
        "/": article,
        "/blog/feeds/rss/": saved(folder / "feed.xml", "application/rss+xml"),
        "/robots.txt": Response(200, {}, f"User-agent: *\nSitemap: https://{host}/sitemap.xml".encode()),
        "/sitemap.xml": saved(folder / "sitemap.xml", "application/xml"),
    }
    site = pages(known)

    def handle(method: str, target: str) -> Response:
        return article if target.count("/") == 3 and target not in known else site(method, target)

    with played({host: handle}) as served:
        seen = survey(captured_for_survey(served, f"https://{host}/"), f"https://{host}/")
    portal = proposed(seen).portal
    assert portal.article_patterns == (r"^/blog/[^/]+/?$",)
    assert portal.sitemaps == (f"https://{host}/sitemap.xml",)
    assert judge_survey(seen) != []
