"""Small sites of common systems, as their own templates write them: lists, articles, feeds, sitemaps, static pages.

Belongs here: the sites, with texts of our own. Does not belong here: tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, product

from spiders.mirror.server import Handler
from spiders.mirror.sites.base import Response
from tests.visiting import pages
from warehouse.clock import HANOI_TIME
from warehouse.text.normal import unaccented

HOST = "phuongban.test"
HOME = f"https://{HOST}/"
_NEWEST = datetime(2026, 11, 20, 8, 15, tzinfo=HANOI_TIME)
_DEEDS = (
    "Phường tổ chức hội nghị tổng kết công tác",
    "Ra quân tổng vệ sinh môi trường tại",
    "Khai mạc giải cầu lông mở rộng của",
    "Trao học bổng cho học sinh nghèo ở",
    "Nạo vét mương thoát nước trước mùa mưa tại",
    "Tập huấn chữa cháy tại chỗ cho các hộ ở",
)
_PLACES = ("tổ dân phố số 3", "khu Bãi Giữa", "chợ Gạch", "xóm Đình", "khu tập thể Cầu Mới", "ngõ Hàng Than")
_TEXT = (
    "Sáng nay, đông đảo bà con đã có mặt từ sớm để cùng cán bộ phường bàn việc chung và chia nhau từng phần việc. "
    "Đại diện tổ dân phố cho biết công việc sẽ xong trước cuối tháng, kinh phí do các hộ tự nguyện đóng góp. "
)
_STATIC = (("gioi-thieu", "Giới thiệu"), ("chuc-nang-nhiem-vu", "Chức năng, nhiệm vụ"), ("lien-he", "Liên hệ"))


@dataclass(frozen=True, slots=True)
class Post:
    """One article of a site; `number` is 1 for the oldest."""

    number: int
    title: str
    at: datetime

    @property
    def slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", unaccented(self.title).lower()).strip("-")


def posts(count: int = 30) -> list[Post]:
    """Return the articles of a site, the newest first; some titles end in a number."""
    titles = (f"{deed} {place}" for place, deed in product(_PLACES, _DEEDS))
    found = [
        Post(number, title, _NEWEST - timedelta(days=3 * (count - number), hours=number % 5))
        for number, title in enumerate(islice(titles, count), 1)
    ]
    return found[::-1]


def rss(links: Sequence[tuple[str, str, datetime]], title: str = "Phường Bạn") -> Response:
    """Return an RSS feed of entries with link, title and time."""
    items = "".join(
        f"<item><title>{words}</title><link>{link.replace('&', '&amp;')}</link>"
        f"<pubDate>{at:%a, %d %b %Y %H:%M:%S %z}</pubDate></item>"
        for link, words, at in links
    )
    channel = f"<channel><title>{title}</title><link>{HOME}</link>{items}</channel>"
    text = f'<?xml version="1.0"?><rss version="2.0">{channel}</rss>'
    return Response(200, {"Content-Type": "application/rss+xml; charset=utf-8"}, text.encode())


def comments_on(links: Sequence[str]) -> Response:
    """Return a feed of comments."""
    entries = [(f"{link}#comment-{n}", "Bởi: Bạn đọc", _NEWEST) for n, link in enumerate(links, 1)]
    return rss(entries, "Bình luận cho Phường Bạn")


def sitemap(urls: Sequence[str], root: str = "urlset", entry: str = "url") -> Response:
    """Return a sitemap, or an index of sitemaps."""
    places = "".join(f"<{entry}><loc>{url.replace('&', '&amp;')}</loc></{entry}>" for url in urls)
    text = f'<?xml version="1.0"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</{root}>'
    return Response(200, {"Content-Type": "application/xml"}, text.encode())


def index(urls: Sequence[str]) -> Response:
    """Return an index of sitemaps."""
    return sitemap(urls, "sitemapindex", "sitemap")


def robots(*sitemaps: str) -> Response:
    """Return a robots.txt that allows everything and names sitemaps."""
    lines = ["User-agent: *", "Disallow:", *(f"Sitemap: {HOME}{path}" for path in sitemaps)]
    return Response(200, {"Content-Type": "text/plain"}, "\n".join(lines).encode())


@dataclass(frozen=True, slots=True)
class Site:
    """What differs between the sites.

    Attributes:
        address: the path and query of an article.
        sections: path and name of each section.
        static: path and name of each static page.
        head: markup in the head of each page, as of a generator.
        has_row_dates: whether the rows of lists have dates.
    """

    address: Callable[[Post], str]
    sections: Mapping[str, str]
    static: Mapping[str, str]
    head: str = ""
    has_row_dates: bool = True
    count: int = 30

    def played(self, further: Mapping[str, str | Response]) -> Handler:
        """Return the site with further answers."""
        every = posts(self.count)
        shown: dict[str, str | Response] = {"/": self._list(every[:10])}
        for place, part in zip(self.sections, self._shares(every), strict=True):
            shown[place] = self._list(part)
        shown |= {path: self._page(f"<h1>{name}</h1><p>{_TEXT}</p>") for path, name in self.static.items()}
        shown |= {self.address(post): self._article(post) for post in every}
        return pages({**shown, **further})

    def urls(self) -> list[str]:
        """Return the URLs of all articles, the newest first."""
        return [f"https://{HOST}{self.address(post)}" for post in posts(self.count)]

    def entries(self, count: int = 10) -> list[tuple[str, str, datetime]]:
        """Return the entries of a feed."""
        return [(f"https://{HOST}{self.address(post)}", post.title, post.at) for post in posts(self.count)[:count]]

    def _shares(self, every: Sequence[Post]) -> Iterator[Sequence[Post]]:
        for number in range(len(self.sections)):
            yield every[number :: len(self.sections)][:10]

    def _list(self, shown: Sequence[Post]) -> str:
        rows = "".join(
            f'<div class="bai"><h3><a href="{self.address(post)}">{post.title}</a></h3>'
            + (f'<span class="ngay">{post.at:%d/%m/%Y %H:%M}</span>' if self.has_row_dates else "")
            + f"<p>{_TEXT[:90]}</p></div>"
            for post in shown
        )
        return self._page(f"<main>{rows}</main>")

    def _article(self, post: Post) -> str:
        return self._page(
            f"<article><h1>{post.title}</h1><p class='ngay'>{post.at:%d/%m/%Y %H:%M}</p>"
            f"<div class='noi-dung'><p>{post.title}. {_TEXT}</p><p>{_TEXT}</p><p>{_TEXT}</p></div></article>"
        )

    def _page(self, main: str) -> str:
        links = {"/": "Trang chủ", **self.sections, **self.static}
        menu = "".join(f'<li><a href="{path}">{name}</a></li>' for path, name in links.items())
        head = f"<title>Trang thông tin điện tử phường Bạn</title>{self.head}"
        return (
            f"<html><head>{head}</head><body><nav><ul>{menu}</ul></nav>{main}<footer>Phường Bạn</footer></body></html>"
        )


def declared(*feeds: str) -> str:
    """Return markup that declares feeds."""
    return "".join(f'<link rel="alternate" type="application/rss+xml" href="{feed}">' for feed in feeds)


_SECTIONS = {"/category/tin-tuc/": "Tin tức", "/category/thong-bao/": "Thông báo"}
_PAGES = {f"/{slug}/": name for slug, name in _STATIC}


def _wp_sitemaps(site: Site) -> dict[str, str | Response]:
    static = [f"https://{HOST}{path}" for path in site.static]
    return {
        "/robots.txt": robots("wp-sitemap.xml"),
        "/wp-sitemap.xml": index(
            [f"{HOME}wp-sitemap-{name}-1.xml" for name in ("posts-page", "taxonomies-category", "users", "posts-post")]
        ),
        "/wp-sitemap-posts-post-1.xml": sitemap(site.urls()),
        "/wp-sitemap-posts-page-1.xml": sitemap(static),
        "/wp-sitemap-taxonomies-category-1.xml": sitemap([f"https://{HOST}{path}" for path in site.sections]),
        "/wp-sitemap-users-1.xml": sitemap([f"{HOME}author/bien-tap/"]),
    }


def blog_by_date() -> tuple[Site, Handler]:
    """Return a blog whose permalinks begin with the date, as WordPress proposes."""
    site = Site(
        lambda post: f"/{post.at:%Y/%m/%d}/{post.slug}/", _SECTIONS, _PAGES, declared("/feed/", "/comments/feed/")
    )
    feeds = {"/feed/": rss(site.entries()), "/comments/feed/": comments_on(site.urls()[:10])}
    return site, site.played({**feeds, **_wp_sitemaps(site)})


def blog_by_number() -> tuple[Site, Handler]:
    """Return a blog without permalinks: every page is a query of the home page."""
    site = Site(
        lambda post: f"/?p={40 + 3 * post.number}",
        {"/?cat=2": "Tin tức", "/?cat=3": "Thông báo"},
        {f"/?page_id={number}": name for number, (_, name) in enumerate(_STATIC, 2)},
        declared("/?feed=rss2", "/?feed=comments-rss2"),
    )
    feeds = {"/?feed=rss2": rss(site.entries()), "/?feed=comments-rss2": comments_on(site.urls()[:10])}
    return site, site.played(
        {**feeds, "/robots.txt": robots("?sitemap=index"), "/?sitemap=index": sitemap(site.urls())}
    )


def flat_slugs() -> tuple[Site, Handler]:
    """Return a blog whose articles and static pages are all one level deep."""
    site = Site(lambda post: f"/{post.slug}/", _SECTIONS, _PAGES, declared("/feed/"))
    return site, site.played({"/feed/": rss(site.entries()), **_wp_sitemaps(site)})


def static_generator() -> tuple[Site, Handler]:
    """Return a site as Pelican writes it: flat files, and lists beside them."""
    site = Site(
        lambda post: f"/{post.slug}.html",
        {"/category/tin-tuc.html": "Tin tức", "/category/thong-bao.html": "Thông báo", "/archives.html": "Lưu trữ"},
        {"/pages/gioi-thieu.html": "Giới thiệu", "/tags.html": "Từ khóa", "/authors.html": "Tác giả"},
        declared("/feeds/all.rss.xml"),
    )
    return site, site.played({"/feeds/all.rss.xml": rss(site.entries(20))})


def django_blog() -> tuple[Site, Handler]:
    """Return a site as Mezzanine writes it: `/blog/slug/`, rows without dates, one sitemap of all pages."""
    site = Site(
        lambda post: f"/blog/{post.slug}/",
        {"/blog/": "Tin bài", "/blog/category/tin-tuc/": "Tin tức"},
        {f"/{slug}/": name for slug, name in _STATIC},
        declared("/blog/feeds/rss/", "/blog/feeds/atom/"),
        has_row_dates=False,
    )
    every = [HOME, f"{HOME}blog/", *(f"https://{HOST}{path}" for path in site.static), *site.urls()]
    feed = rss(site.entries(20))
    return site, site.played(
        {"/blog/feeds/rss/": feed, "/blog/feeds/atom/": feed, "/robots.txt": robots("sitemap.xml"),
         "/sitemap.xml": sitemap(every)}
    )  # fmt: skip


def joomla() -> tuple[Site, Handler]:
    """Return a site on Joomla without rewritten addresses."""
    site = Site(
        lambda post: f"/index.php/{'tin-tuc' if post.number % 3 else 'thong-bao'}/{60 + post.number}-{post.slug}",
        {"/index.php/tin-tuc": "Tin tức", "/index.php/thong-bao": "Thông báo"},
        {"/index.php/gioi-thieu": "Giới thiệu", "/index.php/lien-he": "Liên hệ"},
        '<meta name="generator" content="Joomla! - Open Source Content Management">'
        '<script src="/media/jui/js/jquery.min.js"></script>'
        + declared("/index.php?format=feed&amp;type=rss", "/index.php?option=com_jcomments&amp;task=rss"),
    )
    return site, site.played(
        {
            "/index.php?format=feed&type=rss": rss(site.entries()),
            "/index.php?option=com_jcomments&task=rss": comments_on(site.urls()[:5]),
        }
    )


def drupal() -> tuple[Site, Handler]:
    """Return a site on Drupal without aliases: `/node/12`."""
    site = Site(
        lambda post: f"/node/{10 + post.number}",
        {"/taxonomy/term/1": "Tin tức", "/taxonomy/term/2": "Thông báo"},
        {"/gioi-thieu": "Giới thiệu", "/contact": "Liên hệ"},
        '<meta name="Generator" content="Drupal 10 (https://www.drupal.org)" />' + declared("/rss.xml", "/crss"),
    )
    return site, site.played({"/rss.xml": rss(site.entries()), "/crss": comments_on(site.urls()[:5])})


def web_forms() -> tuple[Site, Handler]:
    """Return a site on ASP.NET: `view.aspx?ID=12`, without feed and sitemap."""
    site = Site(
        lambda post: f"/view.aspx?ID={100 + 7 * post.number}",
        {"/list.aspx?CatID=1": "Tin tức", "/list.aspx?CatID=2": "Thông báo"},
        {"/page.aspx?ID=3": "Giới thiệu", "/contact.aspx": "Liên hệ"},
    )
    return site, site.played({})


def with_category_and_number() -> tuple[Site, Handler]:
    """Return a newspaper's form: section, slug, and the numbers of category and article."""
    site = Site(
        lambda post: f"/tin-tuc/{post.slug}-c{1 + post.number % 3}a{3100 + 11 * post.number}.html",
        {"/tin-tuc": "Tin tức", "/thong-bao": "Thông báo"},
        {"/gioi-thieu.html": "Giới thiệu", "/lien-he.html": "Liên hệ"},
    )
    return site, site.played({})


def with_long_numbers() -> tuple[Site, Handler]:
    """Return vnPortal's form: a slug and a long number."""
    site = Site(
        lambda post: f"/{post.slug}-4250{post.at:%y%m%d%H%M}5{post.number:02}.htm",
        {"/tin-tuc.htm": "Tin tức", "/thong-bao.htm": "Thông báo"},
        {"/gioi-thieu.htm": "Giới thiệu", "/lien-he.htm": "Liên hệ"},
    )
    return site, site.played({})
