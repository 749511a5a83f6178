"""Surveys a portal: its CMS, lists, feeds, sitemaps and some articles, from fetched pages.

Belongs here: which few pages are needed, and what they show. Does not belong here: fetching (see
`spiders.onboarding.spider`), drafting a portal file (see `spiders.onboarding.draft`), and judging one (see
`spiders.onboarding.probe`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest
from typing import Final
from urllib.parse import urljoin, urlsplit

from spiders.onboarding.captures import CapturedPage, Captures, FetchError
from spiders.onboarding.cms_signatures import SignatureMatch, match_signatures
from spiders.pages.feeds import NotXmlError, feed_links, read_sitemap
from spiders.platform_registry import GENERIC
from spiders.platforms import PLATFORMS
from spiders.platforms.parts.urls import absolute, is_file
from spiders.portal import PlatformName, Portal, PortalError, Scope, portal_of_platform
from warehouse.records import Article
from warehouse.text.normal import clean

ARTICLES_WANTED: Final = 3
# A survey fetches few pages; a later crawl finds the rest.
_LISTS_TRIED_MAX: Final = 12
_FEEDS_TRIED_MAX: Final = 6
_SITEMAPS_TRIED_MAX: Final = 4
_ARTICLES_TRIED_MAX: Final = 6
_LISTS_KEPT_MAX: Final = 10
_ROWS_MIN: Final = 3

_FEED_PATHS: Final = ("/rss", "/feed", "/rss.xml", "/rss/home.rss")
_SITEMAP_PATH: Final = "/sitemap.xml"
_FEED_URL: Final = re.compile(r"/(?:rss|feeds?)(?:[/.?]|$)|\.rss(?:\?|$)", re.IGNORECASE)
_PAGINATION: Final = re.compile(r"[?&/_](?:page|trang|paged|pageindex|cur|p)[=/-]?\d+", re.IGNORECASE)
_NOT_A_LIST: Final = re.compile(
    r"/(?:en|english)(?:[/?]|$)|(?:dang-nhap|login|log-in|dang-ky|register|account|tim-kiem|search|seek)|"
    r"/(?:rss|feeds?|print|in-an|users?)(?:[/?.]|$)",
    re.IGNORECASE,
)
# Words in section URLs: sections that probably list news are fetched first.
_NEWS_WORDS: Final = re.compile(
    r"tin-|/tin(?:$|/)|news|su-kien|hoat-dong|thong-bao|chuyen-muc|chuyen-trang|kinh-te|van-hoa|xa-hoi|giao-duc|the-thao|"
    r"chinh-tri|thoi-su|chi-dao|dieu-hanh|cai-cach|dang-doan|doi-song|an-ninh"
)
_NOT_NEWS: Final = re.compile(r"gioi-thieu|lien-he|video|hinh-anh|album|so-do|hoi-dap|thu-tuc|dich-vu|lich-|tra-cuu")

_DECLARED_FEEDS: Final = "link[href][rel*=alternate][type*=rss], link[href][rel*=alternate][type*=atom]"
_MENU_LINKS: Final = ", ".join(
    f"{part} a[href]"
    for part in ("nav", "header", *(f"[class*={name}]" for name in ("menu", "nav", "breadcrumb", "pagin", "pager")))
)


@dataclass(frozen=True, slots=True)
class SeenList:
    """A list page, feed or sitemap that was fetched.

    Attributes:
        rows: number of list rows, feed entries or article URLs of a sitemap; for an index, of its first sitemaps.
        articles: URLs of articles, in page order.
        dates: publication times in the list rows.
    """

    url: str
    rows: int
    articles: tuple[str, ...]
    dates: tuple[datetime, ...]
    page: CapturedPage


@dataclass(frozen=True, slots=True)
class SeenArticle:
    """A page that was fetched because its URL looked like an article; `article` is None if it shows none."""

    page: CapturedPage
    article: Article | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What a portal shows.

    Attributes:
        home: the page at the URL that was given.
        match: the CMS that the signatures in the pages indicate.
        platform: the platform of that CMS if it extracts the pages, else `generic`.
        lists: list pages with at least three rows, in descending order of rows.
        articles: pages that were fetched as articles, taken from lists, feeds and sitemaps in turn.
        failures: article pages that could not be fetched.
        crawl_delay_seconds: the crawl delay in robots.txt; None if there is none.
        remarks: comments on the platform for the portal file.
    """

    home: CapturedPage
    match: SignatureMatch
    platform: PlatformName
    lists: tuple[SeenList, ...]
    feeds: tuple[SeenList, ...]
    sitemaps: tuple[SeenList, ...]
    articles: tuple[SeenArticle, ...]
    failures: tuple[FetchError, ...]
    crawl_delay_seconds: float | None
    remarks: tuple[str, ...]

    @property
    def starts(self) -> tuple[SeenList, ...]:
        """All lists, feeds and sitemaps."""
        return (*self.lists, *self.feeds, *self.sitemaps)


class _AnyHost(Scope):
    """The scope for fetching a home page, which may redirect to any host."""

    def covers(self, url: str) -> bool:
        return url.startswith(("http://", "https://"))


def any_host(portal: Portal) -> Portal:
    """Return the definition with a scope that covers every host."""
    return portal.model_copy(update={"scope": _AnyHost(hosts=portal.scope.hosts)})


def portal_at(url: str, platform: PlatformName = GENERIC) -> Portal:
    """Return a minimal definition for a survey, with the URL's host with and without `www.` in scope.

    Raises:
        FetchError: the URL is not one that a crawl can request.
    """
    try:
        portal = portal_of_platform(platform, url)
        if urlsplit(url).port == 0:
            raise ValueError("no server listens on port 0")
    except (PortalError, ValueError) as error:
        raise FetchError("not_http", url) from error
    # Pages may link to their host under either name.
    (host,) = portal.scope.hosts
    other = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    return portal.model_copy(update={"scope": portal.scope.model_copy(update={"hosts": (host, other)})})


def survey(captures: Captures, url: str) -> Survey:
    """Examine a portal's home page and the few other pages that a draft of its portal file needs.

    Raises:
        FetchError: the home page could not be fetched.
        NotFetchedError: further pages must be fetched first.
    """
    home = captures.get(url, any_host(portal_at(url)))
    guess = match_signatures([home])
    portal = portal_at(home.url, guess.platform)
    sections = _sections(home, portal)[:_LISTS_TRIED_MAX]
    feed_urls = _feed_urls(home, portal)
    sitemap_urls = _sitemap_urls(captures, home, portal)
    captures.require([*sections, *feed_urls, *sitemap_urls], portal)
    pages = [home, *captures.fetched(sections, portal)]
    feeds = _feeds(captures, feed_urls, portal)
    sitemaps = _sitemaps(captures, sitemap_urls, portal)
    seen = [see_list(page, portal) for page in pages]
    urls = in_turn([one.articles for one in (*_best_lists(seen), *feeds, *sitemaps, *seen)])
    articles, failures = see_articles(captures, portal, urls)

    match = match_signatures((*pages, *(article.page for article in articles)))
    platform, remarks = _confirmed(match, home.url, pages, articles)
    if platform != portal.platform:
        portal = portal_at(home.url, platform)
        seen = [see_list(page, portal) for page in pages]
    return Survey(
        home=home,
        match=match,
        platform=platform,
        lists=tuple(_best_lists([*seen[1:], seen[0]])),
        feeds=tuple(feeds),
        sitemaps=tuple(sitemaps),
        articles=tuple(SeenArticle(one.page, one.page.article(portal)) for one in articles),
        failures=tuple(failures),
        crawl_delay_seconds=captures.crawl_delay(home.url),
        remarks=remarks,
    )


def see_list(page: CapturedPage, portal: Portal) -> SeenList:
    """Return a page read as a list; `rows` is 0 if the page is not a list."""
    links, rows = page.links(portal)
    is_article_url = PLATFORMS[portal.platform].is_article_url
    articles = [row.url for row in rows] or [url for url in links.articles if is_article_url(url, portal)]
    dates = tuple(row.published_at for row in rows if row.published_at)
    return SeenList(page.url, links.row_count, tuple(dict.fromkeys(articles)), dates, page)


def see_feed(page: CapturedPage) -> SeenList:
    """Return a page read as a feed.

    Raises:
        NotXmlError: the page is not a feed.
    """
    entries = feed_links(page.body, page.url)
    return SeenList(page.requested_url, len(entries), entries, (), page)


def see_sitemap(captures: Captures, page: CapturedPage, portal: Portal) -> SeenList:
    """Return a page read as a sitemap; of a sitemap index, the first sitemaps count too.

    Raises:
        NotXmlError: the page is not a sitemap.
        NotFetchedError: the sitemaps of an index must be fetched first.
    """
    found = read_sitemap(page.body, page.url)
    urls = list(found.pages)
    for sitemap in captures.fetched(list(found.sitemaps)[:_SITEMAPS_TRIED_MAX], portal):
        with suppress(NotXmlError):  # skip it: the other sitemaps may be valid
            urls += read_sitemap(sitemap.body, sitemap.url).pages
    platform = PLATFORMS[portal.platform]
    articles = tuple(dict.fromkeys(url for url in urls if platform.is_article_url(url, portal)))
    return SeenList(page.requested_url, len(articles), articles, (), page)


def see_articles(captures: Captures, portal: Portal, urls: Iterable[str]) -> tuple[list[SeenArticle], list[FetchError]]:
    """Return the pages of the first six URLs, up to the third article, and the errors of failed URLs.

    Raises:
        NotFetchedError: a page must be fetched first.
    """
    seen: list[SeenArticle] = []
    failures: list[FetchError] = []
    canonical = PLATFORMS[portal.platform].canonical_url
    tried: set[str] = set()
    for url in urls:
        if len(tried) == _ARTICLES_TRIED_MAX or sum(one.article is not None for one in seen) == ARTICLES_WANTED:
            break
        if canonical(url) in tried or not portal.scope.covers(url):
            continue
        tried.add(canonical(url))
        try:
            page = captures.get(url, portal)
        except FetchError as error:
            failures.append(error)
        else:
            seen.append(SeenArticle(page, page.article(portal)))
    return seen, failures


def site_name(home: CapturedPage) -> str | None:
    """Return the site name that the home page states; None if it states none."""
    declared = (clean(str(meta["content"])) for meta in home.soup.select("meta[property='og:site_name'][content]"))
    if name := next(filter(None, declared), None):
        return name
    title = next(filter(None, (clean(title.get_text()) for title in home.soup.select("head > title"))), "")
    # In `Trang chủ | Cổng …` or `Cổng … - Trang chủ`, the longest part is the name.
    return max(re.split(r"\s+[|–-]\s+", title), key=len) or None


def bare_host(url: str) -> str:
    """Return the host of a URL, without `www.`; empty if it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # such as http://[
        return ""


def _sections(home: CapturedPage, portal: Portal) -> list[str]:
    """Return the URLs of sections that the home page links to and that may list news, likely ones first."""
    if home.page is None:
        return []
    platform = PLATFORMS[portal.platform]
    links = [*home.links(portal)[0].lists, *_linked(home, _MENU_LINKS)]
    found: dict[str, str] = {}
    for url in links:
        if not (
            _NOT_A_LIST.search(url) or _PAGINATION.search(url) or is_file(url) or platform.is_article_url(url, portal)
        ):
            found.setdefault(platform.canonical_url(url), url)
    found.pop(platform.canonical_url(home.url), None)
    return sorted(filter(portal.scope.covers, found.values()), key=_unlikeliness)


def _unlikeliness(url: str) -> int:
    path = urlsplit(url).path.lower()
    return bool(_NOT_NEWS.search(path)) - bool(_NEWS_WORDS.search(path))


def _linked(page: CapturedPage, selector: str) -> list[str]:
    """Return the distinct absolute URLs of the elements that a CSS selector finds, in page order."""
    stated = page.soup.select_one("base[href]")
    base = (absolute(page.url, str(stated["href"])) if stated else None) or page.url
    found = (absolute(base, str(element["href"])) for element in page.soup.select(selector))
    return list(dict.fromkeys(filter(None, found)))


def _best_lists(seen: Sequence[SeenList]) -> list[SeenList]:
    """Return the lists with most rows, except lists whose articles are all in lists with more rows."""
    known: set[str] = set()
    best: list[SeenList] = []
    for one in sorted(seen, key=lambda one: one.rows, reverse=True):
        if one.rows >= _ROWS_MIN and not known.issuperset(one.articles) and len(best) < _LISTS_KEPT_MAX:
            best.append(one)
            known.update(one.articles)
    return best


def _feed_urls(home: CapturedPage, portal: Portal) -> list[str]:
    """Return the URLs of feeds that the home page declares, else that it links to, else the usual URLs."""
    is_html = home.page is not None
    found = _linked(home, _DECLARED_FEEDS) if is_html else []
    found = found or (_feed_links(home) if is_html else []) or [urljoin(home.url, path) for path in _FEED_PATHS]
    return [url for url in found[:_FEEDS_TRIED_MAX] if portal.scope.covers(url)]


def _feeds(captures: Captures, urls: Sequence[str], portal: Portal) -> list[SeenList]:
    """Return the feeds at the URLs; if a URL shows an HTML page, the feeds that the page links to."""
    queue = list(urls)
    found: list[SeenList] = []
    tried: set[str] = set()
    while queue and len(tried) < _FEEDS_TRIED_MAX:
        url = queue.pop(0)
        if url in tried:
            continue
        tried.add(url)
        for page in captures.fetched([url], portal):
            try:
                found.append(see_feed(page))
            except NotXmlError:
                queue += _feed_links(page) if page.page else []
    return [feed for feed in found if feed.rows]


def _feed_links(page: CapturedPage) -> list[str]:
    return [url for url in _linked(page, "a[href]") if _FEED_URL.search(url)]


def _sitemap_urls(captures: Captures, home: CapturedPage, portal: Portal) -> list[str]:
    """Return the sitemap URLs in robots.txt, else the usual URL."""
    found = captures.sitemaps(home.url) or (urljoin(home.url, _SITEMAP_PATH),)
    return [url for url in found if portal.scope.covers(url)][:_SITEMAPS_TRIED_MAX]


def _sitemaps(captures: Captures, urls: Sequence[str], portal: Portal) -> list[SeenList]:
    """Return the sitemaps at the URLs, except sitemaps without articles."""
    found: list[SeenList] = []
    for page in captures.fetched(urls, portal):
        with suppress(NotXmlError):
            found.append(see_sitemap(captures, page, portal))
    return [sitemap for sitemap in found if sitemap.rows]


def in_turn(groups: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return the first URL of each group, then the second of each, and so on, to mix sections."""
    return filter(None, chain.from_iterable(zip_longest(*groups)))


def _confirmed(
    match: SignatureMatch, url: str, pages: Sequence[CapturedPage], articles: Sequence[SeenArticle]
) -> tuple[PlatformName, tuple[str, ...]]:
    """Return the platform by signatures if it extracts some page, else `generic`; and remarks on it."""
    name = match.platform
    if name == GENERIC:
        is_unread = match.system is not None
        return name, (f"it looks like {match.system}, which has no platform yet",) if is_unread else ()
    portal = portal_at(url, name)
    extracted = (one.page.article(portal) for one in articles)
    fits = any(see_list(page, portal).rows for page in pages) or any(one and one.extractor == name for one in extracted)
    return (name, ()) if fits else (GENERIC, (f"it looks like {name}, but {name} extracts none of its pages",))
