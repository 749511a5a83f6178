"""Surveys a portal: its CMS, lists, feeds, sitemaps and some articles, from fetched pages.

Belongs here: which few pages are needed, and what they show together. Does not belong here: fetching (see
`spiders.onboarding.spider`), one list, feed or sitemap (see `spiders.onboarding.starts`), drafting a portal file (see
`spiders.onboarding.draft`), and judging one (see `spiders.onboarding.probe`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import Final
from urllib.parse import urlsplit

from spiders.onboarding.captures import CapturedPage, Captures, FetchError
from spiders.onboarding.cms_signatures import SignatureMatch, match_signatures, system_name
from spiders.onboarding.patterns import Learnt, learn, same_form, sampled
from spiders.onboarding.starts import (
    LeftOut,
    SeenList,
    SitemapPart,
    feed_urls,
    labelled,
    read_feeds,
    read_sitemaps,
    sections,
    see_list,
    sitemap_of,
    sitemap_urls,
    summed_up,
)
from spiders.platform_registry import GENERIC, TAKES_ARTICLE_PATTERNS
from spiders.platforms.keys import page_key
from spiders.portal import Portal, PortalError, Scope, portal_of_platform
from spiders.portal_values import PlatformName
from warehouse.records import Article
from warehouse.text.normal import clean

ARTICLES_WANTED: Final = 3
# A survey fetches few pages; a later crawl finds the rest.
_LISTS_TRIED_MAX: Final = 12
_ARTICLES_TRIED_MAX: Final = 6
_LISTS_KEPT_MAX: Final = 10
_ROWS_MIN: Final = 3
# A page without rows is a list if it links to so many articles: a crawl follows the links.
_LINKS_MIN: Final = 5
# A box that so many pages repeat, such as that of the most read articles, belongs to the frame of the site.
_FRAMED_MIN: Final = 3
# With fewer articles in feeds and lists, the forms of URLs are learnt from every URL in a sitemap.
_KNOWN_MIN: Final = 5


@dataclass(frozen=True, slots=True)
class SeenArticle:
    """A page that was fetched because its URL looked like an article; `article` is None if it shows none."""

    page: CapturedPage
    article: Article | None


_NOTHING_LEARNT: Final = Learnt((), 0, 0)


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
        learnt: the forms of article URLs; empty if the platform knows them itself.
        left_out: start URLs that the portal offers and that are not among `starts`.
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
    learnt: Learnt = _NOTHING_LEARNT
    left_out: tuple[LeftOut, ...] = ()

    @property
    def portal(self) -> Portal:
        """The minimal definition by which the survey read the pages."""
        return _with_patterns(portal_at(self.home.url, self.platform), self.learnt)

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
    found = _offered(captures, home, portal)
    portal = _with_patterns(portal, _learnt(portal, found))
    seen = _without_frame([see_list(page, portal) for page in found.pages])
    starts = (*_best_lists(seen, portal), *found.feeds, *found.read_sitemaps(portal), *seen)
    articles, failures = see_articles(captures, portal, in_turn([one.articles for one in starts]))

    match = match_signatures((*found.pages, *(article.page for article in articles)))
    platform, remarks = _confirmed(match, home.url, found.pages, articles)
    portal = portal_at(home.url, platform)
    learnt = _learnt(portal, found)
    portal = _with_patterns(portal, learnt)
    seen = _without_frame([see_list(page, portal) for page in found.pages])
    lists, sitemaps = _best_lists([*seen[1:], seen[0]], portal), found.read_sitemaps(portal)
    return Survey(
        home=home,
        match=match,
        platform=platform,
        lists=tuple(lists),
        feeds=tuple(found.feeds),
        sitemaps=tuple(sitemaps),
        articles=tuple(SeenArticle(one.page, one.page.readable_article(portal)) for one in articles),
        failures=tuple(failures),
        crawl_delay_seconds=captures.crawl_delay(home.url),
        remarks=remarks,
        learnt=learnt,
        left_out=summed_up(
            [*found.left_out, *_lists_left_out(seen, lists, portal), *_sitemaps_left_out(found, sitemaps)]
        ),
    )


@dataclass(frozen=True, slots=True)
class _Offered:
    """What a portal offers as start URLs.

    Attributes:
        pages: the home page and the sections.
        is_named: whether robots.txt names the sitemaps.
    """

    pages: tuple[CapturedPage, ...]
    feeds: tuple[SeenList, ...]
    parts: tuple[SitemapPart, ...]
    is_named: bool
    left_out: tuple[LeftOut, ...]

    def read_sitemaps(self, portal: Portal) -> list[SeenList]:
        """Return the sitemaps with articles of the portal, and those that robots.txt names for any pages."""
        pages = dict.fromkeys(part.of for part in self.parts)
        found = [sitemap_of(page, self.parts, portal) for page in pages]
        return [one for one in found if one.rows or (self.is_named and not self._lists_other_pages(one.page))]

    def _lists_other_pages(self, page: CapturedPage) -> bool:
        return all(part.lists_other_pages for part in self.parts if part.of is page)


def _offered(captures: Captures, home: CapturedPage, portal: Portal) -> _Offered:
    section_urls = sections(home, portal)[:_LISTS_TRIED_MAX]
    feeds_wanted, left_feeds = feed_urls(home, portal)
    named = captures.sitemaps(home.url)
    sitemaps_wanted, left_sitemaps = sitemap_urls(named, home, portal)
    captures.require([*section_urls, *feeds_wanted, *sitemaps_wanted], portal)
    feeds, bad_feeds = read_feeds(captures, feeds_wanted, portal)
    parts, bad_sitemaps = read_sitemaps(captures, sitemaps_wanted, portal, named=bool(named))
    return _Offered(
        pages=(home, *captures.fetched(section_urls, portal)),
        feeds=tuple(feeds),
        parts=tuple(parts),
        is_named=bool(named),
        left_out=(*left_feeds, *bad_feeds, *left_sitemaps, *bad_sitemaps),
    )


def _learnt(portal: Portal, found: _Offered) -> Learnt:
    """Return the forms of the portal's article URLs; other platforms know the forms themselves."""
    return learn(*_known(portal, found)) if portal.platform in TAKES_ARTICLE_PATTERNS else _NOTHING_LEARNT


def _with_patterns(portal: Portal, learnt: Learnt) -> Portal:
    return portal.model_copy(update={"article_patterns": learnt.regexes})


def _known(portal: Portal, found: _Offered) -> tuple[list[str], list[str]]:
    """Return the URLs that are articles for sure, and those of lists and static pages.

    Articles are entries of feeds, rows of lists and URLs in sitemaps of posts. In a sitemap of all pages, articles are
    the URLs of the same form, since no other sign tells them from the rest.
    """
    entries = dict.fromkeys(url for feed in found.feeds for url in feed.articles)
    lists = [see_list(page, portal) for page in found.pages]
    labels = dict.fromkeys(url for page in found.pages for url in _other_pages(page, portal))
    # A row that is also in a menu is a list or an article: it counts as neither.
    rows = dict.fromkeys(url for one in lists for url in one.articles)
    certain = sampled([*entries, *(url for url in rows if url not in labels)])
    posts = [part for part in found.parts if not part.lists_other_pages or not entries.keys().isdisjoint(part.urls)]
    others = [url for part in found.parts if part not in posts for url in part.urls]
    every = [url for part in posts for url in part.urls if url not in labels]
    if len(certain) >= _KNOWN_MIN:
        every = same_form(every, certain)
    known = [url for url in dict.fromkeys((*certain, *every)) if portal.scope.covers(url)]
    unsure = {*rows, *known}
    return known, [url for url in dict.fromkeys((*labels, *others)) if url not in unsure]


def _other_pages(page: CapturedPage, portal: Portal) -> Iterator[str]:
    """Yield the URLs of a page, and of the lists and static pages that it links to."""
    yield from (page.requested_url, page.url)
    yield from labelled(page)


def see_articles(captures: Captures, portal: Portal, urls: Iterable[str]) -> tuple[list[SeenArticle], list[FetchError]]:
    """Return the pages of the first six URLs, up to the third article, and the errors of failed URLs.

    Raises:
        NotFetchedError: a page must be fetched first.
    """
    seen: list[SeenArticle] = []
    failures: list[FetchError] = []
    tried: set[str] = set()
    for url in urls:
        if len(tried) == _ARTICLES_TRIED_MAX or sum(one.article is not None for one in seen) == ARTICLES_WANTED:
            break
        if page_key(url, portal) in tried or not portal.scope.covers(url):
            continue
        tried.add(page_key(url, portal))
        try:
            page = captures.get(url, portal)
        except FetchError as error:
            failures.append(error)
        else:
            seen.append(SeenArticle(page, page.readable_article(portal)))
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


def _without_frame(seen: Sequence[SeenList]) -> list[SeenList]:
    """Return the pages; of sections without rows, only articles that some other page does not link to.

    A static page is thus no list, though a box beside its text links to articles as it does on every page. The home
    page, which is the first, keeps all, as it may be a list of which every section shows a part.
    """
    frame = set(seen[0].links).intersection(*(one.links for one in seen)) if len(seen) >= _FRAMED_MIN else set()
    return [
        one
        if one is seen[0] or one.rows
        else replace(one, articles=_not_in(frame, one.articles), links=_not_in(frame, one.links))
        for one in seen
    ]


def _not_in(frame: Set[str], urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(url for url in urls if url not in frame)


def _best_lists(seen: Sequence[SeenList], portal: Portal) -> list[SeenList]:
    """Return the lists with most rows, except lists whose articles are all in lists with more rows."""
    known: set[str] = set()
    best: list[SeenList] = []
    lists = [one for one in seen if _is_list(one, portal)]
    for one in sorted(lists, key=lambda one: (one.rows, len(one.articles)), reverse=True):
        if not known.issuperset(one.articles) and len(best) < _LISTS_KEPT_MAX:
            best.append(one)
            known.update(one.articles)
    return best


def _is_list(seen: SeenList, portal: Portal) -> bool:
    """Return whether a page has rows, or links to articles whose form is known."""
    return seen.rows >= _ROWS_MIN or (bool(portal.article_patterns) and len(seen.links) >= _LINKS_MIN)


def _lists_left_out(seen: Sequence[SeenList], kept: Sequence[SeenList], portal: Portal) -> Iterator[LeftOut]:
    known = {url for one in kept for url in one.articles}
    for one in seen:
        if _is_list(one, portal) and one not in kept:
            is_repeated = known.issuperset(one.articles)
            reason = (
                "all its articles are on other lists" if is_repeated else f"no more than {_LISTS_KEPT_MAX} are kept"
            )
            yield LeftOut("seed_urls", one.url, reason)


def _sitemaps_left_out(found: _Offered, kept: Sequence[SeenList]) -> Iterator[LeftOut]:
    urls = {one.url for one in kept}
    for page in dict.fromkeys(part.of for part in found.parts):
        if page.requested_url not in urls:
            yield LeftOut("sitemaps", page.requested_url, "no article in it")


def in_turn(groups: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return the first URL of each group, then the second of each, and so on, to mix sections."""
    return filter(None, chain.from_iterable(zip_longest(*groups)))


def _confirmed(
    match: SignatureMatch, url: str, pages: Sequence[CapturedPage], articles: Sequence[SeenArticle]
) -> tuple[PlatformName, tuple[str, ...]]:
    """Return the platform by signatures if it extracts some page, else `generic`; and remarks on it."""
    name = match.platform
    if name == GENERIC:
        system = match.system and system_name(match.system)
        return name, (f"it looks like {system}, which has no platform yet",) if system else ()
    portal = portal_at(url, name)
    extracted = (one.page.readable_article(portal) for one in articles)
    fits = any(see_list(page, portal).rows for page in pages) or any(one and one.extractor == name for one in extracted)
    remark = f"it looks like {system_name(name)}, but {name} extracts none of its pages"
    return (name, ()) if fits else (GENERIC, (remark,))
