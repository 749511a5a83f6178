"""What a portal shows to a first visitor: its system, lists, feeds, sitemaps and a few articles.

Here: which few pages are looked at, and what they show. Not here: how they are fetched (`spiders.onboarding.visit`),
and what is made of it: a portal file (`spiders.onboarding.draft`), a judgement (`spiders.onboarding.probe`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from spiders.extract.article import extract_page
from spiders.onboarding.cms_signatures import SignatureMatch, match_signatures
from spiders.onboarding.visit import Visit, VisitError, Visitor
from spiders.pages.feeds import NotXmlError, feed_links, read_sitemap
from spiders.pages.html import NotAPage, parse_page
from spiders.pages.page import Page
from spiders.platform_registry import GENERIC
from spiders.platforms import PLATFORMS
from spiders.platforms.parts.addresses import absolute, base_of
from spiders.platforms.parts.selectors import select, text_of
from spiders.portal import PlatformName, Portal, portal_of_platform
from warehouse.records import Article
from warehouse.text.normal import clean

ARTICLES_WANTED: Final = 3
# A visit stays small: a crawl that follows finds the rest.
_LISTS_TRIED_MAX: Final = 12
_FEEDS_TRIED_MAX: Final = 6
_SITEMAPS_TRIED_MAX: Final = 4
_ARTICLES_TRIED_MAX: Final = 6
_LISTS_KEPT_MAX: Final = 10
_ROWS_MIN: Final = 3

_FEED_PLACES: Final = ("/rss", "/feed", "/rss.xml", "/rss/home.rss")
_SITEMAP_PLACE: Final = "/sitemap.xml"
_FEED_ADDRESS: Final = re.compile(r"/(?:rss|feeds?)(?:[/.?]|$)|\.rss(?:\?|$)", re.IGNORECASE)
_PAGING: Final = re.compile(r"[?&/_](?:page|trang|paged|pageindex|cur|p)[=/-]?\d+", re.IGNORECASE)
_NO_LIST: Final = re.compile(
    r"/(?:en|english)(?:[/?]|$)|(?:dang-nhap|login|log-in|dang-ky|register|account|tim-kiem|search|seek)|"
    r"/(?:rss|feeds?|print|in-an|users?)(?:[/?.]|$)",
    re.IGNORECASE,
)
# Words of sections, as addresses spell them: what is likely to be a list of news is looked at first.
_NEWS_WORDS: Final = re.compile(
    r"tin-|/tin(?:$|/)|news|su-kien|hoat-dong|thong-bao|chuyen-muc|chuyen-trang|kinh-te|van-hoa|xa-hoi|giao-duc|the-thao|"
    r"chinh-tri|thoi-su|chi-dao|dieu-hanh|cai-cach|dang-doan|doi-song|an-ninh"
)
_OTHER_WORDS: Final = re.compile(r"gioi-thieu|lien-he|video|hinh-anh|album|so-do|hoi-dap|thu-tuc|dich-vu|lich-|tra-cuu")

_ANCHORS: Final = select("//a[@href]")
_DECLARED_FEEDS: Final = select(
    "//link[@href][contains(@rel,'alternate')][contains(@type,'rss') or contains(@type,'atom')]"
)
_SITE_NAME: Final = select("//meta[@property='og:site_name' and @content]")
_PAGE_TITLE: Final = select("//head/title")


@dataclass(frozen=True, slots=True)
class SeenList:
    """A list page, feed or sitemap that came.

    Attributes:
        url: its address.
        rows: how many rows or entries it shows; of a sitemap index, those of its first sitemaps.
        articles: the articles' addresses, in order.
        dates: publication times that its rows state.
        visit: what came.
    """

    url: str
    rows: int
    articles: tuple[str, ...]
    dates: tuple[datetime, ...]
    visit: Visit


@dataclass(frozen=True, slots=True)
class SeenArticle:
    """A page that came where an article was expected; `article` is None where it shows none."""

    visit: Visit
    article: Article | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What a portal showed.

    Attributes:
        home: the page at the address that was asked for.
        match: what the signatures in its pages say.
        platform: the platform that its pages are read by.
        lists: list pages with rows, those with most rows first.
        articles: pages that were opened as articles, in the order of `lists`, `feeds`, `sitemaps`.
        failures: article pages that could not be had.
        crawl_delay_seconds: what robots.txt asks for, if anything.
        remarks: what the reader of the portal file should know.
    """

    home: Visit
    match: SignatureMatch
    platform: PlatformName
    lists: tuple[SeenList, ...]
    feeds: tuple[SeenList, ...]
    sitemaps: tuple[SeenList, ...]
    articles: tuple[SeenArticle, ...]
    failures: tuple[VisitError, ...]
    crawl_delay_seconds: float | None
    remarks: tuple[str, ...]

    @property
    def is_moved(self) -> bool:
        """Whether the address led to another host (`www.` apart)."""
        return bare_host(self.home.asked) != bare_host(self.home.url)


def survey(visitor: Visitor, url: str) -> Survey:
    """Look at a portal's home page and at the few further pages that a portal file needs.

    Raises:
        VisitError: the home page could not be had.
    """
    home = visitor.get(url)
    guess = match_signatures([home.text])
    portal = _portal_at(home.url, guess.platform)
    pages = [home, *_came(visitor, _sections(home, portal), _LISTS_TRIED_MAX, portal)]
    feeds = _feeds(visitor, home, portal)
    sitemaps = _sitemaps(visitor, home, portal)
    seen = [see_list(page, portal) for page in pages]
    addresses = in_turn([one.articles for one in (*_best_lists(seen), *feeds, *sitemaps, *seen)])
    articles, failures = see_articles(visitor, portal, addresses)

    match = match_signatures(page.text for page in (*pages, *(article.visit for article in articles)))
    platform, remarks = _settled(match, home.url, pages, articles)
    portal = _portal_at(home.url, platform)
    return Survey(
        home=home,
        match=match,
        platform=platform,
        lists=tuple(_best_lists([see_list(page, portal) for page in (*pages[1:], home)])),
        feeds=tuple(feeds),
        sitemaps=tuple(sitemaps),
        articles=tuple(replace(one, article=read_article(one.visit, portal)) for one in articles),
        failures=tuple(failures),
        crawl_delay_seconds=visitor.crawl_delay(home.url),
        remarks=remarks,
    )


def _portal_at(url: str, platform: PlatformName) -> Portal:
    """Return a definition to look by; a host is often linked by its other name, with or without `www.`."""
    portal = portal_of_platform(platform, url)
    (host,) = portal.scope.hosts
    other = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    return portal.model_copy(update={"scope": portal.scope.model_copy(update={"hosts": (host, other)})})


def see_list(visit: Visit, portal: Portal) -> SeenList:
    """Return what a page shows as a list; it has no rows where it is none."""
    page = parsed(visit)
    if page is None:
        return SeenList(visit.url, 0, (), (), visit)
    platform = PLATFORMS[portal.platform]
    links = platform.links(page, portal)
    rows = platform.list_rows(page) if links.row_count else ()
    articles = [row.url for row in rows] or [url for url in links.articles if platform.is_article_url(url, portal)]
    dates = tuple(row.published_at for row in rows if row.published_at)
    return SeenList(visit.url, links.row_count, tuple(dict.fromkeys(articles)), dates, visit)


def see_feed(visit: Visit) -> SeenList:
    """Return what a feed shows.

    Raises:
        NotXmlError: what came is no feed.
    """
    entries = feed_links(visit.body, visit.url)
    return SeenList(visit.asked, len(entries), entries, (), visit)


def see_sitemap(visitor: Visitor, visit: Visit, portal: Portal) -> SeenList:
    """Return the articles that a sitemap leads to, or the first sitemaps of an index.

    Raises:
        NotXmlError: what came is no sitemap.
    """
    found = read_sitemap(visit.body, visit.url)
    pages = list(found.pages)
    for url in list(found.sitemaps)[:_SITEMAPS_TRIED_MAX]:
        try:
            pages += read_sitemap(visitor.get(url, portal.scope.covers).body, url).pages
        except (VisitError, NotXmlError):  # one sitemap of an index that is missing leaves the others
            continue
    platform = PLATFORMS[portal.platform]
    articles = tuple(dict.fromkeys(page for page in pages if platform.is_article_url(page, portal)))
    return SeenList(visit.asked, len(articles), articles, (), visit)


def see_articles(
    visitor: Visitor, portal: Portal, addresses: Iterable[str]
) -> tuple[list[SeenArticle], list[VisitError]]:
    """Open the first of the addresses, until enough have shown an article; return what came and what did not."""
    seen: list[SeenArticle] = []
    failures: list[VisitError] = []
    canonical = PLATFORMS[portal.platform].canonical_url
    opened: set[str] = set()
    for url in addresses:
        if len(opened) == _ARTICLES_TRIED_MAX or sum(one.article is not None for one in seen) == ARTICLES_WANTED:
            break
        if canonical(url) in opened or not portal.scope.covers(url):
            continue
        opened.add(canonical(url))
        try:
            visit = visitor.get(url, portal.scope.covers)
        except VisitError as error:
            failures.append(error)
        else:
            seen.append(SeenArticle(visit, read_article(visit, portal)))
    return seen, failures


def read_article(visit: Visit, portal: Portal) -> Article | None:
    """Return the article that a page shows, as extraction would read it from the archive."""
    return extract_page(visit.body, visit.url, portal, visit.visited_at, visit.content_type)


def site_name(home: Visit) -> str | None:
    """Return how the home page calls its site."""
    page = parsed(home)
    if page is None:
        return None
    declared = next((name for meta in _SITE_NAME(page.tree) if (name := clean(meta.get("content") or ""))), None)
    title = next((text for element in _PAGE_TITLE(page.tree) if (text := text_of(element))), "")
    # `Trang chủ | Cổng …`, `Cổng … - Trang chủ`: the longest part is the name.
    return declared or max(re.split(r"\s+[|–-]\s+", title), key=len) or None


def bare_host(url: str) -> str:
    """Return the host of an address, without `www.`; empty where it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # such as http://[
        return ""


def parsed(visit: Visit) -> Page | None:
    """Return the parsed page; None where what came is none."""
    try:
        return parse_page(visit.body, visit.url, visit.content_type)
    except NotAPage:
        return None


def _sections(home: Visit, portal: Portal) -> list[str]:
    """Return the addresses of the home page's menus that may be lists of news, the likeliest first."""
    page = parsed(home)
    if page is None:
        return []
    names = dict.fromkeys((portal.platform, GENERIC))
    links = [url for name in names for url in PLATFORMS[name].links(page, portal).lists]
    canonical = PLATFORMS[portal.platform].canonical_url
    found: dict[str, str] = {}
    for url in links:
        if not _NO_LIST.search(url) and not _PAGING.search(url):
            found.setdefault(canonical(url), url)
    found.pop(canonical(home.url), None)
    return sorted(found.values(), key=_unlikeliness)


def _unlikeliness(url: str) -> int:
    path = urlsplit(url).path.lower()
    return bool(_OTHER_WORDS.search(path)) - bool(_NEWS_WORDS.search(path))


def _came(visitor: Visitor, addresses: Sequence[str], most: int, portal: Portal) -> Iterator[Visit]:
    """Yield what stands at the first of the addresses; a page that cannot be had is passed over."""
    for url in [url for url in addresses if portal.scope.covers(url)][:most]:
        try:
            yield visitor.get(url, portal.scope.covers)
        except VisitError:
            continue


def _best_lists(seen: Sequence[SeenList]) -> list[SeenList]:
    """Return the lists with most rows, leaving out pages whose rows the others show already."""
    known: set[str] = set()
    best: list[SeenList] = []
    for one in sorted(seen, key=lambda one: one.rows, reverse=True):
        if one.rows >= _ROWS_MIN and not known.issuperset(one.articles) and len(best) < _LISTS_KEPT_MAX:
            best.append(one)
            known.update(one.articles)
    return best


def _feeds(visitor: Visitor, home: Visit, portal: Portal) -> list[SeenList]:
    """Return the feeds that the home page declares, else those that it links to, else those at the usual places."""
    page = parsed(home)
    declared = _addresses(page, _DECLARED_FEEDS(page.tree)) if page else []
    linked = _feed_links(page) if page else []
    queue = declared or linked or [urljoin(home.url, place) for place in _FEED_PLACES]
    found: list[SeenList] = []
    tried: set[str] = set()
    while queue and len(tried) < _FEEDS_TRIED_MAX:
        url = queue.pop(0)
        if url in tried:
            continue
        tried.add(url)
        for visit in _came(visitor, [url], 1, portal):
            try:
                found.append(see_feed(visit))
            except NotXmlError:
                page_of_feeds = parsed(visit)
                queue += _feed_links(page_of_feeds) if page_of_feeds else []
    return [feed for feed in found if feed.rows]


def _feed_links(page: Page) -> list[str]:
    return [url for url in _addresses(page, _ANCHORS(page.tree)) if _FEED_ADDRESS.search(url)]


def _addresses(page: Page, elements: Iterable[HtmlElement]) -> list[str]:
    base = base_of(page)
    return list(dict.fromkeys(url for element in elements if (url := absolute(base, element.get("href")))))


def _sitemaps(visitor: Visitor, home: Visit, portal: Portal) -> list[SeenList]:
    """Return the sitemaps of robots.txt, or the one at the usual place, that lead to articles."""
    addresses = visitor.sitemaps(home.url) or (urljoin(home.url, _SITEMAP_PLACE),)
    found: list[SeenList] = []
    for visit in _came(visitor, addresses, _SITEMAPS_TRIED_MAX, portal):
        try:
            found.append(see_sitemap(visitor, visit, portal))
        except NotXmlError:
            continue
    return [sitemap for sitemap in found if sitemap.rows]


def in_turn(groups: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the first address of each group, then the second of each …: articles of several sections, not of one."""
    for position in range(max((len(group) for group in groups), default=0)):
        yield from (group[position] for group in groups if position < len(group))


def _settled(
    match: SignatureMatch, url: str, pages: Sequence[Visit], articles: Sequence[SeenArticle]
) -> tuple[PlatformName, tuple[str, ...]]:
    """Return the platform that reads the portal, and what is odd about it: signatures propose, reading confirms."""
    name = match.platform
    if name == GENERIC:
        is_unread = match.system is not None
        return name, (f"it looks like {match.system}, which has no platform yet",) if is_unread else ()
    portal = _portal_at(url, name)
    read = (read_article(one.visit, portal) for one in articles)
    fits = any(see_list(page, portal).rows for page in pages) or any(one and one.extractor == name for one in read)
    return (name, ()) if fits else (GENERIC, (f"it looks like {name}, but {name} reads none of its pages",))
