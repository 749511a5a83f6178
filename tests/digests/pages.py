"""The pages whose extraction output has a digest: those of the repository, and those of `shared`.

Belongs here: where the pages come from, and the inputs of extraction for each. Does not belong here: extracting them
(`tests.digests.readings`), or the files of digests (`tests.digests.record`). A page has a name and a digest of its
inputs, so that a rewritten page is not mistaken for changed extraction.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from unittest.mock import patch
from urllib.parse import urljoin

from bench.extraction.cases import CAPTURED_AT, SHARED, Case, fixture_cases
from bench.extraction.lists import list_cases
from bench.extraction.saved import saved_cases
from bench.extraction.seeds import seed_cases
from bench.extraction.shared import (
    LIFERAY_CAPTURED_AT,
    NUKEVIET_CAPTURED_AT,
    NUKEVIET_HOST,
    liferay_file,
    nukeviet_file,
)
from bench.figures import REPOSITORY
from spiders.mirror.content import load_content
from spiders.mirror.days import DAYS, moment_of
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import PublishingSite, Response, Site, Views
from spiders.mirror.varied import VariedContent
from spiders.platforms import PLATFORMS
from spiders.portal import Portal, load_portals, portal_of_platform

_MIRROR_PORTALS: Final = REPOSITORY / "spiders" / "mirror" / "portals"
_LIFERAY_HOST: Final = "https://sotttt.hanoi.gov.vn"
_VARIED_ARTICLES: Final = 6
_LINK: Final = re.compile(rb'href="([^"]+)"|<loc>([^<]+)</loc>|<link>([^<]+)</link>')
_READABLE: Final = ("text/", "application/xml", "application/rss")


@dataclass(frozen=True, slots=True)
class KnownPage:
    """One page with all inputs of its extraction.

    Attributes:
        name: unique name; its line of digests ends in it.
        portal: the definition that extraction uses.
    """

    name: str
    url: str
    body: bytes
    portal: Portal
    content_type: str | None = None
    captured_at: datetime = CAPTURED_AT


def repository_pages() -> Iterator[KnownPage]:
    """Yield the fixtures, and every page of the bundled mirror on each of its days."""
    yield from fixture_pages()
    yield from mirror_pages()


def fixture_pages() -> Iterator[KnownPage]:
    """Yield the pages of `tests/fixtures`, including those that are no article."""
    for case in fixture_cases():
        yield _of_case("fixture", case)


def is_at_hand(shared: Path = SHARED) -> bool:
    """Return whether the folder of real pages is beside the repository."""
    return (shared / "portals").is_dir() and (shared / "seeds").is_dir()


def shared_pages(shared: Path = SHARED) -> Iterator[KnownPage]:
    """Yield the pages that the bench makes from the folder `shared`, and the pages saved there."""
    for case in (*seed_cases(shared), *saved_cases(shared)):
        yield _of_case("bench", case)
    for listed in list_cases(shared):
        portal = portal_of_platform(listed.platform, listed.url)
        yield KnownPage(f"bench list {listed.name}", listed.url, listed.body, portal)
    yield from _liferay_pages(shared)
    yield from _nukeviet_pages(shared)
    yield from _paper_pages(shared)
    yield from _cases_of_pages(shared)


def _of_case(kind: str, case: Case) -> KnownPage:
    portal = portal_of_platform(case.platform, case.url)
    return KnownPage(f"{kind} {case.name}", case.url, case.body, portal, case.content_type, case.captured_at)


# --- The mirror ------------------------------------------------------------------------------------------------------


# Tokens differ in every response, and views are counted. With both fixed, an unedited page is the same on the next day
# and is listed once, under the first day that showed it.
@patch("secrets.token_urlsafe", lambda _bytes: "token")
@patch("secrets.token_hex", lambda _bytes: "token")
@patch.object(Views, "of", lambda _views, article, _day: article.views)
def mirror_pages() -> list[KnownPage]:
    """Return every page of the bundled mirror, including faults and redesigns, with its own portal definition."""
    portals = {host: portal for portal in load_portals([_MIRROR_PORTALS]).valid.values() for host in portal.scope.hosts}
    content = load_content()
    pages: dict[tuple[str, bytes], KnownPage] = {}
    for host, site in all_sites(content).items():
        for day in DAYS:
            for url, answer in _walk(site, portals[host], day):
                page = _of_mirror(f"mirror day {day}", url, answer, portals[host], day)
                pages.setdefault((url, answer.body), page)
    for host, site in all_sites(VariedContent(content, _VARIED_ARTICLES)).items():
        for url in _own_urls(site, DAYS[0]):
            page = _of_mirror("mirror varied", url, _answer(site, url, DAYS[0]), portals[host], DAYS[0])
            pages.setdefault((url, page.body), page)
    return list(pages.values())


def _of_mirror(kind: str, url: str, answer: Response, portal: Portal, day: int) -> KnownPage:
    return KnownPage(
        f"{kind} {url}", url, answer.body, portal, answer.headers.get("Content-Type"), captured_at=moment_of(day)
    )


def _walk(site: Site, portal: Portal, day: int) -> Iterator[tuple[str, Response]]:
    """Yield all responses of a portal with status 200: for its own URLs, and for all that its pages link to.

    Links are found without the extractor, so that a fault of the extractor cannot hide pages from this check.
    """
    canonical = PLATFORMS[portal.platform].canonical_url
    todo: list[str] = []
    seen: set[tuple[str, bool]] = set()

    def add(urls: Iterable[str]) -> None:
        for url in urls:
            # Liferay serves one page under unlimited URLs. A print view shares the canonical URL, not the content.
            mark = (canonical(url), "/print/" in url)
            if mark not in seen and portal.scope.covers(url):
                seen.add(mark)
                todo.append(url)

    add((f"{site.base}/", *portal.start_urls, *_own_urls(site, day)))
    while todo:
        url = todo.pop(0)
        answer = _answer(site, url, day)
        if answer.status != 200:
            continue
        yield url, answer
        if answer.headers["Content-Type"].startswith(_READABLE):
            add(_links(url, answer.body))


def _own_urls(site: Site, day: int) -> list[str]:
    if not isinstance(site, PublishingSite):
        return []
    return [site.base + site.article_url(article) for article in site.state(day).articles]


def _answer(site: Site, url: str, day: int) -> Response:
    return site.get(url.removeprefix(site.base), day)


def _links(url: str, body: bytes) -> Iterator[str]:
    for found in _LINK.finditer(body):
        link = html.unescape((found[1] or found[2] or found[3]).decode("utf-8", "replace"))
        yield urljoin(url, link).partition("#")[0]


# --- The folder `shared` ---------------------------------------------------------------------------------------------


def _liferay_pages(shared: Path) -> Iterator[KnownPage]:
    index = json.loads((shared / "portals/liferay-point/index.json").read_text(encoding="utf-8"))
    for entry in index:
        body = liferay_file(shared, entry["file"])
        # The URLs of some pages are lost.
        url = entry["url"] or f"{_LIFERAY_HOST}/{entry['file'].removesuffix('.html')}"
        portal = portal_of_platform("liferay_point", url)
        name = f"portals/liferay-point/{entry['file']}"
        yield KnownPage(name, url, body, portal, captured_at=LIFERAY_CAPTURED_AT)


def _nukeviet_pages(shared: Path) -> Iterator[KnownPage]:
    for path in sorted((shared / "portals/nukeviet").glob("*.*ml")):
        # The bench uses the real URLs of articles and lists; here each file is just a page.
        url = f"{NUKEVIET_HOST}/{path.stem}/"
        portal = portal_of_platform("nukeviet", url)
        body = nukeviet_file(shared, path.name)
        yield KnownPage(f"portals/nukeviet/{path.name}", url, body, portal, captured_at=NUKEVIET_CAPTURED_AT)


def _paper_pages(shared: Path) -> Iterator[KnownPage]:
    gold = json.loads((shared / "portals/papers/gold.json").read_text(encoding="utf-8"))
    urls = {
        entry["file"]: entry["url"]
        for entries in gold.values()
        if isinstance(entries, list)
        for entry in entries
        if entry.get("url")
    }
    yield from _of_folder(shared, "portals/papers/pages", urls)


def _cases_of_pages(shared: Path) -> Iterator[KnownPage]:
    folders = (*(shared / "cases").glob("extraction-*"), *(shared / "cases" / "cms").glob("*"))
    for folder in sorted(folders):
        yield from _of_folder(shared, folder.relative_to(shared).as_posix(), {})


def _of_folder(shared: Path, folder: str, urls: Mapping[str, str]) -> Iterator[KnownPage]:
    for path in sorted((shared / folder).glob("*.*ml")):
        if path.suffix == ".yml":
            continue
        url = urls.get(path.name, f"http://thu.hanoi.test/tin/{path.stem.replace('_', '-')}-100003.html")
        yield KnownPage(f"{folder}/{path.name}", url, path.read_bytes(), portal_of_platform("generic", url))
